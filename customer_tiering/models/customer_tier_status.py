"""Customer status: who is new, loyal, buying less, about to leave, gone, or back.

The status rests on each customer's own rhythm: the days between his documents, their
median above all. Like the grading it is measured for everybody at once in SQL:

    documents → rhythm → order lines of those still in question → status

=================  ==================================================================
``care_rhythm``    one row per customer with a document: dates, gaps, revenue
``care_open``      contacts of the customers whom no rule on the rhythm took
``care_line``      what they bought, when
``care_partial``   customers who dropped a category or a part of their assortment
``care_status``    the result: one row per customer with a status
=================  ==================================================================

Several rules can be true of one customer; the first in the order of ``STATUS_RULES``
gives his status, and its code is stored. What is stored changes only when a document comes
or goes, or a limit is passed: days since the last order are counted when they are read.
"""

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.tools import SQL

from . import scoring
from .status import (
    LOST_MONTHS,
    MIN_GAPS,
    NEW_DAYS,
    REGAINED_MONTHS,
    STATUS_COLUMNS,
    STATUS_RULES,
)

#: Memory of one sort or hash; the default of 4 MB works on disk.
SORT_MEMORY = "64MB"


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    def _measure_status(self, as_of, partner_ids=None):
        """Fill ``care_status``: the status of every customer at a day.

        A row for each customer with a document, a standing in this scheme or a hold, unless
        exempt. Amounts are revenue, whatever the scheme measures; a scheme by calendar year
        is read here over the last twelve months, because in January a year of a few days
        would make everybody lose.

        ``value_at_stake`` is the revenue per year that has left or may leave, never negative:

        * lost, dormant, at risk: the usual yearly revenue, which is the greater of window and
          window before, times 12 ⁄ months; for who bought in neither, the revenue of the
          twelve months up to his last document
        * less revenue: window before − window, times 12 ⁄ months
        * category left: the greater of the category's two windows, times 12 ⁄ months
        * smaller assortment: revenue of the window before with the products not bought any
          more, times 12 ⁄ months

        :param as_of: date in the scheme's time zone
        :param partner_ids: ids of commercial partners to restrict the measuring to
        """
        self.env.flush_all()
        self._drop_status_tables()
        cr = self.env.cr
        cr.execute(SQL("SET LOCAL work_mem = %s", SORT_MEMORY))
        self._measure_rhythm(as_of, partner_ids)
        self._collect_lines(as_of)
        # there are nearly as many groups as lines: hashing them would spill, sorting does not
        cr.execute(SQL("SET LOCAL enable_hashagg = off"))
        self._measure_partial(as_of)
        cr.execute(SQL("SET LOCAL enable_hashagg TO DEFAULT"))
        self._decide_status(as_of, partner_ids)
        cr.execute(SQL("SET LOCAL work_mem TO DEFAULT"))

    def _drop_status_tables(self):
        self.env.cr.execute(
            SQL("DROP TABLE IF EXISTS care_rhythm, care_open, care_line, care_partial, care_status")
        )

    def _get_status_months(self):
        return self.window_months if self.window_type == "rolling" else 12

    def _get_status_windows(self, as_of):
        return scoring.window_bounds(as_of, "rolling", self._get_status_months())

    # ------------------------------------------------------------
    # Rhythm
    # ------------------------------------------------------------

    def _measure_rhythm(self, as_of, partner_ids):
        """Fill ``care_rhythm``: gaps between the document days of each customer.

        One sort serves everything: documents newest first, refunds behind them, so that the
        next row of a document is the one before it in time. ``pauses`` keeps the gaps,
        newest first, only where one of them may have been the pause of a lost customer.
        """
        (first, last), (previous_first, previous_last) = self._get_status_windows(as_of)
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE care_rhythm AS
                SELECT partner_id,
                       SUM(counts) AS documents,
                       MIN(date) FILTER (WHERE counts > 0) AS first_date,
                       MIN(last_date) AS last_date,
                       COUNT(gap) AS gaps,
                       MIN(gap) AS gap_min,
                       SUM(gap)::numeric AS gap_sum,
                       SUM(gap::bigint * gap) AS gap_squares,
                       (percentile_cont(0.5) WITHIN GROUP (ORDER BY gap))::numeric AS median,
                       COALESCE(SUM(amount) FILTER (
                           WHERE date BETWEEN %(first)s AND %(last)s), 0) AS amount,
                       COALESCE(SUM(amount) FILTER (
                           WHERE date BETWEEN %(previous_first)s AND %(previous_last)s), 0)
                           AS amount_previous,
                       COALESCE(SUM(amount) FILTER (
                           WHERE last_date < %(previous_first)s
                             AND date > (last_date - INTERVAL '12 months')::date
                             AND date <= last_date), 0) AS amount_final,
                       CASE WHEN MAX(gap) FILTER (WHERE date >= %(regained_since)s)
                                 > LEAST(3 * MIN(gap), 364)
                            THEN ARRAY_AGG(gap) FILTER (WHERE gap IS NOT NULL) END AS pauses
                  FROM (
                        SELECT partner_id, date, amount, counts,
                               FIRST_VALUE(date) OVER newest_first AS last_date,
                               CASE WHEN counts > 0 AND LEAD(counts) OVER newest_first > 0
                                    THEN NULLIF(date - LEAD(date) OVER newest_first, 0)
                               END AS gap
                          FROM (
                                SELECT partner.commercial_partner_id AS partner_id,
                                       doc.date, doc.amount, doc.counts
                                  FROM (%(documents)s) doc
                                  JOIN res_partner partner ON partner.id = doc.partner_id
                                 WHERE doc.date <= %(last)s AND %(wanted)s
                               ) doc
                        WINDOW newest_first AS (
                               PARTITION BY partner_id ORDER BY counts > 0 DESC, date DESC)
                       ) doc
              GROUP BY partner_id
                HAVING SUM(counts) > 0
                """,
                documents=self._all_documents_sql(),
                first=first,
                last=last,
                previous_first=previous_first,
                previous_last=previous_last,
                regained_since=self._regained_since(as_of),
                wanted=SQL("partner.commercial_partner_id = ANY(%s)", list(partner_ids))
                if partner_ids is not None
                else SQL("TRUE"),
            )
        )
        cr.execute(SQL("ANALYZE care_rhythm"))

    def _regained_since(self, as_of):
        return as_of - relativedelta(months=REGAINED_MONTHS)

    def _rhythm_rules(self, as_of):
        """Return the rules on a row of ``care_rhythm rhythm``, ``{code: SQL condition}``.

        Limits are passed when more days are over, not on the last of them. The deviation
        (gap > mean + 2 × standard deviation of the sample) is compared in whole numbers,
        so that no rounding decides.
        """
        silence = SQL("(%s::date - rhythm.last_date)", as_of)
        has_rhythm = SQL("rhythm.gaps >= %s", MIN_GAPS)
        excess = SQL("(rhythm.gaps * %s - rhythm.gap_sum)", silence)
        return {
            "lost_gap": SQL("%s AND %s > 3 * rhythm.median", has_rhythm, silence),
            "lost_year": SQL(
                "rhythm.gaps < %s AND rhythm.last_date < %s",
                MIN_GAPS,
                as_of - relativedelta(months=LOST_MONTHS),
            ),
            "dormant_gap": SQL("%s AND %s > 2 * rhythm.median", has_rhythm, silence),
            "partial_amount": SQL(
                "rhythm.amount_previous > 0 AND 5 * rhythm.amount < 3 * rhythm.amount_previous"
            ),
            "risk_gap": SQL("%s AND %s > 1.5 * rhythm.median", has_rhythm, silence),
            "risk_deviation": SQL(
                """
                %(has_rhythm)s AND %(excess)s > 0
                AND %(excess)s * %(excess)s * (rhythm.gaps - 1)
                    > 4 * rhythm.gaps
                      * (rhythm.gaps * rhythm.gap_squares - rhythm.gap_sum * rhythm.gap_sum)
                """,
                has_rhythm=has_rhythm,
                excess=excess,
            ),
            "new": SQL("rhythm.first_date >= %s", as_of - timedelta(days=NEW_DAYS)),
            "single": SQL("rhythm.documents = 1"),
        }

    # ------------------------------------------------------------
    # Decision
    # ------------------------------------------------------------

    def _status_signal_sql(self, as_of):
        """Hook: warning signs other than missing orders, for example an open complaint.

        A customer whose weights add up to 1 or more is at risk. Name the signal for the
        reader in :meth:`customer.standing._get_signal_labels`.

        :param as_of: date in the scheme's time zone
        :return: SQL of a query with the columns ``partner_id`` (any contact), ``signal``
            (short code), ``weight`` (a number)
        """
        return SQL("SELECT NULL::int AS partner_id, '' AS signal, 0 AS weight WHERE FALSE")

    def _hold_sql(self, as_of):
        """Return the customers on hold at a day; who orders afterwards is not any more."""
        return SQL(
            """
            SELECT DISTINCT ON (hold.partner_id)
                   hold.partner_id, hold.review_date, hold.reason
              FROM customer_hold hold
         LEFT JOIN care_rhythm rhythm ON rhythm.partner_id = hold.partner_id
             WHERE hold.company_id = %(company)s
               AND hold.date_from <= %(as_of)s
               AND hold.review_date > %(as_of)s
               AND (hold.date_end IS NULL OR hold.date_end > %(as_of)s)
               AND (rhythm.last_date IS NULL OR rhythm.last_date <= hold.date_from)
          ORDER BY hold.partner_id, hold.date_from DESC, hold.id DESC
            """,
            company=self.company_id.id,
            as_of=as_of,
        )

    def _regained_sql(self, as_of):
        """Return whose latest pause was that of a lost customer, by what was known then.

        The limit comes from the gaps before the pause, which stand behind it in ``pauses``.
        Asked only of those whom no rule on the rhythm took.
        """
        rules = self._rhythm_rules(as_of)
        taken = SQL(" OR ").join(
            SQL("(%s)", rules[code])
            for code in ("lost_gap", "lost_year", "partial_amount", "risk_gap", "risk_deviation")
        )
        return SQL(
            """
            SELECT rhythm.partner_id, pause.date, pause.gap
              FROM care_rhythm rhythm
        CROSS JOIN LATERAL (
                    SELECT list.gap, list.position,
                           rhythm.last_date - (
                               SUM(list.gap) OVER (ORDER BY list.position) - list.gap)::int
                               AS date
                      FROM UNNEST(rhythm.pauses) WITH ORDINALITY AS list (gap, position)
                   ) pause
             WHERE rhythm.pauses IS NOT NULL AND NOT (%(taken)s)
               AND pause.date >= %(since)s
               AND CASE WHEN CARDINALITY(rhythm.pauses) - pause.position < %(min_gaps)s
                        THEN pause.date - pause.gap
                                 < (pause.date - make_interval(months => %(months)s))::date
                        WHEN pause.gap > 3 * rhythm.gap_min
                        THEN pause.gap > 3 * (
                                 SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY earlier)
                                   FROM UNNEST(rhythm.pauses[pause.position + 1 :]) earlier)
                   END
            """,
            taken=taken,
            since=self._regained_since(as_of),
            min_gaps=MIN_GAPS,
            months=LOST_MONTHS,
        )

    def _status_code_sql(self, as_of):
        """Return the first rule that holds, in the order of ``STATUS_RULES``."""
        conditions = {
            "on_hold": SQL("hold.partner_id IS NOT NULL"),
            "prospect": SQL("rhythm.partner_id IS NULL"),
            "partial_category": SQL("partial.code = 'partial_category'"),
            "partial_assortment": SQL("partial.code = 'partial_assortment'"),
            "risk_signal": SQL("signal.weight >= 1"),
            "regained": SQL("regained.date IS NOT NULL"),
            "active": SQL("TRUE"),
            **self._rhythm_rules(as_of),
        }
        cases = [SQL("WHEN %s THEN %s", conditions[code], code) for code, _s, _w in STATUS_RULES]
        return SQL("CASE %s END", SQL(" ").join(cases))

    def _status_values_sql(self):
        """Return the facts the sentence of each rule needs; none of them moves by the day."""
        median = SQL("'median', ROUND(rhythm.median, 1)")
        facts = {
            "on_hold": SQL("'review_date', hold.review_date, 'reason', hold.reason"),
            "lost_gap": median,
            "dormant_gap": median,
            "partial_amount": SQL(
                "'amount', rhythm.amount, 'baseline', rhythm.amount_previous, 'months', %s::int",
                self._get_status_months(),
            ),
            "risk_gap": median,
            "risk_deviation": SQL(
                """
                %s, 'limit', FLOOR(rhythm.gap_sum / rhythm.gaps + 2 * SQRT(GREATEST(0,
                    rhythm.gap_squares - rhythm.gap_sum * rhythm.gap_sum / rhythm.gaps)
                    / (rhythm.gaps - 1)))
                """,
                median,
            ),
            "risk_signal": SQL("'signals', signal.signals"),
            "regained": SQL("'date', regained.date, 'pause', regained.gap"),
        }
        cases = [
            SQL("WHEN %s THEN jsonb_strip_nulls(jsonb_build_object(%s))", code, values)
            for code, values in facts.items()
        ]
        return SQL(
            """
            CASE decided.code %s
                 WHEN 'partial_category' THEN partial.reason_values
                 WHEN 'partial_assortment' THEN partial.reason_values
                 WHEN 'active' THEN
                      CASE WHEN rhythm.gaps >= %s THEN jsonb_build_object(%s) END
            END
            """,
            SQL(" ").join(cases),
            MIN_GAPS,
            median,
        )

    def _value_at_stake_sql(self, as_of):
        _window, (previous_first, _previous_last) = self._get_status_windows(as_of)
        return SQL(
            """
            GREATEST(0, ROUND(CASE
                WHEN decided.status IN ('lost', 'dormant', 'at_risk') THEN
                    CASE WHEN rhythm.last_date < %(previous_first)s THEN rhythm.amount_final
                         ELSE GREATEST(rhythm.amount, rhythm.amount_previous) * %(yearly)s END
                WHEN decided.code = 'partial_amount' THEN
                    (rhythm.amount_previous - rhythm.amount) * %(yearly)s
                WHEN decided.status = 'partial' THEN partial.stake * %(yearly)s
                ELSE 0 END, %(decimals)s))
            """,
            previous_first=previous_first,
            yearly=SQL("12 / %s", self._get_status_months()),
            decimals=self.currency_id.decimal_places,
        )

    def _decide_status(self, as_of, partner_ids):
        """Fill ``care_status`` from what was measured."""
        status_of_code = SQL(" ").join(
            SQL("WHEN %s THEN %s", code, status) for code, status, _words in STATUS_RULES
        )
        wanted = SQL("TRUE")
        if partner_ids is not None:
            wanted = SQL("partner_id = ANY(%s)", list(partner_ids))
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE care_status AS
                WITH hold AS MATERIALIZED (%(hold)s),
                     regained AS MATERIALIZED (
                    SELECT DISTINCT ON (partner_id) partner_id, date, gap
                      FROM (%(regained)s) pause
                  ORDER BY partner_id, date DESC
                ),
                     signal AS MATERIALIZED (
                    SELECT partner.commercial_partner_id AS partner_id,
                           SUM(sign.weight) AS weight,
                           jsonb_agg(DISTINCT sign.signal ORDER BY sign.signal) AS signals
                      FROM (%(signal)s) sign
                      JOIN res_partner partner ON partner.id = sign.partner_id
                  GROUP BY partner.commercial_partner_id
                )
                SELECT customer.id AS partner_id,
                       decided.status AS customer_status,
                       decided.code AS status_code,
                       %(values)s AS status_values,
                       %(value_at_stake)s AS value_at_stake,
                       CASE WHEN rhythm.gaps >= %(min_gaps)s
                             AND decided.status NOT IN ('on_hold', 'lost')
                            THEN rhythm.last_date + ROUND(rhythm.median)::int
                       END AS expected_next_date
                  FROM care_rhythm rhythm
             FULL JOIN (
                    SELECT partner_id FROM customer_standing
                     WHERE scheme_id = %(scheme)s AND %(wanted)s
                     UNION
                    SELECT partner_id FROM hold WHERE %(wanted)s
                  ) known ON known.partner_id = rhythm.partner_id
                  JOIN res_partner customer
                       ON customer.id = COALESCE(rhythm.partner_id, known.partner_id)
             LEFT JOIN hold ON hold.partner_id = customer.id
             LEFT JOIN care_partial partial ON partial.partner_id = customer.id
             LEFT JOIN signal ON signal.partner_id = customer.id
             LEFT JOIN regained ON regained.partner_id = customer.id
                 CROSS JOIN LATERAL (
                    SELECT rule.code, CASE rule.code %(status_of_code)s END AS status
                      -- OFFSET keeps the planner from repeating the rules at every use
                      FROM (SELECT %(code)s AS code OFFSET 0) rule OFFSET 0
                 ) decided
                 WHERE customer.tier_exempt IS NOT TRUE
                """,
                hold=self._hold_sql(as_of),
                regained=self._regained_sql(as_of),
                signal=self._status_signal_sql(as_of),
                code=self._status_code_sql(as_of),
                status_of_code=status_of_code,
                values=self._status_values_sql(),
                value_at_stake=self._value_at_stake_sql(as_of),
                scheme=self.id,
                min_gaps=MIN_GAPS,
                wanted=wanted,
            )
        )
        cr.execute(SQL("ANALYZE care_status"))

    @api.model
    def _get_grading_company(self):
        """Return the company whose scheme grades the customers of the current one."""
        company = self._get_operative(self.env.company).company_id.sudo(False)
        return company or self.env.company

    # ------------------------------------------------------------
    # At once, for a few customers
    # ------------------------------------------------------------

    def _refresh_status(self, partners):
        """Put the status of these customers right at once, without an evaluation (sudo).

        Measures their documents only. Who is on hold gets a standing if he has none; other
        customers are given theirs by the next evaluation.

        :param partners: commercial partners
        """
        for scheme in self:
            today = scheme._get_today()
            as_of = max(today, scheme.last_evaluated or today)
            scheme._measure_status(as_of, partners.ids)
            scheme._write_status()
            scheme._drop_status_tables()
            # a night that measured before must not write the old status back
            scheme.run_number += 1
            scheme._forget_cache()

    def _write_status(self):
        """Write ``care_status`` to the standings where it differs."""
        names = [SQL.identifier(name) for name in STATUS_COLUMNS]
        columns = SQL(", ").join(names)
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                UPDATE customer_standing standing
                   SET (%(columns)s) = ROW(%(values)s),
                       write_uid = %(uid)s, write_date = NOW() AT TIME ZONE 'UTC'
                  FROM care_status status
                 WHERE standing.scheme_id = %(scheme)s
                   AND standing.partner_id = status.partner_id
                   AND (%(differs)s)
                """,
                columns=columns,
                values=SQL(", ").join(SQL("status.%s", name) for name in names),
                differs=SQL(" OR ").join(
                    SQL("standing.%s IS DISTINCT FROM status.%s", name, name) for name in names
                ),
                scheme=self.id,
                uid=self.env.uid,
            )
        )
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO customer_standing (
                    scheme_id, company_id, partner_id, first_date, last_date,
                    document_count, amount, amount_previous, margin, quantity, grace_count,
                    r_score, f_score, m_score,
                    create_uid, write_uid, create_date, write_date, %(columns)s)
                SELECT %(scheme)s, %(company)s, status.partner_id,
                       rhythm.first_date, rhythm.last_date, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                       %(uid)s, %(uid)s, NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC',
                       %(columns)s
                  FROM care_status status
             LEFT JOIN care_rhythm rhythm ON rhythm.partner_id = status.partner_id
                 WHERE status.customer_status = 'on_hold'
           ON CONFLICT (scheme_id, partner_id) DO NOTHING
             RETURNING id
                """,
                columns=columns,
                scheme=self.id,
                company=self.company_id.id,
                uid=self.env.uid,
            )
        )
        standings = self.env["customer.standing"].browse(row_id for (row_id,) in rows)
        self.env.add_to_compute(standings._fields["user_id"], standings)

    def _note_success(self, as_of, counts, mode):
        result = super()._note_success(as_of, counts, mode)
        if self.operative:
            self.env["customer.hold"]._end_by_itself(self, as_of)
        return result

    def _forget_cache(self):
        result = super()._forget_cache()
        self.env["res.partner"].invalidate_model(
            ["customer_status", "status_reason", "value_at_stake"], flush=False
        )
        return result
