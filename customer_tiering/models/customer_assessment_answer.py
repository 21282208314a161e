from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .customer_tier_scheme import PENDING

SCORES = [
    ("0", "Not answered"),
    ("1", "Very low"),
    ("2", "Low"),
    ("3", "Medium"),
    ("4", "High"),
    ("5", "Very high"),
]


class CustomerAssessmentAnswer(models.Model):
    """The answer to one criterion on one scorecard.

    Context key ``assessment_answers_pending``: the scorecard itself is being saved and
    will draw its letters from the answers afterwards.
    """

    _name = "customer.assessment.answer"
    _description = "Scorecard Answer"
    _order = "criterion_sequence, id"
    _rec_name = "criterion_id"

    assessment_id = fields.Many2one(
        "customer.assessment", string="Scorecard", required=True, ondelete="cascade"
    )
    criterion_id = fields.Many2one(
        "customer.assessment.criterion", required=True, index=True, ondelete="cascade"
    )
    dimension = fields.Selection(related="criterion_id.dimension", store=True, readonly=True)
    criterion_sequence = fields.Integer(
        related="criterion_id.sequence", store=True, readonly=True, aggregator=None
    )
    weight = fields.Integer(related="criterion_id.weight", aggregator=None)
    description = fields.Char(related="criterion_id.description")
    score = fields.Selection(SCORES, default="0", required=True)

    _criterion_uniq = models.UniqueIndex(
        "(assessment_id, criterion_id)", "This criterion is already on the scorecard."
    )

    @api.model_create_multi
    def create(self, vals_list):
        answers = super().create(vals_list)
        answers._check_open()
        answers._draw_letters()
        return answers

    def write(self, vals):
        self._check_open()
        if vals.keys() & {"assessment_id", "criterion_id"} and not self.env.su:
            raise UserError(
                self.env._("An answer stays where it was given: answer the other criterion too.")
            )
        result = super().write(vals)
        self._draw_letters()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        self._check_open()

    def _check_open(self):
        """Answers belong to what was approved: they are changed with the letters only."""
        if not self.env.su:
            self.assessment_id._check_open()

    def _draw_letters(self):
        """Let the letters follow, unless the scorecard is being saved as a whole."""
        if self.env.context.get("assessment_answers_pending") is PENDING:
            return
        for assessment, answers in self.grouped("assessment_id").items():
            assessment._draw_letters(set(answers.mapped("dimension")))

    @api.constrains("criterion_id", "assessment_id")
    def _check_criterion_company(self):
        for answer in self:
            company = answer.criterion_id.company_id
            # sudo: the tree of companies, also above those the user works in
            if company and company not in answer.assessment_id.company_id.sudo().parent_ids:
                raise ValidationError(
                    self.env._(
                        "“%(criterion)s” is a criterion of %(company)s, not of the company of "
                        "this scorecard.",
                        criterion=answer.criterion_id.name,
                        company=company.name,
                    )
                )
