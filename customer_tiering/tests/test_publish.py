"""Publishing a what-if, and the way back."""

import json
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..models import customer_tier_evaluation
from .common import AS_OF
from .test_simulation import SimulationCase


class PublishCase(SimulationCase):
    def setUp(self):
        super().setUp()
        self.simulation = self.try_out(run=False)
        self.simulation.write(
            {
                "tier_ids": [
                    *self.lines(self.simulation, GOLD=400, SILVER=200),
                    Command.create(
                        {"name": "Diamond", "code": "DIAMOND", "sequence": 5, "min_amount": 900}
                    ),
                ]
            }
        )
        self.simulation.action_run()

    def rules(self):
        """Return levels and settings as the last revision froze them, without ids."""
        self.env.invalidate_all()
        body = self.scheme.revision_ids[0].body
        levels = [{**level, "id": 0} for level in body["levels"]]
        return {**body, "levels": levels}


@tagged("post_install", "-at_install")
class TestPublish(PublishCase):
    def test_makes_the_next_revision(self):
        revision = self.simulation.publish("Decided in the sales meeting", at_once=True)
        self.assertEqual(revision.scheme_id, self.scheme)
        self.assertEqual(
            (revision.number, revision.user_id, revision.reason),
            (2, self.manager, "Decided in the sales meeting"),
        )
        self.assertEqual(str(revision.date_from), "2024-06-30 12:00:00")
        self.env.invalidate_all()
        self.assertEqual(
            [(tier.name, tier.min_amount) for tier in self.scheme.tier_ids],
            [("Diamond", 900), ("Gold", 400), ("Silver", 200), ("Bronze", 20)],
        )
        self.assertEqual(self.scheme.tier_ids[1:], self.gold | self.silver | self.bronze)
        self.assertEqual(
            (self.simulation.state, self.simulation.revision_id), ("published", revision)
        )

    def test_at_once_equals_the_what_if(self):
        """What the matrix said is what customers hold."""
        self.simulation.apply = "at_once"
        self.simulation.action_run()
        foretold = {
            (row.partner_id.name, row.to_tier_id.code) for row in self.simulation.result_ids
        }
        self.assertEqual(len(foretold), 3)
        before = self.levels_in(self.scheme)
        self.simulation.publish("Now", at_once=True)
        now = self.levels_in(self.scheme)
        changed = {
            (name, (level or "").upper() or False)
            for name, level in now.items()
            if level != before[name]
        }
        self.assertEqual(changed, foretold)
        rows = self.History.search(
            [("scheme_id", "=", self.scheme.id), ("trigger", "=", "publish")]
        )
        self.assertEqual(set(rows.partner_id.mapped("name")), {name for name, _level in foretold})
        self.assertEqual(set(rows.mapped("date")), {AS_OF})
        self.assertEqual(rows.revision_id, self.simulation.revision_id)

    def test_under_the_stability_rules(self):
        self.simulation.write({"decision": "monthly", "grace_decisions": 2})
        self.simulation.publish("Gently")
        levels = self.levels_in(self.scheme)
        self.assertEqual(levels["Ann"], "Diamond", "a rise at once")
        self.assertEqual(levels["Cid"], "Silver", "a fall by the rules")
        self.night(self.scheme, day="2024-07-01")
        self.assertEqual(self.standing_of(self.scheme, self.cid).grace_count, 1)
        self.night(self.scheme, day="2024-08-01")
        self.assertEqual(self.held_by(self.scheme, self.cid), "Bronze")
        row = self.history_of(self.scheme, self.cid)[-1]
        self.assertEqual((row.trigger, row.date), ("evaluation", date(2024, 7, 31)))

    def test_at_once_passes_grace_stay_and_steps_not_locks(self):
        self.scheme.write({"grace_decisions": 3, "min_stay_days": 300, "max_steps_down": 1})
        simulation = self.try_out(run=False)
        simulation.write({"tier_ids": self.lines(simulation, GOLD=5000, SILVER=4000, BRONZE=3000)})
        for partner, name in ((self.bob, "lock"), (self.cid, "hold")):
            standing = self.standing_of(self.scheme, partner)
            if name == "lock":
                standing.lock_level(self.silver, "2025-01-01", "Contract")
            else:
                standing.hold_level("2025-01-01", "Contract")
        simulation.publish("Hard", at_once=True)
        self.assertEqual(
            self.levels_in(self.scheme),
            {"Ann": False, "Bob": "Silver", "Cid": "Silver", "Dan": False, "Eva": False},
        )
        self.assertEqual(
            set(self.Standing.search([("scheme_id", "=", self.scheme.id)]).mapped("grace_count")),
            {0},
        )

    def test_settings_are_published_too(self):
        self.simulation.write(
            {
                "window_months": 6,
                "decision": "quarterly",
                "rise": "decision",
                "grace_decisions": 3,
                "min_stay_days": 10,
                "max_steps_down": 2,
                "hysteresis": 7.5,
                "weight_m": 3,
                "review_days": 30,
            }
        )
        self.simulation.publish("Everything")
        self.assertEqual(
            (
                self.scheme.window_months,
                self.scheme.decision,
                self.scheme.rise,
                self.scheme.grace_decisions,
                self.scheme.min_stay_days,
                self.scheme.max_steps_down,
                self.scheme.hysteresis,
                self.scheme.weight_m,
                self.scheme.review_days,
            ),
            (6, "quarterly", "decision", 3, 10, 2, 7.5, 3, 30),
        )
        self.assertTrue(self.scheme.active and self.scheme.operative)
        self.assertFalse(self.scheme.is_draft)

    def test_another_method(self):
        simulation = self.try_out(run=False)
        shares = {"GOLD": 20, "SILVER": 30, "BRONZE": 50}
        simulation.write(
            {
                "method": "pyramid",
                "tier_ids": [
                    Command.update(tier.id, {"share": shares[tier.code]})
                    for tier in simulation.tier_ids
                ],
            }
        )
        simulation.action_run()
        simulation.publish("Shares", at_once=True)
        self.assertEqual(self.scheme.method, "pyramid")
        self.assertEqual(
            self.levels_in(self.scheme),
            {"Ann": "Gold", "Bob": "Silver", "Cid": "Silver", "Dan": "Bronze", "Eva": "Bronze"},
        )

    def test_a_level_removed(self):
        simulation = self.try_out(run=False)
        simulation.write({"tier_ids": [Command.delete(simulation.tier_ids[1].id)]})
        simulation.publish("Two are enough")
        self.assertEqual(self.scheme.tier_ids, self.gold | self.bronze)
        self.assertTrue(self.silver.exists(), "history names it")
        self.assertEqual(self.levels_in(self.scheme)["Bob"], "Bronze")

    def test_nothing_to_publish_says_so(self):
        simulation = self.try_out()
        with self.assertRaisesRegex(UserError, "nothing to publish"):
            simulation.publish("Again")
        self.simulation.publish("Once")
        with self.assertRaisesRegex(UserError, "nothing to publish"):
            self.simulation.publish("Twice")
        self.assertEqual(self.scheme.revision_count, 2)

    def test_a_reason_is_asked_for(self):
        for reason in ("", "  ", False):
            with self.assertRaisesRegex(UserError, "Say why"):
                self.simulation.publish(reason)

    def test_large_companies_are_graded_in_the_background(self):
        with patch.object(customer_tier_evaluation, "BACKGROUND_DOCUMENTS", 2):
            self.simulation.publish("Big", at_once=True)
        self.assertTrue(self.scheme.evaluation_pending)
        self.assertEqual(self.levels_in(self.scheme)["Ann"], "Gold")
        with self.enter_registry_test_mode():
            self.env.ref("customer_tiering.ir_cron_evaluate_requested").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.levels_in(self.scheme)["Ann"], "Diamond")
        self.assertEqual(self.levels_in(self.scheme)["Cid"], "Bronze")
        self.assertFalse(self.scheme.evaluation_pending or self.scheme.evaluation_at_once)
        row = self.history_of(self.scheme, self.ann)[-1]
        self.assertEqual(row.trigger, "publish")
        self.assertFalse(self.scheme.evaluation_trigger)

    def test_somebody_changed_the_scheme_meanwhile(self):
        """His work is not overwritten, the message says whose it was."""
        colleague = self.make_user("manager", name="Colleague")
        self.scheme.with_user(colleague).write(
            {"tier_ids": [Command.update(self.bronze.id, {"min_amount": 30})]}
        )
        with self.assertRaisesRegex(UserError, "changed by Colleague"):
            self.simulation.publish("Over his work")
        self.assertEqual(self.bronze.min_amount, 30)
        self.assertEqual(self.scheme.revision_count, 2)

    def test_a_copy_knows_where_its_rules_come_from(self):
        colleague = self.make_user("manager", name="Colleague")
        self.bronze.with_user(colleague).min_amount = 30
        with self.assertRaisesRegex(UserError, "changed by Colleague"):
            self.simulation.copy().publish("Over his work")
        with self.assertRaisesRegex(UserError, "nothing to publish"):
            self.try_out().publish("One begun afterwards knows of it")

    def test_a_copy_of_a_published_one_goes_on_from_there(self):
        self.simulation.publish("Once")
        copy = self.simulation.copy()
        copy.write({"tier_ids": self.lines(copy, GOLD=450)})
        self.assertEqual(copy.publish("A little stricter").number, 3)
        self.assertEqual(self.gold.min_amount, 450)

    def test_a_new_name_is_no_change_of_rules(self):
        self.gold.name = "Gold Plus"
        self.assertTrue(self.simulation.publish("Fine"))

    def test_of_a_scheme_that_is_not_in_force(self):
        other = self.make_scheme("pyramid", [("Top", 40), ("Rest", 60)])
        simulation = self.try_out(other, run=False)
        shares = [Command.update(tier.id, {"share": 50}) for tier in simulation.tier_ids]
        simulation.write({"tier_ids": shares})
        simulation.action_run()
        simulation.publish("For later", at_once=True)
        self.assertEqual(other.tier_ids.mapped("share"), [50, 50])
        self.assertFalse(other.last_evaluated or other.operative)
        self.assertEqual(self.levels_in(self.scheme)["Ann"], "Gold")

    def test_by_dialog(self):
        action = self.simulation.action_publish()
        wizard = Form(
            self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"])
        )
        self.assertEqual(wizard.scheme_id, self.scheme)
        self.assertIn("Diamond: from 900.00", wizard.rules)
        self.assertTrue(wizard.conclusion)
        wizard.reason = "By dialog"
        wizard.apply = "at_once"
        result = wizard.save().action_apply()
        self.assertIn("Revision 2", result["params"]["message"])
        self.assertIn("2 up, 1 down", result["params"]["message"])
        self.assertEqual(self.scheme.revision_ids[0].reason, "By dialog")

    def test_by_dialog_in_the_background(self):
        action = self.simulation.action_publish()
        wizard = (
            self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"])
        )
        with patch.object(customer_tier_evaluation, "BACKGROUND_DOCUMENTS", 2):
            result = wizard.create({"reason": "Big"}).action_apply()
        self.assertIn("in the background", result["params"]["message"])

    def test_managers_of_the_company_only(self):
        action = self.simulation.action_publish()
        for rung in ("own", "team", "all"):
            user = self.make_user(rung)
            with self.assertRaises(AccessError):
                self.env["customer.tier.publish"].with_user(user).create(
                    {"simulation_id": self.simulation.id, "reason": "Mine"}
                )
            with self.assertRaises(AccessError):
                self.scheme.revision_ids.with_user(user).restore("Mine")
        other = self.make_company("Other")
        manager = self.make_user("manager", other)
        env = self.env(user=manager, context={"allowed_company_ids": other.ids})
        with self.assertRaises(AccessError):
            env["customer.tier.publish"].create(
                {"simulation_id": self.simulation.id, "reason": "Mine"}
            ).action_apply()
        with self.assertRaises(AccessError):
            self.scheme.revision_ids.with_env(env).restore("Mine")
        self.assertTrue(action)

    def test_a_failing_evaluation_publishes_nothing(self):
        def explode(scheme, *args):
            raise ZeroDivisionError

        with (
            patch.object(type(self.scheme), "_measure_figures", explode),
            self.assertLogs("odoo.addons.customer_tiering", "WARNING"),
            self.assertRaises(UserError) as caught,
        ):
            self.simulation.publish("Bad luck")
        self.assertIn("technical error", str(caught.exception))
        self.env.invalidate_all()
        self.assertEqual(self.scheme.revision_count, 1)
        self.assertEqual(self.scheme.tier_ids.mapped("min_amount"), [500, 100, 20])


@tagged("post_install", "-at_install")
class TestUndo(PublishCase):
    def restore(self, number, user=None, **kwargs):
        revision = self.scheme.revision_ids.filtered(lambda row: row.number == number)
        return revision.with_user(user or self.manager).restore("Back", **kwargs)

    def test_brings_the_earlier_body_back_as_a_new_revision(self):
        before = self.rules()
        self.simulation.publish("Forth", at_once=True)
        self.assertNotEqual(self.rules(), before)
        revision = self.restore(1, at_once=True)
        self.assertEqual((revision.number, revision.reason), (3, "Back"))
        self.assertEqual(revision.user_id, self.manager)
        self.assertEqual(self.rules(), before)
        self.assertEqual(self.scheme.revision_count, 3)
        self.assertEqual(
            self.levels_in(self.scheme),
            {"Ann": "Gold", "Bob": "Silver", "Cid": "Silver", "Dan": "Bronze", "Eva": False},
        )
        row = self.history_of(self.scheme, self.ann)[-1]
        self.assertEqual((row.trigger, row.revision_id), ("undo", revision))

    def test_forth_back_and_forth_again(self):
        self.simulation.publish("Forth", at_once=True)
        published, held = self.rules(), self.levels_in(self.scheme)
        self.restore(1, at_once=True)
        self.simulation.publish("Forth again", at_once=True)
        self.assertEqual(self.rules(), published)
        self.assertEqual(self.levels_in(self.scheme), held)
        self.restore(1, at_once=True)
        self.restore(2, at_once=True)
        self.assertEqual(self.rules(), published)
        self.assertEqual(self.levels_in(self.scheme), held)
        self.assertEqual(self.scheme.revision_count, 6)

    def test_a_level_that_was_deleted_comes_back(self):
        """One that customers held is the same record again, one nobody held is made anew."""
        self.scheme.write(
            {
                "tier_ids": [
                    Command.create(
                        {"name": "Empty", "code": "EMPTY", "sequence": 1, "min_amount": 9999}
                    )
                ]
            }
        )
        empty = self.scheme.tier_ids.filtered(lambda tier: tier.code == "EMPTY")
        before = self.rules()
        self.scheme.write({"tier_ids": [Command.delete(empty.id), Command.delete(self.silver.id)]})
        self.assertFalse(empty.exists())
        self.assertFalse(self.silver.active)
        self.evaluate(self.scheme)
        self.restore(2, at_once=True)
        self.assertEqual(self.rules(), before)
        self.assertTrue(self.silver.active)
        self.assertEqual(
            [tier.name for tier in self.scheme.tier_ids], ["Empty", "Gold", "Silver", "Bronze"]
        )
        self.assertEqual(self.levels_in(self.scheme)["Bob"], "Silver")

    def test_settings_come_back(self):
        before = self.rules()
        self.scheme.write(
            {
                "method": "rfm",
                "window_months": 3,
                "hysteresis": 20,
                "history_until": "2020-12-31",
                "tier_ids": [
                    Command.update(tier.id, {"min_score": 15 - 3 * number})
                    for number, tier in enumerate(self.scheme.tier_ids)
                ],
            }
        )
        self.restore(1)
        after = self.rules()
        self.assertEqual(after, before)

    def test_revisions_from_before_a_setting_was_known(self):
        """What the earlier rules did not say stays as it is."""
        body = dict(self.scheme.revision_ids.body)
        for name in ("decision", "grace_decisions", "hysteresis", "rise"):
            del body[name]
        self.env.cr.execute(
            "UPDATE customer_tier_revision SET body = %s::jsonb WHERE id = %s",
            [json.dumps(body), self.scheme.revision_ids.id],
        )
        self.env.invalidate_all()
        self.scheme.write({"grace_decisions": 3, "hysteresis": 8, "window_months": 3})
        self.assertTrue(self.scheme.revision_ids[-1].summary, "still readable")
        self.restore(1)
        self.assertEqual(
            (self.scheme.window_months, self.scheme.grace_decisions, self.scheme.hysteresis),
            (12, 3, 8),
        )

    def test_the_rules_in_force_cannot_be_brought_back(self):
        with self.assertRaisesRegex(UserError, "nothing to publish"):
            self.restore(1)

    def test_by_dialog(self):
        self.simulation.publish("Forth", at_once=True)
        first = self.scheme.revision_ids.filtered(lambda revision: revision.number == 1)
        first = first.with_user(self.manager)
        action = first.action_restore()
        wizard = Form(
            self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"])
        )
        self.assertIn("Gold: from 500.00", wizard.rules)
        wizard.reason = "Wrong"
        wizard.save().action_apply()
        self.assertEqual(self.scheme.tier_ids.mapped("min_amount"), [500, 100, 20])
