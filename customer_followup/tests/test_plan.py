"""What the rhythms ask for: first dates, changes, what counts for what."""

from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import NIGHT, FollowupCase

TODAY = date(2024, 7, 1)  # a Monday


class PlanCase(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NIGHT))

    def due_days(self, touches):
        return [(touch.date_due - TODAY).days for touch in touches]

    def make_known(self, **vals):
        """Create a customer whose next call is due on 20 July, the next visit on 16 September."""
        partner = self.make_customer(**vals)
        self.done(partner, "visit", "2024-06-16")
        self.done(partner, "call", "2024-06-20")
        return partner

    def done(self, partner, kind, day, **vals):
        """Record a contact that was made on a day."""
        code = {"call": "reached", "visit": "met"}.get(kind, "sent")
        return self.make_touch(
            partner,
            day,
            kind=kind,
            state="done",
            origin="unplanned",
            outcome_id=self.outcome(code).id,
            date_done=f"{day} 10:00:00",
            **vals,
        )


@tagged("post_install", "-at_install")
class TestFirstNight(PlanCase):
    def test_customers_nobody_knows_a_contact_of_are_spread_over_one_interval(self):
        customers = [self.make_customer() for __ in range(60)]
        self.plan()
        calls = self.Touch.search([("company_id", "=", self.company.id), ("kind", "=", "call")])
        days = self.due_days(calls)
        self.assertTrue(calls)
        self.assertGreaterEqual(min(days), 0)
        self.assertLess(max(days), 31)
        self.assertGreater(len(set(days)), 15, "spread")
        visits = self.Touch.search([("company_id", "=", self.company.id), ("kind", "=", "visit")])
        self.assertEqual(len(visits), len(customers))
        self.assertLess(max(self.due_days(visits)), 92)
        self.assertFalse(calls.filtered("is_overdue") | visits.filtered("is_overdue"))

    def test_the_second_night_changes_nothing(self):
        for __ in range(10):
            self.make_customer()
        self.plan()
        before = self.Touch.search([("company_id", "=", self.company.id)])
        stamps = before.mapped("write_date"), before.activity_ids.ids
        result = self.Touch._plan_company(self.company)
        self.assertEqual(result, {"inserted": 0, "moved": 0, "cancelled": 0, "assigned": 0})
        after = self.Touch.search([("company_id", "=", self.company.id)])
        self.assertEqual((after.mapped("write_date"), after.activity_ids.ids), stamps)

    def test_best_levels_come_first(self):
        self.make_cadence([("call", 2, "month")])
        diamond, platinum = self.default_scheme.tier_ids[:2]
        best = [self.make_customer() for __ in range(10)]
        rest = [self.make_customer() for __ in range(10)]
        self.env.cr.execute(
            "UPDATE customer_standing SET tier_id = %s WHERE partner_id IN %s",
            [platinum.id, tuple(partner.id for partner in rest)],
        )
        self.env.cr.execute(
            "UPDATE customer_standing SET tier_id = %s WHERE partner_id IN %s",
            [diamond.id, tuple(partner.id for partner in best)],
        )
        self.env.invalidate_all()
        self.plan()
        first = [self.touches_of(partner, kind="call").date_due for partner in best]
        second = [self.touches_of(partner, kind="call").date_due for partner in rest]
        self.assertLessEqual(max(first), min(second))

    def test_runs_on_from_the_last_order_or_meeting(self):
        self.make_cadence([("call", 1, "month")])
        ordered, met, nothing = (self.make_customer() for __ in range(3))
        self.env.cr.execute(
            "UPDATE customer_standing SET last_date = '2024-06-20' WHERE partner_id = %s",
            [ordered.id],
        )
        self.env["calendar.event"].create(
            {
                "name": "Fair",
                "start": "2024-06-25 10:00:00",
                "stop": "2024-06-25 11:00:00",
                "partner_ids": [Command.set([met.id, self.anna.partner_id.id])],
            }
        )
        self.plan()
        self.assertEqual(str(self.touches_of(ordered).date_due), "2024-07-20")
        self.assertEqual(str(self.touches_of(met).date_due), "2024-07-25")
        self.assertTrue(self.touches_of(nothing))

    def test_a_meeting_is_on_the_day_of_the_companys_clock(self):
        self.make_cadence([("call", 1, "month")])
        early, all_day = self.make_customer(), self.make_customer()
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        for partner, vals in (
            (early, {"start": "2024-06-24 23:00:00", "stop": "2024-06-25 00:00:00"}),
            (all_day, {"allday": True, "start": "2024-06-25", "stop": "2024-06-25"}),
        ):
            guests = [Command.set([partner.id, self.anna.partner_id.id])]
            self.env["calendar.event"].create({"name": "Fair", "partner_ids": guests, **vals})
        self.plan()
        for partner in (early, all_day):
            self.assertEqual(str(self.touches_of(partner).date_due), "2024-07-25")

    def test_nothing_on_a_day_off(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Works outing",
                "company_id": self.company.id,
                "date_from": "2024-07-03 00:00:00",
                "date_to": "2024-07-03 23:59:59",
            }
        )
        self.make_cadence([("call", 1, "week", {"tolerance_days": 2})])
        for __ in range(30):
            self.make_customer()
        self.plan()
        days = {touch._local_day() for touch in self.Touch.search([("user_id", "=", self.anna.id)])}
        self.assertNotIn(date(2024, 7, 3), days)
        self.assertFalse([day for day in days if day.weekday() > 4])
        self.assertIn(date(2024, 7, 2), days)

    def test_who_has_no_responsible_person_is_planned_for_nobody(self):
        partner = self.make_customer()
        partner.user_id = False
        self.env.flush_all()
        self.plan()
        touches = self.touches_of(partner)
        self.assertTrue(touches)
        self.assertFalse(touches.user_id or touches.activity_ids)
        partner.user_id = self.tom
        self.assertEqual(touches.user_id, self.tom, "at once")


@tagged("post_install", "-at_install")
class TestWhoFollowsWhat(PlanCase):
    def test_first_fitting_rhythm_counts(self):
        partner = self.make_customer()
        special = self.make_cadence([("call", 1, "week", {"tolerance_days": 1})])
        lines = self.env["followup.cadence"]._get_lines_of(partner, self.company)
        self.assertEqual(lines.cadence_id, special)
        special.sequence = 99
        lines = self.env["followup.cadence"]._get_lines_of(partner, self.company)
        self.assertEqual(lines.cadence_id, self.key_cadence)

    def test_each_condition(self):
        partner = self.make_customer(city="Lyon")
        tier = self.default_scheme.tier_ids[0]
        cases = [
            ({"service_class": "key"}, True),
            ({"service_class": "basic"}, False),
            ({"tier_ids": [Command.set(tier.ids)]}, True),
            ({"tier_ids": [Command.set(self.default_scheme.tier_ids[-1].ids)]}, False),
            ({"customer_status": "active"}, True),
            ({"customer_status": "lost"}, False),
            ({"prospect_class": "a"}, False),
            ({"domain": "[('city', '=', 'Lyon')]"}, True),
            ({"domain": "[('city', '=', 'Paris')]"}, False),
        ]
        classes = dict(self.env["res.partner"]._fields["prospect_class"].selection)
        for conditions, fits in cases:
            if "prospect_class" in conditions:
                conditions = {"prospect_class": next(iter(classes))}
            with self.subTest(conditions):
                cadence = self.make_cadence([("call", 1, "week", {"tolerance_days": 1})])
                cadence.write(conditions)
                lines = self.env["followup.cadence"]._get_lines_of(partner, self.company)
                self.assertEqual(cadence in lines.cadence_id, fits)
                cadence.unlink()

    def test_prospects_have_a_rhythm_too(self):
        prospect_class = self.env["res.partner"]._fields["prospect_class"].selection[0][0]
        partner = self.make_partner(user_id=self.anna.id, prospect_class=prospect_class)
        self.make_cadence(
            [("call", 2, "week", {"tolerance_days": 3})],
            customer_status="prospect",
            prospect_class=prospect_class,
        )
        self.plan()
        self.assertEqual(self.touches_of(partner).user_id, self.anna)

    def test_nobody_who_wants_no_contact_or_is_on_hold_or_archived(self):
        silent, held, gone = (self.make_customer() for __ in range(3))
        self.plan()
        self.assertTrue(all(self.touches_of(one) for one in (silent, held, gone)))
        silent.care_do_not_contact = True
        self.env.cr.execute(
            "UPDATE customer_standing SET customer_status = 'on_hold' WHERE partner_id = %s",
            [held.id],
        )
        gone.action_archive()
        self.plan()
        for partner in (silent, held, gone):
            self.assertEqual(set(self.touches_of(partner).mapped("state")), {"cancelled"})
            self.assertFalse(self.touches_of(partner).activity_ids)

    def test_unreadable_conditions_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "cannot be read"):
            self.key_cadence.domain = "[('no_such_field', '=', 1)]"
        with self.assertRaisesRegex(ValidationError, "cannot be read"):
            self.key_cadence.domain = "__import__('os').getcwd()"

    def test_two_lines_of_a_kind_and_overlapping_windows_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "two lines of the same kind"):
            self.make_cadence([("call", 1, "month"), ("call", 2, "month")])
        with self.assertRaisesRegex(ValidationError, "would overlap"):
            self.make_cadence([("call", 1, "week", {"tolerance_days": 4})])

    def test_pool_shares_customers_for_good(self):
        self.make_cadence(
            [
                (
                    "call",
                    1,
                    "month",
                    {
                        "assign_to": "pool",
                        "user_ids": [Command.set((self.tom | self.leader).ids)],
                    },
                )
            ]
        )
        customers = [self.make_customer() for __ in range(12)]
        self.plan()
        first = [self.touches_of(partner).user_id for partner in customers]
        self.assertEqual({*first}, {self.tom, self.leader})
        self.Touch.search([("company_id", "=", self.company.id)]).sudo().unlink()
        self.plan()
        self.assertEqual([self.touches_of(partner).user_id for partner in customers], first)

    def test_leader_carries_out(self):
        self.make_cadence([("call", 1, "month", {"assign_to": "leader"})])
        partner = self.make_customer()
        self.plan()
        self.assertEqual(self.touches_of(partner).user_id, self.leader)

    def test_two_companies_plan_apart(self):
        other = self.make_company("Other")
        partner = self.make_customer()
        self.plan()
        self.assertEqual(self.touches_of(partner).company_id, self.company)
        with freeze_time(NIGHT):
            self.Touch._plan_company(other)
        self.assertEqual(self.touches_of(partner).company_id, self.company)
        stranger = self.make_user("all", companies=other)
        touches = self.Touch.with_user(stranger).with_context(allowed_company_ids=other.ids)
        found = touches.search([("partner_id", "=", partner.id)])
        self.assertFalse(found)


@tagged("post_install", "-at_install")
class TestContacts(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_cadence(
            [
                ("visit", 3, "month", {"tolerance_days": 15, "counts_for": "call"}),
                ("call", 1, "month", {"tolerance_days": 7}),
            ]
        )
        cls.partner = cls.make_customer()

    def setUp(self):
        super().setUp()
        self.done(self.partner, "visit", "2024-06-16")
        self.done(self.partner, "call", "2024-06-20")

    def open_of(self, kind):
        return self.touches_of(self.partner, kind=kind, state="planned")

    def plan_at(self, kind, day):
        touch = self.open_of(kind)
        due = date.fromisoformat(day)
        tolerance = timedelta(days=touch.cadence_line_id.tolerance_days)
        touch.with_context(followup_machine=True).write(
            {
                "date_earliest": due - tolerance,
                "date_due": due,
                "date_latest": due + tolerance,
                "date_planned": day,
            }
        )
        return touch

    def test_the_next_one_stands_as_soon_as_one_is_done(self):
        self.plan()
        call = self.plan_at("call", "2024-07-02")
        self.plan_at("visit", "2024-09-16")
        result = call.record_outcome(self.outcome("reached").id)
        self.assertEqual(result["state"], "done")
        following = self.open_of("call")
        self.assertEqual(result["next"]["id"], following.id)
        self.assertEqual(str(following.date_due), "2024-08-01")
        self.assertEqual(following.user_id, self.anna)

    def test_a_visit_done_satisfies_the_call_in_whose_window_it_falls(self):
        self.plan()
        self.plan_at("visit", "2024-09-16")
        call = self.plan_at("call", "2024-07-05")
        visit = self.Touch.browse(
            self.Touch.with_user(self.anna).log_contact(self.partner.id, "visit")
        )
        self.assertEqual((call.state, call.cancel_reason), ("cancelled", "satisfied"))
        self.assertEqual(call.satisfied_by_id, visit)
        self.assertEqual(str(self.open_of("call").date_due), "2024-08-01")
        self.assertEqual(str(self.open_of("visit").date_due), "2024-10-01", "shifted")

    def test_many_contacts_in_one_transaction_take_no_more_locks(self):
        """An import records hundreds of them, and the database has a fixed number of locks."""

        def count():
            self.env.cr.execute("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()")
            return self.env.cr.fetchone()[0]

        def record():
            self.Touch.log_contact(self.partner.id, "call")
            self.partner.user_id = self.tom if self.partner.user_id == self.anna else self.anna
            self.env.flush_all()

        self.plan()
        record()
        record()
        taken = count()
        for _number in range(3):
            record()
        self.assertLessEqual(count(), taken)

    def test_an_early_call_shifts_the_next_one(self):
        self.plan()
        self.plan_at("visit", "2024-09-16")
        call = self.plan_at("call", "2024-07-20")
        self.Touch.log_contact(self.partner.id, "call")
        self.assertEqual((call.state, str(call.date_due)), ("planned", "2024-08-01"))

    def test_an_early_call_in_a_shorter_rhythm_of_his_own(self):
        """Windows never overlap: the tolerance of the usual rhythm would be too wide."""
        self.plan()
        self.plan_at("visit", "2024-09-16")
        self.env["followup.cadence.override"].create(
            {
                "partner_id": self.partner.id,
                "company_id": self.company.id,
                "kind": "call",
                "interval": 8,
                "interval_unit": "day",
                "reason": "New line of products",
            }
        )
        call = self.touches_of(self.partner, kind="call", state="planned")
        call.write(
            {"date_earliest": "2024-07-05", "date_due": "2024-07-06", "date_latest": "2024-07-07"}
        )
        self.Touch.log_contact(self.partner.id, "call")
        self.assertEqual(
            [str(day) for day in (call.date_earliest, call.date_due, call.date_latest)],
            ["2024-07-06", "2024-07-09", "2024-07-12"],
        )

    def test_an_outcome_that_is_no_contact_shifts_nothing(self):
        self.plan()
        self.plan_at("visit", "2024-09-16")
        call = self.plan_at("call", "2024-07-20")
        self.Touch.log_contact(self.partner.id, "call", self.outcome("no_answer").id)
        self.assertEqual(str(call.date_due), "2024-07-20")

    def test_no_call_is_planned_where_a_visit_is(self):
        self.plan()
        visit = self.plan_at("visit", "2024-07-18")
        self.open_of("call").sudo().unlink()  # due on 20 July
        self.plan()
        self.assertFalse(self.open_of("call"))
        visit.record_outcome(self.outcome("met").id)
        self.assertEqual(str(self.open_of("call").date_due), "2024-08-01")

    def test_a_visit_moved_into_the_window_absorbs_the_call(self):
        self.plan()
        call = self.plan_at("call", "2024-07-10")
        self.plan_at("visit", "2024-09-16")
        self.open_of("visit").date_planned = "2024-07-15"
        self.plan()
        self.assertEqual((call.state, call.cancel_reason), ("cancelled", "absorbed"))
        self.assertEqual(call.satisfied_by_id, self.open_of("visit"))
        self.plan()
        self.assertFalse(self.open_of("call"), "and is not planned again")
        self.open_of("visit").date_planned = "2024-09-18"
        self.plan()
        self.assertTrue(self.open_of("call"), "unless the visit goes away")

    def test_an_appointment_is_never_moved_or_absorbed(self):
        self.plan()
        call = self.plan_at("call", "2024-07-10")
        call.write({"is_appointment": True, "date_planned": "2024-07-10 13:00:00"})
        self.open_of("visit").date_planned = "2024-07-12"
        self.key_cadence.sequence = 0  # another rhythm altogether
        self.plan()
        self.assertEqual((call.state, str(call.date_planned)), ("planned", "2024-07-10 13:00:00"))
        self.Touch.log_contact(self.partner.id, "call")
        self.assertEqual((call.state, str(call.date_planned)), ("planned", "2024-07-10 13:00:00"))

    def test_an_activity_done_anywhere_counts(self):
        self.plan()
        self.plan_at("visit", "2024-09-16")
        call = self.plan_at("call", "2024-07-05")
        order = self.make_order(self.partner, 10, day=TODAY)
        activity = order.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.tom.id, date_deadline=TODAY
        )
        activity.with_user(self.tom).action_feedback(feedback="About the order")
        contact = self.touches_of(self.partner, origin="activity")
        self.assertEqual((contact.state, contact.user_id), ("done", self.tom))
        self.assertEqual(contact.result, "About the order")
        self.assertEqual(call.satisfied_by_id, contact)

    def test_a_to_do_is_no_contact(self):
        self.partner.activity_schedule("mail.mail_activity_data_todo").action_feedback()
        self.assertFalse(self.touches_of(self.partner, origin="activity"))


@tagged("post_install", "-at_install")
class TestChanges(PlanCase):
    def test_a_new_level_plans_anew_and_smoothly(self):
        customers = self.env["res.partner"].browse(
            [self.make_customer(tier="STANDARD").id for __ in range(40)]
        )
        self.plan()
        self.hold_level(customers, "KEY")
        self.plan()
        lines = self.key_cadence.line_ids
        touches = self.Touch.search(
            [("partner_id", "in", customers.ids), ("state", "=", "planned")]
        )
        self.assertEqual(touches.cadence_line_id, lines)
        calls = touches.filtered(lambda touch: touch.kind == "call")
        days = self.due_days(calls)
        self.assertLess(max(days), 31)
        self.assertLess(max(days.count(day) for day in days), 8, "not all on one day")

    def test_a_shorter_interval_moves_what_is_open(self):
        partner = self.make_customer()
        self.done(partner, "visit", "2024-06-10")
        self.done(partner, "call", "2024-06-24")
        self.plan()
        call = self.touches_of(partner, kind="call", state="planned")
        self.assertEqual(str(call.date_due), "2024-07-24")
        line = self.key_cadence.line_ids.filtered(lambda line: line.kind == "call")
        line.write({"interval": 2, "interval_unit": "week", "tolerance_days": 3})
        self.plan()
        self.assertEqual(str(call.date_due), "2024-07-08")

    def test_what_was_begun_is_not_moved(self):
        partner = self.make_known()
        self.plan()
        call = self.touches_of(partner, kind="call", state="planned")
        call.record_outcome(self.outcome("no_answer").id)
        planned = call.date_planned
        line = self.key_cadence.line_ids.filtered(lambda line: line.kind == "call")
        line.write({"interval": 2, "interval_unit": "week", "tolerance_days": 3})
        self.plan()
        self.assertEqual((call.state, call.date_planned), ("planned", planned))

    def test_own_rhythm_with_an_end(self):
        partner = self.make_known()
        self.done(partner, "visit", "2024-06-10")
        self.done(partner, "call", "2024-06-24")
        self.plan()
        call = self.touches_of(partner, kind="call", state="planned")
        self.env["followup.cadence.override"].with_user(self.anna).create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "kind": "call",
                "interval": 15,
                "interval_unit": "day",
                "reason": "New line of products",
                "date_until": "2024-07-31",
            }
        )
        self.assertEqual(str(call.date_due), "2024-07-09", "at once")
        self.plan("2024-08-01 02:00:00")
        self.assertEqual(call.state, "missed")
        following = self.touches_of(partner, kind="call", state="planned")
        self.assertEqual(str(following.date_due), "2024-08-09", "the usual rhythm again")

    def test_customer_who_wants_no_calls(self):
        partner = self.make_known()
        self.plan()
        self.env["followup.cadence.override"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "kind": "call",
                "pause": True,
                "reason": "Writes only",
            }
        )
        self.assertFalse(self.touches_of(partner, kind="call", state="planned"))
        self.assertTrue(self.touches_of(partner, kind="visit", state="planned"))

    def test_follows_the_account_manager_unless_given_away_by_hand(self):
        partner = self.make_known()
        self.plan()
        call, visit = (
            self.touches_of(partner, kind=kind, state="planned") for kind in ("call", "visit")
        )
        call.with_user(self.leader).user_id = self.leader
        partner.user_id = self.tom
        self.assertEqual((visit.user_id, call.user_id), (self.tom, self.leader))

    def test_a_skipped_one_is_not_planned_again_at_once(self):
        partner = self.make_known()
        self.plan()
        call = self.touches_of(partner, kind="call", state="planned")
        call.action_cancel()
        self.plan()
        following = self.touches_of(partner, kind="call", state="planned")
        self.assertEqual(
            following.date_due, call.cadence_line_id._add_interval(call.date_due, 1, "month")
        )

    def test_new_levels_ask_for_a_new_plan(self):
        cron = self.env.ref("customer_followup.ir_cron_plan")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        partner = self.make_partner()
        self.make_order(partner, 250000, day=TODAY)
        self.evaluate(self.default_scheme, as_of=str(TODAY))
        after = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.assertGreater(after, triggers)


@tagged("post_install", "-at_install")
class TestOutcomes(PlanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.make_customer(tier="BASIC")  # no rhythm of a person

    def test_no_answer_tries_again_and_goes_on_by_mail_in_the_end(self):
        call = self.make_touch(self.partner, "2024-07-01")
        outcome = self.outcome("no_answer")
        days = []
        for __ in range(outcome.give_up_after):
            with freeze_time(call.date_planned):
                call.record_outcome(outcome.id)
            days.append(str(call._local_day()))
        self.assertEqual(days[:2], ["2024-07-02", "2024-07-03"])
        self.assertNotIn("2024-07-06", days, "a Saturday")
        self.assertEqual((call.state, call.kind), ("planned", "mail"))

    def test_gives_up_as_missed_where_there_is_no_other_way(self):
        outcome = self.outcome("no_answer")
        outcome.write({"give_up_after": 1, "other_kind": False})
        call = self.make_touch(self.partner)
        call.record_outcome(outcome.id, {"result": "Nobody there"})
        self.assertEqual((call.state, call.outcome_id), ("missed", outcome))

    def test_call_back_at_an_hour_is_an_appointment(self):
        call = self.make_touch(self.partner)
        with self.assertRaisesRegex(UserError, "needs a date"):
            call.record_outcome(self.outcome("call_back").id)
        call.record_outcome(self.outcome("call_back").id, {"date_next": "2024-07-04 14:30:00"})
        self.assertEqual(
            (str(call.date_planned), call.is_all_day, call.is_appointment),
            ("2024-07-04 14:30:00", False, True),
        )
        self.assertEqual(str(call.activity_ids.date_deadline), "2024-07-04")

    def test_put_off_to_a_day(self):
        call = self.make_touch(self.partner)
        call.record_outcome(self.outcome("put_off").id, {"date_next": "2024-07-10"})
        self.assertEqual((str(call._local_day()), call.is_appointment), ("2024-07-10", False))
        self.assertEqual(call.state, "planned")

    def test_nothing_is_put_off_to_a_day_that_is_over(self):
        call = self.make_touch(self.partner)
        for moment in ("2024-06-30", "2024-06-30 10:00:00"):
            with self.subTest(moment=moment), self.assertRaisesRegex(UserError, "is over"):
                call.record_outcome(self.outcome("put_off").id, {"date_next": moment})
        with self.assertRaisesRegex(UserError, "is over"):
            call.record_outcome(self.outcome("reached").id, {"date_next": "2024-06-30"})

    def test_done_without_a_word_has_the_usual_outcome(self):
        """As mass edit and import do it; what an attempt before came to is not it."""
        call, visit = self.make_touch(self.partner), self.make_touch(self.partner, kind="visit")
        call.record_outcome(self.outcome("no_answer").id)
        made = self.make_touch(self.partner, state="done")
        (call | visit).with_user(self.anna).write({"state": "done"})
        self.assertEqual(
            [touch.outcome_id.code for touch in (call, visit, made)], ["reached", "met", "reached"]
        )
        self.assertTrue(call.is_contact and visit.is_contact and made.is_contact)
        refused = self.make_touch(self.partner)
        refused.write({"state": "done", "outcome_id": self.outcome("refused").id})
        self.assertEqual(refused.outcome_id.code, "refused")

    def test_wrong_number_asks_for_the_right_one(self):
        call = self.make_touch(self.partner)
        call.with_user(self.anna).record_outcome(self.outcome("wrong_number").id)
        activity = self.partner.activity_ids
        self.assertEqual(
            (activity.user_id, activity.summary), (self.anna, "Find the right contact data")
        )
        self.assertEqual((call.state, str(call._local_day())), ("planned", "2024-07-08"))

    def test_reached_with_promise_and_next_date(self):
        call = self.make_touch(self.partner)
        call.with_user(self.anna).record_outcome(
            self.outcome("reached").id,
            {
                "result": "Wants the new list",
                "minutes": 6,
                "date_next": "2024-07-15",
                "promise": {"name": "Send the list", "date_due": "2024-07-03"},
            },
        )
        self.assertEqual((call.state, call.minutes, call.done_by_id), ("done", 6, self.anna))
        following = self.touches_of(self.partner, state="planned")
        self.assertEqual((str(following._local_day()), following.origin), ("2024-07-15", "hand"))
        promise = call.promise_ids
        self.assertEqual((promise.name, promise.user_id), ("Send the list", self.anna))
        self.assertIn("Wants the new list", self.partner.message_ids[0].body)

    def test_minutes_are_counted_from_the_start(self):
        call = self.make_touch(self.partner)
        call.action_start()
        with freeze_time(datetime.fromisoformat(NIGHT) + timedelta(minutes=25)):
            call.record_outcome(self.outcome("reached").id)
        self.assertEqual(call.minutes, 25)

    def test_what_is_done_is_not_recorded_twice(self):
        call = self.make_touch(self.partner)
        call.record_outcome(self.outcome("reached").id)
        with self.assertRaisesRegex(UserError, "already"):
            call.record_outcome(self.outcome("reached").id)

    def test_unplanned_contact_of_a_contact_person(self):
        person = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.partner.id})
        touch = self.Touch.browse(
            self.Touch.with_user(self.anna).log_contact(
                person.id, "call", None, {"result": "Called us"}
            )
        )
        self.assertEqual((touch.partner_id, touch.contact_id), (self.partner, person))
        self.assertEqual((touch.origin, touch.state), ("unplanned", "done"))
        self.assertEqual(self.partner.with_user(self.anna).last_touch_date, touch.date_done)

    def test_reopening_takes_the_next_one_back(self):
        partner = self.make_known()
        self.plan()
        call = self.touches_of(partner, kind="call", state="planned")
        call.record_outcome(self.outcome("reached").id)
        self.assertEqual(len(self.touches_of(partner, kind="call", state="planned")), 1)
        call.action_reopen()
        self.assertEqual(self.touches_of(partner, kind="call", state="planned"), call)


@tagged("post_install", "-at_install")
class TestNight(PlanCase):
    def test_a_window_that_passed_is_marked_and_the_next_one_planned(self):
        partner = self.make_known()
        self.plan()
        call = self.touches_of(partner, kind="call", state="planned")
        after = call.date_latest + timedelta(days=1)
        self.plan(f"{after} 02:00:00")
        self.assertEqual(call.state, "missed")
        self.assertFalse(call.activity_ids)
        following = self.touches_of(partner, kind="call", state="planned")
        self.assertEqual(
            following.date_due, call.cadence_line_id._add_interval(call.date_due, 1, "month")
        )

    def test_not_before_the_persons_own_day_is_over(self):
        self.anna.tz = "America/Los_Angeles"
        touch = self.make_touch(self.make_customer(tier="BASIC"), "2024-06-20")
        touch.date_latest = "2024-06-30"
        self.plan("2024-07-01 06:00:00")  # still 30 June in Los Angeles
        self.assertEqual(touch.state, "planned")
        self.plan("2024-07-01 08:00:00")
        self.assertEqual(touch.state, "missed")

    def test_what_was_put_off_beyond_its_window_is_not_missed(self):
        touch = self.make_touch(self.make_customer(tier="BASIC"), "2024-06-20")
        touch.write({"date_latest": "2024-06-25", "date_planned": "2024-07-04"})
        self.plan()
        self.assertEqual(touch.state, "planned")

    def test_nothing_is_missed_before_the_company_went_live(self):
        self.company.go_live_date = "2024-07-20"
        partner = self.make_known()
        touch = self.make_touch(partner, "2024-06-20")
        self.plan()
        rhythm = self.touches_of(partner, kind="call", origin="cadence")
        rhythm.write(
            {
                "date_earliest": "2024-07-01",
                "date_planned": "2024-07-02",
                "date_due": "2024-07-02",
                "date_latest": "2024-07-08",
            }
        )
        self.plan("2024-07-12 02:00:00")
        self.assertEqual((touch.state, rhythm.state), ("planned", "planned"))
        self.plan("2024-07-20 02:00:00")
        self.assertFalse(self.touches_of(partner, state="missed"))
        self.assertEqual(rhythm.state, "cancelled", "planned anew")
        self.assertTrue(self.touches_of(partner, kind="call", state="planned"))

    def test_away_inside_the_window_moves_to_another_day(self):
        call = self.make_touch(self.make_customer(tier="BASIC"), "2024-07-03")
        self.leave(self.anna, "2024-07-02", "2024-07-04")
        self.plan()
        self.assertEqual((str(call._local_day()), call.user_id), ("2024-07-05", self.anna))
        self.assertEqual(str(call.activity_ids.date_deadline), "2024-07-05")

    def test_away_for_all_of_it_goes_to_the_deputy_and_back(self):
        self.anna.deputy_id = self.tom
        call = self.make_touch(self.make_customer(tier="BASIC"), "2024-07-03")
        leave = self.leave(self.anna, "2024-07-01", "2024-07-31")
        self.plan()
        self.assertEqual((call.user_id, call.stand_in_for_id), (self.tom, self.anna))
        self.assertEqual(call.activity_ids.user_id, self.tom)
        leave.unlink()
        self.plan()
        self.assertEqual((call.user_id, call.stand_in_for_id), (self.anna, self.env["res.users"]))

    def test_without_a_deputy_it_goes_to_the_leader(self):
        call = self.make_touch(self.make_customer(tier="BASIC"), "2024-07-03")
        self.anna.action_archive()
        self.plan()
        self.assertEqual((call.user_id, call.stand_in_for_id), (self.leader, self.anna))

    def test_an_appointment_keeps_its_hour_and_goes_to_the_deputy(self):
        self.anna.deputy_id = self.tom
        call = self.make_touch(
            self.make_customer(tier="BASIC"), "2024-07-03 13:00:00", is_appointment=True
        )
        self.leave(self.anna, "2024-07-02", "2024-07-04")
        self.plan()
        self.assertEqual((str(call.date_planned), call.user_id), ("2024-07-03 13:00:00", self.tom))

    def leave(self, user, first, last):
        resource = self.env["resource.resource"].search([("user_id", "=", user.id)], limit=1)
        resource = resource or self.env["resource.resource"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "company_id": self.company.id,
                "calendar_id": self.company.resource_calendar_id.id,
                "tz": "UTC",
            }
        )
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Away",
                "resource_id": resource.id,
                "calendar_id": self.company.resource_calendar_id.id,
                "company_id": self.company.id,
                "date_from": f"{first} 00:00:00",
                "date_to": f"{last} 23:59:59",
            }
        )
