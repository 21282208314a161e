from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from . import test_tours


@tagged("post_install", "-at_install")
class TestStatusTour(test_tours.TestTours):
    """Customer 10 and 5 of the seller, 9 of his colleague have been silent for too long."""

    # the tours of the parent class run there
    test_guided_start = test_why = test_scheme = None

    def test_losing_customers(self):
        now = fields.Datetime.now()
        for number in (5, 9, 10):
            customer = self.customers[number - 1]
            for days in (65, 95, 155, 175):
                order = self._order(customer, 100 * number, self.seller)
                order.date_order = now - timedelta(days=days)
        # the orders of today would end the silence
        today = self.env["sale.order"].search(
            [
                ("partner_id", "in", self.customers.ids),
                ("date_order", ">", now - timedelta(days=1)),
            ]
        )
        today.state = "cancel"
        self.scheme.evaluate()
        self.start_tour("/odoo", "customer_tiering_losing", login="tour_seller")
        leaving = self.env["customer.leaving"].search([("user_id", "=", self.seller.id)])
        self.assertEqual(leaving.partner_id, self.customers[9])
        hold = self.env["customer.hold"].search([("user_id", "=", self.seller.id)])
        self.assertEqual((hold.partner_id, hold.end_reason), (self.customers[4], "hand"))
