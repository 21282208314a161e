import base64
from datetime import date, datetime

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import FollowupCase

#: A Wednesday.
TODAY = "2024-07-03 10:00:00"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5Erk"
    "Jggg=="
)


@tagged("post_install", "-at_install")
class TestMyDay(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cadences.active = False  # only what is planned here
        cls.customer = cls.make_customer("Brass Works", phone="+32 2 555 01 77")
        cls.other = cls.make_customer("Alder Mill", tier="STANDARD")

    def setUp(self):
        super().setUp()
        self.startClassPatcher(freeze_time(TODAY))

    def my_day(self, user=None, date=None, user_id=None):
        self.env.invalidate_all()
        return self.env["followup.day"].with_user(user or self.anna).get_my_day(date, user_id)

    def names(self, stops):
        return [stop["name"] for stop in stops]

    # ------------------------------------------------------------
    # What stands where
    # ------------------------------------------------------------

    def test_visits_and_calls_of_the_day(self):
        self.make_touch(self.customer, kind="visit", date_planned="2024-07-03 13:00:00")
        self.make_touch(self.other)
        self.make_touch(self.other, "2024-07-04")
        day = self.my_day()
        self.assertEqual(self.names(day["visits"]), ["Brass Works"])
        self.assertEqual(day["visits"][0]["hour"], "13:00")
        self.assertEqual(self.names(day["calls"]), ["Alder Mill"])
        self.assertEqual(day["calls"][0]["hour"], "")
        self.assertEqual(self.names(self.my_day(date="2024-07-04")["calls"]), ["Alder Mill"])

    def test_what_is_left_over_comes_along_today_only(self):
        self.make_touch(self.customer, "2024-07-01")
        day = self.my_day()
        self.assertEqual(day["carried_over"], 1)
        self.assertTrue(day["calls"][0]["is_overdue"])
        self.assertEqual(self.my_day(date="2024-07-04")["calls"], [])

    def test_a_colleagues_follow_up_is_not_mine(self):
        self.make_touch(self.customer, user_id=self.tom.id)
        self.assertEqual(self.my_day()["calls"], [])

    def test_overdue_then_level_decides_about_calls(self):
        third = self.make_customer("Cedar", tier="STANDARD")
        self.make_touch(self.other)
        self.make_touch(self.customer)
        self.make_touch(third, "2024-07-02")
        self.assertEqual(self.names(self.my_day()["calls"]), ["Cedar", "Brass Works", "Alder Mill"])

    def test_visits_go_round_by_the_map(self):
        for number in (3, 1, 2):
            partner = self.make_customer(
                f"Stop {number}", partner_latitude=50.8, partner_longitude=4 + number / 10
            )
            self.make_touch(partner, kind="visit")
        names = self.names(self.my_day()["visits"])
        self.assertIn(names, (["Stop 1", "Stop 2", "Stop 3"], ["Stop 3", "Stop 2", "Stop 1"]))

    def test_today_the_way_goes_on_from_the_last_customer(self):
        for number in (3, 1, 2):
            partner = self.make_customer(
                f"Stop {number}", partner_latitude=50.8, partner_longitude=4 + number / 10
            )
            touch = self.make_touch(partner, kind="visit")
        # the last one made is Stop 2: from there the nearer end first
        partner.partner_longitude = 4.05
        touch.with_user(self.anna).record_outcome(self.outcome("met"))
        self.assertEqual(self.names(self.my_day()["visits"]), ["Stop 1", "Stop 3"])

    def test_done_tried_and_off_plan(self):
        touches = self.env["followup.touch"].with_user(self.anna)
        done = self.make_touch(self.customer).with_user(self.anna)
        done.record_outcome(self.outcome("reached"))
        tried = self.make_touch(self.other).with_user(self.anna)
        tried.record_outcome(self.outcome("no_answer"))
        touches.log_contact(self.other.id, "call")
        day = self.my_day()
        self.assertEqual(day["calls"], [])
        self.assertEqual(self.names(day["done"]), ["Brass Works", "Alder Mill"])
        self.assertEqual([stop["state"] for stop in day["done"]], ["done", "planned"])
        self.assertEqual(self.names(day["off_plan"]), ["Alder Mill"])

    def test_done_by_a_colleague_stands_on_his_day(self):
        touch = self.make_touch(self.customer)
        touch.with_user(self.leader).record_outcome(self.outcome("reached"))
        self.assertEqual(self.my_day()["done"], [])
        self.assertEqual(self.names(self.my_day(self.leader)["done"]), ["Brass Works"])

    def test_promises_due_and_overdue(self):
        promises = self.env["followup.promise"]
        for name, day in (("late", "2024-07-01"), ("today", "2024-07-03"), ("later", "2024-07-04")):
            promises.create(
                {
                    "name": name,
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "user_id": self.anna.id,
                    "date_due": day,
                }
            )
        today = self.my_day()["promises"]
        self.assertEqual([(p["name"], p["is_overdue"]) for p in today], [("late", 1), ("today", 0)])
        later = self.my_day(date="2024-07-04")["promises"]
        self.assertEqual([promise["name"] for promise in later], ["later"])

    # ------------------------------------------------------------
    # Time zones
    # ------------------------------------------------------------

    def test_the_day_is_that_of_the_person(self):
        """23:00 UTC on Tuesday is Wednesday morning in Shanghai."""
        lin = self.make_user("own", tz="Asia/Shanghai")
        touch = self.make_touch(
            self.customer, user_id=lin.id, kind="visit", date_planned="2024-07-03 02:30:00"
        )
        early = self.make_touch(self.other, user_id=lin.id, date_planned="2024-07-02 23:30:00")
        with freeze_time("2024-07-02 23:00:00"):
            day = self.my_day(lin)
            self.assertEqual(day["date"], date(2024, 7, 3))
            self.assertEqual(day["visits"][0]["id"], touch.id)
            self.assertEqual(day["visits"][0]["hour"], "10:30")
            self.assertEqual(day["calls"][0]["id"], early.id)
            self.assertEqual(day["calls"][0]["hour"], "07:30")
            self.assertFalse(day["carried_over"])
        with freeze_time("2024-07-02 15:00:00"):
            self.assertEqual(self.my_day(lin)["date"], date(2024, 7, 2))

    def test_the_row_is_of_that_day_too(self):
        lin = self.make_user("own", tz="Asia/Shanghai")
        with freeze_time("2024-07-02 23:00:00"):
            self.my_day(lin)
            self.my_day(lin)
        row = self.env["followup.day"].search([("user_id", "=", lin.id)])
        self.assertEqual(row.date, date(2024, 7, 3))

    # ------------------------------------------------------------
    # Capacity
    # ------------------------------------------------------------

    def meet(self, start, stop, **vals):
        return self.env["calendar.event"].create(
            {
                "name": "Staff",
                "start": start,
                "stop": stop,
                "user_id": self.leader.id,
                "partner_ids": [Command.set([self.anna.partner_id.id, self.leader.partner_id.id])],
                **vals,
            }
        )

    def test_an_empty_day_has_the_hours_of_the_calendar(self):
        self.assertEqual(
            self.my_day()["capacity"],
            {"available": 480, "planned": 0, "percent": 0, "is_over": False},
        )
        sunday = self.my_day(date="2024-07-07")["capacity"]
        self.assertEqual((sunday["available"], sunday["percent"]), (0, None))

    def test_planned_minutes_fill_the_day(self):
        self.make_touch(self.customer, kind="visit", duration=2)
        done = self.make_touch(self.other, duration=1).with_user(self.anna)
        done.record_outcome(self.outcome("reached"), {"minutes": 30})
        capacity = self.my_day()["capacity"]
        self.assertEqual((capacity["planned"], capacity["percent"]), (150, 31))
        self.make_touch(self.customer, duration=8)
        self.assertTrue(self.my_day()["capacity"]["is_over"])

    def test_busy_meetings_take_working_time(self):
        # the second overlaps the first; what lies in the evening takes nothing
        self.meet("2024-07-03 08:00:00", "2024-07-03 10:00:00")
        self.meet("2024-07-03 09:00:00", "2024-07-03 11:00:00")
        self.meet("2024-07-03 18:00:00", "2024-07-03 20:00:00")
        self.assertEqual(self.my_day()["capacity"]["available"], 300)

    def test_free_declined_and_own_meetings_take_nothing(self):
        self.meet("2024-07-03 08:00:00", "2024-07-03 10:00:00", show_as="free")
        declined = self.meet("2024-07-03 08:00:00", "2024-07-03 10:00:00")
        declined.attendee_ids.filtered(
            lambda attendee: attendee.partner_id == self.anna.partner_id
        ).do_decline()
        visit = self.make_touch(self.customer, kind="visit", date_planned="2024-07-03 13:00:00")
        self.assertTrue(visit.event_id)
        self.assertEqual(self.my_day()["capacity"]["available"], 480)

    def test_a_meeting_of_all_day_takes_it_all(self):
        self.meet(
            "2024-07-03 08:00:00",
            "2024-07-03 18:00:00",
            allday=True,
            start_date="2024-07-03",
            stop_date="2024-07-03",
        )
        self.assertEqual(self.my_day()["capacity"]["available"], 0)

    def test_a_leave_takes_its_hours(self):
        resource = self.env["resource.resource"].create(
            {
                "name": "Anna",
                "user_id": self.anna.id,
                "company_id": self.company.id,
                "calendar_id": self.company.resource_calendar_id.id,
                "tz": "UTC",
            }
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Dentist",
                "resource_id": resource.id,
                "company_id": self.company.id,
                "date_from": datetime(2024, 7, 3, 13),
                "date_to": datetime(2024, 7, 3, 17),
            }
        )
        self.assertEqual(self.my_day()["capacity"]["available"], 240)

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    def test_opening_the_day_makes_one_row(self):
        days = self.env["followup.day"]
        self.my_day()
        self.my_day()
        row = days.search([("user_id", "=", self.anna.id)])
        self.assertEqual((len(row), row.date, row.state), (1, date(2024, 7, 3), "open"))
        self.my_day(date="2024-07-05")
        self.my_day(self.leader, user_id=self.tom.id)
        own = [("company_id", "=", self.company.id)]
        self.assertEqual(days.search(own), row, "looking at a day makes no plan of it")

    def test_a_leader_sees_the_days_of_his_people(self):
        self.make_touch(self.customer)
        day = self.my_day(self.leader, user_id=self.anna.id)
        self.assertEqual(self.names(day["calls"]), ["Brass Works"])
        self.assertFalse(day["is_mine"])

    def test_nobody_sees_the_day_of_a_colleague(self):
        for opened in (False, True):
            if opened:
                self.my_day(self.tom)
            with self.assertRaises(AccessError):
                self.my_day(self.anna, user_id=self.tom.id)
        stranger = self.make_user("team")
        with self.assertRaises(AccessError):
            self.my_day(stranger, user_id=self.anna.id)
        self.assertFalse(self.my_day(self.make_user("all"), user_id=self.anna.id)["is_mine"])

    def test_others_are_refused(self):
        touch = self.make_touch(self.customer)
        quiet = self.env(context={**self.env.context, "no_reset_password": True})
        portal = new_test_user(quiet, "day_portal", groups="base.group_portal")
        for user in (portal, self.make_user(None)):
            days = self.env["followup.day"].with_user(user)
            for call in (
                days.get_my_day,
                lambda days=days: days.get_brief(touch.id),
                lambda days=days: days.search_customers("Brass"),
                days.env["followup.touch"].get_call_list,
                lambda days=days: days.env["followup.touch"]
                .browse(touch.id)
                .add_photo("a.png", PIXEL),
            ):
                with self.assertRaises(AccessError):
                    call()

    def test_nobody_looks_at_the_day_of_a_person_of_another_company(self):
        stranger = self.make_user("all", companies=self.make_company("Other"))
        with self.assertRaisesRegex(AccessError, "may not work in"):
            self.my_day(self.manager, user_id=stranger.id)

    def test_two_companies_keep_apart(self):
        other = self.make_company("Second")
        self.anna.company_ids += other
        self.make_touch(self.customer)
        days = self.env["followup.day"].with_user(self.anna)
        day = days.with_context(allowed_company_ids=other.ids).get_my_day()
        self.assertEqual(day["calls"], [])
        self.assertEqual(self.names(self.my_day()["calls"]), ["Brass Works"])

    # ------------------------------------------------------------
    # The leader's list
    # ------------------------------------------------------------

    def test_figures_of_several_days_at_once(self):
        self.make_touch(self.customer, kind="visit", duration=2)
        done = self.make_touch(self.other).with_user(self.anna)
        done.record_outcome(self.outcome("reached"), {"minutes": 30})
        self.env["followup.touch"].with_user(self.anna).log_contact(self.other.id, "call")
        self.my_day()
        self.my_day(self.tom)
        days = (
            self.env["followup.day"]
            .with_user(self.leader)
            .search([("company_id", "=", self.company.id)])
        )
        anna = days.filtered(lambda day: day.user_id == self.anna)
        tom = days - anna
        self.assertEqual((anna.visit_count, anna.call_count), (1, 1))
        self.assertEqual((anna.done_count, anna.off_plan_count), (2, 1))
        self.assertEqual((anna.minutes_planned, anna.minutes_available), (165, 480))
        self.assertEqual(anna.load_percent, 34)
        self.assertFalse(tom.visit_count or tom.done_count or tom.load_percent)

    # ------------------------------------------------------------
    # Queries
    # ------------------------------------------------------------

    def count_queries(self, method):
        for _turn in range(2):  # in the second one rules and groups are known
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            method()
        return self.env.cr.sql_log_count - before

    def test_queries_do_not_grow_with_the_stops(self):
        days = self.env["followup.day"].with_user(self.anna)
        self.make_touch(self.make_customer("One", partner_latitude=50), kind="visit")
        self.make_touch(self.other)
        few = self.count_queries(days.get_my_day)
        for number in range(10):
            partner = self.make_customer(f"More {number}", partner_latitude=50 + number / 10)
            self.make_touch(partner, kind="visit")
            self.make_touch(partner)
        many = self.count_queries(days.get_my_day)
        self.assertEqual(many, few)
        self.assertLess(many, 50)

    # ------------------------------------------------------------
    # Customers, photos, calls
    # ------------------------------------------------------------

    def test_customers_are_found_by_name_and_number(self):
        days = self.env["followup.day"].with_user(self.anna)
        for text in ("brass", "+32 2 555 01 77", "025550177", "0177"):
            with self.subTest(text=text):
                found = days.search_customers(text)
                self.assertIn(self.customer.id, [row["id"] for row in found])
        self.assertEqual(days.search_customers(" "), [])
        foreign = self.make_customer("Brass Anvil", user=self.tom)
        found = [row["id"] for row in days.search_customers("brass")]
        self.assertEqual(found, [self.customer.id, foreign.id], "own customers first")

    def test_a_photo_hangs_on_the_follow_up(self):
        touch = self.make_touch(self.customer).with_user(self.anna)
        attachment = self.env["ir.attachment"].browse(touch.add_photo("shelf.png", PIXEL))
        self.assertEqual((attachment.res_model, attachment.res_id), (touch._name, touch.id))
        self.assertEqual(attachment.name, "shelf.png")

    def test_what_is_no_picture_is_refused(self):
        touch = self.make_touch(self.customer).with_user(self.anna)
        svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode()
        for data in ("", "%%%", base64.b64encode(b"text").decode(), svg):
            with self.assertRaises(UserError):
                touch.add_photo("shelf.png", data)

    def test_call_list_of_own_and_of_all(self):
        self.make_touch(self.other)
        self.make_touch(self.customer, "2024-07-02")
        self.make_touch(self.customer, "2024-07-09")
        self.make_touch(self.customer, kind="visit")
        self.make_touch(self.make_customer("Toms", user=self.tom), user_id=self.tom.id)
        touches = self.env["followup.touch"]
        own = touches.with_user(self.anna).get_call_list()
        self.assertEqual(self.names(own["stops"]), ["Brass Works", "Alder Mill"])
        self.assertFalse(own["sees_others"])
        team = touches.with_user(self.leader).get_call_list("all")
        self.assertEqual(len(team["stops"]), 3)
        self.assertTrue(team["sees_others"])

    def test_call_list_of_a_selection(self):
        chosen = self.make_touch(self.customer, "2024-07-20")
        cancelled = self.make_touch(self.other)
        cancelled.action_cancel()
        action = (chosen | cancelled).with_user(self.anna).action_call_list()
        self.assertEqual(action["context"], {"followup_touch_ids": chosen.ids})
        listed = self.Touch.with_user(self.anna).get_call_list(
            touch_ids=action["context"]["followup_touch_ids"]
        )
        self.assertEqual(self.names(listed["stops"]), ["Brass Works"])
        with self.assertRaises(UserError):
            cancelled.action_call_list()

    # ------------------------------------------------------------
    # Landing
    # ------------------------------------------------------------

    def test_who_has_follow_ups_lands_on_his_day(self):
        steps = self.env["customer.setup.step"]
        action = steps.with_user(self.anna).action_land()
        self.assertEqual(action["type"], "ir.actions.act_window")
        self.make_touch(self.customer)
        action = steps.with_user(self.anna).action_land()
        self.assertEqual(action["tag"], "customer_followup.my_day")

    def test_a_manager_lands_on_the_checklist_until_it_is_done(self):
        self.make_touch(self.customer, user_id=self.manager.id)
        steps = self.env["customer.setup.step"].search([])
        steps.is_marked = False
        action = steps.with_user(self.manager).action_land()
        self.assertEqual(action["xml_id"], "customer_tiering.customer_setup_step_action")
        steps.is_marked = True
        action = steps.with_user(self.manager).action_land()
        self.assertEqual(action["tag"], "customer_followup.my_day")
