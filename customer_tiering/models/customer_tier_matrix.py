"""The method ``matrix``: levels from approved scorecards instead of documents."""

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from . import scorecard
from .customer_tier_evaluation import BACKGROUND_DOCUMENTS
from .customer_tier_scheme import PENDING
from .scorecard import DIMENSIONS

#: Mean scores from which a letter is drawn where no scheme says otherwise.
THRESHOLDS = (4.0, 2.5)
#: What decides which matrix counts for a company.
CHOICE_FIELDS = {"active", "operative", "sequence", "company_id"}


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    letter_a_from = fields.Float(
        string="Letter A from",
        digits=(3, 2),
        default=THRESHOLDS[0],
        required=True,
        tracking=True,
        help="Mean score of the criteria, 1 to 5, from which a scorecard says A. Letters "
        "already given stay.",
    )
    letter_b_from = fields.Float(
        string="Letter B from",
        digits=(3, 2),
        default=THRESHOLDS[1],
        required=True,
        tracking=True,
        help="Mean score of the criteria, 1 to 5, from which a scorecard says B; below, C.",
    )
    matrix_html = fields.Html(
        string="All Combinations", compute="_compute_matrix_html", sanitize=False
    )

    _letters_falling = models.Constraint(
        "CHECK(5 >= letter_a_from AND letter_a_from > letter_b_from AND letter_b_from >= 1)",
        "The mean scores must lie from 1 to 5, that of B below that of A.",
    )

    # ------------------------------------------------------------
    # The matrix
    # ------------------------------------------------------------

    @api.model
    def _get_matrix(self, company):
        """Return the scheme whose matrix makes the categories of a company (sudo).

        The operative one goes before others; a branch without its own takes that of the
        nearest company above it.
        """
        companies = company.sudo().parent_ids
        schemes = self.sudo().search(
            [("company_id", "in", companies.ids), ("method", "=", "matrix")],
            order="operative desc, sequence, id",
        )
        for candidate in reversed(companies):
            if found := schemes.filtered(lambda row, own=candidate: row.company_id == own):
                return found[0]
        return self.sudo().browse()

    def _get_cells(self):
        """Return ``{(possibility, foundation, potential): level}``; empty without a matrix."""
        if not self:
            return {}
        tiers = self._get_matrix_tiers()
        cells = scorecard.matrix_cells([tier._get_matrix_row() for tier in tiers])
        return {
            cell: tiers.browse() if index is None else tiers[index] for cell, index in cells.items()
        }

    def _get_matrix_tiers(self):
        tiers = self.tier_ids.filtered("active")
        return tiers.sorted(lambda tier: (tier.sequence, tier._origin.id or 0))

    def _get_thresholds(self):
        """Return the mean scores from which a scorecard says A and B."""
        return (self.letter_a_from, self.letter_b_from) if self else THRESHOLDS

    @api.depends(
        "method",
        "tier_ids.name",
        "tier_ids.color",
        "tier_ids.active",
        "tier_ids.sequence",
        "tier_ids.catch_all",
        *(f"tier_ids.{dimension}_letters" for dimension in DIMENSIONS),
    )
    @api.depends_context("lang")
    def _compute_matrix_html(self):
        for scheme in self:
            scheme.matrix_html = scheme.method == "matrix" and self.env["ir.qweb"]._render(
                "customer_tiering.assessment_matrix",
                {"cells": scheme._get_cells(), "letters": scorecard.LETTERS},
            )

    def _problem_texts(self):
        return {
            **super()._problem_texts(),
            "letters_wrong": self.env._(
                "“%(level)s” needs letters for possibility, foundation and potential: one or "
                "more of A, B and C in each, nothing else."
            ),
            "cell_missing": self.env._(
                "No level takes possibility %(possibility)s, foundation %(foundation)s, "
                "potential %(potential)s and %(others)s other combinations. Let the last level "
                "take the rest."
            ),
            "never_reached": self.env._(
                "No combination leads to “%(level)s”: the levels above it take them all."
            ),
        }

    @api.model
    def _describe_line(self, rules, level, tolerance=0):
        if rules["method"] != "matrix":
            return super()._describe_line(rules, level, tolerance)
        return self._describe_letters(level)

    @api.model
    def _describe_letters(self, row):
        """Say in words which letters lead to a level.

        :param row: rules of the level, see :func:`scorecard.matrix_cells`
        """
        if row["catch_all"]:
            return self.env._("takes the rest")
        letters = {
            dimension: "/".join(row.get(f"{dimension}_letters") or "–") for dimension in DIMENSIONS
        }
        return self.env._(
            "possibility %(possibility)s, foundation %(foundation)s, potential %(potential)s",
            **letters,
        )

    @api.model
    def _default_matrix_levels(self):
        """Return the categories a matrix starts with; the first row that fits is taken."""
        rows = [
            (self.env._("Stronghold"), "STRONGHOLD", "key", 10, ("A", "A", "AB")),
            (self.env._("Goldmine"), "GOLDMINE", "key", 3, ("A", "BC", "AB")),
            (self.env._("Chicken Rib"), "CHICKEN_RIB", "basic", 2, ("AB", "AB", "BC")),
            (self.env._("Pause"), "PAUSE", "basic", 0, None),
        ]
        return [
            {
                "name": name,
                "code": code,
                "sequence": 10 * position,
                "service_class": service_class,
                "color": color,
                "catch_all": not letters,
                **{
                    f"{dimension}_letters": value
                    for dimension, value in zip(DIMENSIONS, letters or ("",) * 3, strict=True)
                },
            }
            for position, (name, code, service_class, color, letters) in enumerate(rows, start=1)
        ]

    @api.onchange("method")
    def _onchange_method_matrix(self):
        if self.method == "matrix" and not self.tier_ids:
            self.tier_ids = [Command.create(level) for level in self._default_matrix_levels()]

    # ------------------------------------------------------------
    # Categories follow the matrix
    # ------------------------------------------------------------

    def _after_rules_saved(self):
        result = super()._after_rules_saved()
        if self.env.context.get("tier_rules_pending") is not PENDING:
            self._refresh_categories(self.exists().company_id)
        return result

    def write(self, vals):
        companies = self.company_id if CHOICE_FIELDS & vals.keys() else self.company_id.browse()
        result = super().write(vals)
        if companies:
            self._refresh_categories(companies | self.company_id)
        return result

    def unlink(self):
        companies = self.company_id
        result = super().unlink()
        self._refresh_categories(companies)
        return result

    @api.model
    def _refresh_categories(self, companies):
        """Put the categories of stored scorecards right after the matrix changed."""
        if companies:
            # sudo: categories follow the rules for everybody's customers
            self.env["customer.assessment"].sudo()._refresh_tiers(companies)

    # ------------------------------------------------------------
    # The engine: the scorecard in force takes the place of the documents
    # ------------------------------------------------------------

    def _measure_figures(self, as_of):
        """Measure as always; who has an approved scorecard is the population of a matrix."""
        result = super()._measure_figures(as_of)
        if self.method == "matrix":
            self._measure_assessments(as_of)
        return result

    def _measure_assessments(self, as_of):
        """Fill ``care_assessed``: letters and earned position of every customer judged.

        Figures of documents stay as they are measured. Customers without any, prospects
        above all, get a row of zeros, so that they are graded too.
        """
        cells = scorecard.matrix_cells(self._get_rules()["levels"])
        rows = [
            SQL("(%s, %s, %s, %s::int)", *cell, None if index is None else index + 1)
            for cell, index in cells.items()
        ]
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS care_assessed"))
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE care_assessed AS
                SELECT latest.partner_id, latest.period, latest.possibility, latest.foundation,
                       latest.potential, cell.position
                  FROM (%(latest)s) latest
                  JOIN (VALUES %(cells)s)
                       AS cell (possibility, foundation, potential, position)
                 USING (possibility, foundation, potential)
                """,
                latest=self.env["customer.assessment"]._latest_sql(self._get_company_ids(), as_of),
                cells=SQL(", ").join(rows),
            )
        )
        cr.execute(SQL("CREATE UNIQUE INDEX ON care_assessed (partner_id)"))
        cr.execute(SQL("ANALYZE care_assessed"))
        cr.execute(
            SQL(
                """
                UPDATE care_figure figure
                   SET member = assessed.partner_id IS NOT NULL
                                AND customer.tier_exempt IS NOT TRUE
                  FROM res_partner customer
             LEFT JOIN care_assessed assessed ON assessed.partner_id = customer.id
                 WHERE customer.id = figure.partner_id
                """
            )
        )
        cr.execute(
            SQL(
                """
                INSERT INTO care_figure (partner_id, member, document_count, amount,
                                         amount_previous, margin, quantity,
                                         r_score, f_score, m_score)
                SELECT assessed.partner_id, TRUE, 0, 0, 0, 0, 0, 0, 0, 0
                  FROM care_assessed assessed
                  JOIN res_partner customer ON customer.id = assessed.partner_id
                 WHERE customer.tier_exempt IS NOT TRUE
                   AND NOT EXISTS (SELECT 1 FROM care_figure figure
                                    WHERE figure.partner_id = assessed.partner_id)
                """
            )
        )
        cr.execute(SQL("ANALYZE care_figure"))

    def _earned_sql(self, rules):
        if rules["method"] != "matrix":
            return super()._earned_sql(rules)
        return SQL(
            "(SELECT assessed.position FROM care_assessed assessed"
            " WHERE figure.member AND assessed.partner_id = figure.partner_id)"
        )

    def _reason_values_sql(self, as_of, population):
        values = super()._reason_values_sql(as_of, population)
        if self.method != "matrix":
            return values
        return SQL(
            """
            %s || COALESCE(
                (SELECT jsonb_build_object(
                            'possibility', possibility, 'foundation', foundation,
                            'potential', potential, 'period', period)
                   FROM care_assessed assessed
                  WHERE assessed.partner_id = change.partner_id), '{}')
            """,
            values,
        )

    def _get_absent_reason(self):
        if self.method == "matrix":
            return "no_assessment"
        return super()._get_absent_reason()

    def _drop_tables(self):
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS care_assessed"))
        return super()._drop_tables()

    def _has_documents_of(self, partners):
        if super()._has_documents_of(partners):
            return True
        return self.method == "matrix" and bool(
            self.env["customer.assessment"]
            .sudo()
            .search_count(
                [
                    ("state", "=", "approved"),
                    ("company_id", "in", self._get_company_ids()),
                    ("partner_id", "child_of", partners.ids),
                ],
                limit=1,
            )
        )

    def _get_result_message(self, result):
        if result["failed"] or result["graded"] or set(self.mapped("method")) != {"matrix"}:
            return super()._get_result_message(result)
        return self.env._("There was nothing to grade: no scorecard is approved yet."), "warning"

    @api.model
    def _grade_assessed(self, assessments):
        """Put the levels of customers right whose scorecards were approved or reopened.

        Schemes with many documents, or evaluated by somebody else at this moment, are left
        to the scheduler.
        """
        partners = assessments.partner_id.commercial_partner_id
        # sudo: the right to approve was checked; the engine writes rows nobody may edit
        companies = assessments.company_id.sudo().parent_ids
        schemes = self.sudo().search(
            [("method", "=", "matrix"), ("company_id", "in", companies.ids)]
        )
        for scheme in schemes.filtered(lambda row: row.operative or row.last_evaluated):
            if scheme._count_documents() > BACKGROUND_DOCUMENTS:
                scheme._request_evaluation()
                continue
            partner_ids = partners.ids if scheme.last_evaluated else None
            result = scheme._evaluate_all(partner_ids=partner_ids, trigger="assessment")
            if result["failed"] and not scheme.evaluation_error:
                scheme._request_evaluation()
