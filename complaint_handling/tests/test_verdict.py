"""The customer's word: solved or not, two ratings, by the links in our letters."""

from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .portal_common import PortalCase


class VerdictCase(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(cls.mails_may_leave())
        cls.company.write({"complaint_customer_mail": True, "email": "office@lantern.example"})
        cls.Mail = cls.env["mail.mail"]

    def setUp(self):
        super().setUp()
        self.go_as(None)

    def path(self, page, case=None, **query):
        case = case or self.case
        return case._get_page_url(page, **query).removeprefix(case.get_base_url())

    def letters(self, name=None, case=None):
        """Return the letters about a case, of one template by its name."""
        domain = [("case_id", "=", (case or self.case).id)]
        if name:
            template = self.env.ref(f"complaint_handling.mail_template_{name}")
            domain.append(("template_id", "=", template.id))
        return self.env["complaint.notice"].search(domain)


@tagged("post_install", "-at_install")
class TestVerdict(VerdictCase):
    def test_yes_closes(self):
        self.solve(self.case)
        page = self.get(self.path("verdict", answer="yes")).text
        self.assertIn("Is the matter solved?", page)
        self.assertEqual(self.case.stage_kind, "resolved", "opening the link says nothing")
        page = self.post(self.path("verdict"), answer="yes", outcome="5", handling="4").text
        self.assertIn("Thank you", page)
        self.assertEqual((self.case.stage_kind, self.case.rating_outcome), ("closed", 5))
        self.assertEqual(self.case.verification_state, "confirmed")
        self.assertIn("have your answer already", self.get(self.path("verdict")).text)

    def test_rating_is_not_needed_for_a_yes(self):
        self.solve(self.case)
        self.post(self.path("verdict"), answer="yes")
        self.assertEqual((self.case.stage_kind, self.case.rating_outcome), ("closed", 0))
        self.assertFalse(self.letters("rating"), "he had the choice")

    def test_no_takes_it_up_again_with_his_words(self):
        self.solve(self.case)
        page = self.post(self.path("verdict"), answer="no").text
        self.assertIn("what is still wrong", page)
        self.assertEqual(self.case.stage_kind, "resolved")
        page = self.post(self.path("verdict"), answer="no", note="Sparks").text
        self.assertIn("take it up again", page)
        self.assertEqual((self.case.stage_kind, self.case.run), ("progress", 2))
        self.assertEqual(self.words_of(self.case)[-1], "Sparks")
        self.assertIn("working on it", self.get(self.path("verdict")).text)

    def test_low_rating_takes_it_up_again_whatever_was_clicked(self):
        self.solve(self.case)
        self.post(self.path("verdict"), answer="yes", outcome="2", handling="5", note="Meh")
        self.assertEqual((self.case.stage_kind, self.case.rating_outcome), ("progress", 2))

    def test_low_rating_after_closing_reopens_in_the_grace_only(self):
        self.solve(self.case)
        self.case._close()
        self.post(self.path("rating"), outcome="1", handling="1", note="No")
        self.assertEqual(self.case.stage_kind, "progress")
        late = self.make_case()
        self.solve(late)
        late._close()
        late.date_closed = fields.Datetime.now() - timedelta(days=8)
        self.assertIn("closed", self.get(self.path("verdict", late)).text)
        self.post(self.path("rating", late), outcome="1", handling="1", note="No")
        self.assertEqual((late.stage_kind, late.rating_outcome), ("closed", 1))

    def test_next_solution_is_judged_anew(self):
        self.solve(self.case)
        self.post(self.path("verdict"), answer="no", outcome="1", handling="1", note="No")
        self.solve(self.case)
        self.post(self.path("verdict"), answer="yes", outcome="5", handling="5")
        self.assertEqual((self.case.stage_kind, self.case.rating_outcome), ("closed", 5))
        self.assertEqual(sorted(self.case.rating_ids.mapped("rating")), [1, 5])

    def test_links_fit_their_page_and_case_only(self):
        self.solve(self.case)
        other = self.make_case()
        tokens = {page: self.case._get_page_token(page) for page in ("verdict", "rating")}
        for path in (
            f"/complaint/solved/{self.case.id}/{tokens['rating']}",
            f"/complaint/rating/{self.case.id}/{tokens['verdict']}",
            f"/complaint/confirm/{self.case.id}/{tokens['verdict']}",
            f"/complaint/solved/{other.id}/{tokens['verdict']}",
            f"/complaint/solved/{self.case.id}/ü",
        ):
            self.assertEqual(self.get(path).status_code, 404, path)
            self.assertEqual(self.post(path, answer="yes").status_code, 404, path)
        self.assertEqual(self.case.stage_kind, "resolved")

    def test_nonsense_is_no_rating(self):
        self.solve(self.case)
        for outcome in ("0", "6", "-1", "5.5", "", "x", "⁵"):
            page = self.post(self.path("rating"), outcome=outcome, handling="5")
            self.assertEqual(page.status_code, 200)
            self.assertIn("Choose a number", page.text)
        self.assertFalse(self.case.rating_outcome)

    def test_nobody_here_enters_a_rating(self):
        case = self.case.with_user(self.mia)
        for values in ({"rating_outcome": 5}, {"rating_handling": 5}, {"verdict_run": 1}):
            with self.assertRaises(AccessError):
                case.write(values)

    # ------------------------------------------------------------
    # Odoo's own ways to rate
    # ------------------------------------------------------------

    def test_rating_on_the_page_of_odoo_lands_here_too(self):
        self.solve(self.case)
        token = self.case._rating_get_access_token()
        self.get(f"/rate/{token}/5")
        self.assertFalse(self.case.rating_outcome)
        self.post(f"/rate/{token}/submit_feedback", rate="1", feedback="Bad")
        self.assertEqual((self.case.rating_outcome, self.case.stage_kind), (1, "progress"))

    def test_no_rating_comes_in_with_a_message(self):
        self.solve(self.case)
        token = self.case._portal_ensure_token()
        params = {
            "thread_model": "complaint.case",
            "thread_id": self.case.id,
            "post_data": {"body": "Great", "rating_value": 5},
            "token": token,
        }
        self.make_jsonrpc_request("/mail/message/post", params)
        self.assertFalse(self.case.rating_ids.filtered("consumed"))

    # ------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------

    def remind(self, days):
        with freeze_time(fields.Datetime.now() + timedelta(days=days)):
            self.env.ref("complaint_handling.ir_cron_remind_of_ratings").method_direct_trigger()
        self.env.invalidate_all()

    def test_who_said_nothing_is_asked_and_reminded_once(self):
        self.solve(self.case)
        self.case._close()
        self.assertEqual(len(self.letters("rating")), 1)
        self.assertFalse(self.letters("closed"), "one letter is enough")
        self.remind(2)
        self.assertFalse(self.letters("rating_reminder"))
        self.remind(4)
        self.remind(5)
        self.assertEqual(len(self.letters("rating_reminder")), 1)
        self.assertFalse(self.case.date_rating_asked)

    def test_who_is_asked_whether_it_is_solved_is_reminded_too(self):
        self.solve(self.case)
        self.case._send_template("complaint_handling.mail_template_verify", key="1")
        self.remind(4)
        self.assertEqual(len(self.letters("rating_reminder")), 1)

    def test_who_was_called_is_not_asked_again(self):
        self.solve(self.case)
        verification = self.case.verification_id
        self.assertEqual(verification.method, "call")
        verification._confirm(4, 5, "Fine")
        self.assertEqual((self.case.stage_kind, self.case.rating_outcome), ("closed", 4))
        self.assertFalse(self.case._may_rate())
        self.assertTrue(self.letters("closed"))
        self.assertFalse(self.letters("rating"))

    def test_who_did_not_object_is_asked(self):
        self.policy.verification = "silence"
        self.solve(self.case)
        self.case.verification_id._confirm(note="No objection")
        self.assertTrue(self.letters("rating"))

    def test_refusal_by_mistake_can_be_undone_in_spite_of_its_reason(self):
        """His reason is part of the refusal, not something that happened since."""
        self.solve(self.case)
        self.post(self.path("verdict"), answer="no", note="Sparks")
        verification = self.case.verification_ids.filtered(lambda each: each.state == "refused")
        self.assertTrue(verification._may_undo())

    def test_what_was_told_by_phone_is_sent_in_writing(self):
        self.solve(self.case)
        self.assertFalse(self.letters("resolved"), "he has our message")
        told = self.make_case()
        wizard = self.env["complaint.resolve"].create(
            {
                "case_id": told.id,
                "is_told": True,
                "told_note": "Ada, by phone",
                "remedy_granted": "A new lantern",
            }
        )
        wizard.action_confirm()
        self.assertEqual(len(self.letters("resolved", told)), 1)

    def test_who_closes_may_tell_the_customer_himself(self):
        self.solve(self.case)
        self.case.with_context(complaint_no_closing_letter=True)._close()
        self.assertFalse(self.letters("rating") + self.letters("closed"))

    def test_who_answered_is_not_reminded(self):
        self.solve(self.case)
        self.case._close()
        self.post(self.path("rating"), outcome="4", handling="4")
        self.remind(4)
        self.assertFalse(self.letters("rating_reminder"))

    def test_nobody_is_reminded_of_a_case_that_is_open_again(self):
        self.solve(self.case)
        self.case._close()
        self.case._reopen("Again")
        self.remind(4)
        self.assertFalse(self.letters("rating_reminder"))

    def test_reminding_can_be_switched_off(self):
        self.company.complaint_rating_remind_days = 0
        self.solve(self.case)
        self.case._close()
        self.remind(30)
        self.assertFalse(self.letters("rating_reminder"))
