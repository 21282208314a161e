"""Figures of a case that are counted once, when it happens: working hours have no history."""

from odoo import api, fields, models

from odoo.addons.customer_tiering.models.working_time import AroundTheClock


class ComplaintCase(models.Model):
    _inherit = "complaint.case"

    response_work_seconds = fields.Integer(
        compute="_compute_response_work_seconds",
        store=True,
        help="Working time from receipt to the first answer, in the hours of the team.",
    )
    resolve_work_seconds = fields.Integer(
        compute="_compute_resolve_work_seconds",
        store=True,
        help="Working time until the solution in which the promise to solve it ran, in the hours "
        "of the team: waiting, and the time between a solution and its reopening, do not count.",
    )

    # Depends on dates only: a calendar that changes later must not change what was counted.
    @api.depends("date_received", "date_first_response", "date_communicated")
    def _compute_response_work_seconds(self):
        spans = {
            case: [(case.date_received, moment)]
            for case in self
            if (moment := case.date_first_response or case.date_communicated)
        }
        self._count_working_time("response_work_seconds", spans)

    @api.depends("date_received", "date_resolved")
    def _compute_resolve_work_seconds(self):
        spans = {case: case._get_solving_spans() for case in self if case.date_resolved}
        self._count_working_time("resolve_work_seconds", spans)

    def _get_solving_spans(self):
        """Return when the promise to solve it ran, all runs, as pairs of moments.

        Without such a promise: from receipt to the solution.
        """
        self.ensure_one()
        end = self.date_resolved
        intervals = self.clock_ids.filtered(lambda clock: clock.kind == "resolve").interval_ids
        spans = [
            (interval.date_start, min(interval.date_stop or end, end))
            for interval in intervals
            if interval.state == "running"
        ]
        return spans or [(self.date_received, end)]

    def _count_working_time(self, name, spans):
        """Set a field to the working time in spans of time, 0 where there are none.

        :param spans: ``{case: [(start, stop)]}``
        """
        (self - self.browse([case.id for case in spans]))[name] = 0
        if not spans:
            return
        cases = self.browse([case.id for case in spans])
        moments = [moment for pairs in spans.values() for pair in pairs for moment in pair]
        timelines = cases._get_working_timelines(min(moments), max(moments))
        for case in cases:
            case[name] = sum(
                timelines[case].worked(start, stop) for start, stop in spans[case] if stop > start
            )

    def _get_working_timelines(self, first, last):
        """Return ``{case: timeline}`` of the hours of each case's team; each is built once.

        Without usable hours every hour counts, as it does for promises.
        """
        around, built, timelines = AroundTheClock(), {}, {}
        for case, (calendar, _notice) in self._get_calendars().items():
            company = case.company_id
            if not calendar:
                timelines[case] = around
                continue
            if (company, calendar) not in built:
                # sudo: hours of work are no secret
                built[company, calendar] = company.sudo()._get_working_timeline(
                    first, last, calendar.sudo()
                )
            timelines[case] = built[company, calendar]
        return timelines
