from collections import defaultdict
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from pytz import timezone

from .working_time import (
    DAY,
    Timeline,
    get_hours,
    get_offsets,
    merge,
    move_clock,
    subtract,
    to_day,
    to_moment,
    to_seconds,
)

NOON = DAY // 2


class WorkPlan(NamedTuple):
    """Whose working time is asked for, in plain values.

    ``calendar_id`` False and a flexible calendar stand for ``day_seconds`` around noon from
    Monday to Friday. Hours, make-up days and days off of the company hold on a clock in ``tz``.
    """

    calendar_id: int
    company_id: int
    tz: str
    resource_ids: tuple = ()
    day_seconds: int = 0


class WorkParts(NamedTuple):
    """What makes up working time, as merged intervals in seconds."""

    hours: list
    closed: list  # days off of the company
    away: list  # leaves of the resources


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    # ------------------------------------------------------------
    # Timelines
    # ------------------------------------------------------------

    def _get_timeline(self, start, stop, company=None, resource=None):
        """Return the working time of this calendar, see :meth:`_get_timelines`."""
        self.ensure_one()
        return self._get_timelines(start, stop, company, resource)[self]

    def _get_timelines(self, start, stop, company=None, resource=None):
        """Return the working time of calendars, in whole seconds.

        Attendances in the calendar's time zone, plus make-up working days, minus days off of
        the company or of none. Build them once per job and ask often; they grow by themselves
        where a question leaves the horizon, and are good for one transaction.

        :param start: first moment that will be asked about, naive UTC
        :param stop: last moment, a generous guess
        :param company: whose make-up days and days off count; default: the calendar's
        :param resource: records whose own leaves are taken off, too
        :return: ``{calendar: Timeline}``
        :raise UserError: if a calendar is flexible or has no hours
        """
        self._check_fixed_hours()
        plans = {
            calendar: WorkPlan(
                calendar.id,
                (company or calendar.company_id or self.env.company).id,
                calendar.tz,
                tuple(resource.ids) if resource else (),
            )
            for calendar in self
        }
        timelines = self._build_timelines(start, stop, set(plans.values()))
        return {calendar: timelines[plan] for calendar, plan in plans.items()}

    def _get_timeline_problems(self):
        """Return ``{calendar: sentence}`` for those that cannot tell when working time runs."""
        # sudo: hours of work are no secret
        weeks = self.sudo()._get_weeks()
        problems = {}
        for calendar in self:
            if calendar.flexible_hours:
                problems[calendar] = self.env._(
                    "“%(calendar)s” has flexible hours, so nobody can tell when working time "
                    "runs. Choose working hours with fixed times.",
                    calendar=calendar.display_name,
                )
            elif not any(weeks[calendar.id]):
                problems[calendar] = self.env._(
                    "“%(calendar)s” has no working hours, so working time never runs. Enter its "
                    "hours, or choose other working hours.",
                    calendar=calendar.display_name,
                )
        return problems

    def _check_fixed_hours(self):
        if problems := self._get_timeline_problems():
            raise UserError("\n".join(problems.values()))

    @api.model
    def _build_timelines(self, start, stop, plans):
        """Return ``{plan: Timeline}`` with a handful of queries for all plans."""
        first, last = to_seconds(start), to_seconds(stop)
        parts = self._get_work_parts(first, last, plans)
        return {plan: self._make_timeline(first, last, plan, parts[plan]) for plan in plans}

    @api.model
    def _make_timeline(self, first, last, plan, parts):
        working = subtract(parts.hours, merge(parts.closed + parts.away))
        return Timeline(working, first, last, partial(self._rebuild_working, plan))

    @api.model
    def _rebuild_working(self, plan, first, last):
        """Return the working intervals of one plan over a wider horizon."""
        parts = self._get_work_parts(first, last, [plan])[plan]
        return subtract(parts.hours, merge(parts.closed + parts.away))

    # ------------------------------------------------------------
    # Parts of working time
    # ------------------------------------------------------------

    @api.model
    def _get_work_parts(self, first, last, plans):
        """Return ``{plan: WorkParts}`` between two moments in seconds."""
        # sudo: opening hours and times off without their reasons
        calendars = self.sudo().browse({plan.calendar_id for plan in plans if plan.calendar_id})
        weeks = calendars._get_weeks()
        makeup_days = calendars._get_makeup_days(first, last, plans)
        closed, away = calendars._get_times_off(first, last, plans)
        zones = {name: timezone(name) for name in {plan.tz for plan in plans}}
        offsets = {name: get_offsets(tz, first, last) for name, tz in zones.items()}
        shared = {}
        for plan in {plan._replace(resource_ids=()) for plan in plans}:
            calendar = calendars.browse(plan.calendar_id)
            shared[plan] = (
                get_hours(
                    weeks.get(plan.calendar_id) or self._get_standard_weeks(plan.day_seconds),
                    offsets[plan.tz],
                    makeup_days[plan.company_id, plan.calendar_id],
                ),
                self._on_clock(closed[plan.company_id, plan.calendar_id], calendar.tz, plan.tz),
            )
        return {
            plan: WorkParts(
                *shared[plan._replace(resource_ids=())],
                merge(leave for resource in plan.resource_ids for leave in away[resource]),
            )
            for plan in plans
        }

    def _get_weeks(self):
        """Return ``{calendar id: 14 lists of (start, stop)}`` in seconds of the local day.

        The first week's Monday to Sunday, then the second's. Flexible calendars are left out.
        """
        fixed = self.filtered(lambda calendar: not calendar.flexible_hours)
        rows = {calendar.id: [[] for _slot in range(14)] for calendar in fixed}
        attendances = self.env["resource.calendar.attendance"].search(
            [("calendar_id", "in", fixed.ids)]
        )
        for line in attendances.filtered(lambda line: line._is_work_period()):
            # to the minute, as the screen shows it: 8:20 is stored as 8.33…
            span = (round(line.hour_from * 60) * 60, round(line.hour_to * 60) * 60)
            calendar = line.calendar_id
            types = [int(line.week_type or 0)] if calendar.two_weeks_calendar else [0, 1]
            for week_type in types:
                rows[calendar.id][7 * week_type + int(line.dayofweek)].append(span)
        return {calendar: [merge(spans) for spans in weeks] for calendar, weeks in rows.items()}

    @api.model
    def _get_standard_weeks(self, day_seconds):
        """Return weeks of who has no fixed hours: so much around noon, Monday to Friday."""
        day = [(NOON - day_seconds // 2, NOON + day_seconds - day_seconds // 2)]
        return 2 * ([day] * 5 + [[], []])

    @api.model
    def _get_makeup_days(self, first, last, plans):
        """Return ``{(company id, calendar id): {day since 1970: weekday}}``."""
        companies = {plan.company_id for plan in plans}
        days = self.env["resource.makeup.day"].search_fetch(
            [
                ("company_id", "in", list(companies)),
                # a local day may begin before the day of UTC and end after it
                ("date", ">=", to_moment(first - DAY).date()),
                ("date", "<=", to_moment(last + DAY).date()),
            ],
            ["date", "dayofweek", "company_id", "calendar_id"],
        )
        found = defaultdict(dict)
        for day in days:
            key = day.company_id.id, day.calendar_id.id
            found[key][to_day(day.date)] = int(day.dayofweek)
        return {
            (plan.company_id, plan.calendar_id): {
                **found[plan.company_id, False],
                **found[plan.company_id, plan.calendar_id],
            }
            for plan in plans
        }

    @api.model
    def _get_times_off(self, first, last, plans):
        """Return the leaves of companies per (company id, calendar id) and those per resource."""
        companies = {plan.company_id for plan in plans}
        calendars = {plan.calendar_id for plan in plans} - {False}
        resources = {resource for plan in plans for resource in plan.resource_ids}
        general = (
            Domain("resource_id", "=", False)
            & Domain("company_id", "in", [False, *companies])
            & Domain("calendar_id", "in", [False, *calendars])
        )
        # a day more on both sides: they may be moved to the clock of another zone
        leaves = self.env["resource.calendar.leaves"].search_fetch(
            Domain("time_type", "=", "leave")
            & Domain("date_from", "<", to_moment(last + DAY))
            & Domain("date_to", ">", to_moment(first - DAY))
            & (general | Domain("resource_id", "in", list(resources))),
            ["resource_id", "company_id", "calendar_id", "date_from", "date_to"],
        )
        away, rows = defaultdict(list), []
        for leave in leaves:
            span = (to_seconds(leave.date_from), self._get_leave_end(leave))
            if leave.resource_id:
                away[leave.resource_id.id].append(span)
            else:
                rows.append((leave.company_id.id, leave.calendar_id.id, span))
        closed = {}
        for company_id, calendar_id in {(plan.company_id, plan.calendar_id) for plan in plans}:
            closed[company_id, calendar_id] = merge(
                span
                for company, calendar, span in rows
                if company in (False, company_id) and calendar in (False, calendar_id)
            )
        return closed, away

    @api.model
    def _get_leave_end(self, leave):
        """Return the end of a leave in seconds.

        Core ends a day at 23:59:59, and the last second of a minute belongs to it.
        """
        return to_seconds(leave.date_to + timedelta(seconds=leave.date_to.second == 59))

    @api.model
    def _on_clock(self, intervals, from_tz, to_tz):
        """Move days off to the clock of another zone: a holiday is a date, wherever one works."""
        if not from_tz or from_tz == to_tz:
            return intervals
        zones = timezone(from_tz), timezone(to_tz)
        return merge([tuple(move_clock(edge, *zones) for edge in span) for span in intervals])
