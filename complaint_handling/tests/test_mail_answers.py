from odoo.tests import tagged

from . import mails
from .mail_case import MailCase


@tagged("post_install", "-at_install")
class TestMailAnswers(MailCase):
    """Mails that answer a case, by people and by machines."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.waiting = cls.env["complaint.pause.reason"].search(
            [("waits_for", "=", "customer")], limit=1
        )

    def setUp(self):
        super().setUp()
        self.case = self.open_case()
        self.case.with_user(self.mia).action_take()

    def pause(self):
        """Wait for the customer, whose last message was long ago."""
        self.case.date_last_customer = False
        self.case._pause(self.waiting)
        self.assertTrue(self.case.pause_reason_id)

    # ------------------------------------------------------------
    # People
    # ------------------------------------------------------------

    def test_an_answer_is_posted_and_resumes(self):
        self.answer(self.case)
        self.pause()
        self.assertFalse(self.reply(self.case))
        self.assertFalse(self.case.pause_reason_id)
        message = self.last_message(self.case)
        self.assertEqual(message.author_id, self.person)
        self.assertFalse(message.subtype_id.internal)
        self.assertTrue(self.case.date_last_customer)

    def test_an_answer_with_attachments_and_new_copies(self):
        self.reply(self.case, mails.multipart, Cc="new@acme.example")
        self.assertEqual(len(self.last_message(self.case).attachment_ids), 2)
        self.assertEqual(self.case._get_copied_emails(), ["new@acme.example"])

    def test_the_number_in_the_subject_is_enough(self):
        mail = mails.raw(
            Subject=f"AW: Ihre Meldung [{self.case.number}] Laterne", Message_ID=self.new_id()
        )
        self.assertFalse(self.receive(mail))
        self.assertEqual(self.last_message(self.case).author_id, self.person)

    def test_a_strangers_number_in_the_subject_is_not(self):
        before = self.case.message_ids
        mail = mails.raw(
            Subject=f"[{self.case.number}]", From="eve@evil.example", Message_ID=self.new_id()
        )
        self.assertEqual(len(self.receive(mail)), 1)
        self.assertEqual(self.case.message_ids, before)

    def test_a_number_of_another_company_is_not(self):
        self.case.company_id.child_ids = False
        mail = mails.raw(
            To="help@torch.example", Subject=f"[{self.case.number}]", Message_ID=self.new_id()
        )
        self.assertEqual(self.receive(mail).company_id, self.second)

    def test_a_colleague_of_the_customer_counts(self):
        other = self.env["res.partner"].create(
            {"name": "Bea", "parent_id": self.customer.id, "email": "bea@acme.example"}
        )
        self.pause()
        self.assertFalse(self.reply(self.case, From="Bea <bea@acme.example>"))
        self.assertFalse(self.case.pause_reason_id)
        self.assertEqual(self.last_message(self.case).author_id, other)

    def test_a_stranger_is_kept_and_does_not_count(self):
        self.pause()
        with self.no_new_partner():
            self.assertFalse(self.reply(self.case, From="Eve <eve@evil.example>"))
        message = self.case.message_ids.filtered(lambda each: "eve@" in (each.email_from or ""))
        self.assertEqual(len(message), 1)
        self.assertTrue(message.subtype_id.internal)
        self.assertFalse(message.author_id)
        self.assertTrue(self.case.pause_reason_id)
        self.assertFalse(self.case.date_last_customer)
        # nobody but the agent is told
        told = self.Message.search(
            [("message_type", "=", "user_notification"), ("res_id", "=", self.case.id)]
        )
        self.assertEqual(told.partner_ids, self.mia.partner_id)
        self.assertIn("eve@evil.example", told.body)

    def test_whoever_is_in_copy_is_no_stranger(self):
        self.case.email_cc = "Eve <eve@friend.example>"
        self.assertFalse(self.reply(self.case, From="eve@friend.example"))
        message = self.last_message(self.case)
        self.assertFalse(message.subtype_id.internal)

    def test_a_colleague_answers_by_mail(self):
        self.mia.partner_id.email = "mia@lantern.example"
        with self.mails_may_leave() as left:
            self.reply(self.case, From="Mia <mia@lantern.example>")
        message = self.last_message(self.case)
        self.assertEqual(message.author_id, self.mia.partner_id)
        self.assertTrue(left)

    def test_an_answer_to_a_missing_case_opens_one(self):
        answer = self.answer(self.case)
        mail = mails.raw(
            b"Hello?", Message_ID=self.new_id(), In_Reply_To=answer.message_id, Subject="Re: x"
        )
        self.case.unlink()
        self.assertEqual(len(self.receive(mail)), 1)

    # ------------------------------------------------------------
    # Long after closing
    # ------------------------------------------------------------

    def end(self, case, moment):
        """Solve and close a case; return our answer, and go to a moment."""
        answer = self.answer(case)
        self.solve(case)
        case.action_close()
        self.assertEqual(case.stage_kind, "closed")
        self.at(moment)
        return answer

    def write_late(self, answer, maker=mails.raw, date="Sat, 20 Jul 2024 08:00:00 +0000"):
        """Let Ada answer one of our mails; return the cases her mail opened."""
        message_id = self.new_id()
        return self.receive(
            maker(
                # different words: the same ones again and again are a machine's
                Subject=f"Still broken {message_id}",
                Message_ID=message_id,
                In_Reply_To=answer.message_id,
                Date=date,
            )
        )

    def test_late_answers_are_the_messages_of_one_new_case(self):
        self.case.customer_lang = "zh_CN"
        answer = self.end(self.case, "2024-07-20 08:00:00")
        case = self.write_late(answer, mails.multipart)
        self.assertEqual(case.previous_case_id, self.case)
        self.assertEqual((case.user_id, case.customer_lang), (self.mia, "zh_CN"))
        words = case._get_customer_messages()
        self.assertEqual((len(words), words.author_id), (1, self.person))
        self.assertIn("坏了", words.body)
        self.assertEqual(words.attachment_ids.mapped("res_id"), case.ids * 2)
        self.assertFalse(self.write_late(answer), "one matter is one case")
        self.assertEqual(len(case._get_customer_messages()), 2)
        self.assertTrue(case.date_last_customer)
        self.assertFalse(case.date_first_response)
        # what answers her mail belongs here, too
        with self.mails_may_leave():  # to Mia; core names whom it answers as addressed, too
            self.assertFalse(self.write_late(words))
        self.assertNotIn(self.person, self.last_message(case).notified_partner_ids)
        self.assertEqual(len(case._get_customer_messages()), 3)
        self.assertEqual(self.case.stage_kind, "closed")

    def test_late_answers_reopen_the_case_that_followed(self):
        answer = self.end(self.case, "2024-07-20 08:00:00")
        case = self.write_late(answer)
        self.end(case, "2024-07-22 08:00:00")
        self.assertFalse(self.write_late(answer, date="Mon, 22 Jul 2024 08:00:00 +0000"))
        self.assertEqual((case.stage_kind, case.run), ("progress", 2))
        self.end(case, "2024-08-20 08:00:00")
        third = self.write_late(answer, date="Tue, 20 Aug 2024 08:00:00 +0000")
        self.assertEqual(len(third), 1)
        self.assertFalse(self.write_late(answer, date="Tue, 20 Aug 2024 08:00:00 +0000"))

    def test_a_case_that_follows_but_is_somebody_elses_gets_no_late_answer(self):
        answer = self.end(self.case, "2024-07-20 08:00:00")
        other = self.make_case(
            partner_id=self.make_partner("Zenith").id,
            contact_id=False,
            previous_case_id=self.case.id,
        )
        self.assertEqual(len(self.write_late(answer)), 1)
        self.assertFalse(other._get_customer_messages())

    # ------------------------------------------------------------
    # Machines
    # ------------------------------------------------------------

    def assertRefused(self, mail):
        """Insist that a mail opens nothing, and is kept where a person finds it."""
        before = self.Refusal.search_count([])
        self.assertFalse(self.receive(mail))
        self.assertEqual(self.Refusal.search_count([]), before + 1)
        return self.Refusal.search([], order="id desc", limit=1)

    def test_machines_open_no_case(self):
        signs = [
            {"Auto_Submitted": "auto-generated"},
            {"Auto_Submitted": "auto-replied; owner-email=x"},
            {"X_Auto_Response_Suppress": "All"},
            {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
            {"Precedence": "bulk"},
            {"Precedence": "junk"},
            {"Precedence": "list"},
            {"Precedence": "auto_reply"},
            {"X_Autoreply": "yes"},
            {"X_Autorespond": "on holiday"},
            {"Return_Path": "<>"},
            {"Subject": "自动回复：灯笼坏了"},
            {"Subject": "Automatic reply: lantern"},
        ]
        for sign in signs:
            with self.subTest(sign=sign):
                refusal = self.assertRefused(mails.raw(Message_ID=self.new_id(), **sign))
                self.assertEqual(refusal.company_id, self.company)
                self.assertEqual(refusal.reason, "robot")
                self.assertTrue(refusal.detail)
        self.assertRefused(mails.out_of_office(Message_ID=self.new_id()))

    def test_people_are_not_taken_for_machines(self):
        signs = [
            {"Auto_Submitted": "no"},
            {"X_Auto_Response_Suppress": "DR, RN, NRN"},
            {"Precedence": "list", "List_Id": "<service.acme.example>"},
            {"List_Unsubscribe": "<mailto:out@acme.example>", "List_Id": "<all.acme.example>"},
            {"Precedence": "first-class"},
            {"Subject": "Re: Automatic reply: lantern"},
            {"Subject": "Out of oil"},
            {"Feedback_ID": "1:acme"},
        ]
        for number, sign in enumerate(signs):
            with self.subTest(sign=sign):
                mail = mails.raw(b"Lantern %d" % number, Message_ID=self.new_id(), **sign)
                self.assertEqual(len(self.receive(mail)), 1)

    def test_an_automatic_reply_is_noted_and_counts_for_nothing(self):
        self.answer(self.case)
        self.pause()
        answered = self.case.date_last_answer
        before = self.Refusal.search_count([])
        self.assertFalse(self.reply(self.case, mails.out_of_office))
        note = self.last_message(self.case)
        self.assertIn("I am back on Monday.", note.body)
        self.assertIn("Auto-Submitted", note.body)
        self.assertTrue(note.subtype_id.internal)
        self.assertTrue(self.case.pause_reason_id)
        self.assertFalse(self.case.date_last_customer)
        self.assertEqual(self.case.date_last_answer, answered)
        self.assertEqual(self.Refusal.search_count([]), before)

    def test_a_customers_answer_to_a_noted_mail_counts(self):
        self.reply(self.case, mails.out_of_office, Message_ID="<ooo@acme.example>")
        self.pause()
        mail = mails.raw(b"Back now", Message_ID=self.new_id(), In_Reply_To="<ooo@acme.example>")
        self.assertFalse(self.receive(mail))
        self.assertFalse(self.last_message(self.case).subtype_id.internal)
        self.assertFalse(self.case.pause_reason_id)

    def test_a_bounce_is_told_to_the_agent(self):
        answer = self.answer(self.case)
        self.pause()
        self.assertFalse(self.receive(mails.bounce(answer.message_id)))
        note = self.last_message(self.case)
        self.assertIn("ada@acme.example", note.body)
        self.assertIn("could not be delivered", note.body)
        self.assertEqual(note.notified_partner_ids, self.mia.partner_id)
        self.assertTrue(self.case.pause_reason_id)

    def test_a_bounce_of_nothing_is_no_case(self):
        self.assertFalse(self.receive(mails.bounce("<unknown@lantern.example>")))

    def test_a_refused_mail_becomes_a_case_by_a_click(self):
        refusal = self.assertRefused(
            mails.multipart(Precedence="bulk", Message_ID=self.new_id(), Subject="Really me")
        )
        # another delivery is the same mail
        again = mails.multipart(
            Precedence="bulk", Message_ID=refusal.message_id, Subject="Really me"
        )
        self.assertFalse(self.receive(again))
        self.assertEqual(len(self.Refusal.search([("message_id", "=", refusal.message_id)])), 1)
        action = refusal.with_user(self.mia).action_accept()
        case = self.Case.browse(action["res_id"])
        self.assertEqual(refusal.case_id, case)
        self.assertEqual(case.name, "Really me")
        self.assertEqual(case.partner_id, self.customer)
        self.assertEqual(len(self.last_message(case).attachment_ids), 2)
        self.assertEqual(refusal.with_user(self.mia).action_accept()["res_id"], case.id)

    def test_refused_mails_of_other_companies_are_not_seen(self):
        self.receive(mails.raw(To="help@torch.example", Precedence="bulk", Message_ID="<t@t>"))
        refusal = self.Refusal.sudo().search([("message_id", "=", "<t@t>")])
        self.assertEqual(refusal.company_id, self.second)
        self.assertFalse(self.Refusal.with_user(self.mia).search([("id", "=", refusal.id)]))

    def test_refused_mails_are_forgotten_after_a_month(self):
        refusal = self.assertRefused(mails.raw(Precedence="bulk", Message_ID=self.new_id()))
        self.Refusal._gc_refusals()
        self.assertTrue(refusal.exists())
        self.at("2024-08-10 08:00:00")
        self.Refusal._gc_refusals()
        self.assertFalse(refusal.exists())
