from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged


class TourCase(HttpCase):
    """Ten customers with 100, 200 … 1 000 in the period, two orders each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Tour Company"})
        cls.scheme = cls.env["customer.tier.scheme"]._get_operative(cls.company)
        cls.manager = cls._user("tour_manager", "customer_tiering.customer_tiering_group_manager")
        cls.seller = cls._user("tour_seller", "sales_team.group_sale_salesman")
        cls.colleague = cls._user("tour_colleague", "sales_team.group_sale_salesman")
        cls.product = cls.env["product.product"].create({"name": "Thing", "list_price": 50})
        cls.customers = cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number}",
                    "is_company": True,
                    "country_id": cls.env.ref("base.be").id,
                    "phone": False if number == 3 else f"+32 2 555 01 {number:02d}",
                    "user_id": cls.seller.id if number in (10, 5) else cls.colleague.id,
                }
                for number in range(1, 11)
            ]
        )
        for number, customer in enumerate(cls.customers, start=1):
            for seller in (cls.seller, cls.colleague):
                cls._order(customer, 50 * number, seller)

    @classmethod
    def _user(cls, login, group):
        return new_test_user(
            cls.env,
            login,
            groups=f"base.group_user,base.group_partner_manager,{group}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            tz="Europe/Brussels",
        )

    @classmethod
    def _order(cls, customer, amount, seller):
        return cls.env["sale.order"].create(
            {
                "partner_id": customer.id,
                "company_id": cls.company.id,
                "user_id": seller.id,
                "state": "sale",
                "date_order": fields.Datetime.now(),
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )

    def _set_lines(self, lines):
        commands = [
            Command.update(tier.id, {"min_amount": line})
            for tier, line in zip(self.scheme.tier_ids[:-1], lines, strict=True)
        ]
        self.scheme.write({"tier_ids": commands})


@tagged("post_install", "-at_install")
class TestTours(TourCase):
    def test_guided_start(self):
        self.start_tour("/odoo", "customer_tiering_guided_start", login="tour_manager")
        self.assertEqual(self.scheme.method, "pyramid")
        self.assertEqual(self.scheme.last_graded, 10)

    def test_why(self):
        self._set_lines([5000, 2000, 1000, 500])
        self.scheme.evaluate()
        self.start_tour("/odoo", "customer_tiering_why", login="tour_seller")

    def test_scheme(self):
        self._set_lines([5000, 2000, 1000, 500])
        self.scheme.evaluate()
        self.env["customer.setup.step"].search([]).with_company(self.company).is_marked = True
        self.start_tour("/odoo", "customer_tiering_scheme", login="tour_manager")
