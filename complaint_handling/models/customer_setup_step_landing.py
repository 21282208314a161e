from odoo import api, models

from .kinds import AGENT

OWN = "customer_tiering.customer_tiering_group_own"


class CustomerSetupStep(models.Model):
    _inherit = "customer.setup.step"

    @api.model
    def action_land(self):
        """Land on My Cases whose work is complaints and not customers of his own."""
        user = self.env.user
        if not user.has_group(AGENT):
            return super().action_land()
        cases = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_handling.complaint_case_action_mine"
        )
        if not user.has_group(OWN):
            return cases
        action = super().action_land()
        general = action.get("xml_id") == "customer_tiering.customer_standing_action"
        if general and self._is_in_complaint_team() and not self._has_own_customers():
            return cases
        return action

    @api.model
    def _is_in_complaint_team(self):
        mine = ["|", ("leader_id", "=", self.env.uid), ("member_ids.user_id", "=", self.env.uid)]
        return bool(self.env["complaint.team"].search_count(mine, limit=1))

    @api.model
    def _has_own_customers(self):
        own = [("user_id", "=", self.env.uid)]
        return bool(self.env["customer.standing"].search_count(own, limit=1))
