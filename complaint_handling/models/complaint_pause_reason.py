from odoo import fields, models


class ComplaintPauseReason(models.Model):
    """Why the clock stands still: for reasons the company cannot help."""

    _name = "complaint.pause.reason"
    _description = "Reason for Pausing"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    waits_for = fields.Selection(
        [("customer", "The customer"), ("other", "Somebody outside")],
        required=True,
        default="other",
        help="While waiting for the customer he is reminded, his next message lets the clocks "
        "run again, and in the end the case is closed as not answered. For somebody outside a day "
        "is named, on which the agent is reminded to ask.",
    )
    manager_only = fields.Boolean(
        string="Complaint Managers only",
        help="Only a complaint manager may stop the clocks for this reason.",
    )
