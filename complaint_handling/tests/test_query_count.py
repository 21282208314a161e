"""How many queries the work on many cases takes (BAR W2)."""

from odoo.tests import tagged

from .common import ComplaintCase

#: As many promises as a new case can have.
PROMISES = [
    ("first_response", 24, "hour", "clock"),
    ("update", 8, "hour", "working"),
    ("resolve", 3, "day", "working"),
]
CASES = 100


@tagged("post_install", "-at_install")
class TestQueryCount(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # as people work: what they change is logged
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": False})
        cls.Case = cls.env["complaint.case"]
        cls.make_policy(PROMISES)
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
