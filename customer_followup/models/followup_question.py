from odoo import fields, models


class FollowupQuestion(models.Model):
    """What we want to know of a customer: one line of the knowledge file."""

    _name = "followup.question"
    _description = "Question of the Knowledge File"
    _order = "sequence, id"

    name = fields.Char(string="Question", required=True, translate=True)
    hint = fields.Char(translate=True, help="What is meant; shown beside the question.")
    kind = fields.Selection(
        [("text", "Text"), ("selection", "Choice"), ("date", "Date")],
        string="Answer",
        required=True,
        default="text",
    )
    option_ids = fields.One2many(
        "followup.question.option", "question_id", string="Choices", copy=True
    )
    for_person = fields.Boolean(string="For Persons", default=True)
    for_company = fields.Boolean(string="For Companies")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _for_somebody = models.Constraint(
        "CHECK(for_person OR for_company)",
        "Say whether the question is for persons, for companies, or for both.",
    )
