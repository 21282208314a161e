from odoo import api, fields, models
from odoo.tools import date_utils


class CustomerStandingHold(models.TransientModel):
    """Dialog: lock the level of customers, or keep it from falling, until a day."""

    _name = "customer.standing.hold"
    _description = "Hold a Level"

    kind = fields.Selection([("hold", "Hold"), ("lock", "Lock")], required=True, default="hold")
    standing_ids = fields.Many2many("customer.standing", required=True, string="Grading Results")
    customer_count = fields.Integer(string="Customers", compute="_compute_customers")
    scheme_id = fields.Many2one("customer.tier.scheme", compute="_compute_customers")
    tier_id = fields.Many2one(
        "customer.tier",
        string="Level",
        compute="_compute_tier_id",
        store=True,
        readonly=False,
        domain="[('scheme_id', '=', scheme_id)]",
    )
    until = fields.Date(required=True, default=lambda self: self._default_until())
    reason = fields.Char(required=True)

    @api.model
    def _default_until(self):
        today = fields.Date.context_today(self)
        return date_utils.end_of(fields.Date.add(today, months=3), "month")

    @api.depends("standing_ids")
    def _compute_customers(self):
        for wizard in self:
            wizard.customer_count = len(wizard.standing_ids)
            wizard.scheme_id = wizard.standing_ids.scheme_id[:1]

    @api.depends("standing_ids")
    def _compute_tier_id(self):
        for wizard in self:
            wizard.tier_id = wizard.standing_ids.tier_id[:1]

    def action_apply(self):
        """Hold or lock, and come back to the list with its figures renewed."""
        self.ensure_one()
        if self.kind == "lock":
            self.standing_ids.lock_level(self.tier_id, self.until, self.reason)
        else:
            self.standing_ids.hold_level(self.until, self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
