from odoo import api, fields, models
from odoo.fields import Domain

from .complaint_case_replan_job import AT_ONCE
from .kinds import MANAGER


class ResourceCalendar(models.Model):
    """Open promises run in working hours, and follow when these change."""

    _inherit = "resource.calendar"

    promise_fingerprint = fields.Char(
        copy=False,
        readonly=True,
        groups="base.group_system",
        help="What these working hours consisted of when promises last followed them.",
    )
    open_promise_count = fields.Integer(
        string="Open Promises", compute="_compute_open_promise_count", groups=MANAGER
    )

    @api.depends_context("uid")
    def _compute_open_promise_count(self):
        # sudo: how many, also of other teams' cases
        rows = (
            self.env["complaint.sla.clock"]
            .sudo()
            ._read_group(self._get_open_promise_domain(), ["resource_calendar_id"], ["__count"])
        )
        counts = {calendar.id: count for calendar, count in rows}
        for calendar in self:
            calendar.open_promise_count = counts.get(calendar.id, 0)

    def _get_open_promise_domain(self):
        return (
            Domain("resource_calendar_id", "in", self.ids)
            & Domain("is_open", "=", True)
            & Domain("is_working", "=", True)
            & Domain("company_id", "in", self.env.companies.ids)
        )

    def _get_open_promises(self):
        """Return the clocks that run in these working hours, in the companies of the user."""
        # sudo: promises are the company's, whatever teams its manager may look into
        return self.env["complaint.sla.clock"].sudo().search(self._get_open_promise_domain())

    def action_preview_promises(self):
        """Show which open promises these working hours move."""
        self.ensure_one()
        return self.env["complaint.replan"]._open_for_hours(self)

    def _follow_now(self):
        """Let open promises follow these working hours; very many of them are left to the job."""
        clocks = self._get_open_promises()
        if len(clocks) <= AT_ONCE:
            clocks._follow_hours_of(clocks)
            return
        clocks.hours_changed = True
        # sudo: the job belongs to nobody
        self.env.ref("complaint_handling.ir_cron_replan").sudo()._trigger()

    def _with_those_that_rely_on_them(self):
        """Return also the working hours that cannot be used, in whose place a company's hold."""
        unusable = self.search([("flexible_hours", "=", True)]) | self.search(
            [("attendance_ids", "=", False)]
        )
        return self | unusable
