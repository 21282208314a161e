from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestCaseTours(HttpCase):
    """An agent with no other rights works through his cases; the tours count his clicks."""

    browser_size = "1366x768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Tour Company"})
        cls.agent = new_test_user(
            cls.env,
            "tour_agent",
            groups="complaint_handling.complaint_handling_group_agent",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            email="agent@tour.example",
            tz="Europe/Brussels",
        )
        cls.team = cls.env["complaint.team"].search([("company_id", "=", cls.company.id)])
        cls.team.member_ids = [Command.create({"user_id": cls.agent.id})]
        cls.customer = cls.env["res.partner"].create({"name": "Acme", "is_company": True})
        cls.person = cls.env["res.partner"].create(
            {
                "name": "Ada",
                "parent_id": cls.customer.id,
                "email": "ada@acme.example",
                "phone": "+32 2 555 01 77",
            }
        )
        cls.case = cls.env["complaint.case"].create(
            {
                "name": "Broken lantern",
                "company_id": cls.company.id,
                "contact_id": cls.person.id,
                "description": "<p>It came without glass.</p>",
            }
        )

    def test_take_answer_solve(self):
        self.start_tour("/odoo/my-cases", "complaint_handling_case", login="tour_agent")
        self.assertEqual(self.case.stage_kind, "resolved")
        self.assertEqual(self.case.user_id, self.agent)
        self.assertEqual(self.case.remedy_granted, "A new lantern")
        self.assertTrue(self.case.date_first_response)
        self.assertEqual(self.case.communicated_message_id.partner_ids, self.person)

    def test_complaint_by_phone(self):
        self.start_tour("/odoo/my-cases", "complaint_handling_phone", login="tour_agent")
        case = self.env["complaint.case"].search([("name", "=", "Charged twice")])
        self.assertEqual((case.partner_id, case.contact_id), (self.customer, self.person))
        self.assertEqual((case.severity, case.channel, case.kind), ("high", "phone", "complaint"))
        self.assertEqual((case.user_id, case.stage_kind), (self.agent, "accepted"))
        self.assertFalse(case.date_first_response, "taking it down is no answer yet")

    def test_countdown(self):
        # 24 hours were promised
        self.case.date_received = fields.Datetime.now() - timedelta(hours=23, minutes=53)
        for clock in self.case.clock_ids:
            clock.sudo().write({"date_start": self.case.date_received})
            clock.interval_ids.sudo().write({"date_start": self.case.date_received})
        self.case.clock_ids._set_due(self.case.clock_ids._get_timelines())
        self.start_tour("/odoo/my-cases", "complaint_handling_countdown", login="tour_agent")

    def test_board(self):
        self.start_tour("/odoo/complaint-cases", "complaint_handling_board", login="tour_agent")
        self.assertEqual((self.case.user_id, self.case.stage_kind), (self.agent, "accepted"))
