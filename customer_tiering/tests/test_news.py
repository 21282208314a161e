"""Who is told of levels that changed or will: account managers, and customers who rose."""

from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from ..models import customer_tier_news
from .common import StabilityCase


@tagged("post_install", "-at_install")
class TestNews(StabilityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.scheme = cls.make_operative(cls.make_monthly())
        # the database may hold operative schemes of demo companies
        cls.Scheme.with_context(allowed_company_ids=None).search(
            [("operative", "=", True), ("id", "!=", cls.scheme.id)]
        ).operative = False
        cls.anna = cls.make_user("own", name="Anna", email="anna@example.com")
        cls.wei = cls.make_user("own", name="Wei", email="wei@example.com", lang="zh_CN")
        cls.scheme.tier_ids[0].update_field_translations("name", {"zh_CN": "金牌"})
        (cls.ann | cls.bob).user_id = cls.anna
        cls.cid.user_id = cls.wei
        for partner in (cls.ann, cls.bob, cls.cid, cls.dan):
            partner.email = f"{partner.name.lower()}@example.com"
        cls.insert_orders(
            [(partner.id, 150, "2024-01-15") for partner in (cls.ann, cls.bob, cls.cid, cls.dan)]
        )

    def setUp(self):
        super().setUp()
        self.night(self.scheme, day="2024-02-01")

    def tell(self, day):
        """Run the job that tells news; return the messages it made, oldest first."""
        last = self.env["mail.message"].search([], order="id desc", limit=1).id
        with self.enter_registry_test_mode(), freeze_time(f"{day} 02:00:00"):
            self.env.ref("customer_tiering.ir_cron_tell_news").method_direct_trigger()
        self.env.invalidate_all()
        return self.env["mail.message"].search([("id", ">", last)], order="id")

    def buy_and_tell(self, *rows, day):
        for partner, amount in rows:
            self.buy(partner, amount, day)
        self.night(self.scheme, day=day)
        return self.tell(day)

    def test_a_baseline_is_no_news(self):
        self.assertFalse(self.tell("2024-02-01"))

    def test_no_history_at_all(self):
        other = self.make_operative(self.make_monthly())
        self.assertFalse(other.evaluation_error)
        self.assertFalse(self.tell("2024-02-01"))

    def test_one_digest_for_each_account_manager(self):
        messages = self.buy_and_tell(
            (self.ann, 1000), (self.bob, 1000), (self.cid, 1000), (self.dan, 1000), day="2024-02-10"
        )
        self.assertEqual(len(messages), 2)
        by_user = {message.notified_partner_ids: message for message in messages}
        mine = by_user[self.anna.partner_id]
        self.assertEqual(mine.subject, "Levels of your customers")
        for words in ("Rises", "(2)", "Ann", "Bob", "Silver", "Gold", "02/10/2024", "1,150.00"):
            self.assertIn(words, mine.body)
        for words in ("Cid", "Dan", "Falls"):
            self.assertNotIn(words, mine.body)
        theirs = by_user[self.wei.partner_id]
        self.assertIn("Cid", theirs.body)

    def test_in_the_language_of_the_reader(self):
        """Red until i18n/zh_CN.po has every sentence of the digest."""
        [message] = self.buy_and_tell((self.cid, 1000), day="2024-02-10")
        self.assertEqual(message.notified_partner_ids, self.wei.partner_id)
        self.assertIn("金牌", message.body)
        self.assertIn("销售额", message.body, "the reason")
        self.assertNotIn("Rises", message.body)
        self.assertNotIn("Levels of your customers", message.subject)

    def test_told_once_only(self):
        self.assertTrue(self.buy_and_tell((self.ann, 1000), day="2024-02-10"))
        self.assertFalse(self.tell("2024-02-10"))
        self.assertFalse(self.buy_and_tell(day="2024-02-11"))

    def test_falls_and_falls_to_come(self):
        self.night(self.scheme, day="2024-02-20")
        messages = self.tell("2024-02-20")
        mine = messages.filtered(lambda row: row.notified_partner_ids == self.anna.partner_id)
        self.assertIn("Falls to come", mine.body)
        self.assertIn("Ann", mine.body)
        self.assertIn("02/29/2024", mine.body)
        self.night(self.scheme, day="2024-02-21")
        self.assertFalse(self.tell("2024-02-21"), "a fall to come is told once")
        self.night(self.scheme, day="2024-03-01")
        messages = self.tell("2024-03-01")
        mine = messages.filtered(lambda row: row.notified_partner_ids == self.anna.partner_id)
        self.assertIn("Falls", mine.body)
        self.assertNotIn("Falls to come", mine.body)

    def test_nothing_of_archived_customers(self):
        self.night(self.scheme, day="2024-02-20")
        self.buy(self.ann, 1000, "2024-02-21")
        self.night(self.scheme, day="2024-02-21")
        (self.ann | self.bob).active = False
        messages = self.tell("2024-02-21")
        self.assertNotIn(self.anna.partner_id, messages.notified_partner_ids)
        self.assertTrue(self.history_of(self.scheme, self.ann))

    def test_no_message_to_an_archived_customer(self):
        self.choose_template()
        self.buy(self.ann, 1000, "2024-02-10")
        self.buy(self.bob, 1000, "2024-02-10")
        self.night(self.scheme, day="2024-02-10")
        self.ann.active = False
        self.tell("2024-02-10")
        self.assertEqual(self.mails().recipient_ids, self.bob)

    def test_locks_are_no_news(self):
        with freeze_time("2024-02-05 10:00:00"):
            self.standing_of(self.scheme, self.ann).lock_level(
                self.scheme.tier_ids[0], "2024-02-06", "Contract"
            )
        self.assertFalse(self.tell("2024-02-05"))

    def test_old_changes_are_no_news(self):
        self.buy(self.ann, 1000, "2024-02-10")
        self.night(self.scheme, day="2024-02-10")
        self.assertFalse(self.tell("2024-02-25"))

    def test_long_lists_are_cut(self):
        partners = [self.make_partner(user_id=self.anna.id) for _letter in "abcde"]
        with patch.object(customer_tier_news, "NEWS_LINES", 2):
            [message] = self.buy_and_tell(
                *[(partner, 1000) for partner in partners], day="2024-02-10"
            )
        self.assertIn("3", message.body[message.body.index("and ") :])
        self.assertEqual(sum(partner.name in message.body for partner in partners), 2)

    def test_nobody_is_told_where_switched_off(self):
        self.scheme.tell_managers = False
        self.assertFalse(self.buy_and_tell((self.ann, 1000), day="2024-02-10"))
        self.scheme.tell_managers = True
        self.assertFalse(self.tell("2024-02-10"), "not later either")

    def test_who_left_is_not_told(self):
        self.anna.active = False
        self.assertFalse(self.buy_and_tell((self.ann, 1000), day="2024-02-10"))

    # ------------------------------------------------------------
    # The customer
    # ------------------------------------------------------------

    def mails(self):
        return self.env["mail.mail"].search([("model", "=", "customer.tier.history")])

    def test_customers_are_told_nothing_by_default(self):
        self.buy_and_tell((self.ann, 1000), day="2024-02-10")
        self.assertFalse(self.mails())

    def choose_template(self):
        self.scheme.rise_template_id = self.env.ref("customer_tiering.mail_template_level_rise")

    def test_a_customer_is_told_of_his_rise(self):
        self.choose_template()
        self.scheme.tell_managers = False
        self.buy_and_tell((self.ann, 1000), (self.cid, 1), day="2024-02-10")
        [mail] = self.mails()
        self.assertEqual(mail.recipient_ids, self.ann)
        self.assertIn("Gold", mail.subject)
        self.assertEqual(mail.state, "outgoing", "through the queue")
        self.tell("2024-02-10")
        self.assertEqual(len(self.mails()), 1)

    def test_a_customer_is_told_in_his_language(self):
        self.choose_template()
        self.ann.lang = "zh_CN"
        self.buy_and_tell((self.ann, 1000), day="2024-02-10")
        self.assertIn("金牌", self.mails().subject)

    def test_not_of_his_fall(self):
        self.choose_template()
        self.night(self.scheme, day="2024-03-01")
        self.tell("2024-03-01")
        self.assertFalse(self.held_by(self.scheme, self.ann))
        self.assertFalse(self.mails())

    def test_not_who_rose_and_fell_since(self):
        self.choose_template()
        self.scheme.decision = "daily"
        self.buy(self.ann, 1000, "2024-02-10")
        self.night(self.scheme, day="2024-02-10")
        self.buy(self.ann, -1000, "2024-02-11")
        self.night(self.scheme, day="2024-02-12")
        self.tell("2024-02-12")
        self.assertFalse(self.mails())

    def test_one_message_for_two_rises(self):
        self.choose_template()
        self.buy(self.ann, 5, "2024-02-09")
        newcomer = self.make_partner(email="new@example.com")
        self.buy(newcomer, 10, "2024-02-09")
        self.night(self.scheme, day="2024-02-09")
        self.buy(newcomer, 1000, "2024-02-10")
        self.night(self.scheme, day="2024-02-10")
        self.tell("2024-02-10")
        self.assertEqual(len(self.mails()), 1)
        self.assertIn("Gold", self.mails().subject)

    def test_neither_the_blacklisted_nor_who_has_no_address(self):
        self.choose_template()
        self.env["mail.blacklist"]._add("ann@example.com")
        self.bob.email = False
        self.cid.email = "no address"
        self.buy_and_tell((self.ann, 1000), (self.bob, 1000), (self.cid, 1000), day="2024-02-10")
        self.assertFalse(self.mails())

    def test_a_sample_goes_to_the_manager_himself(self):
        self.choose_template()
        manager = self.make_user("manager", email="boss@example.com")
        scheme = self.scheme.with_user(manager)
        scheme.action_send_rise_sample()
        mail = self.mails()
        self.assertEqual((mail.email_to, len(mail.recipient_ids)), (manager.email_formatted, 0))

    # ------------------------------------------------------------
    # Failures
    # ------------------------------------------------------------

    def test_a_scheme_that_fails_does_not_stop_the_others(self):
        company = self.make_company("Other")
        other = self.make_operative(self.make_monthly(company_id=company.id))
        original = type(self.scheme)._tell_news

        def explode(scheme):
            original(scheme)
            if scheme.company_id == company:
                raise ZeroDivisionError

        for first in (other, self.scheme):
            first.sequence = -1
        self.buy(self.ann, 1000, "2024-02-10")
        self.night(self.scheme, other, day="2024-02-10")
        with (
            patch.object(type(self.scheme), "_tell_news", explode),
            self.assertLogs("odoo.addons.customer_tiering", "WARNING"),
        ):
            messages = self.tell("2024-02-10")
        self.assertEqual(len(messages), 1)

    def test_a_broken_scheme_does_not_stop_the_night_and_is_shown(self):
        company = self.make_company("Other")
        broken = self.make_operative(
            self.make_monthly("abc", [("A", 80), ("B", 20)], company_id=company.id)
        )
        broken.sequence = -1
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_tier SET share = 90 WHERE id = %s", [broken.tier_ids[0].id]
        )
        self.env.invalidate_all()
        self.buy(self.ann, 1000, "2024-02-10")
        with self.enter_registry_test_mode(), freeze_time("2024-02-10 01:00:00"):
            self.env.ref("customer_tiering.ir_cron_evaluate_schemes").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.held_by(self.scheme, self.ann), "Gold")
        self.assertFalse(self.scheme.evaluation_error)
        manager = self.make_user("manager", company)
        seen = self.Scheme.with_user(manager).with_context(allowed_company_ids=company.ids)
        failed = seen.search([("evaluation_error", "!=", False)])
        self.assertEqual(failed, broken)
        self.assertEqual(failed.evaluation_error, "The shares make 110 %, not 100 %.")
        # mended, the next night clears the message
        broken.tier_ids[0].share = 80
        with self.enter_registry_test_mode(), freeze_time("2024-02-11 01:00:00"):
            self.env.ref("customer_tiering.ir_cron_evaluate_schemes").method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(broken.evaluation_error)
