import email
import email.policy
from datetime import datetime

from odoo.tests import BaseCase, tagged

from odoo.addons.complaint_handling.models import mail_reading

from . import mails


@tagged("post_install", "-at_install")
class TestMailReading(BaseCase):
    """What is read of a mail without a database."""

    def test_a_mail_is_read_in_part_whatever_it_is(self):
        for raw in (b"", b"\x00\xff\n\n", b"From", mails.undecodable(), b"\xff" * 1000):
            with self.subTest(raw=raw[:20]):
                self.assertIn("text", mail_reading.read_in_part(raw))

    def test_what_can_be_read_is_read(self):
        read = mail_reading.read_in_part(mails.unknown_charset(Date="nonsense"))
        self.assertEqual(read["text"], "灯笼坏了，请换一个。")
        self.assertEqual(read["email_from"], "ada@acme.example")
        self.assertEqual(read["name"], "Ada Lovelace")
        self.assertIsNone(read["date"])
        self.assertEqual(read["subject"], "The lantern is broken")
        read = mail_reading.read_in_part(mails.scripted())
        self.assertNotIn("alert", read["text"])

    def test_dates_are_kept_within_a_week(self):
        now = datetime(2024, 7, 10)
        limit = mail_reading.limit_date
        self.assertEqual(limit(None, now), now)
        self.assertEqual(limit(datetime(2024, 7, 11), now), now)
        self.assertEqual(limit(datetime(2024, 7, 9), now), datetime(2024, 7, 9))
        self.assertEqual(limit(datetime(1970, 1, 1), now), datetime(2024, 7, 3))

    def test_subjects_are_cleaned(self):
        clean = mail_reading.clean_subject
        self.assertEqual(clean("RE: Fwd: AW[2]: 回复：\r\n Lamp"), "Lamp")
        self.assertEqual(clean("Refund"), "Refund")
        self.assertEqual(clean(None), "")
        self.assertEqual(len(clean("x" * 5000)), mail_reading.MAX_SUBJECT)

    def test_likeness(self):
        self.assertTrue(mail_reading.are_alike("Re: Lantern broken", "lantern broken!"))
        self.assertFalse(mail_reading.are_alike("Lantern broken", "Invoice 7 wrong"))
        self.assertFalse(mail_reading.are_alike("", ""))

    def test_whose_mail_was_forwarded(self):
        find = mail_reading.find_forwarded_sender
        self.assertEqual(find("> Von: Carl <c@x.example>\n"), "Carl <c@x.example>")
        self.assertEqual(find("发件人：李雷 <li@x.example>"), "李雷 <li@x.example>")
        self.assertEqual(find("*From:* c@x.example [mailto:c@x.example]")[-11:], "c@x.example")
        self.assertEqual(find("I come from Mars"), "")

    def test_mending_leaves_good_mails_alone(self):
        message = email.message_from_bytes(mails.multipart(), policy=email.policy.SMTP)
        before = message.as_bytes()
        mail_reading.mend_charsets(message)
        self.assertEqual(message.as_bytes(), before)
