"""The public form: open where switched on, guarded, and quiet about whom we know."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.complaint_handling.models.complaint_form_attempt import LIMITS

from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestPublicForm(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(cls.mails_may_leave())
        cls.company.write({"complaint_public_form": True, "email": "office@lantern.example"})
        cls.path = f"/complaint/{cls.company.id}"
        cls.Mail = cls.env["mail.mail"]

    def setUp(self):
        super().setUp()
        self.go_as(None)

    def send(self, files=None, **values):
        return self.post(
            f"{self.path}/submit",
            files=files,
            **{
                "name": "Eve",
                "email": "eve@new.example",
                "subject": "Fell off the wall",
                "text": "In the night.",
                **values,
            },
        )

    def newest(self):
        return self.Case.search([("name", "=", "Fell off the wall")], order="id desc", limit=1)

    def confirm(self, case, **values):
        path = case._get_page_url("confirm").removeprefix(case.get_base_url())
        return self.post(path, **values)

    # ------------------------------------------------------------
    # Open or not
    # ------------------------------------------------------------

    def test_form_is_there_only_where_switched_on_and_live(self):
        self.assertEqual(self.get(self.path).status_code, 200)
        for values in (
            {"complaint_public_form": False},
            {"complaint_public_form": True, "go_live_date": "2100-01-01"},
        ):
            self.company.write(values)
            self.assertEqual(self.get(self.path).status_code, 404)
            self.assertEqual(self.send().status_code, 404)
        self.assertEqual(self.get("/complaint/999999999").status_code, 404)
        self.assertFalse(self.newest())

    # ------------------------------------------------------------
    # A case
    # ------------------------------------------------------------

    def test_case_and_clock_start_at_once_and_the_sender_is_asked(self):
        team = self.make_team("Front desk")
        self.company.complaint_public_team_id = team
        page = self.send(files=[("attachment", ("wall.txt", b"wall", "text/plain"))])
        self.assertIn("eve@new.example", page.text)
        case = self.newest()
        self.assertNotIn(case.number, page.text)
        self.assertRecordValues(
            case,
            [
                {
                    "channel": "form",
                    "is_unconfirmed": True,
                    "team_id": team.id,
                    "contact_name": "Eve",
                    "email_from": "eve@new.example",
                    "partner_id": False,
                    "contact_id": False,
                }
            ],
        )
        self.assertEqual(case.message_attachment_count, 1)
        self.assertIn("running", case.clock_ids.mapped("state"))
        mail = self.Mail.search([("model", "=", "complaint.case"), ("res_id", "=", case.id)])
        self.assertEqual((mail.email_to, mail.state), ("eve@new.example", "outgoing"))
        self.assertIn(case._get_page_url("confirm"), mail.body_html)
        self.assertNotIn(case.number, mail.body_html + mail.subject)
        # who reads the history of the case cannot confirm in his place
        self.assertNotIn("/complaint/confirm", mail.mail_message_id.body)
        self.assertIn("Fell off the wall", mail.mail_message_id.body)

    def test_confirmation_mail_is_all_he_gets_before(self):
        self.company.complaint_customer_mail = True
        self.send()
        case = self.newest()
        self.assertEqual(len(self.mails_of(case)), 1)
        self.confirm(case)
        self.assertFalse(case.is_unconfirmed)
        mails = self.mails_of(case)
        self.assertEqual(len(mails), 2)
        self.assertIn(case.number, mails[0].subject)
        self.confirm(case)
        self.assertEqual(self.mails_of(case), mails, "a second click sends nothing")

    def mails_of(self, case):
        return self.Mail.search(
            [("model", "=", "complaint.case"), ("res_id", "=", case.id)], order="id desc"
        )

    def test_opening_the_link_confirms_nothing(self):
        self.send()
        case = self.newest()
        url = case._get_page_url("confirm").removeprefix(case.get_base_url())
        self.assertIn("Is it your message?", self.get(url).text)
        self.env.invalidate_all()
        self.assertTrue(case.is_unconfirmed)
        self.assertNotIn(case.number, self.get(url).text)

    # ------------------------------------------------------------
    # Whom we know
    # ------------------------------------------------------------

    def test_known_address_gets_the_same_answer_and_links_to_nothing(self):
        known = self.send(email=self.person.email)
        case = self.newest()
        self.assertFalse(case.partner_id | case.contact_id)
        self.assertFalse(case.message_ids.author_id & self.person)
        unknown = self.send(email="eve@new.example")
        without = [
            page.text.replace(address, "")
            for page, address in ((known, self.person.email), (unknown, "eve@new.example"))
        ]
        self.assertEqual(self.strip(without[0]), self.strip(without[1]))
        self.assertNotIn(case, self.Case.search(self.Case._get_customer_domain(self.ada)))

    def strip(self, html):
        """Leave out what differs from request to request."""
        return html.split("<main>")[1].split("</main>")[0]

    def test_confirmed_sender_is_linked_to_the_one_contact_with_his_address(self):
        self.send(email=self.person.email)
        case = self.newest()
        self.confirm(case)
        self.assertEqual((case.contact_id, case.partner_id), (self.person, self.customer))
        self.assertEqual(case.service_class, "key")
        self.assertEqual(case._get_customer_messages().author_id, self.person)
        self.env["res.partner"].create({"name": "Second", "email": "eve@new.example"})
        self.env["res.partner"].create({"name": "Third", "email": "eve@new.example"})
        self.send()
        case = self.newest()
        self.confirm(case)
        self.assertFalse(case.contact_id, "two have this address: an agent decides")

    # ------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------

    def test_programs_fall_into_the_honeypot(self):
        page = self.send(homepage="http://spam.example")
        self.assertIn("One more step", page.text)
        self.assertFalse(self.newest())

    def test_too_many_from_one_address_are_refused(self):
        for _number in range(LIMITS["email"]):
            self.assertEqual(self.send().status_code, 200)
        page = self.send()
        self.assertEqual(page.status_code, 429)
        self.assertIn("In the night.", page.text, "what was written is not lost")
        cases = self.Case.search([("name", "=", "Fell off the wall")])
        self.assertEqual(len(cases), LIMITS["email"])
        self.assertEqual(self.send(email="other@new.example").status_code, 200)

    def test_attempts_are_forgotten_after_an_hour_and_deleted_after_a_day(self):
        attempts = self.env["complaint.form.attempt"]
        now = fields.Datetime.now()
        with freeze_time(now):
            admitted = [attempts._admit("1.2.3.4", f"{n}@x.example") for n in range(21)]
            self.assertEqual(admitted, [True] * LIMITS["ip"] + [False])
            self.assertTrue(attempts._admit("5.6.7.8", "0@x.example"))
        with freeze_time(now + timedelta(hours=1, seconds=1)):
            self.assertTrue(attempts._admit("1.2.3.4", "20@x.example"))
        self.assertNotIn("1.2.3.4", str(attempts.search([]).mapped("fingerprint")))
        with freeze_time(now + timedelta(days=1, seconds=1)):
            attempts._gc_attempts()
            self.assertEqual(attempts.search_count([]), 2)

    def test_captcha_of_odoo_is_asked(self):
        asked = []

        def verify(self, action):
            asked.append(action)
            raise UserError(self.env._("Suspicious activity"))

        with (
            patch.object(self.registry["ir.http"], "_verify_request_recaptcha_token", verify),
            mute_logger("odoo.http"),
        ):
            self.assertEqual(self.send().status_code, 422)
        self.assertEqual(asked, ["complaint_form"])
        self.assertFalse(self.newest())

    def test_wrong_address_and_large_files_are_said(self):
        self.assertIn("does not look like a mail address", self.send(email="eve").text)
        large = ("attachment", ("film.bin", b"0" * (10 * 1024 * 1024 + 1), "video/mp4"))
        self.assertIn("film.bin is larger", self.send(files=[large]).text)
        self.assertFalse(self.newest())

    def test_form_speaks_the_language_of_the_visitor(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.opener.cookies.set("frontend_lang", "zh_CN")
        self.send()
        self.assertEqual(self.newest().customer_lang, "zh_CN")
