from odoo import fields, models


class CustomerTierSimulationResult(models.Model):
    """One customer whose level would change under the rules of a what-if."""

    _name = "customer.tier.simulation.result"
    _description = "What-if Result"
    _order = "amount desc, id"
    _rec_name = "partner_id"
    _log_access = False

    simulation_id = fields.Many2one(
        "customer.tier.simulation", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users", string="Account Manager", readonly=True, index="btree_not_null"
    )
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
    direction = fields.Selection(
        [
            ("up", "Rise"),
            ("down", "Fall"),
            ("new", "New"),
            ("left", "Left"),
            ("other", "Other Level"),
        ],
        readonly=True,
    )
    amount = fields.Monetary(string="Revenue", readonly=True)
