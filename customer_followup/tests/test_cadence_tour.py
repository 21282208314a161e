from odoo.tests import HttpCase, tagged

from .common import FollowupCase


@tagged("post_install", "-at_install")
class TestCadenceTour(HttpCase, FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.lang = "en_US"
        for _number in range(4):
            cls.make_customer()
        cls.key_cadence.sequence = 99

    def test_manager_sets_a_rhythm(self):
        self.start_tour(
            "/odoo/contact-rhythms", "customer_followup_cadence", login=self.manager.login
        )
        cadence = self.env["followup.cadence"].search([("name", "=", "Every two months")])
        self.assertEqual((cadence.company_id, cadence.line_ids.interval), (self.company, 2))
        self.assertEqual(cadence.customer_count, 4)
