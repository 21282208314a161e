import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)
REMINDER = "complaint_handling.mail_template_wait_reminder"
CLOSED = "complaint_handling.mail_template_closed_no_answer"
CALL = "mail.mail_activity_data_call"


class ComplaintCase(models.Model):
    """Cases that wait for the customer: reminders, then they are closed as not answered.

    How often and how long is the company's to say. Where it may not write to him, the agent is
    asked to call, and nothing is closed.
    """

    _inherit = "complaint.case"

    wait_count = fields.Integer(
        string="Reminders sent", readonly=True, copy=False, help="Since the case waits."
    )
    date_wait = fields.Datetime(
        string="Waiting or reminded since",
        readonly=True,
        copy=False,
        help="The next reminder, or the end, is counted from here.",
    )
    date_reminded = fields.Datetime(string="Last Reminder", readonly=True, copy=False)
    date_parked = fields.Datetime(
        readonly=True, copy=False, help="Since when the clocks stand still though we have to act."
    )
    parked_minutes = fields.Integer(
        string="Parked (Minutes)",
        readonly=True,
        copy=False,
        help="How long the clocks stood still although the customer wrote last: he waited for "
        "us, not we for him.",
    )

    _wait_idx = models.Index("(company_id, date_wait) WHERE date_wait IS NOT NULL")

    # ------------------------------------------------------------
    # Waiting begins and ends
    # ------------------------------------------------------------

    def _check_pause(self, reason):
        """Refuse to wait for a customer who waits for us; the system's own code may."""
        result = super()._check_pause(reason)
        if reason.waits_for != "customer" or self.env.su:
            return result
        for case in self.filtered(lambda case: case._is_our_turn()):
            raise UserError(
                self.env._(
                    "%(case)s: the customer's last message has no answer yet, so it is not his "
                    "turn. Answer him first, or enter that he was answered by phone; then wait.",
                    case=case.display_name,
                )
            )
        return result

    def _after_write(self, vals, before):
        result = super()._after_write(vals, before)
        if "pause_reason_id" in vals:
            self._note_waiting()
        return result

    def _note_waiting(self):
        """Begin to count the days, or stop, as the reason for pausing says."""
        waiting = self.filtered(lambda case: case.pause_reason_id.waits_for == "customer")
        # sudo: nobody needs to call any more, whoever ended the waiting
        (self - waiting).sudo().activity_unlink([CALL])
        for case in self:
            case.write(
                {
                    "wait_count": 0,
                    "date_wait": case.date_paused if case in waiting else False,
                    "date_reminded": False,
                }
            )
            if not case.pause_reason_id:
                case._unpark(fields.Datetime.now())
            elif case._is_our_turn() and not case.date_parked:
                case.date_parked = case.date_paused

    def _is_our_turn(self):
        """Say whether the customer said the last word."""
        self.ensure_one()
        said = max(self.date_received, self.date_last_customer or self.date_received)
        return not self.date_last_answer or self.date_last_answer < said

    def _unpark(self, moment):
        """Somebody works on it again, or the customer was answered."""
        for case in self.filtered("date_parked"):
            seconds = max(0, (moment - case.date_parked).total_seconds())
            case.write(
                {"parked_minutes": case.parked_minutes + int(seconds // 60), "date_parked": False}
            )

    def _note_answer(self, moment=None, message=None, note=None):
        result = super()._note_answer(moment, message, note)
        self._unpark(moment or fields.Datetime.now())
        return result

    # ------------------------------------------------------------
    # The days pass
    # ------------------------------------------------------------

    @api.model
    def _cron_wait(self, batch_size=200):
        """Remind customers for whom cases wait, and close what was never answered."""
        cron, domain = self.env["ir.cron"], self._get_waiting_domain()
        cron._commit_progress(remaining=self.search_count(domain))
        for case in self.search(domain, limit=batch_size, order="date_wait, id"):
            case = case.try_lock_for_update().filtered_domain(domain)
            if not case:
                continue
            try:
                with self.env.cr.savepoint():
                    case._go_on_waiting()
            except Exception:  # one bad record must not stop the rest; it is tried again later
                _logger.warning("Waiting case %s failed", case.id, exc_info=True)
                case.date_wait = fields.Datetime.now()
            if not cron._commit_progress(1):
                break

    @api.model
    def _get_waiting_domain(self):
        """Return the cases for which something has to be done by now."""
        now = fields.Datetime.now()
        domains = []
        waiting = self._read_group([("date_wait", "!=", False)], ["company_id"])
        for (company,) in waiting:
            reminders = company._get_complaint_reminders()
            since = Domain("date_wait", "<=", now - timedelta(company.complaint_wait_remind_days))
            steps = Domain("wait_count", "<", reminders) & since
            if company.complaint_wait_close_days:
                since = Domain(
                    "date_wait", "<=", now - timedelta(company.complaint_wait_close_days)
                )
                steps |= Domain("wait_count", ">=", reminders) & since
            domains.append(Domain("company_id", "=", company.id) & steps)
        return Domain("date_wait", "!=", False) & Domain.OR(domains)

    def _go_on_waiting(self):
        """Remind the customer; after the last reminder close, where he could be reminded."""
        self.ensure_one()
        if self._is_our_turn():
            # he waits for us: he is neither reminded nor given up
            self._ask_agent_to_call(self.env._("The customer waits for an answer: answer him"))
            self.date_wait = fields.Datetime.now()
            return
        if self.wait_count >= self.company_id._get_complaint_reminders():
            if self._may_be_asked_by_mail() and self._was_told():
                self._close_unanswered()
                return
            sent = False
        else:
            key = f"{self.run}/{self.date_paused:%Y%m%d%H%M%S}/{self.wait_count + 1}"
            sent = bool(self._send_template(REMINDER, key=key))
        now = fields.Datetime.now()
        if sent:
            self._message_log(body=self.env._("The customer was reminded to answer."))
            self.date_reminded = now
        else:
            self._ask_agent_to_call()
        self.write({"date_wait": now, "wait_count": self.wait_count + 1})

    def _was_told(self):
        """Say whether every reminder that the company wants was really sent."""
        return bool(self.date_reminded) or not self.company_id._get_complaint_reminders()

    def _get_reminded_user(self):
        """Return who looks after the waiting: the agent, else his leader; or nobody."""
        self.ensure_one()
        # sudo: who leads the team
        candidates = (self.user_id, self.sudo().team_id.leader_id)
        return next((user for user in candidates if user.active), self.env["res.users"])

    def _ask_agent_to_call(self, words=None):
        """Ask the agent, else his leader, to call a customer who cannot be written to.

        :param words: what he is asked, where it is something else
        """
        user = self._get_reminded_user()
        if not user:
            return
        self.activity_unlink([CALL])
        self.with_context(lang=user.lang, tz=user.tz).activity_schedule(
            CALL,
            user_id=user.id,
            summary=words or self.env._("The customer does not answer: call him"),
        )

    def _close_unanswered(self):
        """Close a case whose customer did not answer; his answer in the grace reopens it."""
        now = fields.Datetime.now()
        self._get_open_tasks()._withdraw(self.env._("The customer did not answer."))
        # a promise that he stopped himself is neither kept nor broken
        open_clocks = self._get_open_clocks()
        open_clocks.filtered(lambda clock: clock.state in ("running", "paused"))._cancel(now)
        self.write(
            {
                "date_communicated": self.date_communicated
                or self.date_reminded
                or self.date_last_answer
                or now,
                "verification_state": "no_answer",
            }
        )
        key = f"{self.run}/{self.date_paused:%Y%m%d%H%M%S}"
        # the letter below says more than the usual one
        self.with_context(complaint_no_closing_letter=True)._close()
        self._message_log(body=self.env._("Closed: the customer did not answer."))
        self._send_template(CLOSED, key=key)
