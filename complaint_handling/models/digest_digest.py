from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .kinds import AGENT


class DigestDigest(models.Model):
    """Two figures of complaints in the digest; who has no rights to complaints gets none."""

    _inherit = "digest.digest"

    kpi_complaints_late = fields.Boolean("Open Complaints breached")
    kpi_complaints_late_value = fields.Integer(compute="_compute_kpi_complaints_late_value")
    kpi_complaints_answered = fields.Boolean("Complaints answered within 24 Hours (%)")
    kpi_complaints_answered_value = fields.Float(
        digits=(16, 1), compute="_compute_kpi_complaints_answered_value"
    )

    def _compute_kpi_complaints_late_value(self):
        """Count complaints that are still open and of which a promise broke in the period."""
        start, end, __ = self._get_complaint_parameters()
        broken = Domain("kind", "!=", "task")
        broken &= Domain("date_breached", ">=", start) & Domain("date_breached", "<", end)
        self._set_complaint_figure(
            "kpi_complaints_late_value",
            "__count",
            Domain("case_id.clock_ids", "any", broken) & Domain("open_count", "=", 1),
        )

    def _compute_kpi_complaints_answered_value(self):
        """Return the share of the period's complaints that were answered within a day."""
        start, end, __ = self._get_complaint_parameters()
        self._set_complaint_figure(
            "kpi_complaints_answered_value",
            "answered_percent:avg",
            Domain("case_id.date_received", ">=", start)
            & Domain("case_id.date_received", "<", end),
        )

    def _get_complaint_parameters(self):
        if not self.env.user.has_group(AGENT):
            # as core does: the digest leaves this figure out
            raise AccessError(self.env._("No figures of complaints without rights to complaints."))
        return self._get_kpi_compute_parameters()

    def _set_complaint_figure(self, name, aggregate, domain):
        """Set a figure of complaints, of each digest's company."""
        companies = self._get_kpi_compute_parameters()[2]
        rows = self.env["complaint.report"]._read_group(
            domain & Domain("kind", "=", "complaint") & Domain("company_id", "in", companies.ids),
            ["company_id"],
            [aggregate],
        )
        values = {company.id: value for company, value in rows}
        for digest in self:
            digest[name] = values.get((digest.company_id or self.env.company).id) or 0

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("complaint_handling.complaint_handling_menu_root").id
        action = f"complaint_handling.complaint_report_action?menu_id={menu}"
        return {**actions, "kpi_complaints_late": action, "kpi_complaints_answered": action}
