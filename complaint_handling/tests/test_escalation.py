from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .escalation_common import EscalationCase


@tagged("post_install", "-at_install")
class TestEscalation(EscalationCase):
    """Steps act at their moment, once, and only as long as nobody has acted."""

    def test_steps_act_at_their_moment(self):
        case = self.make_late()
        clock = case.clock_ids
        self.assertMoment(clock.next_event_at, "2024-07-03 08:50:00")
        self.sweep("2024-07-03 08:50:00")
        self.assertFalse(case.escalation_ids, "the second belongs to who keeps the promise")
        self.sweep("2024-07-03 08:50:01")
        self.assertEqual(self.log_of(case), [("before", "told", ["Mia"])])
        self.assertMoment(clock.next_event_at, "2024-07-03 09:40:00")
        self.assertEqual(clock.state, "running")
        self.sweep("2024-07-03 09:40:01")
        self.assertEqual(self.log_of(case)[1:], [("breach", "told", ["Chief"])])
        self.assertEqual((clock.state, clock.date_breached), ("breached", clock.date_due))
        self.assertEqual(case.sla_state, "breached", "the case says so without being touched")
        # two hours of the team's working time: 9:40 to 11:40
        self.assertMoment(clock.next_event_at, "2024-07-03 11:40:00")
        self.sweep("2024-07-03 11:40:01")
        self.assertEqual(self.log_of(case)[2:], [("after", "told", ["Head"])])
        self.assertFalse(clock.next_event_at, "the ladder is climbed")

    def test_a_second_sweep_changes_nothing(self):
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        before = self.log_of(case)
        mails = len(self.mails_to(self.chief))
        self.sweep("2024-07-03 09:41:00")
        self.sweep("2024-07-03 09:46:00")
        self.assertEqual(self.log_of(case), before)
        self.assertEqual(len(self.mails_to(self.chief)), mails)

    def test_the_job_itself(self):
        case = self.make_late()
        with freeze_time("2024-07-03 08:51:00"), self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.assertEqual(self.log_of(case), [("before", "told", ["Mia"])])

    def test_hours_after_the_breach_are_working_hours(self):
        self.after.hours = 3
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        # 9:40 to 12:00, then 13:00 to 13:40
        self.assertMoment(case.clock_ids.next_event_at, "2024-07-03 13:40:00")
        with freeze_time("2024-07-03 09:41:30"):
            self.after.any_time = True
        self.sweep("2024-07-03 09:42:00")
        self.assertMoment(case.clock_ids.next_event_at, "2024-07-03 12:40:00")

    def test_percent_of_working_time(self):
        policy = self.make_policy(
            [("resolve", 1, "day", "working")],
            [{"moment": "before", "percent": 25, "notify": "agent"}],
            kind="request",
        )
        with freeze_time("2024-07-03 08:00:00"):
            case = self.make_case(kind="request")
        clock = case.clock_ids
        self.assertEqual(clock.policy_id, policy)
        self.assertMoment(clock.date_due, "2024-07-03 17:00:00")
        self.assertMoment(clock.next_event_at, "2024-07-03 15:00:00")

    def test_only_the_highest_of_what_is_past(self):
        """A mail that lay about for hours makes one message, not three."""
        with freeze_time("2024-07-03 10:00:00"):
            case = self.make_case("2024-07-03 08:00:00", user_id=self.mia.id)
        self.sweep("2024-07-03 10:00:05")
        self.assertEqual(
            self.log_of(case), [("before", "skipped", []), ("breach", "told", ["Chief"])]
        )
        self.assertFalse(self.activities_of(self.mia))
        self.assertIn("later step", case.escalation_ids.sorted("id")[0].note)

    def test_steps_of_the_same_moment_act_together(self):
        self.add_step(moment="breach", notify="agent")
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        self.assertEqual(
            self.log_of(case),
            [
                ("before", "skipped", []),
                ("breach", "told", ["Chief"]),
                ("breach", "told", ["Mia"]),
            ],
        )

    def test_a_paused_promise_has_no_next_event(self):
        policy = self.make_policy(
            [("resolve", 100, "minute", "clock")], self.LADDER, kind="request"
        )
        self.assertTrue(policy)
        case = self.make_late(kind="request")
        reason = self.env["complaint.pause.reason"].search(
            [("waits_for", "=", "customer")], limit=1
        )
        with freeze_time("2024-07-03 08:30:00"):
            case.action_take()
            case._pause(reason)
        self.assertFalse(case.clock_ids.next_event_at)
        self.sweep("2024-07-03 11:00:00")
        self.assertFalse(case.escalation_ids)
        with freeze_time("2024-07-03 12:00:00"):
            case._resume()
        # 30 of 100 minutes are used up: half at 12:20
        self.assertMoment(case.clock_ids.next_event_at, "2024-07-03 12:20:00")

    def test_answered_in_time(self):
        case = self.make_late()
        self.sweep("2024-07-03 08:51:00")
        self.assertTrue(self.activities_of(self.mia, case))
        with freeze_time("2024-07-03 09:00:00"):
            case._note_answer(note="By phone")
        self.assertFalse(self.activities_of(self.mia, case), "nothing is left to do")
        self.sweep("2024-07-03 12:00:00")
        self.assertEqual(len(case.escalation_ids), 1)

    def test_closed_and_rejected_cases_are_left_alone(self):
        case = self.make_late()
        with freeze_time("2024-07-03 08:10:00"):
            case._reject(self.env["complaint.reject.reason"].search([], limit=1))
        self.sweep("2024-07-03 12:00:00")
        self.assertFalse(case.escalation_ids)

    def test_a_customer_archived_meanwhile(self):
        case = self.make_late()
        self.customer.with_context(active_test=False).active = False
        self.sweep("2024-07-03 12:00:00")
        self.assertFalse(case.escalation_ids)

    # ------------------------------------------------------------
    # Before going live
    # ------------------------------------------------------------

    def test_nothing_before_the_company_went_live(self):
        self.company.go_live_date = "2024-07-04"
        case = self.make_late()
        self.sweep("2024-07-03 12:00:00")
        self.assertFalse(case.escalation_ids)
        self.assertFalse(self.mails_to(self.chief))

    def test_what_was_late_before_stays_quiet_afterwards(self):
        case = self.make_late()
        self.company.go_live_date = "2024-07-04"
        self.sweep("2024-07-04 09:00:00")
        self.assertFalse(case.escalation_ids)
        with freeze_time("2024-07-04 09:01:00"):
            self.company.go_live_date = "2024-07-03"
        self.sweep("2024-07-04 09:05:00")
        self.assertEqual([state for _moment, state, _told in self.log_of(case)][-1], "told")

    # ------------------------------------------------------------
    # Another promise
    # ------------------------------------------------------------

    def test_a_later_due_moment_revives_and_does_not_repeat(self):
        case = self.make_late()
        clock = case.clock_ids
        self.sweep("2024-07-03 08:51:00")
        self.sweep("2024-07-03 09:41:00")
        with freeze_time("2024-07-03 09:45:00"):
            clock._replan({clock: {"target_seconds": 200 * 60}})
        self.assertEqual(clock.state, "running")
        self.assertMoment(clock.next_event_at, "2024-07-03 11:20:00")
        self.sweep("2024-07-03 11:21:00")
        self.assertEqual(clock.state, "breached", "late again")
        self.assertEqual(len(case.escalation_ids), 2, "nobody is told twice of the same step")
        self.sweep("2024-07-03 14:21:00")
        self.assertEqual(self.log_of(case)[2:], [("after", "told", ["Head"])])

    def test_another_policy_brings_its_own_steps(self):
        other = self.make_policy(
            [("first_response", 400, "minute", "clock")], self.LADDER, severity="high"
        )
        case = self.make_late()
        self.sweep("2024-07-03 08:51:00")
        with freeze_time("2024-07-03 09:00:00"):
            case.severity = "high"
        self.assertEqual(case.clock_ids.policy_id, other)
        self.sweep("2024-07-03 11:21:00")
        self.assertEqual(
            self.log_of(case), [("before", "told", ["Mia"]), ("before", "told", ["Mia"])]
        )

    def test_a_new_step_acts_for_promises_given_before(self):
        case = self.make_late()
        with freeze_time("2024-07-03 08:05:00"):
            self.add_step(moment="before", percent=80, notify="leader")
        self.sweep("2024-07-03 08:20:01")
        self.assertEqual(self.log_of(case), [("before", "told", ["Chief"])])

    def test_a_new_step_below_those_that_acted_tells_nobody(self):
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        with freeze_time("2024-07-03 09:45:00"):
            self.add_step(moment="before", percent=10, notify="leader")
        self.sweep("2024-07-03 09:46:00")
        self.assertEqual(self.log_of(case)[-1], ("before", "skipped", []))
        self.assertEqual(len(self.activities_of(self.chief, case)), 1)

    def test_a_shorter_promise_that_is_broken_already(self):
        """It was due before the last step acted; the breach is told nevertheless."""
        case = self.make_late()
        clock = case.clock_ids
        self.sweep("2024-07-03 08:51:00")
        with freeze_time("2024-07-03 09:00:00"):
            clock._replan({clock: {"target_seconds": 45 * 60}})
        self.sweep("2024-07-03 09:00:05")
        self.assertEqual(self.log_of(case)[-1], ("breach", "told", ["Chief"]))

    def test_what_a_step_does_not_use_makes_no_difference(self):
        self.breach.write({"percent": 50, "hours": 3})
        self.add_step(moment="breach", notify="agent")
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        self.assertEqual(
            [row[1:] for row in self.log_of(case)[1:]], [("told", ["Chief"]), ("told", ["Mia"])]
        )

    def test_a_removed_step_keeps_its_log(self):
        case = self.make_late()
        self.sweep("2024-07-03 08:51:00")
        self.half.unlink()
        self.assertEqual(case.escalation_ids.mapped("level_name"), ["50 % of the time left"])

    def test_reopened_case_has_a_new_ladder(self):
        """Each step once in a run, again in the next."""
        policy = self.make_policy([("resolve", 60, "minute", "clock")], self.LADDER, kind="praise")
        self.assertTrue(policy)
        case = self.make_late(kind="praise")
        self.sweep("2024-07-03 09:01:00")
        with freeze_time("2024-07-03 09:10:00"):
            case.action_take()
            case._resolve({"remedy_granted": "A new one"})
        with freeze_time("2024-07-03 09:20:00"):
            case._reopen("Not solved")
        self.sweep("2024-07-03 10:21:00")
        rows = case.escalation_ids.filtered(lambda row: row.level_id.moment == "breach")
        self.assertEqual(rows.sorted("run").mapped("run"), [1, 2])

    # ------------------------------------------------------------
    # What goes wrong
    # ------------------------------------------------------------

    def test_a_bad_clock_does_not_stop_the_others(self):
        cases = [self.make_late() for _number in range(1, 6)]
        bad, reason = cases[2], "no way"
        levels = self.registry["complaint.escalation.level"]
        original = levels._get_wanted

        def fail(level, case, company):
            if case.id == bad.id:
                raise UserError(reason)
            return original(level, case, company)

        logger = "odoo.addons.complaint_handling.models.complaint_sla_clock_sweep"
        with patch.object(levels, "_get_wanted", fail), mute_logger(logger):
            self.sweep("2024-07-03 08:51:00")
            for case in cases:
                self.assertEqual(len(case.escalation_ids), int(case != bad))
            clock = bad.clock_ids
            self.assertEqual(clock.ladder_error, reason)
            self.assertMoment(clock.next_event_at, "2024-07-03 09:51:00")
            self.assertEqual(len(self.activities_of(self.head, bad)), 1, "a manager is told")
            self.sweep("2024-07-03 09:52:00")
            self.assertEqual(clock.state, "breached", "late it is nevertheless")
            self.assertEqual(len(self.activities_of(self.head, bad)), 1, "told once")
        self.sweep("2024-07-03 10:53:00")
        self.assertEqual(self.log_of(bad)[-1], ("breach", "told", ["Chief"]))
        self.assertFalse(clock.ladder_error)

    # ------------------------------------------------------------
    # Waking
    # ------------------------------------------------------------

    def test_one_wake_up_for_many_promises(self):
        self.triggers().unlink()
        with freeze_time("2024-07-03 08:00:00"):
            for _number in range(10):
                self.make_case("2024-07-03 08:00:00", user_id=self.mia.id)
        self.assertEqual(
            self.triggers().mapped(lambda row: str(row.call_at)), ["2024-07-03 08:50:01"]
        )

    def test_a_wake_up_is_set_only_if_earlier(self):
        self.triggers().unlink()
        moments = []
        for received in ("08:00", "08:20", "07:30", "07:40", "08:10"):
            with freeze_time("2024-07-03 08:05:00"):
                self.make_case(f"2024-07-03 {received}:00", user_id=self.mia.id)
            self.env.cr.precommit.data.clear()  # another transaction
            moments.append(len(self.triggers()))
        self.assertEqual(moments, [1, 1, 2, 2, 2])

    def test_a_wake_up_that_is_about_to_pass_is_not_relied_on(self):
        self.triggers().unlink()
        self.make_late()
        self.env.cr.precommit.data.clear()
        with freeze_time("2024-07-03 08:49:58"):
            self.make_case("2024-07-03 08:49:58", user_id=self.mia.id)
        self.assertEqual(len(self.triggers()), 2)

    def test_what_is_late_already_wakes_at_once(self):
        self.triggers().unlink()
        with freeze_time("2024-07-03 12:00:00"):
            self.make_case("2024-07-03 08:00:00")
        self.assertEqual(
            self.triggers().mapped(lambda row: str(row.call_at)), ["2024-07-03 12:00:00"]
        )

    def test_a_sweep_sets_the_next_wake_up(self):
        self.make_late()
        self.make_late("2024-07-03 08:30:00")
        self.triggers().unlink()
        self.env.cr.precommit.data.clear()
        self.sweep("2024-07-03 08:51:00")
        self.assertEqual(
            self.triggers().mapped(lambda row: str(row.call_at)), ["2024-07-03 09:20:01"]
        )

    def test_nothing_due_costs_nothing(self):
        self.make_late()
        self.env.flush_all()
        crons = self.env.registry["ir.cron"]
        with (
            freeze_time("2024-07-03 08:10:00"),
            patch.object(crons, "_commit_progress", lambda *_, **__: 3600),
            self.assertQueryCount(8),
        ):
            self.Escalation._cron_act_on_lateness()
