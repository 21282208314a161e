from odoo import api, models
from odoo.exceptions import UserError


class MailActivity(models.Model):
    """What the asked person does to the activity of an internal request, he does to that."""

    _inherit = "mail.activity"

    def _get_complaint_tasks(self):
        """Return the open requests whose activities these are, unless they write here."""
        tasks = self.env["complaint.task"]
        if self.env.context.get("complaint_sync"):
            return tasks
        # sudo: which request an activity belongs to
        mirrors = self.sudo().filtered(lambda activity: activity.res_model == tasks._name)
        if not mirrors:
            return tasks
        domain = [("activity_id", "in", mirrors.ids), ("state", "=", "open")]
        return tasks.sudo().search(domain).with_env(self.env)

    def write(self, vals):
        tasks = self._get_complaint_tasks() if {"user_id", "active"} & vals.keys() else None
        result = super().write(vals)
        for task in tasks or ():
            # sudo: the activity is the request's; that this user may change it was checked
            user = task.sudo().activity_id.user_id
            if user and user != task.sudo().user_id:
                task._pass_on(user)
            elif "active" in vals:
                task._mirror()
        return result

    def _action_done(self, feedback=False, attachment_ids=None):
        tasks = self._get_complaint_tasks()
        if not tasks:
            return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        # refused without an answer, before anything is done
        tasks._check_may_answer()
        tasks._check_answered(feedback)
        result = super(MailActivity, self.with_context(complaint_sync=True))._action_done(
            feedback=feedback, attachment_ids=attachment_ids
        )
        tasks._finish(feedback, attachment_ids)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_complaint_task(self):
        """A question is not dropped silently; the system may clean up, and makes it anew."""
        if self.env.su:
            return
        for task in self._get_complaint_tasks():
            raise UserError(
                self.env._(
                    "This activity asks for an answer: give it, pass the question on, or let "
                    "%(user)s withdraw it.",
                    user=task.sudo().asked_by_id.name,
                )
            )
