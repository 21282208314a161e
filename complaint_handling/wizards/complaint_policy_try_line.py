from odoo import fields, models


class ComplaintPolicyTryLine(models.TransientModel):
    _name = "complaint.policy.try.line"
    _description = "What would happen"

    wizard_id = fields.Many2one("complaint.policy.try", ondelete="cascade", index=True)
    moment = fields.Char(string="When", help="In the time zone of the team's working hours.")
    promise = fields.Char()
    step = fields.Char(string="What")
    user_ids = fields.Many2many("res.users", string="Tells")
    note = fields.Text()
