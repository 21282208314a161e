from odoo import api, models


class CustomerStanding(models.Model):
    _inherit = "customer.standing"

    @api.model
    def _get_signal_labels(self):
        return {
            **super()._get_signal_labels(),
            "complaint_severe": self.env._("a severe complaint is open"),
            "complaint_open": self.env._("a complaint is open"),
            "complaint_history": self.env._("complaints of the last half year"),
        }
