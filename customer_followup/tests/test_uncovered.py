from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import FollowupCase


@tagged("post_install", "-at_install")
class TestUncovered(FollowupCase):
    """Customers whom a rhythm asks a person to contact, but nobody does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader.group_ids += cls.env.ref("base.group_partner_manager")
        cls.covered = cls.make_customer()
        cls.nobodys = cls.make_partner(user_id=False)
        cls.hold_level(cls.nobodys)
        cls.basic = cls.make_partner(user_id=False)
        cls.hold_level(cls.basic, "BASIC")  # served by automatic messages
        cls.left = cls.make_customer(user=cls.tom, tier="STANDARD")

    def setUp(self):
        super().setUp()
        self.plan()

    def uncovered(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        partners = self.env["res.partner"].with_user(user or self.leader)
        partners = partners.with_context(allowed_company_ids=self.company.ids)
        return partners.search([("is_uncovered", "=", True)])

    def assign(self, partners, user):
        action = partners.action_assign_manager()
        wizards = self.env["followup.assign"].with_user(self.leader)
        wizards = wizards.with_context(allowed_company_ids=self.company.ids)
        form = Form(wizards.with_context(**action["context"]))
        form.user_id = user
        wizard = form.save()
        return wizard, wizard.action_apply()

    def test_nobodys_and_those_of_who_left(self):
        self.assertEqual(self.uncovered(), self.nobodys)
        self.tom.active = False
        self.assertEqual(self.uncovered(), self.nobodys | self.left)

    def test_field_says_what_the_search_finds(self):
        partners = (self.covered | self.nobodys | self.basic).with_user(self.leader)
        partners = partners.with_context(allowed_company_ids=self.company.ids)
        self.assertEqual(partners.mapped("is_uncovered"), [False, True, False])
        rest = partners.search([("is_uncovered", "=", False), ("id", "in", partners.ids)])
        self.assertEqual(rest, self.covered | self.basic)

    def test_a_leader_learns_what_they_are_worth(self):
        standing = self.nobodys.with_company(self.company).standing_id
        self.env.cr.execute("UPDATE customer_standing SET amount = 7 WHERE id = %s", [standing.id])
        found = self.uncovered()
        self.assertEqual(found.uncovered_service_class, "key")
        self.assertEqual(found.uncovered_amount, 7)
        covered = self.covered.with_user(self.leader)
        self.assertFalse(covered.uncovered_amount, "of others only by the rules")

    def test_a_rhythm_of_chosen_people_covers(self):
        self.key_cadence.line_ids.write(
            {"assign_to": "pool", "user_ids": [Command.set(self.anna.ids)]}
        )
        self.plan()
        self.assertFalse(self.uncovered())

    def test_of_the_chosen_company_only(self):
        other = self.make_company("Other")
        self.leader.company_ids += other
        partners = self.env["res.partner"].with_user(self.leader)
        partners = partners.with_context(allowed_company_ids=other.ids)
        self.assertFalse(partners.search([("is_uncovered", "=", True)]))

    def test_not_for_who_leads_nobody(self):
        partners = self.env["res.partner"].with_user(self.anna)
        with self.assertRaises(AccessError):
            partners.search([("is_uncovered", "=", True)])
        with self.assertRaises(AccessError):
            self.env["followup.assign"].with_user(self.anna).create({"user_id": self.anna.id})

    def test_assign_gives_customers_and_follow_ups_at_once(self):
        self.tom.active = False
        by_hand = self.make_touch(self.left, "2024-07-10", user_id=self.tom.id)
        by_hand.is_reassigned = True
        customers = self.uncovered()
        wizard, action = self.assign(customers, self.anna)
        self.assertEqual(wizard.customer_count, 2)
        self.assertIn("2 customers", action["params"]["message"])
        self.assertEqual((self.nobodys | self.left).user_id, self.anna)
        touches = self.Touch.search(
            [("partner_id", "in", customers.ids), ("state", "=", "planned")]
        )
        self.assertEqual(touches.user_id, self.anna)
        self.assertGreater(len(touches), 3)
        self.assertFalse(self.uncovered())

    def test_assign_needs_the_right_to_change_customers(self):
        self.leader.group_ids -= self.env.ref("base.group_partner_manager")
        with self.assertRaises(AccessError):
            self.assign(self.nobodys, self.anna)
