from datetime import timedelta

from odoo import fields, models

TO_DO_TYPE = "mail.mail_activity_data_todo"
#: Somebody outside is asked again after so many days, where nobody said when he is expected.
EXPECTED_DAYS = 7


class ComplaintCase(models.Model):
    """Cases that wait for somebody outside: nothing he does ends it, so a day is agreed.

    On that day the agent is asked to ask him. Context key ``complaint_expected``: the day.
    """

    _inherit = "complaint.case"

    date_expected = fields.Date(
        string="Expected by",
        readonly=True,
        copy=False,
        help="When what the case waits for should be there; then the agent asks for it.",
    )
    expected_activity_id = fields.Many2one(
        "mail.activity",
        string="Reminder to ask",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
    )

    def _after_write(self, vals, before):
        result = super()._after_write(vals, before)
        if "pause_reason_id" in vals:
            self._note_expected()
        elif "user_id" in vals:
            self._move_reminder()
        return result

    def _get_expected_day(self):
        """Return when what is waited for is expected, where nobody says so."""
        return fields.Date.context_today(self) + timedelta(days=EXPECTED_DAYS)

    def _note_expected(self):
        """Plan to ask on the day agreed, or stop that, as the reason for pausing says."""
        # sudo: nobody needs to ask any more, whoever ended the waiting
        self.sudo().expected_activity_id.filtered("active").unlink()
        outside = self.filtered(lambda case: case.pause_reason_id.waits_for == "other")
        (self - outside).filtered("date_expected").write(
            {"date_expected": False, "expected_activity_id": False}
        )
        day = self.env.context.get("complaint_expected") or self._get_expected_day()
        for case in outside:
            case.write({"date_expected": day, "expected_activity_id": case._plan_asking(day).id})

    def _plan_asking(self, day):
        """Ask the agent, else his leader, to ask for what is missing on a day."""
        user = self._get_reminded_user()
        if not user:
            return self.env["mail.activity"]
        # sudo: also for a leader who may not be written to; quiet, the agent waits himself
        case = self.sudo().with_context(lang=user.lang, tz=user.tz, mail_activity_quick_update=True)
        return case.activity_schedule(
            TO_DO_TYPE,
            user_id=user.id,
            date_deadline=day,
            summary=case.env._(
                "%(reason)s: ask for it, or go on without", reason=case.pause_reason_id.name
            ),
        )

    def _move_reminder(self):
        """Let the new agent ask."""
        for case in self.filtered("date_expected"):
            # sudo: the activity belongs to the case, whoever had it
            activity = case.sudo().expected_activity_id.filtered("active")
            user = case._get_reminded_user()
            if activity and user and activity.user_id != user:
                activity.user_id = user
