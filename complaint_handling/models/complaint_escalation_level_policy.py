from odoo import api, models


class ComplaintEscalationLevel(models.Model):
    """A step can act only for what its policy promises."""

    _inherit = "complaint.escalation.level"

    @api.constrains("clock_kind", "moment", "percent")
    def _check_policy(self):
        self.policy_id._check_promises()
