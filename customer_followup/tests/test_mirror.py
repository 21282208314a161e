"""Follow-up, activity and event say the same, whoever did what to which of them."""

import random
from datetime import datetime, timedelta

import pytz
from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import FollowupCase

NOW = datetime(2024, 7, 1, 7, 0)


class MirrorCase(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.anna.tz, cls.tom.tz, cls.leader.tz = "Asia/Shanghai", "America/New_York", "UTC"
        cls.customer = cls.make_customer("Ink & Paper")
        cls.customer.email = "ink@customer.example"

    def setUp(self):
        super().setUp()
        self.last_mail = self.env["mail.mail"].search([], limit=1, order="id desc").id or 0

    def activity_of(self, touch):
        return self.env["mail.activity"].search(
            [("res_model", "=", "followup.touch"), ("res_id", "=", touch.id)]
        )

    def visit(self, **vals):
        values = {"kind": "visit", "date_planned": "2024-07-03 08:00:00", "duration": 1, **vals}
        return self.make_touch(self.customer, values.pop("date_planned"), **values)

    def as_user(self, user, record):
        """Return a record as a user sees it in the web client, with his time zone."""
        return record.with_user(user).with_context(tz=user.tz, allowed_company_ids=self.company.ids)

    def assertConsistent(self, touch):
        touch.invalidate_recordset()
        activity, event = self.activity_of(touch), touch.event_id
        live = touch.state == "planned" and touch.user_id.active
        self.assertEqual(len(activity), int(bool(live and touch._shows_activity())), touch.state)
        if activity:
            tz = pytz.timezone(touch.user_id.tz)
            day = pytz.utc.localize(touch.date_planned).astimezone(tz).date()
            self.assertEqual(activity.date_deadline, day)
            self.assertEqual(activity.user_id, touch.user_id)
            self.assertEqual(activity.calendar_event_id, event.filtered("active"))
        if live and touch.kind == "visit" and not touch.is_all_day:
            self.assertTrue(event.active)
            self.assertEqual(event.start, touch.date_planned)
            self.assertAlmostEqual(
                (event.stop - event.start).total_seconds() / 3600, touch.duration
            )
            self.assertEqual(event.user_id, touch.user_id)
            self.assertEqual(event.partner_ids, touch.user_id.partner_id)
        elif touch.state != "done" and touch.user_id.active:
            self.assertFalse(event and event.active)

    def assertNoMailToCustomer(self):
        mails = self.env["mail.mail"].search([("id", ">", self.last_mail)])
        for mail in mails:
            self.assertNotIn("customer.example", mail.email_to or "")
            self.assertNotIn(self.customer, mail.recipient_ids.commercial_partner_id)


@tagged("post_install", "-at_install")
class TestMirror(MirrorCase):
    def test_near_one_is_an_activity_a_far_one_is_none(self):
        near, far = self.make_touch(self.customer), self.make_touch(self.customer, "2024-08-20")
        self.assertEqual(self.activity_of(near).user_id, self.anna)
        self.assertEqual(str(self.activity_of(near).date_deadline), "2024-07-03")
        self.assertFalse(self.activity_of(far))
        self.assertNoMailToCustomer()

    def test_visit_has_an_event_once_it_has_an_hour(self):
        visit = self.visit(date_planned="2024-07-03")
        self.assertFalse(visit.event_id)
        visit.write({"date_planned": "2024-07-04 02:00:00", "is_all_day": False})
        self.assertEqual(visit.event_id.partner_ids, self.anna.partner_id)
        self.assertFalse(
            visit.event_id.attendee_ids.filtered(
                lambda attendee: attendee.partner_id == self.customer
            )
        )
        self.assertConsistent(visit)

    def test_day_of_the_person_counts_not_that_of_the_server(self):
        visit = self.visit(date_planned="2024-07-03 18:00:00")
        self.assertEqual(str(self.activity_of(visit).date_deadline), "2024-07-04", "in Shanghai")
        visit.user_id = self.tom
        self.assertEqual(str(self.activity_of(visit).date_deadline), "2024-07-03", "in New York")
        self.assertConsistent(visit)

    def test_event_moved_by_hour_and_length(self):
        visit = self.visit()
        event = self.as_user(self.anna, visit.event_id)
        event.write({"start": "2024-07-05 03:00:00", "stop": "2024-07-05 05:30:00"})
        self.assertEqual((str(visit.date_planned), visit.duration), ("2024-07-05 03:00:00", 2.5))
        self.assertConsistent(visit)

    def test_activity_moved_keeps_the_hour(self):
        visit = self.visit()
        self.as_user(self.anna, self.activity_of(visit)).date_deadline = "2024-07-09"
        self.assertEqual(str(visit.date_planned), "2024-07-09 08:00:00")
        self.assertConsistent(visit)

    def test_activity_moved_across_the_change_of_the_clocks(self):
        visit = self.visit(
            date_planned="2024-07-03 13:00:00",
            user_id=self.tom.id,  # 9 o'clock in New York
        )
        self.as_user(self.tom, self.activity_of(visit)).date_deadline = "2024-11-20"
        self.assertEqual(str(visit.date_planned), "2024-11-20 14:00:00", "9 o'clock in winter")

    def test_several_activities_moved_at_once(self):
        visits = self.visit() | self.visit(date_planned="2024-07-04 02:00:00")
        activities = self.env["mail.activity"].browse(
            [activity.id for visit in visits for activity in self.activity_of(visit)]
        )
        self.as_user(self.anna, activities).write({"date_deadline": "2024-07-08"})
        for visit in visits:
            self.assertEqual(str(visit._local_day()), "2024-07-08")
            self.assertConsistent(visit)

    def test_reassigning_on_either_side(self):
        visit = self.visit()
        self.as_user(self.leader, self.activity_of(visit)).user_id = self.tom
        self.assertEqual(visit.user_id, self.tom)
        self.assertTrue(visit.is_reassigned)
        self.assertConsistent(visit)
        self.as_user(self.leader, visit.event_id).user_id = self.anna
        self.assertEqual(visit.user_id, self.anna)
        self.assertConsistent(visit)

    def test_marking_the_activity_done_finishes_with_the_usual_outcome(self):
        visit = self.visit()
        self.as_user(self.anna, self.activity_of(visit)).action_feedback(feedback="Wants samples")
        self.assertEqual((visit.state, visit.outcome_id.code), ("done", "met"))
        self.assertEqual((visit.result, visit.done_by_id), ("Wants samples", self.anna))
        self.assertTrue(visit.event_id.exists(), "what was done stays in the calendar")
        self.assertIn("Wants samples", self.customer.message_ids[0].body)
        self.assertConsistent(visit)

    def test_users_delete_the_activity_or_the_event_and_cancel(self):
        first, second = self.visit(), self.visit(date_planned="2024-07-04 02:00:00")
        self.as_user(self.anna, self.activity_of(first)).unlink()
        self.as_user(self.anna, second.event_id).unlink()
        for visit in (first, second):
            self.assertEqual((visit.state, visit.cancel_reason), ("cancelled", "user"))
            self.assertConsistent(visit)

    def test_activity_deleted_together_with_its_meeting(self):
        visit = self.visit()
        self.as_user(self.anna, self.activity_of(visit)).unlink_w_meeting()
        self.assertEqual(visit.state, "cancelled")
        self.assertFalse(visit.event_id)

    def test_archiving_the_event_cancels_and_reopening_brings_it_back(self):
        visit = self.visit()
        self.as_user(self.anna, visit.event_id).action_archive()
        self.assertEqual(visit.state, "cancelled")
        visit.action_reopen()
        self.assertEqual(visit.state, "planned")
        self.assertConsistent(visit)

    def test_nothing_is_lost_when_the_person_is_archived(self):
        visit = self.visit()
        self.anna.action_archive()
        visit.invalidate_recordset()
        self.assertEqual((visit.state, visit.user_id), ("planned", self.anna))
        self.assertConsistent(visit)
        self.anna.action_unarchive()
        self.plan(NOW)
        self.assertConsistent(visit)

    def test_what_a_clean_up_takes_away_is_made_again(self):
        visit = self.visit()
        self.activity_of(visit).sudo().unlink()
        self.assertEqual(visit.state, "planned")
        self.plan(NOW)
        self.assertConsistent(visit)
        visit.event_id.sudo().unlink()
        self.assertEqual(visit.state, "planned")
        self.assertConsistent(visit)

    def test_meeting_planned_from_the_activity_becomes_the_follow_ups_own(self):
        visit = self.visit(date_planned="2024-07-03")
        action = self.as_user(self.anna, self.activity_of(visit)).action_create_calendar_event()
        events = self.as_user(self.anna, self.env["calendar.event"]).with_context(
            **action["context"]
        )
        event = events.create({"start": "2024-07-04 01:00:00", "stop": "2024-07-04 02:00:00"})
        self.assertEqual(visit.event_id, event)
        self.assertEqual(
            (str(visit.date_planned), visit.is_all_day), ("2024-07-04 01:00:00", False)
        )
        self.assertConsistent(visit)

    def test_copy_is_planned_and_has_mirrors_of_its_own(self):
        visit = self.visit()
        visit.record_outcome(self.outcome("met").id, {"result": "Fine"})
        other = visit.copy({"date_planned": "2024-07-08 08:00:00"})
        self.assertEqual((other.state, other.result), ("planned", False))
        self.assertNotEqual(other.event_id, visit.event_id)
        self.assertConsistent(other)

    def test_deleting_a_planned_one_takes_its_mirrors_along(self):
        visit = self.visit()
        activity, event = self.activity_of(visit), visit.event_id
        visit.with_user(self.anna).unlink()
        self.assertFalse(activity.exists() or event.exists())

    def test_done_ones_cannot_be_deleted(self):
        call = self.make_touch(self.customer)
        call.record_outcome(self.outcome("reached").id)
        with self.assertRaisesRegex(UserError, "part of the customer's history"):
            call.with_user(self.leader).unlink()

    def test_typed_duration_is_kept_when_done(self):
        visit = self.visit(duration=1.5)
        visit.minutes = 50
        visit.record_outcome(self.outcome("met").id)
        self.assertEqual((visit.duration, visit.minutes), (1.5, 50))

    def test_invitation_leaves_only_when_the_user_sends_it(self):
        visit = self.visit()
        visit.event_id.write({"start": "2024-07-04 08:00:00", "stop": "2024-07-04 09:00:00"})
        self.assertNoMailToCustomer()
        with self.mails_may_leave():
            visit.with_user(self.anna).action_send_invitation()
        self.assertEqual(visit.event_id.partner_ids, self.anna.partner_id | self.customer)
        mails = self.env["mail.mail"].search([("id", ">", self.last_mail)])
        sent = self.env["mail.message"].search([("partner_ids", "in", self.customer.ids)])
        self.assertTrue(mails or sent)
        self.assertTrue(visit.is_appointment)

    def test_invitation_without_an_address_is_refused(self):
        visit = self.visit()
        self.customer.email = False
        with self.assertRaisesRegex(UserError, "has no mail address"):
            visit.action_send_invitation()

    def test_no_invitation_to_who_wants_no_messages_or_has_no_meeting(self):
        visit, call = self.visit(), self.make_touch(self.customer)
        with self.assertRaisesRegex(UserError, "choose the hour"):
            call.with_user(self.anna).action_send_invitation()
        # an appointment stays when its customer asks to be left in peace
        visit.is_appointment = True
        self.customer.care_do_not_contact = True
        self.assertEqual(visit.state, "planned")
        with self.assertRaisesRegex(UserError, "wants no messages"):
            visit.with_user(self.anna).action_send_invitation()

    def test_form_by_hand_with_least_rights(self):
        form = Form(self.as_user(self.anna, self.env["followup.touch"]))
        form.partner_id = self.customer
        form.date_planned = "2024-07-05 05:00:00"
        form.is_all_day = False
        form.kind = "visit"
        visit = form.save()
        self.assertEqual((visit.user_id, visit.origin), (self.anna, "hand"))
        self.assertConsistent(visit.with_env(self.env))

    def test_participants_and_guests_keep_their_place(self):
        """A colleague the user adds to the meeting stays when it changes hands."""
        visit = self.visit()
        self.as_user(self.anna, visit.event_id).partner_ids = [
            Command.link(self.leader.partner_id.id)
        ]
        visit.user_id = self.tom
        self.assertEqual(visit.event_id.partner_ids, self.tom.partner_id | self.leader.partner_id)


@tagged("post_install", "-at_install")
class TestRandomUsers(MirrorCase):
    """Anything, in any order, by anybody, from either side."""

    OPERATIONS = 150

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outsider = cls.make_user(None, tz="Europe/Paris")
        cls.people = (cls.anna, cls.tom, cls.leader, cls.manager)
        cls.touches = cls.Touch
        for number in range(6):
            cls.touches |= cls.make_touch(
                cls.customer,
                f"2024-07-{number + 2:02d} 09:00:00" if number % 2 else f"2024-07-{number + 2:02d}",
                kind="visit" if number % 3 else "call",
            )

    def test_random_operations(self):
        for seed in range(2):
            self.random = random.Random(seed)
            operations = [
                self.move_touch,
                self.move_activity,
                self.move_event,
                self.stretch_event,
                self.reassign_touch,
                self.reassign_activity,
                self.reassign_event,
                self.give_hour,
                self.take_hour,
                self.finish_activity,
                self.record,
                self.drop_activity,
                self.drop_event,
                self.archive_event,
                self.clean_up,
                self.archive_person,
                self.reopen,
                self.cancel,
                self.duplicate,
                self.night,
                self.change_kind,
            ]
            for number in range(self.OPERATIONS):
                touch = self.random.choice(self.touches)
                touch.invalidate_recordset()
                operation = self.random.choice(operations)
                with self.subTest(seed=seed, number=number, operation=operation.__name__):
                    operation(touch)
                    self.env.flush_all()
                    for other in self.touches:
                        self.assertConsistent(other)
        self.assertNoMailToCustomer()

    def moment(self):
        return NOW + timedelta(days=self.random.randint(0, 40), hours=self.random.randint(0, 23))

    def person(self):
        return self.random.choice(self.people)

    def move_touch(self, touch):
        touch.with_user(self.leader).date_planned = self.moment()

    def give_hour(self, touch):
        touch.write({"date_planned": self.moment(), "is_all_day": False})

    def take_hour(self, touch):
        touch.is_all_day = True

    def change_kind(self, touch):
        touch.kind = self.random.choice(("call", "visit", "mail"))

    def reassign_touch(self, touch):
        touch.user_id = self.person()

    def move_activity(self, touch):
        for activity in self.activity_of(touch):
            self.as_user(touch.user_id, activity).date_deadline = self.moment().date()

    def reassign_activity(self, touch):
        for activity in self.activity_of(touch):
            self.as_user(self.manager, activity).user_id = self.person()

    def finish_activity(self, touch):
        for activity in self.activity_of(touch):
            self.as_user(touch.user_id, activity).action_feedback(feedback="By the systray")

    def drop_activity(self, touch):
        for activity in self.activity_of(touch):
            self.as_user(touch.user_id, activity).unlink()

    def move_event(self, touch):
        if event := touch.event_id.filtered("active"):
            start = self.moment()
            self.as_user(self.manager, event).write(
                {"start": start, "stop": start + timedelta(hours=1)}
            )

    def stretch_event(self, touch):
        if event := touch.event_id.filtered("active"):
            self.as_user(self.manager, event).stop = event.start + timedelta(
                hours=self.random.randint(1, 4)
            )

    def reassign_event(self, touch):
        if event := touch.event_id.filtered("active"):
            self.as_user(self.manager, event).user_id = self.person()

    def drop_event(self, touch):
        if event := touch.event_id.filtered("active"):
            self.as_user(self.manager, event).unlink()

    def archive_event(self, touch):
        if event := touch.event_id.filtered("active"):
            self.as_user(self.manager, event).action_archive()

    def clean_up(self, touch):
        self.activity_of(touch).sudo().unlink()
        touch._mirror()

    def archive_person(self, touch):
        person = self.random.choice((self.anna, self.tom))
        person.action_archive()
        person.action_unarchive()
        self.touches._mirror()

    def record(self, touch):
        if touch.state == "planned":
            code = self.random.choice(("met", "reached", "no_answer", "not_in", "refused"))
            touch.with_user(self.leader).record_outcome(self.outcome(code).id)

    def reopen(self, touch):
        touch.action_reopen()

    def cancel(self, touch):
        touch.with_user(self.leader).action_cancel()

    def duplicate(self, touch):
        if len(self.touches) < 9:
            self.touches |= touch.copy()

    def night(self, touch):
        self.plan(NOW)
