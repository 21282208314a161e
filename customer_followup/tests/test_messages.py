"""Messages that leave by themselves: to whom, when, once; and nothing where it is off."""

from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import FollowupCase

#: a Wednesday
NOON = "2024-07-03 12:00:00"


class MessageCase(FollowupCase):
    """These tests send: each says how many messages leave, and to whom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(cls.mails_may_leave())
        cls.Mail = cls.env["mail.mail"]
        cls.company.write({"email": "office@lantern.example", "automatic_contact": True})
        cls.company.automatic_since = "2024-01-01"
        cls.template = cls.env.ref("customer_followup.mail_template_contact")
        cls.cadences.active = False
        cls.cadence = cls.make_cadence(
            [("mail", 4, "week", {"mode": "automatic", "mail_template_id": cls.template.id})],
            service_class="basic",
        )
        cls.line = cls.cadence.line_ids
        cls.switch_on(cls.line)

    @classmethod
    def switch_on(cls, line):
        line.sample_date = "2024-01-01 10:00:00"
        with freeze_time("2024-01-01"):
            line.is_on = True

    @classmethod
    def make_reader(cls, **vals):
        """Create a customer with an address."""
        email = f"customer{next(cls.numbers)}@example.com"
        return cls.make_customer(**{"tier": "BASIC", "email": email, "tz": "UTC", **vals})

    def send(self, moment=NOON, company=None):
        """Run the job's work and return the mails it queued."""
        before = self.Mail.search([])
        crons = self.env.registry["ir.cron"]
        with freeze_time(moment), patch.object(crons, "_commit_progress", lambda *_, **__: 3600):
            self.Touch._send_messages(company or self.company)
        self.env.invalidate_all()
        return self.Mail.search([]) - before


@tagged("post_install", "-at_install")
class TestMessages(MessageCase):
    # ------------------------------------------------------------
    # What leaves
    # ------------------------------------------------------------

    def test_message_is_queued_and_recorded(self):
        customer = self.make_reader(lang="en_US")
        mail = self.send()
        self.assertEqual((mail.state, mail.recipient_ids), ("outgoing", customer))
        self.assertEqual(mail.reply_to, self.anna.email_formatted)
        self.assertIn(customer._get_opt_out_url(), mail.body_html)
        self.assertIn(self.anna.name, mail.body_html)
        touch = self.touches_of(customer)
        self.assertEqual(
            (touch.kind, touch.state, touch.origin, touch.outcome_id.code, touch.user_id),
            ("mail", "done", "automatic", "sent", self.anna),
        )
        self.assertFalse(touch.done_by_id)
        self.assertEqual(touch.result, mail.subject)
        self.assertTrue(touch.is_contact)

    def test_next_one_leaves_an_interval_later(self):
        customer = self.make_reader()
        self.assertEqual(len(self.send()), 1)
        self.assertFalse(self.send("2024-07-30 12:00:00"))
        self.assertEqual(len(self.send("2024-07-31 12:00:00")), 1)
        self.assertEqual(len(self.touches_of(customer)), 2)

    def test_another_contact_puts_it_off(self):
        customer = self.make_reader()
        with freeze_time("2024-06-20"):
            self.Touch.with_user(self.anna).log_contact(customer.id, "mail")
        self.assertFalse(self.send())
        self.assertEqual(len(self.send("2024-07-18 12:00:00")), 1)

    def test_first_messages_are_spread_over_one_interval(self):
        """Switched on for 40 customers: each gets one within four weeks, not all at once."""
        with freeze_time("2024-07-02"):
            self.line.is_on = False
            self.line.is_on = True
        customers = {self.make_reader() for _number in range(40)}
        days = [datetime(2024, 7, 2, 12) + timedelta(days=number) for number in range(28)]
        sent = [self.send(day).mapped("recipient_ids") for day in days]
        self.assertEqual(sum(map(len, sent)), 40)
        self.assertEqual({customer for day in sent for customer in day}, customers)
        self.assertLess(max(map(len, sent)), 10)

    def test_as_many_as_the_company_allows_in_a_day(self):
        self.company.automatic_limit = 2
        for _number in range(3):
            self.make_reader()
        self.assertEqual(len(self.send()), 2)
        self.assertFalse(self.send("2024-07-03 15:00:00"))
        self.assertEqual(len(self.send("2024-07-04 12:00:00")), 1)

    # ------------------------------------------------------------
    # What does not
    # ------------------------------------------------------------

    def test_nothing_leaves_while_it_is_off(self):
        self.make_reader()
        for off in (
            lambda: self.company.write({"automatic_contact": False}),
            lambda: self.line.write({"is_on": False}),
            lambda: self.company.write({"go_live_date": "2024-08-01"}),
            lambda: self.cadence.write({"active": False}),
        ):
            with self.env.cr.savepoint() as savepoint:
                off()
                self.assertFalse(self.send())
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertTrue(self.send())

    def test_job_asks_companies_that_switched_it_on(self):
        """The whole job, all companies: off is off."""
        self.make_reader()
        self.env["res.company"].search([]).automatic_contact = False
        before = self.Mail.search_count([])
        with freeze_time(NOON), self.enter_registry_test_mode():
            self.env.ref("customer_followup.ir_cron_send").method_direct_trigger()
        self.assertEqual(self.Mail.search_count([]), before)
        self.company.automatic_contact = True
        self.company.automatic_since = "2024-01-01"
        with freeze_time(NOON), self.enter_registry_test_mode():
            self.env.ref("customer_followup.ir_cron_send").method_direct_trigger()
        self.assertEqual(self.Mail.search_count([]), before + 1)

    def test_switched_on_but_never_by_default(self):
        self.assertFalse(self.make_company("Fresh").automatic_contact)
        shipped = self.cadences.line_ids.filtered(lambda line: line.mode == "automatic")
        self.assertTrue(shipped)
        self.assertFalse(shipped.filtered("is_on"))
        self.assertEqual(shipped.mail_template_id, self.template)

    def test_who_wants_none_or_has_no_address_gets_none(self):
        self.make_reader(care_do_not_contact=True)
        self.make_reader(email=False)
        blocked = self.make_reader()
        self.env["mail.blacklist"]._add(blocked.email)
        self.make_reader(active=False)
        paused = self.make_reader()
        self.env["followup.cadence.override"].create(
            {
                "partner_id": paused.id,
                "company_id": self.company.id,
                "kind": "mail",
                "pause": True,
                "reason": "asked",
            }
        )
        self.assertFalse(self.send())

    def test_quiet_hours_by_the_clock_of_the_customer(self):
        """12:00 UTC is 20:00 in Shanghai, and 8:00 in New York."""
        late = self.make_reader(tz="Asia/Shanghai")
        early = self.make_reader(tz="America/New_York")
        self.assertFalse(self.send("2024-07-03 11:59:00").recipient_ids & early)
        self.assertTrue(self.touches_of(late))
        self.assertEqual(self.send(NOON).recipient_ids, early)

    def test_quiet_hours_have_a_begin_and_an_end(self):
        self.make_reader(tz=False)
        for moment in ("2024-07-03 20:00:00", "2024-07-03 23:59:00", "2024-07-04 07:59:00"):
            self.assertFalse(self.send(moment), moment)
        self.assertTrue(self.send("2024-07-04 08:00:00"))

    def test_not_on_sundays_and_public_holidays(self):
        self.make_reader()
        self.assertFalse(self.send("2024-07-07 12:00:00"))
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": "2024-07-03 00:00:00",
                "date_to": "2024-07-04 00:00:00",
            }
        )
        self.assertFalse(self.send())
        self.assertTrue(self.send("2024-07-04 12:00:00"))

    # ------------------------------------------------------------
    # Once only
    # ------------------------------------------------------------

    def test_killed_and_begun_again_sends_none_twice(self):
        customers = [self.make_reader() for _number in range(6)]
        done = []
        crons = self.env.registry["ir.cron"]

        def stop_after_two(*_args, **_kwargs):
            done.append(1)
            return 3600 if len(done) < 2 else 0

        with freeze_time(NOON), patch.object(crons, "_commit_progress", stop_after_two):
            self.assertFalse(self.Touch._send_messages(self.company))
        self.assertEqual(len(self.send()), 4)
        self.assertFalse(self.send())
        for customer in customers:
            self.assertEqual(len(self.touches_of(customer)), 1)

    def test_one_that_fails_stops_no_other_and_leaves_no_trace(self):
        good, bad = self.make_reader(), self.make_reader()
        lines = self.env.registry["followup.cadence.line"]
        queue = lines._queue_message

        def fail_for_one(line, partner, *args):
            if partner == bad:
                raise ValueError("template")
            return queue(line, partner, *args)

        with (
            patch.object(lines, "_queue_message", fail_for_one),
            self.assertLogs(
                "odoo.addons.customer_followup.models.followup_touch_message", "WARNING"
            ),
        ):
            self.assertEqual(self.send().recipient_ids, good)
        self.assertFalse(self.touches_of(bad))
        self.assertEqual(self.send().recipient_ids, bad)

    def test_same_key_is_refused(self):
        customer = self.make_reader()
        self.send()
        touch = self.touches_of(customer)
        row = (customer.id, self.line.id, None, touch.date_due, touch.plan_key)
        with freeze_time(NOON):
            self.Touch._send_message(self.company, *row)
        self.assertEqual(self.touches_of(customer), touch)

    # ------------------------------------------------------------
    # Two companies
    # ------------------------------------------------------------

    def test_another_company_sends_its_own(self):
        customer = self.make_reader()
        other = self.make_company("Elsewhere", email="office@elsewhere.example")
        self.assertFalse(self.send(company=other))
        self.assertEqual(self.send().recipient_ids, customer)

    # ------------------------------------------------------------
    # Sample, switch, rights
    # ------------------------------------------------------------

    def test_line_needs_a_sample_before_it_is_switched_on(self):
        line = self.make_cadence(
            [("mail", 1, "month", {"mode": "automatic", "mail_template_id": self.template.id})]
        ).line_ids.with_user(self.manager)
        with self.assertRaises(ValidationError):
            line.is_on = True
        customer = self.make_reader()
        self.manager.email = "manager@lantern.example"
        before = self.Mail.search([])
        line.action_send_sample()
        mail = self.Mail.search([]) - before
        self.assertEqual(mail.email_to, self.manager.email_formatted)
        self.assertFalse(mail.recipient_ids)
        self.assertNotIn(customer._get_opt_out_url(), mail.body_html)
        line.is_on = True
        self.assertTrue(line.date_on)
        line.mail_template_id = self.template.copy()
        self.assertFalse(line.is_on or line.sample_date)

    def test_only_mails_leave_by_themselves(self):
        with self.assertRaises(ValidationError):
            self.line.write({"kind": "post", "sample_date": "2024-01-01", "is_on": True})

    def test_sample_needs_a_message_and_an_address(self):
        line = self.make_cadence([("mail", 1, "month", {"mode": "automatic"})]).line_ids
        with self.assertRaises(UserError):
            line.action_send_sample()
        self.manager.email = False
        with self.assertRaises(UserError):
            self.line.with_user(self.manager).action_send_sample()

    def test_account_manager_changes_nothing(self):
        line = self.line.with_user(self.leader)
        with self.assertRaises(AccessError):
            line.action_send_sample()
        with self.assertRaises(AccessError):
            line.is_on = False

    def test_switching_on_again_spreads_again(self):
        with freeze_time("2024-05-01"):
            self.company.automatic_contact = False
            self.company.automatic_contact = True
            self.assertEqual(str(self.company.automatic_since), "2024-05-01")
        with freeze_time("2024-06-01"):
            self.company.automatic_contact = True
            self.assertEqual(str(self.company.automatic_since), "2024-05-01")

    def test_settings_switch_the_company(self):
        admin = self.make_user("manager")
        admin.group_ids = [Command.link(self.env.ref("base.group_system").id)]
        settings = self.env["res.config.settings"].with_user(admin)
        settings.create({"care_automatic_contact": False, "care_quiet_from": 18}).execute()
        self.assertFalse(self.company.automatic_contact)
        self.assertEqual(self.company.quiet_from, 18)


@tagged("post_install", "-at_install")
class TestTextMessages(MessageCase):
    """The same by SMS, where Odoo's gateway is installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "sms.sms" not in cls.env:
            cls.skipTest(cls, "the SMS gateway is not installed")
        cls.company.country_id = cls.env.ref("base.be")
        cls.line.write(
            {"kind": "sms", "sms_body": "Dear {name}, all the best from {company} {{ 7 * 7 }}"}
        )
        cls.switch_on(cls.line)

    def send_texts(self):
        texts = self.env["sms.sms"].search([])
        self.send()
        return self.env["sms.sms"].search([]) - texts

    def make_listener(self, **vals):
        return self.make_customer("Nadia", tier="BASIC", tz="UTC", phone="+32470123456", **vals)

    def test_text_is_queued_and_recorded(self):
        customer = self.make_listener()
        text = self.send_texts()
        self.assertEqual(
            (text.number, text.state, text.partner_id), ("+32470123456", "outgoing", customer)
        )
        said = f"Dear Nadia, all the best from {self.company.name} {{{{ 7 * 7 }}}}"
        self.assertTrue(text.body.startswith(said), "nothing is evaluated")
        self.assertIn(customer._get_opt_out_url(), text.body)
        touch = self.touches_of(customer)
        self.assertEqual((touch.kind, touch.state, touch.result), ("sms", "done", said))
        self.assertFalse(self.send_texts(), "once only")

    def test_who_stopped_them_gets_none(self):
        customer = self.make_listener()
        customer._opt_out()
        self.assertTrue(customer.phone_blacklisted)
        self.make_customer("Without a number", tier="BASIC", tz="UTC")
        self.assertFalse(self.send_texts())

    def test_sample_goes_to_the_users_own_number(self):
        line = self.line.with_user(self.manager)
        line.sms_body = "Something else"
        self.assertFalse(line.is_on)
        with self.assertRaisesRegex(UserError, "your own phone number"):
            line.action_send_sample()
        self.manager.partner_id.phone = "+32470999999"
        before = self.env["sms.sms"].search([])
        line.action_send_sample()
        self.assertEqual((self.env["sms.sms"].search([]) - before).number, "+32470999999")
        self.assertTrue(line.sample_date)

    def test_needs_a_text(self):
        self.line.write({"sms_body": False})
        with self.assertRaisesRegex(UserError, "choose the message"):
            self.line.action_send_sample()


@tagged("post_install", "-at_install")
class TestOptOut(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        cls.customer = partners.create({"name": "Lotus", "email": "Lotus <lotus@example.com>"})
        cls.other = partners.create({"name": "Peony", "email": "peony@example.com"})

    def is_blocked(self, partner):
        self.env.invalidate_all()
        return bool(
            self.env["mail.blacklist"].search_count([("email", "=", partner.email_normalized)])
        )

    def get_url(self, partner, token_of=None):
        token = (token_of or partner)._get_opt_out_token()
        return f"/customer-care/opt-out/{partner.id}/{token}"

    def test_opening_the_link_changes_nothing(self):
        page = self.url_open(self.get_url(self.customer))
        self.assertEqual(page.status_code, 200)
        self.assertIn("lotus@example.com", page.text)
        self.assertFalse(self.is_blocked(self.customer))

    def test_the_button_blocks_the_address(self):
        self.authenticate(None, None)
        token = Request.csrf_token(self)
        page = self.url_open(self.get_url(self.customer), data={"csrf_token": token})
        self.assertEqual(page.status_code, 200)
        self.assertTrue(self.is_blocked(self.customer))
        self.assertFalse(self.is_blocked(self.other))

    @mute_logger("odoo.http")
    def test_without_csrf_token_nothing_happens(self):
        self.assertEqual(
            self.url_open(self.get_url(self.customer), data={"a": "b"}).status_code, 400
        )
        self.assertFalse(self.is_blocked(self.customer))

    def test_foreign_or_wrong_token_says_only_that_it_is_not_valid(self):
        self.authenticate(None, None)
        data = {"csrf_token": Request.csrf_token(self)}
        for url in (
            self.get_url(self.other, self.customer),
            f"/customer-care/opt-out/{self.other.id}/nonsense",
            f"/customer-care/opt-out/999999999/{self.other._get_opt_out_token()}",
        ):
            for page in (self.url_open(url), self.url_open(url, data=data)):
                self.assertEqual(page.status_code, 404)
                self.assertNotIn("peony", page.text)
        self.assertFalse(self.is_blocked(self.other))
