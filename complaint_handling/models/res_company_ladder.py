from datetime import datetime

from odoo import models
from pytz import timezone

from odoo.addons.customer_tiering.models.working_time import get_day_start


class ResCompany(models.Model):
    """From when on lateness has consequences."""

    _inherit = "res.company"

    def _get_ladder_starts(self):
        """Return ``{company: first moment of the day it went live}``, in its own time zone."""
        starts = {}
        for company in self:
            # sudo: the time zone of the company is no secret
            zone = timezone(company.sudo().resource_calendar_id.tz or "UTC")
            day = company.go_live_date
            starts[company] = get_day_start(zone, day) if day else datetime.min
        return starts

    def write(self, vals):
        result = super().write(vals)
        if "go_live_date" in vals:
            self.env["complaint.sla.clock"]._plan_later([("company_id", "in", self.ids)])
        return result
