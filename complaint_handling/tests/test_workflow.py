from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import NOW, ComplaintCase


@tagged("post_install", "-at_install")
class TestWorkflow(ComplaintCase):
    def setUp(self):
        super().setUp()
        self.at(NOW)
        self.case = self.make_case()

    def test_a_contact_brings_his_company_and_its_level(self):
        case = self.make_case(partner_id=self.person.id, contact_id=False)
        self.assertEqual(case.partner_id, self.customer)
        self.assertEqual(case.contact_id, self.person)
        self.assertEqual(case.tier_id, self.customer.with_company(self.company).tier_id)
        self.assertEqual(case.service_class, "key")

    def test_numbers_are_drawn_per_company_without_gaps(self):
        other = self.make_company("Second")
        cases = self.Case.create(
            [{"name": "A", "company_id": c.id} for c in (other, self.company, other)]
        )
        first, mine, second = cases
        self.assertEqual(int(second.number[-5:]), int(first.number[-5:]) + 1)
        self.assertEqual(int(mine.number[-5:]), int(self.case.number[-5:]) + 1)
        self.assertEqual(first.team_id.company_id, other)

    def test_safety_makes_critical(self):
        category = self.env.ref("complaint_handling.complaint_category_product_safety")
        case = self.make_case(category_id=category.id, severity="low")
        self.assertTrue(case.is_safety)
        self.assertEqual(case.severity, "critical")

    def test_take_assigns_and_accepts(self):
        self.case.with_user(self.mia).action_take()
        self.assertEqual(self.case.user_id, self.mia)
        self.assertEqual(self.case.stage_kind, "accepted")
        self.assertEqual(self.case.date_accepted, datetime.fromisoformat(NOW))
        self.assertEqual(self.case.held_by_id, self.mia)

    def test_order_of_work(self):
        basic = self.make_customer("Small", tier="BASIC")
        low = self.make_case(severity="low")
        high = self.make_case(severity="high", partner_id=basic.id, contact_id=False)
        key = self.make_case(severity="high")
        found = self.Case.search([("id", "in", (low | high | key).ids)])
        self.assertEqual(list(found), [key, high, low])

    def test_only_a_human_answer_counts(self):
        case = self.case.with_user(self.mia)
        case.message_post(body="A note", subtype_xmlid="mail.mt_note")
        case.action_take()
        self.assertFalse(self.case.date_first_response)
        message = self.answer(self.case)
        self.assertEqual(self.case.date_first_response, datetime.fromisoformat(NOW))
        clock = self.clock(self.case, "first_response")
        self.assertEqual(clock.state, "met")
        self.assertEqual(clock.proof_message_id, message)

    def test_solved_only_when_told(self):
        self.case.with_user(self.mia).action_take()
        with self.assertRaises(UserError):
            self.case.stage_id = self.env["complaint.stage"]._get("resolved")
        with self.assertRaises(UserError):
            self.case.action_close()
        self.solve(self.case)
        self.assertEqual(self.case.stage_kind, "resolved")
        self.assertEqual(self.case.remedy_granted, "A new lantern")
        self.assertTrue(self.case.communicated_message_id)
        self.assertEqual(self.clock(self.case, "resolve").state, "met")
        self.assertEqual(self.clock(self.case, "first_response").state, "met")
        self.assertEqual(self.case.held_by, "verification")

    def test_customer_reopens_within_the_grace(self):
        self.solve(self.case)
        self.case.action_close()
        self.at("2024-07-08 08:00:00")
        self.customer_writes(self.case)
        self.assertEqual(self.case.stage_kind, "progress")
        self.assertFalse(self.case.date_closed)
        self.assertFalse(self.case.date_resolved)
        self.assertEqual(self.case.reopen_count, 1)
        clock = self.clock(self.case, "resolve")
        self.assertEqual(clock.run, 2)
        self.assertEqual(clock.date_start, datetime(2024, 7, 8, 8))
        self.assertEqual(clock.target_seconds, 3 * 8 * 3600)

    def test_customer_opens_a_new_case_later(self):
        self.solve(self.case)
        self.case.action_close()
        self.at("2024-07-20 08:00:00")
        self.customer_writes(self.case)
        self.assertEqual(self.case.stage_kind, "closed")
        following = self.Case.search([("previous_case_id", "=", self.case.id)])
        self.assertEqual(following.partner_id, self.customer)
        self.assertIn("still broken", following.description)

    def test_waiting_stops_the_clock_until_the_customer_writes(self):
        case = self.case.with_user(self.mia)
        case.action_take()
        self.answer(self.case)
        due = self.clock(self.case, "resolve").date_due
        self.assertMoment(due, "2024-07-05 17:00:00")
        self.at("2024-07-03 10:00:00")
        case._pause(self.env.ref("complaint_handling.complaint_pause_reason_customer"))
        clock = self.clock(self.case, "resolve")
        self.assertEqual(clock.state, "paused")
        self.assertFalse(clock.date_due)
        self.assertEqual(clock.remaining_seconds, 22 * 3600)
        self.assertEqual(self.case.held_by, "customer")
        self.at("2024-07-04 10:00:00")
        self.customer_writes(self.case)
        self.assertEqual(clock.state, "running")
        self.assertMoment(clock.date_due, "2024-07-08 17:00:00")
        self.assertEqual(self.case.held_by, "agent")

    def test_an_agent_may_not_pause_for_a_manager_s_reason(self):
        reason = self.env.ref("complaint_handling.complaint_pause_reason_force")
        self.case.with_user(self.mia).action_take()
        with self.assertRaises(UserError):
            self.case.with_user(self.mia)._pause(reason)
        self.case.with_user(self.head)._pause(reason)

    def test_correction_of_severity_replans(self):
        self.make_policy([("resolve", 4, "hour", "working")], severity="critical")
        clock = self.clock(self.case, "resolve")
        self.case.with_user(self.mia).write({"severity": "critical"})
        self.assertMoment(clock.date_due, "2024-07-03 12:00:00")
        self.case.with_user(self.mia).write({"severity": "low"})
        self.assertMoment(clock.date_due, "2024-07-05 17:00:00")
