from odoo import fields, models


class ComplaintPause(models.TransientModel):
    """Why the clocks stop."""

    _name = "complaint.pause"
    _description = "Wait"

    case_id = fields.Many2one("complaint.case", required=True, readonly=True)
    reason_id = fields.Many2one("complaint.pause.reason", required=True)
    note = fields.Char(help="What you wait for; colleagues read it in the case's log.")

    def action_confirm(self):
        """Stop the clocks."""
        self.ensure_one()
        self.case_id._pause(self.reason_id)
        if self.note:
            self.case_id._message_log(body=self.note)
        return {"type": "ir.actions.act_window_close"}
