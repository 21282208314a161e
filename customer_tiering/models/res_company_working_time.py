from odoo import models

from .working_time import AroundTheClock


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_working_timeline(self, start, stop, calendar=None):
        """Return the working time of a team of this company.

        The given calendar, else the company's; where there is none, work goes on around the
        clock.

        :param start: first moment that will be asked about, naive UTC
        :param stop: last moment, a generous guess; the timeline grows by itself
        :raise UserError: if the calendar is flexible or has no hours
        """
        self.ensure_one()
        # sudo: the company's working hours are no secret of its settings
        calendar = calendar or self.sudo().resource_calendar_id
        if not calendar:
            return AroundTheClock()
        return calendar._get_timeline(start, stop, company=self)
