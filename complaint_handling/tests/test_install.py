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

    def test_what_is_made_in_code_has_its_name_in_every_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        company = self.env["res.company"].create({"name": "Bilingual"})
        domain = [("company_id", "=", company.id)]
        policies = self.env["complaint.sla.policy"].with_context(active_test=False).search(domain)
        team = self.env["complaint.team"].search(domain)
        for record, names in (
            *((policy, ("name", "description")) for policy in policies),
            (team, ("name",)),
        ):
            for name in names:
                english = record.with_context(lang="en_US")[name]
                self.assertNotEqual(record.with_context(lang="zh_CN")[name], english)
        self.assertEqual(len(policies), 3)
