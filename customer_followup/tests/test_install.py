from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestInstall(TransactionCase):
    def test_menu_stands_in_the_customer_care_app(self):
        root = self.env.ref("customer_tiering.customer_tiering_menu_root")
        menu = self.env.ref("customer_followup.customer_followup_menu_root")
        self.assertEqual(menu.parent_id, root)

    def test_account_manager_sees_the_menu(self):
        user = new_test_user(
            self.env, "followup_am", groups="customer_tiering.customer_tiering_group_own"
        )
        menu = self.env.ref("customer_followup.customer_followup_menu_calendar")
        visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
        self.assertIn(menu.id, visible)
