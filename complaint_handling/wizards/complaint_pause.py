from odoo import api, fields, models
from odoo.exceptions import UserError


class ComplaintPause(models.TransientModel):
    """Why the clocks stop."""

    _name = "complaint.pause"
    _description = "Wait"

    case_id = fields.Many2one("complaint.case", required=True, readonly=True)
    reason_id = fields.Many2one("complaint.pause.reason", required=True)
    waits_for = fields.Selection(related="reason_id.waits_for")
    date_expected = fields.Date(
        string="Expected by",
        compute="_compute_date_expected",
        store=True,
        readonly=False,
        help="The agent is reminded on this day to ask for what is missing.",
    )
    note = fields.Char(help="What you wait for; colleagues read it in the case's log.")

    @api.depends("reason_id")
    def _compute_date_expected(self):
        for wizard in self:
            outside = wizard.waits_for == "other"
            day = wizard.date_expected or wizard.case_id._get_expected_day()
            wizard.date_expected = day if outside else False

    def action_confirm(self):
        """Stop the clocks."""
        self.ensure_one()
        if self.date_expected and self.date_expected < fields.Date.context_today(self):
            raise UserError(self.env._("That day is over: choose a later one."))
        case = self.case_id.with_context(complaint_expected=self.date_expected)
        case._pause(self.reason_id)
        if self.note:
            self.case_id._message_log(body=self.note)
        return {"type": "ir.actions.act_window_close"}
