from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from . import mails
from .mail_case import MailCase


@tagged("post_install", "-at_install")
class TestMerge(MailCase):
    """The same complaint twice."""

    def setUp(self):
        super().setUp()
        self.old = self.make_case("2024-07-02 08:00:00", name="Lantern 7 is broken")
        self.new = self.make_case(
            "2024-07-03 07:00:00", name="Re: lantern 7 is broken!", severity="high"
        )

    def merge(self, *cases):
        cases = self.Case.union(*cases) if cases else self.old | self.new
        return cases.with_user(self.mia)._merge()

    # ------------------------------------------------------------
    # Hint
    # ------------------------------------------------------------

    def test_a_similar_subject_of_the_same_customer_is_a_hint(self):
        other = self.make_case(name="Invoice is wrong")
        stranger = self.make_case(
            name="Lantern 7 is broken", partner_id=self.make_partner().id, contact_id=False
        )
        hints = self.new.with_user(self.mia).duplicate_case_ids
        self.assertIn(self.old, hints)
        self.assertFalse((other | stranger) & hints)

    def test_the_same_order_is_a_hint(self):
        order = self.make_order(self.customer, 10)
        one = self.make_case(name="Late", sale_order_id=order.id)
        two = self.make_case(name="Wrong colour", sale_order_id=order.id)
        self.assertEqual(one.duplicate_case_ids, two)

    def test_the_same_unknown_sender_is_a_hint(self):
        zoe = "Zoe <zoe@nowhere.example>"
        one = self.open_case(From=zoe)
        two = self.receive(mails.raw(b"Hello?", From=zoe, Message_ID=self.new_id()))
        self.assertEqual(two.duplicate_case_ids, one)

    def test_long_ago_is_no_hint(self):
        old = self.make_case("2024-05-01 08:00:00", name="Lantern 7 is broken")
        self.assertNotIn(old, self.new.duplicate_case_ids)
        self.company.complaint_duplicate_days = 90
        self.env.invalidate_all()
        self.assertIn(old, self.new.duplicate_case_ids)

    # ------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------

    def test_the_older_promise_goes_on(self):
        clock = self.clock(self.old, "resolve")
        due = clock.date_due
        mine = self.clock(self.new, "resolve")
        self.assertEqual(self.merge(), self.old)
        self.assertEqual(clock.state, "running")
        self.assertLessEqual(clock.date_due, due)
        self.assertMoment(clock.date_start, "2024-07-02 08:00:00")
        self.assertEqual(mine.state, "cancelled")
        self.assertEqual(self.new.merged_into_id, self.old)
        self.assertEqual(self.new.stage_kind, "closed")
        self.assertEqual(self.new.verification_state, "not_needed")
        self.assertFalse(self.new.clock_ids.filtered("is_open"))
        self.assertEqual(self.old.severity, "high")

    def test_everything_comes_along(self):
        message = self.answer(self.new)
        attachment = self.env["ir.attachment"].create(
            {"name": "a", "raw": b"a", "res_model": "complaint.case", "res_id": self.new.id}
        )
        activity = self.new.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.ben.id, summary="Look"
        )
        self.new.message_subscribe(self.ben.partner_id.ids)
        self.new.email_cc = "bea@acme.example"
        self.merge()
        self.assertEqual(message.res_id, self.old.id)
        self.assertFalse(message.subtype_id.internal)
        self.assertEqual(attachment.res_id, self.old.id)
        self.assertEqual(activity.res_id, self.old.id)
        self.assertIn(self.ben.partner_id, self.old.message_partner_ids)
        self.assertEqual(self.old._get_copied_emails(), ["bea@acme.example"])
        # an answer to either is an answer
        self.assertTrue(self.old.date_first_response)
        self.assertEqual(self.clock(self.old, "first_response").state, "met")
        self.assertEqual(self.clock(self.old, "first_response").proof_message_id, message)

    def test_what_was_asked_of_others_comes_along(self):
        task = self.env["complaint.task"].create(
            {
                "name": "Which lot?",
                "case_id": self.new.id,
                "user_id": self.ben.id,
                "date_due": "2024-07-04 08:00:00",
            }
        )
        self.merge()
        self.assertEqual(task.case_id, self.old)
        self.assertEqual(task.state, "open")
        clock = self.clock(self.old, "task")
        self.assertEqual((clock.task_id, clock.state), (task, "running"))
        self.assertEqual(self.old.held_by, "department")

    def test_compensations_come_along(self):
        compensation = self.env["complaint.compensation"].create(
            {"case_id": self.new.id, "amount": 5, "reason": "So late", "type": "goodwill"}
        )
        self.merge()
        self.assertEqual(compensation.case_id, self.old)

    def test_a_solved_case_is_taken_up_again(self):
        self.old.with_user(self.mia).action_take()
        self.solve(self.old)
        self.assertEqual(self.old.stage_kind, "resolved")
        self.merge()
        self.assertEqual(self.old.stage_kind, "progress")
        self.assertEqual(self.old.run, 2)
        self.assertEqual(self.old.verification_state, "not_needed")

    def test_waiting_for_the_customer_ends_when_his_other_mail_is_merged(self):
        self.at("2024-07-03 06:00:00")
        self.old.with_user(self.mia).action_take()
        reason = self.env["complaint.pause.reason"].search(
            [("waits_for", "=", "customer")], limit=1
        )
        self.old._pause(reason)
        self.at("2024-07-03 08:00:00")
        self.merge()
        self.assertFalse(self.old.pause_reason_id)
        self.assertEqual(self.clock(self.old, "resolve").state, "running")

    def test_an_agent_who_took_the_younger_has_the_older(self):
        self.new.with_user(self.mia).action_take()
        self.merge()
        self.assertEqual(self.old.user_id, self.mia)
        self.assertEqual(self.old.stage_kind, "accepted")

    def test_a_mail_to_the_merged_case_goes_to_the_other(self):
        self.new.with_user(self.mia).action_take()
        self.merge()
        mail = mails.raw(Subject=f"[{self.new.number}] hello", Message_ID=self.new_id())
        self.assertFalse(self.receive(mail))
        self.assertEqual(self.last_message(self.old).message_id, "<1@test.example>")
        self.assertEqual(self.new.stage_kind, "closed")

    def test_merging_in_turn_leads_to_the_last(self):
        self.merge()
        first = self.make_case("2024-07-01 08:00:00", name="Lantern 7")
        self.merge(first, self.old)
        self.assertEqual(self.new.merged_into_id, first)
        self.assertEqual((self.new | self.old)._get_survivor(), first)

    def test_a_merged_case_is_not_reopened(self):
        self.merge()
        with self.assertRaises(UserError):
            self.new.action_reopen()

    def test_the_customer_is_taken_from_the_one_who_knows_him(self):
        unknown = self.open_case(From="Zoe <zoe@nowhere.example>", Date="Mon, 1 Jul 2024 08:00:00")
        self.merge(unknown, self.new)
        self.assertEqual(unknown.partner_id, self.customer)
        self.assertEqual(unknown.contact_id, self.person)
        self.assertEqual(unknown.service_class, "key")

    # ------------------------------------------------------------
    # Whose mail address is not the customer's
    # ------------------------------------------------------------

    def open_strange_case(self, date):
        """Return the case of a stranger who has a link, follows it and put a friend in copy."""
        case = self.open_case(
            From="Zoe <zoe@nowhere.example>", Cc="Eve <eve@evil.example>", Date=date
        )
        self.assertFalse(case.partner_id)
        self.zoe = self.make_partner("Zoe")
        case.message_subscribe(self.zoe.ids)
        return case, case._portal_ensure_token()

    def assertShutOut(self, case, strange, token):
        """Insist that nothing of a merged case reaches the stranger or his friend."""
        visitor = self.env.ref("base.public_user")
        self.assertFalse(self.Case._find_for_customer(strange.id, visitor, token))
        self.assertFalse(case.email_cc)
        self.assertFalse(case.unlinked_emails)
        self.assertNotIn(self.zoe, case.message_partner_ids)
        self.assertFalse(self.answer(case).outgoing_email_to)
        # nor does what he writes count as the customer's
        wrote = case.date_last_customer
        answer = self.last_message(case)
        mail = mails.raw(
            b"And now?",
            From="zoe@nowhere.example",
            Message_ID=self.new_id(),
            In_Reply_To=answer.message_id,
        )
        self.assertFalse(self.receive(mail))
        note = case.message_ids.filtered(lambda each: "And now?" in (each.body or ""))
        self.assertTrue(note.subtype_id.internal)
        self.assertEqual(case.date_last_customer, wrote)

    def test_a_stranger_has_no_part_in_the_case_his_is_merged_into(self):
        strange, token = self.open_strange_case("Wed, 3 Jul 2024 07:30:00 +0000")
        self.assertEqual(self.merge(self.old, strange), self.old)
        self.assertIn("does not light", " ".join(self.old.message_ids.mapped("body")))
        self.assertFalse(self.old.email_from)
        self.assertShutOut(self.old, strange, token)

    def test_a_stranger_has_no_part_in_his_case_once_it_is_the_customers(self):
        strange, token = self.open_strange_case("Mon, 1 Jul 2024 08:00:00 +0000")
        self.assertEqual(self.merge(strange, self.new), strange)
        self.assertEqual(strange.partner_id, self.customer)
        self.assertFalse(strange.email_from)
        self.assertShutOut(strange, strange, token)

    def test_one_unknown_sender_has_no_part_in_the_case_of_another(self):
        strange, token = self.open_strange_case("Wed, 3 Jul 2024 07:30:00 +0000")
        first = self.open_case(From="carl@customer.example", Date="Mon, 1 Jul 2024 08:00:00 +0000")
        self.assertEqual(self.merge(strange, first), first)
        self.assertEqual(first.email_normalized, "carl@customer.example")
        self.assertEqual(first.unlinked_emails, "carl@customer.example")
        self.assertFalse(
            self.Case._find_for_customer(strange.id, self.env.ref("base.public_user"), token)
        )

    def test_people_of_the_customer_keep_their_part(self):
        known = self.open_case(From="Bea <bea@acme.example>", Cc="dan@acme.example")
        token = known._portal_ensure_token()
        self.assertFalse(known.partner_id)
        self.env["res.partner"].create(
            {"name": "Bea", "parent_id": self.customer.id, "email": "bea@acme.example"}
        )
        self.merge(self.old, known)
        self.assertEqual(
            set(self.old._get_copied_emails()), {"bea@acme.example", "dan@acme.example"}
        )
        found = self.Case._find_for_customer(known.id, self.env.ref("base.public_user"), token)
        self.assertEqual(found, self.old)

    def test_the_dialog_warns_of_strangers(self):
        strange, _token = self.open_strange_case("Wed, 3 Jul 2024 07:30:00 +0000")
        wizards = self.env["complaint.merge"].with_user(self.mia)
        wizard = wizards.create({"case_ids": (self.old | strange).ids})
        self.assertIn("zoe@nowhere.example is not among the people of Acme", wizard.warning)
        self.assertFalse(wizards.create({"case_ids": (self.old | self.new).ids}).warning)

    def test_an_unconfirmed_case_is_not_merged(self):
        self.new.is_unconfirmed = True
        with self.assertRaisesRegex(UserError, "has not confirmed"):
            self.merge()

    def test_refused_with_a_sentence(self):
        other = self.make_case(partner_id=self.make_partner("Zenith").id, contact_id=False)
        with self.assertRaisesRegex(UserError, "different customers"):
            self.merge(self.old, other)
        foreign = self.make_case(company_id=self.second.id, team_id=self.second_team.id)
        with self.assertRaisesRegex(UserError, "different companies"):
            (self.old | foreign)._merge()
        with self.assertRaisesRegex(UserError, "at least two"):
            self.merge(self.old)
        self.merge()
        third = self.make_case()
        with self.assertRaisesRegex(UserError, "has ended"):
            self.merge(self.new, third)

    def test_an_agent_of_another_team_may_not(self):
        stranger = self.make_agent()
        with self.assertRaises(AccessError):
            (self.old | self.new).with_user(stranger)._merge()

    def test_the_dialog(self):
        action = self.new.with_user(self.mia).action_merge()
        self.assertEqual(set(action["context"]["default_case_ids"]), {self.old.id, self.new.id})
        wizard = Form(
            self.env[action["res_model"]].with_user(self.mia).with_context(**action["context"])
        ).save()
        self.assertEqual(wizard.survivor_id, self.old)
        self.assertFalse(wizard.obstacle)
        self.assertEqual(wizard.action_merge()["res_id"], self.old.id)
