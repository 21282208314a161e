from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from . import mails
from .mail_case import MailCase

GATEWAY = "odoo.addons.complaint_handling.models.complaint_case_gateway_failure"
FETCHMAIL = "odoo.addons.mail.models.fetchmail"


@tagged("post_install", "-at_install")
class TestMailFailures(MailCase):
    """Whatever fails becomes a case."""

    def break_down(self, error=None, method="message_new", times=10**6):
        """Let processing fail, as a faulty rule or module would make it."""
        model = self.registry["complaint.case"]
        original = getattr(model, method)
        calls = []

        def fail(records, *args, **kwargs):
            calls.append(1)
            if len(calls) <= times:
                raise error or UserError("Somebody's automation rule")
            return original(records, *args, **kwargs)

        self.startPatcher(patch.object(model, method, fail))
        return calls

    @mute_logger(GATEWAY)
    def fail_to_receive(self, mail, model=None):
        with self.enter_registry_test_mode():
            return self.receive(mail, model)

    def test_a_failed_mail_becomes_a_case_of_the_catch_all_team(self):
        self.break_down()
        case = self.fail_to_receive(mails.multipart(To="spares@lantern.example"))
        self.assertEqual(len(case), 1)
        self.assertEqual(case.team_id, self.team)
        self.assertTrue(self.team.is_catch_all)
        self.assertEqual(case.name, "The lantern is broken")
        self.assertEqual(case.partner_id, self.customer)
        self.assertIn("Somebody's automation rule", case.mail_failure)
        self.assertIn("坏了", case.description)
        self.assertMoment(case.date_received, "2024-07-03 07:30:00")
        original = self.last_message(case).attachment_ids
        self.assertEqual(original.name, "original_mail.eml")
        self.assertEqual(original.raw, mails.multipart(To="spares@lantern.example"))

    def test_what_cannot_be_parsed_becomes_a_case(self):
        parser = "odoo.addons.mail.models.mail_thread.MailThread._message_parse_extract_payload"
        with patch(parser, side_effect=LookupError("unknown encoding: x")):
            case = self.fail_to_receive(mails.undecodable())
        self.assertIn("LookupError", case.mail_failure)
        self.assertIn("broken", case.name)
        self.assertEqual(case.partner_id, self.customer)

    def test_nobody_is_told_that_his_mail_was_refused(self):
        """Core sends it back before it raises the error."""
        self.break_down()
        with self.mails_may_leave() as left:
            self.assertTrue(self.fail_to_receive(mails.raw()))
        self.assertFalse(left)

    def test_a_failed_mail_delivered_again_is_one_case(self):
        self.break_down()
        self.assertEqual(len(self.fail_to_receive(mails.raw())), 1)
        self.assertFalse(self.fail_to_receive(mails.raw()))
        nameless = mails.raw(b"x", Message_ID=None)
        self.assertEqual(len(self.fail_to_receive(nameless)), 1)
        self.assertFalse(self.fail_to_receive(nameless))

    def test_a_failed_answer_says_what_it_answers(self):
        case = self.open_case()
        answer = self.answer(case)
        self.break_down(method="message_update")
        mail = mails.raw(
            To="catchall@lantern.example", In_Reply_To=answer.message_id, Message_ID=self.new_id()
        )
        failed = self.fail_to_receive(mail)
        self.assertEqual(failed.previous_case_id, case)

    def test_each_company_has_its_own_catch_all(self):
        self.break_down()
        first, second = (
            self.fail_to_receive(mails.raw(To=to, Message_ID=self.new_id()))
            for to in ("complaints@lantern.example", "help@torch.example")
        )
        self.assertEqual((first.company_id, first.team_id), (self.company, self.team))
        self.assertEqual((second.company_id, second.team_id), (self.second, self.second_team))

    def test_a_conflict_with_somebody_else_passes(self):
        calls = self.break_down(SerializationFailure("could not serialize"), times=1)
        case = self.fail_to_receive(mails.raw())
        self.assertEqual(len(calls), 2)
        self.assertEqual(len(case), 1)
        self.assertFalse(case.mail_failure)

    def test_a_conflict_that_stays_becomes_a_case(self):
        self.break_down(SerializationFailure("could not serialize"))
        self.assertIn("could not serialize", self.fail_to_receive(mails.raw()).mail_failure)

    def test_if_nothing_helps_the_mail_server_is_told(self):
        self.break_down(method="create")
        with self.assertRaises(UserError):
            self.fail_to_receive(mails.raw())

    def test_nothing_of_the_failed_attempt_remains(self):
        hook = self.registry["complaint.case"]
        with patch.object(hook, "_message_post_after_hook", side_effect=ValueError("late")):
            # the case existed already when this failed; the second attempt posts, too
            with self.assertRaises(ValueError):
                self.fail_to_receive(mails.raw())
        self.assertFalse(self.Case.search([("company_id", "=", self.company.id)]))

    # ------------------------------------------------------------
    # Who brings the mails
    # ------------------------------------------------------------

    def make_login(self, group):
        with self.mails_may_leave():
            return new_test_user(self.env, login="mail_bringer", groups=group)

    def test_a_customers_login_hands_in_no_mail(self):
        """``message_process`` can be called by anybody with a login."""
        answer = self.answer(self.open_case())
        portal = self.make_login("base.group_portal")
        cases, messages = self.Case.search_count([]), self.Message.search_count([])
        for model, mail in (
            (None, mails.raw(Message_ID=self.new_id())),
            ("complaint.case", mails.raw(To="x@nowhere.example", Message_ID=self.new_id())),
            (None, mails.raw(To="x@nowhere.example", In_Reply_To=answer.message_id)),
            (None, mails.bounce(answer.message_id, To="x@nowhere.example")),
        ):
            with (
                mute_logger(GATEWAY),
                self.enter_registry_test_mode(),
                self.assertRaises(AccessError),
            ):
                self.Gateway.with_user(portal).message_process(model, mail)
        self.env.invalidate_all()
        self.assertEqual(self.Case.search_count([]), cases)
        self.assertEqual(self.Message.search_count([]), messages)

    def test_the_account_of_the_gateway_needs_no_rights(self):
        plain = self.make_login("base.group_user")
        self.Gateway = self.Gateway.with_user(plain)
        self.assertEqual(self.receive(mails.raw()).partner_id, self.customer)
        self.break_down(times=1)
        failed = self.fail_to_receive(mails.raw(Message_ID=self.new_id()))
        self.assertTrue(failed.mail_failure)

    def test_what_a_colleague_may_not_do_is_no_failed_mail(self):
        plain = self.make_login("base.group_user")
        self.break_down(AccessError("Not yours"))
        with self.enter_registry_test_mode(), self.assertRaises(AccessError):
            self.Gateway.with_user(plain).message_process(None, mails.raw())
        # the gateway itself may everything: what fails there is a fault, and the mail is kept
        self.assertTrue(self.fail_to_receive(mails.raw()).mail_failure)

    # ------------------------------------------------------------
    # Nobody to take it
    # ------------------------------------------------------------

    def test_a_mail_to_an_archived_team_goes_to_the_fallback_team(self):
        self.spares.action_archive()
        case = self.receive(mails.raw(To="spares@lantern.example"))
        self.assertEqual((case.company_id, case.team_id), (self.company, self.team))
        self.assertFalse(case.mail_failure)

    def test_without_any_team_a_mail_is_kept_all_the_same(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE complaint_team SET active = false")
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "no complaint team"):
            self.make_case()
        case = self.fail_to_receive(mails.raw())
        self.assertIn("no complaint team", case.mail_failure)
        self.assertEqual(case.team_id.company_id, self.company)
        self.assertTrue(case.team_id.active)

    def test_mails_of_other_applications_fail_as_ever(self):
        with self.assertRaises(ValueError):
            self.receive(mails.raw(To="nobody@nowhere.example"))

    @mute_logger(GATEWAY, FETCHMAIL)
    def test_the_job_that_fetches_mails_loses_none(self):
        """The job marks a mail as handled whether or not it failed."""
        self.break_down()
        server = self.env["fetchmail.server"].create(
            {"name": "Box", "server_type": "imap", "server": "x", "user": "x", "state": "done"}
        )
        box = Box([mails.raw(), mails.raw(b"Two", Message_ID="<two@a.example>")])
        fetchmail = self.registry["fetchmail.server"]
        with (
            patch.object(fetchmail, "_connect__", lambda *_args, **_kwargs: box),
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            server.with_env(server.env(cr=cr))._fetch_mail()
        self.assertEqual(box.handled, [0, 1])
        self.env.invalidate_all()
        cases = self.Case.search([("company_id", "=", self.company.id)])
        self.assertEqual(len(cases.filtered("mail_failure")), 2)


class Box:
    """A mail box as the job knows it."""

    def __init__(self, messages):
        self.messages, self.handled = messages, []

    def check_unread_messages(self):
        return len(self.messages)

    def retrieve_unread_messages(self):
        yield from enumerate(self.messages)

    def handled_message(self, number):
        self.handled.append(number)

    def disconnect(self):
        pass


@tagged("post_install", "-at_install")
class TestMailLoops(MailCase):
    """A customer who writes much is not swallowed; circles end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 3)

    def send(self, count, sender="Ada <ada@acme.example>", body="Lantern %d is broken"):
        """Let somebody send different mails at once; return the cases they opened."""
        cases = self.Case
        for number in range(count):
            text = body % number if "%" in body else body
            mail = mails.raw(
                text.encode(), From=sender, Message_ID=self.new_id(), Subject=f"Mail {number}"
            )
            cases |= self.receive(mail)
        return cases

    def test_beyond_the_limit_mails_go_to_the_newest_case(self):
        cases = self.send(8)
        self.assertEqual(len(cases), 3)
        bodies = " ".join(cases[-1].message_ids.mapped("body"))
        for number in range(2, 8):
            self.assertIn(f"Lantern {number} is broken", bodies)
        self.assertEqual(set(cases[-1].message_ids.author_id.ids), {self.person.id})

    def test_an_unknown_sender_is_stopped_at_last_and_told(self):
        with self.mails_may_leave() as left:
            cases = self.send(9, "Eve <eve@evil.example>")
        self.assertEqual(len(cases), 3)
        self.assertTrue(left)
        self.assertLess(len(cases.message_ids), 9)

    def test_the_same_again_and_again_is_stopped(self):
        cases = self.send(3, body="I am a robot")
        again = mails.raw(b"I am a robot", Subject="Mail 1", Message_ID=self.new_id())
        same = [
            mails.raw(b"I am a robot", Subject="Re: Mail 1", Message_ID=self.new_id())
            for _each in range(3)
        ]
        for mail in (again, *same):
            cases |= self.receive(mail)
        self.assertEqual(len(cases), 3)
        refusal = self.Refusal.search([("reason", "=", "loop")])
        self.assertEqual(len(refusal), 2)

    def test_a_colleague_who_forwards_much_is_not_limited(self):
        self.chief.partner_id.email = "chief@lantern.example"
        self.assertEqual(len(self.send(6, "Chief <chief@lantern.example>")), 6)

    def test_many_answers_on_one_case_are_all_kept(self):
        case = self.open_case()
        answer = self.answer(case)
        for number in range(7):
            mail = mails.raw(
                b"Answer %d" % number, Message_ID=self.new_id(), In_Reply_To=answer.message_id
            )
            self.assertFalse(self.receive(mail))
        bodies = " ".join(case.message_ids.mapped("body"))
        self.assertIn("Answer 6", bodies)
