from odoo.tests import tagged

from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestPortalTours(PortalCase):
    def test_customer_files_answers_refuses_and_rates(self):
        self.make_order(self.customer, 100)
        self.start_tour("/my", "complaint_portal_file", login=self.ada.login)
        case = self.Case.search([("name", "=", "Lantern sparks")], order="id desc", limit=1)
        self.assertTrue(case.sale_order_id)
        self.assertEqual(case.remedy_sought, "relief")
        self.assertEqual(len(self.words_of(case)), 2)
        self.solve(case)
        url = f"/my/complaints/{case.id}"
        self.start_tour(url, "complaint_portal_not_solved", login=self.ada.login)
        self.assertEqual((case.stage_kind, case.run), ("progress", 2))
        self.solve(case)
        self.start_tour(url, "complaint_portal_rate", login=self.ada.login)
        self.assertEqual((case.rating_outcome, case.rating_handling), (5, 4))

    def test_somebody_without_login_uses_the_public_form(self):
        self.company.write({"complaint_public_form": True, "email": "office@lantern.example"})
        with self.mails_may_leave():
            self.start_tour(f"/complaint/{self.company.id}", "complaint_public_form")
            case = self.Case.search([("name", "=", "Fell off the wall")])
            self.assertTrue(case.is_unconfirmed)
            url = case._get_page_url("confirm").removeprefix(case.get_base_url())
            self.start_tour(url, "complaint_public_confirm")
        self.assertFalse(case.is_unconfirmed)
