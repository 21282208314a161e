"""A case on paper, and the figures of complaints in the digest."""

from datetime import datetime

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestCaseReport(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cause = cls.env.ref("complaint_handling.complaint_cause_packing")

    def setUp(self):
        super().setUp()
        self.at("2024-07-03 08:00:00")
        self.case = self.make_case(description="<p>It fell from the wall</p>", user_id=self.mia.id)

    def live(self):
        """Answered, waited, solved, taken up again after the customer's message."""
        case = self.case.with_user(self.mia)
        case.action_take()
        self.at("2024-07-03 09:00:00")
        self.answer(self.case)
        self.at("2024-07-03 10:00:00")
        case._pause(self.env.ref("complaint_handling.complaint_pause_reason_customer"))
        self.at("2024-07-03 11:00:00")
        self.customer_writes(self.case)
        self.at("2024-07-08 08:00:00")
        self.solve(self.case)
        self.at("2024-07-08 09:00:00")
        self.customer_writes(self.case)

    def titles(self, user=None):
        case = self.case.with_user(user or self.mia)
        return [(event["date"], event["title"]) for event in case._get_timeline()]

    def render(self, name, user=None):
        reports = self.env["ir.actions.report"].with_user(user or self.mia)
        html, _type = reports._render_qweb_html(f"complaint_handling.{name}", self.case.ids)
        return html.decode()

    def test_timeline_tells_what_happened_in_order(self):
        self.live()
        events = self.titles()
        self.assertEqual(events, sorted(events, key=lambda event: event[0]))
        expected = [
            ("2024-07-03 08:00:00", "Received"),
            ("2024-07-03 08:00:00", "Accepted"),
            ("2024-07-03 09:00:00", "Answer of Mia"),
            ("2024-07-03 10:00:00", "Clock stopped"),
            ("2024-07-03 11:00:00", "Clock runs again"),
            ("2024-07-03 11:00:00", "Message of Ada"),
            ("2024-07-08 08:00:00", "Solved"),
            ("2024-07-08 09:00:00", "Message of Ada"),
            ("2024-07-08 09:00:00", "Taken up again"),
        ]
        for moment, title in expected:
            self.assertIn((datetime.fromisoformat(moment), title), events)

    def test_a_call_is_told_with_what_was_said(self):
        self.at("2024-07-03 09:00:00")
        self.case._note_answer(note="Spoke with Ada: sends a picture")
        [event] = [
            event for event in self.case._get_timeline() if event["title"] == "Answered by phone"
        ]
        self.assertEqual(event["text"], "Spoke with Ada: sends a picture")

    def test_who_may_not_read_the_case_gets_no_timeline(self):
        stranger = self.make_agent()
        with self.assertRaises(AccessError):
            self.titles(stranger)
        self.assertTrue(self.titles(self.anna))

    def test_paper_for_ourselves(self):
        self.live()
        self.case.write({"cause_id": self.cause.id, "remedy_granted": "A new lantern"})
        for user in (self.mia, self.anna):
            html = self.render("report_complaint_case", user)
            for words in (self.case.number, "It fell from the wall", "A new lantern", "Packing"):
                self.assertIn(words, html)

    def test_paper_for_the_customer_shows_nothing_internal(self):
        self.live()
        self.case.write({"cause_id": self.cause.id})
        self.case.with_user(self.mia).message_post(
            body="He always exaggerates.", subtype_xmlid="mail.mt_note"
        )
        html = self.render("report_complaint_case_customer")
        self.assertIn("We look into it.", html)
        self.assertIn("It is still broken.", html)
        for words in ("exaggerates", "Packing", "Escalat", "Severity", "Medium", "Clock"):
            self.assertNotIn(words, html)


@tagged("post_install", "-at_install")
class TestDigest(ComplaintCase):
    def setUp(self):
        super().setUp()
        self.at("2024-07-03 08:00:00")

    def figures(self, user, start, stop):
        digests = self.env["digest.digest"].with_user(user).sudo(False)
        digest = digests.sudo().create({"name": "Care", "company_id": self.company.id})
        digest = (
            digest.with_user(user)
            .sudo(False)
            .with_context(
                start_datetime=datetime.fromisoformat(start),
                end_datetime=datetime.fromisoformat(stop),
            )
        )
        return digest.kpi_complaints_late_value, digest.kpi_complaints_answered_value

    def test_figures(self):
        answered, late, _praise = (
            self.make_case(),
            self.make_case(),
            self.make_case(kind="praise"),
        )
        self.at("2024-07-03 09:00:00")
        self.answer(answered)
        self.at("2024-07-05 08:00:00")
        self.env["complaint.sla.clock"].search([("case_id", "=", late.id)])._settle(datetime.now())
        period = ("2024-07-03 00:00:00", "2024-07-05 00:00:00")
        self.assertEqual(self.figures(self.mia, *period), (1, 50))
        self.assertEqual(
            self.figures(self.mia, "2024-07-05 00:00:00", "2024-07-06 00:00:00"), (0, 0)
        )

    def test_without_rights_there_is_no_figure(self):
        with self.assertRaises(AccessError):
            self.figures(self.make_user(None), "2024-07-03 00:00:00", "2024-07-05 00:00:00")
