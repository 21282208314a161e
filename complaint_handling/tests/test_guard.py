from datetime import datetime

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import NOW, ComplaintCase


@tagged("post_install", "-at_install")
class TestGuard(ComplaintCase):
    """What an agent cannot do to a case, by whatever way."""

    def setUp(self):
        super().setUp()
        self.at(NOW)
        self.case = self.make_case(user_id=self.mia.id)
        self.mine = self.case.with_user(self.mia)

    def stage(self, kind):
        return self.env["complaint.stage"]._get(kind).id

    def test_dates_and_marks_are_not_typed_in(self):
        other = self.make_case()
        for vals in (
            {"date_communicated": NOW},
            {"stage_kind": "closed", "is_open": False},
            {"verification_state": "confirmed"},
            {"merged_into_id": other.id},
            {"date_first_response": NOW},
            {"reopen_count": 0},
            {"run": 7},
            {"number": "C24-00001"},
            {"service_class": "key"},
            {
                "pause_reason_id": self.env.ref(
                    "complaint_handling.complaint_pause_reason_customer"
                ).id
            },
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self.mine.write(vals)

    def test_nothing_is_born_solved(self):
        with self.assertRaises(UserError):
            self.mine.create({"name": "Closed", "stage_id": self.stage("closed")})
        case = self.mine.create(
            {"name": "New", "date_communicated": NOW, "number": "X", "run": 3, "is_open": False}
        )
        self.assertFalse(case.date_communicated)
        self.assertNotEqual(case.number, "X")
        self.assertEqual((case.run, case.is_open), (1, True))

    def test_what_may_do_harm_stays_critical(self):
        category = self.env.ref("complaint_handling.complaint_category_product_safety")
        case = self.mine.create(
            {"name": "Hot", "category_id": category.id, "is_safety": False, "severity": "low"}
        )
        self.assertEqual(case.severity, "critical")
        case.write({"severity": "low"})
        self.assertEqual(case.severity, "critical")
        case.write({"is_safety": False, "severity": "low"})
        self.assertEqual((case.is_safety, case.severity), (True, "critical"))

    def test_ways_that_make_no_sense(self):
        self.solve(self.case)
        with self.assertRaises(UserError):
            self.mine.write({"stage_id": self.stage("rejected")})
        self.case.sudo().verification_state = "not_needed"
        self.case.verification_id.sudo().state = "cancelled"
        self.mine.sudo()._close()
        for kind in ("resolved", "rejected"):
            with self.subTest(kind=kind), self.assertRaises(UserError):
                self.mine.write({"stage_id": self.stage(kind)})

    def test_rejected_without_a_word_keeps_no_promise(self):
        reason = self.env.ref("complaint_handling.complaint_reject_reason_spam")
        with self.assertRaises(UserError):
            self.mine.write({"reject_reason_id": reason.id, "stage_id": self.stage("rejected")})
        wizard = self.mine.env["complaint.reject"].create(
            {"case_id": self.case.id, "reason_id": reason.id, "is_told": True}
        )
        wizard.action_confirm()
        self.assertEqual(self.case.stage_kind, "rejected")
        self.assertFalse(self.case.date_communicated)
        self.assertEqual(set(self.case.clock_ids.mapped("state")), {"cancelled"})

    def test_only_a_manager_corrects_when_it_came_in(self):
        with self.assertRaises(UserError):
            self.mine.write({"date_received": "2024-07-03 07:59:00"})
        self.case.with_user(self.head).write({"date_received": "2024-07-02 08:00:00"})
        clock = self.clock(self.case, "resolve")
        self.assertEqual(clock.date_start, datetime(2024, 7, 2, 8))
        self.assertMoment(clock.date_due, "2024-07-04 17:00:00")

    def test_a_case_stays_in_its_company(self):
        other = self.make_company("Other")
        with self.assertRaises(UserError):
            self.case.write({"company_id": other.id})

    def test_a_stage_with_cases_keeps_its_meaning(self):
        with self.assertRaises(UserError):
            self.case.stage_id.kind = "closed"
        empty = self.case.stage_id.copy()
        empty.kind = "closed"
