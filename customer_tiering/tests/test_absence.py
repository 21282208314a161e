"""Who works on which day, who is away, and who acts for him."""

from datetime import date, timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_working_time import HOUR, WorkCase

MONDAY, TUESDAY, WEDNESDAY = (date(2025, 6, day) for day in (2, 3, 4))
SATURDAY = date(2025, 6, 7)
WEEK = [MONDAY + timedelta(days=number) for number in range(7)]


class AbsenceCase(WorkCase):
    """A chief, his leader and two sellers, who work 8 to 12 and 13 to 17 in UTC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chief = cls.make_user("team", tz="UTC")
        cls.leader = cls.make_user("team", tz="UTC", care_manager_id=cls.chief.id)
        cls.ann, cls.bob = (
            cls.make_user("own", tz="UTC", care_manager_id=cls.leader.id) for _number in range(2)
        )
        cls.team = cls.chief | cls.leader | cls.ann | cls.bob

    @classmethod
    def make_resource(cls, user, **vals):
        return cls.env["resource.resource"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "company_id": cls.company.id,
                "calendar_id": cls.company.resource_calendar_id.id,
                "tz": user.tz,
                **vals,
            }
        )

    @classmethod
    def send_away(cls, user, start=MONDAY, stop=WEEK[-1]):
        """Take a user's whole days off."""
        resource = user.resource_ids[:1] or cls.make_resource(user)
        return cls.make_leave(f"{start} 00:00:00", f"{stop} 23:59:59", resource_id=resource.id)

    def days_away(self, user, days=WEEK):
        absent = user._get_absent(days)
        self.assertLessEqual({user_id for user_id, _day in absent}, set(user.ids))
        return sorted(day for _user_id, day in absent)

    def hours_of(self, user, days=WEEK):
        seconds = user._get_working_seconds(days)
        return [seconds[user.id, day] / HOUR for day in days]


@tagged("post_install", "-at_install")
class TestWorkingDays(AbsenceCase):
    def test_without_a_resource_the_company_says_when(self):
        self.assertEqual(self.hours_of(self.ann), [8, 8, 8, 8, 8, 0, 0])

    def test_resource_less_leaves_and_days_off_plus_makeup_days(self):
        calendar = self.make_calendar([(9, 12)])
        self.make_resource(self.ann, calendar_id=calendar.id)
        self.make_leave(
            "2025-06-02 11:00:00", "2025-06-03 10:00:00", resource_id=self.ann.resource_ids.id
        )
        self.make_leave("2025-06-05 00:00:00", "2025-06-05 23:59:59")
        self.make_makeup_day("2025-06-08")
        self.assertEqual(self.hours_of(self.ann), [2, 2, 3, 0, 3, 0, 3])

    def test_hours_hold_on_ones_own_clock(self):
        """A seller in New York does not work Sunday night for a company in Shanghai."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        # the whole Tuesday in Shanghai
        self.make_leave("2025-06-02 16:00:00", "2025-06-03 15:59:59")
        for tz in ("Asia/Shanghai", "UTC", "America/New_York"):
            self.ann.tz = tz
            self.assertEqual(self.hours_of(self.ann), [8, 0, 8, 8, 8, 0, 0])
            self.assertEqual(self.ann._get_free_days(WEEK), {(self.ann.id, TUESDAY)})

    def test_own_leave_is_a_moment_wherever_one_is(self):
        self.ann.tz = "America/New_York"
        self.make_resource(self.ann)
        leave = {"resource_id": self.ann.resource_ids.id}
        # Monday 8:00 to 12:00 in New York
        self.make_leave("2025-06-02 12:00:00", "2025-06-02 16:00:00", **leave)
        self.assertEqual(self.hours_of(self.ann)[:2], [4, 8])

    def test_day_the_clock_jumps(self):
        self.make_resource(
            self.ann,
            calendar_id=self.make_calendar([(0, 6)], tuple(range(7)), tz="Europe/Berlin").id,
        )
        self.ann.tz = "Europe/Berlin"
        days = [date(2025, 3, 29), date(2025, 3, 30), date(2025, 10, 26)]
        self.assertEqual(self.hours_of(self.ann, days), [6, 5, 7])

    def test_flexible_hours_are_an_average_day(self):
        calendar = self.make_calendar(schedule_type="flexible", hours_per_day=6)
        self.make_resource(self.ann, calendar_id=calendar.id)
        self.assertEqual(self.hours_of(self.ann), [6, 6, 6, 6, 6, 0, 0])

    def test_no_calendar_anywhere_is_an_ordinary_week(self):
        self.company.resource_calendar_id = False
        self.assertEqual(self.hours_of(self.ann), [8, 8, 8, 8, 8, 0, 0])

    def test_resource_of_the_company_asked_about(self):
        self.make_resource(self.ann, calendar_id=self.make_calendar([(9, 12)]).id)
        self.make_resource(
            self.ann,
            company_id=self.other_company.id,
            calendar_id=self.make_calendar([(9, 10)], company_id=self.other_company.id).id,
        )
        for company, hours in ((None, 3), (self.company, 3), (self.other_company, 1)):
            seconds = self.ann._get_working_seconds([MONDAY], company)
            self.assertEqual(seconds, {(self.ann.id, MONDAY): hours * HOUR})

    def test_days_off_of_another_company(self):
        leave = self.make_leave("2025-06-03 00:00:00", "2025-06-03 23:59:59")
        leave.company_id = self.other_company
        self.assertEqual(self.hours_of(self.ann)[:2], [8, 8])
        self.assertFalse(self.ann._get_free_days(WEEK))

    def test_half_a_day_off_is_not_a_free_day(self):
        self.make_leave("2025-06-03 12:00:00", "2025-06-03 23:59:59")
        self.make_leave("2025-06-07 00:00:00", "2025-06-07 23:59:59")
        self.assertFalse(self.ann._get_free_days(WEEK))
        self.make_leave("2025-06-03 00:00:00", "2025-06-03 11:59:59")
        self.assertEqual(self.ann._get_free_days(WEEK), {(self.ann.id, TUESDAY)})

    def test_timelines_agree_with_days(self):
        self.send_away(self.ann, TUESDAY, TUESDAY)
        start, stop = (self.as_moment(f"{day} 00:00:01") for day in (MONDAY, WEEK[-1]))
        lines = self.team._get_working_timelines(start, stop)
        week = self.as_moment("2025-06-02 07:00"), self.as_moment("2025-06-08 23:00")
        hours = {user_id: line.worked(*week) / HOUR for user_id, line in lines.items()}
        self.assertEqual(hours, {user.id: 32 if user == self.ann else 40 for user in self.team})

    def test_nobody_and_no_day(self):
        nobody = self.env["res.users"]
        for users, days in ((nobody, WEEK), (self.team, [])):
            self.assertEqual(users._get_working_seconds(days), {})
            self.assertEqual(users._get_free_days(days), set())
            self.assertEqual(users._get_absent(days), set())
            self.assertEqual(users._get_stand_ins(days), {})

    def test_many_users_and_a_hundred_days(self):
        users = self.env["res.users"].browse(
            user.id
            for user in self.env["res.users"].create(
                [
                    {
                        "name": f"User {number}",
                        "login": f"user_{number}",
                        "tz": ("UTC", "Asia/Shanghai", "America/New_York")[number % 3],
                        "company_id": self.company.id,
                        "company_ids": [Command.set(self.company.ids)],
                        "care_manager_id": self.leader.id,
                        "deputy_id": self.ann.id if number % 2 else self.bob.id,
                    }
                    for number in range(60)
                ]
            )
        )
        for user in users[:20]:
            self.send_away(user, TUESDAY, TUESDAY)
        days = [MONDAY + timedelta(days=number) for number in range(100)]
        self.env.flush_all()
        for method, limit in (
            (users._get_working_seconds, 12),
            (users._get_free_days, 12),
            (users._get_absent, 12),
            (users._get_stand_ins, 30),
        ):
            self.env.invalidate_all()
            with self.subTest(method=method.__name__), self.assertQueryCount(limit):
                answer = method(days)
        self.assertEqual(len(answer), 20)
        self.assertEqual(set(answer.values()), {self.ann.id, self.bob.id})


@tagged("post_install", "-at_install")
class TestAbsence(AbsenceCase):
    def test_present(self):
        self.assertEqual(self.team._get_absent(WEEK), set())

    def test_archived(self):
        self.ann.active = False
        self.assertEqual(self.days_away(self.ann), WEEK)

    def test_leave_of_all_the_working_time(self):
        self.make_resource(self.ann)
        leave = {"resource_id": self.ann.resource_ids.id}
        self.make_leave("2025-06-02 08:00:00", "2025-06-02 17:00:00", **leave)
        self.make_leave("2025-06-03 08:00:00", "2025-06-03 16:59:00", **leave)
        self.assertEqual(self.days_away(self.ann), [MONDAY])

    def test_day_of_rest_within_a_leave(self):
        self.make_resource(self.ann)
        leave = {"resource_id": self.ann.resource_ids.id}
        self.make_leave("2025-06-06 08:00:00", "2025-06-08 12:00:00", **leave)
        self.assertEqual(self.days_away(self.ann), [date(2025, 6, 6), SATURDAY])

    def test_holiday_of_the_company_is_no_absence(self):
        self.make_leave("2025-06-03 00:00:00", "2025-06-03 23:59:59")
        self.assertFalse(self.days_away(self.ann))
        self.send_away(self.ann)
        self.assertEqual(self.days_away(self.ann), WEEK)

    def test_leave_of_any_of_his_resources(self):
        self.make_resource(self.ann)
        other = self.make_resource(self.ann, company_id=self.other_company.id)
        self.make_leave("2025-06-02 00:00:00", "2025-06-02 23:59:59", resource_id=other.id)
        self.assertEqual(self.days_away(self.ann), [MONDAY])

    def test_out_of_office(self):
        """Half of the working time or more, and without an end until further notice."""
        self.ann.write(
            {"out_of_office_from": "2025-06-02 12:00:00", "out_of_office_to": "2025-06-04 11:59:00"}
        )
        self.assertEqual(self.days_away(self.ann), [MONDAY, TUESDAY])
        self.ann.out_of_office_to = False
        self.assertEqual(self.days_away(self.ann), WEEK)
        self.ann.out_of_office_from = "2025-06-07 13:00:00"
        self.assertEqual(self.days_away(self.ann), [WEEK[-1]])

    def test_days_are_his_own(self):
        """Midnight to midnight in Shanghai is not so in UTC."""
        self.ann.tz = "Asia/Shanghai"
        self.make_resource(self.ann)
        leave = {"resource_id": self.ann.resource_ids.id}
        self.make_leave("2025-06-02 16:00:00", "2025-06-03 15:59:59", **leave)
        self.assertEqual(self.days_away(self.ann), [TUESDAY])

    def test_least_rights(self):
        """Nobody reads others' leaves; that somebody is away has to be known."""
        self.send_away(self.ann)
        for user in (self.bob, self.make_user(None)):
            self.assertEqual(len(self.ann.with_user(user)._get_absent(WEEK)), 7)


@tagged("post_install", "-at_install")
class TestStandIns(AbsenceCase):
    def acts_for(self, user, day=MONDAY, company=None):
        """Return who acts for a user who is away."""
        return self.env["res.users"].browse(user._get_stand_ins([day], company)[user.id, day] or [])

    def test_who_is_there_needs_nobody(self):
        self.send_away(self.ann, TUESDAY, TUESDAY)
        self.assertEqual(list(self.team._get_stand_ins(WEEK)), [(self.ann.id, TUESDAY)])

    def test_deputy_else_nearest_leader_else_nobody(self):
        self.ann.deputy_id = self.bob
        self.send_away(self.ann)
        self.assertEqual(self.acts_for(self.ann), self.bob)
        self.send_away(self.bob)
        self.assertEqual(self.acts_for(self.ann), self.leader)
        self.send_away(self.leader)
        self.assertEqual(self.acts_for(self.ann), self.chief)
        self.chief.active = False
        self.assertFalse(self.acts_for(self.ann))

    def test_deputy_of_the_deputy(self):
        self.ann.deputy_id, self.bob.deputy_id = self.bob, self.chief
        self.send_away(self.ann)
        self.send_away(self.bob, TUESDAY, TUESDAY)
        self.assertEqual(self.acts_for(self.ann, MONDAY), self.bob)
        self.assertEqual(self.acts_for(self.ann, TUESDAY), self.chief)

    def test_deputies_in_a_circle(self):
        self.ann.deputy_id, self.bob.deputy_id = self.bob, self.ann
        self.send_away(self.ann)
        self.send_away(self.bob)
        self.assertEqual(self.acts_for(self.ann), self.leader)
        self.assertEqual(self.acts_for(self.bob), self.leader)

    def test_archived_user(self):
        self.ann.deputy_id = self.bob
        self.ann.active = False
        self.assertEqual(self.acts_for(self.ann), self.bob)

    def test_only_who_may_enter_the_company(self):
        stranger = self.make_user("own", self.other_company, tz="UTC")
        self.ann.deputy_id = stranger
        self.send_away(self.ann)
        self.assertEqual(self.acts_for(self.ann), self.leader)
        self.assertEqual(self.acts_for(self.ann, company=self.other_company), stranger)

    def test_least_rights(self):
        self.send_away(self.ann)
        self.ann.deputy_id = self.bob
        self.assertEqual(self.acts_for(self.ann.with_user(self.bob)), self.bob)


@tagged("post_install", "-at_install")
class TestDeputy(AbsenceCase):
    def test_not_himself(self):
        with self.assertRaisesRegex(ValidationError, "own deputy"):
            self.ann.deputy_id = self.ann

    def test_colleagues_only(self):
        portal = self.env["res.users"].create(
            {
                "name": "Portal",
                "login": "care_portal_deputy",
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        with self.assertRaisesRegex(ValidationError, "internal users"):
            self.ann.deputy_id = portal
        with self.assertRaisesRegex(ValidationError, "internal users"):
            portal.with_user(portal).write({"deputy_id": self.ann.id})

    def test_everybody_sets_his_own(self):
        ann = self.ann.with_user(self.ann)
        with Form(ann, view="base.view_users_form_simple_modif") as form:
            form.deputy_id = self.bob
        self.assertEqual(self.ann.deputy_id, self.bob)
        with self.assertRaises(AccessError):
            self.bob.with_user(self.ann).write({"deputy_id": self.chief.id})

    def test_is_not_offered_to_who_has_no_customers(self):
        employee = self.make_user(None)
        views = self.env["res.users"].with_user(employee)
        view = self.env.ref("base.view_users_form_simple_modif")
        self.assertNotIn("deputy_id", views.get_view(view.id)["arch"])
        with self.assertRaises(AccessError):
            self.ann.with_user(employee).read(["deputy_id"])

    def test_administrator_sets_it_in_the_user_form(self):
        with Form(self.ann, view="base.view_users_form") as form:
            form.deputy_id = self.bob
        self.assertEqual(self.ann.deputy_id, self.bob)
