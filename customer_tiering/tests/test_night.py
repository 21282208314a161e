"""A night after any changes equals a fresh evaluation: no change signal is needed."""

import random
from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from . import oracle
from .common import AS_OF, TieringCase

METHODS = (
    ("amount", [("A", 300), ("B", 100), ("C", 10), ("D", None)]),
    ("pyramid", [("A", 5), ("B", 15), ("C", 30), ("D", 50)]),
    ("abc", [("A", 80), ("B", 15), ("C", 5)]),
    ("rfm", [("A", 12), ("B", 8), ("C", 5)]),
)
#: what a night and a fresh evaluation must agree on
COLUMNS = (
    "first_date, last_date, document_count, amount, amount_previous, margin, quantity,"
    " r_score, f_score, m_score, rfm_segment"
)


@tagged("post_install", "-at_install")
class TestNight(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        companies = cls.env["res.partner"].create(
            [{"name": f"Night {number:02}", "is_company": True} for number in range(60)]
        )
        contacts = cls.env["res.partner"].create(
            [
                {"name": f"Contact of {partner.name}", "parent_id": partner.id}
                for partner in companies[:20]
            ]
        )
        cls.companies, cls.contacts = companies, contacts
        cls.managers = [cls.make_user("own").id for _number in range(3)]

    def day_of_changes(self, rng, as_of):
        """Do to random orders and customers what may happen to them within a day."""
        orders = self.env["sale.order"].search([("company_id", "=", self.company.id)])
        orders = orders.browse(rng.sample(orders.ids, min(30, len(orders))))
        everybody = (self.companies | self.contacts).exists()
        for order in orders:
            kind = rng.choice(("cancel", "date", "partner", "sql", "delete", "revive"))
            if kind == "cancel":
                order.state = "cancel"
            elif kind == "revive":
                order.state = "sale"
            elif kind == "date":
                order.date_order = self.as_moment(as_of - timedelta(days=rng.randint(0, 800)))
            elif kind == "partner":
                order.partner_id = everybody.browse(rng.choice(everybody.ids))
        self.env.flush_all()
        for order in orders[::4]:
            self.env.cr.execute(
                "UPDATE sale_order SET amount_untaxed = %s WHERE id = %s",
                [rng.randint(-50, 500), order.id],
            )
        self.env.cr.execute("DELETE FROM sale_order WHERE id IN %s", [tuple(orders[::7].ids)])
        self.env.invalidate_all()
        self.insert_orders(oracle.random_documents(rng.random(), everybody.ids[:15], as_of))
        for partner in rng.sample(self.companies.ids, 8):
            partner = self.companies.browse(partner)
            kind = rng.choice(("exempt", "parent", "user", "archive"))
            if kind == "exempt":
                # by SQL: the night must find it without being told
                self.env.cr.execute(
                    "UPDATE res_partner SET tier_exempt = tier_exempt IS NOT TRUE WHERE id = %s",
                    [partner.id],
                )
                partner.invalidate_recordset()
            elif kind == "archive":
                partner.active = not partner.active
            elif kind == "user":
                partner.user_id = rng.choice([False, *self.managers])
        for contact in self.contacts.browse(rng.sample(self.contacts.ids, 3)):
            contact.parent_id = self.companies.browse(rng.choice(self.companies.ids))

    def stored(self, scheme):
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT s.partner_id, s.user_id, e.code, t.code, %s
                  FROM customer_standing s
             LEFT JOIN customer_tier e ON e.id = s.earned_tier_id
             LEFT JOIN customer_tier t ON t.id = s.tier_id
                 WHERE s.scheme_id = %s
                """,
                SQL(COLUMNS),
                scheme.id,
            )
        )
        return {row[0]: row[1:] for row in rows}

    def check_history_leads_to_the_levels(self, scheme):
        """The last row of a customer's history is the level he holds, row follows row."""
        held = dict.fromkeys(self.stored(scheme))
        for row in self.History.search([("scheme_id", "=", scheme.id)], order="id"):
            self.assertEqual(row.from_tier_id.code or None, held.get(row.partner_id.id))
            self.assertNotEqual(row.from_tier_id, row.to_tier_id)
            held[row.partner_id.id] = row.to_tier_id.code or None
        self.assertEqual(held, {key: row[2] for key, row in self.stored(scheme).items()})

    def run_nights(self, seed, method, levels):
        rng = random.Random(seed)
        documents = oracle.random_documents(seed, self.companies.ids, AS_OF)
        self.insert_orders(documents)
        scheme = self.make_scheme(method, levels)
        self.evaluate(scheme)
        as_of = AS_OF
        for _night in range(3):
            as_of += timedelta(days=rng.randint(0, 60))
            self.day_of_changes(rng, as_of)
            self.evaluate(scheme, as_of)
            fresh = self.make_scheme(method, levels)
            self.evaluate(fresh, as_of)
            found, expected = self.stored(scheme), self.stored(fresh)
            # who left the population keeps a standing, which a fresh scheme never made
            for partner_id in found.keys() - expected.keys():
                row = found.pop(partner_id)
                self.assertEqual((row[1], row[2]), (None, None))
                self.assertEqual((row[5], row[6]), (0, 0))
            self.assertEqual(found, expected)
            self.check_history_leads_to_the_levels(scheme)
            fresh.unlink()

    def test_amount(self):
        for seed in (1, 2):
            self.run_nights(seed, *METHODS[0])

    def test_pyramid(self):
        for seed in (3, 4):
            self.run_nights(seed, *METHODS[1])

    def test_abc(self):
        for seed in (5, 6):
            self.run_nights(seed, *METHODS[2])

    def test_rfm(self):
        for seed in (7, 8):
            self.run_nights(seed, *METHODS[3])
