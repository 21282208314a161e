"""Status on the partner: read, searched, grouped; and who may."""

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import AS_OF
from .test_status import UNEVEN, StatusCase


@tagged("post_install", "-at_install")
class TestPartnerStatus(StatusCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bob, cls.cid, cls.dan, cls.eve = cls.make_partners("Bob", "Cid", "Dan", "Eve")
        for partner, silence in ((cls.ann, 61), (cls.bob, 91), (cls.cid, 5), (cls.eve, 5)):
            cls.insert_orders([(partner.id, 10, day) for day in cls.days_with(UNEVEN, silence)])
        cls.eve.tier_exempt = True
        cls.contact = cls.make_partner("Contact", parent_id=cls.ann.id, is_company=False)
        cls.supplier = cls.make_partner("Supplier", supplier_rank=1)
        cls.both = cls.make_partner("Both", supplier_rank=1, customer_rank=1)
        cls.wooed = cls.make_partner("Wooed", supplier_rank=1, prospect_class="qualified")
        cls.scheme.evaluate(AS_OF)
        cls.user = cls.make_user("own")
        cls.everybody = (
            cls.ann | cls.bob | cls.cid | cls.dan | cls.eve | cls.contact | cls.supplier
            | cls.both | cls.wooed | cls.company.partner_id | cls.user.partner_id
        )  # fmt: skip

    def test_each_kind_of_partner(self):
        self.assertEqual(
            {partner.name: partner.customer_status for partner in self.everybody},
            {
                "Ann": "dormant",
                "Bob": "lost",
                "Cid": "active",
                "Dan": "prospect",
                "Eve": False,
                "Contact": "dormant",
                "Supplier": False,
                "Both": "prospect",
                "Wooed": "prospect",
                self.company.name: False,
                self.user.partner_id.name: False,
            },
        )

    def test_search_agrees_with_what_is_shown(self):
        Partner = self.env["res.partner"].with_user(self.make_user("all"))
        partners = Partner.browse(self.everybody.ids)
        statuses = {partner: partner.customer_status for partner in partners}
        base = [("id", "in", partners.ids)]
        for value in ("dormant", "lost", "active", "prospect", "on_hold", False):
            for operator, wanted in (("=", True), ("!=", False)):
                with self.subTest(value=value, operator=operator):
                    self.assertEqual(
                        set(Partner.search([*base, ("customer_status", operator, value)])),
                        {p for p, status in statuses.items() if (status == value) is wanted},
                    )
        for values in (["lost", "dormant"], ["lost", "prospect"], ["lost", False]):
            self.assertEqual(
                set(Partner.search([*base, ("customer_status", "in", values)])),
                {partner for partner, status in statuses.items() if status in values},
            )
            self.assertEqual(
                set(Partner.search([*base, "!", ("customer_status", "in", values)])),
                {partner for partner, status in statuses.items() if status not in values},
            )

    def test_filter_in_memory(self):
        found = self.everybody.filtered_domain([("customer_status", "=", "prospect")])
        self.assertEqual(found, self.dan | self.both | self.wooed)

    def test_group_and_order(self):
        rows = self.env["res.partner"]._read_group(
            [("id", "in", self.everybody.ids)], ["customer_status"], ["__count"]
        )
        self.assertEqual(
            dict(rows), {"dormant": 2, "lost": 1, "active": 1, "prospect": 3, False: 4}
        )
        first = self.env["res.partner"].search(
            [("id", "in", (self.ann | self.cid).ids)], order="customer_status"
        )
        self.assertEqual(first.mapped("name"), ["Cid", "Ann"])
        rows = self.env["res.partner"].formatted_read_group(
            [("customer_status", "=", "prospect"), ("id", "in", self.everybody.ids)],
            ["prospect_class"],
            ["__count", "annual_potential:sum"],
        )
        self.assertEqual(sum(row["__count"] for row in rows), 3)

    def test_a_search_sees_what_is_not_written_yet(self):
        self.supplier.prospect_class = "first"
        found = self.env["res.partner"].search(
            [("customer_status", "=", "prospect"), ("id", "=", self.supplier.id)]
        )
        self.assertEqual(found, self.supplier)
        self.assertEqual(self.supplier.customer_status, "prospect")

    def test_sentence_and_money_with_the_readers_rights(self):
        self.ann.user_id = self.user
        with freeze_time(f"{AS_OF} 12:00:00"):
            self.assertIn("61 days", self.ann.with_user(self.user).status_reason)
            self.assertIn("61 days", self.contact.with_user(self.user).status_reason)
        self.assertEqual(self.ann.with_user(self.user).value_at_stake, 40)
        self.assertEqual(self.bob.with_user(self.user).customer_status, "lost")
        self.assertFalse(self.bob.with_user(self.user).status_reason)
        self.assertFalse(self.bob.with_user(self.user).value_at_stake)

    def test_scheme_out_of_force(self):
        self.scheme.operative = False
        self.env.invalidate_all()
        self.assertEqual(self.ann.customer_status, "prospect")

    def test_portal_users_learn_nothing(self):
        portal = new_test_user(
            self.env, "status_portal", groups="base.group_portal", company_id=self.company.id
        )
        portal.partner_id.parent_id = self.ann
        own = portal.partner_id.with_user(portal)
        own.read(["name"])
        for name in (
            "customer_status",
            "status_reason",
            "value_at_stake",
            "prospect_class",
            "annual_potential",
        ):
            with self.subTest(name=name):
                with self.assertRaises(AccessError):
                    own.read([name])
                with self.assertRaises(AccessError):
                    own.search([(name, "!=", False)])
                self.assertNotIn(name, own.fields_get())
        with self.assertRaises(AccessError):
            own._read_group([], ["customer_status"], ["__count"])

    def test_prospects_of_the_menu(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_tiering.res_partner_action_prospects"
        )
        found = self.env["res.partner"].search(
            [
                ("customer_status", "=", "prospect"),
                ("parent_id", "=", False),
                ("id", "in", self.everybody.ids),
            ]
        )
        self.assertEqual(found, self.dan | self.both | self.wooed)
        self.assertIn("prospect", action["domain"])
