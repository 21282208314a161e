from odoo import fields, models

from .res_partner import GROUP_OWN


class SaleOrder(models.Model):
    _inherit = "sale.order"

    care_alerts = fields.Json(
        related="partner_id.care_alerts", related_sudo=False, groups=GROUP_OWN
    )
