"""What levels give comes with the level and goes with it."""

from unittest.mock import patch

from lxml import etree
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from odoo.addons import customer_tiering
from odoo.addons.customer_tiering.models import (
    customer_tier_grant_sync,
    customer_tier_scheme_benefit,
)

from .common import AS_OF, TieringCase
from .test_merge import MergeCase

PRICELIST = "specific_property_product_pricelist"
TERM = "property_payment_term_id"
LEVELS = (("Platinum", None), ("Gold", None), ("Silver", None))


class GrantCase(TieringCase):
    """A scheme graded by hand: a level changes when a test says so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.group_user")._apply_group(cls.env.ref("product.group_product_pricelist"))
        cls.Grant = cls.env["customer.tier.grant"]
        cls.by_hand, cls.gold_list, cls.platinum_list = (
            cls.make_pricelist(name) for name in ("By Hand", "Gold List", "Platinum List")
        )
        cls.hand_term, cls.gold_term = map(cls.make_term, ("Hand Term", "Gold Term"))
        cls.scheme = cls.make_operative(cls.make_scheme("manual", LEVELS))
        cls.platinum, cls.gold, cls.silver = cls.scheme.tier_ids
        cls.platinum.pricelist_id = cls.platinum_list
        cls.gold.pricelist_id = cls.gold_list
        cls.customer = cls.make_partner("Customer")

    @classmethod
    def make_pricelist(cls, name, company=None, discount=0):
        return cls.env["product.pricelist"].create(
            {
                "name": name,
                "company_id": company.id if company else False,
                "currency_id": cls.eur.id,
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "percentage",
                            "percent_price": discount,
                            "applied_on": "3_global",
                        }
                    )
                ],
            }
        )

    @classmethod
    def make_term(cls, name, company=None):
        return cls.env["account.payment.term"].create(
            {"name": name, "company_id": company.id if company else False}
        )

    def set_level(self, tier, *partners, scheme=None):
        """Let customers hold a level (None = none) from now on."""
        scheme = scheme or self.scheme
        for partner in partners or [self.customer]:
            standing = self.standing_of(scheme, partner)
            if standing:
                standing.tier_id = tier
            else:
                self.Standing.create(
                    {
                        "scheme_id": scheme.id,
                        "partner_id": partner.id,
                        "tier_id": tier.id if tier else False,
                    }
                )

    def raw(self, partner, field_name=PRICELIST):
        """Return the column as it is stored."""
        self.env.flush_all()
        [(value,)] = self.env.execute_query(
            SQL(
                "SELECT %s FROM res_partner WHERE id = %s",
                SQL.identifier(field_name),
                partner.id,
            )
        )
        return value

    def current(self, partner=None, field_name=PRICELIST, company=None):
        return self.Grant.search(
            [
                ("partner_id", "=", (partner or self.customer).id),
                ("company_id", "=", (company or self.company).id),
                ("field_name", "=", field_name),
                ("is_current", "=", True),
            ]
        )

    def log(self, partner=None, field_name=PRICELIST):
        rows = self.Grant.search(
            [
                ("partner_id", "=", (partner or self.customer).id),
                ("field_name", "=", field_name),
            ],
            order="id",
        )
        return [
            (row.tier_id.name, row.state, row.value_before or None, row.value_given) for row in rows
        ]


@tagged("post_install", "-at_install")
class TestGrants(GrantCase):
    def test_by_hand_then_levels_then_what_was_before(self):
        self.customer[PRICELIST] = self.by_hand
        self.set_level(self.gold)
        self.assertEqual(self.customer[PRICELIST], self.gold_list)
        self.set_level(self.platinum)
        self.assertEqual(self.customer[PRICELIST], self.platinum_list)
        self.set_level(None)
        self.assertEqual(self.customer[PRICELIST], self.by_hand)
        self.assertEqual(
            self.log(),
            [
                ("Gold", "replaced", self.by_hand, self.gold_list),
                ("Platinum", "taken_back", self.by_hand, self.platinum_list),
            ],
        )
        self.assertFalse(self.current())

    def test_nothing_before(self):
        self.set_level(self.gold)
        self.assertEqual(self.raw(self.customer), {str(self.company.id): self.gold_list.id})
        self.assertFalse(self.current().had_own)
        self.set_level(self.silver)
        self.assertIsNone(self.raw(self.customer), "not even an empty key")

    def test_dates(self):
        with freeze_time("2024-03-05 12:00:00"):
            self.set_level(self.gold)
        with freeze_time("2024-04-06 12:00:00"):
            self.set_level(None)
        grant = self.Grant.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(str(grant.date_from), "2024-03-05")
        self.assertEqual(str(grant.date_to), "2024-04-06")

    def test_a_default_is_not_a_value_of_ones_own(self):
        self.gold.payment_term_id = self.gold_term
        defaults = self.env["ir.default"]
        defaults.set("res.partner", TERM, self.hand_term.id, company_id=self.company.id)
        self.env.invalidate_all()
        self.assertEqual(self.customer[TERM], self.hand_term)
        self.set_level(self.gold)
        self.assertEqual(self.customer[TERM], self.gold_term)
        self.set_level(None)
        self.assertIsNone(self.raw(self.customer, TERM))
        self.assertEqual(self.customer[TERM], self.hand_term)
        # the default goes: nothing of the customer's own had been frozen
        defaults.set("res.partner", TERM, False, company_id=self.company.id)
        self.env.invalidate_all()
        self.assertFalse(self.customer[TERM])

    def test_nothing_on_purpose_comes_back_as_nothing(self):
        """With a default, an empty value set by hand is a value."""
        self.gold.payment_term_id = self.gold_term
        self.env["ir.default"].set(
            "res.partner", TERM, self.hand_term.id, company_id=self.company.id
        )
        self.customer[TERM] = False
        key = str(self.company.id)
        self.assertEqual(self.raw(self.customer, TERM), {key: None})
        self.set_level(self.gold)
        self.assertTrue(self.current(field_name=TERM).had_own)
        self.set_level(None)
        self.assertEqual(self.raw(self.customer, TERM), {key: None})
        self.assertFalse(self.customer[TERM])

    def test_the_default_gives_the_same(self):
        self.gold.payment_term_id = self.gold_term
        self.env["ir.default"].set(
            "res.partner", TERM, self.gold_term.id, company_id=self.company.id
        )
        self.set_level(self.gold)
        self.assertIsNone(self.raw(self.customer, TERM))
        self.assertEqual(self.log(field_name=TERM), [("Gold", "had", None, self.gold_term)])

    def test_overruled_by_hand(self):
        self.set_level(self.gold)
        self.customer[PRICELIST] = self.by_hand
        self.scheme._sync_grants()
        self.assertEqual(self.customer[PRICELIST], self.by_hand)
        self.assertEqual(self.log(), [("Gold", "overruled", None, self.gold_list)])
        self.assertTrue(self.Grant.search([("partner_id", "=", self.customer.id)]).date_to)
        self.set_level(None)
        self.assertEqual(self.customer[PRICELIST], self.by_hand, "nothing is taken back")

    def test_overruled_stays_when_the_level_gives_something_else(self):
        self.set_level(self.gold)
        self.customer[PRICELIST] = self.by_hand
        self.scheme._sync_grants()
        self.gold.pricelist_id = self.platinum_list
        self.assertEqual(self.customer[PRICELIST], self.by_hand)

    def test_the_next_level_gives_again(self):
        self.set_level(self.gold)
        self.customer[PRICELIST] = self.by_hand
        self.set_level(self.platinum)
        self.assertEqual(self.customer[PRICELIST], self.platinum_list)
        self.set_level(None)
        self.assertEqual(self.customer[PRICELIST], self.by_hand)

    def test_equal_value_by_hand(self):
        self.customer[PRICELIST] = self.gold_list
        self.set_level(self.gold)
        self.assertEqual(self.log(), [("Gold", "had", None, self.gold_list)])
        self.set_level(None)
        self.assertEqual(self.customer[PRICELIST], self.gold_list, "nothing was given")

    def test_equal_value_by_hand_then_changed(self):
        """The night must not give what a user took away from a customer who had it anyway."""
        self.customer[PRICELIST] = self.gold_list
        self.set_level(self.gold)
        self.customer[PRICELIST] = self.by_hand
        self.scheme._sync_grants()
        self.assertEqual(self.customer[PRICELIST], self.by_hand)
        self.assertEqual(self.current().state, "overruled")

    def test_next_level_gives_what_was_there_before_all(self):
        self.customer[PRICELIST] = self.platinum_list
        self.set_level(self.gold)
        self.set_level(self.platinum)
        self.assertEqual(self.customer[PRICELIST], self.platinum_list)
        self.set_level(None)
        self.assertEqual(self.customer[PRICELIST], self.platinum_list)
        self.assertEqual([state for _level, state, *_values in self.log()], ["taken_back", "had"])

    def test_two_levels_give_the_same(self):
        self.platinum.pricelist_id = self.gold_list
        self.set_level(self.gold)
        written = self.customer.write_date
        self.set_level(self.platinum)
        self.assertEqual(self.customer.write_date, written)
        self.assertEqual(self.current().tier_id, self.platinum)
        self.set_level(None)
        self.assertFalse(self.customer[PRICELIST])

    def test_second_run_writes_nothing(self):
        others = [self.make_partner() for _number in range(3)]
        others[0][PRICELIST] = self.gold_list
        self.set_level(self.gold, *others)
        others[1][PRICELIST] = self.by_hand
        self.scheme._sync_grants()
        versions = self.versions()
        self.assertFalse(self.scheme._sync_grants())
        self.assertFalse(self.Grant._find_differences(self.company))
        self.assertEqual(self.versions(), versions)

    def versions(self):
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                "SELECT 'grant', id, xmin::text, ctid::text FROM customer_tier_grant UNION ALL"
                " SELECT 'partner', id, xmin::text, ctid::text FROM res_partner ORDER BY 1, 2"
            )
        )

    def test_nightly_run_repairs(self):
        """A level written past everything, as a restored backup may do, is noticed."""
        self.set_level(None)
        self.env.cr.execute(
            SQL(
                "UPDATE customer_standing SET tier_id = %s WHERE partner_id = %s",
                self.gold.id,
                self.customer.id,
            )
        )
        self.env.invalidate_all()
        cron = self.env.ref("customer_tiering.ir_cron_sync_grants")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.customer[PRICELIST], self.gold_list)

    def test_nightly_run_goes_on_after_a_failure(self):
        other = self.make_company("Failing")
        sync = type(self.Grant)._sync

        def failing(grants, companies, *args, **kwargs):
            if companies == other:
                raise ValueError("planted")
            return sync(grants, companies, *args, **kwargs)

        found = {other.id: {self.customer.id}, self.company.id: {self.customer.id}}
        self.patch(
            type(self.Grant),
            "_find_differences",
            lambda grants, companies, ids=None: found.get(companies.id, set()),
        )
        self.patch(type(self.Grant), "_sync", failing)
        self.env.cr.execute(
            SQL(
                "INSERT INTO customer_standing (scheme_id, company_id, partner_id, tier_id)"
                " VALUES (%s, %s, %s, %s)",
                self.scheme.id,
                self.company.id,
                self.customer.id,
                self.gold.id,
            )
        )
        cron = self.env.ref("customer_tiering.ir_cron_sync_grants")
        # rolling back the failed company would undo the whole test
        self.patch(type(self.env.cr), "rollback", lambda cr: None)
        with (
            self.enter_registry_test_mode(),
            self.assertLogs("odoo.addons.customer_tiering", "WARNING"),
        ):
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.customer[PRICELIST], self.gold_list)

    def test_many_customers_go_to_the_scheduler(self):
        partners = [self.make_partner() for _number in range(3)]
        self.set_level(self.silver, *partners)
        self.patch(customer_tier_scheme_benefit, "AT_ONCE_CUSTOMERS", 2)
        cron = self.env.ref("customer_tiering.ir_cron_sync_grants")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.silver.pricelist_id = self.gold_list
        self.assertEqual(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), triggers + 1
        )
        self.assertFalse(partners[0][PRICELIST])
        self.assertIn("background", self.scheme.message_ids[:1].body)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        for partner in partners:
            self.assertEqual(partner[PRICELIST], self.gold_list)

    def test_batches(self):
        self.patch(customer_tier_grant_sync, "BATCH_CUSTOMERS", 2)
        partners = [self.make_partner() for _number in range(4)]
        self.set_level(self.silver, *partners)
        self.silver.pricelist_id = self.gold_list
        for partner in partners:
            self.assertEqual(partner[PRICELIST], self.gold_list)


@tagged("post_install", "-at_install")
class TestGrantTriggers(GrantCase):
    def test_first_grading_gives(self):
        scheme = self.make_operative(self.make_scheme("amount", (("Top", 100), ("Rest", None))))
        scheme.tier_ids[0].pricelist_id = self.gold_list
        self.make_orders([(self.customer, 200)])
        small = self.make_partner("Small")
        self.make_order(small, 10)
        self.evaluate(scheme)
        self.assertEqual(self.history_of(scheme, self.customer).trigger, "baseline")
        self.assertEqual(self.customer[PRICELIST], self.gold_list)
        self.assertFalse(small[PRICELIST])

    def test_exempt_customer_gives_back(self):
        scheme = self.make_operative(self.make_scheme("amount", (("Top", 100), ("Rest", None))))
        scheme.tier_ids[0].pricelist_id = self.gold_list
        self.make_orders([(self.customer, 200)])
        self.evaluate(scheme)
        with freeze_time("2024-06-30 12:00:00"):
            self.customer.tier_exempt = True
        self.assertFalse(self.customer[PRICELIST])

    def test_archived_customer_keeps_his(self):
        self.set_level(self.gold)
        self.customer.active = False
        self.scheme._sync_grants()
        self.assertEqual(self.customer[PRICELIST], self.gold_list)

    def test_standing_without_level(self):
        self.set_level(None)
        self.scheme._sync_grants()
        self.assertFalse(self.Grant.search([("partner_id", "=", self.customer.id)]))

    def test_scheme_beside_gives_nothing(self):
        other = self.make_scheme("manual", LEVELS)
        other.tier_ids[0].pricelist_id = self.by_hand
        self.set_level(other.tier_ids[0], scheme=other)
        self.assertFalse(self.customer[PRICELIST])

    def test_another_scheme_becomes_operative(self):
        other = self.make_scheme("manual", LEVELS)
        other.tier_ids[0].pricelist_id = self.by_hand
        self.set_level(other.tier_ids[0], scheme=other)
        self.set_level(self.gold)
        loser = self.make_partner("Holds nothing there")
        self.set_level(self.gold, loser)
        other.action_make_operative()
        self.assertEqual(self.customer[PRICELIST], self.by_hand)
        self.assertFalse(loser[PRICELIST])
        self.assertEqual([state for _level, state, *_values in self.log()], ["replaced", "given"])

    def test_scheme_no_longer_operative(self):
        self.customer[PRICELIST] = self.by_hand
        self.set_level(self.gold)
        self.scheme.operative = False
        self.assertEqual(self.customer[PRICELIST], self.by_hand)
        self.scheme.active = False
        self.scheme.unlink()
        self.assertEqual(
            [(state, before) for _level, state, before, _given in self.log()],
            [("taken_back", self.by_hand)],
            "the log outlives the scheme",
        )

    def test_benefit_of_a_level_changes(self):
        self.customer[PRICELIST] = self.by_hand
        others = [self.make_partner() for _number in range(2)]
        self.set_level(self.gold, self.customer, *others)
        self.gold.pricelist_id = self.platinum_list
        for partner in (self.customer, *others):
            self.assertEqual(partner[PRICELIST], self.platinum_list)
        self.assertIn("up to date: 3", self.scheme.message_ids[:1].body)
        self.gold.pricelist_id = False
        self.assertEqual(self.customer[PRICELIST], self.by_hand)
        self.assertFalse(others[0][PRICELIST])

    def test_benefit_changed_in_the_form_of_the_scheme(self):
        self.set_level(self.gold)
        with (
            self.assertLogs("odoo.tests.form.onchange", "WARNING") as notes,
            Form(self.scheme) as form,
            form.tier_ids.edit(1) as line,
        ):
            line.pricelist_id = self.platinum_list
        self.assertIn("hold “Gold”: 1", notes.output[0])
        self.assertEqual(self.customer[PRICELIST], self.platinum_list)
        self.assertIn("Gold", self.scheme.message_ids[:1].body)

    def test_saving_a_level_with_nothing_new_says_nothing(self):
        self.set_level(self.gold)
        messages = self.scheme.message_ids
        self.gold.pricelist_id = self.gold_list
        self.gold.name = "Golden"
        self.assertEqual(self.scheme.message_ids, messages)

    def test_archived_level_gives_nothing(self):
        self.set_level(self.gold)
        self.gold.active = False
        self.assertFalse(self.customer[PRICELIST])
        self.gold.active = True
        self.assertEqual(self.customer[PRICELIST], self.gold_list)

    def test_removed_level_is_archived(self):
        self.set_level(self.gold)
        self.set_level(None)
        self.env.cr.execute("DELETE FROM customer_tier_history")
        self.env.invalidate_all()
        self.gold.unlink()
        self.assertTrue(self.gold.exists())
        self.assertFalse(self.gold.active)

    def test_archived_price_list_is_not_given(self):
        self.set_level(self.gold)
        self.gold_list.active = False
        self.assertIn("archived", self.gold.benefit_hint)
        self.scheme._sync_grants()
        self.assertFalse(self.customer[PRICELIST])
        self.gold_list.active = True
        self.scheme._sync_grants()
        self.assertEqual(self.customer[PRICELIST], self.gold_list)

    def test_price_list_deleted_that_would_come_back(self):
        self.customer[PRICELIST] = self.by_hand
        self.set_level(self.gold)
        self.by_hand.unlink()
        self.set_level(None)
        self.assertIsNone(self.raw(self.customer))
        self.assertFalse(self.customer[PRICELIST])

    def test_customer_becomes_a_contact(self):
        """He follows his new company, whatever his old level gave."""
        self.set_level(self.gold)
        company = self.make_partner("Parent")
        company[PRICELIST] = self.by_hand
        self.customer.write({"is_company": False, "parent_id": company.id})
        self.assertEqual(self.customer.commercial_partner_id, company)
        self.customer[PRICELIST] = self.gold_list
        self.standing_of(self.scheme, self.customer).unlink()
        self.scheme._sync_grants()
        self.assertEqual(self.customer[PRICELIST], self.gold_list)
        self.assertFalse(self.current())

    def test_price_list_of_a_partner_grade_counts_as_set_by_hand(self):
        """Core's partnership writes the same property when a grade is assigned."""
        if "grade_id" in self.customer._fields:
            self.customer.grade_id = self.env["res.partner.grade"].create(
                {"name": "Reseller", "default_pricelist_id": self.by_hand.id}
            )
        else:
            self.customer.write({PRICELIST: self.by_hand.id})
        self.assertEqual(self.customer[PRICELIST], self.by_hand)
        self.set_level(self.gold)
        self.assertEqual(self.customer[PRICELIST], self.gold_list)
        self.set_level(None)
        self.assertEqual(self.customer[PRICELIST], self.by_hand)


@tagged("post_install", "-at_install")
class TestGrantCompanies(GrantCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_company("Other Trading")
        cls.other_scheme = cls.make_operative(
            cls.make_scheme("manual", LEVELS, company_id=cls.other.id)
        )
        cls.other_scheme.tier_ids[0].pricelist_id = cls.by_hand

    def test_two_companies_stay_apart(self):
        here, there = self.customer, self.customer.with_company(self.other)
        there[PRICELIST] = self.platinum_list
        self.set_level(self.gold)
        self.assertEqual(here[PRICELIST], self.gold_list)
        self.assertEqual(there[PRICELIST], self.platinum_list)
        self.set_level(self.other_scheme.tier_ids[0], scheme=self.other_scheme)
        self.assertEqual(here[PRICELIST], self.gold_list)
        self.assertEqual(there[PRICELIST], self.by_hand)
        self.set_level(None)
        self.assertFalse(here[PRICELIST])
        self.assertEqual(there[PRICELIST], self.by_hand)
        self.set_level(None, scheme=self.other_scheme)
        self.assertEqual(there[PRICELIST], self.platinum_list)

    def test_price_list_of_another_company_is_refused(self):
        foreign = self.make_pricelist("Foreign", self.other)
        with self.assertRaisesRegex(ValidationError, "Foreign.*belongs to Other"):
            self.gold.pricelist_id = foreign

    def test_payment_term_of_another_company_is_refused(self):
        foreign = self.make_term("Foreign", self.other)
        with self.assertRaisesRegex(ValidationError, "belongs to Other"):
            self.gold.payment_term_id = foreign

    def test_archived_price_list_is_refused(self):
        self.by_hand.active = False
        with self.assertRaisesRegex(ValidationError, "archived"):
            self.gold.pricelist_id = self.by_hand

    def test_branches_have_their_own_properties(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        there = self.customer.with_company(branch)
        there[PRICELIST] = self.by_hand
        self.set_level(self.gold)
        self.assertEqual(there[PRICELIST], self.gold_list)
        self.assertEqual(self.current(company=branch).value_before, self.by_hand)
        self.set_level(None)
        self.assertEqual(there[PRICELIST], self.by_hand)
        self.assertFalse(self.customer[PRICELIST])

    def test_branch_that_comes_later(self):
        self.set_level(self.gold)
        branch = self.make_company("Branch", parent_id=self.company.id)
        self.scheme._sync_grants()
        self.assertEqual(self.customer.with_company(branch)[PRICELIST], self.gold_list)

    def test_price_list_of_the_company_is_not_given_in_its_branches(self):
        """An order of the branch would be refused: core lets no list of its parent in."""
        branch = self.make_company("Branch", parent_id=self.company.id)
        own = self.make_pricelist("Own", self.company)
        self.gold.pricelist_id = own
        self.assertIn("branches", self.gold.benefit_hint)
        self.set_level(self.gold)
        self.assertEqual(self.customer[PRICELIST], own)
        self.assertFalse(self.customer.with_company(branch)[PRICELIST])
        order = self.env["sale.order"].with_company(branch)
        with self.assertRaises(UserError):
            order.create(
                {
                    "partner_id": self.customer.id,
                    "company_id": branch.id,
                    "pricelist_id": own.id,
                }
            )

    def test_payment_term_of_the_company_is_given_in_its_branches(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        self.gold.payment_term_id = self.make_term("Own", self.company)
        self.set_level(self.gold)
        there = self.customer.with_company(branch)
        self.assertEqual(there[TERM], self.gold.payment_term_id)
        order = self.env["sale.order"].with_company(branch)
        order = order.create({"partner_id": self.customer.id, "company_id": branch.id})
        self.assertEqual(order.payment_term_id, self.gold.payment_term_id)

    def test_branch_with_a_scheme_of_its_own(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        there = self.customer.with_company(branch)
        self.set_level(self.gold)
        self.assertEqual(there[PRICELIST], self.gold_list)
        scheme = self.make_scheme("manual", LEVELS, company_id=branch.id, operative=True)
        self.assertFalse(there[PRICELIST], "his level there is another scheme's now")
        self.assertEqual(self.customer[PRICELIST], self.gold_list)
        scheme.operative = False
        self.assertEqual(there[PRICELIST], self.gold_list, "graded by the parent again")


@tagged("post_install", "-at_install")
class TestGrantWriting(GrantCase):
    """SQL writes what core's write would have written."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold.payment_term_id = cls.gold_term
        cls.twin = cls.make_partner("Twin")
        for partner in (cls.customer, cls.twin):
            contact = cls.make_partner("Buyer", is_company=False, parent_id=partner.id)
            cls.make_partner("Assistant", is_company=False, parent_id=contact.id)
            cls.make_partner("Subsidiary", parent_id=partner.id)

    def buyer_of(self, partner):
        return partner.child_ids.filtered(lambda child: not child.is_company)

    def family(self, partner):
        return self.env["res.partner"].search([("id", "child_of", partner.id)], order="id")

    def assertSame(self):
        """Compare both families as stored, and as several users in two companies read them."""
        other = self.make_company("Elsewhere")
        users = [self.make_user(rung, self.company | other) for rung in ("own", "manager")]
        mine, others = self.family(self.customer), self.family(self.twin)
        self.assertEqual(len(mine), 4)
        for one, two in zip(mine, others, strict=True):
            for field_name in (PRICELIST, TERM):
                with self.subTest(partner=one.name, field=field_name):
                    self.assertEqual(self.raw(one, field_name), self.raw(two, field_name))
            for user in users:
                for company in (self.company, other):
                    reader = self.env["res.partner"].with_user(user).with_company(company)
                    names = [PRICELIST, TERM, "property_product_pricelist"]
                    values = [reader.browse(partner.id).read(names)[0] for partner in (one, two)]
                    self.assertEqual(*[{name: value[name] for name in names} for value in values])

    def test_given(self):
        self.set_level(self.gold)
        self.twin.write({PRICELIST: self.gold_list.id, TERM: self.gold_term.id})
        self.assertSame()
        for company in (self.company, self.make_company("Third")):
            orders = self.env["sale.order"].with_company(company)
            mine, others = [
                orders.create({"partner_id": partner.id, "company_id": company.id})
                for partner in (self.buyer_of(self.customer), self.buyer_of(self.twin))
            ]
            self.assertEqual(mine.pricelist_id, others.pricelist_id)
            self.assertEqual(mine.payment_term_id, others.payment_term_id)

    def test_taken_back(self):
        for partner in (self.customer, self.twin):
            partner.write({PRICELIST: self.by_hand.id})
        self.set_level(self.gold)
        self.twin.write({PRICELIST: self.gold_list.id, TERM: self.gold_term.id})
        self.set_level(None)
        self.twin.write({PRICELIST: self.by_hand.id, TERM: False})
        self.assertSame()

    def test_new_orders_have_the_price_list(self):
        self.gold_list.item_ids.percent_price = 20
        self.product.list_price = 100
        before = self.make_order(self.customer, 100, state="draft")
        self.set_level(self.gold)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        self.assertEqual(order.pricelist_id, self.gold_list)
        self.assertEqual(order.amount_untaxed, 80)
        self.assertEqual(order.payment_term_id, self.gold_term)
        self.assertNotEqual(before.pricelist_id, self.gold_list, "an order keeps what it has")

    def test_contact_with_a_value_of_its_own_keeps_it(self):
        contact = self.buyer_of(self.customer)
        contact[TERM] = self.hand_term
        self.set_level(self.gold)
        self.assertEqual(contact[TERM], self.hand_term)
        self.set_level(None)
        self.assertEqual(contact[TERM], self.hand_term)
        self.assertFalse(self.customer[TERM])

    def test_contact_made_meanwhile_gives_back_too(self):
        self.set_level(self.gold)
        contact = self.make_partner("New Buyer", is_company=False, parent_id=self.customer.id)
        self.assertEqual(contact[PRICELIST], self.gold_list)
        self.set_level(None)
        self.assertIsNone(self.raw(contact))

    def test_stored_values_that_depend_on_it_are_computed_anew(self):
        field = self.env["res.partner"]._fields[PRICELIST]
        seen = []
        modified = type(self.customer).modified

        def spy(records, names, *args, **kwargs):
            if records._name == "res.partner" and field.name in names:
                seen.append((records.env.company, records))
            return modified(records, names, *args, **kwargs)

        with patch.object(type(self.customer), "modified", spy):
            self.set_level(self.gold)
        self.assertEqual([company for company, _records in seen], [self.company])
        self.assertEqual(len(seen[0][1]), 3, "the customer and his contacts, no subsidiary")

    def test_change_is_dated_like_any_other(self):
        """Programs that copy customers ask for what changed since."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET write_date = '2020-01-01'")
        self.env.invalidate_all()
        self.set_level(self.gold)
        self.assertGreater(self.customer.write_date.year, 2020)


@tagged("post_install", "-at_install")
class TestGrantMerge(MergeCase, GrantCase):
    def graded(self):
        scheme = self.make_operative(
            self.make_scheme("amount", (("Top", 100), ("Good", 50), ("Rest", None)))
        )
        scheme.tier_ids[0].pricelist_id = self.platinum_list
        scheme.tier_ids[1].pricelist_id = self.gold_list
        return scheme

    def test_given_value_of_the_merged_one_does_not_stay(self):
        scheme = self.graded()
        self.make_orders([(self.gone, 60), (self.kept, 1)])
        self.evaluate(scheme)
        self.assertEqual(self.gone[PRICELIST], self.gold_list)
        scheme.tier_ids[1].pricelist_id = False
        scheme.tier_ids[1].pricelist_id = self.gold_list
        self.merge(self.gone)
        self.assertEqual(self.kept[PRICELIST], self.gold_list, "61 are Good")
        self.assertEqual(self.current(self.kept).tier_id, scheme.tier_ids[1])
        self.kept.tier_exempt = True
        self.assertIsNone(self.raw(self.kept))

    def test_value_by_hand_of_the_merged_one_comes_back(self):
        scheme = self.graded()
        self.gone[PRICELIST] = self.by_hand
        self.make_orders([(self.gone, 60), (self.kept, 60)])
        self.evaluate(scheme)
        self.merge(self.gone)
        self.assertEqual(self.kept[PRICELIST], self.platinum_list)
        self.kept.tier_exempt = True
        self.assertEqual(self.kept[PRICELIST], self.by_hand)

    def test_value_by_hand_of_the_remaining_one_stays(self):
        scheme = self.graded()
        self.make_orders([(self.gone, 1), (self.kept, 60)])
        self.evaluate(scheme)
        self.kept[PRICELIST] = self.by_hand
        self.merge(self.gone)
        self.assertEqual(self.kept[PRICELIST], self.by_hand)

    def test_rows_of_both_are_kept(self):
        scheme = self.graded()
        self.make_orders([(self.gone, 60), (self.kept, 60)])
        self.evaluate(scheme)
        before = self.Grant.search_count([("partner_id", "in", (self.gone | self.kept).ids)])
        self.assertEqual(before, 2)
        self.merge(self.gone)
        grants = self.Grant.search([("partner_id", "=", self.kept.id)])
        self.assertEqual(sorted(grants.mapped("state")), ["given", "taken_back", "taken_back"])


@tagged("post_install", "-at_install")
class TestGrantUninstall(GrantCase):
    def test_everything_is_given_back(self):
        other = self.make_company("Other")
        scheme = self.make_operative(self.make_scheme("manual", LEVELS, company_id=other.id))
        scheme.tier_ids[0].pricelist_id = self.by_hand
        overruled, equal, twice = self.make_partners("Overruled", "Equal", "Twice")
        self.customer[PRICELIST] = self.by_hand
        equal[PRICELIST] = self.gold_list
        before = {partner: self.raw(partner) for partner in (self.customer, equal, twice)}
        self.set_level(self.gold, self.customer, overruled, equal, twice)
        self.set_level(scheme.tier_ids[0], twice, scheme=scheme)
        self.assertEqual(len(self.raw(twice)), 2)
        overruled[PRICELIST] = self.platinum_list
        # as Odoo finds it
        customer_tiering.uninstall_hook(self.env(user=self.env.ref("base.user_root")))
        for partner, value in before.items():
            self.assertEqual(self.raw(partner), value, partner.name)
        self.assertEqual(overruled[PRICELIST], self.platinum_list)
        self.assertFalse(self.Grant.search([("is_current", "=", True)]))
        self.assertFalse(self.Grant.search([("date_to", "=", False)]))


@tagged("post_install", "-at_install")
class TestGrantRights(GrantCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls.make_user("team")
        cls.seller = cls.make_user("own", care_manager_id=cls.leader.id)
        cls.stranger = cls.make_user("own")
        cls.customer.user_id = cls.seller
        cls.gold.benefit_text = "Free delivery"

    def test_own_team_all(self):
        self.set_level(self.gold)
        everybody = {
            self.seller: 1,
            self.leader: 1,
            self.stranger: 0,
            self.make_user("team"): 0,
            self.make_user("all"): 1,
            self.make_user("manager"): 1,
        }
        for user, count in everybody.items():
            grants = self.Grant.with_user(user)
            self.assertEqual(grants.search_count([]), count, user.login)
            self.assertEqual(len(self.customer.with_user(user).tier_grant_ids), count, user.login)
        with self.assertRaises(AccessError):
            self.Grant.with_user(self.make_user(None)).search([])

    def test_other_company(self):
        self.set_level(self.gold)
        other = self.make_company("Other")
        user = self.make_user("all", other)
        self.assertFalse(
            self.Grant.with_user(user).with_context(allowed_company_ids=other.ids).search([])
        )
        both = self.make_user("all", self.company | other)
        self.assertTrue(self.Grant.with_user(both).search([]))

    def test_written_by_nobody(self):
        self.set_level(self.gold)
        grant = self.current().with_user(self.make_user("manager"))
        with self.assertRaises(AccessError):
            grant.write({"date_to": AS_OF})
        with self.assertRaises(AccessError):
            grant.unlink()
        with self.assertRaises(AccessError):
            grant.copy()

    def test_level_set_by_a_manager_without_rights_on_customers(self):
        """Nobody needs the right to edit partners for a level to give something."""
        manager = self.make_user("manager")
        self.assertFalse(self.customer.with_user(manager).has_access("write"))
        self.set_level(self.silver)
        standing = self.standing_of(self.scheme, self.customer).with_user(manager)
        standing.tier_id = self.gold
        self.assertEqual(self.customer[PRICELIST], self.gold_list)
        self.gold.with_user(manager).pricelist_id = self.platinum_list
        self.assertEqual(self.customer[PRICELIST], self.platinum_list)

    def test_benefits_are_the_managers_to_choose(self):
        with self.assertRaises(AccessError):
            self.gold.with_user(self.make_user("all")).pricelist_id = self.by_hand

    def test_employee_reads_the_service_text_and_portal_nothing(self):
        self.set_level(self.gold)
        contact = self.make_partner("Buyer", is_company=False, parent_id=self.customer.id)
        order = self.make_order(contact, 10)
        employee = self.make_user(None)
        self.assertEqual(contact.with_user(employee).tier_benefit_text, "Free delivery")
        portal = new_test_user(
            self.env,
            login="care_portal_buyer",
            groups="base.group_portal",
            partner_id=contact.id,
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        order.message_subscribe(contact.ids)
        for record in (contact, order):
            mine = record.with_user(portal)
            for field_name in ("tier_id", "tier_benefit_text"):
                with self.assertRaises(AccessError):
                    mine.read([field_name])
        with self.assertRaises(AccessError):
            contact.with_user(portal).read(["tier_grant_ids"])
        with self.assertRaises(AccessError):
            self.gold.with_user(portal).read(["benefit_text"])

    def test_order_shows_level_and_service_of_its_company(self):
        self.set_level(self.gold)
        order = self.make_order(self.customer, 10).with_user(
            new_test_user(
                self.env,
                login="care_plain_seller",
                groups="sales_team.group_sale_salesman_all_leads",
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
        )
        self.assertEqual(order.tier_id, self.gold)
        self.assertEqual(order.tier_benefit_text, "Free delivery")
        form = Form(order)
        self.assertEqual(form.tier_id, self.gold)
        self.set_level(None)
        order.invalidate_recordset()
        self.assertFalse(order.tier_id)
        self.assertFalse(order.tier_benefit_text)


@tagged("post_install", "-at_install")
class TestPriceListFeature(TieringCase):
    def switch_off(self):
        group = self.env.ref("product.group_product_pricelist")
        self.env.ref("base.group_user")._remove_group(group)
        # other groups may imply it, too
        implying = self.env["res.groups"].search([("implied_ids", "in", group.ids)])
        implying._remove_group(group)
        group.user_ids = False
        return group

    def test_saving_a_level_with_a_price_list_switches_it_on(self):
        group = self.switch_off()
        enabled = self.env["res.groups"]._is_feature_enabled
        self.assertFalse(enabled("product.group_product_pricelist"))
        pricelist = self.env["product.pricelist"].create({"name": "VIP", "company_id": False})
        scheme = self.default_scheme
        manager = self.make_user("manager")
        self.assertFalse(manager.has_group("base.group_system"))
        tier = scheme.tier_ids[0].with_user(manager)
        tier.payment_term_id = self.env["account.payment.term"].create(
            {"name": "Long", "company_id": False}
        )
        self.assertFalse(enabled("product.group_product_pricelist"), "only for a price list")
        tier.pricelist_id = pricelist
        self.assertTrue(enabled("product.group_product_pricelist"))
        self.assertIn(group, self.make_user("own").all_group_ids)
        self.assertIn("switched on", scheme.message_ids[:1].body)

    def test_also_from_the_form_of_the_scheme(self):
        self.switch_off()
        pricelist = self.env["product.pricelist"].create({"name": "VIP", "company_id": False})
        self.default_scheme.write(
            {
                "tier_ids": [
                    Command.update(
                        self.default_scheme.tier_ids[0].id, {"pricelist_id": pricelist.id}
                    )
                ]
            }
        )
        self.assertTrue(
            self.env["res.groups"]._is_feature_enabled("product.group_product_pricelist")
        )


@tagged("post_install", "-at_install")
class TestGrantScreens(GrantCase):
    def test_smart_buttons(self):
        self.set_level(self.gold)
        self.assertEqual(self.gold.grant_count, 1)
        action = self.gold.action_view_grants()
        self.assertEqual(self.Grant.search(action["domain"]), self.current())
        action = self.customer.action_view_grants()
        self.assertEqual(self.Grant.search(action["domain"]), self.current())
        self.assertEqual(self.current().action_open_customer()["res_id"], self.customer.id)

    def test_form_says_how_many_it_concerns(self):
        self.set_level(self.gold)
        result = self.gold.onchange(
            {"pricelist_id": self.by_hand.id}, ["pricelist_id"], {"pricelist_id": {}}
        )
        self.assertIn("hold “Gold”: 1", result["warning"]["message"])

    def test_form_warns_of_another_currency(self):
        dollars = self.make_pricelist("Dollars")
        dollars.currency_id = self.usd
        result = self.silver.onchange(
            {"pricelist_id": dollars.id}, ["pricelist_id"], {"pricelist_id": {}, "currency_id": {}}
        )
        self.assertIn("USD", result["warning"]["message"])

    def test_scheme_copied_with_its_privileges(self):
        copy = self.scheme.copy()
        self.assertEqual(copy.tier_ids[1].pricelist_id, self.gold_list)


@tagged("post_install", "-at_install")
class TestKeyWithoutManager(GrantCase):
    def filter_domain(self, model, view):
        arch = self.env[model].get_view(self.env.ref(view).id, "search")["arch"]
        [node] = etree.fromstring(arch).xpath("//filter[@name='key_unmanaged']")
        return safe_eval(node.get("domain"))

    def test_filter(self):
        self.gold.service_class = "key"
        managed, alone, left, basic = self.make_partners("Managed", "Alone", "Left", "Basic")
        managed.user_id = self.make_user("own")
        left.user_id = self.make_user("own")
        self.set_level(self.gold, managed, alone, left)
        self.set_level(self.silver, basic)
        left.user_id.active = False
        self.make_partner("Buyer", is_company=False, parent_id=alone.id)
        domain = self.filter_domain(
            "customer.standing", "customer_tiering.customer_standing_view_search"
        )
        mine = [("scheme_id", "=", self.scheme.id)]
        self.assertEqual(self.Standing.search(mine + domain).partner_id, alone | left)
        everybody = managed | alone | left | basic
        domain = self.filter_domain("res.partner", "base.view_res_partner_filter")
        found = self.env["res.partner"].search([("id", "child_of", everybody.ids), *domain])
        self.assertEqual(found, alone | left)
        self.assertEqual(self.gold.unmanaged_count, 2)
        self.assertEqual(self.silver.unmanaged_count, 0)
        action = self.gold.action_view_unmanaged()
        self.assertIn("search_default_key_unmanaged", action["context"])
