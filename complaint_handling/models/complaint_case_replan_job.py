from odoo import fields, models

#: So many cases are planned anew at once; more are left to the job.
AT_ONCE = 200


class ComplaintCase(models.Model):
    """Open cases whose promises are planned anew by the job, because there are very many."""

    _inherit = "complaint.case"

    replan_pending = fields.Boolean(
        copy=False, readonly=True, help="Promises will be recalculated by the current rules."
    )

    _replan_idx = models.Index("(id) WHERE replan_pending")

    def _replan_soon(self, why):
        """Plan the promises of these cases anew: at once, or by the job if they are very many."""
        if len(self) > AT_ONCE:
            self._replan_later()
        elif self:
            self._replan_clocks(why)

    def _replan_later(self):
        """Let the job plan the promises of these cases anew."""
        self.write({"replan_pending": True})
        # sudo: the job belongs to nobody
        self.env.ref("complaint_handling.ir_cron_replan").sudo()._trigger()
