from odoo import fields, models


class ComplaintSlaPolicy(models.Model):
    _inherit = "complaint.sla.policy"

    ask_after_days = fields.Integer(
        string="Ask after (Days)",
        default=1,
        help="So long after the solution was told the customer is asked whether he accepts it: "
        "goods have to arrive first. 0 = at once.",
    )

    _ask_after_days_positive = models.Constraint(
        "CHECK(ask_after_days BETWEEN 0 AND 365)",
        "The days until the customer is asked lie between 0 and 365.",
    )
