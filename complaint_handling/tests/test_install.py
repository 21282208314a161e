from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestInstall(TransactionCase):
    def test_menu_stands_in_the_customer_care_app(self):
        root = self.env.ref("customer_tiering.customer_tiering_menu_root")
        menu = self.env.ref("complaint_handling.complaint_handling_menu_root")
        self.assertEqual(menu.parent_id, root)

    def test_complaint_manager_is_also_agent(self):
        user = new_test_user(
            self.env, "complaint_boss", groups="complaint_handling.complaint_handling_group_manager"
        )
        self.assertTrue(user.has_group("complaint_handling.complaint_handling_group_agent"))
        self.assertFalse(user.has_group("customer_tiering.customer_tiering_group_own"))
