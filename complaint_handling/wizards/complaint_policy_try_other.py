from odoo import fields, models


class ComplaintPolicyTryOther(models.TransientModel):
    _name = "complaint.policy.try.other"
    _description = "Promise that does not hold"

    wizard_id = fields.Many2one("complaint.policy.try", ondelete="cascade", index=True)
    policy_id = fields.Many2one("complaint.sla.policy", string="Promise", ondelete="cascade")
    reason = fields.Char(string="Reason not chosen")
