"""Working time in whole seconds: by hand at the borders, by an oracle everywhere else."""

import time
from datetime import date, datetime, timedelta
from random import Random

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from odoo.addons.customer_tiering.models.working_time import (
    AroundTheClock,
    HorizonError,
    Timeline,
    covered,
    get_week_slot,
    merge,
    subtract,
    to_day,
    to_moment,
    to_seconds,
)

from .common import TieringCase
from .working_time_oracle import run_cases

HOUR = 3600
WEEK = (datetime(2025, 6, 2), datetime(2025, 6, 30))
MORNING, AFTERNOON = (8, 12), (13, 17)


def at(text):
    return datetime.fromisoformat(text)


@tagged("post_install", "-at_install")
class TestTimeline(TransactionCase):
    """Plain arithmetic, no database."""

    def line(self, *spans, start="2025-06-02", stop="2025-06-09", rebuild=None):
        seconds = [(to_seconds(at(low)), to_seconds(at(high))) for low, high in spans]
        return Timeline(seconds, to_seconds(at(start)), to_seconds(at(stop)), rebuild)

    def setUp(self):
        super().setUp()
        self.two = self.line(
            ("2025-06-06 09:00", "2025-06-06 17:00"), ("2025-06-08 10:00", "2025-06-08 11:00")
        )

    def test_worked(self):
        for start, stop, hours in (
            ("2025-06-06 09:00", "2025-06-06 17:00", 8),
            ("2025-06-06 08:00", "2025-06-06 18:00", 8),
            ("2025-06-06 12:00", "2025-06-08 10:30", 5.5),
            ("2025-06-07 00:00", "2025-06-08 00:00", 0),
            ("2025-06-06 12:00", "2025-06-06 12:00", 0),
            ("2025-06-08 10:30", "2025-06-06 12:00", -5.5),
        ):
            self.assertEqual(self.two.worked(at(start), at(stop)), hours * HOUR)

    def test_what_fills_the_day_ends_at_closing_time(self):
        closing = at("2025-06-06 17:00")
        self.assertEqual(self.two.add(at("2025-06-06 09:00"), 8 * HOUR), closing)
        self.assertEqual(self.two.add(at("2025-06-06 16:59:59"), 1), closing)
        self.assertEqual(
            self.two.add(at("2025-06-06 09:00"), 8 * HOUR + 1), at("2025-06-08 10:00:01")
        )

    def test_from_closing_time_on_the_next_opening_counts(self):
        self.assertEqual(self.two.add(at("2025-06-06 17:00"), 1), at("2025-06-08 10:00:01"))

    def test_nothing_to_add_is_the_moment_itself(self):
        for moment in ("2025-06-06 12:00", "2025-06-06 17:00", "2025-06-07 03:00"):
            self.assertEqual(self.two.add(at(moment), 0), at(moment))

    def test_closing_time_is_not_working_time(self):
        answers = [
            self.two.is_working(at(f"2025-06-06 {hour}"))
            for hour in ("08:59:59", "09:00", "16:59:59", "17:00")
        ]
        self.assertEqual(answers, [False, True, True, False])

    def test_time_is_not_taken_away(self):
        with self.assertRaises(ValueError):
            self.two.add(at("2025-06-06 12:00"), -1)
        with self.assertRaises(ValueError):
            AroundTheClock().add(at("2025-06-06 12:00"), -1)

    def test_outside_the_horizon(self):
        with self.assertRaisesRegex(HorizonError, "known from 2025-06-02"):
            self.two.worked(at("2025-06-01"), at("2025-06-06"))
        with self.assertRaises(HorizonError):
            self.two.is_working(at("2025-06-09 00:00:01"))
        with self.assertRaises(HorizonError):
            self.two.add(at("2025-06-06 09:00"), 9 * HOUR + 1)

    def test_grows_where_it_can(self):
        def every_noon(start, stop):
            days = range(start // 86400 + 1, stop // 86400)
            return [(day * 86400 + 12 * HOUR, day * 86400 + 13 * HOUR) for day in days]

        line = self.line(rebuild=every_noon)
        self.assertEqual(line.add(at("2025-06-03"), 3 * HOUR), at("2025-06-05 13:00"))
        self.assertEqual(line.worked(at("2024-01-01"), at("2026-01-01")), 731 * HOUR)

    def test_no_working_time_in_sight(self):
        line = self.line(rebuild=lambda start, stop: [])
        self.assertEqual(line.worked(at("2025-06-02"), at("2035-06-02")), 0)
        with self.assertRaisesRegex(HorizonError, "in sight"):
            line.add(at("2025-06-02"), 1)

    def test_intervals_out_of_order_are_refused(self):
        with self.assertRaises(ValueError):
            Timeline([(5, 9), (1, 3)], 0, 10)
        with self.assertRaises(ValueError):
            Timeline([(1, 5), (4, 9)], 0, 10)
        with self.assertRaises(ValueError):
            Timeline([(1, 12)], 0, 10)

    def test_around_the_clock(self):
        line, start = AroundTheClock(), at("2025-06-06 17:00")
        self.assertEqual(line.worked(start, start + timedelta(days=2)), 48 * HOUR)
        self.assertEqual(line.add(start, 90), start + timedelta(seconds=90))
        self.assertTrue(line.is_working(start))

    def test_intervals(self):
        self.assertEqual(merge([(5, 7), (1, 3), (3, 4), (6, 9), (2, 2)]), [(1, 4), (5, 9)])
        self.assertEqual(
            subtract([(0, 10), (20, 30)], [(2, 3), (5, 22), (29, 40)]),
            [(0, 2), (3, 5), (22, 29)],
        )
        self.assertEqual(covered(2, 8, [(0, 3), (5, 6), (7, 9)]), 3)
        self.assertEqual(to_moment(to_seconds(WEEK[0])), WEEK[0])

    def test_weeks_alternate_as_in_core(self):
        core = self.env["resource.calendar.attendance"]
        for number in range(800):
            day = date(2024, 1, 1) + timedelta(days=number)
            slot = get_week_slot(to_day(day))
            self.assertEqual(divmod(slot, 7), (core.get_week_type(day), day.weekday()))

    def test_speed(self):
        hours = [(day * 86400 + 8 * HOUR, day * 86400 + 17 * HOUR) for day in range(20000, 20800)]
        line = Timeline(hours, 20000 * 86400, 20800 * 86400)
        moments = [to_moment(20000 * 86400 + number * 5000) for number in range(5000)]
        start = time.process_time()
        for moment in moments:
            line.add(moment, 100_000)
        # 5,000 answers of 0.05 ms
        self.assertLess(time.process_time() - start, 0.25)


class WorkCase(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.make_company("Anvil Works")

    @classmethod
    def make_calendar(cls, spans=(MORNING, AFTERNOON), weekdays=(0, 1, 2, 3, 4), **vals):
        """Create a calendar with the same hours on some weekdays."""
        lines = [
            {"name": "Shift", "dayofweek": str(day), "hour_from": start, "hour_to": stop}
            for day in weekdays
            for start, stop in spans
        ]
        return cls.env["resource.calendar"].create(
            {
                "name": "Hours",
                "company_id": cls.company.id,
                "tz": "UTC",
                "attendance_ids": [Command.create(line) for line in lines],
                **vals,
            }
        )

    @classmethod
    def make_leave(cls, start, stop, **vals):
        company_id = vals.pop("company_id", cls.company.id)
        leave = cls.env["resource.calendar.leaves"].create(
            {"name": "Off", "date_from": start, "date_to": stop, **vals}
        )
        # core computes the company on creation, whatever it is given
        leave.company_id = company_id
        return leave

    @classmethod
    def make_makeup_day(cls, day, dayofweek="0", **vals):
        return cls.env["resource.makeup.day"].create(
            {
                "name": "Make-up",
                "date": day,
                "dayofweek": dayofweek,
                "company_id": cls.company.id,
                **vals,
            }
        )


@tagged("post_install", "-at_install")
class TestCalendarTimeline(WorkCase):
    """What a calendar makes of its hours, times off and make-up days."""

    def hours_of(self, calendar, start, stop, **kwargs):
        line = calendar._get_timeline(*WEEK, **kwargs)
        return line.worked(at(start), at(stop)) / HOUR

    def test_oracle(self):
        """P12."""
        compared = run_cases(self, Random(20250606), worlds=26, cases_per_world=90)
        self.assertGreater(compared, 1500)

    def test_friday_at_closing_time(self):
        """The float arithmetic of core puts this on Monday."""
        line = self.make_calendar()._get_timeline(*WEEK)
        friday = at("2025-06-06 17:00")
        self.assertEqual(line.add(at("2025-06-04 08:00"), 24 * HOUR), friday)
        self.assertEqual(line.add(at("2025-06-06 16:00"), HOUR), friday)
        self.assertEqual(line.add(friday, 1), at("2025-06-09 08:00:01"))

    def test_lunch_is_no_work(self):
        line = self.make_calendar()._get_timeline(*WEEK)
        self.assertEqual(line.add(at("2025-06-02 08:00"), 4 * HOUR), at("2025-06-02 12:00"))
        self.assertEqual(line.add(at("2025-06-02 12:30"), 60), at("2025-06-02 13:01"))

    def test_hours_to_the_minute(self):
        line = self.make_calendar([(8 + 1 / 3, 16.7)])._get_timeline(*WEEK)
        self.assertEqual(line.worked(*WEEK) % (8 * HOUR + 22 * 60), 0)
        self.assertTrue(line.is_working(at("2025-06-02 08:20")))
        self.assertFalse(line.is_working(at("2025-06-02 16:42")))

    def test_day_that_ends_at_midnight(self):
        calendar = self.make_calendar([(0, 24)], range(7))
        self.assertEqual(self.hours_of(calendar, "2025-06-02", "2025-06-09"), 7 * 24)

    def test_day_off_ends_with_its_last_second(self):
        calendar = self.make_calendar([(0, 24)], range(7))
        self.make_leave("2025-06-03 00:00:00", "2025-06-03 23:59:59")
        self.assertEqual(self.hours_of(calendar, "2025-06-02", "2025-06-09"), 6 * 24)

    def test_whose_days_off(self):
        calendar = self.make_calendar()
        other = self.make_calendar()
        somebody = self.env["resource.resource"].create(
            {"name": "Ann", "calendar_id": calendar.id, "company_id": self.company.id}
        )
        day = {"start": "2025-06-03 00:00:00", "stop": "2025-06-03 23:59:59"}
        for vals, hours in (
            ({}, 32),
            ({"company_id": False}, 32),
            ({"calendar_id": calendar.id}, 32),
            ({"calendar_id": other.id}, 40),
            ({"company_id": self.other_company.id}, 40),
            ({"time_type": "other"}, 40),
            ({"resource_id": somebody.id}, 40),
        ):
            with self.subTest(vals=vals):
                leave = self.make_leave(**day, **vals)
                self.assertEqual(self.hours_of(calendar, "2025-06-02", "2025-06-09"), hours)
                leave.unlink()
        self.make_leave(**day, resource_id=somebody.id)
        self.assertEqual(self.hours_of(calendar, "2025-06-02", "2025-06-09", resource=somebody), 32)

    def test_calendar_shared_by_companies(self):
        calendar = self.make_calendar(company_id=False)
        self.make_leave("2025-06-03", "2025-06-03 23:59:59")
        for company, hours in ((self.company, 32), (self.other_company, 40)):
            self.assertEqual(
                self.hours_of(calendar, "2025-06-02", "2025-06-09", company=company), hours
            )

    def test_makeup_day(self):
        calendar = self.make_calendar([(9, 12)], [0, 1]) | self.make_calendar([(9, 10)], [0, 4])
        self.make_makeup_day("2025-06-08", "0")
        lines = calendar._get_timelines(*WEEK)
        sunday = at("2025-06-08"), at("2025-06-09")
        self.assertEqual([lines[one].worked(*sunday) / HOUR for one in calendar], [3, 1])

    def test_makeup_day_of_a_calendar_goes_before_that_of_all(self):
        calendar = self.make_calendar([(9, 12)], [0])
        calendar.attendance_ids = [
            Command.create({"name": "Short", "dayofweek": "4", "hour_from": 9, "hour_to": 10})
        ]
        self.make_makeup_day("2025-06-08", "0")
        self.make_makeup_day("2025-06-08", "4", calendar_id=calendar.id)
        self.assertEqual(self.hours_of(calendar, "2025-06-08", "2025-06-09"), 1)

    def test_makeup_day_replaces_the_hours_of_the_day(self):
        calendar = self.make_calendar([(9, 12)], [0])
        calendar.attendance_ids = [
            Command.create({"name": "Late", "dayofweek": "5", "hour_from": 14, "hour_to": 15})
        ]
        self.make_makeup_day("2025-06-07", "0")
        line = calendar._get_timeline(*WEEK)
        self.assertTrue(line.is_working(at("2025-06-07 09:00")))
        self.assertFalse(line.is_working(at("2025-06-07 14:00")))

    def test_makeup_day_off_for_another_reason(self):
        calendar = self.make_calendar()
        self.make_makeup_day("2025-06-08")
        self.make_leave("2025-06-08", "2025-06-08 23:59:59")
        self.assertEqual(self.hours_of(calendar, "2025-06-08", "2025-06-09"), 0)

    def test_clock_jumps_forward_and_back(self):
        calendar = self.make_calendar([(0, 6)], range(7), tz="Europe/Berlin")
        for start, stop, hours in (
            ("2025-03-29 23:00", "2025-03-30 22:00", 5),
            ("2025-10-25 22:00", "2025-10-26 23:00", 7),
            ("2025-10-26 23:00", "2025-10-27 23:00", 6),
        ):
            self.assertEqual(self.hours_of(calendar, start, stop), hours)

    def test_horizon_is_a_guess(self):
        calendar = self.make_calendar()
        line = calendar._get_timeline(at("2025-06-06 16:00"), at("2025-06-06 16:00"))
        self.assertEqual(line.add(at("2025-06-06 16:00"), 401 * HOUR), at("2025-08-15 17:00"))

    def test_flexible_hours_are_refused(self):
        calendar = self.make_calendar(schedule_type="flexible")
        with self.assertRaisesRegex(UserError, "flexible hours"):
            calendar._get_timeline(*WEEK)
        self.assertIn("flexible hours", calendar._get_timeline_problems()[calendar])

    def test_empty_hours_are_refused(self):
        calendar = self.make_calendar(spans=())
        with self.assertRaisesRegex(UserError, "no working hours"):
            calendar._get_timeline(*WEEK)

    def test_calendar_of_a_team_else_of_the_company_else_around_the_clock(self):
        """W6."""
        calendar = self.make_calendar([(9, 10)])
        monday = at("2025-06-02"), at("2025-06-03")
        company = self.company
        self.assertEqual(company._get_working_timeline(*WEEK, calendar).worked(*monday), HOUR)
        self.assertEqual(company._get_working_timeline(*WEEK).worked(*monday), 8 * HOUR)
        company.resource_calendar_id = False
        self.assertEqual(company._get_working_timeline(*WEEK).worked(*monday), 24 * HOUR)

    def test_least_rights(self):
        employee = self.make_user(None)
        self.make_makeup_day("2025-06-08")
        calendar = self.make_calendar().with_user(employee)
        self.assertEqual(self.hours_of(calendar, "2025-06-02", "2025-06-09"), 48)

    def test_many_calendars_at_once(self):
        calendars = self.env["resource.calendar"]
        for hour in range(8, 18):
            calendars |= self.make_calendar([(hour, hour + 1)])
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(8):
            calendars._get_timelines(*WEEK)


@tagged("post_install", "-at_install")
class TestMakeupDay(WorkCase):
    def test_weekday_nobody_works_on(self):
        calendar = self.make_calendar()
        with self.assertRaisesRegex(ValidationError, "Nobody works on this weekday"):
            self.make_makeup_day("2025-06-08", "6", calendar_id=calendar.id)

    def test_calendar_of_another_company(self):
        with self.assertRaises(UserError):
            self.make_makeup_day(
                "2025-06-08", calendar_id=self.other_company.resource_calendar_id.id
            )

    def test_once_a_day(self):
        calendar = self.make_calendar()
        for vals in ({}, {"calendar_id": calendar.id}):
            self.make_makeup_day("2025-06-08", **vals)
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.make_makeup_day("2025-06-08", **vals)
        self.make_makeup_day("2025-06-08", company_id=self.other_company.id)

    def test_rights(self):
        day = self.make_makeup_day("2025-06-08")
        stranger = self.make_user("manager", self.other_company)
        own, manager = self.make_user("own"), self.make_user("manager")
        self.assertEqual(day.with_user(own).date, day.date)
        with self.assertRaises(AccessError):
            day.with_user(own).name = "Mine"
        with self.assertRaises(AccessError):
            day.with_user(stranger).name = "Mine"
        with self.assertRaises(AccessError):
            day.with_user(self.make_user(None)).read(["name"])
        day.with_user(manager).name = "Dragon Boat Festival"
        with Form(self.env["resource.makeup.day"].with_user(manager)) as form:
            form.name = "National Day"
            form.date = "2025-10-11"
            form.dayofweek = "2"
