"""The engine of grading: one pipeline of SQL statements over the whole customer base.

    documents → figures → ranks and scores → lines → earned level → decision → changes

Three temporary tables carry the intermediate results of one evaluation; they live in the
session, so they survive the commits between ranges of partners:

=================  ==================================================================
``care_figure``    one row per customer with any document: figures and scores
``care_level``     one row per level: its position and where its line lies today
``care_change``    rows of ``customer_standing`` that have to be written, numbered
=================  ==================================================================

SQL instead of the ORM: a per-partner loop over a million customers takes hours, this
takes seconds (``docs/benchmarks.md``). Statements flush what they read before they read it.
"""

from odoo import api, models
from odoo.tools import SQL, float_compare

from . import scoring
from .customer_tier_scheme import PENDING
from .status import STATUS_COLUMNS

#: Changed rows written between two commits of the nightly run.
BATCH_ROWS = 50_000
#: Columns of care_figure that customer.standing shows as they are.
FIGURE_COLUMNS = (
    "first_date",
    "last_date",
    "document_count",
    "amount",
    "amount_previous",
    "margin",
    "quantity",
    "r_score",
    "f_score",
    "m_score",
    "rfm_segment",
)
MEASURE_COLUMNS = {"revenue": "amount", "margin": "margin", "quantity": "quantity"}


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    # ------------------------------------------------------------
    # Figures, ranks and scores
    # ------------------------------------------------------------

    def _measure_figures(self, as_of):
        """Fill ``care_figure``: figures and scores of every customer with a document.

        A customer with no counted document in the window, or exempt, is not a member of
        the population: his figures are zero, his dates and previous window stay.
        """
        self.env.flush_all()
        (first, last), (previous_first, previous_last) = scoring.window_bounds(
            as_of, self.window_type, self.window_months
        )
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS care_figure"))
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE care_figure AS
                WITH figure AS (
                    SELECT partner.commercial_partner_id AS partner_id,
                           MIN(doc.date) FILTER (WHERE doc.counts > 0) AS first_date,
                           MAX(doc.date) FILTER (WHERE doc.counts > 0) AS last_date,
                           COALESCE(SUM(doc.counts) FILTER (WHERE %(in_window)s), 0)
                               AS document_count,
                           COALESCE(SUM(doc.amount) FILTER (WHERE %(in_window)s), 0) AS amount,
                           COALESCE(SUM(doc.amount) FILTER (WHERE %(in_previous)s), 0)
                               AS amount_previous,
                           COALESCE(SUM(doc.margin) FILTER (WHERE %(in_window)s), 0) AS margin,
                           ROUND(COALESCE(
                               SUM(doc.quantity) FILTER (WHERE %(in_window)s), 0)::numeric, 6)
                               AS quantity
                      FROM (%(documents)s) doc
                      JOIN res_partner partner ON partner.id = doc.partner_id
                     WHERE doc.date <= %(last)s
                  GROUP BY partner.commercial_partner_id
                ), member AS (
                    SELECT figure.partner_id,
                           figure.%(measure)s AS value,
                           RANK() OVER (ORDER BY figure.last_date) - 1 AS older,
                           RANK() OVER (ORDER BY figure.document_count) - 1 AS rarer,
                           RANK() OVER (ORDER BY figure.%(measure)s) - 1 AS smaller,
                           COUNT(*) OVER () AS population
                      FROM figure
                      JOIN res_partner customer ON customer.id = figure.partner_id
                     WHERE figure.document_count > 0
                       AND customer.tier_exempt IS NOT TRUE
                ), score AS (
                    SELECT partner_id, value,
                           LEAST(5, 1 + 5 * older / population)::int AS r_score,
                           LEAST(5, 1 + 5 * rarer / population)::int AS f_score,
                           LEAST(5, 1 + 5 * smaller / population)::int AS m_score
                      FROM member
                ), segment AS (
                    SELECT DISTINCT ON (r, fm) r, fm, segment.id
                      FROM generate_series(1, 5) r
                CROSS JOIN generate_series(2, 10) fm
                      JOIN customer_rfm_segment segment
                        ON r BETWEEN segment.r_min AND segment.r_max
                       AND fm / 2.0 BETWEEN segment.fm_min AND segment.fm_max
                  ORDER BY r, fm, segment.sequence, segment.id
                )
                SELECT figure.partner_id,
                       score.partner_id IS NOT NULL AS member,
                       figure.first_date, figure.last_date,
                       CASE WHEN score.partner_id IS NULL THEN 0
                            ELSE figure.document_count END::int AS document_count,
                       CASE WHEN score.partner_id IS NULL THEN 0 ELSE figure.amount END AS amount,
                       figure.amount_previous,
                       CASE WHEN score.partner_id IS NULL THEN 0 ELSE figure.margin END AS margin,
                       CASE WHEN score.partner_id IS NULL THEN 0 ELSE figure.quantity END
                           AS quantity,
                       COALESCE(score.r_score, 0) AS r_score,
                       COALESCE(score.f_score, 0) AS f_score,
                       COALESCE(score.m_score, 0) AS m_score,
                       segment.id AS rfm_segment,
                       score.value,
                       %(weight_r)s * score.r_score + %(weight_f)s * score.f_score
                           + %(weight_m)s * score.m_score AS points
                  FROM figure
             LEFT JOIN score ON score.partner_id = figure.partner_id
             LEFT JOIN segment ON segment.r = score.r_score
                              AND segment.fm = score.f_score + score.m_score
                """,
                documents=self._all_documents_sql(),
                in_window=SQL("doc.date BETWEEN %s AND %s", first, last),
                in_previous=SQL("doc.date BETWEEN %s AND %s", previous_first, previous_last),
                last=as_of,
                measure=SQL.identifier(MEASURE_COLUMNS[self.measure]),
                weight_r=self.weight_r,
                weight_f=self.weight_f,
                weight_m=self.weight_m,
            )
        )
        cr.execute(SQL("ANALYZE care_figure"))

    # ------------------------------------------------------------
    # Lines
    # ------------------------------------------------------------

    def _draw_lines(self, rules):
        """Fill ``care_level``: where the line of each level lies for today's figures.

        Each method comes down to one line per level: a customer earns the best level whose
        line his value reaches. A level that takes everybody has no line but ``takes_all``;
        one that nobody can reach has neither.
        """
        levels = rules["levels"]
        lines = {
            "amount": self._lines_amount,
            "pyramid": self._lines_pyramid,
            "abc": self._lines_abc,
            "rfm": self._lines_rfm,
            "manual": lambda levels: [(None, False) for level in levels],
        }[rules["method"]](levels)
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS care_level"))
        cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE care_level"
                " (position int PRIMARY KEY, tier_id int, line numeric, takes_all boolean)"
            )
        )
        rows = [
            SQL("(%s, %s, %s, %s)", position, level["id"], line, takes_all)
            for position, (level, (line, takes_all)) in enumerate(
                zip(levels, lines, strict=True), start=1
            )
        ]
        cr.execute(SQL("INSERT INTO care_level VALUES %s", SQL(", ").join(rows)))

    def _lines_amount(self, levels):
        return [
            (None, True) if level["catch_all"] else (scoring.exact(level["min_amount"]), False)
            for level in levels
        ]

    def _lines_rfm(self, levels):
        return [(level["min_score"], False) for level in levels]

    def _lines_pyramid(self, levels):
        """A rank is reached from the amount of the customer who stands on it, ties included."""
        population = self.env.execute_query(SQL("SELECT COUNT(*) FROM care_figure WHERE member"))[
            0
        ][0]
        lines = []
        for rank in scoring.pyramid_ranks(levels, population):
            if rank < 1 or not population:
                lines.append((None, False))
                continue
            [(line,)] = self.env.execute_query(
                SQL(
                    "SELECT value FROM care_figure WHERE member"
                    " ORDER BY value DESC OFFSET %s LIMIT 1",
                    min(rank, population) - 1,
                )
            )
            lines.append((line, rank >= population))
        return lines

    def _lines_abc(self, levels):
        """The smallest value whose better customers make less than the cumulative share."""
        rows = [
            SQL("(%s, %s)", position, share)
            for position, share in enumerate(scoring.cumulative_shares(levels[:-1]))
        ]
        lines = [(None, False)] * (len(levels) - 1)
        if rows:
            found = self.env.execute_query(
                SQL(
                    """
                    WITH distinct_value AS (
                        SELECT value, SUM(value) AS total
                          FROM care_figure
                         WHERE member AND value > 0
                      GROUP BY value
                    ), ranked AS (
                        SELECT value,
                               SUM(total) OVER (ORDER BY value DESC) - total AS better,
                               SUM(total) OVER () AS everybody
                          FROM distinct_value
                    )
                    SELECT level.position, MIN(ranked.value)
                      FROM ranked, (VALUES %s) AS level (position, share)
                     WHERE level.share * ranked.everybody > 100 * ranked.better
                  GROUP BY level.position
                    """,
                    SQL(", ").join(rows),
                )
            )
            for position, line in found:
                lines[position] = (line, False)
        return [*lines, (None, True)]

    def _earned_sql(self, rules):
        """Return SQL for the position of the earned level of a row of ``care_figure figure``."""
        if rules["method"] == "manual":
            return SQL("NULL::int")
        return SQL(
            """
            (SELECT MIN(level.position)
               FROM care_level level
              WHERE figure.member AND (level.takes_all OR %s >= level.line))
            """,
            SQL("figure.points" if rules["method"] == "rfm" else "figure.value"),
        )

    def _measure(self, as_of):
        """Run the pipeline up to the lines; return the rules it used."""
        rules = self._get_rules()
        self._measure_figures(as_of)
        self._draw_lines(rules)
        return rules

    def _drop_tables(self):
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS care_figure, care_level, care_change"))

    # ------------------------------------------------------------
    # Reading without writing
    # ------------------------------------------------------------

    def _read_evaluation(self, as_of, partner_ids=None):
        """Return the members of the population at a day, see :meth:`evaluate_rows`."""
        rules = self._measure(as_of)
        earned = SQL(
            "(SELECT tier_id FROM care_level WHERE position = %s)", self._earned_sql(rules)
        )
        condition = SQL("figure.member")
        join = SQL()
        if self.method == "manual":
            earned = condition = SQL("standing.earned_tier_id")
            condition = SQL("%s IS NOT NULL", earned)
            join = SQL(
                "FULL JOIN (SELECT * FROM customer_standing WHERE scheme_id = %s) standing"
                " ON standing.partner_id = figure.partner_id",
                self.id,
            )
        partner = SQL("figure.partner_id")
        if self.method == "manual":
            partner = SQL("COALESCE(figure.partner_id, standing.partner_id)")
        if partner_ids is not None:
            condition = SQL("%s AND %s = ANY(%s)", condition, partner, list(partner_ids))
        columns = SQL(", ").join(SQL.identifier("figure", name) for name in FIGURE_COLUMNS)
        cr = self.env.cr
        cr.execute(
            SQL(
                "SELECT %s AS partner_id, %s, %s AS earned_tier_id"
                " FROM care_figure figure %s WHERE %s ORDER BY 1",
                partner,
                columns,
                earned,
                join,
                condition,
            )
        )
        rows = cr.dictfetchall()
        self._drop_tables()
        for row in rows:
            for name in ("amount", "amount_previous", "margin", "quantity"):
                row[name] = float(row[name] or 0)
            for name in ("document_count", "r_score", "f_score", "m_score"):
                row[name] = row[name] or 0
            row["rfm_segment"] = row["rfm_segment"] or False
            row["earned_tier_id"] = row["earned_tier_id"] or False
        return rows

    def _preview(self, as_of=None):
        """Count customers and revenue per level for the rules as they stand, also unsaved.

        :return: dict with ``population``, ``amount`` (both of all members) and ``levels``,
            one dict per level in order with ``customer_count``, ``amount`` and ``line``
            (None without), plus ``without_level``, a count
        """
        self.ensure_one()
        rules = self._measure(as_of or self._get_today())
        rows = self.env.execute_query(
            SQL(
                """
                SELECT graded.position, COUNT(*), SUM(graded.amount)
                  FROM (SELECT %s AS position, figure.amount
                          FROM care_figure figure
                         WHERE figure.member) graded
              GROUP BY graded.position
                """,
                self._earned_sql(rules),
            )
        )
        lines = dict(self.env.execute_query(SQL("SELECT position, line FROM care_level")))
        self._drop_tables()
        found = {position: (count, amount) for position, count, amount in rows}
        return {
            "population": sum(count for count, amount in found.values()),
            "amount": float(sum(amount for count, amount in found.values())),
            "without_level": found.get(None, (0, 0))[0],
            "levels": [
                {
                    "customer_count": found.get(position, (0, 0))[0],
                    "amount": float(found.get(position, (0, 0))[1]),
                    "line": lines[position],
                }
                for position in sorted(lines)
            ],
        }

    def _propose_lines(self, as_of=None):
        """Propose amounts for the lines from the company's own figures.

        :return: list of up to four Decimals, the measured values at 1, 5, 20 and 50 percent
            of the customers, rounded to two digits and strictly falling
        """
        self.ensure_one()
        self._measure_figures(as_of or self._get_today())
        [(population,)] = self.env.execute_query(
            SQL("SELECT COUNT(*) FROM care_figure WHERE member")
        )
        amounts = []
        for share in scoring.PROPOSAL_SHARES if population else ():
            rank = scoring.pyramid_ranks([{"share": share}], population)[0]
            amounts += self.env.execute_query(
                SQL(
                    "SELECT value FROM care_figure WHERE member"
                    " ORDER BY value DESC OFFSET %s LIMIT 1",
                    rank - 1,
                )
            )[0]
        self._drop_tables()
        return scoring.falling_lines(amounts)

    # ------------------------------------------------------------
    # Changes
    # ------------------------------------------------------------

    def _prepare_changes(self, as_of, partner_ids, trigger):
        """Fill ``care_change`` with the rows that differ from what is stored.

        :return: number of customers graded
        """
        rules = self._measure(as_of)
        self._measure_status(as_of)
        manual = rules["method"] == "manual"
        is_baseline = not self.last_evaluated and not manual
        trigger = "baseline" if is_baseline else (trigger or "evaluation")
        if manual:
            # a level set by hand stays until another hand changes it; exemption ends it
            earned = SQL(
                "CASE WHEN customer.tier_exempt THEN NULL ELSE standing.earned_tier_id END"
            )
        else:
            earned = SQL("level.tier_id")
        differs = SQL(" OR ").join(
            SQL(
                "standing.%s IS DISTINCT FROM new.%s",
                SQL.identifier(name),
                SQL.identifier(name),
            )
            for name in (*FIGURE_COLUMNS, *STATUS_COLUMNS, "earned_tier_id", "tier_id", "user_id")
        )
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS care_change"))
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE care_change AS
                SELECT ROW_NUMBER() OVER (ORDER BY new.partner_id) AS number,
                       standing.id AS standing_id, standing.tier_id AS from_tier_id,
                       %(as_of)s::date AS as_of, %(trigger)s AS trigger, new.*
                  FROM (SELECT figure.*, %(position)s AS position
                          FROM care_figure figure) figure
             FULL JOIN (SELECT * FROM customer_standing WHERE scheme_id = %(scheme)s) standing
                       ON standing.partner_id = figure.partner_id
                  JOIN res_partner customer
                       ON customer.id = COALESCE(figure.partner_id, standing.partner_id)
             LEFT JOIN care_level level ON level.position = figure.position
             LEFT JOIN care_status status ON status.partner_id = customer.id
             LEFT JOIN (SELECT DISTINCT user_id FROM res_company_users_rel
                         WHERE cid IN %(companies)s) allowed
                       ON allowed.user_id = customer.user_id
                 CROSS JOIN LATERAL (
                    SELECT customer.id AS partner_id,
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
                           level.line, level.takes_all,
                           status.customer_status, status.status_code, status.status_values,
                           COALESCE(status.value_at_stake, 0) AS value_at_stake,
                           status.expected_next_date,
                           %(earned)s AS earned_tier_id,
                           %(earned)s AS tier_id,
                           allowed.user_id
                  ) new
                 WHERE %(wanted)s
                   -- also who left before the window: he belongs to the losing customers
                   AND ((standing.id IS NULL AND new.last_date IS NOT NULL AND NOT new.exempt)
                        OR (standing.id IS NOT NULL AND (%(differs)s)))
                """,
                as_of=as_of,
                trigger=trigger,
                earned=earned,
                position=self._earned_sql(rules),
                scheme=self.id,
                companies=self._get_company_ids(),
                wanted=SQL("customer.id = ANY(%s)", list(partner_ids))
                if partner_ids is not None
                else SQL("TRUE"),
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
        [(population,)] = self.env.execute_query(
            SQL("SELECT COUNT(*) FROM care_figure WHERE member")
        )
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
        columns = (*FIGURE_COLUMNS, *STATUS_COLUMNS, "earned_tier_id", "tier_id", "user_id")
        names = SQL(", ").join(SQL.identifier(name) for name in columns)
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
                       write_uid = %(uid)s,
                       write_date = NOW() AT TIME ZONE 'UTC'
                  FROM care_change change
                 WHERE change.standing_id = standing.id AND %(batch)s
                """,
                assignments=SQL(", ").join(
                    SQL("%s = change.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in columns
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
                    scheme_id, company_id, partner_id, tier_since,
                    create_uid, write_uid, create_date, write_date, %(names)s)
                SELECT %(scheme)s, %(company)s, change.partner_id,
                       CASE WHEN change.tier_id IS NOT NULL THEN change.as_of END,
                       %(uid)s, %(uid)s, NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC',
                       %(values)s
                  FROM care_change change
                  JOIN res_partner partner ON partner.id = change.partner_id
                 WHERE change.standing_id IS NULL AND %(batch)s
              ORDER BY change.number
           ON CONFLICT (scheme_id, partner_id) DO NOTHING
                """,
                names=names,
                values=SQL(", ").join(SQL("change.%s", SQL.identifier(name)) for name in columns),
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
                 WHEN NOT change.member THEN 'no_document'
                 WHEN change.tier_id IS NULL THEN %(below)s
                 WHEN change.takes_all AND change.line IS NULL THEN 'amount_rest'
                 ELSE %(method)s END
            """,
            method=self.method,
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

    def _reason_values_sql(self, as_of, population):
        """Return SQL for the numbers a change rests on, kept with its history row."""
        (first, last), _previous = scoring.window_bounds(
            as_of, self.window_type, self.window_months
        )
        return SQL(
            """
            jsonb_strip_nulls(jsonb_build_object(
                'measure', %(measure)s::text, 'value', change.value,
                'line', change.line, 'from_line', old_level.line,
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
        """Keep on each level where its line lay, for "to rise" and "to keep"."""
        lines = dict(self.env.execute_query(SQL("SELECT tier_id, line FROM care_level")))
        for tier in self.tier_ids.with_context(tier_rules_pending=PENDING):
            line = float(lines.get(tier.id) or 0)
            if float_compare(tier.line_value, line, precision_digits=6):
                tier.line_value = line

    @api.model
    def _after_tier_changes(self, history):
        """Hook: called once per written range with its new history records.

        Higher addons re-plan contacts and clocks here. Rows of a first grading have the
        trigger ``baseline``: they are no news and must not be told to anybody. An override
        must not evaluate: the rows of the next range are still to be written.
        """
