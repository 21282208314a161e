"""Follow-up, activity and event against what else users, addons and calendars do to them."""

from datetime import date, datetime

from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .test_mirror import NOW, MirrorCase


@tagged("post_install", "-at_install")
class TestOtherActivities(MirrorCase):
    """Activities on a follow-up that are not its mirror are nobody's business but the user's."""

    def note_of(self, touch, **vals):
        return self.as_user(self.anna, touch).activity_schedule(
            "mail.mail_activity_data_todo", summary="Bring samples", **vals
        )

    def test_another_activity_is_left_alone(self):
        visit = self.visit()
        mirror = visit.activity_id
        note = self.note_of(visit, date_deadline=date(2024, 7, 2), user_id=self.leader.id)
        visit.date_planned = "2024-07-08 08:00:00"
        self.assertEqual((note.summary, note.date_deadline), ("Bring samples", date(2024, 7, 2)))
        self.assertEqual((mirror.date_deadline, mirror.user_id), (date(2024, 7, 8), self.anna))
        note.date_deadline = date(2024, 7, 3)
        note.user_id = self.tom
        self.assertEqual((visit._local_day(), visit.user_id), (date(2024, 7, 8), self.anna))
        note.action_feedback(feedback="In the car")
        self.assertEqual((visit.state, visit.activity_id), ("planned", mirror))
        self.note_of(visit).unlink()
        self.assertEqual(visit.state, "planned")
        self.assertConsistent(visit)

    def test_the_mirror_goes_and_the_other_activity_stays(self):
        visit = self.visit()
        note = self.note_of(visit)
        visit.record_outcome(self.outcome("met").id)
        self.assertTrue(note.exists().active)
        self.assertFalse(visit.activity_id.active)

    def test_only_the_mirror_asks_how_it_went(self):
        """And only of who may record it: a colleague without rights marks it as done at once."""
        visit = self.visit()
        note, mirror = self.note_of(visit), visit.activity_id
        outsider = self.make_user(None)

        def asked(user):
            activities = self.as_user(user, mirror | note.sudo())
            return [
                activity["touch_asks_outcome"]
                for activity in activities.activity_format()["mail.activity"]
            ]

        self.assertEqual(asked(self.anna), [True, False])
        (mirror | note).sudo().user_id = outsider
        self.assertEqual(asked(outsider), [False, False])

    def test_activity_plan(self):
        plan = self.env["mail.activity.plan"].create(
            {
                "name": "Prepare",
                "res_model": "followup.touch",
                "template_ids": [
                    Command.create(
                        {
                            "activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
                            "summary": f"Step {number}",
                        }
                    )
                    for number in range(2)
                ],
            }
        )
        visit = self.visit()
        wizard = (
            self.as_user(self.anna, self.env["mail.activity.schedule"])
            .with_context(active_model=visit._name, active_ids=visit.ids)
            .create({"plan_id": plan.id})
        )
        wizard.action_schedule_plan()
        self.assertEqual(len(self.activity_of(visit)), 3)
        self.activity_of(visit).filtered(lambda row: row.summary == "Step 0").action_done()
        self.plan(NOW)
        self.assertEqual(visit.state, "planned")
        self.assertEqual(visit.activity_id.summary, visit._get_mirror_name())

    def test_other_type_in_the_form_is_another_kind_of_contact(self):
        visit = self.visit()
        activity = self.as_user(self.anna, visit.activity_id)
        with Form(activity) as form:
            form.activity_type_id = self.env.ref("mail.mail_activity_data_call")
        self.assertEqual(visit.kind, "call")
        self.assertConsistent(visit)
        activity.activity_type_id = self.env.ref("mail.mail_activity_data_todo")
        self.assertEqual(visit.kind, "call")
        self.assertEqual(
            visit.activity_id.activity_type_id, self.env.ref("mail.mail_activity_data_call")
        )

    def test_buttons_of_the_systray(self):
        visit, day = self.visit(), self.make_touch(self.customer, "2024-07-01")
        for touch in (visit, day):
            activity = self.as_user(self.anna, touch.activity_id)
            for button, expected in (
                ("tomorrow", date(2024, 7, 2)),
                ("nextweek", date(2024, 7, 8)),
                ("today", date(2024, 7, 1)),
            ):
                getattr(activity, f"action_reschedule_{button}")()
                self.assertEqual(touch._local_day(), expected)
                self.assertConsistent(touch)
        self.as_user(self.anna, visit.activity_id).action_cancel()
        self.assertEqual((visit.state, visit.cancel_reason), ("cancelled", "user"))


@tagged("post_install", "-at_install")
class TestCalendars(MirrorCase):
    def test_dragged_in_our_calendar(self):
        """The web client names hours, or days only where a column for all day is given."""
        visit = self.visit()
        self.as_user(self.anna, visit).web_save(
            {
                "is_all_day": False,
                "date_planned": "2024-07-05 06:00:00",
                "date_stop": "2024-07-05 08:30:00",
            },
            {"date_planned": {}},
        )
        self.assertEqual((str(visit.date_planned), visit.duration), ("2024-07-05 06:00:00", 2.5))
        self.assertConsistent(visit)
        self.as_user(self.anna, visit).web_save(
            {"is_all_day": True, "date_planned": "2024-07-09", "date_stop": "2024-07-09"},
            {"date_planned": {}},
        )
        self.assertEqual(visit._local_day(), date(2024, 7, 9))
        self.assertEqual(visit.date_stop, visit.date_planned)
        self.assertConsistent(visit)
        made = self.make_touch(self.customer, "2024-07-10", date_stop="2024-07-10")
        self.assertEqual(made.date_stop, made.date_planned)

    def test_all_day_meeting_and_back(self):
        visit = self.visit()
        event = self.as_user(self.anna, visit.event_id)
        event.write({"allday": True, "start_date": "2024-07-05", "stop_date": "2024-07-05"})
        self.assertEqual((visit.is_all_day, visit._local_day()), (True, date(2024, 7, 5)))
        self.assertConsistent(visit)
        visit.write({"date_planned": "2024-07-05 02:00:00", "is_all_day": False})
        self.assertFalse(visit.event_id.allday)
        self.assertConsistent(visit)

    def test_declined_and_accepted_change_nothing(self):
        visit = self.visit()
        attendee = self.as_user(self.anna, visit.event_id.attendee_ids)
        attendee.do_decline()
        self.assertEqual(visit.state, "planned")
        attendee.do_accept()
        self.assertConsistent(visit)
        self.assertNoMailToCustomer()

    def test_recurring_meeting_keeps_one_follow_up(self):
        visit = self.visit()
        before = self.Touch.search_count([])
        event = self.as_user(self.anna, visit.event_id)
        event.write(
            {
                "recurrency": True,
                "rrule_type": "weekly",
                "wed": True,
                "interval": 1,
                "end_type": "count",
                "count": 3,
            }
        )
        self.assertEqual(len(event.recurrence_id.calendar_event_ids), 3)
        self.assertEqual(self.Touch.search_count([]), before)
        self.assertEqual(visit.state, "planned")
        self.assertConsistent(visit)
        later = event.recurrence_id.calendar_event_ids - event
        later[0].write({"recurrence_update": "self_only", "name": "Other"})
        event.write(
            {
                "recurrence_update": "all_events",
                "start": "2024-07-03 10:00:00",
                "stop": "2024-07-03 11:00:00",
            }
        )
        visit.invalidate_recordset()
        self.assertConsistent(visit)
        self.assertNoMailToCustomer()

    def test_recurrence_that_leaves_its_day_out_takes_nothing_away(self):
        visit = self.visit()  # a Wednesday
        event = self.as_user(self.anna, visit.event_id)
        event.write(
            {
                "recurrency": True,
                "rrule_type": "weekly",
                "fri": True,
                "wed": False,
                "interval": 1,
                "end_type": "count",
                "count": 3,
            }
        )
        self.assertEqual(visit.state, "planned")
        self.assertConsistent(visit)

    def test_meeting_over_midnight_and_the_change_of_the_clocks(self):
        visit = self.visit(
            date_planned="2024-11-03 05:30:00", duration=1.5, user_id=self.tom.id, kind="visit"
        )  # 1:30 in New York, where 1:30 comes twice
        with freeze_time("2024-11-01 12:00:00"):
            self.as_user(self.tom, visit)._mirror()
            self.assertEqual(visit._local_day(), date(2024, 11, 3))
            self.as_user(self.tom, visit.activity_id).date_deadline = "2024-11-04"
            self.assertEqual(str(visit.date_planned), "2024-11-04 06:30:00")
            self.as_user(self.tom, visit.event_id).write(
                {"start": "2024-11-04 04:30:00", "stop": "2024-11-04 06:00:00"}
            )
            self.assertEqual(visit._local_day(), date(2024, 11, 3), "before midnight there")
            self.assertConsistent(visit)
        day = self.make_touch(self.customer, "2025-03-09", user_id=self.tom.id)
        self.assertEqual(day._local_day(), date(2025, 3, 9))


@tagged("post_install", "-at_install")
class TestPeople(MirrorCase):
    def test_reassigning_keeps_the_day(self):
        call = self.make_touch(self.customer, "2024-07-03")
        self.tom.tz = "America/Los_Angeles"
        for user in (self.tom, self.anna, self.leader):
            call.user_id = user
            self.assertEqual(call._local_day(), date(2024, 7, 3), user.tz)
            self.assertConsistent(call)
        self.as_user(self.leader, call.activity_id).user_id = self.tom
        self.assertEqual(call._local_day(), date(2024, 7, 3))
        call.write({"user_id": self.anna.id, "date_planned": "2024-07-04"})
        self.assertEqual(call._local_day(), date(2024, 7, 4))

    def test_a_new_account_manager_elsewhere_keeps_the_day(self):
        self.tom.tz = "America/Los_Angeles"
        self.plan(NOW)
        touches = self.touches_of(self.customer)
        days = {touch: touch._local_day() for touch in touches}
        self.assertTrue(days)
        self.customer.user_id = self.tom
        self.plan(NOW)
        self.assertEqual(touches.user_id, self.tom)
        for touch, day in days.items():
            self.assertEqual(touch._local_day(), day)
            self.assertEqual(touch.date_stop, touch.date_planned)
            self.assertConsistent(touch)

    def test_a_person_moves_to_another_time_zone(self):
        call, visit = self.make_touch(self.customer, "2024-07-03"), self.visit()
        self.anna.tz = "America/Los_Angeles"
        self.assertEqual(call._local_day(), date(2024, 7, 3))
        self.assertEqual(str(visit.date_planned), "2024-07-03 08:00:00")
        for touch in (call, visit):
            self.assertConsistent(touch)

    def test_deleted_person_leaves_his_follow_ups(self):
        self.make_cadence([("mail", 1, "month", {"tolerance_days": 7})])
        gone = self.make_user("own", tz="UTC")
        partner = self.make_customer(user=gone)
        self.plan(NOW)
        # outside the window of every call, wherever in the month it was spread to
        visit = self.make_touch(
            partner, "2024-08-20 08:00:00", kind="visit", user_id=gone.id, duration=1
        )
        touches = self.touches_of(partner)
        partner.user_id = self.tom
        self.env.flush_all()
        touches.event_id.sudo().partner_ids = False
        gone.sudo().unlink()
        touches.invalidate_recordset()
        self.plan(NOW)
        self.assertEqual(set(touches.mapped("state")), {"planned"})
        rhythm = touches - visit
        self.assertEqual(rhythm.user_id, self.tom)
        for touch in rhythm:
            self.assertConsistent(touch)
        self.assertFalse(visit.user_id, "nobody's: for the leader's list")

    def test_deleted_customer_takes_everything_along(self):
        partner = self.make_customer()
        visit = self.make_touch(partner, "2024-07-03 08:00:00", kind="visit", duration=1)
        done = self.make_touch(partner)
        done.record_outcome(self.outcome("reached").id)
        activities = (visit | done).activity_id
        event = visit.event_id
        partner.sudo().unlink()
        self.assertFalse(activities.exists() or event.exists() or (visit | done).exists())

    def test_who_may_see_nothing_of_it_marks_his_activity_done(self):
        """A colleague without any right of ours, to whom a leader gave the activity."""
        outsider = self.make_user(None, tz="Europe/Paris")
        visit = self.visit()
        visit.user_id = outsider
        self.assertConsistent(visit)
        activity = self.as_user(outsider, visit.activity_id)
        activity.action_reschedule_tomorrow()
        self.assertEqual(visit._local_day(), date(2024, 7, 2))
        activity.action_feedback(feedback="Was there")
        self.assertEqual((visit.state, visit.done_by_id), ("done", outsider))

    def test_who_cares_for_no_customers_reads_his_meetings(self):
        """A client that asks for every field of a meeting, as programs do by RPC."""
        outsider = self.make_user(None)
        event = self.visit().event_id
        event.sudo().write({"partner_ids": [Command.link(outsider.partner_id.id)]})
        self.env.invalidate_all()
        [values] = self.as_user(outsider, event).read()
        self.assertNotIn("touch_ids", values)

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_portal_and_strangers_reach_nothing(self):
        visit = self.visit()
        quiet = self.env(context={**self.env.context, "no_reset_password": True})
        portal = new_test_user(quiet, "care_portal", groups="base.group_portal")
        other = self.make_company("Other")
        stranger = self.make_user("manager", companies=other, tz="UTC")
        for user, companies in ((portal, self.company), (stranger, other)):
            seen = visit.with_user(user).with_context(allowed_company_ids=companies.ids)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    seen.read(["result"])
                with self.assertRaises(AccessError):
                    seen.write({"date_planned": "2024-07-05"})
                with self.assertRaises(AccessError):
                    seen.record_outcome(self.outcome("met").id)
                with self.assertRaises(AccessError):
                    seen.activity_id.sudo(False).write({"date_deadline": "2024-07-05"})


@tagged("post_install", "-at_install")
class TestMany(MirrorCase):
    def test_imported_days_are_days(self):
        """A file says a day: the importer reads midnight of who imports it, in UTC."""
        touches = self.as_user(self.leader, self.Touch).with_context(tz="Asia/Shanghai")
        result = touches.load(
            ["partner_id/.id", "kind", "date_planned", "user_id/.id"],
            [
                [str(self.customer.id), "Call", "2024-07-04", str(self.tom.id)],
                [str(self.customer.id), "Visit", "2024-07-05 09:00:00", str(self.anna.id)],
            ],
        )
        self.assertFalse(result["messages"])
        call, visit = self.Touch.browse(result["ids"])
        self.assertEqual((call.is_all_day, call._local_day()), (True, date(2024, 7, 4)))
        self.assertEqual(
            (visit.is_all_day, str(visit.date_planned)), (False, "2024-07-05 01:00:00")
        )
        for touch in (call, visit):
            self.assertConsistent(touch)

    def test_imported_contacts_count(self):
        result = self.Touch.load(
            ["partner_id/.id", "kind", "date_planned", "date_done", "state"],
            [[str(self.customer.id), "Call", "2024-06-04", "2024-06-04 09:00:00", "Done"]],
        )
        self.assertFalse(result["messages"])
        call = self.Touch.browse(result["ids"])
        self.assertEqual((call.outcome_id.code, call.is_contact), ("reached", True))

    def test_fifty_at_once(self):
        visits = self.Touch.create(
            [
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "user_id": self.anna.id,
                    "kind": "visit",
                    "date_planned": f"2024-07-{1 + number % 14:02d} 08:00:00",
                    "duration": 1,
                }
                for number in range(50)
            ]
        )
        self.assertEqual(len(visits.event_id), 50)
        mine = self.as_user(self.leader, visits)
        mine.write({"user_id": self.tom.id})
        mine.write({"date_planned": "2024-07-09"})
        for visit in visits:
            self.assertConsistent(visit)
        mine.write({"state": "cancelled"})
        for visit in visits:
            self.assertConsistent(visit)

    def test_the_mirror_costs_about_one_query_each(self):
        calls = self.Touch.create(
            [
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "user_id": self.anna.id,
                    "date_planned": "2024-07-03",
                }
                for __ in range(100)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            calls._mirror()  # says it already
            self.env.flush_all()
        self.env.cr.execute(
            "UPDATE followup_touch SET date_planned = date_planned + interval '1 day'"
            " WHERE id IN %s",
            [tuple(calls.ids)],
        )
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        calls._mirror()
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 250)
        calls.activity_id.sudo().with_context(followup_sync=True).unlink()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        calls._mirror()
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 120)
        self.assertEqual(len(calls.activity_id), 100)

    def test_an_outcome_costs_the_same_with_many_others_open(self):
        self.make_cadence([("call", 1, "month", {"tolerance_days": 7})])
        partners = [self.make_customer() for __ in range(12)]
        self.plan(NOW)
        warm, few, many = (self.touches_of(partner) for partner in partners[:3])
        (warm | few | many).write({"date_planned": "2024-07-02"})
        # everything is loaded once
        warm.with_user(self.anna).record_outcome(self.outcome("reached").id)
        counts = []
        for touch in (few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            touch.with_user(self.anna).record_outcome(self.outcome("reached").id)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            for __ in range(10):
                self.make_customer()
            self.plan(NOW)
        self.assertLessEqual(abs(counts[0] - counts[1]), 10, counts)
        self.assertLess(max(counts), 200, counts)

    def test_many_contacts_in_one_transaction_use_no_more_locks(self):
        """An import or a program records thousands at once: the server has a few thousand."""
        partners = [self.make_customer() for __ in range(4)]
        counts = []
        for __ in range(3):
            for partner in partners:
                self.touches_of(partner, state="planned")[:1].unlink()
                self.Touch._plan_partners(partner, self.company)
            [(count,)] = self.env.execute_query(
                SQL("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()")
            )
            counts.append(count)
        self.assertEqual(counts[1], counts[2])

    def test_a_night_with_nothing_due_costs_the_same_for_many(self):
        # no visits: whether one covers a call depends on the days that customers are spread to
        self.make_cadence([("call", 1, "month")])
        counts = []
        for __ in range(2):
            for __ in range(10):
                self.make_customer()
            self.plan(NOW)
            self.plan(NOW)
            before = self.env.cr.sql_log_count
            self.plan(NOW)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(abs(counts[1] - counts[0]), 2, counts)
        self.assertLess(counts[0], 60, counts)


@tagged("post_install", "-at_install")
class TestRhythmsUnderWay(MirrorCase):
    def test_deleting_a_line_and_making_it_anew_keeps_what_is_open(self):
        cadence = self.make_cadence([("call", 1, "month", {"tolerance_days": 7})])
        self.plan(NOW)
        call = self.touches_of(self.customer, state="planned")
        call.write({"date_planned": datetime(2024, 7, 5, 3), "is_all_day": False})
        call.is_appointment = True
        cadence.line_ids.unlink()
        self.assertEqual((call.state, call.cadence_line_id.id), ("planned", False))
        cadence.line_ids = [
            Command.create(
                {"kind": "call", "interval": 1, "interval_unit": "month", "tolerance_days": 7}
            )
        ]
        self.plan(NOW)
        self.assertEqual(self.touches_of(self.customer, state="planned"), call)
        self.assertEqual(call.cadence_line_id, cadence.line_ids)
        self.assertEqual(str(call.date_planned), "2024-07-05 03:00:00", "agreed")

    def test_two_open_ones_of_different_rhythms_after_a_merge(self):
        """Both hang on lines of their former rhythms, and a third one holds now."""
        first, second, third = (
            self.make_cadence([("call", 1, "month", {"tolerance_days": 7})]) for __ in range(3)
        )
        (second | third).active = False
        other = self.make_customer()
        self.plan(NOW)
        moved = self.touches_of(other, state="planned")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE followup_touch SET partner_id = %s, cadence_line_id = %s WHERE id IN %s",
            [self.customer.id, second.line_ids.id, tuple(moved.ids)],
        )
        first.active, third.active = False, True
        self.env.invalidate_all()
        self.plan(NOW)
        left = self.touches_of(self.customer, state="planned")
        self.assertEqual(len(left), 1)
        self.assertEqual(left.cadence_line_id, third.line_ids)

    def test_a_short_month_moves_nothing(self):
        self.make_cadence([("call", 1, "month", {"tolerance_days": 15})])
        with freeze_time("2024-01-20 02:00:00"):
            self.plan("2024-01-20 02:00:00")
            call = self.touches_of(self.customer, state="planned")
            moved = call._moved_to(call.date_latest)
            call.date_planned = moved
        self.plan("2024-02-01 02:00:00")
        self.assertEqual((call.state, call.date_planned), ("planned", moved))
