"""The screen of promises: what is refused, revisions, trying, and what a change moves."""

from datetime import datetime

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import NOW, ComplaintCase

RESOLVE = ("resolve", 8, "hour", "working")


def at(text):
    return datetime.fromisoformat(f"2024-07-{text}:00")


@tagged("post_install", "-at_install")
class TestPolicyRefused(ComplaintCase):
    def assertRefused(self, words, targets, levels=(), **vals):
        with self.assertRaisesRegex(ValidationError, words):
            self.make_policy(targets, levels, **vals)

    def test_less_than_a_minute_and_more_than_three_years(self):
        self.assertRefused("between one minute", [("resolve", 0.5, "minute", "clock")])
        self.assertRefused("between one minute", [("resolve", 0, "hour", "clock")])
        self.assertRefused("between one minute", [("resolve", -1, "hour", "working")])
        self.assertRefused("between one minute", [("resolve", 1099, "day", "clock")])
        # a thousand working days of eight hours are more than three years
        self.assertRefused("between one minute", [("resolve", 1000, "day", "working")])

    def test_two_targets_of_a_kind(self):
        self.assertRefused("two targets for “Solve”", [RESOLVE, ("resolve", 1, "day", "clock")])

    def test_an_answer_after_the_solution(self):
        self.assertRefused("nobody would wait", [("first_response", 9, "hour", "working"), RESOLVE])
        self.assertRefused("nobody would wait", [("update", 2, "day", "working"), RESOLVE])
        # eight hours of work take less than two days around the clock
        self.assertRefused("nobody would wait", [("first_response", 3, "day", "clock"), RESOLVE])
        self.make_policy([("first_response", 24, "hour", "clock"), RESOLVE])

    def test_a_change_that_makes_it_impossible(self):
        policy = self.make_policy([("first_response", 4, "hour", "working"), RESOLVE])
        with self.assertRaisesRegex(ValidationError, "nobody would wait"):
            policy.target_ids[1].amount = 2

    def test_a_step_for_what_is_not_promised(self):
        level = {"moment": "breach", "notify": "leader", "clock_kind": "update"}
        self.assertRefused("which is not promised", [RESOLVE], [level])
        policy = self.make_policy([RESOLVE, ("update", 1, "hour", "working")], [level])
        update = policy.target_ids.filtered(lambda target: target.kind == "update")
        with self.assertRaisesRegex(ValidationError, "which is not promised"):
            policy.write({"target_ids": [Command.delete(update.id)]})
        # steps for internal requests need no target
        self.make_policy([RESOLVE], [{**level, "clock_kind": "task"}])

    def test_a_step_that_acts_too_late(self):
        level = {"moment": "before", "percent": 1, "notify": "leader"}
        self.assertRefused("less than a minute before", [("resolve", 1, "hour", "clock")], [level])
        self.make_policy([("resolve", 100, "minute", "clock")], [level])


@tagged("post_install", "-at_install")
class TestPolicyRevision(ComplaintCase):
    def setUp(self):
        super().setUp()
        self.at(NOW)
        self.promise = self.make_policy([("first_response", 4, "hour", "working"), RESOLVE])
        self.boss = self.promise.with_user(self.head)

    def body(self):
        return self.promise.message_ids[:1].body

    def test_a_change_of_a_target_is_a_revision(self):
        self.assertEqual(self.promise.revision, 1)
        first, solve = self.promise.target_ids
        self.boss.write(
            {
                "target_ids": [
                    Command.update(first.id, {"amount": 2}),
                    Command.update(solve.id, {"amount": 1, "unit": "day"}),
                    Command.create({"kind": "update", "amount": 4, "unit": "hour"}),
                ]
            }
        )
        self.assertEqual(self.promise.revision, 2)
        self.assertIn("First Response: 4 h of work → First Response: 2 h of work", self.body())
        self.assertIn("Solve: 8 h of work → Solve: one working day", self.body())
        self.assertIn("nothing → Update: 4 h of work", self.body())
        first.with_user(self.head).amount = 3
        self.assertEqual(self.promise.revision, 3)
        first.with_user(self.head).unlink()
        self.assertEqual(self.promise.revision, 4)

    def test_what_promises_nothing_else_is_none(self):
        self.boss.write({"name": "Other", "verification": "mail"})
        self.boss.target_ids[0].amount = 4
        self.boss.write({"severity": False})
        self.assertEqual(self.promise.revision, 1)

    def test_nothing_moves_until_somebody_decides(self):
        case = self.make_case()
        clock = self.clock(case, "resolve")
        self.assertTrue(self.promise.is_settled)
        self.boss.target_ids[1].amount = 16
        self.assertFalse(self.promise.is_settled)
        self.assertEqual(self.promise.outdated_count, 1)
        self.assertEqual(clock.date_due, at("03 17:00"))
        self.boss.action_keep()
        self.assertTrue(self.promise.is_settled)
        self.assertEqual(clock.date_due, at("03 17:00"))
        self.assertEqual(clock.policy_revision, 1)

    def test_without_open_cases_nobody_is_asked(self):
        self.boss.target_ids[1].amount = 16
        self.assertTrue(self.promise.is_settled)

    def test_preview_and_apply(self):
        early = self.make_case(received="2024-07-02 08:00:00")
        self.clock(early, "resolve")._settle(at("03 08:00"))
        case = self.make_case()
        self.boss.write(
            {
                "target_ids": [
                    Command.update(self.boss.target_ids[0].id, {"amount": 2}),
                    Command.update(self.boss.target_ids[1].id, {"amount": 16}),
                    Command.create({"kind": "update", "amount": 4, "unit": "hour"}),
                ]
            }
        )
        self.at("2024-07-03 11:00:00")
        wizard = self.env["complaint.replan"].browse(self.boss.action_preview()["res_id"])
        found = {(line.case_id, line.promise): line.move for line in wizard.line_ids}
        self.assertEqual(
            found,
            {
                (early, "First Response"): "earlier",
                (early, "Solve"): "in_time",
                (early, "Update"): "late",
                (case, "First Response"): "late",
                (case, "Solve"): "later",
                (case, "Update"): "new",
            },
        )
        self.assertIn("6 promises of 2 open cases", wizard.summary)
        self.assertEqual(self.clock(case, "resolve").date_due, at("03 17:00"))
        wizard.with_user(self.head).action_apply()
        self.assertEqual(self.clock(case, "resolve").date_due, at("04 17:00"))
        self.assertEqual(self.clock(case, "update").date_due, at("03 12:00"))
        self.assertEqual(self.clock(early, "resolve").state, "running")
        self.assertTrue(self.promise.is_settled)
        self.assertEqual(self.promise.outdated_count, 0)
        self.assertIn("→", case.message_ids[:1].body)
        again = self.env["complaint.replan"].browse(self.boss.action_preview()["res_id"])
        self.assertEqual(again.moved_count, 0)

    def test_a_target_taken_away_ends_the_promise(self):
        case = self.make_case()
        self.boss.target_ids[0].unlink()
        wizard = self.env["complaint.replan"].browse(self.boss.action_preview()["res_id"])
        self.assertEqual(wizard.line_ids.mapped("move"), ["gone"])
        wizard.action_apply()
        self.assertEqual(self.clock(case, "first_response").state, "cancelled")

    def test_switched_off_gives_way_to_the_next(self):
        case = self.make_case()
        self.boss.active = False
        self.assertFalse(self.promise.is_settled)
        self.env["complaint.replan"].browse(self.boss.action_preview()["res_id"]).action_apply()
        self.assertEqual(self.clock(case, "resolve").policy_id, self.policy)
        self.assertEqual(self.clock(case, "resolve").date_due, at("05 17:00"))

    def test_very_many_are_left_to_the_job(self):
        case = self.make_case()
        self.boss.target_ids[1].amount = 16
        case._replan_later()
        self.assertEqual(self.clock(case, "resolve").date_due, at("03 17:00"))
        with self.enter_registry_test_mode():
            self.env.ref("complaint_handling.ir_cron_replan").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.clock(case, "resolve").date_due, at("04 17:00"))
        self.assertFalse(case.replan_pending)

    def test_rights(self):
        with self.assertRaises(AccessError):
            self.promise.with_user(self.mia).action_preview()
        with self.assertRaises(AccessError):
            self.promise.target_ids[0].with_user(self.mia).write({"amount": 1})

    def test_form(self):
        with Form(self.env["complaint.sla.policy"].with_user(self.head)) as form:
            form.name = "Critical"
            form.severity = "critical"
            with form.target_ids.new() as line:
                line.kind = "resolve"
                line.amount = 4
        policy = form.record
        self.assertEqual(policy.condition_summary, "Critical")
        self.assertEqual(policy.promise_summary, "Solve: 4 h of work")
        self.assertEqual(policy.revision, 1)
        everything = self.policy
        self.assertEqual(everything.condition_summary, "every case")
        self.assertEqual(everything.promise_summary, "First Response: 24 h · Solve: 3 working days")


@tagged("post_install", "-at_install")
class TestPolicyTry(ComplaintCase):
    def setUp(self):
        super().setUp()
        self.at(NOW)
        self.urgent = self.make_policy(
            [("first_response", 4, "hour", "working"), RESOLVE],
            [
                {"moment": "before", "percent": 25, "notify": "agent"},
                {"moment": "breach", "notify": "leader", "clock_kind": "resolve"},
            ],
            severity="high",
            service_class="key",
        )

    def try_it(self, **vals):
        action = self.urgent.with_user(self.mia).action_try()
        wizards = self.env[action["res_model"]].with_context(**action["context"])
        return wizards.create(vals)

    def test_which_promise_and_why(self):
        wizard = self.try_it()
        self.assertEqual(wizard.policy_id, self.urgent)
        self.assertIn("Key · High", wizard.reason)
        reasons = {other.policy_id: other.reason for other in wizard.other_ids}
        self.assertIn("matches fewer", reasons[self.policy])
        self.assertIn("not switched on", " ".join(reasons.values()))
        wizard.severity = "low"
        self.assertEqual(wizard.policy_id, self.policy)
        reasons = {other.policy_id: other.reason for other in wizard.other_ids}
        self.assertIn("other cases: Key · High", reasons[self.urgent])

    def test_when_what_happens_and_whom_it_tells(self):
        wizard = self.try_it(user_id=self.mia.id)
        rows = [
            (line.moment.replace("\u202f", " "), line.user_ids._origin) for line in wizard.line_ids
        ]
        nobody = self.env["res.users"]
        self.assertEqual(
            rows,
            [
                ("7/3/24, 11:00 AM", self.mia),
                ("7/3/24, 12:00 PM", nobody),
                ("7/3/24, 3:00 PM", self.mia),
                ("7/3/24, 5:00 PM", nobody),
                ("7/3/24, 5:00 PM", self.chief),
            ],
        )

    def test_it_says_what_the_case_gets(self):
        """What is tried is what happens."""
        case = self.make_case(severity="high")
        wizard = self.try_it()
        wizard.case_id = case
        wizard._onchange_case_id()
        self.assertEqual(wizard.policy_id, self.clock(case, "resolve").policy_id)
        self.assertEqual(wizard.service_class, "key")

    def test_nothing_fits(self):
        (self.policy | self.urgent).active = False
        wizard = self.try_it()
        self.assertFalse(wizard.policy_id)
        self.assertFalse(wizard.line_ids)
        self.assertIn("nothing is due", wizard.reason)
