from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class FollowupAssign(models.TransientModel):
    """Dialog: give customers whom nobody looks after an account manager."""

    _name = "followup.assign"
    _description = "Assign Account Manager"

    partner_ids = fields.Many2many("res.partner", required=True, string="Customers")
    customer_count = fields.Integer(string="Number of Customers", compute="_compute_customer_count")
    user_id = fields.Many2one(
        "res.users",
        string="Account Manager",
        required=True,
        domain="[('share', '=', False), ('company_ids', 'in', allowed_company_ids)]",
        ondelete="cascade",
    )

    @api.depends("partner_ids")
    def _compute_customer_count(self):
        for wizard in self:
            wizard.customer_count = len(wizard.partner_ids)

    def action_apply(self):
        """Write the account manager; his follow-ups are there at once."""
        self.ensure_one()
        if not self.partner_ids:
            raise UserError(
                self.env._("Select the customers in the list first, then choose who gets them.")
            )
        customers = self.partner_ids.commercial_partner_id
        customers.user_id = self.user_id
        self._hand_over_orphans(customers)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s customers now belong to %(user)s.",
                    count=len(customers),
                    user=self.user_id.name,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _hand_over_orphans(self, customers):
        """Give him what is planned with nobody living, and plan what the rhythm asks for."""
        # sudo: who may make somebody account manager gives him the customer's follow-ups, too,
        # also those of a colleague who left another team
        touches = self.env["followup.touch"].sudo()
        orphans = touches.search(
            customers._get_orphan_domain() & Domain("partner_id", "in", customers.ids)
        )
        orphans.write(
            {"user_id": self.user_id.id, "is_reassigned": False, "stand_in_for_id": False}
        )
        touches._plan_partners(customers, self.env.companies)
