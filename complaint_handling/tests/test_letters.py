"""Letters to customers: off until switched on, once only, in his language and time zone."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import ComplaintCase

LETTERS = (
    "acknowledge",
    "confirm",
    "wait_reminder",
    "closed_no_answer",
    "resolved",
    "verify",
    "rating",
    "rating_reminder",
    "closed",
)


@tagged("post_install", "-at_install")
class TestLetters(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(cls.mails_may_leave())
        cls.company.write({"complaint_customer_mail": True, "email": "office@lantern.example"})
        cls.Mail = cls.env["mail.mail"]
        cls.person.write({"lang": "en_US", "tz": "Asia/Shanghai"})

    def mails_of(self, case):
        return self.Mail.search([("model", "=", "complaint.case"), ("res_id", "=", case.id)])

    def template(self, name):
        return self.env.ref(f"complaint_handling.mail_template_{name}")

    # ------------------------------------------------------------
    # Acknowledgement
    # ------------------------------------------------------------

    def test_acknowledgement_says_number_promise_and_hours(self):
        self.make_policy(
            [("first_response", 4, "hour", "working"), ("resolve", 3, "day", "working")]
        )
        case = self.make_case(name="Wet wick")
        mail = self.mails_of(case)
        self.assertEqual((mail.state, mail.recipient_ids), ("outgoing", self.person))
        self.assertIn(case.number, mail.subject)
        for words in (
            "Wet wick",
            case.number,
            # noon in UTC, where the team works
            "Wednesday, July 3, 2024, 8:00",
            "Mon–Fri 8:00–12:00, 13:00–17:00 (UTC)",
            case.access_token,
        ):
            self.assertIn(words, mail.body_html)
        self.assertFalse(case.date_first_response, "a machine's letter is no answer")

    def test_nothing_leaves_before_the_switch_and_going_live(self):
        self.company.complaint_customer_mail = False
        self.assertFalse(self.mails_of(self.make_case()))
        self.company.write({"complaint_customer_mail": True, "go_live_date": "2100-01-01"})
        self.assertFalse(self.mails_of(self.make_case()))

    def test_letter_leaves_once(self):
        case = self.make_case()
        case._acknowledge()
        self.assertEqual(len(self.mails_of(case)), 1)

    def test_letter_is_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.person.lang = "zh_CN"
        self.template("acknowledge").with_context(lang="zh_CN").subject = "收到 {{ object.number }}"
        case = self.make_case()
        mail = self.mails_of(case)
        self.assertEqual(mail.subject, f"收到 {case.number}")
        self.assertIn("星期", mail.body_html)

    def test_sender_without_contact_is_written_to_at_his_address(self):
        case = self.make_case(
            partner_id=False, contact_id=False, email_from="eve@new.example", contact_name="Eve"
        )
        mail = self.mails_of(case)
        self.assertEqual((mail.email_to, mail.recipient_ids.ids), ("eve@new.example", []))
        self.assertIn("Eve", mail.body_html)

    def test_hundred_cases_are_acknowledged_with_one_query_where_switched_off(self):
        self.company.complaint_customer_mail = False
        cases = self.Case.create([{"name": "Many", "company_id": self.company.id}] * 100)
        self.env.flush_all()
        cases._acknowledge()
        with self.assertQueryCount(1):  # whether the template is still there
            cases._acknowledge()

    # ------------------------------------------------------------
    # Hours in words
    # ------------------------------------------------------------

    def make_calendar(self, lines, **vals):
        return self.env["resource.calendar"].create(
            {
                "name": "Hours",
                "tz": "UTC",
                "company_id": self.company.id,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "x",
                                "dayofweek": str(day),
                                "hour_from": start,
                                "hour_to": end,
                                **(more[0] if more else {}),
                            }
                        )
                        for day, start, end, *more in lines
                    ),
                ],
                **vals,
            }
        )

    def test_days_with_the_same_hours_are_put_together(self):
        calendar = self.make_calendar(
            [(0, 8, 12), (1, 8, 12), (3, 8, 12), (4, 9.5, 12), (4, 13, 17.25)]
        )
        self.assertEqual(
            calendar._get_hours_in_words("en_US"),
            "Mon–Tue 8:00–12:00; Thu 8:00–12:00; Fri 9:30–12:00, 13:00–17:15 (UTC)",
        )

    def test_alternating_weeks_are_both_said(self):
        calendar = self.make_calendar(
            [(0, 8, 12, {"week_type": "0"}), (1, 8, 12, {"week_type": "1"})],
            two_weeks_calendar=True,
        )
        words = calendar._get_hours_in_words("en_US")
        self.assertEqual(words, "Mon 8:00–12:00 / Tue 8:00–12:00 (UTC)")

    # ------------------------------------------------------------
    # Samples
    # ------------------------------------------------------------

    def test_each_letter_can_be_read_as_a_sample(self):
        self.solve(self.make_case(name="Sample case"))
        before = self.Mail.search([])
        for name in LETTERS:
            template = self.template(name).with_user(self.head)
            template.action_send_complaint_sample()
        samples = self.Mail.search([]) - before
        self.assertEqual(len(samples), len(LETTERS))
        for mail in samples:
            self.assertEqual(mail.email_to, self.head.email_formatted)
            self.assertFalse(mail.recipient_ids)
            self.assertFalse(mail.res_id)
            self.assertIn("Ada", mail.body_html)
            # nobody here speaks for the customer by a sample
            self.assertNotRegex(mail.body_html, "/complaint/|access_token")

    def test_samples_are_for_managers_and_need_a_case(self):
        template = self.template("acknowledge")
        with self.assertRaisesRegex(UserError, "complaint manager"):
            template.with_user(self.mia).action_send_complaint_sample()
        self.Case.search([("company_id", "=", self.company.id)]).unlink()
        with self.assertRaisesRegex(UserError, "no case yet"):
            template.with_user(self.head).action_send_complaint_sample()
