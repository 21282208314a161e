from odoo import fields, models


class ResCompany(models.Model):
    """What a company takes for the same complaint."""

    _inherit = "res.company"

    complaint_duplicate_days = fields.Integer(
        string="Look for the same Complaint within (Days)",
        default=30,
        help="A customer who writes twice within so many days is perhaps writing about the same "
        "matter; 0 = no hint.",
    )

    _complaint_duplicate_days_positive = models.Constraint(
        "CHECK(complaint_duplicate_days >= 0)",
        "The days to look for the same complaint cannot be negative.",
    )
