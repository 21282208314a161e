from odoo import models


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    def _after_tier_changes(self, history):
        """Let the follow-ups know of new levels: planned anew as soon as this run is committed."""
        result = super()._after_tier_changes(history)
        if history:
            self.env["followup.cadence"]._request_plan()
        return result
