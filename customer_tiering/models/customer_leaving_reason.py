from odoo import fields, models


class CustomerLeavingReason(models.Model):
    _name = "customer.leaving.reason"
    _description = "Leaving Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Char(
        translate=True, help="When to choose this reason, for whoever records one."
    )
