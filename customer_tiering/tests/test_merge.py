"""Merging customers loses nothing and puts the levels right at once."""

from datetime import date

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import AS_OF, TieringCase

LEVELS = (("Gold", 100), ("Silver", 50), ("Rest", None))


class MergeCase(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_operative(cls.make_scheme("amount", LEVELS))
        cls.kept, cls.gone, cls.third = cls.make_partners("Kept", "Gone", "Third")
        cls.make_order(cls.third, 10)

    def merge(self, *partners, into=None, user=None):
        """Merge through the wizard, as the user does it."""
        into = into or self.kept
        wizard = self.env["base.partner.merge.automatic.wizard"]
        if user:
            wizard = wizard.with_user(user)
        everybody = self.env["res.partner"].union(*partners) | into
        with freeze_time("2024-06-30 12:00:00"):
            wizard.create(
                {"partner_ids": [Command.set(everybody.ids)], "dst_partner_id": into.id}
            ).action_merge()
        self.env.invalidate_all()
        self.assertEqual((everybody).exists(), into)


@tagged("post_install", "-at_install")
class TestMerge(MergeCase):
    def test_both_have_a_standing(self):
        self.make_orders([(self.kept, 60), (self.gone, 45)])
        self.evaluate(self.scheme)
        self.merge(self.gone)
        standing = self.standing_of(self.scheme, self.kept)
        self.assertEqual((standing.amount, standing.document_count), (105, 2))
        self.assertEqual(self.kept.tier_id.name, "Gold")
        self.assertEqual(self.levels_in(self.scheme), {"Kept": "Gold", "Third": "Rest"})
        history = self.history_of(self.scheme, self.kept)
        self.assertEqual(
            sorted(history.mapped("trigger")), ["baseline", "baseline", "merge"], "nothing lost"
        )
        last = history[-1]
        self.assertEqual((last.from_tier_id.name, last.to_tier_id.name), ("Silver", "Gold"))

    def test_only_the_merged_one_has_a_standing(self):
        self.make_order(self.gone, 60)
        self.evaluate(self.scheme)
        self.merge(self.gone)
        standing = self.standing_of(self.scheme, self.kept)
        self.assertEqual((standing.amount, standing.tier_id.name), (60, "Silver"))
        self.assertEqual(standing.tier_since, AS_OF)

    def test_only_the_remaining_one_has_a_standing(self):
        self.make_order(self.kept, 60)
        self.evaluate(self.scheme)
        self.merge(self.gone)
        self.assertEqual(self.standing_of(self.scheme, self.kept).amount, 60)

    def test_a_lock_of_the_merged_one_is_taken_over(self):
        self.make_orders([(self.kept, 60), (self.gone, 45)])
        self.evaluate(self.scheme)
        gold, silver = self.scheme.tier_ids[:2]
        self.standing_of(self.scheme, self.gone).lock_level(gold, "2099-12-31", "Contract")
        self.standing_of(self.scheme, self.kept).hold_level("2099-06-30", "Complaint")
        self.merge(self.gone)
        standing = self.standing_of(self.scheme, self.kept)
        self.assertEqual((standing.lock_tier_id, standing.tier_id), (gold, gold))
        self.assertEqual(standing.lock_reason, "Contract")
        self.assertEqual((standing.floor_tier_id, standing.floor_reason), (silver, "Complaint"))

    def test_nobody_has_a_standing(self):
        self.evaluate(self.scheme)
        self.merge(self.gone)
        self.assertFalse(self.standing_of(self.scheme, self.kept))

    def test_scheme_never_evaluated_stays_so(self):
        self.make_orders([(self.kept, 60), (self.gone, 45)])
        self.merge(self.gone)
        self.assertFalse(self.scheme.last_evaluated)
        self.assertFalse(self.levels_in(self.scheme))
        self.assertEqual(self.evaluate(self.scheme)["up"], 0)

    def test_remaining_one_without_level_takes_one_over(self):
        """Its standing had no level; what the merged one held is no rise."""
        self.make_order(self.kept, 60, "2023-06-30")
        self.evaluate(self.scheme, "2023-06-30")
        self.make_order(self.gone, 60)
        self.evaluate(self.scheme)
        self.assertFalse(self.standing_of(self.scheme, self.kept).tier_id)
        self.merge(self.gone)
        standing = self.standing_of(self.scheme, self.kept)
        self.assertEqual((standing.tier_id.name, standing.amount), ("Silver", 60))
        self.assertEqual((standing.tier_since, standing.amount_previous), (AS_OF, 60))

    def test_three_at_once(self):
        self.make_orders([(self.kept, 40), (self.gone, 40)])
        self.evaluate(self.scheme)
        self.merge(self.gone, self.third)
        self.assertEqual(self.levels_in(self.scheme), {"Kept": "Silver"})
        self.assertEqual(self.standing_of(self.scheme, self.kept).amount, 90)

    def test_in_every_scheme(self):
        """Also in schemes for comparison; ranks of others follow with the next night."""
        other = self.make_scheme("pyramid", [("A", 30), ("B", 70)])
        rfm = self.make_scheme("rfm", [("A", 10), ("B", 0)])
        self.make_orders([(self.kept, 40), (self.gone, 40)])
        (self.scheme | other | rfm).evaluate(AS_OF)
        self.merge(self.gone)
        for scheme in self.scheme | other | rfm:
            self.assertEqual(self.standing_of(scheme, self.kept).amount, 80)
            self.assertEqual(len(self.levels_in(scheme)), 2)

    def test_in_every_company(self):
        company = self.make_company("Other")
        self.env.user.company_ids += company
        other = self.make_operative(self.make_scheme("amount", LEVELS, company_id=company.id))
        for partner in (self.kept, self.gone):
            self.make_order(partner, 60)
            self.make_order(partner, 30, company_id=company.id)
        (self.scheme | other).evaluate(AS_OF)
        self.merge(self.gone)
        self.assertEqual(self.standing_of(self.scheme, self.kept).tier_id.name, "Gold")
        self.assertEqual(self.standing_of(other, self.kept).tier_id.name, "Silver")

    def test_contacts_of_two_companies(self):
        """The order moves from one company to the other: both are right at once."""
        here = self.make_partner("Here", parent_id=self.kept.id, is_company=False)
        there = self.make_partner("There", parent_id=self.gone.id, is_company=False)
        self.make_orders([(self.kept, 10), (there, 60)])
        self.evaluate(self.scheme)
        self.merge(there, into=here)
        self.assertEqual(
            self.levels_in(self.scheme), {"Kept": "Silver", "Gone": False, "Third": "Rest"}
        )

    def test_company_with_contacts(self):
        contact = self.make_partner("Contact", parent_id=self.gone.id, is_company=False)
        self.make_orders([(self.kept, 10), (contact, 60)])
        self.evaluate(self.scheme)
        self.merge(self.gone)
        self.assertEqual(contact.commercial_partner_id, self.kept)
        self.assertEqual(self.levels_in(self.scheme), {"Kept": "Silver", "Third": "Rest"})

    def test_next_night_changes_nothing(self):
        self.make_orders([(self.kept, 60), (self.gone, 45)])
        self.evaluate(self.scheme)
        self.merge(self.gone)
        result = self.evaluate(self.scheme)
        self.assertEqual((result["up"], result["down"]), (0, 0))

    def test_least_rights(self):
        """Who may merge contacts needs no right of ours."""
        user = self.make_user(None)
        user.group_ids += self.env.ref("base.group_partner_manager")
        self.make_orders([(self.kept, 60), (self.gone, 45)])
        self.evaluate(self.scheme)
        self.merge(self.gone, user=user)
        self.assertEqual(self.kept.tier_id.name, "Gold")

    def test_bad_scheme_does_not_stop_the_merge(self):
        self.make_orders([(self.kept, 60), (self.gone, 45)])
        self.evaluate(self.scheme)
        self.env.cr.execute(
            "UPDATE customer_tier SET min_amount = 100 WHERE scheme_id = %s", [self.scheme.id]
        )
        self.env.invalidate_all()
        self.merge(self.gone)
        self.assertIn("Silver", self.scheme.evaluation_error)


@tagged("post_install", "-at_install")
class TestMergeExempt(MergeCase):
    def setUp(self):
        super().setUp()
        self.make_orders([(self.kept, 60), (self.gone, 45)])
        self.evaluate(self.scheme)

    def test_exempt_duplicate(self):
        """The remaining customer keeps his own exemption, here none: core would fill it in."""
        self.gone.tier_exempt = True
        self.merge(self.gone)
        self.assertFalse(self.kept.tier_exempt)
        self.assertEqual(self.kept.tier_id.name, "Gold")

    def test_into_an_exempt_customer_by_an_account_manager(self):
        """Nothing about the exemption changes, so nothing about it is refused."""
        self.kept.tier_exempt = True
        user = self.make_user("own")
        user.group_ids += self.env.ref("base.group_partner_manager")
        self.merge(self.gone, user=user)
        self.assertTrue(self.kept.tier_exempt)
        self.assertFalse(self.kept.tier_id)


@tagged("post_install", "-at_install")
class TestMergeManual(MergeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manual = cls.make_operative(cls.make_scheme("manual", [("Friend", 0), ("Guest", 0)]))
        cls.friend, cls.guest = cls.manual.tier_ids

    def set_level(self, partner, tier):
        with freeze_time("2024-06-01 12:00:00"):
            return self.Standing.create(
                {"scheme_id": self.manual.id, "partner_id": partner.id, "tier_id": tier.id}
            )

    def test_level_of_the_remaining_one_is_kept(self):
        self.set_level(self.kept, self.guest)
        self.set_level(self.gone, self.friend)
        self.merge(self.gone)
        self.assertEqual(self.kept.tier_id, self.guest)
        self.assertEqual(len(self.history_of(self.manual, self.kept)), 2)

    def test_level_of_the_merged_one_is_taken_over(self):
        standing = self.set_level(self.kept, self.guest)
        standing.tier_id = False
        self.set_level(self.gone, self.friend)
        self.evaluate(self.manual)
        self.merge(self.gone)
        standing = self.standing_of(self.manual, self.kept)
        self.assertEqual((standing.tier_id, standing.earned_tier_id), (self.friend, self.friend))
        self.assertEqual(standing.tier_since, date(2024, 6, 1))

    def test_only_the_merged_one_had_a_level(self):
        self.set_level(self.gone, self.friend)
        self.merge(self.gone)
        self.assertEqual(self.kept.tier_id, self.friend)

    def test_figures_follow_the_merge(self):
        self.set_level(self.kept, self.guest)
        self.evaluate(self.manual)
        self.make_order(self.gone, 60)
        self.merge(self.gone)
        self.assertEqual(self.standing_of(self.manual, self.kept).amount, 60)


@tagged("post_install", "-at_install")
class TestMergeSalesHistory(MergeCase):
    def add_month(self, partner, month, amount, **vals):
        return self.env["customer.sales.history"].create(
            {
                "company_id": self.company.id,
                "partner_id": partner.id,
                "month": month,
                "amount": amount,
                **vals,
            }
        )

    def months_of(self, partner):
        rows = self.env["customer.sales.history"].search(
            [("partner_id", "=", partner.id)], order="company_id, month"
        )
        return [
            (row.month.month, row.amount, row.margin, row.quantity, row.document_count)
            for row in rows
        ]

    def test_equal_months_add_up(self):
        self.add_month(self.kept, "2024-01-01", 1, margin=10, quantity=100, document_count=2)
        self.add_month(self.gone, "2024-01-01", 2, margin=20, quantity=200, document_count=3)
        self.add_month(self.third, "2024-01-01", 4, margin=40, quantity=400, document_count=4)
        self.add_month(self.gone, "2024-02-01", 8)
        self.add_month(self.third, "2024-02-01", 16)
        self.add_month(self.kept, "2024-03-01", 32)
        self.merge(self.gone, self.third)
        self.assertEqual(
            self.months_of(self.kept),
            [(1, 7, 70, 700, 9), (2, 24, 0, 0, 2), (3, 32, 0, 0, 1)],
        )

    def test_companies_stay_apart(self):
        other = self.make_company("Other")
        self.add_month(self.kept, "2024-01-01", 1)
        self.add_month(self.gone, "2024-01-01", 2, company_id=other.id)
        self.merge(self.gone)
        self.assertEqual([row[1] for row in self.months_of(self.kept)], [1, 2])

    def test_counted_at_once(self):
        self.scheme.history_until = "2024-05-31"
        self.add_month(self.kept, "2024-01-01", 30)
        self.add_month(self.gone, "2024-01-01", 30)
        self.evaluate(self.scheme)
        self.assertEqual(self.kept.tier_id.name, "Rest")
        self.merge(self.gone)
        self.assertEqual(self.kept.tier_id.name, "Silver")
        self.assertEqual(self.standing_of(self.scheme, self.kept).document_count, 2)

    def test_empty_amounts(self):
        first = self.add_month(self.kept, "2024-01-01", 0)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_sales_history SET amount = NULL, margin = NULL WHERE id = %s",
            [first.id],
        )
        self.env.invalidate_all()
        self.add_month(self.gone, "2024-01-01", 5)
        self.merge(self.gone)
        self.assertEqual(self.months_of(self.kept), [(1, 5, 0, 0, 2)])
