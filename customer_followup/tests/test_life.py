"""Eight weeks of nights and working days, in three time zones; `make soak` lives two years."""

import random
from datetime import date, datetime, timedelta

import pytz
from freezegun import freeze_time
from odoo.tests import tagged

from .common import FollowupCase


class LifeCase(FollowupCase):
    """People do most of what they have to, some of it late, some unplanned, some never."""

    start = date(2024, 7, 1)
    weeks = 8

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = random.Random(4)
        cls.company.go_live_date = cls.start
        cls.anna.tz, cls.tom.tz, cls.leader.tz = "Asia/Shanghai", "America/Los_Angeles", "UTC"
        cls.people = (cls.anna, cls.tom, cls.leader)
        cls.contacts = 0
        with freeze_time(datetime.combine(cls.start, datetime.min.time())):
            cls.customers = cls.make_customers()
        cls.neglected = cls.customers[0]

    @classmethod
    def make_customers(cls):
        """Create customers of a close rhythm; nobody ever cares for the first."""
        cls.make_cadence(
            [
                ("visit", 4, "week", {"tolerance_days": 6, "counts_for": "call"}),
                ("call", 2, "week", {"tolerance_days": 3}),
            ],
            service_class="key",
        )
        return [
            cls.make_customer(f"Customer {number}", cls.people[number % 3]) for number in range(12)
        ]

    def live(self):
        """Live night by night and day by day, and look at everything each morning."""
        for number in range(7 * self.weeks):
            day = self.start + timedelta(days=number)
            self.before_night(day)
            self.plan(f"{day} 02:00:00")
            self.check_night(day)
            with freeze_time(f"{day} 16:00:00"):
                self.work(day)
        self.check_history()

    def before_night(self, day):
        """What else happens, e.g. grading."""

    # ------------------------------------------------------------
    # What people do
    # ------------------------------------------------------------

    def work(self, day):
        """Let everybody do most of his day, at 16:00 UTC: another day in Shanghai."""
        for user in self.people:
            today = datetime.now(pytz.timezone(user.tz)).date()
            if today.weekday() > 4:
                continue
            open_touches = self.Touch.search(
                [("user_id", "=", user.id), ("state", "=", "planned")]
            ).filtered(lambda touch, today=today: touch._local_day() <= today)
            for touch in open_touches:
                self.do(touch.with_user(user), today)
            if self.random.random() < 0.1:
                customer = self.random.choice(self.customers)
                if customer.user_id == user:
                    kind = self.random.choice(("call", "visit"))
                    self.Touch.with_user(user).log_contact(customer.id, kind)
                    type(self).contacts += 1

    def do(self, touch, today):
        if touch.state != "planned":
            return  # another contact counted for it
        if touch.partner_id == self.neglected:
            return  # nobody cares for this one
        chance = self.random.random()
        done = {"call": "reached", "visit": "met"}.get(touch.kind, "sent")
        if chance < 0.6:
            touch.record_outcome(self.outcome(done).id)
            type(self).contacts += 1
        elif chance < 0.75:
            attempt = {"call": "no_answer", "visit": "not_in"}.get(touch.kind, done)
            touch.record_outcome(self.outcome(attempt).id)
        elif chance < 0.8:
            touch.date_planned = touch._moved_to(today + timedelta(days=2))
        elif chance < 0.83:
            touch.action_cancel()

    # ------------------------------------------------------------
    # What must hold
    # ------------------------------------------------------------

    def get_wanted(self):
        """Return ``{customer: lines of his rhythm that a person carries out}``."""
        rows = self.env.execute_query(self.cadences._customer_sql(self.company))
        wanted = {}
        for partner_id, *__, cadence_id in rows:
            lines = self.cadences.browse(cadence_id or []).line_ids
            wanted[self.env["res.partner"].browse(partner_id)] = lines.filtered(
                lambda line: line.mode == "person"
            )
        return wanted

    def check_night(self, day):
        """Each customer has one open follow-up a line, or a visit that counts for it."""
        touches = self.Touch.search(
            [("company_id", "=", self.company.id), ("state", "=", "planned")]
        )
        wanted, by_customer = self.get_wanted(), touches.grouped("partner_id")
        for customer, lines in wanted.items():
            mine = by_customer.get(customer, self.Touch)
            for line in lines:
                found = mine.filtered(lambda touch, line=line: touch.cadence_line_id == line)
                covered = line.kind == "call" and mine.filtered(lambda touch: touch.kind == "visit")
                self.assertLessEqual(len(found), 1)
                self.assertTrue(found or covered, f"{customer.name} {line.kind} {day}")
        rhythm = touches.filtered(
            lambda touch: touch.origin == "cadence" and not touch.is_appointment
        )
        self.assertLessEqual(len(rhythm), sum(len(lines) for lines in wanted.values()))
        for touch in touches:
            now = touch._local_day(datetime.combine(day, datetime.min.time().replace(hour=2)))
            last = max(touch.date_latest, touch._local_day())
            self.assertGreaterEqual(last, now, "open although its window is over")
            near = touch._local_day() <= now + timedelta(days=14)
            self.assertEqual(bool(touch.activity_ids), near, f"{touch._local_day()} {now}")

    def check_history(self):
        """Look at all of it from outside: windows, misses, double contacts, number of rows."""
        touches = self.Touch.search([("company_id", "=", self.company.id)])
        rhythm = touches.filtered(lambda touch: touch.origin == "cadence")
        done = rhythm.filtered(lambda touch: touch.state == "done")
        self.assertGreater(len(done), self.weeks)
        for touch in done:
            day = touch._local_day(touch.date_done)
            self.assertGreaterEqual(day, touch.date_earliest)
            self.assertEqual(touch.is_late, day > touch.date_latest)
        missed = rhythm.filtered(lambda touch: touch.state == "missed")
        self.assertIn(self.neglected, missed.partner_id, "and shown as such")
        for touch in rhythm.filtered(lambda touch: touch.cancel_reason == "satisfied"):
            self.assertTrue(touch.satisfied_by_id.is_contact)
            self.assertEqual(touch.satisfied_by_id.partner_id, touch.partner_id)
        for customer in self.customers:
            mine = touches.filtered(lambda touch, customer=customer: touch.partner_id == customer)
            visits = mine.filtered(lambda touch: touch.kind == "visit" and touch.is_contact)
            calls = mine.filtered(
                lambda touch: touch.kind == "call"
                and touch.state == "done"
                and touch.origin == "cadence"
            )
            for call in calls:
                doubled = visits.filtered(
                    lambda visit, call=call: call.date_earliest
                    <= visit._local_day(visit.date_done)
                    <= call._local_day(call.date_done)
                    and visit.date_done < call.date_done
                    and visit.date_done > call.create_date
                )
                self.assertFalse(doubled, "a visit had counted for this call")
        counted = touches.filtered(lambda touch: touch.state == "done")
        self.assertEqual(len(counted), self.contacts, "one row per contact")
        self.check_mails()


@tagged("post_install", "-at_install")
class TestLife(LifeCase):
    def test_every_window_is_kept_or_missed_and_shown(self):
        self.live()
