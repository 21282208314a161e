"""Promises: kept, late, broken; and overdue ones go to the leader once."""

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import FollowupCase

NOW = "2024-07-10 09:00:00"


@tagged("post_install", "-at_install")
class TestPromise(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.customer = cls.make_customer("Harbour Mill")
        cls.theirs = cls.make_customer("Valley Mill", user=cls.tom)

    def promise(self, day="2024-07-05", user=None, partner=None, **vals):
        user = user or self.anna
        return self.env["followup.promise"].create(
            {
                "name": "Send the price list",
                "partner_id": (partner or self.customer).id,
                "user_id": user.id,
                "company_id": self.company.id,
                "date_due": day,
                **vals,
            }
        )

    def tell(self, moment=NOW):
        """Run the job; return the notes that leaders got by it."""
        messages = self.env["mail.message"]
        last = messages.search([], order="id desc", limit=1).id
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref("customer_followup.ir_cron_tell_overdue_promises").method_direct_trigger()
        self.env.invalidate_all()
        return messages.search([("id", ">", last), ("subject", "ilike", "overdue")], order="id")

    # kept, late, broken

    def test_kept_late_and_broken(self):
        kept, late, broken = self.promise("2024-07-10"), self.promise(), self.promise()
        (kept | late).with_user(self.anna).action_keep()
        broken.with_user(self.anna).action_break()
        self.assertEqual([p.state for p in (kept, late, broken)], ["kept", "late", "broken"])

    def test_what_counts_is_not_deleted(self):
        open_one, broken = self.promise(), self.promise()
        broken.with_user(self.anna).action_break()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            broken.with_user(self.anna).unlink()
        open_one.with_user(self.anna).unlink()
        self.assertTrue(broken.exists() and not open_one.exists())

    def test_share_kept_leaves_open_ones_out(self):
        (self.promise("2024-07-20") | self.promise("2024-07-20")).action_keep()
        self.promise().action_keep()
        self.promise().action_break()
        self.promise("2024-08-01")
        promises = self.env["followup.promise"].with_user(self.anna)
        domain = [("partner_id", "=", self.customer.id)]
        [(user, ratio, count)] = promises._read_group(
            domain, ["user_id"], ["kept_ratio:avg", "__count"]
        )
        self.assertEqual((user, ratio, count), (self.anna, 50, 5))
        self.assertEqual(promises.fields_get(["kept_ratio"])["kept_ratio"]["aggregator"], "avg")

    def test_others_do_not_read_them(self):
        self.promise()
        found = self.env["followup.promise"].with_user(self.tom).search([])
        self.assertFalse(found)
        self.assertEqual(self.customer.with_user(self.anna).promise_open_count, 1)
        self.env.invalidate_all()
        self.assertEqual(self.customer.with_user(self.tom).promise_open_count, 0)

    # overdue

    def test_leader_finds_what_is_overdue_in_his_team(self):
        overdue = self.promise()
        self.promise("2024-07-20")
        own = self.promise(user=self.leader)
        domain = [("is_overdue", "=", True), ("is_in_my_team", "=", True)]
        promises = self.env["followup.promise"]
        self.assertEqual(promises.with_user(self.leader).search(domain), overdue)
        self.assertFalse(promises.with_user(self.anna).search(domain))
        self.assertFalse(own.with_user(self.leader).is_in_my_team)
        self.assertTrue(overdue.with_user(self.leader).is_in_my_team)

    def test_leader_is_told_once_and_together(self):
        self.promise()
        self.promise("2024-07-09", user=self.tom, partner=self.theirs, name="Repair the pump")
        note = self.tell()
        self.assertEqual(note.partner_ids, self.leader.partner_id)
        for part in ("Harbour Mill", "Repair the pump", self.tom.name):
            self.assertIn(part, note.body)
        self.assertFalse(self.tell("2024-07-11 09:00:00"))
        self.promise("2024-07-10", name="Call the bank")
        note = self.tell("2024-07-11 09:00:00")
        self.assertIn("Call the bank", note.body)
        self.assertNotIn("pump", note.body)

    def test_no_mail_to_the_customer(self):
        self.customer.email = "mill@example.com"
        self.promise()
        before = self.env["mail.mail"].search([]).ids
        note = self.tell()
        self.assertNotIn(self.customer, note.notified_partner_ids | note.partner_ids)
        mails = self.env["mail.mail"].search([("id", "not in", before)])
        self.assertLessEqual(mails.recipient_ids, self.leader.partner_id)

    def test_quiet_before_the_company_went_live(self):
        self.company.go_live_date = "2024-07-08"
        self.promise("2024-07-05")
        self.assertFalse(self.tell())
        self.promise("2024-07-09")
        self.assertTrue(self.tell())

    def test_the_day_is_that_of_who_promised(self):
        self.anna.tz = "Pacific/Auckland"
        promise = self.promise("2024-07-10")
        self.assertFalse(self.tell("2024-07-10 11:00:00"))
        self.assertTrue(self.tell("2024-07-10 13:00:00"))
        self.assertTrue(promise.date_told)

    def test_without_a_leader_nobody_is_told(self):
        promise = self.promise(user=self.manager)
        self.assertFalse(self.tell())
        self.assertTrue(promise.date_told)

    def test_another_date_is_told_again(self):
        promise = self.promise()
        self.tell()
        promise.with_user(self.anna).date_due = "2024-07-09"
        self.assertTrue(self.tell())

    def test_what_is_done_is_not_told(self):
        self.promise().action_keep()
        self.promise().action_break()
        self.assertFalse(self.tell())
