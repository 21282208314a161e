"""What counts as an answer to the customer, and stays as its proof."""

from datetime import datetime

from markupsafe import Markup
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import NOW, ComplaintCase

COMMENT = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}


@tagged("post_install", "-at_install")
class TestProof(ComplaintCase):
    def setUp(self):
        super().setUp()
        self.at(NOW)
        self.case = self.make_case(user_id=self.mia.id)
        self.mias = self.case.with_user(self.mia)

    def post(self, **values):
        with self.mails_may_leave():
            return self.mias.message_post(**COMMENT, **values)

    def test_an_answer_counts_from_now_on(self):
        for date in ("2024-07-03 08:10:00", "2024-07-09 08:00:00"):
            case = self.make_case(user_id=self.mia.id)
            self.at("2024-07-05 09:00:00")
            with self.mails_may_leave():
                case.with_user(self.mia).message_post(body="Sorry", date=date, **COMMENT)
            now = datetime(2024, 7, 5, 9)
            self.assertEqual((case.date_first_response, case.date_last_answer), (now, now))
            clock = self.clock(case, "first_response")
            self.assertEqual((clock.state, clock.date_met), ("breached", now))

    def test_a_mail_counts_from_when_it_was_sent(self):
        self.at("2024-07-03 12:00:00")
        self.customer_writes(self.case, "2024-07-03 10:00:00")
        self.assertEqual(self.case.date_last_customer, datetime(2024, 7, 3, 10))
        # his clock is fast
        self.customer_writes(self.case, "2024-07-04 10:00:00")
        self.assertEqual(self.case.date_last_customer, datetime(2024, 7, 3, 12))

    def test_an_empty_message_answers_nobody(self):
        for body in ("", " ", "<p><br></p>"):
            self.post(body=Markup(body))
        self.assertFalse(self.case.date_first_response)
        file = self.env["ir.attachment"].with_user(self.mia).create({"name": "a.txt", "raw": b"a"})
        message = self.post(attachment_ids=file.ids)
        self.assertEqual(self.clock(self.case, "first_response").proof_message_id, message)

    def test_a_proof_is_neither_emptied_nor_deleted(self):
        message = self.answer(self.case)
        self.assertEqual(message.create_uid, self.mia)
        for act in (
            message.unlink,
            lambda: message.write({"body": ""}),
            lambda: message.write({"body": "<p><br></p>"}),
            # as the screen does it
            lambda: self.mias.sudo()._message_update_content(message, body="", attachment_ids=[]),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                act()
        self.mias.sudo()._message_update_content(message, body="We look into it at once.")
        self.assertIn("at once", message.body)

    def test_files_that_prove_stay(self):
        file = self.env["ir.attachment"].with_user(self.mia).create({"name": "a.txt", "raw": b"a"})
        message = self.post(attachment_ids=file.ids)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.mias.sudo()._message_update_content(message, body=None, attachment_ids=[])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            message.write({"attachment_ids": [Command.clear()]})

    def test_the_told_decision_stays_and_other_messages_go(self):
        self.solve(self.case)
        decision = self.case.communicated_message_id
        with self.assertRaises(UserError), self.env.cr.savepoint():
            decision.with_user(self.mia).unlink()
        other = self.post(body="And thank you.")
        note = self.mias.message_post(body="Nice man")
        (other | note).unlink()
        self.assertFalse((other | note).exists())
        self.case.unlink()
        self.assertFalse(decision.exists())
