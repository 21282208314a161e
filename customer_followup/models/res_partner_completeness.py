"""The knowledge file: what is known of a person or company, and what is not yet."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .followup_profile import ROLES
from .res_partner import GROUP_OWN

#: what a profile of a person should say; of a company, that each role is filled
PERSON_FIELDS = (
    "care_role",
    "care_influence",
    "care_closeness",
    "personality_id",
    "care_hot_button",
    "care_interests",
    "care_channel",
    "care_hour_to",
    "care_wechat",
    "care_birthday",
)
OPERATORS = {"<": SQL("<"), "<=": SQL("<="), ">": SQL(">"), ">=": SQL(">=")}


class ResPartner(models.Model):
    _inherit = "res.partner"

    care_answer_ids = fields.One2many(
        "followup.answer", "partner_id", string="Knowledge File", groups=GROUP_OWN
    )
    care_completeness = fields.Integer(
        string="Known (%)",
        compute="_compute_care_completeness",
        search="_search_care_completeness",
        groups=GROUP_OWN,
        help="How much of the knowledge file is filled. A person: role, ways and traits, and the "
        "questions for persons. A company: its five roles, and the questions for companies.",
    )
    care_missing = fields.Char(
        string="Not known yet", compute="_compute_care_missing", groups=GROUP_OWN
    )

    # ------------------------------------------------------------
    # How much is known
    # ------------------------------------------------------------

    @api.depends(
        "is_company",
        "care_answer_ids.question_id",
        "care_answer_ids.value",
        "care_profile_ids.write_date",
        "child_ids.care_profile_ids.care_role",
    )
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_care_completeness(self):
        known = self._filter_care_known()
        query = self._get_completeness_query(known._origin)
        filled = dict(self.env.execute_query(query)) if known else {}
        for partner in self:
            partner.care_completeness = filled.get(partner._origin.id, 0)

    def _search_care_completeness(self, operator, value):
        # core does not ask who searches by a computed field; a portal user must not
        self._check_field_access(self._fields["care_completeness"], "read")
        if operator == "in":
            numbers = tuple(int(number) for number in value) or (None,)
            condition, with_none = SQL("IN %s", numbers), 0 in numbers
        elif operator in OPERATORS:
            number = int(value)
            condition = SQL("%s %s", OPERATORS[operator], number)
            with_none = {"<": 0 < number, "<=": number >= 0, ">": number < 0, ">=": number <= 0}[
                operator
            ]
        else:
            return NotImplemented
        query = self._get_completeness_query()
        found = Domain(
            "id",
            "in",
            SQL("(SELECT partner_id FROM (%s) file WHERE percent %s)", query, condition),
        )
        if with_none:
            found |= self._domain_not_in("id", query)
        return found

    def _get_completeness_query(self, partners=None):
        """Return the SQL of ``partner_id, percent`` for partners of whom anything is known.

        Read with the user's own rights; partners that he may not know of are not found.
        """
        mine = Domain.TRUE if partners is None else Domain("partner_id", "in", partners.ids)
        roles = Domain("care_role", "!=", False)
        if partners is not None:
            roles &= Domain("customer_id", "in", partners.ids)
        answers = mine & Domain("question_id.active", "=", True)
        questions = self.env["followup.question"].search([("active", "=", True)])
        self.flush_model(["is_company"])
        self.env["followup.profile"].flush_model([*PERSON_FIELDS, "customer_id", "partner_id"])
        self.env["followup.answer"].flush_model()
        questions.flush_model(["for_company", "for_person"])
        columns = [
            SQL("NULLIF(%s, 0)", SQL.identifier(name))
            if name == "care_hour_to"
            else SQL.identifier(name)
            for name in PERSON_FIELDS
        ]
        return SQL(
            """
            SELECT filled.partner_id,
                   FLOOR(100.0 * LEAST(SUM(filled.items), MIN(total.items)) / MIN(total.items))::int
                   AS percent
              FROM (
                    SELECT partner_id, FALSE AS for_company, num_nonnulls(%(columns)s) AS items
                      FROM followup_profile
                     WHERE id IN %(profiles)s
                 UNION ALL
                    SELECT customer_id, TRUE, COUNT(DISTINCT care_role)
                      FROM followup_profile
                     WHERE id IN %(roles)s AND customer_id != partner_id
                  GROUP BY customer_id
                 UNION ALL
                    SELECT answer.partner_id, side.company, COUNT(DISTINCT answer.question_id)
                      FROM followup_answer answer
                      JOIN followup_question question ON question.id = answer.question_id
                CROSS JOIN (VALUES (TRUE), (FALSE)) side (company)
                     WHERE answer.id IN %(answers)s
                       AND num_nonnulls(answer.value_text, answer.option_id, answer.value_date) > 0
                       AND CASE WHEN side.company THEN question.for_company
                                ELSE question.for_person END
                  GROUP BY answer.partner_id, side.company
                   ) filled
              JOIN res_partner partner
                   ON partner.id = filled.partner_id
                  AND COALESCE(partner.is_company, FALSE) = filled.for_company
              JOIN (VALUES (TRUE, %(company_items)s), (FALSE, %(person_items)s))
                   total (for_company, items) ON total.for_company = filled.for_company
          GROUP BY filled.partner_id
            """,
            columns=SQL(", ").join(columns),
            profiles=self.env["followup.profile"]._search(mine).subselect(),
            roles=self.env["followup.profile"]._search(roles).subselect(),
            answers=self.env["followup.answer"]._search(answers).subselect(),
            company_items=len(ROLES) + len(questions.filtered("for_company")),
            person_items=len(PERSON_FIELDS) + len(questions.filtered("for_person")),
        )

    # ------------------------------------------------------------
    # What is missing
    # ------------------------------------------------------------

    @api.depends("is_company", "care_answer_ids.question_id", "care_answer_ids.value")
    @api.depends_context("uid", "lang")
    def _compute_care_missing(self):
        known = self._filter_care_known()
        for partner in self:
            questions = partner in known and partner._get_open_questions(answered=True)
            partner.care_missing = questions and ", ".join(questions.mapped("name"))

    def _get_open_questions(self, answered=False):
        """Return the questions that are not in the file, or that have no answer there."""
        self.ensure_one()
        side = "for_company" if self.is_company else "for_person"
        answers = self.care_answer_ids
        if answered:
            answers = answers.filtered("value")
        return self.env["followup.question"].search(
            [(side, "=", True), ("id", "not in", answers.question_id.ids)]
        )

    def action_list_questions(self):
        """Put every open question into the file, so that only the answers are to be typed."""
        self.ensure_one()
        self._check_care_known()
        self.env["followup.answer"].create(
            [
                {"partner_id": self.id, "question_id": question.id}
                for question in self._get_open_questions()
            ]
        )
