from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.customer_tiering.models.customer_tier import SERVICE_CLASSES

from ..models.kinds import KINDS

#: Contacts count for the attainment up to so many times the goal.
CAP_FACTOR = 2
#: An order so many days after a contact is credited to it.
VALUE_DAYS = 30
#: What an overdue follow-up weighs by service class; others weigh 1.
WEIGHTS = {"key": 3, "standard": 2}
#: Ratios of sums: {field: (numerator, denominator)}, in percent where the name says so.
RATIOS = {
    "attainment_percent": ("counted_count", "goal_count"),
    "off_plan_percent": ("off_plan_count", "contact_count"),
    "positive_percent": ("positive_count", "contact_count"),
}


class FollowupCoverageReport(models.Model):
    """What was planned with customers, what was done of it, and what came of it.

    One row per goal, dated by its due day, and one per contact, dated by the day it took
    place where its person is. So each month tells its own goals and its own contacts, and
    every ratio is a ratio of sums at any grouping.

    *Goals* are follow-ups of a rhythm, planned by hand or sent by themselves, but for those
    that were withdrawn because the rhythm asks for them no longer; one of a rhythm that a
    person cancelled remains a goal, one he had planned himself does not. A goal is *met* by
    its own contact, or by another that counts for it (``satisfied_by_id``).

    *Capped attainment.* Within a cell of company, customer, person, kind and calendar month

    * goal = goals due in the month,
    * actual = goals met, plus contacts off plan of that kind and month that met no goal of
      their own kind (who closed a goal is not counted a second time),
    * cap = ``CAP_FACTOR`` × goal: with a goal of 2 the cap is 4, and 5 contacts count as 4;
      without a goal nothing counts.

    attainment % = 100 × Σ min(actual, cap) ⁄ Σ goal, over the cells of whatever is grouped.

    *Order value* is credited to the last contact on or before the document's day, not more
    than ``VALUE_DAYS`` days before; so each document counts once. Documents, their dates and
    amounts in company currency are those of the grading (``_document_sql``).

    Level, service class and sales team are those of today.
    """

    _name = "followup.coverage.report"
    _description = "Contact Coverage"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "touch_id"
    _depends = {
        "account.move": [
            "state", "move_type", "partner_id", "company_id", "invoice_date",
            "amount_untaxed_signed",
        ],
        "customer.standing": ["scheme_id", "partner_id", "tier_id"],
        "customer.tier": ["service_class"],
        "customer.tier.scheme": ["company_id", "operative", "source"],
        "followup.outcome": ["response", "code"],
        "followup.touch": [
            "partner_id", "company_id", "user_id", "kind", "state", "origin", "cancel_reason",
            "satisfied_by_id", "date_due", "date_planned", "date_done", "is_contact",
            "outcome_id",
        ],
        "res.company": ["currency_id", "resource_calendar_id"],
        "res.partner": ["commercial_partner_id", "tz"],
        "res.users": ["partner_id", "sale_team_id"],
        "resource.calendar": ["tz"],
        "sale.order": [
            "state", "partner_id", "company_id", "date_order", "amount_untaxed", "currency_rate",
        ],
    }  # fmt: skip

    # who, what, when
    touch_id = fields.Many2one("followup.touch", string="Follow-up", readonly=True)
    date = fields.Date(
        readonly=True,
        help="A goal's due day, a contact's own day; both where the person responsible is.",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Person", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    tier_id = fields.Many2one(
        "customer.tier", string="Level", readonly=True, help="The customer's level of today."
    )
    service_class = fields.Selection(SERVICE_CLASSES, readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    origin = fields.Selection(
        selection=lambda self: self._get_origins(), string="Came about by", readonly=True
    )

    # goals
    goal_count = fields.Integer(
        string="Planned", readonly=True, help="Follow-ups that were due in the period."
    )
    met_count = fields.Integer(
        string="Done",
        readonly=True,
        help="Planned follow-ups that took place, or that another contact with the customer "
        "counts for; each at most once.",
    )
    missed_count = fields.Integer(
        string="Missed", readonly=True, help="Planned follow-ups that nobody did in time."
    )
    counted_count = fields.Integer(
        string="Done, capped",
        readonly=True,
        help="Contacts up to twice what was planned for the customer, person, kind and month: "
        "with 2 planned, 5 contacts count as 4.",
    )
    attainment_percent = fields.Float(
        string="Capped Attainment %",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Contacts counted up to the cap as a share of the planned ones: extra calls on "
        "one favourite customer do not make up for those who were left out.",
    )
    overdue_count = fields.Integer(
        string="Overdue",
        readonly=True,
        help="Follow-ups still open although their planned day is over.",
    )
    overdue_weight = fields.Integer(
        string="Overdue, weighted",
        readonly=True,
        help="Overdue follow-ups, each weighted by the customer's service class: key 3, "
        "standard 2, others 1.",
    )

    # customers: ids, counted, so that nobody counts twice at any grouping
    due_count = fields.Integer(
        string="Customers due",
        aggregator="count_distinct",
        readonly=True,
        help="Customers with at least one follow-up due in the period.",
    )
    reached_count = fields.Integer(
        string="Customers contacted",
        aggregator="count_distinct",
        readonly=True,
        help="Customers with at least one contact, or one that counts, in the period.",
    )
    coverage_percent = fields.Float(
        string="Coverage %",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Of the customers who were due, the share that was contacted at least once.",
    )

    # contacts
    contact_count = fields.Integer(
        string="Contacts",
        readonly=True,
        help="Contacts that took place in the period, planned or not.",
    )
    off_plan_count = fields.Integer(
        string="Off Plan", readonly=True, help="Contacts that nobody had planned."
    )
    off_plan_percent = fields.Float(
        string="Off-plan Share %",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Contacts that nobody had planned as a share of all contacts.",
    )
    visit_count = fields.Integer(
        string="Visits", readonly=True, help="Visits that took place in the period."
    )
    field_day_count = fields.Integer(
        string="Field Days",
        aggregator="count_distinct",
        readonly=True,
        help="Days on which a person made at least one visit; each person's days count.",
    )
    call_average = fields.Float(
        string="Visits per Field Day",
        digits=(16, 2),
        aggregator="avg",
        readonly=True,
        help="Call average: visits made, divided by the days on which there was at least one.",
    )
    # squared and relative; no figure of its own
    gap_deviation = fields.Float(readonly=True, aggregator=None)
    irregularity_percent = fields.Float(
        string="Irregularity of Gaps %",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="How far the days between contacts stray from the customer's own average (their "
        "coefficient of variation): 0 is clockwork, above 100 is chance. Customers with three "
        "days of contact or more.",
    )

    # results
    positive_count = fields.Integer(
        string="Positive",
        readonly=True,
        help="Contacts whose outcome was positive, such as reached, met or ordered.",
    )
    positive_percent = fields.Float(
        string="Positive %",
        digits=(16, 1),
        aggregator="avg",
        readonly=True,
        help="Contacts with a positive outcome as a share of all contacts.",
    )
    order_value = fields.Monetary(
        readonly=True,
        help="What the customer ordered within 30 days, untaxed, in company currency; each "
        "document is credited to the last contact before it.",
    )
    value_per_contact = fields.Monetary(
        string="Value per Contact",
        aggregator="avg",
        readonly=True,
        help="Order value divided by all contacts, whatever their outcome.",
    )

    @api.model
    def _get_origins(self):
        return self.env["followup.touch"]._fields["origin"]._description_selection(self.env)

    # ------------------------------------------------------------
    # Aggregates
    # ------------------------------------------------------------

    def _read_group_select(self, aggregate_spec, query):
        """Return ratios as ratios of sums: an average of averages would be wrong."""
        name, __, function = aggregate_spec.partition(":")
        if name in RATIOS:
            return self._ratio_sql(*(self._sum_sql(part, query) for part in RATIOS[name]))
        if name == "value_per_contact":
            total = "sum" if function == "avg" else function
            value = super()._read_group_select(f"order_value:{total}", query)
            return self._ratio_sql(value, self._sum_sql("contact_count", query), factor=1)
        if name == "call_average":
            days = self._count_sql("field_day_count", query)
            return self._ratio_sql(self._sum_sql("visit_count", query), days, factor=1)
        if name == "coverage_percent":
            due = self._count_sql("due_count", query)
            # |A ∩ B| = |A| + |B| − |A ∪ B|, and every row is of one or the other
            both = SQL(
                "%s + %s - %s",
                due,
                self._count_sql("reached_count", query),
                self._count_sql("partner_id", query),
            )
            return self._ratio_sql(both, due)
        if name == "irregularity_percent":
            gaps = self._field_to_sql(self._table, "gap_deviation", query)
            return SQL("100 * SQRT(AVG(%s))", gaps)
        return super()._read_group_select(aggregate_spec, query)

    def _sum_sql(self, name, query):
        return SQL("SUM(%s)", self._field_to_sql(self._table, name, query))

    def _count_sql(self, name, query):
        return SQL("COUNT(DISTINCT %s)", self._field_to_sql(self._table, name, query))

    def _ratio_sql(self, numerator, denominator, factor=100):
        """Return a ratio; NULL, shown as empty, where there is nothing to divide by."""
        return SQL("%s * (%s)::float8 / NULLIF(%s, 0)", factor, numerator, denominator)

    # ------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT fact.id, fact.touch_id, fact.date, fact.company_id, fact.currency_id,
                   fact.partner_id, fact.user_id, person.sale_team_id AS team_id,
                   standing.tier_id, tier.service_class, fact.kind, fact.origin,
                   fact.goal_count, fact.met_count, fact.missed_count, fact.counted_count,
                   CASE WHEN fact.goal_count = 1 THEN 100.0 * fact.counted_count END
                       AS attainment_percent,
                   fact.overdue_count,
                   fact.overdue_count * CASE tier.service_class %(weights)s ELSE 1 END
                       AS overdue_weight,
                   CASE WHEN fact.goal_count = 1 THEN fact.partner_id END AS due_count,
                   CASE WHEN fact.contact_count + fact.met_count > 0
                        THEN fact.partner_id END AS reached_count,
                   CASE WHEN fact.goal_count = 1 THEN 100.0 * fact.met_count END
                       AS coverage_percent,
                   fact.contact_count, fact.off_plan_count,
                   CASE WHEN fact.contact_count = 1 THEN 100.0 * fact.off_plan_count END
                       AS off_plan_percent,
                   fact.visit_count,
                   CASE WHEN fact.visit_count = 1
                        THEN COALESCE(fact.user_id, 0) * 100000::bigint
                             + (fact.date - date '1970-01-01') END AS field_day_count,
                   fact.visit_count::float8 AS call_average,
                   fact.gap_deviation,
                   100 * SQRT(fact.gap_deviation) AS irregularity_percent,
                   fact.positive_count,
                   CASE WHEN fact.contact_count = 1 THEN 100.0 * fact.positive_count END
                       AS positive_percent,
                   COALESCE(value.amount, 0) AS order_value,
                   COALESCE(value.amount, 0) AS value_per_contact
              FROM (%(facts)s) fact
         LEFT JOIN res_users person ON person.id = fact.user_id
         LEFT JOIN customer_tier_scheme scheme ON scheme.company_id = fact.company_id
                                              AND scheme.operative
         LEFT JOIN customer_standing standing ON standing.scheme_id = scheme.id
                                             AND standing.partner_id = fact.partner_id
         LEFT JOIN customer_tier tier ON tier.id = standing.tier_id
         LEFT JOIN LATERAL (%(values)s) value ON TRUE
            """,
            weights=SQL(" ").join(
                SQL("WHEN %s THEN %s", name, weight) for name, weight in WEIGHTS.items()
            ),
            facts=self._fact_sql(),
            values=self._value_sql(),
        )

    @api.model
    def _fact_sql(self):
        """Return goals and contacts with what of them counts for the attainment.

        Conditions on company, customer, person and kind reach down to the follow-ups.
        """
        return SQL(
            """
            SELECT row.*,
                   CASE WHEN row.is_extra
                        THEN (ROW_NUMBER() OVER extras
                              <= %(factor)s * SUM(row.goal_count) OVER cell
                                 - SUM(row.met_count) OVER cell)::int
                        ELSE row.met_count END AS counted_count
              FROM (%(goals)s UNION ALL %(contacts)s) row
            WINDOW cell AS (PARTITION BY row.company_id, row.partner_id, row.user_id, row.kind,
                                         DATE_TRUNC('month', row.date)),
                   extras AS (PARTITION BY row.company_id, row.partner_id, row.user_id, row.kind,
                                           DATE_TRUNC('month', row.date), row.is_extra
                                  ORDER BY row.date, row.id)
            """,
            factor=CAP_FACTOR,
            goals=self._goal_sql(),
            contacts=self._series_sql(),
        )

    @api.model
    def _touch_sql(self):
        """Return the tables of a follow-up with ``tz``, the clock of who is responsible."""
        return SQL(
            """
            followup_touch touch
            JOIN res_company office ON office.id = touch.company_id
       LEFT JOIN resource_calendar hours ON hours.id = office.resource_calendar_id
       LEFT JOIN res_users worker ON worker.id = touch.user_id
       LEFT JOIN res_partner card ON card.id = worker.partner_id
      CROSS JOIN LATERAL (SELECT COALESCE(card.tz, hours.tz, 'UTC') AS tz) clock
            """
        )

    @api.model
    def _goal_sql(self):
        return SQL(
            """
            SELECT touch.id * 2::bigint AS id, touch.id AS touch_id, touch.date_due AS date,
                   touch.company_id, office.currency_id, touch.partner_id, touch.user_id,
                   touch.kind, touch.origin,
                   1 AS goal_count,
                   (touch.state = 'done' AND COALESCE(touch.is_contact, FALSE)
                    OR touch.state = 'cancelled' AND cover.id IS NOT NULL)::int AS met_count,
                   (touch.state = 'missed')::int AS missed_count,
                   (touch.state = 'planned'
                    AND (touch.date_planned AT TIME ZONE 'UTC' AT TIME ZONE clock.tz)::date
                        < (%(now)s AT TIME ZONE 'UTC' AT TIME ZONE clock.tz)::date
                   )::int AS overdue_count,
                   0 AS contact_count, 0 AS off_plan_count, 0 AS visit_count,
                   0 AS positive_count, NULL::timestamp AS moment, FALSE AS is_extra,
                   NULL::date AS next_date, NULL::int AS gap, NULL::float8 AS gap_deviation
              FROM %(touches)s
         LEFT JOIN followup_touch cover ON cover.id = touch.satisfied_by_id
                                       AND cover.state = 'done' AND cover.is_contact
             WHERE touch.date_due IS NOT NULL AND %(is_goal)s
            """,
            now=fields.Datetime.now(),
            touches=self._touch_sql(),
            is_goal=self._is_goal_sql(SQL("touch")),
        )

    @api.model
    def _is_goal_sql(self, alias):
        """Return whether a follow-up was asked for; see the class."""
        return SQL(
            """
            (%(touch)s.origin = 'cadence'
             AND (%(touch)s.state != 'cancelled'
                  OR %(touch)s.cancel_reason IS DISTINCT FROM 'rhythm')
             OR %(touch)s.origin IN ('hand', 'automatic')
             AND (%(touch)s.state != 'cancelled'
                  OR %(touch)s.cancel_reason IN ('satisfied', 'absorbed')))
            """,
            touch=alias,
        )

    @api.model
    def _contact_sql(self):
        return SQL(
            """
            SELECT touch.id * 2::bigint + 1 AS id, touch.id AS touch_id,
                   (touch.date_done AT TIME ZONE 'UTC' AT TIME ZONE clock.tz)::date AS date,
                   touch.company_id, office.currency_id, touch.partner_id, touch.user_id,
                   touch.kind, touch.origin,
                   0 AS goal_count, 0 AS met_count, 0 AS missed_count, 0 AS overdue_count,
                   1 AS contact_count,
                   (touch.origin IN ('unplanned', 'activity'))::int AS off_plan_count,
                   (touch.kind = 'visit')::int AS visit_count,
                   (outcome.response = 'positive' OR COALESCE(outcome.code, '') = 'ordered')::int
                       AS positive_count,
                   touch.date_done AS moment,
                   touch.origin IN ('unplanned', 'activity')
                   AND NOT EXISTS (SELECT 1
                                     FROM followup_touch goal
                                    WHERE goal.satisfied_by_id = touch.id
                                      AND goal.kind = touch.kind
                                      AND goal.state = 'cancelled'
                                      AND %(is_goal)s) AS is_extra
              FROM %(touches)s
              JOIN followup_outcome outcome ON outcome.id = touch.outcome_id
             WHERE touch.state = 'done' AND touch.is_contact AND touch.date_done IS NOT NULL
            """,
            touches=self._touch_sql(),
            is_goal=self._is_goal_sql(SQL("goal")),
        )

    @api.model
    def _series_sql(self):
        """Return each customer's contacts in order: the next one, and how regular they are.

        A gap is taken relative to the customer's mean gap, less one, squared. The mean of
        these over a customer's gaps is the square of their coefficient of variation; over more
        customers it is weighed by gaps, without mixing rhythms of different length.
        """
        return SQL(
            """
            SELECT series.*,
                   CASE WHEN COUNT(series.gap) OVER customer >= 2
                        THEN POWER(series.gap / AVG(series.gap) OVER customer - 1, 2)::float8
                        END AS gap_deviation
              FROM (SELECT contact.*,
                           LEAD(contact.date) OVER series AS next_date,
                           NULLIF(contact.date - LAG(contact.date) OVER series, 0) AS gap
                      FROM (%s) contact
                    WINDOW series AS (PARTITION BY contact.company_id, contact.partner_id
                                          ORDER BY contact.moment, contact.touch_id)) series
            WINDOW customer AS (PARTITION BY series.company_id, series.partner_id)
            """,
            self._contact_sql(),
        )

    @api.model
    def _value_sql(self):
        """Return the documents' value of a contact ``fact``: from its day to the next contact.

        Looked up contact by contact through the documents' index on the customer, so only
        for the rows that a reader asks for.
        """
        # sudo: documents of a reader's customers count, whoever sold them; the rows he may
        # see are for the record rules
        schemes = self.env["customer.tier.scheme"].sudo()
        for company in self.env.companies.root_id:
            schemes |= schemes._get_operative(company)
        if not schemes:
            return SQL("SELECT NULL::numeric AS amount")
        return SQL(
            "SELECT SUM(own.amount) AS amount FROM (%s) own",
            SQL(" UNION ALL ").join(self._scheme_value_sql(scheme) for scheme in schemes),
        )

    @api.model
    def _scheme_value_sql(self, scheme):
        """Return the amounts that one company's documents credit to the contact ``fact``."""
        return SQL(
            """
            SELECT doc.amount
              FROM res_partner member
              JOIN (%(documents)s) doc ON doc.partner_id = member.id
             WHERE fact.contact_count = 1
               AND fact.company_id = %(company)s
               AND member.commercial_partner_id = fact.partner_id
               AND doc.date >= fact.date
               AND doc.date <= fact.date + %(days)s
               AND (fact.next_date IS NULL OR doc.date < fact.next_date)
            """,
            documents=scheme._document_sql(scheme.source),
            company=scheme.company_id.id,
            days=VALUE_DAYS,
        )

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_open_touch(self):
        """Open the follow-up of this row; the row's id tells which."""
        self.ensure_one()
        return self.env["followup.touch"].browse(self.id // 2).get_formview_action()
