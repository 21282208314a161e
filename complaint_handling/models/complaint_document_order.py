from odoo import models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "complaint.document.mixin"]
    _complaint_field = "sale_order_id"
