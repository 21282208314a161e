from odoo import api, fields, models

from .res_partner import GROUP_OWN


class ResPartner(models.Model):
    _inherit = "res.partner"

    tier_benefit_text = fields.Text(
        string="Privileges",
        related="tier_id.benefit_text",
        related_sudo=False,
        groups="base.group_user",
    )
    tier_grant_ids = fields.One2many(
        "customer.tier.grant",
        string="Privileges in Force",
        compute="_compute_tier_grant_ids",
        groups=GROUP_OWN,
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_tier_grant_ids(self):
        # without sudo: who may not see a customer's privileges finds none here
        grants = self.env["customer.tier.grant"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
                ("is_current", "=", True),
            ]
        )
        by_customer = grants.grouped("partner_id")
        for partner in self:
            partner.tier_grant_ids = by_customer.get(partner.commercial_partner_id, False)

    def action_view_grants(self):
        """Open all privileges this customer had."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_tiering.customer_tier_grant_action"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {}
        return action
