"""Stability: when a level that the figures call for becomes the level a customer holds.

Rises and falls are decided on decision days. What protects a level from falling — grace,
minimum stay, steps, tolerance, lock, floor, freeze — is decided here for all customers in
one statement, so that the nightly run, a what-if and the coming decisions cannot differ.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from . import scoring

#: How a run decides: ``figures`` takes rises only (between two decision days),
#: ``decision`` also falls, ``at_once`` puts everybody where the figures call for,
#: ``eventually`` shows where levels will be when grace and minimum stay have run out.
MODES = ("figures", "decision", "at_once", "eventually")
#: Modes in which grace and minimum stay hold a level.
PROTECTED = ("figures", "decision")


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    decision = fields.Selection(
        [("daily", "Every day"), ("monthly", "Every month"), ("quarterly", "Every quarter")],
        string="Decisions",
        required=True,
        default="monthly",
        tracking=True,
        help="Falls take effect on the last day of each day, month or quarter. The decision of "
        "a day is taken by the first run after that day ended, with the figures of that day.",
    )
    rise = fields.Selection(
        [("at_once", "At once"), ("decision", "On the decision day")],
        string="A Rise takes Effect",
        required=True,
        default="at_once",
        tracking=True,
    )
    grace_decisions = fields.Integer(
        string="Periods of Grace",
        required=True,
        default=2,
        tracking=True,
        help="A fall takes effect at this decision in a row below the line for staying: "
        "1 = at the first, 2 = a customer may miss the line once.",
    )
    min_stay_days = fields.Integer(
        string="Minimum Stay",
        required=True,
        default=90,
        tracking=True,
        help="Days a customer keeps a level at least, counted from the day he got it.",
    )
    max_steps_down = fields.Integer(
        string="Steps down at most",
        required=True,
        default=1,
        tracking=True,
        help="Levels a customer may lose at one decision; 0 = as many as the figures call for. "
        "“No level” is one step below the last.",
    )
    hysteresis = fields.Float(
        string="Tolerance below the Line",
        digits=(5, 2),
        required=True,
        default=5,
        tracking=True,
        help="Percent by which staying is easier than reaching: with 5, Gold from 10,000 is "
        "kept from 9,500 on; a share of 20 % of the customers is kept by the best 21 %.",
    )
    review_days = fields.Integer(
        string="Review before a Decision",
        required=True,
        default=14,
        help="Days before a decision on which Coming Decisions lists who would rise or fall.",
    )
    decided_until = fields.Date(
        string="Decisions taken until",
        readonly=True,
        copy=False,
        help="Decision days up to this day are settled.",
    )
    next_decision = fields.Date(compute="_compute_next_decision")

    _grace_positive = models.Constraint(
        "CHECK(grace_decisions >= 1)",
        "Periods of grace start at 1: a fall at the first decision below the line.",
    )
    _stability_not_negative = models.Constraint(
        "CHECK(min_stay_days >= 0 AND max_steps_down >= 0 AND review_days >= 0)",
        "Minimum stay, steps down and days of review cannot be negative.",
    )
    _hysteresis_range = models.Constraint(
        "CHECK(hysteresis >= 0 AND hysteresis < 100)",
        "The tolerance below the line must lie from 0 to below 100 percent.",
    )

    @api.depends("decision", "decided_until")
    def _compute_next_decision(self):
        for scheme in self:
            scheme.next_decision = scoring.decision_day(
                scheme._get_first_undecided(), scheme.decision
            )

    def _get_first_undecided(self):
        """Return the first day whose decision is still to be taken."""
        self.ensure_one()
        if not self.decided_until:
            return self._get_today()
        return self.decided_until + timedelta(days=1)

    def _get_due_decisions(self, as_of):
        """Return the decision days that ended and are not yet taken, in order.

        :param as_of: last day to consider; a day that has not ended is never due
        """
        self.ensure_one()
        settled = self.decided_until or self.last_evaluated
        if not settled:
            # the first grading is a baseline: there is nothing to decide before it
            return []
        yesterday = self._get_today() - timedelta(days=1)
        return scoring.decision_days(self.decision, settled, min(as_of, yesterday))

    # ------------------------------------------------------------
    # Hooks
    # ------------------------------------------------------------

    @api.model
    def _freeze_sql(self, as_of):
        """Hook: return customers whose level must not fall at a day.

        Higher addons extend the query with UNION ALL and name their reason in
        :meth:`_get_freeze_texts`.

        :return: SQL of a query with the columns ``partner_id`` (commercial partner) and
            ``reason_code``
        """
        return SQL("SELECT NULL::int AS partner_id, NULL::varchar AS reason_code WHERE FALSE")

    @api.model
    def _get_freeze_texts(self):
        """Hook: return ``{reason_code: sentence}`` of what :meth:`_freeze_sql` finds."""
        return {}

    def _read_freezes(self, partners, as_of):
        """Return ``{partner id: sentence}`` of customers whose level cannot fall."""
        texts = self._get_freeze_texts()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id, MIN(reason_code) FROM (%s) frozen"
                " WHERE partner_id = ANY(%s) GROUP BY partner_id",
                self._freeze_sql(as_of),
                partners.ids,
            )
        )
        return {partner_id: texts.get(code, code) for partner_id, code in rows}

    # ------------------------------------------------------------
    # The decision
    # ------------------------------------------------------------

    def _decided_sql(self, rules, as_of, mode, holder=None):
        """Return for every customer what he earns and what he holds from this day on.

        ``care_figure`` and ``care_level`` must be filled.

        :param rules: dict as made by ``_get_rules``
        :param as_of: day of the figures
        :param mode: one of ``MODES``
        :param holder: scheme whose levels customers hold now, this one by default
        :return: SQL of a query with the columns of ``care_figure`` (zero where a customer
            has no document), ``standing_id``, ``from_tier_id``, ``exempt``, ``position``
            (earned, best = 1), ``line``, ``takes_all``, ``earned_tier_id``, ``tier_id``,
            ``grace_count``, ``decisions`` (in a row below the line, where he falls), ``cut``
            (the fall is limited), ``user_id``
        """
        return SQL(
            """
            SELECT customer.id AS partner_id,
                   standing.id AS standing_id,
                   standing.tier_id AS from_tier_id,
                   COALESCE(figure.member, FALSE) AS member,
                   customer.tier_exempt IS TRUE AS exempt,
                   figure.first_date, figure.last_date,
                   COALESCE(figure.document_count, 0) AS document_count,
                   COALESCE(figure.amount, 0) AS amount,
                   COALESCE(figure.amount_previous, 0) AS amount_previous,
                   COALESCE(figure.margin, 0) AS margin,
                   COALESCE(figure.quantity, 0) AS quantity,
                   COALESCE(figure.r_score, 0) AS r_score,
                   COALESCE(figure.f_score, 0) AS f_score,
                   COALESCE(figure.m_score, 0) AS m_score,
                   figure.rfm_segment, figure.value, figure.points,
                   figure.position, earned.line, earned.takes_all,
                   place.earned_tier_id,
                   decided.tier_id,
                   verdict.grace_count,
                   CASE WHEN verdict.outcome = 'fall' AND %(protected)s
                        THEN verdict.decisions END AS decisions,
                   verdict.outcome = 'fall' AND target.position <> place.earned AS cut,
                   allowed.user_id
              FROM (SELECT figure.*, %(position)s AS position
                      FROM care_figure figure) figure
         FULL JOIN (SELECT * FROM customer_standing WHERE scheme_id = %(scheme)s) standing
                   ON standing.partner_id = figure.partner_id
              JOIN res_partner customer
                   ON customer.id = COALESCE(figure.partner_id, standing.partner_id)
         LEFT JOIN care_level earned ON earned.position = figure.position
         LEFT JOIN care_level held ON held.tier_id = standing.tier_id
         LEFT JOIN care_level locked ON locked.tier_id = standing.lock_tier_id
                                    AND standing.lock_until >= %(as_of)s
         LEFT JOIN care_level floored ON floored.tier_id = standing.floor_tier_id
                                     AND standing.floor_until >= %(as_of)s
         LEFT JOIN (SELECT DISTINCT partner_id FROM (%(freeze)s) stopped) frozen
                   ON frozen.partner_id = customer.id
         LEFT JOIN (SELECT DISTINCT user_id FROM res_company_users_rel
                     WHERE cid IN %(companies)s) allowed
                   ON allowed.user_id = customer.user_id
             CROSS JOIN LATERAL (
                SELECT %(earned)s AS earned_tier_id,
                       COALESCE(figure.position, %(none)s) AS earned,
                       COALESCE(held.position, %(none)s) AS held,
                       COALESCE(figure.member AND (held.keep_all OR %(value)s >= held.keep_line),
                                FALSE) AS stays
              ) place
             CROSS JOIN LATERAL (%(verdict)s) verdict
             CROSS JOIN LATERAL (
                SELECT CASE verdict.outcome
                       WHEN 'lock' THEN locked.position
                       WHEN 'set' THEN place.earned
                       WHEN 'rise' THEN place.earned
                       WHEN 'fall' THEN LEAST(place.earned, %(steps)s, floored.position)
                       ELSE place.held END AS position
              ) target
         LEFT JOIN care_level given ON given.position = target.position
             CROSS JOIN LATERAL (
                SELECT CASE WHEN %(by_hand)s THEN place.earned_tier_id
                            ELSE given.tier_id END AS tier_id
              ) decided
            """,
            position=self._earned_sql(rules),
            scheme=(holder or self)._origin.id or 0,
            as_of=as_of,
            freeze=self._freeze_sql(as_of),
            companies=self._get_company_ids(),
            none=len(rules["levels"]) + 1,
            value=SQL("figure.points" if rules["method"] == "rfm" else "figure.value"),
            verdict=self._verdict_sql(rules, as_of, mode),
            steps=SQL("place.held + %s", rules["max_steps_down"])
            if rules["max_steps_down"] and mode in PROTECTED
            else SQL("NULL"),
            protected=mode in PROTECTED,
            by_hand=rules["method"] == "manual",
            earned=self._earned_tier_sql(rules),
        )

    def _earned_tier_sql(self, rules):
        """Return SQL for the id of the level a customer earns."""
        if rules["method"] == "manual":
            # a level set by hand stays until another hand changes it; exemption ends it
            return SQL("CASE WHEN customer.tier_exempt THEN NULL ELSE standing.earned_tier_id END")
        return SQL("earned.tier_id")

    def _verdict_sql(self, rules, as_of, mode):
        """Return SQL for what happens to a level: ``outcome``, ``decisions``, ``grace_count``.

        Outcomes: ``lock`` (exactly the locked level), ``set`` (where the figures call for),
        ``rise``, ``fall``, ``stop`` (a floor or freeze holds it), ``wait`` (below the line,
        grace or minimum stay not over), ``below`` (below the line, no decision today),
        ``keep``, ``done`` (this decision was taken before the run that took it was killed).

        While a floor or freeze holds, no decision is counted, also above the floor: there a
        customer falls down to it only where the first decision below the line is enough.
        """
        deciding = mode != "figures"
        may_fall = SQL(
            "tally.decisions >= %s AND COALESCE(standing.tier_since, '-infinity') + %s <= %s::date",
            rules["grace_decisions"],
            rules["min_stay_days"],
            as_of,
        )
        return SQL(
            """
            SELECT outcome.outcome, tally.decisions,
                   CASE WHEN frozen.partner_id IS NOT NULL OR floored.position IS NOT NULL THEN 0
                        WHEN outcome.outcome = 'wait' THEN tally.decisions
                        WHEN outcome.outcome IN ('below', 'done')
                          OR (outcome.outcome = 'keep' AND %(between)s)
                             THEN COALESCE(standing.grace_count, 0)
                        ELSE 0 END AS grace_count
              FROM (SELECT LEAST(COALESCE(standing.grace_count, 0) + 1, %(grace)s) AS decisions
                   ) tally,
                   LATERAL (
                    SELECT CASE
                           WHEN %(by_hand)s OR customer.tier_exempt THEN 'set'
                           WHEN locked.position IS NOT NULL THEN 'lock'
                           WHEN standing.id IS NULL AND %(baseline)s THEN 'set'
                           WHEN standing.tier_id IS NOT NULL AND held.position IS NULL THEN 'set'
                           WHEN place.earned < place.held AND %(rises)s THEN 'rise'
                           WHEN %(done)s THEN 'done'
                           WHEN place.earned <= place.held THEN 'keep'
                           WHEN place.stays AND %(tolerant)s THEN 'keep'
                           WHEN frozen.partner_id IS NOT NULL
                                OR place.held >= floored.position THEN 'stop'
                           WHEN NOT %(deciding)s THEN 'below'
                           WHEN %(may_fall)s THEN 'fall'
                           ELSE 'wait' END AS outcome
                   ) outcome
            """,
            between=mode == "figures",
            grace=rules["grace_decisions"],
            by_hand=rules["method"] == "manual",
            baseline=not self.last_evaluated,
            rises=deciding or rules["rise"] == "at_once",
            tolerant=mode != "at_once",
            deciding=deciding,
            done=SQL("standing.decided_on >= %s", as_of) if mode == "decision" else False,
            may_fall=may_fall if mode in PROTECTED else SQL("TRUE"),
        )

    # ------------------------------------------------------------
    # Locks and floors that end
    # ------------------------------------------------------------

    def _end_holds(self, as_of):
        """End the locks and floors that ran out before a day; note it in the history."""
        self.env.flush_all()
        history = self.env["customer.tier.history"].browse()
        for name, code in (("lock", "lock_expired"), ("floor", "hold_expired")):
            rows = self.env.execute_query(
                SQL(
                    """
                    WITH ended AS (
                        SELECT id, partner_id, tier_id, %(until)s AS until
                          FROM customer_standing
                         WHERE scheme_id = %(scheme)s AND %(until)s < %(as_of)s
                    ), freed AS (
                        UPDATE customer_standing standing
                           SET %(tier)s = NULL, %(until)s = NULL, %(reason)s = NULL
                          FROM ended WHERE ended.id = standing.id
                    )
                    INSERT INTO customer_tier_history (
                        partner_id, scheme_id, company_id, revision_id, from_tier_id, to_tier_id,
                        date, trigger, reason_code, reason_values,
                        create_uid, write_uid, create_date, write_date)
                    SELECT partner_id, %(scheme)s, %(company)s, %(revision)s, tier_id, tier_id,
                           %(as_of)s, 'unlock', %(code)s,
                           jsonb_build_object('until', until),
                           %(uid)s, %(uid)s, NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC'
                      FROM ended ORDER BY partner_id
                 RETURNING id
                    """,
                    tier=SQL.identifier(f"{name}_tier_id"),
                    until=SQL.identifier(f"{name}_until"),
                    reason=SQL.identifier(f"{name}_reason"),
                    scheme=self.id,
                    company=self.company_id.id,
                    revision=self._get_revision().id,
                    as_of=as_of,
                    code=code,
                    uid=self.env.uid,
                )
            )
            history |= history.browse(row_id for (row_id,) in rows)
        if history:
            self._forget_cache()
        return history
