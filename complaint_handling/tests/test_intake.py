from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import NOW, ComplaintCase


@tagged("post_install", "-at_install")
class TestIntake(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person.phone = "+32 2 555-01-77"

    def setUp(self):
        super().setUp()
        self.at(NOW)
        self.search = self.Case.with_user(self.mia).search_intake
        self.Intake = self.env["complaint.intake"].with_user(self.mia)

    def names(self, term):
        return [result["label"] for result in self.search(term)]

    def test_search_by_what_a_caller_says(self):
        case = self.make_case(name="Broken lantern")
        ada = self.person.complete_name
        self.assertIn(ada, self.names("ada@acme"))
        self.assertIn(ada, self.names("Acme, Ada"))
        self.assertIn(case.display_name, self.names(case.number))
        self.assertIn(case.display_name, self.names("broken lan"))
        for number in ("+32 2 555 01 77", "025550177", "(02) 555.01.77", "0032-2-5550177"):
            self.assertEqual(self.names(number), [ada], number)
        self.assertEqual(self.names("555 01 78"), [])
        self.assertEqual(self.search(" a "), [])
        self.assertEqual(self.search(None), [])

    def test_an_order_is_found_by_its_number_without_rights_to_sales(self):
        order = self.make_order(self.person, 100)
        self.assertFalse(order.with_user(self.mia).has_access("read"))
        [found] = [each for each in self.search(order.name) if each["kind"] == "order"]
        self.assertEqual(
            found["values"],
            {
                "partner_id": self.customer.id,
                "contact_id": self.person.id,
                "sale_order_id": order.id,
            },
        )
        self.assertNotIn("100", f"{found['label']} {found['detail']}".replace(order.name, ""))
        reader = self.make_user("all")
        self.assertFalse(
            [
                each
                for each in self.Case.with_user(reader).search_intake(order.name)
                if each["kind"] == "order"
            ],
            "the checked way is the agents'",
        )
        elsewhere = self.make_agent(companies=self.make_company("Elsewhere"))
        there = self.Case.with_user(elsewhere).with_context(
            allowed_company_ids=elsewhere.company_ids.ids
        )
        self.assertEqual(there.search_intake(order.name), [])

    def test_search_takes_few_queries(self):
        self.make_case(name="Lantern of Ada")
        order = self.make_order(self.person, 100)
        # cases, customers, names; orders, invoices and whose they are where a number is given
        for term, queries in (("Ada", 3), ("5550177", 4), (order.name, 6)):
            # what is asked once per user, not once per search
            self.search(term)
            for model in ("complaint.case", "res.partner", "sale.order"):
                self.env[model].invalidate_model()
            with self.assertQueryCount(queries):
                self.assertTrue(self.search(term))

    def test_an_agent_does_not_find_cases_of_other_teams(self):
        case = self.make_case(name="Secret", team_id=self.make_team(members=self.ben).id)
        self.assertEqual(self.names("Secret"), [])
        self.assertIn(
            case.display_name,
            [each["label"] for each in self.Case.with_user(self.ben).search_intake("Secret")],
        )

    def test_what_is_picked_fills_in_the_form(self):
        other = self.make_case()
        form = Form(self.Intake)
        form.found = self.search("025550177")[0]["values"]
        self.assertEqual(form.partner_id, self.customer)
        self.assertEqual(form.contact_id, self.person)
        self.assertEqual(form.contact_phone, "+32 2 555-01-77")
        self.assertEqual(form.contact_email, "ada@acme.example")
        self.assertEqual(form.customer_tier_id.id, other.tier_id.id)
        self.assertEqual(form.customer_case_ids.ids, other.ids)
        form.category_id = self.env.ref("complaint_handling.complaint_category_product_safety")
        self.assertEqual(form.severity, "critical")
        form.name = "It became hot"
        form.description = "First <warm>,\nthen hot"
        action = form.save().action_save()
        case = self.Case.browse(action["res_id"])
        self.assertEqual((case.user_id, case.stage_kind), (self.mia, "accepted"))
        self.assertEqual(case.contact_id, self.person)
        self.assertTrue(case.is_safety)
        self.assertIn("&lt;warm&gt;", case.description)
        self.assertFalse(case.date_first_response)

    def test_answered_during_the_call(self):
        wizard = self.Intake.create(
            {"name": "Late", "contact_name": "Joe", "is_answered": True, "is_mine": False}
        )
        case = wizard._create_case()
        self.assertEqual(case.date_first_response.isoformat(" "), NOW)
        self.assertFalse(case.user_id)
        self.assertFalse(case.partner_id)
        self.assertEqual(case.contact_name, "Joe")

    def test_an_agent_of_another_team_enters_cases(self):
        zoe = self.make_agent(name="Zoe")
        own = self.make_team("Workshop", members=zoe, sequence=99)
        Case = self.Case.with_user(zoe)
        self.assertEqual(Form(Case).team_id, own)
        case = Case.create({"name": "Late", "partner_id": self.customer.id})
        self.assertEqual(case.team_id, own)
        lead = self.make_agent(name="Lea")
        self.make_team("Yard", sequence=98).leader_id = lead
        self.assertEqual(self.Team.with_user(lead)._get_default(self.company).name, "Yard")
        self.assertEqual(self.Team._get_default(self.company), self.team)
        elsewhere = self.make_company("Elsewhere")
        self.assertEqual(
            self.Team.with_user(zoe).sudo()._get_default(elsewhere).company_id, elsewhere
        )

    def test_who_is_in_no_team_enters_what_he_hears_on_the_phone(self):
        zoe = self.make_agent(name="Zoe")
        Intake = self.Intake.with_user(zoe)
        call = {"name": "Late", "contact_name": "Joe", "is_answered": True}
        action = Intake.create({**call, "is_mine": False}).action_save()
        case = self.Case.search([("name", "=", "Late"), ("contact_name", "=", "Joe")])
        self.assertEqual((case.team_id, case.create_uid), (self.team, zoe))
        self.assertFalse(case.user_id)
        self.assertTrue(case.date_first_response)
        # it is with others now: he is told where, and does not see it
        self.assertFalse(case.with_user(zoe).has_access("read"))
        self.assertIn(self.team.name, action["params"]["message"])
        mine = Intake.create({**call, "is_mine": True})._create_case()
        self.assertEqual((mine.user_id, mine.stage_kind), (zoe, "accepted"))

    def test_the_phone_opens_no_door(self):
        call = {"name": "Late", "contact_name": "Joe", "is_mine": False}
        other = self.make_company("Elsewhere")
        with self.assertRaises(UserError):
            self.Intake.create({**call, "company_id": other.id}).action_save()
        reader = self.make_user("all")
        with self.assertRaises(AccessError):
            self.env["complaint.intake"].with_user(reader).sudo().create(call).sudo(
                False
            )._create_case()

    def test_who_and_what_are_asked_for(self):
        with self.assertRaises(UserError):
            self.Intake.create({"name": "Late"})._create_case()
        with self.assertRaises(UserError):
            self.Intake.create({"contact_name": "Joe"})._create_case()

    def test_a_case_he_calls_about_is_followed_on(self):
        old = self.make_case()
        wizard = self.Intake.create(
            {"name": "Again", "partner_id": self.customer.id, "case_id": old.id}
        )
        self.assertEqual(wizard.action_open_case()["res_id"], old.id)
        self.assertEqual(wizard._create_case().previous_case_id, old)

    def test_from_an_order(self):
        order = self.make_order(self.customer, 100)
        seller = self.make_agent(
            "complaint_handling.complaint_handling_group_agent,"
            "sales_team.group_sale_salesman_all_leads"
        )
        form = Form(
            self.env["complaint.intake"]
            .with_user(seller)
            .with_context(default_sale_order_id=order.id)
        )
        self.assertEqual(form.partner_id, self.customer)
        self.assertEqual(form.sale_order_id, order)
