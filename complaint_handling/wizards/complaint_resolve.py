from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty


class ComplaintResolve(models.TransientModel):
    """One dialog: why it happened, what the customer gets, and the message that tells him."""

    _name = "complaint.resolve"
    _description = "Solve and tell the Customer"
    _inherit = ["complaint.message.mixin"]

    kind = fields.Selection(related="case_id.kind")
    cause_id = fields.Many2one("complaint.cause", string="Root Cause", ondelete="cascade")
    remedy_granted = fields.Text(string="What the Customer gets")
    is_told = fields.Boolean(
        string="Told already", help="By phone or in person: no message is sent."
    )
    told_note = fields.Char(string="Told how and to whom")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        case = self.env["complaint.case"].browse(values.get("case_id"))
        if case:
            values.update(cause_id=case.cause_id.id, remedy_granted=case.remedy_granted)
        return values

    def action_confirm(self):
        """Send the message, note what was granted, and solve the case."""
        self.ensure_one()
        self._check_told()
        obstacles = self.case_id._get_work_obstacles()
        if obstacles:
            raise UserError("\n".join(obstacles))
        message = None
        if self.is_told:
            self.case_id._note_answer(note=self.told_note)
            self.case_id._message_log(body=self.env._("Solution told: %(how)s", how=self.told_note))
        else:
            message = self.case_id._tell_customer(self.body, self.attachment_ids)
        self.case_id._resolve(
            {"cause_id": self.cause_id.id, "remedy_granted": self.remedy_granted}, message
        )
        return {"type": "ir.actions.act_window_close"}

    def _check_told(self):
        if self.is_told and not self.told_note:
            raise UserError(self.env._("Say how and to whom the solution was told."))
        if not self.is_told and is_html_empty(self.body):
            raise UserError(
                self.env._(
                    "Write the customer what was decided, or tick “Told already” where he was told "
                    "otherwise."
                )
            )
