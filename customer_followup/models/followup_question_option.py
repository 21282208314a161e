from odoo import fields, models


class FollowupQuestionOption(models.Model):
    _name = "followup.question.option"
    _description = "Choice of a Question"
    _order = "sequence, id"

    question_id = fields.Many2one(
        "followup.question", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(string="Choice", required=True, translate=True)
    sequence = fields.Integer(default=10)
