from odoo.tests import tagged

from . import mails
from .common import NOW
from .mail_case import MailCase


@tagged("post_install", "-at_install")
class TestMailIntake(MailCase):
    """Each awkward mail of a person opens one case that shows what he wrote."""

    def test_a_mail_opens_a_case_of_its_customer(self):
        case = self.receive(mails.raw())
        self.assertEqual(len(case), 1)
        self.assertEqual(case.name, "The lantern is broken")
        self.assertEqual(case.partner_id, self.customer)
        self.assertEqual(case.contact_id, self.person)
        self.assertEqual(case.service_class, "key")
        self.assertEqual(case.company_id, self.company)
        self.assertEqual(case.team_id, self.team)
        self.assertEqual((case.channel, case.kind, case.stage_kind), ("mail", "complaint", "new"))
        self.assertIn("It does not light.", case.description)
        message = self.last_message(case)
        self.assertEqual(message.author_id, self.person)
        self.assertEqual(message.message_id, "<1@acme.example>")
        self.assertFalse(case.date_first_response)

    def test_date_received_is_that_of_the_mail(self):
        dates = {
            "Wed, 03 Jul 2024 09:30:00 +0200": "2024-07-03 07:30:00",
            "Wed, 03 Jul 2024 23:30:00 +0000": NOW,
            "Fri, 31 Dec 2999 00:00:00 +0000": NOW,
            "Mon, 01 Jul 2024 08:00:00 +0000": "2024-07-01 08:00:00",
            "Mon, 01 Jan 1990 08:00:00 +0000": "2024-06-26 08:00:00",
            None: NOW,
        }
        for number, (date, expected) in enumerate(dates.items()):
            with self.subTest(date=date):
                body = b"Lantern %d" % number
                case = self.receive(mails.raw(body, Date=date, Message_ID=self.new_id()))
                self.assertMoment(case.date_received, expected)
                self.assertMoment(self.last_message(case).date, expected)

    def test_an_unparsable_date_is_that_of_arrival(self):
        case = self.receive(mails.raw(Date="yesterday-ish, the 45th of Never"))
        self.assertMoment(case.date_received, NOW)

    def test_multipart_keeps_text_picture_and_file(self):
        case = self.receive(mails.multipart())
        message = self.last_message(case)
        self.assertEqual(
            sorted(message.attachment_ids.mapped("name")), ["lantern.png", "receipt.pdf"]
        )
        self.assertIn("坏了", case.description)
        self.assertIn("/web/image/", case.description)
        self.assertNotIn("cid:", case.description)
        self.assertEqual(set(message.attachment_ids.mapped("res_id")), {case.id})

    def test_thirty_attachments(self):
        case = self.receive(mails.many_attachments(30))
        self.assertEqual(len(self.last_message(case).attachment_ids), 30)

    def test_winmail_is_attached(self):
        case = self.receive(mails.winmail())
        self.assertEqual(self.last_message(case).attachment_ids.name, "winmail.dat")

    def test_a_mail_in_a_mail(self):
        case = self.receive(mails.nested())
        self.assertEqual(case.partner_id, self.customer)
        self.assertIn("See below.", case.description)
        self.assertTrue(self.last_message(case).attachment_ids)

    def test_an_invitation(self):
        case = self.receive(mails.invitation())
        self.assertIn("Let us talk", case.description)
        self.assertTrue(self.last_message(case).attachment_ids)

    def test_character_sets_that_lie(self):
        texts = {
            mails.unknown_charset: "灯笼坏了，请换一个。",
            mails.wrong_charset: "Die Laterne ist zerst",
            mails.gb2312_header: "镕先生",
        }
        for maker, text in texts.items():
            with self.subTest(mail=maker.__name__):
                case = self.receive(maker(Message_ID=f"<{maker.__name__}@a.example>"))
                self.assertIn(text, case.description)
                self.assertFalse(case.mail_failure)

    def test_what_cannot_be_decoded_opens_a_case(self):
        case = self.receive(mails.undecodable())
        self.assertEqual(len(case), 1)
        self.assertEqual(case.partner_id, self.customer)

    def test_empty_body_and_empty_subject(self):
        case = self.receive(mails.raw(b"", Message_ID="<empty@a.example>"))
        self.assertFalse(case.description)
        case = self.receive(mails.raw(b"", Subject="", Message_ID="<none@a.example>"))
        self.assertEqual(case.name, "Mail without subject")
        case = self.receive(mails.raw(Subject=None, Message_ID="<no@a.example>"))
        self.assertEqual(case.name, "It does not light.")
        case = self.receive(mails.raw(Subject="Re: Re:", Message_ID="<re@a.example>"))
        self.assertEqual(case.name, "It does not light.")

    def test_huge_subject_is_cut_in_the_list_only(self):
        subject = "broken " * 715
        case = self.receive(mails.raw(Subject=subject))
        self.assertLessEqual(len(case.name), 250)
        self.assertEqual(self.last_message(case).subject.split(), subject.split())

    def test_scripts_do_not_survive(self):
        case = self.receive(mails.scripted())
        for body in (case.description, self.last_message(case).body):
            self.assertIn("broken", body)
            for evil in ("script", "onload", "steal"):
                self.assertNotIn(evil, body)

    def test_no_sender(self):
        case = self.receive(mails.raw(From=None))
        self.assertEqual(len(case), 1)
        self.assertFalse(case.partner_id)
        self.assertFalse(case.email_from)

    def test_zero_bytes(self):
        case = self.receive(mails.raw(b"It is\x00 broken", Subject=b"bro\x00ken"))
        self.assertEqual(len(case), 1)

    def test_copies_are_kept_without_our_own_addresses(self):
        case = self.receive(
            mails.raw(Cc="Bea <bea@acme.example>, complaints@lantern.example, x@other.example")
        )
        self.assertEqual(case._get_copied_emails(), ["bea@acme.example", "x@other.example"])

    def test_two_teams_named_make_one_case_of_the_first(self):
        mail = mails.raw(To="spares@lantern.example", Cc="complaints@lantern.example")
        case = self.receive(mail)
        self.assertEqual(case.team_id, self.spares)
        mail = mails.raw(
            To="complaints@lantern.example, spares@lantern.example", Message_ID="<2@a.example>"
        )
        self.assertEqual(self.receive(mail).team_id, self.team)

    def test_two_companies_named_get_a_case_each(self):
        cases = self.receive(mails.raw(Cc="help@torch.example"))
        self.assertEqual(cases.team_id, self.team | self.second_team)
        self.assertEqual(cases.company_id, self.company | self.second)
        self.assertEqual(cases.partner_id, self.customer)

    def test_a_server_that_opens_cases_uses_the_catch_all_team(self):
        gateway = self.Gateway.with_company(self.second)
        mail = mails.raw(To="somebody@nowhere.example")
        self.Gateway = gateway
        case = self.receive(mail, model="complaint.case")
        self.assertEqual(case.team_id, self.second_team)

    def test_delivered_twice(self):
        self.receive(mails.raw())
        self.assertFalse(self.receive(mails.raw()))
        nameless = mails.raw(b"Something else", Message_ID=None)
        self.assertEqual(len(self.receive(nameless)), 1)
        self.assertFalse(self.receive(nameless))

    def test_who_brings_mails_needs_no_rights_on_complaints(self):
        bringer = self.make_agent("base.group_system", name="Mail pipe")
        self.Gateway = self.env["mail.thread"].with_user(bringer)
        case = self.receive(mails.raw())
        self.assertEqual(case.partner_id, self.customer)
        self.assertFalse(self.receive(mails.raw()))

    def test_mails_of_other_applications_go_their_way(self):
        self.env["mail.alias"].create(
            {
                "alias_name": "partners",
                "alias_domain_id": self.domain.id,
                "alias_model_id": self.env["ir.model"]._get_id("res.partner"),
            }
        )
        before = self.env["res.partner"].search_count([])
        self.assertFalse(self.receive(mails.raw(To="partners@lantern.example")))
        self.assertEqual(self.env["res.partner"].search_count([]), before + 1)
        with self.assertRaises(ValueError):
            self.receive(mails.raw(To="nobody@nowhere.example", Message_ID="<9@a.example>"))


@tagged("post_install", "-at_install")
class TestMailSender(MailCase):
    """Who wrote: a customer, a stranger, a colleague."""

    def test_an_unknown_sender_is_proposed_and_gets_answers(self):
        stranger = "Zoe Zander <zoe@nowhere.example>"
        with self.no_new_partner():
            case = self.receive(mails.raw(From=stranger, Cc="cc@nowhere.example"))
            self.assertFalse(case.partner_id)
            self.assertEqual(case.contact_name, "Zoe Zander")
            self.assertIn("zoe@nowhere.example", case.proposed_contact)
            suggested = case.with_user(self.mia)._message_get_suggested_recipients(
                reply_discussion=True, no_create=False
            )
            self.assertFalse([each for each in suggested if not each["partner_id"]])
            with self.mails_may_leave() as left:
                case.with_user(self.mia).message_post(
                    body="We look into it.",
                    message_type="comment",
                    subtype_xmlid="mail.mt_comment",
                )
        self.assertEqual(left, [("mail.mail", "zoe@nowhere.example, cc@nowhere.example")])
        self.assertTrue(case.date_first_response)

    def test_a_note_does_not_leave(self):
        case = self.receive(mails.raw(From="Zoe <zoe@nowhere.example>"))
        case.with_user(self.mia).message_post(body="Who is she?", message_type="comment")
        self.assertFalse(self.last_message(case).outgoing_email_to)

    def test_accepting_a_proposal(self):
        zoe = "Zoe Zander <zoe@nowhere.example>"
        case = self.receive(mails.raw(From=zoe))
        other = self.receive(mails.raw(From=zoe, Message_ID="<2@n.example>", Subject="Another"))
        self.assertFalse(case.service_class)
        # an agent needs no right to edit the address book
        self.assertFalse(self.mia.has_group("base.group_partner_manager"))
        case.with_user(self.mia).action_create_contact()
        self.assertEqual(case.contact_id.name, "Zoe Zander")
        self.assertEqual(case.contact_id.email, "zoe@nowhere.example")
        self.assertEqual(other.contact_id, case.contact_id)
        self.assertEqual(self.last_message(other).author_id, case.contact_id)
        self.assertFalse(case.proposed_contact)
        self.assertFalse(case.unlinked_emails)

    def test_the_ending_of_the_address_tells_the_customer(self):
        case = self.receive(mails.raw(From="Bob <bob@acme.example>"))
        self.assertFalse(case.partner_id)
        mine = case.with_user(self.mia)
        self.assertEqual(mine.proposed_customer_id, self.customer)
        mine.action_create_contact()
        self.assertEqual(case.partner_id, self.customer)
        self.assertEqual(case.contact_id.parent_id, self.customer)
        self.assertEqual(case.contact_id.name, "Bob")
        self.assertEqual(case.service_class, "key")
        self.assertTrue(case.clock_ids.policy_id)

    def test_addresses_of_providers_tell_nothing(self):
        self.env["res.partner"].create({"name": "Li", "email": "li@qq.com"})
        case = self.receive(mails.raw(From="Wang <wang@qq.com>"))
        self.assertFalse(case.contact_candidate_ids)

    def test_an_address_of_several_customers_is_left_to_the_agent(self):
        twin = self.make_partner("Twin", email="ada@acme.example")
        case = self.receive(mails.raw())
        self.assertFalse(case.partner_id)
        self.assertLessEqual(self.person | twin, case.contact_candidate_ids)
        wizard = self.env["complaint.contact.link"].with_user(self.mia)
        wizard = wizard.create({"case_id": case.id, "partner_id": twin.id})
        self.assertFalse(wizard.add_person)
        wizard.action_apply()
        self.assertEqual(case.partner_id, twin)

    def test_the_sender_becomes_a_person_of_the_chosen_customer(self):
        case = self.receive(mails.raw(From="Zoe <zoe@nowhere.example>"))
        wizard = self.env["complaint.contact.link"].with_user(self.mia)
        wizard = wizard.create({"case_id": case.id, "partner_id": self.customer.id})
        self.assertTrue(wizard.add_person)
        wizard.action_apply()
        self.assertEqual(case.contact_id.parent_id, self.customer)
        self.assertEqual(case.contact_id.email, "zoe@nowhere.example")

    def test_contacts_of_another_company_stay_there(self):
        self.person.company_id = self.second
        self.customer.company_id = self.second
        self.assertFalse(self.receive(mails.raw()).partner_id)

    def test_a_colleague_forwards_a_customers_mail(self):
        self.chief.partner_id.email = "chief@lantern.example"
        case = self.receive(mails.forwarded(From="Chief <chief@lantern.example>"))
        self.assertFalse(case.partner_id)
        self.assertFalse(case.email_from)
        self.assertEqual(case.proposed_contact, "Carl Jung <carl@customer.example>")
        self.assertFalse(case.date_first_response)
        message = self.last_message(case)
        self.assertEqual(message.author_id, self.chief.partner_id)
        self.assertTrue(message.subtype_id.internal)
        case.with_user(self.mia).action_create_contact()
        self.assertEqual(case.contact_id.email, "carl@customer.example")
        self.assertEqual(case.email_normalized, "carl@customer.example")

    def test_a_colleague_without_customer(self):
        self.chief.partner_id.email = "chief@lantern.example"
        case = self.receive(mails.raw(From="chief@lantern.example"))
        self.assertFalse(case.partner_id)
        self.assertFalse(case.proposed_contact)

    def test_unknown_senders_are_found(self):
        known = self.open_case()
        unknown = self.open_case(From="Zoe <zoe@nowhere.example>")
        domain = [("id", "in", (known | unknown).ids)]
        Case = self.Case.with_user(self.mia)
        self.assertEqual(Case.search([*domain, ("proposed_contact", "!=", False)]), unknown)
        self.assertEqual(Case.search([*domain, ("proposed_contact", "=", False)]), known)

    def test_answers_come_to_the_team(self):
        case = self.open_case()
        message = self.answer(case)
        self.assertIn("complaints@lantern.example", message.reply_to)
