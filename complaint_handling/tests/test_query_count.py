"""How many queries the work on many cases takes."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import ComplaintCase

#: As many promises as a new case can have.
PROMISES = [
    ("first_response", 24, "hour", "clock"),
    ("update", 8, "hour", "working"),
    ("resolve", 3, "day", "working"),
]
CASES = 100


class QueryCase(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # as people work: what they change is logged
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})
        cls.Case = cls.env["complaint.case"]
        cls.policy_of_many = cls.make_policy(PROMISES)
        cls.customers = cls.env["res.partner"].create(
            [
                {"name": f"Customer {number}", "email": f"c{number}@many.example"}
                for number in range(CASES)
            ]
        )

    def open_cases(self, customers):
        return self.Case.create(
            [
                {
                    "name": f"Broken lantern of {customer.name}",
                    "company_id": self.company.id,
                    "partner_id": customer.id,
                    "channel": "mail",
                }
                for customer in customers
            ]
        )

    def count_queries(self, work):
        """Return how many queries some work takes, with all it leaves for the commit.

        :return: the number, and what the work returned
        """
        self.env.cr.flush()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        result = work()
        self.env.cr.flush()
        return self.env.cr.sql_log_count - before, result


@tagged("post_install", "-at_install")
class TestQueryCount(QueryCase):
    def test_a_case_of_a_batch_takes_six_queries_at_most(self):
        self.open_cases(self.customers[:2])  # what is read once for all, such as rights
        count, cases = self.count_queries(lambda: self.open_cases(self.customers))
        self.assertEqual(len(cases.clock_ids), len(PROMISES) * CASES)
        self.assertEqual(len(set(cases.mapped("number"))), CASES)
        self.assertLessEqual(count, 6 * CASES)

    def test_neither_does_one_that_is_assigned_by_the_team(self):
        self.team.assignment = "balanced"
        self.open_cases(self.customers[:2])
        count, cases = self.count_queries(lambda: self.open_cases(self.customers))
        self.assertEqual(cases.user_id, self.mia | self.ben)
        self.assertLessEqual(count, 6 * CASES)

    def test_queries_hardly_grow_with_the_batch(self):
        """Most of the work is done once for all cases: twice as many take no half more."""
        self.open_cases(self.customers[:2])
        few, _cases = self.count_queries(lambda: self.open_cases(self.customers[: CASES // 2]))
        many, _cases = self.count_queries(lambda: self.open_cases(self.customers))
        self.assertLess(many, 1.5 * few)

    def test_moving_many_cases_takes_no_query_for_each(self):
        cases = self.open_cases(self.customers)
        accepted = self.env["complaint.stage"]._get("accepted")
        progress = self.env["complaint.stage"]._get("progress")
        self.count_queries(lambda: cases[:2].write({"stage_id": accepted.id}))
        count, _result = self.count_queries(lambda: cases.write({"stage_id": progress.id}))
        self.assertLessEqual(count, CASES / 4)

    def test_each_moved_case_has_its_own_log(self):
        cases = self.open_cases(self.customers[:3])
        cases[0].user_id = self.ben
        self.env.cr.flush()
        accepted = self.env["complaint.stage"]._get("accepted")
        before = {case: case.message_ids for case in cases}
        cases[1:].write({"stage_id": accepted.id})
        cases[2].with_user(self.mia)._track_set_log_message("Taken over")
        self.env.cr.flush()
        self.assertEqual(cases[0].message_ids, before[cases[0]])
        for case in cases[1:]:
            [log] = case.message_ids - before[case]
            [value] = log.sudo().tracking_value_ids.filtered(
                lambda value: value.field_id.name == "stage_id"
            )
            self.assertEqual(
                (value.old_value_char, value.new_value_char), ("New", accepted.name), case.name
            )
        [log] = cases[2].message_ids - before[cases[2]]
        self.assertIn("Taken over", log.body)


@tagged("post_install", "-at_install")
class TestQueryCountOfActs(QueryCase):
    """What is done to a hundred cases at once takes six queries a case at most.

    With the letters to their customers, and everybody who has to know.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Stage = cls.env["complaint.stage"]
        cls.waits = cls.env["complaint.pause.reason"].search(
            [("waits_for", "=", "customer")], limit=1
        )

    def work_on(self, method, may_mail):
        """Return cases in progress, and two more on which everything was tried before.

        What is read once for all, such as rights and templates, is no work on a case.
        """
        self.company.complaint_customer_mail = may_mail
        self.policy_of_many.verification = method
        cases = self.open_cases(self.customers)
        first = self.open_cases(self.customers[:2])
        (cases | first).write({"stage_id": self.Stage._get("progress").id, "user_id": self.mia.id})
        return cases, first

    def solve_all(self, cases):
        # each customer was told at a time of his own
        now = fields.Datetime.now()
        for minutes, case in enumerate(cases):
            case.date_communicated = now - timedelta(minutes=minutes)
        cases.write({"stage_id": self.Stage._get("resolved").id})

    def confirm_all(self, cases):
        cases.verification_id._confirm()

    def close_all(self, cases):
        cases.with_context(complaint_close_reason="He said so.")._close()

    def reopen_all(self, cases):
        cases.write({"stage_id": self.Stage._get("progress").id})

    def pause_all(self, cases):
        cases._pause(self.waits)

    def resume_all(self, cases):
        cases._resume()

    def check(self, acts, method, may_mail):
        with self.mails_may_leave():
            cases, first = self.work_on(method, may_mail)
            for act in acts:
                act(first)
            for act in acts:
                count, _result = self.count_queries(lambda act=act: act(cases))
                with self.subTest(act.__name__, method=method, may_mail=may_mail):
                    self.assertLessEqual(count, 6 * CASES)
        return cases

    def check_both(self, acts, method):
        for may_mail in (False, True):
            with self.subTest(may_mail=may_mail):
                yield self.check(acts, method, may_mail)

    def test_solving_closing_and_reopening_with_calls(self):
        for cases in self.check_both(
            [self.solve_all, self.close_all, self.reopen_all], method="call"
        ):
            self.assertEqual(set(cases.mapped("stage_kind")), {"progress"})
            self.assertEqual(set(cases.mapped("run")), {2})
            self.assertEqual(set(cases.verification_ids.mapped("state")), {"cancelled"})

    def test_solving_closing_and_reopening_with_mails(self):
        for cases in self.check_both(
            [self.solve_all, self.close_all, self.reopen_all], method="mail"
        ):
            self.assertEqual(set(cases.mapped("reopen_count")), {1})
            self.assertEqual(set(cases.verification_ids.mapped("state")), {"cancelled"})

    def test_solving_and_confirming_by_silence(self):
        for cases in self.check_both([self.solve_all, self.confirm_all], method="silence"):
            self.assertEqual(set(cases.mapped("stage_kind")), {"closed"})
            self.assertEqual(set(cases.verification_ids.mapped("state")), {"confirmed"})

    def test_solving_and_confirming_calls_that_are_follow_ups(self):
        for user in (self.chief, self.ben):
            user.group_ids += self.env.ref("customer_tiering.customer_tiering_group_own")
        for cases in self.check_both([self.solve_all, self.confirm_all], method="call"):
            self.assertEqual(len(cases.verification_ids.touch_id), CASES)
            self.assertEqual(set(cases.verification_ids.touch_id.mapped("state")), {"cancelled"})

    def test_reopening_while_the_customer_is_asked(self):
        for cases in self.check_both([self.solve_all, self.reopen_all], method="call"):
            self.assertEqual(set(cases.verification_ids.mapped("state")), {"cancelled"})
            self.assertFalse(cases.verification_ids.activity_ids)

    def test_solving_without_a_question(self):
        for cases in self.check_both([self.solve_all], method="none"):
            self.assertEqual(set(cases.mapped("stage_kind")), {"closed"})

    def test_pausing_and_resuming(self):
        for cases in self.check_both([self.pause_all, self.resume_all], method="mail"):
            clocks = cases.clock_ids.filtered(lambda clock: clock.kind == "resolve")
            self.assertEqual(set(clocks.mapped("state")), {"running"})
            self.assertEqual(len(clocks.interval_ids), 3 * CASES)
