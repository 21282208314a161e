from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

VALUE_FIELDS = {"text": "value_text", "selection": "option_id", "date": "value_date"}
#: who noted an answer, and when
SIGNATURE = ("author_id", "date")


class FollowupAnswer(models.Model):
    """One thing known of a person or company. There may be several to one question."""

    _name = "followup.answer"
    _description = "Answer in the Knowledge File"
    _inherit = ["followup.knowledge"]
    _order = "partner_id, question_sequence, id"
    _rec_name = "question_id"

    question_id = fields.Many2one(
        "followup.question", required=True, index=True, ondelete="restrict"
    )
    question_kind = fields.Selection(related="question_id.kind", string="Kind of Answer")
    question_sequence = fields.Integer(related="question_id.sequence", store=True)
    value_text = fields.Text(string="Answer")
    option_id = fields.Many2one(
        "followup.question.option",
        string="Choice",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('question_id', '=', question_id)]",
    )
    value_date = fields.Date(string="Date")
    value = fields.Char(string="Known", compute="_compute_value")
    author_id = fields.Many2one(
        "res.users", string="Noted by", readonly=True, index="btree_not_null", copy=False
    )
    date = fields.Date(string="Noted on", readonly=True, copy=False)

    @api.depends("question_id.kind", "value_text", "option_id.name", "value_date")
    @api.depends_context("lang")
    def _compute_value(self):
        for answer in self:
            value = answer[VALUE_FIELDS.get(answer.question_kind, "value_text")]
            if answer.question_kind == "selection":
                value = value.name
            elif answer.question_kind == "date":
                value = format_date(self.env, value)
            answer.value = value or False

    @api.constrains("question_id", "option_id")
    def _check_option_id(self):
        for answer in self:
            if answer.option_id and answer.option_id.question_id != answer.question_id:
                raise ValidationError(
                    self.env._(
                        "“%(choice)s” is no choice of the question “%(question)s”: choose another.",
                        choice=answer.option_id.name,
                        question=answer.question_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Who noted an answer, and when, is never taken from a client."""
        return super().create([self._sign(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._sign(vals))

    def _sign(self, vals):
        """Return the values with who noted the answer, where there is one among them."""
        signature = {}
        if any(vals.get(name) for name in VALUE_FIELDS.values()):
            signature = {"author_id": self.env.uid, "date": fields.Date.context_today(self)}
        if self.env.su:
            return {**signature, **vals}
        return {**{name: vals[name] for name in vals if name not in SIGNATURE}, **signature}
