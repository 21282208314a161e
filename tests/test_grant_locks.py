"""Levels give while users edit the same customers: real transactions, nobody waits."""

from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

TERM = "property_payment_term_id"


@tagged("post_install", "-at_install")
class TestGrantLocks(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.transaction() as env:
            cls.make_data(env)
        cls.addClassCleanup(cls.remove_data)

    @classmethod
    @contextmanager
    def transaction(cls):
        """Open a transaction of its own that gives up instead of waiting for another."""
        with cls.registry.cursor() as cr:
            cr.execute("SET LOCAL lock_timeout = '5s'")
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True, "lang": "en_US"})
            yield env
            env.flush_all()
            cr.commit()

    @classmethod
    def make_data(cls, env):
        """A scheme beside the operative one: what it gives is asked for by hand below."""
        company = env.company
        term = env["account.payment.term"].create({"name": "Given", "company_id": company.id})
        scheme = env["customer.tier.scheme"].create(
            {
                "name": "Locks",
                "company_id": company.id,
                "method": "manual",
                "tier_ids": [
                    Command.create({"name": "Gold", "code": "GOLD", "payment_term_id": term.id})
                ],
            }
        )
        partners = env["res.partner"].create(
            [{"name": f"Locked {number}", "is_company": True} for number in range(3)]
        )
        buyer = env["res.partner"].create({"name": "Buyer", "parent_id": partners[1].id})
        for partner in partners:
            env["customer.standing"].create(
                {
                    "scheme_id": scheme.id,
                    "partner_id": partner.id,
                    "tier_id": scheme.tier_ids.id,
                }
            )
        cls.company_id, cls.scheme_id, cls.term_id = company.id, scheme.id, term.id
        cls.partner_ids, cls.buyer_id = partners.ids, buyer.id

    @classmethod
    def remove_data(cls):
        with cls.transaction() as env:
            env["customer.tier.grant"]._take_back(env.company, cls.partner_ids)
            env["customer.tier.scheme"].browse(cls.scheme_id).unlink()
            env["res.partner"].browse([cls.buyer_id, *cls.partner_ids]).unlink()
            env["account.payment.term"].browse(cls.term_id).unlink()

    def setUp(self):
        super().setUp()
        with self.transaction() as env:
            env["customer.tier.grant"]._take_back(env.company, self.partner_ids)

    def give(self, env):
        grants = env["customer.tier.grant"]
        scheme = env["customer.tier.scheme"].browse(self.scheme_id)
        return grants._sync_batch(env.company, scheme, self.partner_ids)

    def check_holders(self, env, expected):
        partners = env["res.partner"].browse(self.partner_ids)
        partners.invalidate_recordset([TERM])
        self.assertEqual([bool(partner[TERM]) for partner in partners], expected)

    def test_customer_somebody_edits_is_left_for_later(self):
        with self.transaction() as user, self.transaction() as env:
            user["res.partner"].browse(self.partner_ids[0]).comment = "edited"
            user.flush_all()
            self.assertEqual(self.give(env), {"given": 2, "left": 1})
            self.check_holders(env, [False, True, True])
        with self.transaction() as env:
            self.assertEqual(self.give(env), {"given": 1})
            self.check_holders(env, [True, True, True])

    def test_contact_somebody_edits_keeps_the_family_together(self):
        with self.transaction() as user, self.transaction() as env:
            user["res.partner"].browse(self.buyer_id).comment = "edited"
            user.flush_all()
            self.assertEqual(self.give(env), {"given": 2, "left": 1})
            self.check_holders(env, [True, False, True])

    def test_order_of_the_customer_is_no_obstacle(self):
        """A new order refers to the customer's row; that is no reason to leave him out."""
        with self.transaction() as user, self.transaction() as env:
            user["sale.order"].create({"partner_id": self.partner_ids[2]}).flush_recordset()
            self.assertEqual(self.give(env), {"given": 3})
            user.cr.rollback()
