from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class FollowupRedirect(models.TransientModel):
    """Try silent customers another way: through a colleague, or another person there."""

    _name = "followup.redirect"
    _description = "Try another Way"

    partner_ids = fields.Many2many("res.partner", string="Customers", required=True)
    customer_count = fields.Integer(string="Chosen Customers", compute="_compute_customer_count")
    customer_id = fields.Many2one("res.partner", compute="_compute_customer_count")
    user_id = fields.Many2one(
        "res.users",
        string="Colleague",
        domain="[('share', '=', False)]",
        help="Does the next calls and visits; empty = whoever is responsible now.",
    )
    change_manager = fields.Boolean(
        string="Becomes the Account Manager",
        help="The customers are his from now on. Otherwise he takes over only what is planned.",
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Contact Person",
        domain="[('commercial_partner_id', '=', customer_id), ('id', '!=', customer_id)]",
        help="Whom to ask for next time.",
    )

    @api.depends("partner_ids")
    def _compute_customer_count(self):
        for redirect in self:
            customers = redirect.partner_ids.commercial_partner_id
            redirect.customer_count = len(customers)
            redirect.customer_id = customers if len(customers) == 1 else False

    @api.model
    def _open(self, partners):
        """Return the action that asks who should try these customers."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try another Way"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_ids": [Command.set(partners.commercial_partner_id.ids)]},
        }

    def action_apply(self):
        """Give the next follow-ups to the colleague and the contact person that were chosen."""
        self.ensure_one()
        if not self.user_id and not self.contact_id:
            raise UserError(self.env._("Choose a colleague, another contact person, or both."))
        customers = self.partner_ids.commercial_partner_id
        if self.change_manager and self.user_id:
            customers.user_id = self.user_id
        touches = self._get_planned(customers)
        vals = {}
        if self.user_id:
            vals.update(user_id=self.user_id.id, is_reassigned=not self.change_manager)
        if self.contact_id:
            vals["contact_id"] = self.contact_id.id
        touches.write(vals)
        self._plan_missing(customers - touches.partner_id, vals)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _get_planned(self, customers):
        company = self.env.company
        return self.env["followup.touch"].search(
            [
                ("partner_id", "in", customers.ids),
                ("state", "=", "planned"),
                ("company_id", "in", (company.sudo().parent_ids | company).ids),
            ]
        )

    def _plan_missing(self, customers, vals):
        """Plan a call today for who has nothing planned: another way is to be tried now."""
        today = fields.Date.context_today(self)
        self.env["followup.touch"].create(
            [
                {
                    "partner_id": customer.id,
                    "kind": "call",
                    "date_planned": fields.Date.to_string(today),
                    **vals,
                }
                for customer in customers
            ]
        )
