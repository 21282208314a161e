from odoo import fields, models

from ..models.customer_tier import SERVICE_CLASSES

TIER_FIELDS = (
    "name",
    "code",
    "sequence",
    "color",
    "service_class",
    "min_amount",
    "catch_all",
    "share",
    "min_score",
    "possibility_letters",
    "foundation_letters",
    "potential_letters",
)


class CustomerTierStartLine(models.TransientModel):
    _name = "customer.tier.start.line"
    _description = "Level of the Guided Start"
    _order = "sequence, id"

    start_id = fields.Many2one("customer.tier.start", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="start_id.currency_id")
    method = fields.Selection(related="start_id.method")
    name = fields.Char(string="Level Name", required=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=100)
    color = fields.Integer()
    service_class = fields.Selection(SERVICE_CLASSES, required=True, default="standard")
    min_amount = fields.Float(string="Amount from", digits=(16, 2))
    catch_all = fields.Boolean(string="Takes the Rest")
    share = fields.Float(string="Share (%)", digits=(7, 4))
    min_score = fields.Integer(string="Points from")
    possibility_letters = fields.Char(string="Possibility")
    foundation_letters = fields.Char(string="Foundation")
    potential_letters = fields.Char(string="Potential")
    customer_count = fields.Integer(string="Customers", readonly=True)
    amount = fields.Monetary(string="Revenue", readonly=True)
    amount_share = fields.Float(string="Share of Revenue (%)", digits=(5, 1), readonly=True)

    def _prepare_tier_vals(self):
        self.ensure_one()
        return {name: self[name] for name in TIER_FIELDS}
