from odoo import fields, models


class CustomerTierSimulationCell(models.Model):
    """One cell of the matrix of a what-if: from one level to another."""

    _name = "customer.tier.simulation.cell"
    _description = "What-if Matrix"
    _order = "simulation_id, id"
    _log_access = False

    simulation_id = fields.Many2one(
        "customer.tier.simulation", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    from_tier_id = fields.Many2one(
        "customer.tier",
        string="Level by the Rules in Force",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    to_tier_id = fields.Many2one(
        "customer.tier",
        string="Level on Trial",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    customer_count = fields.Integer(string="Customers", readonly=True)
    amount = fields.Monetary(string="Revenue", readonly=True)
