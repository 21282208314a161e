"""How a customer answers, and what is suggested about those who do not."""

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import FollowupCase

NOW = "2024-07-01 09:00:00"


@tagged("post_install", "-at_install")
class TestResponsiveness(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.customer = cls.make_customer("Quiet Mill")

    def say(self, code, day, state="done", attempts=0, partner=None, **vals):
        """Insert a contact or an attempt as it stands afterwards."""
        outcome = self.outcome(code)
        done = state == "done"
        touch = self.make_touch(partner or self.customer, day, **vals)
        touch.with_context(followup_machine=True).write(
            {
                "state": state,
                "outcome_id": outcome.id,
                "date_done": f"{day} 10:00:00" if done else False,
                "date_attempt": False if done else f"{day} 10:00:00",
                "attempt_count": attempts,
            }
        )
        return touch

    def said(self, user=None, partner=None):
        self.env.invalidate_all()
        partner = (partner or self.customer).with_user(user or self.anna)
        return partner.responsiveness, partner.silence_advice

    def test_nobody_tried(self):
        self.assertEqual(self.said(), (False, False))

    def test_the_last_response_gives_the_word(self):
        for code, day, word in (
            ("reached", "2024-02-01", "answers"),
            ("ordered", "2024-03-01", "ordered"),
            ("call_back", "2024-04-01", "will_return"),
            ("refused", "2024-05-01", "answers"),
        ):
            self.say(code, day)
            self.assertEqual(self.said(), (word, False))

    def test_one_call_unanswered_is_no_silence(self):
        self.say("reached", "2024-06-01")
        self.say("no_answer", "2024-06-20", "missed", 3)
        self.assertEqual(self.said(), ("answers", False))
        self.assertEqual(str(self.customer.silent_since), "2024-06-20")
        self.assertEqual(self.customer.silent_attempts, 3)

    def test_never_reached(self):
        self.say("no_answer", "2024-06-20", "missed", 2)
        self.assertEqual(self.said(), ("unreached", False))

    def test_reads_but_is_silent(self):
        self.say("read_silent", "2024-06-20", kind="wechat")
        self.assertEqual(self.said(), ("silent", False))

    def test_a_message_sent_says_nothing_by_itself(self):
        self.say("reached", "2024-06-01")
        self.say("sent", "2024-06-20", kind="mail")
        self.assertEqual(self.said()[0], "answers")

    def test_half_a_year_and_a_year(self):
        self.say("reached", "2023-01-01")
        self.say("no_answer", "2024-01-02", "missed", 1)
        self.assertEqual(self.said(), ("answers", False))
        self.say("no_answer", "2024-01-01", "missed", 1)
        self.assertEqual(self.said(), ("unreached", "other"))
        self.say("no_answer", "2023-07-01", "missed", 1)
        self.assertEqual(self.said(), ("unreached", "hold"))
        self.say("reached", "2024-06-30")
        self.assertEqual(self.said(), ("answers", False))

    def test_who_was_not_tried_is_not_silent(self):
        self.say("reached", "2020-01-01")
        self.assertEqual(self.said(), ("answers", False))

    def test_an_order_is_an_answer(self):
        self.say("no_answer", "2023-07-01", "missed", 1)
        standing = self.Standing.search([("partner_id", "=", self.customer.id)])
        standing.last_date = "2024-06-01"
        self.assertEqual(self.said(), ("ordered", False))

    def test_limits_are_the_companys(self):
        self.say("no_answer", "2024-04-01", "missed", 1)
        self.assertFalse(self.said()[1])
        self.company.write({"care_silent_months": 1, "care_hold_months": 3})
        self.assertEqual(self.said()[1], "hold")

    def test_searching_finds_what_is_read(self):
        answers = self.make_customer("Loud Mill")
        untried = self.make_customer("New Mill")
        self.say("reached", "2024-06-01", partner=answers)
        self.say("no_answer", "2023-12-01", "missed", 1)
        both = [("id", "in", (self.customer | answers | untried).ids)]
        partners = self.env["res.partner"].with_user(self.anna)
        for domain, found in (
            ([("responsiveness", "=", "unreached")], self.customer),
            ([("responsiveness", "in", ["answers", "unreached"])], self.customer | answers),
            ([("responsiveness", "!=", "answers")], self.customer | untried),
            ([("responsiveness", "=", False)], untried),
            ([("silence_advice", "!=", False)], self.customer),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(partners.search(both + domain, order="id"), found.sorted("id"))

    def test_others_learn_nothing(self):
        self.say("no_answer", "2023-06-01", "missed", 1)
        self.assertEqual(self.said(self.leader), ("unreached", "hold"))
        self.assertEqual(self.said(self.tom), (False, False))
        domain = [("id", "=", self.customer.id), ("silence_advice", "=", "hold")]
        partners = self.env["res.partner"]
        self.assertFalse(partners.with_user(self.tom).search(domain))
        self.assertTrue(partners.with_user(self.leader).search(domain))

    def test_each_company_for_itself(self):
        self.say("no_answer", "2023-06-01", "missed", 1)
        other = self.make_company("Second")
        user = self.make_user("all", companies=self.company | other)
        there = self.customer.with_user(user).with_context(allowed_company_ids=other.ids)
        self.assertFalse(there.responsiveness)

    def test_as_many_queries_for_many(self):
        customers = self.customer
        for _number in range(5):
            customers |= self.make_customer()
        for customer in customers:
            self.say("reached", "2024-06-01", partner=customer)
        self.said()
        self.env.invalidate_all()
        mine = customers.with_user(self.anna)
        mine.fetch(["commercial_partner_id"])
        with self.assertQueryCount(10):
            self.assertEqual(set(mine.mapped("responsiveness")), {"answers"})


@tagged("post_install", "-at_install")
class TestSilentCustomers(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.customer = cls.make_customer("Quiet Mill")
        cls.other = cls.make_customer("Still Mill")
        cls.person = cls.make_partner("Ina", is_company=False, parent_id=cls.customer.id)
        for customer in (cls.customer, cls.other):
            touch = cls.make_touch(customer, "2023-06-01")
            touch.with_context(followup_machine=True).write(
                {
                    "state": "missed",
                    "outcome_id": cls.env.ref("customer_followup.followup_outcome_no_answer").id,
                    "date_attempt": "2023-06-01 10:00:00",
                    "attempt_count": 3,
                }
            )

    def listed(self, user):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "customer_followup.res_partner_action_silent"
        )
        domain = [
            ("silence_advice", "!=", False),
            ("parent_id", "=", False),
            ("care_do_not_contact", "=", False),
            ("customer_status", "!=", "on_hold"),
        ]
        self.assertEqual(action["domain"].replace(" ", ""), str(domain).replace(" ", ""))
        return self.env["res.partner"].with_user(user).search(domain)

    def redirect(self, partners, user, **vals):
        action = partners.with_user(user).action_redirect()
        wizard = self.env["followup.redirect"].with_user(user).with_context(**action["context"])
        return wizard.create(vals).action_apply()

    def test_the_list_forgets_who_is_on_hold_or_not_to_be_contacted(self):
        self.assertEqual(self.listed(self.anna), self.customer | self.other)
        self.other.care_do_not_contact = True
        action = self.customer.with_user(self.leader).action_put_on_hold()
        wizard = self.env["customer.hold.start"].with_user(self.leader)
        wizard.with_context(**action["context"]).create({"reason": "silent"}).action_apply()
        self.env.invalidate_all()
        self.assertFalse(self.listed(self.anna))

    def test_a_colleague_tries_what_is_planned(self):
        planned = self.make_touch(self.customer, "2024-07-10")
        self.redirect(self.customer | self.other, self.leader, user_id=self.tom.id)
        self.assertEqual(planned.user_id, self.tom)
        self.assertTrue(planned.is_reassigned)
        self.assertEqual(self.customer.user_id, self.anna)
        new = self.touches_of(self.other, state="planned")
        self.assertEqual((new.user_id, new.kind), (self.tom, "call"))
        self.assertEqual(str(new.date_planned.date()), "2024-07-01")

    def test_a_colleague_becomes_the_account_manager(self):
        self.leader.group_ids += self.env.ref("base.group_partner_manager")
        self.redirect(
            self.customer | self.other, self.leader, user_id=self.tom.id, change_manager=True
        )
        self.assertEqual((self.customer | self.other).user_id, self.tom)

    def test_another_person_is_asked_for(self):
        self.redirect(self.customer, self.anna, contact_id=self.person.id)
        planned = self.touches_of(self.customer, state="planned")
        self.assertEqual((planned.contact_id, planned.user_id), (self.person, self.anna))

    def test_something_has_to_be_chosen(self):
        with self.assertRaisesRegex(UserError, "Choose a colleague"):
            self.redirect(self.customer, self.anna)
