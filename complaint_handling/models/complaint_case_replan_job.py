from odoo import fields, models


class ComplaintCase(models.Model):
    """Open cases whose promises are planned anew by the job, because there are very many."""

    _inherit = "complaint.case"

    replan_pending = fields.Boolean(
        copy=False, readonly=True, help="The job will promise what holds today."
    )

    _replan_idx = models.Index("(id) WHERE replan_pending")

    def _replan_later(self):
        """Let the job plan the promises of these cases anew."""
        self.write({"replan_pending": True})
        # sudo: the job belongs to nobody
        self.env.ref("complaint_handling.ir_cron_replan").sudo()._trigger()

    def _replan_changed(self, policy=None):
        """Promise what holds today, because the promises themselves were changed."""
        why = (
            self.env._(
                "Promises were planned anew, because “%(policy)s” was changed.", policy=policy.name
            )
            if policy
            else self.env._("Promises were planned anew, because they were changed.")
        )
        self._replan_clocks(why)
        self.filtered("replan_pending").write({"replan_pending": False})
