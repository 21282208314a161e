"""Writing what an evaluation found: standings that differ, and their history."""

from odoo import api, models
from odoo.tools import SQL, float_compare

from . import scoring
from .customer_tier_engine import FIGURE_COLUMNS
from .customer_tier_scheme import PENDING
from .status import STATUS_COLUMNS

#: Changed rows written between two commits of the nightly run.
BATCH_ROWS = 50_000
#: Columns of customer.standing an evaluation writes.
RESULT_COLUMNS = (
    *FIGURE_COLUMNS,
    *STATUS_COLUMNS,
    "earned_tier_id",
    "tier_id",
    "grace_count",
    "user_id",
)


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    def _prepare_changes(self, as_of, partner_ids=None, trigger=None, mode="figures"):
        """Fill ``care_change`` with the rows that differ from what is stored.

        :param mode: see ``customer_tier_stability.MODES``
        :return: number of customers graded
        """
        rules = self._measure(as_of)
        self._measure_status(as_of, partner_ids)
        manual = rules["method"] == "manual"
        is_baseline = not self.last_evaluated and not manual
        trigger = "baseline" if is_baseline else (trigger or "evaluation")
        differs = SQL(" OR ").join(
            SQL(
                "standing.%s IS DISTINCT FROM new.%s",
                SQL.identifier(name),
                SQL.identifier(name),
            )
            for name in RESULT_COLUMNS
        )
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS care_change"))
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE care_change AS
                SELECT ROW_NUMBER() OVER (ORDER BY new.partner_id) AS number,
                       %(as_of)s::date AS as_of, %(trigger)s AS trigger,
                       %(decided_on)s::date AS decided_on, new.*
                  FROM (SELECT decided.*, %(status)s
                          FROM (%(decided)s) decided
                     LEFT JOIN care_status status ON status.partner_id = decided.partner_id
                       ) new
             LEFT JOIN customer_standing standing ON standing.id = new.standing_id
                 WHERE %(wanted)s
                   -- also who left before the window: he belongs to the losing customers
                   AND ((standing.id IS NULL AND NOT new.exempt
                         AND (new.member OR new.last_date IS NOT NULL))
                        OR (standing.id IS NOT NULL AND (%(differs)s)))
                """,
                as_of=as_of,
                trigger=trigger,
                decided_on=as_of if mode == "decision" else None,
                decided=self._decided_sql(rules, as_of, mode),
                wanted=SQL("new.partner_id = ANY(%s)", list(partner_ids))
                if partner_ids is not None
                else SQL("TRUE"),
                status=SQL(
                    "status.customer_status, status.status_code, status.status_values,"
                    " COALESCE(status.value_at_stake, 0) AS value_at_stake,"
                    " status.expected_next_date"
                ),
                differs=differs,
            )
        )
        cr.execute(SQL("CREATE INDEX ON care_change (number)"))
        cr.execute(SQL("ANALYZE care_change"))
        self._drop_status_tables()
        return self._count_graded(manual, partner_ids)

    def _count_graded(self, manual, partner_ids):
        if manual:
            query = SQL(
                "SELECT COUNT(*) FROM customer_standing graded"
                " WHERE scheme_id = %s AND earned_tier_id IS NOT NULL",
                self.id,
            )
        else:
            query = SQL("SELECT COUNT(*) FROM care_figure graded WHERE member")
        if partner_ids is not None:
            query = SQL("%s AND graded.partner_id = ANY(%s)", query, list(partner_ids))
        return self.env.execute_query(query)[0][0]

    def _apply_changes(self, as_of):
        """Write ``care_change`` range by range of partners.

        Yields ``(done, total, rises, falls)`` after each range; the caller may commit there.
        """
        [(total,)] = self.env.execute_query(SQL("SELECT COUNT(*) FROM care_change"))
        population = self._count_population()
        reason_values = self._reason_values_sql(as_of, population)
        for first in range(0, total, BATCH_ROWS):
            batch = SQL("change.number > %s AND change.number <= %s", first, first + BATCH_ROWS)
            self._write_standings(batch)
            history = self._write_history(batch, reason_values)
            self._forget_cache()
            rises, falls = self._count_directions(batch)
            if history:
                self._after_tier_changes(history)
            yield min(first + BATCH_ROWS, total), total, rises, falls

    def _write_standings(self, batch):
        """Insert and update the standings of one range."""
        names = SQL(", ").join(SQL.identifier(name) for name in RESULT_COLUMNS)
        since = SQL(
            "CASE WHEN change.tier_id IS DISTINCT FROM change.from_tier_id"
            " THEN change.as_of ELSE standing.tier_since END"
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_standing standing
                   SET %(assignments)s,
                       tier_since = %(since)s,
                       decided_on = COALESCE(change.decided_on, standing.decided_on),
                       write_uid = %(uid)s,
                       write_date = NOW() AT TIME ZONE 'UTC'
                  FROM care_change change
                 WHERE change.standing_id = standing.id AND %(batch)s
                """,
                assignments=SQL(", ").join(
                    SQL("%s = change.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in RESULT_COLUMNS
                ),
                since=since,
                uid=self.env.uid,
                batch=batch,
            )
        )
        # a partner deleted since the figures were measured has left res_partner
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO customer_standing (
                    scheme_id, company_id, partner_id, tier_since, decided_on,
                    create_uid, write_uid, create_date, write_date, %(names)s)
                SELECT %(scheme)s, %(company)s, change.partner_id,
                       CASE WHEN change.tier_id IS NOT NULL THEN change.as_of END,
                       change.decided_on,
                       %(uid)s, %(uid)s, NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC',
                       %(values)s
                  FROM care_change change
                  JOIN res_partner partner ON partner.id = change.partner_id
                 WHERE change.standing_id IS NULL AND %(batch)s
              ORDER BY change.number
           ON CONFLICT (scheme_id, partner_id) DO NOTHING
                """,
                names=names,
                values=SQL(", ").join(
                    SQL("change.%s", SQL.identifier(name)) for name in RESULT_COLUMNS
                ),
                scheme=self.id,
                company=self.company_id.id,
                uid=self.env.uid,
                batch=batch,
            )
        )

    def _write_history(self, batch, reason_values):
        """Write one history row per changed level of a range.

        :return: the new ``customer.tier.history`` records
        """
        reason_code = SQL(
            """
            CASE WHEN change.exempt THEN 'exempt'
                 WHEN NOT change.member THEN %(absent)s
                 WHEN change.earned_tier_id IS NULL THEN %(below)s
                 WHEN change.takes_all AND change.line IS NULL THEN 'amount_rest'
                 ELSE %(method)s END
            """,
            method=self.method,
            absent=self._get_absent_reason(),
            below="below_score" if self.method == "rfm" else "below",
        )
        ids = self.env.execute_query(
            SQL(
                """
                INSERT INTO customer_tier_history (
                    partner_id, scheme_id, company_id, revision_id, from_tier_id, to_tier_id,
                    date, trigger, reason_code, reason_values,
                    create_uid, write_uid, create_date, write_date)
                SELECT change.partner_id, %(scheme)s, %(company)s, %(revision)s,
                       change.from_tier_id, change.tier_id, change.as_of, change.trigger,
                       %(reason_code)s, %(reason_values)s,
                       %(uid)s, %(uid)s, NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC'
                  FROM care_change change
                  JOIN res_partner partner ON partner.id = change.partner_id
             LEFT JOIN care_level old_level ON old_level.tier_id = change.from_tier_id
             LEFT JOIN (%(ranks)s) ranked ON ranked.partner_id = change.partner_id
                 WHERE change.tier_id IS DISTINCT FROM change.from_tier_id AND %(batch)s
              ORDER BY change.number
             RETURNING id
                """,
                scheme=self.id,
                company=self.company_id.id,
                revision=self._get_revision().id,
                reason_code=reason_code,
                reason_values=reason_values,
                ranks=self._ranks_sql(),
                uid=self.env.uid,
                batch=batch,
            )
        )
        return self.env["customer.tier.history"].browse(row_id for (row_id,) in ids)

    def _get_absent_reason(self):
        """Return the reason code of a customer who left the population."""
        return "no_document"

    def _reason_values_sql(self, as_of, population):
        """Return SQL for the numbers a change rests on, kept with its history row."""
        (first, last), _previous = scoring.window_bounds(
            as_of, self.window_type, self.window_months
        )
        return SQL(
            """
            jsonb_strip_nulls(jsonb_build_object(
                'measure', %(measure)s::text, 'value', change.value,
                'line', change.line, 'from_line', old_level.keep_line,
                'decisions', NULLIF(change.decisions, 1),
                'earned', CASE WHEN change.cut THEN COALESCE(change.earned_tier_id, 0) END,
                'amount', change.amount, 'document_count', change.document_count,
                'r', change.r_score, 'f', change.f_score, 'm', change.m_score,
                'points', change.points, 'rank', ranked.rank,
                'population', %(population)s::int,
                'date_from', %(first)s::date, 'date_to', %(last)s::date))
            """,
            measure=self.measure,
            population=population,
            first=first,
            last=last,
        )

    def _ranks_sql(self):
        """Return ranks by value, where the method grades by rank."""
        if self.method != "pyramid":
            return SQL("SELECT NULL::int AS partner_id, NULL::bigint AS rank")
        return SQL(
            "SELECT partner_id, RANK() OVER (ORDER BY value DESC) AS rank"
            " FROM care_figure WHERE member"
        )

    def _count_directions(self, batch):
        """Return how many customers of a range rose and fell; a baseline counts as neither."""
        return self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*) FILTER (WHERE old.id IS NULL
                                           OR (new.sequence, new.id) < (old.sequence, old.id)),
                       COUNT(*) FILTER (WHERE new.id IS NULL
                                           OR (new.sequence, new.id) > (old.sequence, old.id))
                  FROM care_change change
             LEFT JOIN customer_tier old ON old.id = change.from_tier_id
             LEFT JOIN customer_tier new ON new.id = change.tier_id
                 WHERE change.tier_id IS DISTINCT FROM change.from_tier_id
                   AND change.trigger <> 'baseline'
                   AND %s
                """,
                batch,
            )
        )[0]

    def _forget_cache(self):
        """SQL wrote past the ORM: what it cached about standings is no longer true."""
        self.env["customer.standing"].invalidate_model(flush=False)
        self.env["res.partner"].invalidate_model(["tier_id", "standing_id"], flush=False)

    def _store_lines(self):
        """Keep on each level where its lines lay, for "to rise" and "to keep"."""
        rows = self.env.execute_query(SQL("SELECT tier_id, line, keep_line FROM care_level"))
        lines = {tier_id: values for tier_id, *values in rows}
        for tier in self.tier_ids.with_context(tier_rules_pending=PENDING):
            found = lines.get(tier.id, (0, 0))
            for name, line in zip(("line_value", "keep_value"), found, strict=True):
                if float_compare(tier[name], float(line or 0), precision_digits=6):
                    tier[name] = float(line or 0)

    @api.model
    def _after_tier_changes(self, history):
        """Hook: called once per written range with its new history records.

        Higher addons re-plan contacts and clocks here. Rows of a first grading have the
        trigger ``baseline``: they are no news and must not be told to anybody. An override
        must not evaluate: the rows of the next range are still to be written.
        """
