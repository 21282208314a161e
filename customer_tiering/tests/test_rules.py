"""Schemes that cannot grade are refused with the reason; rules are kept as revisions."""

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import AS_OF, TieringCase

LEVELS = (("Gold", 100), ("Silver", 50), ("Rest", None))


@tagged("post_install", "-at_install")
class TestRefused(TieringCase):
    def refused(self, sentence, call):
        # assertRaises of Odoo also rolls back and empties the cache
        with self.assertRaises(ValidationError) as raised:
            call()
            self.env.flush_all()
        self.assertRegex(str(raised.exception), sentence)

    def test_no_level(self):
        self.refused("It has no level", lambda: self.make_scheme("amount", []))
        scheme = self.make_scheme("amount", LEVELS)
        self.refused("It has no level", lambda: scheme.write({"tier_ids": [Command.clear()]}))
        self.refused("It has no level", lambda: scheme.tier_ids.unlink())
        self.refused("It has no level", lambda: scheme.tier_ids.action_archive())

    def test_equal_or_rising_lines(self):
        for levels in (
            [("Gold", 50), ("Silver", 50)],
            [("Silver", 50), ("Gold", 100)],
        ):
            self.refused(
                "is not below that of", lambda levels=levels: self.make_scheme("amount", levels)
            )

    def test_on_the_level_itself(self):
        scheme = self.make_scheme("amount", LEVELS)
        gold, silver, rest = scheme.tier_ids
        self.refused(
            "“Silver” is not below that of “Gold”", lambda: silver.write({"min_amount": 100})
        )
        self.refused(
            "“Rest” takes the rest but is not the last", lambda: rest.write({"sequence": 1})
        )
        self.refused(
            "Two levels have the code “GOLD”",
            lambda: silver.write({"code": "GOLD"}),
        )
        self.refused(
            "Two levels have the code “GOLD”",
            lambda: gold.create({"name": "G", "code": "GOLD", "scheme_id": scheme.id}),
        )

    def test_shares(self):
        self.refused("make 99 %, not 100", lambda: self.make_scheme("abc", [("A", 80), ("B", 19)]))
        self.refused(
            "make 100.0001 %", lambda: self.make_scheme("pyramid", [("A", 80), ("B", 20.0001)])
        )
        self.refused(
            "“A” has no share", lambda: self.make_scheme("pyramid", [("A", 0), ("B", 100)])
        )
        self.make_scheme("pyramid", [("A", 0.1), ("B", 0.2), ("C", 99.7)])

    def test_points(self):
        self.refused(
            "points of “B” are not below",
            lambda: self.make_scheme("rfm", [("A", 3), ("B", 3)]),
        )

    def test_margin_of_invoices(self):
        self.refused(
            "Margin needs",
            lambda: self.make_scheme("amount", LEVELS, measure="margin", source="invoice"),
        )
        scheme = self.make_scheme("amount", LEVELS, source="invoice")
        self.refused("Margin needs", lambda: scheme.write({"measure": "margin"}))

    def test_margin_without_the_app(self):
        scheme = self.make_scheme("amount", LEVELS)
        self.patch(type(scheme), "_has_margin", lambda scheme, source: False)
        self.refused("sale_margin", lambda: scheme.write({"measure": "margin"}))

    def test_changing_the_method_needs_fitting_levels(self):
        scheme = self.make_scheme("amount", LEVELS)
        self.refused("has no share", lambda: scheme.write({"method": "abc"}))
        self.assertEqual(scheme.method, "amount")

    def test_database_constraints(self):
        scheme = self.make_scheme("rfm", [("A", 3), ("B", 0)])
        for vals in (
            {"window_months": 0},
            {"window_months": 121},
            {"weight_r": -1},
            {"weight_r": 0, "weight_f": 0, "weight_m": 0},
        ):
            with self.subTest(vals=vals), mute_logger("odoo.sql_db"):
                with self.assertRaises(IntegrityError):
                    scheme.write(vals)
                    self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            scheme.tier_ids[0].write({"share": 100.1})
            self.env.flush_all()

    def test_segments(self):
        segments = self.env["customer.rfm.segment"]
        for vals in ({"r_min": 4, "r_max": 3}, {"r_max": 6}, {"fm_min": 0.5}, {"fm_max": 5.5}):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                segments.create({"name": "Bad", **vals})

    def test_imported_months(self):
        months = self.env["customer.sales.history"]
        partner = self.make_partner()
        vals = {"company_id": self.company.id, "partner_id": partner.id, "month": "2024-02-01"}
        months.create(vals)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            months.create({**vals, "month": "2024-02-29"})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            months.create({**vals, "month": "2024-03-01", "document_count": -1})


@tagged("post_install", "-at_install")
class TestGoodRules(TieringCase):
    def test_several_levels_change_in_one_save(self):
        """Lines may pass each other inside one save: only the result is checked."""
        scheme = self.make_scheme("amount", LEVELS)
        gold, silver, _rest = scheme.tier_ids
        scheme.write(
            {
                "tier_ids": [
                    Command.update(silver.id, {"min_amount": 500}),
                    Command.update(gold.id, {"min_amount": 1000}),
                ]
            }
        )
        self.assertEqual(scheme.tier_ids.mapped("min_amount"), [1000, 500, 0])

    def test_method_and_shares_in_one_save(self):
        scheme = self.make_scheme("amount", LEVELS)
        scheme.write(
            {
                "method": "abc",
                "tier_ids": [
                    Command.update(tier.id, {"share": share})
                    for tier, share in zip(scheme.tier_ids, (80, 15, 5), strict=True)
                ],
            }
        )
        self.assertEqual(scheme._get_problems(), [])

    def test_form(self):
        with Form(self.Scheme.with_context(default_tz="UTC")) as form:
            form.name = "By form"
            for name, amount in (("Gold", 100), ("Silver", 50)):
                with form.tier_ids.new() as tier:
                    tier.name = name
                    tier.code = name
                    tier.sequence = 200 - amount
                    tier.min_amount = amount
        scheme = form.save()
        self.assertEqual(scheme.tier_ids.mapped("name"), ["Gold", "Silver"])
        self.assertEqual(scheme.revision_count, 1)

    def test_copy(self):
        scheme = self.make_scheme("amount", LEVELS)
        self.make_order(self.make_partner(), 60)
        self.evaluate(scheme)
        copy = scheme.copy()
        self.assertEqual(copy.tier_ids.mapped("code"), ["GOLD", "SILVER", "REST"])
        self.assertEqual(copy.tier_ids.mapped("line_value"), [0, 0, 0])
        self.assertFalse(copy.operative or copy.last_evaluated or copy.is_default)

    def test_level_somebody_held_is_archived(self):
        scheme = self.make_scheme("amount", LEVELS)
        partner = self.make_partner("Ann")
        self.make_order(partner, 60)
        self.evaluate(scheme)
        gold, silver, _rest = scheme.tier_ids
        (gold | silver).unlink()
        self.assertFalse(gold.exists())
        self.assertTrue(silver.exists())
        self.assertFalse(silver.active)
        result = self.evaluate(scheme)
        self.assertEqual(result["down"], 1)
        row = self.history_of(scheme, partner)[-1]
        self.assertEqual((row.from_tier_id, row.direction), (silver, "down"))
        self.assertEqual(self.history_of(scheme, partner)[0].to_tier_id.name, "Silver")

    def test_level_removed_in_the_scheme_form(self):
        scheme = self.make_scheme("amount", LEVELS)
        self.make_order(self.make_partner("Ann"), 60)
        self.evaluate(scheme)
        silver = scheme.tier_ids[1]
        with Form(scheme) as form:
            form.tier_ids.remove(index=1)
        self.assertTrue(silver.exists() and not silver.active)
        self.assertEqual(scheme.tier_ids.mapped("name"), ["Gold", "Rest"])

    def test_delete_a_scheme_with_results(self):
        scheme = self.make_scheme("amount", LEVELS)
        self.make_order(self.make_partner("Ann"), 60)
        self.evaluate(scheme)
        rows = self.History.search([("scheme_id", "=", scheme.id)])
        scheme.unlink()
        self.assertFalse(rows.exists())


@tagged("post_install", "-at_install")
class TestRevisions(TieringCase):
    def setUp(self):
        super().setUp()
        self.scheme = self.make_scheme("amount", LEVELS)
        self.gold, self.silver, self.rest = self.scheme.tier_ids

    def check(self, number):
        self.env.invalidate_all()
        self.assertEqual(self.scheme.revision_ids[0].number, number)
        self.assertEqual(self.scheme.revision_count, number)

    def test_creating_makes_one(self):
        self.check(1)
        revision = self.scheme.revision_ids
        self.assertEqual(revision.user_id, self.env.user)
        self.assertEqual(
            [level["code"] for level in revision.body["levels"]], ["GOLD", "SILVER", "REST"]
        )
        self.assertEqual(revision.body["levels"][0]["min_amount"], "100.000000")
        self.assertEqual(revision.body["method"], "amount")

    def test_each_rule_makes_one(self):
        """Whatever the engine reads is part of the revision."""
        number = 1
        for vals in (
            {"window_months": 6},
            {"window_type": "calendar"},
            {"tz": "Asia/Shanghai"},
            {"source": "invoice"},
            {"measure": "quantity"},
            {"history_until": "2020-12-31"},
            {"weight_r": 2},
            {"method": "manual"},
        ):
            self.scheme.write(vals)
            number += 1
            self.check(number)
        for vals in (
            {"min_amount": 150},
            {"code": "AU"},
            {"service_class": "key"},
            {"share": 5},
            {"min_score": 7},
        ):
            self.gold.write(vals)
            number += 1
            self.check(number)
        self.silver.unlink()
        self.check(number + 1)
        self.gold.create({"name": "New", "code": "N", "sequence": 15, "scheme_id": self.scheme.id})
        self.check(number + 2)

    def test_one_save_makes_one(self):
        self.scheme.write(
            {
                "window_months": 6,
                "tier_ids": [
                    Command.update(self.gold.id, {"min_amount": 120, "name": "Golden"}),
                    Command.update(self.silver.id, {"min_amount": 70}),
                ],
            }
        )
        self.check(2)

    def test_nothing_changed_makes_none(self):
        self.scheme.write({"window_months": 12, "method": "amount"})
        self.gold.min_amount = 100
        self.check(1)

    def test_what_is_no_rule_makes_none(self):
        self.scheme.write({"name": "Renamed", "sequence": 3})
        self.gold.color = 7
        self.make_order(self.make_partner(), 60)
        self.evaluate(self.scheme)
        self.check(1)

    def test_translations_make_none(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.gold.with_context(lang="fr_FR").name = "Or"
        self.scheme.with_context(lang="fr_FR").window_months = 12
        self.check(1)
        self.gold.with_context(lang="fr_FR").min_amount = 101
        self.check(2)
        self.assertEqual(self.scheme.revision_ids[0].body["levels"][0]["name"], "Gold")

    def test_frozen(self):
        body = self.scheme.revision_ids.body
        self.gold.min_amount = 5000
        self.check(2)
        self.assertEqual(self.scheme.revision_ids[1].body, body)

    def test_a_new_name_is_no_new_rule(self):
        self.gold.name = "Golden"
        self.check(1)
        self.assertIn("Golden: from", self.scheme.revision_ids.summary)

    def test_refused_rules_make_none(self):
        with self.assertRaises(ValidationError):
            self.silver.min_amount = 100
        self.check(1)

    def test_summary_in_words(self):
        self.assertEqual(
            self.scheme.revision_ids.summary.split("\n"),
            [
                "Sales orders · Revenue · Amount · Rolling, 12 months",
                "Gold: from 100.00",
                "Silver: from 50.00",
                "Rest: takes the rest",
                "A rise takes effect at once.",
                "Falls are decided at the end of each day.",
            ],
        )
        scheme = self.make_scheme("pyramid", [("A", 0.5), ("B", 99.5)], window_type="calendar")
        self.assertEqual(
            scheme.revision_ids.summary.split("\n")[:3],
            ["Sales orders · Revenue · Pyramid · Calendar", "A: 0.5 %", "B: 99.5 %"],
        )

    def test_same_revision_same_result(self):
        """For the same documents and revision the same day gives the same levels."""
        self.make_order(self.make_partner("Ann"), 60)
        first = self.scheme.evaluate_rows(AS_OF)
        self.gold.color = 3
        self.scheme.name = "Renamed"
        self.assertEqual(self.scheme.evaluate_rows(AS_OF), first)

    def test_cannot_be_written_by_hand(self):
        revision = self.scheme.revision_ids.with_user(self.make_user("manager"))
        for call in (lambda: revision.write({"reason": "x"}), lambda: revision.unlink()):
            with self.assertRaises(UserError), mute_logger("odoo.addons.base.models.ir_model"):
                call()
