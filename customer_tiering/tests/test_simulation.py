"""What-if: other rules tried on everybody, nothing live touched."""

import random

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from . import oracle
from .common import AS_OF, TieringCase
from .test_life import LEVELS

#: what a what-if must leave as it is
LIVE = {
    "customer_standing": "TRUE",
    "customer_tier_history": "TRUE",
    "customer_tier": "scheme_id NOT IN (SELECT id FROM customer_tier_scheme WHERE is_draft)",
    "customer_tier_scheme": "is_draft IS NOT TRUE",
    "customer_tier_revision": "TRUE",
    "customer_tier_decision": "TRUE",
    "res_partner": "TRUE",
}


class SimulationCase(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Simulation = cls.env["customer.tier.simulation"]
        cls.ann, cls.bob, cls.cid, cls.dan, cls.eva = cls.make_partners(
            "Ann", "Bob", "Cid", "Dan", "Eva"
        )
        cls.insert_orders(
            [
                (cls.ann.id, 1000, "2024-05-01"),
                (cls.bob.id, 400, "2024-05-01"),
                (cls.cid.id, 120, "2024-05-01"),
                (cls.dan.id, 50, "2024-05-01"),
                (cls.eva.id, 5, "2024-05-01"),
            ]
        )
        cls.scheme = cls.make_operative(
            cls.make_scheme("amount", [("Gold", 500), ("Silver", 100), ("Bronze", 20)])
        )
        cls.gold, cls.silver, cls.bronze = cls.scheme.tier_ids
        cls.manager = cls.make_user("manager", name="Manager")

    def setUp(self):
        super().setUp()
        clock = freeze_time("2024-06-30 12:00:00")
        clock.start()
        self.addCleanup(clock.stop)
        self.evaluate(self.scheme)

    @classmethod
    def try_out(cls, scheme=None, user=None, run=True, **vals):
        """Create a what-if, change rules and run it."""
        scheme = scheme or cls.scheme
        simulations = cls.Simulation.with_env(scheme.env).with_user(user or cls.manager)
        simulation = simulations.create({"name": "Try", "scheme_id": scheme.id})
        if vals:
            simulation.write(vals)
        if run:
            simulation.action_run()
        return simulation

    def lines(self, simulation, **amounts):
        """Return the commands that set lines of levels on trial, by code."""
        return [
            Command.update(tier.id, {"min_amount": amounts[tier.code]})
            for tier in simulation.tier_ids
            if tier.code in amounts
        ]

    def cells(self, simulation):
        return {
            (cell.from_tier_id.name or "", cell.to_tier_id.name or ""): (
                cell.customer_count,
                cell.amount,
            )
            for cell in simulation.cell_ids
        }

    def results(self, simulation):
        return {row.partner_id.name: row.direction for row in simulation.result_ids}

    def checksums(self):
        self.env.flush_all()
        return {
            table: self.env.execute_query(
                SQL(
                    "SELECT COUNT(*), md5(string_agg(md5(t::text), '' ORDER BY id))"
                    " FROM %s t WHERE %s",
                    SQL.identifier(table),
                    SQL(condition),
                )
            )
            for table, condition in LIVE.items()
        }


@tagged("post_install", "-at_install")
class TestSimulation(SimulationCase):
    def test_matrix_and_names(self):
        simulation = self.try_out(run=False)
        simulation.write({"tier_ids": self.lines(simulation, GOLD=400, SILVER=200, BRONZE=60)})
        simulation.action_run()
        self.assertEqual(
            self.cells(simulation),
            {
                ("Gold", "Gold"): (1, 1000),
                ("Silver", "Gold"): (1, 400),
                ("Silver", "Bronze"): (1, 120),
                ("Bronze", ""): (1, 50),
            },
        )
        self.assertEqual(self.results(simulation), {"Bob": "up", "Cid": "down", "Dan": "left"})
        self.assertEqual(
            (
                simulation.up_count,
                simulation.down_count,
                simulation.left_count,
                simulation.new_count,
                simulation.other_count,
            ),
            (1, 1, 1, 0, 0),
        )
        self.assertEqual((simulation.down_amount, simulation.population), (170, 5))
        self.assertEqual((simulation.state, simulation.as_of), ("run", AS_OF))
        conclusion = simulation.conclusion.replace("\xa0", " ")
        self.assertIn("1 rise, 1 fall, and 1 are left without a level", conclusion)
        self.assertIn("170.00 €", conclusion)

    def test_new(self):
        simulation = self.try_out(run=False)
        simulation.write({"tier_ids": self.lines(simulation, BRONZE=5)})
        simulation.action_run()
        self.assertEqual(self.results(simulation), {"Eva": "new"})
        self.assertEqual(self.cells(simulation)["", "Bronze"], (1, 5))

    def test_the_matrix_shows_all_of_it(self):
        simulation = self.try_out(run=False)
        simulation.write({"tier_ids": self.lines(simulation, GOLD=400, BRONZE=60)})
        simulation.action_run()
        for words in ("Gold", "Silver", "Bronze", "Left", "Total", "1,570"):
            self.assertIn(words, simulation.matrix)
        self.assertNotIn(">New<", simulation.matrix)

    def test_sums_are_the_population(self):
        """Rows add up to who holds each level, columns to who would."""
        rng = random.Random(3)
        partners = [self.make_partner() for _number in range(80)]
        ids = [partner.id for partner in partners]
        self.insert_orders(oracle.random_documents(3, ids, AS_OF))
        self.evaluate(self.scheme)
        self.insert_orders(oracle.random_documents(4, ids[:50], AS_OF))
        standings = self.Standing.search([("scheme_id", "=", self.scheme.id)])
        standings[::7].lock_level(self.silver, "2025-01-01", "Test")
        for method, levels in LEVELS.items():
            simulation = self.try_out(run=False)
            simulation.write(
                {
                    "method": method,
                    "apply": "at_once",
                    "tier_ids": [
                        *[Command.delete(tier.id) for tier in simulation.tier_ids],
                        *[Command.create({**vals}) for vals in self.level_vals(method, levels)],
                    ],
                    "window_months": rng.choice((3, 12)),
                }
            )
            simulation.action_run()
            held, then = {}, {}
            for (old, new), (count, _amount) in self.cells(simulation).items():
                held[old] = held.get(old, 0) + count
                then[new] = then.get(new, 0) + count
            for tier in self.scheme.tier_ids:
                holders = standings.filtered(lambda row, tier=tier: row.tier_id == tier)
                self.assertEqual(held.get(tier.name, 0), len(holders), method)
            # all levels are others, so no lock holds
            earned = {}
            for row in simulation.draft_id.sudo()._read_evaluation(AS_OF):
                name = self.env["customer.tier"].browse(row["earned_tier_id"] or []).name or ""
                earned[name] = earned.get(name, 0) + 1
            self.assertEqual(
                {name: count for name, count in then.items() if name},
                {name: count for name, count in earned.items() if name},
                method,
            )

    def level_vals(self, method, levels):
        name_of = {"amount": "min_amount", "rfm": "min_score"}.get(method, "share")
        return [
            {"name": f"{name} new", "code": f"N{name}", "sequence": 10 * number, name_of: value}
            for number, (name, value) in enumerate(levels, 1)
        ]

    def test_nothing_live_changes(self):
        self.scheme.review_days = 60
        self.scheme.write({"decision": "monthly", "grace_decisions": 2})
        self.night(self.scheme, day="2024-07-01")
        simulation = self.try_out(run=False)
        before = self.checksums()
        simulation.write(
            {
                "tier_ids": [
                    *self.lines(simulation, GOLD=900, SILVER=60),
                    Command.create(
                        {"name": "New", "code": "NEW", "sequence": 5, "min_amount": 950}
                    ),
                ],
                "window_months": 6,
                "grace_decisions": 1,
                "source": "invoice",
                "measure": "quantity",
            }
        )
        simulation.write({"source": "sale", "measure": "revenue"})
        simulation.action_run()
        simulation.apply = "at_once"
        simulation.action_run()
        self.assertTrue(simulation.matrix)
        self.assertTrue(simulation.copy().action_run())
        self.env.invalidate_all()
        self.assertEqual(self.checksums(), before)
        simulation.unlink()
        self.assertEqual(self.checksums(), before)

    def test_nothing_would_change(self):
        simulation = self.try_out()
        self.assertEqual(simulation.conclusion, "These rules change no customer's level.")
        self.assertFalse(simulation.result_ids)
        self.assertEqual(sum(cell.customer_count for cell in simulation.cell_ids), 4)

    def test_changing_a_rule_makes_the_result_old(self):
        """Otherwise one would publish what nobody has seen."""
        simulation = self.try_out()
        self.assertEqual(simulation.state, "run")
        for vals in (
            {"tier_ids": self.lines(simulation, GOLD=900)},
            {"window_months": 6},
            {"apply": "at_once"},
        ):
            simulation.write(vals)
            self.assertEqual((simulation.state, simulation.conclusion), ("draft", ""))
            simulation.action_run()
        simulation.name = "Another name"
        self.assertEqual(simulation.state, "run")

    def test_under_the_stability_rules_or_at_once(self):
        """Grace, stay and steps end some day; locks and tolerance stay."""
        self.scheme.write({"decision": "monthly", "grace_decisions": 3, "min_stay_days": 300})
        simulation = self.try_out(run=False)
        simulation.write(
            {
                "tier_ids": self.lines(simulation, GOLD=2000, SILVER=1500),
                "max_steps_down": 1,
                "apply": "eventually",
            }
        )
        simulation.action_run()
        self.assertEqual(self.cells(simulation)["Gold", "Bronze"], (1, 1000))
        self.assertEqual(self.cells(simulation)["Silver", "Bronze"], (2, 520))
        simulation.apply = "decision"
        simulation.action_run()
        self.assertEqual(self.results(simulation), {}, "three periods of grace")
        simulation.write({"grace_decisions": 1, "min_stay_days": 0})
        simulation.action_run()
        self.assertEqual(self.cells(simulation)["Gold", "Silver"], (1, 1000))
        simulation.apply = "at_once"
        simulation.action_run()
        self.assertEqual(self.cells(simulation)["Gold", "Bronze"], (1, 1000))

    def test_a_fall_that_is_due_anyway_is_no_effect(self):
        """A copy of the rules in force changes nothing, whatever is due by itself."""
        self.insert_orders([(self.ann.id, -900, AS_OF)])
        self.scheme.write({"decision": "monthly", "grace_decisions": 3})
        self.scheme.evaluate(AS_OF)
        simulation = self.try_out()
        self.assertEqual(self.results(simulation), {})
        self.assertIn("change no customer", simulation.conclusion)

    def test_nothing_live_changes_by_a_price_list_on_trial(self):
        group = self.env.ref("product.group_product_pricelist")
        before = self.env.ref("base.group_user").implied_ids
        simulation = self.try_out(run=False)
        prices = self.env["product.pricelist"].create({"name": "On trial"})
        simulation.tier_ids[0].pricelist_id = prices
        self.assertEqual(self.env.ref("base.group_user").implied_ids, before)
        self.gold.name = "Gold renamed meanwhile"
        revision = simulation.publish("Prices for Gold")
        self.assertEqual(self.gold.pricelist_id, prices)
        self.assertEqual(self.gold.name, "Gold renamed meanwhile")
        self.assertIn(group, self.env.ref("base.group_user").implied_ids)
        first = self.scheme.revision_ids.sorted("number")[0]
        self.assertGreater(revision.number, first.number)
        first.restore("Back")
        self.assertFalse(self.gold.pricelist_id, "undo takes the privilege back as well")

    def test_rules_on_trial_are_not_for_everybody(self):
        simulation = self.try_out(run=False)
        levels = simulation.draft_id.tier_ids
        employee = self.make_user(None)
        found = self.env["customer.tier"].with_user(employee).with_context(active_test=False)
        self.assertFalse(found.search([("id", "in", levels.ids)]))
        own = self.make_user("own")
        schemes = self.Scheme.with_user(own).with_context(active_test=False)
        self.assertNotIn(simulation.draft_id, schemes.search([]))

    def test_a_tolerance_keeps(self):
        simulation = self.try_out(run=False)
        simulation.write({"tier_ids": self.lines(simulation, GOLD=1100), "hysteresis": 10})
        simulation.action_run()
        self.assertEqual(self.results(simulation), {})
        simulation.apply = "at_once"
        simulation.action_run()
        self.assertEqual(self.results(simulation), {"Ann": "down"})

    def test_locks_hold_in_a_what_if(self):
        self.standing_of(self.scheme, self.dan).lock_level(self.gold, "2025-01-01", "Contract")
        simulation = self.try_out(run=False)
        simulation.write({"tier_ids": self.lines(simulation, BRONZE=60)})
        simulation.action_run()
        self.assertEqual(self.results(simulation), {})
        self.assertEqual(self.cells(simulation)["Gold", "Gold"], (2, 1050))

    def test_costs(self):
        self.gold.benefit_cost = 5
        simulation = self.try_out(run=False)
        simulation.write({"tier_ids": self.lines(simulation, GOLD=400)})
        gold = simulation.tier_ids[0]
        self.assertEqual(gold.benefit_cost, 5)
        gold.benefit_cost = 4
        simulation.action_run()
        self.assertEqual((simulation.cost_before, simulation.cost_after), (50, 56))

    def test_a_level_removed(self):
        simulation = self.try_out(run=False)
        simulation.write({"tier_ids": [Command.delete(simulation.tier_ids[1].id)]})
        simulation.action_run()
        self.assertEqual(self.results(simulation), {"Bob": "other", "Cid": "other"})
        self.assertEqual(self.cells(simulation)["Silver", "Bronze"], (2, 520))
        self.assertIn("leave a level that is no more", simulation.conclusion)

    def test_from_another_scheme(self):
        """Compared with the levels customers hold today, those of the scheme in force."""
        other = self.make_scheme("pyramid", [("Top", 40), ("Rest", 60)])
        simulation = self.try_out(other)
        self.assertEqual(
            self.cells(simulation),
            {
                ("Gold", "Top"): (1, 1000),
                ("Silver", "Top"): (1, 400),
                ("Silver", "Rest"): (1, 120),
                ("Bronze", "Rest"): (1, 50),
                ("", "Rest"): (1, 5),
            },
        )
        self.assertEqual(set(self.results(simulation).values()), {"other", "new"})
        # graded itself meanwhile, the result still shows what it was compared with
        self.evaluate(other)
        self.env.invalidate_all()
        self.assertIn("Silver", simulation.matrix)

    def test_before_anything_was_graded(self):
        company = self.make_company("Newborn")
        scheme = self.make_operative(
            self.make_scheme("amount", [("Gold", 500)], company_id=company.id)
        )
        self.make_order(self.ann, 1000, company_id=company.id)
        manager = self.make_user("manager", company)
        scheme = scheme.with_context(allowed_company_ids=company.ids)
        simulation = self.try_out(scheme, user=manager)
        self.assertEqual(self.cells(simulation), {("", "Gold"): (1, 1000)})

    def test_lists_behind_the_numbers(self):
        simulation = self.try_out(run=False)
        simulation.write({"tier_ids": self.lines(simulation, GOLD=400, SILVER=200, BRONZE=5)})
        simulation.action_run()
        rows = self.env["customer.tier.simulation.result"].with_user(self.manager)
        for action, names in (
            (simulation.action_view_winners(), {"Bob", "Eva"}),
            (simulation.action_view_losers(), {"Cid"}),
            (simulation.action_view_results(), {"Bob", "Cid", "Eva"}),
        ):
            found = rows.search(action["domain"])
            self.assertEqual(set(found.partner_id.mapped("name")), names)

    def test_copy(self):
        simulation = self.try_out(run=False)
        simulation.write({"tier_ids": self.lines(simulation, GOLD=400), "window_months": 6})
        simulation.action_run()
        copy = simulation.copy()
        self.assertNotEqual(copy.draft_id, simulation.draft_id)
        self.assertEqual(copy.scheme_id, self.scheme)
        self.assertEqual((copy.state, copy.window_months), ("draft", 6))
        self.assertEqual(copy.tier_ids.mapped("min_amount"), [400, 100, 20])
        self.assertEqual(copy.tier_ids.sudo().origin_tier_id, self.scheme.tier_ids)
        self.assertFalse(copy.result_ids or copy.cell_ids or copy.revision_id)
        copy.action_run()
        self.assertEqual(self.cells(copy), self.cells(simulation))
        copy.write({"tier_ids": self.lines(copy, GOLD=450)})
        self.assertEqual(simulation.tier_ids[0].min_amount, 400)

    def test_side_by_side(self):
        one = self.try_out()
        two = self.try_out(run=False)
        two.write({"name": "Strict", "tier_ids": self.lines(two, GOLD=2000)})
        two.action_run()
        one.compare_id = two
        for words in ("Try", "Strict", "2,000.00", "500.00"):
            self.assertIn(words, one.comparison)

    def test_rules_that_cannot_work_are_refused_at_saving(self):
        simulation = self.try_out(run=False)
        with self.assertRaisesRegex(ValidationError, "amounts must fall"):
            simulation.write({"tier_ids": self.lines(simulation, GOLD=50)})
        with self.assertRaisesRegex(ValidationError, "not 100 %"):
            simulation.method = "abc"
        with self.assertRaisesRegex(ValidationError, "has no level"):
            simulation.write(
                {"tier_ids": [Command.delete(tier.id) for tier in simulation.tier_ids]}
            )

    def test_by_form(self):
        form = Form(self.Simulation.with_user(self.manager))
        form.name = "From the menu"
        self.assertEqual(form.scheme_id, self.scheme, "the scheme in force is proposed")
        simulation = form.save()
        with Form(simulation) as form, form.tier_ids.edit(0) as line:
            line.min_amount = 400
        simulation.action_run()
        self.assertEqual(self.results(simulation), {"Bob": "up"})

    def test_from_the_button_of_a_scheme(self):
        action = self.scheme.with_user(self.manager).action_simulate()
        simulation = self.Simulation.browse(action["res_id"])
        self.assertEqual(simulation.scheme_id, self.scheme)
        self.assertEqual(self.scheme.simulation_count, 1)
        action = self.scheme.with_user(self.manager).action_view_simulations()
        self.assertEqual(self.Simulation.search(action["domain"]), simulation)

    def test_deleting_leaves_no_draft(self):
        simulation = self.try_out()
        draft, tiers = simulation.draft_id, simulation.tier_ids
        simulation.unlink()
        self.assertFalse(draft.exists() or tiers.exists())
        self.assertTrue(self.gold.exists())

    def test_deleting_the_scheme_takes_its_what_ifs_along(self):
        other = self.make_scheme("pyramid", [("Top", 40), ("Rest", 60)])
        simulation = self.try_out(other)
        archived = self.try_out(other)
        archived.active = False
        drafts = simulation.draft_id | archived.draft_id
        other.with_user(self.manager).unlink()
        self.assertFalse(simulation.exists() or archived.exists() or drafts.exists())
        with self.assertRaises(UserError):
            self.scheme.with_user(self.manager).unlink()

    def test_without_a_scheme_in_force(self):
        self.scheme.operative = False
        with self.assertRaisesRegex(UserError, "Choose the scheme"):
            self.Simulation.with_user(self.manager).create({"name": "Nothing"})


@tagged("post_install", "-at_install")
class TestDrafts(SimulationCase):
    """Rules on trial appear nowhere and grade nobody."""

    def setUp(self):
        super().setUp()
        self.simulation = self.try_out(run=False)
        self.simulation.write({"tier_ids": self.lines(self.simulation, GOLD=400)})
        self.draft = self.simulation.draft_id

    def test_in_no_list(self):
        schemes = self.Scheme.with_user(self.manager)
        self.assertNotIn(self.draft, schemes.search([]))
        action = self.env.ref("customer_tiering.customer_tier_scheme_action")._get_action_dict()
        everything = schemes.with_context(active_test=False)
        self.assertIn(self.draft, everything.search([]))
        self.assertIn("is_draft", action["domain"])
        levels = self.env["customer.tier"].with_user(self.manager)
        found = levels.browse(row_id for row_id, _name in levels.name_search("Gold"))
        self.assertNotIn(self.draft, found.scheme_id)
        self.assertIn(self.gold, found)
        found = levels.search([("display_name", "=", "Gold")])
        self.assertNotIn(self.draft, found.scheme_id)

    def test_makes_no_revision(self):
        self.assertFalse(
            self.env["customer.tier.revision"].search([("scheme_id", "=", self.draft.id)])
        )
        self.assertEqual(self.scheme.revision_count, 1)

    def test_partners_are_found_by_live_levels(self):
        partners = self.env["res.partner"].with_user(self.manager)
        self.assertEqual(partners.search([("tier_id", "ilike", "Gold")]), self.ann)
        self.assertEqual(partners.search([("tier_id.name", "=", "Gold")]), self.ann)
        self.assertFalse(partners.search([("tier_id", "in", self.draft.tier_ids.ids)]))

    def test_never_graded(self):
        with self.enter_registry_test_mode():
            self.env.ref("customer_tiering.ir_cron_evaluate_schemes").method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(self.draft.last_run)
        draft = self.draft.with_user(self.manager)
        result = draft.evaluate()
        self.assertIn("grade nobody", result["failed"][draft.id])
        with self.assertRaises(UserError):
            draft.action_make_operative()
        self.assertFalse(self.Standing.search([("scheme_id", "=", self.draft.id)]))
        self.assertEqual(self.Scheme._get_operative(self.company), self.scheme)

    def test_cannot_be_shown_or_put_in_force(self):
        draft = self.draft.with_user(self.manager)
        for vals in ({"active": True}, {"operative": True, "active": True}):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                draft.write(vals)
                self.env.flush_all()
        with self.assertRaises(AccessError):
            draft.write({"is_draft": False})


@tagged("post_install", "-at_install")
class TestSimulationRights(SimulationCase):
    def test_managers_only(self):
        simulation = self.try_out()
        for rung in ("own", "team", "all", None):
            user = self.make_user(rung)
            with self.assertRaises(AccessError):
                self.try_out(user=user)
            with self.assertRaises(AccessError):
                simulation.with_user(user).read(["name"])
            for method, args in (("action_run", ()), ("publish", ("Why not",)), ("unlink", ())):
                with self.assertRaises(AccessError):
                    getattr(simulation.with_user(user), method)(*args)
            for model in ("cell", "result"):
                with self.assertRaises(AccessError):
                    self.env[f"customer.tier.simulation.{model}"].with_user(user).search([])
            if rung:
                with self.assertRaises(AccessError):
                    self.scheme.with_user(user).action_simulate()

    def test_not_of_another_company(self):
        simulation = self.try_out()
        other = self.make_company("Other")
        manager = self.make_user("manager", other)
        theirs = simulation.with_user(manager).with_context(allowed_company_ids=other.ids)
        for method, args in (
            ("read", (["name"],)),
            ("action_run", ()),
            ("publish", ("Why not",)),
            ("unlink", ()),
        ):
            with self.assertRaises(AccessError):
                getattr(theirs, method)(*args)
        with self.assertRaises(AccessError):
            self.Simulation.with_user(manager).with_context(allowed_company_ids=other.ids).create(
                {"name": "Spy", "scheme_id": self.scheme.id}
            )
        rows = self.env["customer.tier.simulation.result"].with_user(manager)
        self.assertFalse(rows.with_context(allowed_company_ids=other.ids).search([]))

    def test_not_from_a_branch(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        manager = self.make_user("manager", branch)
        with self.assertRaises(AccessError):
            self.Simulation.with_user(manager).with_context(allowed_company_ids=branch.ids).create(
                {"name": "From below", "scheme_id": self.scheme.id}
            )

    def test_results_are_written_by_the_run_only(self):
        simulation = self.try_out(run=False)
        other = self.make_scheme("amount", [("Gold", 1)])
        for vals in (
            {"state": "run"},
            {"up_count": 7},
            {"draft_id": other.id},
            {"revision_id": self.scheme.revision_ids.id},
            {"last_evaluated": "2024-01-01"},
            {"is_draft": False},
        ):
            with self.assertRaises(AccessError):
                simulation.write(vals)
        with self.assertRaises(AccessError):
            self.try_out().cell_ids.write({"amount": 0})
        with self.assertRaises(AccessError):
            self.Simulation.with_user(self.manager).create(
                {"name": "Done", "scheme_id": self.scheme.id, "state": "published"}
            )

    def test_stays_with_its_scheme_and_company(self):
        simulation = self.try_out(run=False)
        other = self.make_scheme("amount", [("Gold", 1)])
        company = self.make_company("Other")
        with self.assertRaises(UserError):
            simulation.scheme_id = other
        with self.assertRaises(UserError):
            simulation.company_id = company
        simulation.scheme_id = self.scheme
        created = self.Simulation.with_user(self.manager).create(
            {"name": "Elsewhere", "scheme_id": self.scheme.id, "company_id": company.id}
        )
        self.assertEqual(created.company_id, self.company)
