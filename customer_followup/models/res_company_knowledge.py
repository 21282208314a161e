from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    care_silent_months = fields.Integer(
        string="Try another Way after (Months)",
        default=6,
        help="A customer who gave no answer for so long is better tried through another person, "
        "or by a colleague.",
    )
    care_hold_months = fields.Integer(
        string="Propose a Hold after (Months)",
        default=12,
        help="A customer who gave no answer for so long is proposed to be put on hold.",
    )

    _care_silent_months = models.Constraint(
        "CHECK(care_silent_months >= 1 AND care_hold_months >= care_silent_months)",
        "A hold is proposed after another way was tried, and that after one month at least.",
    )
