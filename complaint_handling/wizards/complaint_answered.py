from odoo import api, fields, models
from odoo.exceptions import UserError


class ComplaintAnswered(models.TransientModel):
    """The customer was answered by phone: when, who spoke with whom, what was said."""

    _name = "complaint.answered"
    _description = "Answered by Phone"

    case_id = fields.Many2one("complaint.case", required=True, readonly=True)
    date = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    person = fields.Char(string="Spoke with", required=True)
    note = fields.Text(string="What was said", required=True)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        case = self.env["complaint.case"].browse(values.get("case_id"))
        if case and not values.get("person"):
            values["person"] = case.contact_id.name or case.contact_name
        return values

    def action_confirm(self):
        """Count the call as an answer."""
        self.ensure_one()
        if self.date > fields.Datetime.now():
            raise UserError(self.env._("The call lies in the future: enter when it was."))
        if self.date < self.case_id.date_received:
            raise UserError(
                self.env._("The call was before the case came in: enter when it was answered.")
            )
        words = self.env._(
            "Answered by phone, spoke with %(person)s: %(note)s",
            person=self.person,
            note=self.note,
        )
        self.case_id._message_log(body=words)
        self.case_id._note_answer(self.date, note=words)
        return {"type": "ir.actions.act_window_close"}
