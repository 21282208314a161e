from odoo import models


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    def _after_tier_changes(self, history):
        """Serve the open cases of customers who rose by their new service class."""
        result = super()._after_tier_changes(history)
        changed = history.filtered(lambda change: change.trigger != "baseline").partner_id
        if changed:
            # sudo: promises depend on the level, whoever caused it to change
            cases = self.env["complaint.case"].sudo()
            cases.search(
                [("partner_id", "in", changed.ids), ("is_open", "=", True)]
            )._raise_service_class()
        return result
