from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    complaint_verify_attempts = fields.Integer(
        string="Verification Calls",
        default=3,
        help="After so many calls that reached nobody a solved case is closed without an answer; "
        "0 = never.",
    )

    _complaint_verify_attempts_positive = models.Constraint(
        "CHECK(complaint_verify_attempts >= 0)", "The number of calls cannot be negative."
    )
