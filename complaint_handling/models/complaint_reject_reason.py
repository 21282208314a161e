from odoo import fields, models


class ComplaintRejectReason(models.Model):
    """Why nothing is done about a case."""

    _name = "complaint.reject.reason"
    _description = "Reason for Rejecting"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
