from collections import defaultdict
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from pytz import timezone

from .resource_calendar import WorkPlan
from .working_time import SECOND, Timeline, covered, get_day_start, merge, subtract, to_seconds

#: hours a day of who has no fixed ones
STANDARD_HOURS = 8


class ResUsers(models.Model):
    """Who works on which day, who is away, and who acts for him.

    Days are those of the person: they begin at midnight in his time zone, and his working
    hours hold on his own clock. Every method answers for many persons and days at once, with a
    handful of queries; without ``company`` each person is asked about for his current one.
    """

    _inherit = "res.users"

    deputy_id = fields.Many2one(
        "res.users",
        domain="[('share', '=', False), ('id', '!=', id)]",
        index="btree_not_null",
        groups="customer_tiering.customer_tiering_group_own",
        help="Looks after this user's customers while he is away. If the deputy is away, too, "
        "the deputy's deputy does, else the nearest leader who is there.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "deputy_id"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "deputy_id"]

    @api.constrains("deputy_id")
    def _check_deputy_id(self):
        # sudo: who has no customers to care for may not read the field
        for user in self.sudo().filtered("deputy_id"):
            if user.deputy_id == user:
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot be his own deputy: choose another person in “Deputy”.",
                        user=user.name,
                    )
                )
            if user.share or user.deputy_id.share:
                raise ValidationError(
                    self.env._("Only internal users stand in for one another: choose a colleague.")
                )

    # ------------------------------------------------------------
    # Working time
    # ------------------------------------------------------------

    def _get_working_timelines(self, start, stop, company=None):
        """Return each user's working time less days off and his own leaves.

        Hours of his resource's calendar, else of the company's. Who has no fixed hours works
        his calendar's average a day (else eight hours) around noon, Monday to Friday.

        :return: ``{user id: Timeline}``
        """
        plans = self._get_work_plans(company)
        timelines = self.env["resource.calendar"]._build_timelines(start, stop, set(plans.values()))
        return {user_id: timelines[plan] for user_id, plan in plans.items()}

    def _get_working_seconds(self, days, company=None):
        """Return ``{(user id, date): whole seconds}`` of working time on the users' own days."""
        work = self._get_work_days(days, company)
        totals = {
            plan: work.get_seconds(plan, parts.closed, parts.away)
            for plan, parts in work.parts.items()
        }
        return {
            (user_id, day): seconds
            for user_id, plan in work.plans.items()
            for day, seconds in totals[plan].items()
        }

    def _get_free_days(self, days, company=None):
        """Return ``{(user id, date)}`` on which only a day off of the company gives time off."""
        work = self._get_work_days(days, company)
        free = {}
        for plan, parts in work.parts.items():
            opened, left = work.get_seconds(plan), work.get_seconds(plan, parts.closed)
            free[plan] = [day for day, seconds in opened.items() if seconds and not left[day]]
        return {(user_id, day) for user_id, plan in work.plans.items() for day in free[plan]}

    @api.model
    def _get_day_bounds(self, days, tz):
        """Return ``[(date, its first moment, the next day's first moment)]`` of local days."""
        zone = timezone(tz)
        return [
            (day, get_day_start(zone, day), get_day_start(zone, day + timedelta(days=1)))
            for day in days
        ]

    def _get_work_days(self, days, company=None):
        """Return the :class:`WorkDays` of these users."""
        days = sorted(set(days))
        plans = self._get_work_plans(company)
        if not days or not plans:
            return WorkDays({}, {}, {}, 0, 0)
        # local days begin and end up to a day apart from those of UTC
        first = to_seconds(datetime.combine(days[0] - timedelta(days=1), time.min))
        last = to_seconds(datetime.combine(days[-1] + timedelta(days=3), time.min))
        parts = self.env["resource.calendar"]._get_work_parts(first, last, set(plans.values()))
        zones = {plan.tz for plan in parts}
        bounds = {tz: self._get_day_bounds(days, tz) for tz in zones}
        return WorkDays(plans, parts, bounds, first, last)

    def _get_work_plans(self, company=None):
        """Return ``{user id: WorkPlan}``."""
        # sudo: of the persons, whose hours hold on which clock; nothing of their files
        users = self.sudo()
        resources = defaultdict(users.env["resource.resource"].browse)
        for resource in resources.default_factory().search([("user_id", "in", users.ids)]):
            resources[resource.user_id.id] += resource
        plans = {}
        for user in users:
            at = company or user.company_id
            mine = resources[user.id]
            resource = mine.filtered(lambda one, at=at: one.company_id == at)[:1] or mine[:1]
            calendar = resource.calendar_id or at.sudo().resource_calendar_id
            plans[user.id] = WorkPlan(
                calendar.id,
                at.id,
                user.tz or resource.tz or calendar.tz or "UTC",
                tuple(mine.ids),
                self._get_standard_day(calendar),
            )
        return plans

    @api.model
    def _get_standard_day(self, calendar):
        """Return the seconds a day of who has no fixed hours, 0 of who has."""
        if calendar and not calendar.flexible_hours:
            return 0
        return round((calendar.hours_per_day or STANDARD_HOURS) * 3600)

    # ------------------------------------------------------------
    # Who is away, and who acts for him
    # ------------------------------------------------------------

    def _get_absent(self, days, company=None):
        """Return ``{(user id, date)}`` of those who are away themselves.

        Archived; on leave for all of that day's working time (for the whole day where there is
        none); out of office for at least half of it. Days off of the whole company are not
        absences, see :meth:`_get_free_days`.
        """
        # sudo: who is there at all
        present = self.sudo().filtered("active")
        return self._get_absent_in(present._get_work_days(days, company), days)

    def _get_absent_in(self, work, days):
        """Answer :meth:`_get_absent` from the :class:`WorkDays` of those who are active."""
        # sudo: when somebody is out of office
        users = self.sudo()
        gone = users.filtered(lambda user: not user.active)
        absent = {(user.id, day) for user in gone for day in days}
        for user in users - gone:
            plan = work.plans.get(user.id)
            if plan and work.parts[plan].away:
                away = work.parts[plan].away
                absent |= {(user.id, day) for day in work.get_away(plan, away, share=1)}
            if plan and user.out_of_office_from:
                away = [user._get_out_of_office(work.last)]
                absent |= {(user.id, day) for day in work.get_away(plan, away, share=2)}
        return absent

    def _get_out_of_office(self, last):
        """Return core's out-of-office in seconds; without an end it lasts."""
        start = to_seconds(self.out_of_office_from)
        return start, to_seconds(self.out_of_office_to) if self.out_of_office_to else max(
            start, last
        )

    def _get_stand_ins(self, days, company=None):
        """Return who acts for these users on days they are away.

        The deputy, else his deputy and so on, else the nearest leader: the first of them who
        is there and may enter the company.

        :return: ``{(user id, date): user id}`` of the absent ones, False where there is nobody
        """
        absent = self._get_absent(days, company)
        # sudo: who stands in for whom, and for which companies
        people = self.sudo().browse(sorted({user_id for user_id, _day in absent}))
        orders = people._get_stand_in_orders()
        candidates = self.sudo().browse({one.id for order in orders.values() for one in order})
        return self._choose_stand_ins(
            absent, orders, candidates._get_absent(days, company), company
        )

    def _choose_stand_ins(self, absent, orders, away, company=None):
        """Return for each absence the first of the order who is there.

        :param absent: ``{(user id, date)}`` to find somebody for
        :param orders: as from :meth:`_get_stand_in_orders`
        :param away: ``{(user id, date)}`` of the candidates' own absences
        """
        fit = {
            user: [one for one in order if one._may_stand_in(company or user.company_id)]
            for user, order in orders.items()
        }
        return {
            (user_id, day): next(
                (one.id for one in fit[self.sudo().browse(user_id)] if (one.id, day) not in away),
                False,
            )
            for user_id, day in absent
        }

    def _get_stand_in_orders(self):
        """Return ``{user: users who may be asked to act for him, first first}``."""
        known = level = self
        while level := level.deputy_id - known:
            known |= level
        leaders = {int(part) for user in self for part in (user.care_path or "").split("/") if part}
        self.browse(leaders).fetch(["care_manager_id"])
        orders = {}
        for user in self:
            order = self.browse()
            deputy = user.deputy_id
            while deputy and deputy not in order:
                order += deputy
                deputy = deputy.deputy_id
            orders[user] = (order | user._get_care_managers()) - user
        return orders

    def _may_stand_in(self, company):
        self.ensure_one()
        return self.active and not self.share and company in self.company_ids


class WorkDays:
    """Working time of many persons on their local days.

    :param plans: ``{user id: WorkPlan}``
    :param parts: ``{plan: WorkParts}``, known from ``first`` to ``last`` in seconds
    :param bounds: ``{time zone: [(date, first moment, next day's first moment)]}``
    """

    def __init__(self, plans, parts, bounds, first, last):
        self.plans, self.parts, self.bounds = plans, parts, bounds
        self.first, self.last = first, last

    def get_seconds(self, plan, *times_off):
        """Return ``{date: working seconds}`` of a plan outside of some times off."""
        holes = merge(span for spans in times_off for span in spans)
        line = Timeline(subtract(self.parts[plan].hours, holes), self.first, self.last)
        return {day: line.worked(start, stop) for day, start, stop in self.bounds[plan.tz]}

    def get_away(self, plan, away, share):
        """Return the dates of which intervals take a share: 1 = all, 2 = at least half.

        Of the working time, of the whole day where there is none.
        """
        closed = self.parts[plan].closed
        opened, left = self.get_seconds(plan, closed), self.get_seconds(plan, closed, away)
        dates = []
        for day, start, stop in self.bounds[plan.tz]:
            whole, rest = opened[day], left[day]
            if not whole:
                whole = (stop - start) // SECOND
                rest = whole - covered(to_seconds(start), to_seconds(stop), away)
            if (rest == 0) if share == 1 else (2 * rest <= whole):
                dates.append(day)
        return dates
