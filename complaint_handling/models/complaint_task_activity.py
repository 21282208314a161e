import logging

import pytz
from markupsafe import Markup
from odoo import api, fields, models
from odoo.fields import Domain

_logger = logging.getLogger(__name__)
TO_DO_TYPE = "mail.mail_activity_data_todo"


class ComplaintTask(models.Model):
    """What people see of a request: one activity, a reminder, and messages among colleagues.

    Context key ``complaint_sync``: the activity is written from here, do not answer it.
    """

    _inherit = "complaint.task"

    activity_id = fields.Many2one(
        "mail.activity",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        help="The one by which the asked person knows of it.",
    )

    # ------------------------------------------------------------
    # Activity
    # ------------------------------------------------------------

    def _mirror(self):
        """Make the activity say what the request says; the asked person is told of a new one."""
        # sudo: the activity belongs to the request, whoever changed that
        for task in self.sudo().exists().with_context(complaint_sync=True):
            activity = task.activity_id.filtered("active")
            if task.state == "answered":
                activity._action_done()
            elif task.state == "cancelled":
                activity.unlink()
            elif activity:
                task._move_activity(activity)
            else:
                task.activity_id = self.env["mail.activity"].sudo().create(task._prepare_activity())

    def _prepare_activity(self):
        types = self.env["mail.activity.type"]
        todo = self.env.ref(TO_DO_TYPE, raise_if_not_found=False) or types.search([], limit=1)
        return {
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": self.id,
            "activity_type_id": todo.id,
            "automated": True,
            **self._prepare_activity_changes(),
        }

    def _prepare_activity_changes(self):
        return {
            "summary": self.name,
            "user_id": self.user_id.id,
            "date_deadline": self._get_local_day(),
        }

    def _move_activity(self, activity):
        changes = {
            name: value
            for name, value in self._prepare_activity_changes().items()
            if (activity[name].id if name == "user_id" else activity[name]) != value
        }
        if changes:
            activity.write(changes)

    def _get_local_day(self):
        """Return the day it is due on where the asked person is."""
        tz = self.user_id.tz or self.company_id.resource_calendar_id.tz or "UTC"
        return pytz.utc.localize(self.date_due).astimezone(pytz.timezone(tz)).date()

    # ------------------------------------------------------------
    # Telling colleagues
    # ------------------------------------------------------------

    def _tell(self, user, body):
        """Leave a note on the request that a colleague gets as a message."""
        self.message_post(
            body=body,
            subtype_xmlid="mail.mt_note",
            partner_ids=(user - self.env.user).partner_id.ids,
            author_id=self.env.user.partner_id.id,
        )

    def _get_agent(self):
        """Return who gets the answer: the agent, else who asked, else the team's leader."""
        case = self.case_id
        candidates = (case.user_id, self.asked_by_id, case.team_id.leader_id)
        return next((user for user in candidates if user.active), self.env["res.users"])

    def _tell_agent(self, body, attachment_ids=None):
        """Leave a note on the case that its agent gets as a message."""
        self.case_id.message_post(
            body=body,
            subtype_xmlid="mail.mt_note",
            partner_ids=(self._get_agent() - self.env.user).partner_id.ids,
            author_id=self.env.user.partner_id.id,
            attachment_ids=attachment_ids or [],
        )

    def _post_answer(self, attachment_ids):
        head = self.env._(
            "%(user)s answered: %(question)s", user=self.env.user.name, question=self.name
        )
        self._tell_agent(
            Markup("<p><b>%s</b></p>%s") % (head, self.answer), attachment_ids=attachment_ids
        )

    # ------------------------------------------------------------
    # Who was asked has left
    # ------------------------------------------------------------

    def _give_back(self):
        """Give open questions of who has left back to the agents, with a notice."""
        for task in self.filtered(lambda task: task.state == "open"):
            gone, user = task.user_id, task._get_agent()
            if not user or task.company_id not in user.company_ids:
                # nobody is left who could take it: the log says so
                task.case_id._message_log(
                    body=self.env._(
                        "%(user)s has left; nobody answers: %(question)s",
                        user=gone.name,
                        question=task.name,
                    )
                )
                continue
            task.user_id = user
            task._tell_agent(
                self.env._(
                    "%(user)s has left and does not answer any more: ask somebody else, or answer "
                    "it yourself: %(question)s",
                    user=gone.name,
                    question=task.name,
                )
            )

    # ------------------------------------------------------------
    # Reminder
    # ------------------------------------------------------------

    @api.model
    def _cron_remind(self, batch_size=200):
        """Remind who was asked, once, while there is still time; and make lost activities anew."""
        cron, domain = self.env["ir.cron"], self._get_reminder_domain()
        cron._commit_progress(remaining=self.search_count(domain))
        for task in self.search(domain, limit=batch_size, order="date_remind, id"):
            task = task.try_lock_for_update().filtered_domain(domain)
            if not task:
                continue
            try:
                with self.env.cr.savepoint():
                    task._remind()
            except Exception:  # one bad record must not stop the rest
                _logger.warning("Internal request %s: reminder failed", task.id, exc_info=True)
            task.date_remind = False
            if not cron._commit_progress(1):
                break

    @api.model
    def _get_reminder_domain(self):
        return Domain("date_remind", "<=", fields.Datetime.now()) & Domain("state", "=", "open")

    def _remind(self):
        self.ensure_one()
        user = self.user_id
        task = self.with_context(lang=user.lang, tz=user.tz)
        task._mirror()
        due = fields.Datetime.context_timestamp(task, self.date_due)
        task.message_notify(
            partner_ids=user.partner_id.ids,
            subject=task.env._("Please answer: %(question)s", question=self.name),
            body=task.env._(
                "%(asker)s waits for your answer until %(moment)s: %(question)s",
                asker=self.asked_by_id.name,
                moment=due.strftime("%Y-%m-%d %H:%M"),
                question=self.name,
            ),
        )
