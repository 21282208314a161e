from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from . import test_tours


@tagged("post_install", "-at_install")
class TestSteeringTours(test_tours.TestTours):
    """What-if, coming decisions and what is about to change, in the browser."""

    # the tours of the parent class run there
    test_guided_start = test_why = test_scheme = None

    def setUp(self):
        super().setUp()
        self.env["customer.setup.step"].search([]).with_company(self.company).is_marked = True
        self._set_lines([5000, 2000, 1000, 500])
        self.scheme.evaluate()

    def test_what_if(self):
        self.start_tour("/odoo", "customer_tiering_what_if", login="tour_manager")
        revision = self.scheme.revision_ids[0]
        self.assertEqual(revision.reason, "Too few Gold customers")
        gold = self.scheme.tier_ids.filtered(lambda tier: tier.code == "GOLD")
        self.assertEqual(gold.customer_count, 3)

    def test_what_if_from_the_menu(self):
        self.start_tour("/odoo", "customer_tiering_what_if_menu", login="tour_manager")
        simulation = self.env["customer.tier.simulation"].search([("name", "=", "Nothing else")])
        self.assertEqual((simulation.state, simulation.scheme_id), ("run", self.scheme))

    def test_coming_decisions(self):
        """Customers 5 and 10 of the seller and 9 of a colleague bought just before."""
        self.seller.group_ids = [
            Command.link(self.env.ref("customer_tiering.customer_tiering_group_team").id)
        ]
        self.scheme.write(
            {"decision": "daily", "grace_decisions": 1, "min_stay_days": 0, "hysteresis": 0}
        )
        orders = self.env["sale.order"].search([("partner_id", "in", self.customers.ids)])
        long_ago = fields.Datetime.now() - timedelta(days=500)
        for number in (5, 9, 10):
            customer = self.customers[number - 1]
            own = orders.filtered(lambda order, customer=customer: order.partner_id == customer)
            own[0].date_order = long_ago
        self.scheme.evaluate()
        self.start_tour("/odoo", "customer_tiering_decisions", login="tour_seller")
        lines = self.env["customer.tier.decision"].search([("scheme_id", "=", self.scheme.id)])
        self.assertEqual(
            {line.partner_id.name: line.state for line in lines},
            {"Customer 5": "accepted", "Customer 9": "open", "Customer 10": "held"},
        )
