"""The watch over outgoing mails sees what it must: it is what the other tests rely on."""

from odoo.tests import tagged

from .test_mirror import MirrorCase


@tagged("post_install", "-at_install")
class TestMailWatch(MirrorCase):
    def assertSeen(self, *names):
        seen, self.escaped[:] = list(self.escaped), []
        self.assertTrue(seen, "nothing was noticed")
        for name in names:
            self.assertIn(name, seen[0][1])
        self.check_mails()

    def test_sees_a_message_to_the_customer(self):
        self.customer.message_post(
            body="Hello", partner_ids=self.customer.ids, subtype_xmlid="mail.mt_comment"
        )
        self.assertSeen("Ink & Paper")

    def test_sees_a_mail_to_an_address(self):
        self.env["mail.mail"].create({"email_to": "Somebody <some@where.example>"})
        self.assertSeen("some@where.example")
        self.env["mail.mail"].create({"email_to": self.anna.email, "email_cc": "x@y.example"})
        self.assertSeen("x@y.example")

    def test_sees_the_invitation_and_fails_the_test(self):
        visit = self.visit()
        self.as_user(self.anna, visit).action_send_invitation()
        with self.assertRaisesRegex(AssertionError, "Ink & Paper"):
            self.check_mails()

    def test_sees_what_core_would_send_for_an_event_of_its_own(self):
        """With the follow-up's silence broken, its event would write to the customer."""
        event = self.visit().event_id
        event.with_context(followup_sync=True).partner_ids |= self.customer
        event.touch_ids = False
        self.as_user(self.manager, event).write(
            {"start": "2024-07-04 08:00:00", "stop": "2024-07-04 09:00:00"}
        )
        self.assertSeen("Ink & Paper")

    def test_says_nothing_of_colleagues_and_of_what_may_leave(self):
        self.customer.message_notify(body="Look", partner_ids=self.anna.partner_id.ids)
        self.env["mail.mail"].create({"email_to": self.anna.email})
        with self.mails_may_leave() as left:
            self.env["mail.mail"].create({"recipient_ids": self.customer.ids})
        self.assertEqual(left, [("mail.mail", "Ink & Paper")])
        self.check_mails()
