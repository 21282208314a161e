from odoo import api, models


class CustomerSetupStep(models.Model):
    _inherit = "customer.setup.step"

    @api.model
    def action_land(self):
        """Land on My Day who has somebody to call or visit, unless there is still to set up."""
        action = super().action_land()
        if action["xml_id"] == "customer_tiering.customer_setup_step_action":
            return action
        own = [("user_id", "=", self.env.uid), ("state", "=", "planned")]
        if self.env["followup.touch"].search_count(own, limit=1):
            return self.env["ir.actions.actions"]._for_xml_id(
                "customer_followup.followup_day_action_mine"
            )
        return action
