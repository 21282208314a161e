from odoo import models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "complaint.document.mixin"]
    _complaint_field = "invoice_id"
