"""The engine of grading: one pipeline of SQL statements over the whole customer base.

    documents → figures → ranks and scores → lines → earned level → decision → changes

This file goes as far as the earned level; ``customer_tier_stability.py`` decides what the
customer holds, ``customer_tier_changes.py`` writes what differs. Three temporary tables
carry the intermediate results of one evaluation; they live in the session, so they survive
the commits between ranges of partners:

=================  ==================================================================
``care_figure``    one row per customer with any document: figures and scores
``care_level``     one row per level: its position and where its lines lie today
``care_change``    rows of ``customer_standing`` that have to be written, numbered
=================  ==================================================================

SQL instead of the ORM: a per-partner loop over a million customers takes hours, this
takes seconds (``docs/benchmarks.md``). Statements flush what they read before they read it.
"""

from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from . import scoring

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
        """Fill ``care_level``: where the lines of each level lie for today's figures.

        Each method comes down to one line per level: a customer earns the best level whose
        line his value reaches. A level that takes everybody has no line but ``takes_all``;
        one that nobody can reach has neither. ``keep_line`` and ``keep_all`` say the same
        for staying, which is easier by the tolerance.
        """
        levels = rules["levels"]
        draw = {
            "amount": self._lines_amount,
            "pyramid": self._lines_pyramid,
            "abc": self._lines_abc,
            "rfm": self._lines_rfm,
        }.get(rules["method"], lambda levels, tolerance: [(None, False) for level in levels])
        lines = draw(levels, Decimal(0))
        tolerance = scoring.exact(rules["hysteresis"]) / 100
        keep_lines = draw(levels, tolerance) if tolerance else lines
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS care_level"))
        cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE care_level"
                " (position int PRIMARY KEY, tier_id int, line numeric, takes_all boolean,"
                " keep_line numeric, keep_all boolean)"
            )
        )
        rows = [
            SQL("(%s, %s, %s, %s, %s, %s)", position, level["id"], *line, *keep_line)
            for position, (level, line, keep_line) in enumerate(
                zip(levels, lines, keep_lines, strict=True), start=1
            )
        ]
        cr.execute(SQL("INSERT INTO care_level VALUES %s", SQL(", ").join(rows)))

    def _lines_amount(self, levels, tolerance):
        return [
            (None, True)
            if level["catch_all"]
            else (scoring.exact(level["min_amount"]) * (1 - tolerance), False)
            for level in levels
        ]

    def _lines_rfm(self, levels, tolerance):
        return [(level["min_score"] * (1 - tolerance), False) for level in levels]

    def _lines_pyramid(self, levels, tolerance):
        """A rank is reached from the amount of the customer who stands on it, ties included."""
        population = self._count_population()
        lines = []
        for rank in scoring.pyramid_ranks(levels, population, 1 + tolerance):
            if rank < 1 or not population:
                lines.append((None, False))
                continue
            lines.append((self._value_at_rank(min(rank, population)), rank >= population))
        return lines

    def _count_population(self):
        query = SQL("SELECT COUNT(*) FROM care_figure WHERE member")
        return self.env.execute_query(query)[0][0]

    def _value_at_rank(self, rank):
        """Return the measured value of the customer on a rank, 1 = best."""
        query = SQL(
            "SELECT value FROM care_figure WHERE member ORDER BY value DESC OFFSET %s LIMIT 1",
            rank - 1,
        )
        return self.env.execute_query(query)[0][0]

    def _lines_abc(self, levels, tolerance):
        """The smallest value whose better customers make less than the cumulative share."""
        rows = [
            SQL("(%s, %s)", position, share * (1 + tolerance))
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
        population = self._count_population()
        amounts = [
            self._value_at_rank(scoring.pyramid_ranks([{"share": share}], population)[0])
            for share in (scoring.PROPOSAL_SHARES if population else ())
        ]
        self._drop_tables()
        return scoring.falling_lines(amounts)
