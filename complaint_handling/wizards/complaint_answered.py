from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ..models.kinds import MANAGER

#: So long ago may a call be that its agent enters himself.
ENTRY_TIME = timedelta(hours=24)


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
        now = fields.Datetime.now()
        self._check_date(now)
        words = self._get_words(now)
        self.case_id._message_log(body=words)
        self.case_id._note_answer(self.date, note=words)
        return {"type": "ir.actions.act_window_close"}

    def _check_date(self, now):
        """Refuse a moment at which the call cannot have been, or that nobody remembers."""
        if self.date > now:
            raise UserError(self.env._("The call lies in the future: enter when it was."))
        if self.date < self.case_id.date_received:
            raise UserError(
                self.env._("The call was before the case came in: enter when it was answered.")
            )
        # what was promised by then counts as kept: not for everybody to say days later
        if self.date < now - ENTRY_TIME and not self.env.user.has_group(MANAGER):
            raise UserError(
                self.env._(
                    "The call was more than 24 hours ago: ask a complaint manager to enter it, "
                    "or call the customer again."
                )
            )

    def _get_words(self, now):
        """Return what goes into the log: when it was, and when that was entered."""
        return self.env._(
            "Answered by phone on %(moment)s, entered on %(now)s (%(zone)s). Spoke with "
            "%(person)s: %(note)s",
            moment=self._format(self.date),
            now=self._format(now),
            zone=self.env.user.tz or "UTC",
            person=self.person,
            note=self.note,
        )

    def _format(self, moment):
        tz = self.env.user.tz or "UTC"
        return format_datetime(self.env, moment, tz=tz, dt_format="short")
