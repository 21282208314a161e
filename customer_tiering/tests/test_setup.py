"""From the installation to the first grading: checklist, data check, guided start."""

from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.customer_tiering import hooks

from .common import AS_OF, TieringCase


class SetupCase(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user("manager")
        cls.user = cls.make_user("own")

    def setUp(self):
        super().setUp()
        clock = freeze_time("2024-06-30 12:00:00")
        clock.start()
        self.addCleanup(clock.stop)

    def sell_to_many(self, number=100, first=1000):
        """Give customers 1..n one order each, the first the largest."""
        partners = self.env["res.partner"].create(
            [
                {"name": f"Buyer {index:03}", "phone": "1", "is_company": True}
                for index in range(number)
            ]
        )
        self.insert_orders(
            [(partner.id, first - index, AS_OF) for index, partner in enumerate(partners)]
        )
        return partners

    def open_start(self, **vals):
        return self.env["customer.tier.start"].with_user(self.manager).create(vals)


@tagged("post_install", "-at_install")
class TestChecklist(SetupCase):
    def states(self):
        self.env.invalidate_all()
        steps = self.env["customer.setup.step"].with_user(self.manager).search([])
        return {step.code: step.state for step in steps}

    def test_steps_are_done_by_doing(self):
        self.assertEqual(set(self.states().values()), {"todo"})
        self.make_order(self.make_partner(), 1)
        self.default_scheme.evaluate(AS_OF)
        self.assertEqual(self.states()["choose_grading"], "done")
        self.assertEqual(self.states()["import_history"], "todo")
        self.default_scheme.history_until = "2020-12-31"
        self.assertEqual(self.states()["import_history"], "done")

    def test_marking_by_hand_is_by_company(self):
        step = self.env.ref("customer_tiering.setup_step_review_levels").with_user(self.manager)
        step.action_toggle_mark()
        self.assertEqual(self.states()["review_levels"], "done")
        other = self.make_company("Other")
        self.manager.company_ids += other
        elsewhere = step.with_context(allowed_company_ids=other.ids)
        self.assertEqual(elsewhere.state, "todo")
        step.action_toggle_mark()
        self.assertEqual(self.states()["review_levels"], "todo")

    def test_search_by_state(self):
        steps = self.env["customer.setup.step"].with_user(self.manager)
        steps.search([("code", "=", "review_levels")]).action_toggle_mark()
        done = steps.search([("state", "=", "done")])
        self.assertEqual(done.mapped("code"), ["review_levels"])
        self.assertNotIn(done, steps.search([("state", "!=", "done")]))

    def test_each_step_opens_its_screen(self):
        for step in self.env["customer.setup.step"].with_user(self.manager).search([]):
            action = step.action_open()
            self.assertEqual(action["type"], "ir.actions.act_window")
            self.assertTrue(action["res_model"] in self.env)

    def test_landing(self):
        steps = self.env["customer.setup.step"]
        self.assertEqual(
            steps.with_user(self.manager).action_land()["res_model"], "customer.setup.step"
        )
        self.assertEqual(steps.with_user(self.user).action_land()["res_model"], "customer.standing")
        for step in steps.with_user(self.manager).search([("state", "=", "todo")]):
            step.action_toggle_mark()
        self.assertEqual(
            steps.with_user(self.manager).action_land()["res_model"], "customer.standing"
        )

    def test_only_managers_mark(self):
        step = self.env.ref("customer_tiering.setup_step_review_levels").with_user(self.user)
        with self.assertRaises(AccessError):
            step.action_toggle_mark()


@tagged("post_install", "-at_install")
class TestDataCheck(SetupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        country = cls.env.ref("base.be")
        whole = {"country_id": country.id, "phone": "1", "user_id": cls.user.id}
        cls.fine = cls.make_partner("Fine", email="fine@example.com", vat="", **whole)
        cls.bare = cls.make_partner("Bare")
        cls.twins = cls.make_partner("Twin", email="Twin@Example.com", **whole)
        cls.twins |= cls.make_partner("Twin again", email="twin@example.com ", **whole)
        cls.taxed = cls.make_partner("Tax", vat="BE 0477472701", **whole)
        cls.taxed |= cls.make_partner("Tax again", vat="be0477472701", **whole)
        cls.own = cls.company.partner_id
        cls.own.write(whole)
        cls.colleague = cls.user.partner_id
        cls.colleague.write({**whole, "email": "colleague@example.com"})
        cls.walk_in = cls.make_partner("Walk-in", **whole)
        cls.without_order = cls.make_partner("Without order")
        everybody = (
            cls.fine | cls.bare | cls.twins | cls.taxed | cls.own | cls.colleague | cls.walk_in
        )
        cls.insert_orders([(partner.id, 10, AS_OF) for partner in everybody])
        cls.insert_orders([(cls.walk_in.id, 10, AS_OF)] * 30)

    def test_what_each_check_finds(self):
        checks = self.env["customer.data.check"].with_user(self.manager)
        expected = {
            "no_user": self.bare,
            "no_country": self.bare,
            "no_phone": self.bare,
            "duplicate": self.twins | self.taxed,
            "own": self.own | self.colleague,
            "walk_in": self.walk_in,
        }
        counts = {check["code"]: check["customer_count"] for check in checks._get_checks()}
        for code, partners in expected.items():
            with self.subTest(code=code):
                self.assertEqual(checks._get_partners(code), partners)
                self.assertEqual(counts[code], len(partners))
        self.assertEqual(set(counts), set(expected))

    def test_exempting_what_was_found(self):
        start = self.open_start()
        check = start.check_ids.filtered(lambda check: check.code == "walk_in")
        self.assertEqual(check.customer_count, 1)
        action = check.action_exempt()
        self.assertEqual(action["res_id"], start.id)
        self.assertTrue(self.walk_in.tier_exempt)
        self.assertEqual(self.walk_in.tier_exempt_reason, check.name)
        self.assertFalse(self.env["customer.data.check"]._get_partners("walk_in"))

    def test_opening_what_was_found(self):
        start = self.open_start()
        check = start.check_ids.filtered(lambda check: check.code == "duplicate")
        action = check.action_open()
        found = self.env["res.partner"].with_context(**action["context"]).search(action["domain"])
        self.assertEqual(found, self.twins | self.taxed)

    def test_only_what_is_no_customer_may_be_exempted(self):
        start = self.open_start()
        may = {check.code for check in start.check_ids if check.can_exempt}
        self.assertEqual(may, {"own", "walk_in"})


@tagged("post_install", "-at_install")
class TestGuidedStart(SetupCase):
    def lines(self, start):
        return [(line.name, line.min_amount, line.customer_count) for line in start.line_ids]

    def test_proposal_from_own_figures(self):
        """Amounts at 1, 5, 20 and 50 % of the customers, rounded to two digits."""
        self.sell_to_many(100, first=1000)  # 1000, 999 … 901
        start = self.open_start()
        start.action_choose()
        self.assertEqual(start.step, "choose")
        self.assertEqual(
            self.lines(start),
            [
                ("Diamond", 1000, 1),
                ("Platinum", 500, 99),
                ("Gold", 250, 0),
                ("Member", 130, 0),
                ("Ordinary", 0, 0),
            ],
            "equal lines are cut in half",
        )

    def test_proposal_of_spread_figures(self):
        partners = self.sell_to_many(100, first=1)
        orders = self.env["sale.order"].search([("partner_id", "in", partners.ids)])
        for rank, order in enumerate(orders.sorted("partner_id"), start=1):
            order.amount_untaxed = 5000 / rank
        start = self.open_start()
        start.action_choose()
        self.assertEqual([line.min_amount for line in start.line_ids], [5000, 1000, 250, 100, 0])
        self.assertEqual([line.customer_count for line in start.line_ids], [1, 4, 15, 30, 50])
        self.assertEqual(start.population, 100)
        self.assertAlmostEqual(sum(start.line_ids.mapped("amount")), start.amount, 2)
        self.assertAlmostEqual(sum(start.line_ids.mapped("amount_share")), 100)

    def test_shipped_lines_where_they_fit(self):
        self.sell_to_many(50, first=20_000)
        start = self.open_start()
        start.action_choose()
        self.assertEqual(
            [line.min_amount for line in start.line_ids], [200_000, 100_000, 10_000, 5_000, 0]
        )

    def test_nothing_sold_yet(self):
        start = self.open_start()
        start.action_choose()
        self.assertEqual(start.population, 0)
        self.assertEqual(len(start.line_ids), 5)
        self.assertFalse(start.problem)

    def test_grade(self):
        self.sell_to_many(100)
        start = self.open_start()
        start.action_choose()
        action = start.action_grade()
        self.assertEqual(action["params"]["message"], "100 graded, 0 up, 0 down.")
        self.assertEqual(action["params"]["next"]["res_model"], "customer.standing")
        self.env.invalidate_all()
        scheme = self.default_scheme
        self.assertEqual(scheme.last_evaluated, AS_OF)
        self.assertFalse(scheme.is_default)
        self.assertEqual(scheme.tier_ids.mapped("min_amount"), [1000, 500, 250, 130, 0])
        self.assertEqual(scheme.revision_ids[0].reason, "Guided start")
        self.assertEqual(
            self.env["res.partner"].search_count([("tier_id.code", "=", "PLATINUM")]), 99
        )

    def test_each_choice_grades(self):
        partners = self.sell_to_many(100)
        expected = {
            "pyramid_steep": {"VIP": 1, "MAJOR": 4, "ORDINARY": 15, "SMALL": 80},
            "pyramid_wide": {"VIP": 1, "MAJOR": 19, "ORDINARY": 30, "SMALL": 50},
            "abc": {"A": 80, "B": 15, "C": 5},
            "rfm": None,
            "amount": None,
        }
        for choice, counts in expected.items():
            with self.subTest(choice=choice):
                start = self.open_start(choice=choice)
                start.action_choose()
                preview = {line.code: line.customer_count for line in start.line_ids}
                start.action_grade()
                held = {}
                for tier in partners.mapped("standing_id.tier_id"):
                    held[tier.code] = len(partners.filtered(lambda p, t=tier: p.tier_id == t))
                self.assertEqual({k: n for k, n in preview.items() if n}, held)
                if counts:
                    self.assertEqual(held, counts)
                self.assertEqual(len(self.default_scheme.tier_ids), len(start.line_ids))

    def test_by_hand(self):
        start = self.open_start(choice="manual")
        start.action_choose()
        action = start.action_grade()
        self.assertEqual(self.default_scheme.method, "manual")
        self.assertNotEqual(action["params"]["type"], "danger")

    def test_live_counts_while_editing(self):
        self.sell_to_many(100)
        start = self.open_start()
        start.action_choose()
        with Form(start) as form:
            with form.line_ids.edit(1) as line:
                line.min_amount = 990
            rows = [form.line_ids.edit(index) for index in range(3)]
            self.assertEqual([row.customer_count for row in rows], [1, 10, 89])
            with form.line_ids.edit(2) as line:
                line.min_amount = 990
            self.assertIn("is not below that of", form.problem)
            with form.line_ids.edit(2) as line:
                line.min_amount = 950
            self.assertFalse(form.problem)
            self.assertEqual(
                [form.line_ids.edit(index).customer_count for index in range(4)], [1, 10, 40, 49]
            )
        self.assertFalse(self.default_scheme.last_evaluated, "nothing is graded by looking")
        self.assertEqual(self.default_scheme.tier_ids[0].min_amount, 200_000)

    def test_changing_the_choice_starts_new_levels(self):
        self.sell_to_many(100)
        start = self.open_start()
        start.action_choose()
        with Form(start) as form:
            form.choice = "abc"
            names = [form.line_ids.edit(index).name for index in range(len(form.line_ids))]
            self.assertEqual(names, ["A", "B", "C"])
            self.assertEqual(form.line_ids.edit(0).customer_count, 80)
            form.choice = "amount"
            self.assertEqual(len(form.line_ids), 5)

    def test_preview_is_what_the_evaluation_gives(self):
        self.insert_orders(
            [(partner.id, 500, "2022-12-31") for partner in self.sell_to_many(100)[50:]]
        )
        start = self.open_start()
        start.action_choose()
        with Form(start) as form:
            form.window_months = 24
            rows = [form.line_ids.edit(index) for index in range(len(form.line_ids))]
            preview = {row.code: row.customer_count for row in rows}
        self.assertEqual(sum(preview.values()), 100)
        self.assertGreater(len([number for number in preview.values() if number]), 1)
        start.action_grade()
        self.assertEqual(self.default_scheme.window_months, 24)
        standings = self.Standing.search([("scheme_id", "=", self.default_scheme.id)])
        self.assertEqual(standings[0].amount, 1450)
        for code, number in preview.items():
            self.assertEqual(
                len(standings.filtered(lambda s, c=code: s.tier_id.code == c)), number, code
            )

    def test_levels_of_equal_code_stay_the_same_level(self):
        self.sell_to_many(100)
        tiers = self.default_scheme.tier_ids
        start = self.open_start()
        start.action_choose()
        start.action_grade()
        self.assertEqual(self.default_scheme.tier_ids, tiers)

    def test_again_with_another_method_keeps_history(self):
        partners = self.sell_to_many(100)
        for choice in ("amount", "abc"):
            start = self.open_start(choice=choice)
            start.action_choose()
            start.action_grade()
        history = self.history_of(self.default_scheme, partners[1])
        self.assertEqual(history.mapped("to_tier_id.code"), ["PLATINUM", "A"])
        self.assertEqual(history.mapped("trigger"), ["baseline", "publish"])

    def test_bad_levels_are_refused(self):
        start = self.open_start()
        start.action_choose()
        start.line_ids[1].min_amount = start.line_ids[0].min_amount
        with self.assertRaisesRegex(Exception, "is not below that of"):
            start.action_grade()

    def test_branch_gets_a_scheme_of_its_own(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        self.manager.company_ids += branch
        start = self.open_start()
        start = start.with_context(allowed_company_ids=branch.ids).create({})
        self.assertFalse(start.scheme_id)
        start.action_choose()
        start.action_grade()
        scheme = self.Scheme.search([("company_id", "=", branch.id)])
        self.assertTrue(scheme.operative)
        self.assertTrue(self.default_scheme.operative)


@tagged("post_install", "-at_install")
class TestInstallation(SetupCase):
    def test_grades_at_once_where_the_shipped_levels_fit(self):
        self.sell_to_many(10, first=20_000)
        hooks.post_init_hook(self.env)
        self.assertEqual(self.default_scheme.last_evaluated, AS_OF)
        self.assertEqual(self.env["res.partner"].search_count([("tier_id.code", "=", "GOLD")]), 10)

    def test_waits_where_they_do_not(self):
        self.sell_to_many(100)
        hooks.post_init_hook(self.env)
        self.assertFalse(self.default_scheme.last_evaluated)

    def test_one_percent_is_enough(self):
        self.sell_to_many(99)
        self.make_order(self.make_partner(), 10_000)
        hooks.post_init_hook(self.env)
        self.assertTrue(self.default_scheme.last_evaluated)

    def test_less_than_one_percent_is_not(self):
        self.sell_to_many(100)
        self.make_order(self.make_partner(), 10_000)
        hooks.post_init_hook(self.env)
        self.assertFalse(self.default_scheme.last_evaluated)

    def test_company_without_orders_is_left_alone(self):
        hooks.post_init_hook(self.env)
        self.assertFalse(self.default_scheme.last_evaluated)

    def test_baseline_tells_nobody(self):
        """No mail, no message, no activity comes out of the first grading."""
        self.sell_to_many(10, first=20_000)
        counts = [self.env[model].search_count([]) for model in ("mail.mail", "mail.activity")]
        messages = self.env["mail.message"].search_count([("model", "=", "res.partner")])
        hooks.post_init_hook(self.env)
        self.assertEqual(
            [self.env[model].search_count([]) for model in ("mail.mail", "mail.activity")], counts
        )
        self.assertEqual(
            self.env["mail.message"].search_count([("model", "=", "res.partner")]), messages
        )
