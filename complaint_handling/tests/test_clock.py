"""What happens to promises, at their borders and in batches."""

from datetime import datetime

from odoo.fields import Command
from odoo.tests import tagged

from .common import NOW, ComplaintCase


def at(text):
    return datetime.fromisoformat(f"2024-07-{text}:00")


@tagged("post_install", "-at_install")
class TestClock(ComplaintCase):
    """First response within 4, news every 2, a solution within 8 hours of work."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.promise = cls.make_policy(
            [
                ("first_response", 4, "hour", "working"),
                ("update", 2, "hour", "working"),
                ("resolve", 8, "hour", "working"),
            ]
        )
        cls.waiting = cls.env.ref("complaint_handling.complaint_pause_reason_customer")

    def setUp(self):
        super().setUp()
        self.at(NOW)
        self.case = self.make_case()
        self.first = self.clock(self.case, "first_response")
        self.update = self.clock(self.case, "update")
        self.resolve = self.clock(self.case, "resolve")

    def assertClock(self, clock, state, due=None):
        self.assertEqual(clock.state, state)
        self.assertEqual(clock.date_due, at(due) if due else False)

    # ------------------------------------------------------------
    # Borders
    # ------------------------------------------------------------

    def test_answered_in_the_due_second_is_kept(self):
        self.assertClock(self.first, "running", "03 12:00")
        self.first._meet(at("03 12:00"))
        self.assertClock(self.first, "met", "03 12:00")

    def test_answered_a_second_later_is_breached(self):
        self.first._meet(at("03 12:00").replace(second=1))
        self.assertClock(self.first, "breached", "03 12:00")
        self.assertFalse(self.first.is_open)
        self.assertEqual(self.first.date_breached, at("03 12:00"))

    def test_breached_stays_open_until_it_is_answered(self):
        self.at("2024-07-03 14:00:00")
        self.first._settle(at("03 14:00"))
        self.assertClock(self.first, "breached", "03 12:00")
        self.assertTrue(self.first.is_open)
        self.answer(self.case)
        self.assertFalse(self.first.is_open)
        self.assertEqual(self.first.date_met, at("03 14:00"))

    def test_a_call_noted_after_the_breach_was_in_time(self):
        self.at("2024-07-03 14:00:00")
        self.first._settle(at("03 14:00"))
        self.case._note_answer(at("03 11:50"), note="Spoke with Ada")
        self.assertClock(self.first, "met", "03 12:00")
        self.assertFalse(self.first.date_breached)
        self.assertEqual(self.case.date_first_response, at("03 11:50"))

    def test_a_call_noted_after_a_later_message_proves_more(self):
        self.at("2024-07-03 13:30:00")
        message = self.answer(self.case)
        self.assertClock(self.first, "breached", "03 12:00")
        newest = self.clock(self.case, "update")
        self.case._note_answer(at("03 11:50"), note="Spoke with Ada")
        self.assertClock(self.first, "met", "03 12:00")
        self.assertEqual(self.first.date_met, at("03 11:50"))
        self.assertEqual(self.first.done_seconds, 3 * 3600 + 50 * 60)
        self.assertEqual(self.first.proof_note, "Spoke with Ada")
        self.assertEqual(self.case.date_first_response, at("03 11:50"))
        self.assertEqual(self.case.date_last_answer, message.date)
        self.assertEqual(self.clock(self.case, "update"), newest)
        self.assertClock(newest, "running", "03 15:30")

    def test_received_in_the_past(self):
        late = self.make_case(received="2024-07-01 08:00:00")
        first = self.clock(late, "first_response")
        self.assertClock(first, "running", "01 12:00")
        self.assertEqual(first.next_event_at, at("01 12:00"))
        first._settle(at("03 08:00"))
        self.assertEqual(first.date_breached, at("01 12:00"))

    def test_each_message_begins_the_next_update(self):
        self.assertClock(self.update, "running", "03 10:00")
        self.at("2024-07-03 09:30:00")
        self.answer(self.case)
        self.assertEqual(self.update.state, "met")
        self.assertClock(self.clock(self.case, "update"), "running", "03 11:30")
        clocks = self.case.clock_ids.filtered(lambda clock: clock.kind == "update")
        self.assertEqual(len(clocks), 2)

    # ------------------------------------------------------------
    # Pauses
    # ------------------------------------------------------------

    def pause(self, moment):
        self.at(f"2024-07-{moment}:00")
        self.case._pause(self.waiting)

    def test_a_mail_of_before_the_pause_counts_no_minute_twice(self):
        self.pause("03 09:00")
        self.at("2024-07-03 09:10:00")
        self.customer_writes(self.case, moment=at("03 08:50"))
        self.assertClock(self.resolve, "running", "03 17:00")
        runs = self.resolve._get_runs()
        self.assertEqual(
            runs, [(at("03 08:00"), at("03 09:00"), 3600), (at("03 09:00"), None, None)]
        )

    def test_news_promised_while_waiting_begin_afterwards(self):
        self.pause("03 09:00")
        self.at("2024-07-03 09:30:00")
        self.answer(self.case)
        newest = self.clock(self.case, "update")
        self.assertClock(newest, "paused")
        self.assertEqual(newest.remaining_seconds, 2 * 3600)
        self.at("2024-07-03 15:00:00")
        self.case._resume()
        self.assertClock(newest, "running", "03 17:00")

    def test_the_first_response_never_waits(self):
        self.pause("03 09:00")
        self.assertClock(self.first, "running", "03 12:00")

    def test_a_shorter_promise_while_waiting_is_late_already(self):
        self.pause("03 11:00")
        self.assertEqual(self.resolve.remaining_seconds, 5 * 3600)
        self.resolve._replan({self.resolve: {"target_seconds": 3600}})
        self.assertClock(self.resolve, "breached", "03 09:00")
        self.resolve._replan({self.resolve: {"target_seconds": 4 * 3600}})
        self.assertClock(self.resolve, "paused")
        self.assertEqual(self.resolve.remaining_seconds, 3600)
        self.resolve._replan({self.resolve: {"target_seconds": 3600}})
        self.at("2024-07-04 08:00:00")
        self.case._resume()
        self.assertClock(self.resolve, "breached", "03 09:00")
        self.assertEqual(len(self.resolve.interval_ids.filtered(lambda x: not x.date_stop)), 1)

    # ------------------------------------------------------------
    # Ends
    # ------------------------------------------------------------

    def test_a_breach_is_not_cancelled(self):
        self.at("2024-07-03 10:30:00")
        self.case.clock_ids._cancel()
        self.assertEqual(self.update.state, "breached")
        self.assertFalse(self.update.is_open)
        self.assertEqual(self.resolve.state, "cancelled")

    def test_later_targets_revive_a_breach(self):
        self.at("2024-07-03 13:00:00")
        self.first._settle(at("03 13:00"))
        self.first._replan({self.first: {"target_seconds": 6 * 3600}})
        self.assertClock(self.first, "running", "03 15:00")
        self.assertFalse(self.first.date_breached)

    def test_hours_that_hardly_ever_run_stop_nobody(self):
        rare = self.env["resource.calendar"].create(
            {
                "name": "Once a fortnight",
                "company_id": self.company.id,
                "tz": "UTC",
                "attendance_ids": [
                    Command.create({"name": "A", "dayofweek": "0", "hour_from": 8, "hour_to": 8.1})
                ],
            }
        )
        self.resolve._replan(
            {self.resolve: {"resource_calendar_id": rare.id, "target_seconds": 1000 * 3600}}
        )
        self.assertEqual(self.resolve.date_due, datetime(2024, 8, 14))

    # ------------------------------------------------------------
    # Batches
    # ------------------------------------------------------------

    def count_queries(self, act, count):
        """Return how many queries an act on so many clocks takes."""
        cases = self.Case.create(
            [
                {
                    "name": f"Case {number}",
                    "company_id": self.company.id,
                    "date_received": NOW,
                }
                for number in range(count)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        clocks = self.Clock.browse(cases.clock_ids.ids)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        act(clocks)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_acts_on_many_clocks_take_as_many_queries_as_on_few(self):
        now = at("03 09:00")
        acts = {
            "pause": lambda clocks: clocks._pause(self.waiting, now),
            "settle": lambda clocks: clocks._settle(at("04 17:00")),
            "meet": lambda clocks: clocks._meet(now),
            "meet late": lambda clocks: clocks._meet(at("05 09:00")),
            "cancel": lambda clocks: clocks._cancel(now),
            "replan": lambda clocks: clocks._replan(
                {clock: {"target_seconds": 7200} for clock in clocks}
            ),
            "answer": lambda clocks: clocks.case_id._note_answer(now),
            "case pauses": lambda clocks: clocks.case_id._pause(self.waiting, now),
            "correction": lambda clocks: clocks.case_id._replan_clocks("Why"),
        }
        for name, act in acts.items():
            with self.subTest(name):
                few, many = self.count_queries(act, 3), self.count_queries(act, 40)
                self.assertLessEqual(many, few + 2)
