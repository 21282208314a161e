"""What must not be possible, and what must not happen while something else does."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from ..hooks import post_init_hook
from ..models import customer_tier_background, customer_tier_changes
from ..models.customer_tier_evaluation import EvaluationRunning
from .common import AS_OF, TieringCase

LEVELS = [("Gold", 100), ("Rest", None)]


class GuardCase(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_operative(cls.make_scheme("amount", LEVELS))
        cls.ann, cls.bob = cls.make_partners("Ann", "Bob")
        cls.make_orders([(cls.ann, 500), (cls.bob, 20)])

    def run_night(self):
        cron = self.env.ref("customer_tiering.ir_cron_evaluate_schemes")
        with self.enter_registry_test_mode(), freeze_time("2024-06-30 12:00:00"):
            cron.method_direct_trigger()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestSearchRights(GuardCase):
    def test_an_employee_gets_no_further_than_the_level(self):
        """The level is no secret, but a path through it must not open other models."""
        self.evaluate(self.scheme)
        partners = self.env["res.partner"].with_user(self.make_user(None))
        self.assertEqual(partners.search([("tier_id.code", "=", "GOLD")]), self.ann)
        for path in (
            "tier_id.scheme_id.last_graded",
            "tier_id.scheme_id.revision_ids.user_id.login",
        ):
            with self.assertRaises(AccessError):
                partners.search_count([(path, "!=", False)])

    def test_every_rung_searches_by_figures(self):
        """A leader's rule joins the users, which have a partner of their own."""
        self.evaluate(self.scheme)
        for rung in ("own", "team", "all", "manager"):
            user = self.make_user(rung)
            self.ann.user_id = user
            found = self.env["res.partner"].with_user(user).search([("tier_amount", ">", 100)])
            self.assertEqual(found, self.ann, rung)
            found = self.env["res.partner"].with_user(user).search([("standing_id.amount", ">", 1)])
            self.assertIn(self.ann, found, rung)

    def test_paths_through_the_company(self):
        self.evaluate(self.scheme)
        domain = [("tier_id.company_id.name", "=", self.company.name)]
        self.assertEqual(self.env["res.partner"].search(domain), self.ann | self.bob)


@tagged("post_install", "-at_install")
class TestCoreDocuments(GuardCase):
    def test_customer_care_never_narrows(self):
        """Who reads all orders by another right goes on reading them."""
        accountant = new_test_user(
            self.env,
            "guard_accountant",
            groups="account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        orders = self.env["sale.order"].with_user(accountant)
        before = orders.search_count([])
        self.assertGreaterEqual(before, 2)
        accountant.group_ids += self.env.ref("customer_tiering.customer_tiering_group_own")
        self.assertEqual(orders.search_count([]), before)

    def test_a_colleagues_draft_stays_closed(self):
        seller = self.make_user("own")
        self.ann.user_id = seller
        draft = self.make_order(self.ann, 10, state="draft")
        orders = self.env["sale.order"].with_user(seller).search([])
        self.assertIn(self.ann, orders.partner_id)
        self.assertNotIn(draft, orders)


@tagged("post_install", "-at_install")
class TestBranchManager(GuardCase):
    def test_reads_the_mothers_rules_and_changes_none(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        manager = self.make_user("manager", branch)
        scheme = self.scheme.with_user(manager).with_context(allowed_company_ids=branch.ids)
        self.assertEqual(scheme.name, self.scheme.name)
        with self.assertRaises(AccessError):
            scheme.window_months = 3
        with self.assertRaises(AccessError):
            scheme.tier_ids[0].min_amount = 3

    def test_account_manager_of_a_branch_sees_his_customers(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        seller = self.make_user("own", branch)
        self.ann.user_id = seller
        self.evaluate(self.scheme)
        standings = self.Standing.with_user(seller).with_context(allowed_company_ids=branch.ids)
        found = standings.search([])
        self.assertEqual(found.partner_id, self.ann)


@tagged("post_install", "-at_install")
class TestFirstGrading(GuardCase):
    def test_an_empty_night_is_no_baseline(self):
        """A new company's first customers are no news, however many nights were empty."""
        company = self.make_company("Newborn")
        scheme = self.make_operative(self.make_scheme("amount", LEVELS, company_id=company.id))
        self.assertEqual(self.evaluate(scheme)["graded"], 0)
        self.make_order(self.ann, 500, company_id=company.id)
        result = self.evaluate(scheme)
        self.assertEqual((result["graded"], result["up"]), (1, 0))
        self.assertEqual(self.history_of(scheme, self.ann).trigger, "baseline")

    def test_installation_leaves_waiting_schemes_alone(self):
        schemes = self.Scheme.with_context(allowed_company_ids=None).search([])
        others = schemes.filtered("operative") - self.default_scheme
        others.operative = False
        self.env.flush_all()
        self.default_scheme.operative = True
        self.assertTrue(self.default_scheme.is_default)
        with freeze_time("2024-06-30 12:00:00"):
            self.assertTrue(self.default_scheme._waits_for_start())
            post_init_hook(self.env)
        self.assertFalse(self.default_scheme.last_evaluated)


@tagged("post_install", "-at_install")
class TestMeanwhile(GuardCase):
    def test_exempting_during_an_evaluation_is_right_after_it(self):
        self.evaluate(self.scheme)
        refused = EvaluationRunning("is being evaluated")
        with patch.object(type(self.scheme), "_lock_for_evaluation", side_effect=refused):
            self.ann.tier_exempt = True
        self.assertTrue(self.scheme.evaluation_pending, "it is queued, not forgotten")
        cron = self.env.ref("customer_tiering.ir_cron_evaluate_requested")
        with self.enter_registry_test_mode(), freeze_time("2024-07-01 12:00:00"):
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(self.standing_of(self.scheme, self.ann).tier_id)
        self.assertFalse(self.scheme.evaluation_pending)

    def test_a_level_by_hand_is_not_written_back(self):
        scheme = self.make_operative(self.make_scheme("manual", [("A", 0), ("B", 0)]))
        level_a, level_b = scheme.tier_ids
        for partner in (self.ann, self.bob):
            self.Standing.create(
                {"scheme_id": scheme.id, "partner_id": partner.id, "tier_id": level_a.id}
            )
        original = type(scheme)._commit_batch

        def meanwhile(this, checked, done, total):
            original(this, checked, done, total)
            if done == 1:
                self.standing_of(scheme, self.bob).with_env(this.env).tier_id = level_b.id
                this.env["ir.cron"]._commit_progress()

        with (
            patch.object(customer_tier_changes, "BATCH_ROWS", 1),
            patch.object(type(scheme), "_commit_batch", meanwhile),
        ):
            self.run_night()
        self.assertEqual(self.standing_of(scheme, self.bob).tier_id, level_b)
        self.assertEqual(self.history_of(scheme, self.bob)[-1].to_tier_id, level_b)

    def test_a_pass_ends_in_the_middle_of_a_large_scheme(self):
        moments = iter([0, 0])
        clock = patch.object(
            customer_tier_background.time, "monotonic", lambda: next(moments, 10_000)
        )
        with (
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
            # the clock last: freezing time replaces it, too
            freeze_time("2024-06-30 12:00:00"),
            patch.object(customer_tier_changes, "BATCH_ROWS", 1),
            patch.object(customer_tier_background, "PASS_ROWS", 1),
            clock,
        ):
            scheme = self.scheme.with_env(self.env(cr=cr))
            scheme._run_pass(scheme, "customer_tiering.ir_cron_evaluate_schemes")
        self.env.invalidate_all()
        self.assertEqual(len(self.levels_in(self.scheme)), 1)
        self.assertTrue(self.scheme.left_since)
        self.assertFalse(self.scheme.last_evaluated)

    def test_a_broken_check_of_one_scheme_does_not_stop_the_others(self):
        other = self.make_operative(
            self.make_scheme("amount", LEVELS, company_id=self.make_company("Other").id)
        )
        original = type(self.scheme)._waits_for_start

        def broken(scheme):
            if scheme == other:
                raise ZeroDivisionError
            return original(scheme)

        with (
            patch.object(type(self.scheme), "_waits_for_start", broken),
            self.assertLogs("odoo.addons.customer_tiering", "WARNING"),
        ):
            self.run_night()
        self.assertTrue(other.evaluation_error)
        self.assertEqual(self.scheme.last_evaluated, AS_OF)


@tagged("post_install", "-at_install")
class TestWrites(GuardCase):
    def test_a_client_cannot_switch_the_check_of_rules_off(self):
        scheme = self.scheme.with_user(self.make_user("manager"))
        tier = scheme.with_context(tier_rules_pending=True).tier_ids[0]
        number = self.scheme.revision_count
        tier.min_amount = 150
        self.scheme.invalidate_recordset()
        self.assertEqual(self.scheme.revision_count, number + 1)

    def test_results_are_written_by_evaluations_only(self):
        scheme = self.scheme.with_user(self.make_user("manager"))
        for vals in ({"last_evaluated": False}, {"run_number": 7}, {"is_default": True}):
            with self.assertRaises(AccessError):
                scheme.write(vals)
        with self.assertRaises(AccessError):
            scheme.tier_ids[0].line_value = 1

    def test_revisions_are_never_edited(self):
        with self.assertRaises(UserError):
            self.scheme.revision_ids.sudo().write({"reason": "nicer"})

    def test_a_broken_scheme_does_not_take_over(self):
        broken = self.make_scheme("amount", [("One", 100), ("Two", 50)])
        self.env.cr.execute(
            "UPDATE customer_tier SET min_amount = 500 WHERE id = %s", [broken.tier_ids[1].id]
        )
        self.env.invalidate_all()
        with self.assertRaises(UserError):
            broken.action_make_operative()
        self.assertTrue(self.scheme.operative)

    def test_evaluated_ahead_of_time_says_so(self):
        self.scheme.decision = "quarterly"
        self.evaluate(self.scheme)
        # a clock that was put right since
        self.scheme.sudo().last_evaluated = "2099-01-01"
        with self.assertRaisesRegex(UserError, "already evaluated"):
            self.scheme.action_evaluate()
