from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty


class ComplaintReply(models.TransientModel):
    """Write to the customer, and say whether his answer is waited for."""

    _name = "complaint.reply"
    _description = "Reply to the Customer"
    _inherit = ["complaint.message.mixin"]

    may_wait = fields.Boolean(compute="_compute_may_wait")
    wait = fields.Boolean(
        string="Then wait for the Customer",
        help="The clocks stand still until he answers; he is reminded.",
    )

    def _compute_may_wait(self):
        for wizard in self:
            case = wizard.case_id
            wizard.may_wait = case.stage_kind in ("accepted", "progress") and not (
                case.pause_reason_id
            )

    def action_send(self):
        """Send the message; the customer has his answer."""
        self.ensure_one()
        if is_html_empty(self.body):
            raise UserError(
                self.env._("There is nothing to send yet: write the customer your answer.")
            )
        self.case_id._tell_customer(self.body, self.attachment_ids)
        if self.wait and self.may_wait:
            self.case_id._pause(self._get_reason())
        return {"type": "ir.actions.act_window_close"}

    def _get_reason(self):
        reason = self.env["complaint.pause.reason"].search(
            [("waits_for", "=", "customer")], limit=1
        )
        if not reason:
            raise UserError(
                self.env._(
                    "There is no reason to wait for the customer: create one under Complaints, "
                    "Configuration, Reasons to wait."
                )
            )
        return reason
