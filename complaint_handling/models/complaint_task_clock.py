from datetime import timedelta

from odoo import models

#: The asked person is reminded when three quarters of his time are over.
REMIND_AT = 0.75


class ComplaintTask(models.Model):
    """The clock of a request, by which the ladder knows that an answer is late."""

    _inherit = "complaint.task"

    def _open_clocks(self):
        """Let a clock run that is due exactly when the answer is."""
        policies = self.env["complaint.sla.policy"]._find_policies(self.case_id)
        return self.env["complaint.sla.clock"]._open(
            [
                {
                    "case_id": task.case_id.id,
                    "task_id": task.id,
                    "company_id": task.company_id.id,
                    "kind": "task",
                    "run": task.case_id.run,
                    "policy_id": policies[task.case_id].id,
                    "policy_revision": policies[task.case_id].revision,
                    "date_start": task.date_asked,
                    "target_seconds": task._get_target_seconds(),
                }
                for task in self
            ]
        )

    def _get_target_seconds(self):
        return round((self.date_due - self.date_asked).total_seconds())

    def _move_clocks(self):
        # sudo: nobody writes clocks but their methods
        clocks = self.sudo()._get_clocks()
        clocks._replan(
            {clock: {"target_seconds": clock.task_id._get_target_seconds()} for clock in clocks}
        )

    def _get_clocks(self):
        return self.env["complaint.sla.clock"].search(
            [("task_id", "in", self.ids), ("is_open", "=", True)]
        )

    def _set_reminder(self):
        """Remind once, while there is time to answer."""
        for task in self:
            time = task.date_due - task.date_asked
            # sudo: written by the system only
            task.sudo().date_remind = task.date_asked + timedelta(
                seconds=round(REMIND_AT * time.total_seconds())
            )
