from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty


class ComplaintReject(models.TransientModel):
    """Why nothing is done about a case, and the message that tells the customer."""

    _name = "complaint.reject"
    _description = "Reject a Case"
    _inherit = ["complaint.message.mixin"]

    reason_id = fields.Many2one("complaint.reject.reason", required=True, ondelete="cascade")
    is_told = fields.Boolean(
        string="Tell nobody", help="For spam and for what was told otherwise: no message is sent."
    )

    def action_confirm(self):
        """Reject the case."""
        self.ensure_one()
        if not self.is_told and is_html_empty(self.body):
            raise UserError(
                self.env._("Write the customer why, or tick “Tell nobody” where that is right.")
            )
        message = (
            None if self.is_told else self.case_id._tell_customer(self.body, self.attachment_ids)
        )
        self.case_id._reject(self.reason_id, message)
        return {"type": "ir.actions.act_window_close"}
