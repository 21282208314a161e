from odoo import api, fields, models


class SaleOrder(models.Model):
    """The customer's level and what it entitles him to, for who takes the order."""

    _inherit = "sale.order"

    tier_id = fields.Many2one(
        "customer.tier",
        string="Level",
        compute="_compute_tier_id",
        groups="base.group_user",
    )
    tier_color = fields.Integer(
        string="Level Color", compute="_compute_tier_id", groups="base.group_user"
    )
    tier_benefit_text = fields.Text(
        string="Privileges", compute="_compute_tier_id", groups="base.group_user"
    )

    @api.depends("partner_id", "company_id")
    def _compute_tier_id(self):
        for company, orders in self.grouped("company_id").items():
            # recordsets of one company, so that the levels of all its orders come in one go
            customers = orders.partner_id.with_company(company)
            levels = {customer.id: customer.tier_id for customer in customers}
            for order in orders:
                tier = levels.get(order.partner_id.id, self.env["customer.tier"])
                order.tier_id = tier
                order.tier_color = tier.color
                order.tier_benefit_text = tier.benefit_text
