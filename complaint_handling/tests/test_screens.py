from lxml import etree
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import NOW, ComplaintCase

SETUP_STEP = "customer.setup.step"


@tagged("post_install", "-at_install")
class TestScreens(ComplaintCase):
    def setUp(self):
        super().setUp()
        self.at(NOW)

    # ------------------------------------------------------------
    # Queue
    # ------------------------------------------------------------

    def test_unanswered_until_we_say_something_and_again_when_he_writes(self):
        case = self.make_case()
        self.assertTrue(case.is_unanswered)
        self.at("2024-07-03 09:00:00")
        self.answer(case)
        self.assertFalse(case.is_unanswered)
        self.at("2024-07-03 10:00:00")
        self.customer_writes(case)
        self.assertTrue(case.is_unanswered)
        self.at("2024-07-03 11:00:00")
        self.solve(case)
        self.assertFalse(case.is_unanswered)

    def test_filters_of_time(self):
        self.make_policy([("resolve", 4, "hour", "clock")], severity="high")
        soon, later = self.make_case(severity="high"), self.make_case(severity="low")
        cases = soon | later

        def found(name):
            return self.filter(name) & cases

        self.assertEqual(found("about_to_breach"), soon)
        self.assertFalse(found("breached"))
        self.at("2024-07-03 12:30:00")
        self.assertEqual(found("breached"), soon)
        self.assertFalse(found("about_to_breach"))
        self.assertEqual(found("today"), cases)

    def filter(self, name):
        """Return the cases a filter of the search view finds."""
        arch = self.Case.get_view(view_type="search")["arch"]
        [domain] = etree.fromstring(arch).xpath(f"//filter[@name='{name}']/@domain")
        return self.Case.search(safe_eval(domain, {"uid": self.env.uid}))

    def test_who_was_faster_keeps_the_case(self):
        case = self.make_case()
        case.with_user(self.mia).action_take()
        action = case.with_user(self.ben).action_take()
        self.assertEqual(case.user_id, self.mia)
        self.assertIn("Mia", action["params"]["message"])

    # ------------------------------------------------------------
    # Countdown
    # ------------------------------------------------------------

    def test_countdown_of_the_most_urgent_promise(self):
        self.make_policy(
            [("first_response", 2, "hour", "clock"), ("resolve", 1, "day", "working")],
            severity="high",
        )
        case = self.make_case(severity="high")
        start = 1719993600
        self.assertEqual(
            case.countdown,
            {
                "now": start,
                "state": "running",
                "promise": "First Response",
                "working": False,
                "due": start + 2 * 3600,
                "since": start,
                "share": 1,
            },
        )

    def test_countdown_while_paused_and_afterwards(self):
        case = self.make_case()
        self.answer(case)
        self.at("2024-07-04 08:00:00")
        case.with_user(self.mia).action_take()
        reason = self.env.ref("complaint_handling.complaint_pause_reason_customer")
        case.with_user(self.mia)._pause(reason)
        self.assertEqual(case.countdown["left"], 16 * 3600)
        self.assertTrue(case.countdown["working"])
        self.assertNotIn("due", case.countdown)
        self.at("2024-07-10 08:00:00")
        case._resume()
        self.assertAlmostEqual(case.countdown["share"], 2 / 3)
        self.assertEqual(case.countdown["since"], case.countdown["now"])

    def test_countdowns_of_a_page_take_few_queries(self):
        cases = self.Case.create(
            [{"name": f"Case {n}", "company_id": self.company.id} for n in range(80)]
        )
        self.env.flush_all()
        # the words of the kinds are read once per language
        cases[0].mapped("countdown")
        self.env.invalidate_all()
        with self.assertQueryCount(4):
            cases.mapped("countdown")

    # ------------------------------------------------------------
    # The customer
    # ------------------------------------------------------------

    def test_an_agent_sees_level_status_and_account_manager(self):
        case = self.make_case()
        mine = case.with_user(self.mia)
        customer = self.customer.with_company(self.company)
        self.assertTrue(customer.tier_id)
        self.assertEqual(mine.customer_tier_id.id, customer.tier_id.id)
        self.assertEqual(mine.customer_open_count, 1)
        self.assertEqual(mine.customer_case_count, 1)

    def test_case_counts_of_a_page_of_customers(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {n}", "is_company": True} for n in range(80)]
        )
        self.Case.create(
            [
                {
                    "name": f"Case {n}",
                    "company_id": self.company.id,
                    "partner_id": customers[n % 80].id,
                    "team_id": self.team.id,
                }
                for n in range(200)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        customers = customers.with_user(self.mia)
        # rights of the user and his teams are asked once, not for each page
        customers[0].mapped("complaint_count")
        for model in ("complaint.case", "res.partner"):
            self.env[model].invalidate_model()
        with self.assertQueryCount(3):
            counts = customers.mapped("complaint_open_count")
        self.assertEqual(sum(counts), 200)
        self.assertEqual(customers[0].complaint_count, 3)

    def test_cases_of_another_team_are_not_counted_for_an_agent(self):
        other = self.make_team(members=self.ben)
        self.make_case(team_id=other.id)
        self.make_case()
        self.assertEqual(self.customer.with_user(self.mia).complaint_count, 1)
        self.assertEqual(self.customer.with_user(self.ben).complaint_count, 2)
        self.assertEqual(self.customer.with_user(self.head).complaint_count, 2)

    def test_orders_count_their_cases(self):
        order = self.make_order(self.customer, 100)
        self.make_case(sale_order_id=order.id)
        self.assertEqual(order.complaint_count, 1)
        action = order.action_view_complaints()
        self.assertEqual(self.Case.search(action["domain"]).sale_order_id, order)

    # ------------------------------------------------------------
    # Landing
    # ------------------------------------------------------------

    def test_landing_by_role(self):
        def land(user):
            return self.env[SETUP_STEP].with_user(user).action_land()["xml_id"]

        mine = "complaint_handling.complaint_case_action_mine"
        self.assertEqual(land(self.mia), mine)
        self.assertEqual(land(self.make_user("own")), "customer_tiering.customer_standing_action")
        both = self.make_agent(
            "complaint_handling.complaint_handling_group_agent,"
            "customer_tiering.customer_tiering_group_own"
        )
        self.team.member_ids = [Command.create({"user_id": both.id})]
        self.assertEqual(land(both), mine, "no customers of his own")
        self.make_customer("His").user_id = both
        self.assertNotEqual(land(both), mine)

    def test_an_agent_finds_his_menu_and_nothing_else(self):
        menus = self.env["ir.ui.menu"].with_user(self.mia)
        visible = menus.browse(menus._visible_menu_ids())
        root = menus.env.ref("customer_tiering.customer_tiering_menu_root")
        self.assertIn(root.id, visible.ids)
        sections = visible.filtered(lambda menu: menu.parent_id == root)
        self.assertEqual(sections, self.env.ref("complaint_handling.complaint_handling_menu_root"))
        action = self.env.ref("customer_tiering.customer_setup_step_action_land")
        landed = action.with_user(self.mia).run()
        self.assertEqual(landed["xml_id"], "complaint_handling.complaint_case_action_mine")

    # ------------------------------------------------------------
    # Dialogs
    # ------------------------------------------------------------

    def test_reply_with_a_prepared_answer_then_wait(self):
        category = self.env.ref("complaint_handling.complaint_category_billing")
        case = self.make_case(category_id=category.id)
        case.with_user(self.mia).action_take()
        form = Form(
            self.env["complaint.reply"].with_user(self.mia).with_context(default_case_id=case.id)
        )
        offered = form.suggested_template_ids.ids
        answer = self.env.ref("complaint_handling.mail_template_answer_invoice")
        apology = self.env.ref("complaint_handling.mail_template_answer_apology")
        self.assertIn(answer.id, offered)
        self.assertNotIn(apology.id, offered)
        form.template_id = answer
        self.assertIn("Ada", form.body)
        form.wait = True
        wizard = form.save()
        with self.mails_may_leave():
            wizard.action_send()
        self.assertEqual(case.date_first_response.isoformat(" "), NOW)
        self.assertEqual(case.held_by, "customer")

    def test_reply_to_an_address_that_belongs_to_nobody(self):
        case = self.make_case(
            partner_id=False, contact_id=False, email_from="Joe <joe@nobody.example>"
        )
        wizard = (
            self.env["complaint.reply"]
            .with_user(self.mia)
            .create({"case_id": case.id, "body": "<p>Hello Joe</p>"})
        )
        self.assertEqual(wizard.recipient, "Joe <joe@nobody.example>")
        with self.mails_may_leave():
            wizard.action_send()
        self.assertTrue(case.date_first_response)

    def test_an_empty_reply_is_refused(self):
        wizard = (
            self.env["complaint.reply"].with_user(self.mia).create({"case_id": self.make_case().id})
        )
        with self.assertRaises(UserError):
            wizard.action_send()
