from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .status import STATUSES

#: Kept by ourselves when a reason is recorded.
SITUATION_FIELDS = ("manager_id", "customer_status", "tier_id", "value_at_stake")


class CustomerLeaving(models.Model):
    """Why a customer left or buys less, as somebody found out by asking."""

    _name = "customer.leaving"
    _description = "Reason of Leaving"
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env["customer.tier.scheme"]._get_grading_company(),
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, index=True, default=fields.Date.context_today)
    reason_id = fields.Many2one(
        "customer.leaving.reason", required=True, index=True, ondelete="restrict"
    )
    note = fields.Text(help="What the customer said, and what asking why again brought up.")
    user_id = fields.Many2one(
        "res.users",
        string="Recorded by",
        required=True,
        index=True,
        default=lambda self: self.env.user,
    )
    manager_id = fields.Many2one(
        "res.users", string="Account Manager", readonly=True, index="btree_not_null"
    )

    # As it was when the reason was recorded
    customer_status = fields.Selection(STATUSES, string="Status then", readonly=True)
    tier_id = fields.Many2one(
        "customer.tier",
        string="Level then",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    value_at_stake = fields.Monetary(
        string="Value at Stake",
        readonly=True,
        aggregator="sum",
        help="Revenue per year at stake at that time.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Who records, and how the customer stands, is never taken from a client."""
        if not self.env.su:
            own = {**dict.fromkeys(SITUATION_FIELDS, False), "user_id": self.env.uid}
            vals_list = [{**vals, **own} for vals in vals_list]
        leavings = super().create(vals_list)
        leavings._keep_situation()
        return leavings

    def _keep_situation(self):
        """Keep status, level and money of this moment: tomorrow's figures are others."""
        # sudo: who may record a reason for a customer may keep how he stands
        standings = (
            self.env["customer.standing"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", self.partner_id.ids),
                    ("company_id", "in", self.company_id.ids),
                    ("scheme_id.operative", "=", True),
                ]
            )
        )
        situation = {(row.company_id, row.partner_id): row for row in standings}
        for leaving in self.sudo():
            standing = situation.get((leaving.company_id, leaving.partner_id))
            if standing:
                leaving.write(
                    {
                        "customer_status": standing.customer_status,
                        "tier_id": standing.tier_id.id,
                        "value_at_stake": standing.value_at_stake,
                        "manager_id": standing.user_id.id,
                    }
                )

    def write(self, vals):
        """What the customer said may be completed; whom it was about stays."""
        if not self.env.su and set(vals) - {"date", "reason_id", "note"}:
            raise UserError(
                self.env._(
                    "Customer and figures of a recorded reason cannot be changed: delete it or "
                    "record another."
                )
            )
        return super().write(vals)

    @api.constrains("partner_id")
    def _check_partner_id(self):
        for leaving in self:
            partner = leaving.partner_id
            if partner != partner.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(company)s: record the reason on the "
                        "company.",
                        contact=partner.display_name,
                        company=partner.commercial_partner_id.display_name,
                    )
                )
