from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import ComplaintCase


@tagged("post_install", "-at_install")
class TestWaiting(ComplaintCase):
    """Reminders after 3 days, two of them, closed 5 days after the last."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.complaint_customer_mail = True

    def setUp(self):
        super().setUp()
        self.at("2024-07-01 08:00:00")
        with self.mails_may_leave():
            self.case = self.make_case("2024-07-01 08:00:00", user_id=self.mia.id)
        self.case.with_user(self.mia).action_take()
        self.answer(self.case)
        self.at("2024-07-01 09:00:00")
        self.wait(self.case)

    def wait(self, case):
        reason = self.env.ref("complaint_handling.complaint_pause_reason_customer")
        case.with_user(self.mia)._pause(reason)

    def run_job(self, moment):
        self.at(moment)
        with self.enter_registry_test_mode(), self.mails_may_leave() as left:
            self.env.ref("complaint_handling.ir_cron_wait").method_direct_trigger()
        self.env.invalidate_all()
        return [address for model, address in left if model == "mail.mail"]

    def test_two_reminders_then_closed_without_an_answer(self):
        self.assertFalse(self.run_job("2024-07-04 08:00:00"))
        self.assertEqual(len(self.run_job("2024-07-04 09:30:00")), 1)
        self.assertFalse(self.run_job("2024-07-04 10:30:00"))
        self.assertEqual(len(self.run_job("2024-07-07 09:30:00")), 1)
        self.assertFalse(self.run_job("2024-07-12 08:00:00"))
        self.assertEqual(self.case.stage_kind, "accepted")
        self.assertEqual(len(self.run_job("2024-07-12 09:30:00")), 1)
        self.assertEqual(self.case.stage_kind, "closed")
        self.assertEqual(self.case.verification_state, "no_answer")
        self.assertMoment(self.case.date_communicated, "2024-07-07 09:30:00")
        self.assertMoment(self.case.date_closed, "2024-07-12 09:30:00")
        self.assertEqual(self.clock(self.case, "resolve").state, "cancelled")
        self.assertFalse(self.case.verification_id)

    def test_his_answer_after_closing_reopens(self):
        for moment in ("2024-07-04 09:30:00", "2024-07-07 09:30:00", "2024-07-12 09:30:00"):
            self.run_job(moment)
        self.at("2024-07-13 09:30:00")
        self.customer_writes(self.case)
        self.assertEqual(self.case.stage_kind, "progress")
        self.assertEqual(self.case.verification_state, "not_needed")

    def test_his_answer_ends_the_waiting(self):
        self.run_job("2024-07-04 09:30:00")
        self.customer_writes(self.case)
        self.assertFalse(self.case.date_wait)
        self.assertFalse(self.run_job("2024-08-04 09:30:00"))
        # waiting again begins with the first reminder
        self.answer(self.case)
        self.wait(self.case)
        self.assertEqual(len(self.run_job("2024-08-07 09:30:00")), 1)

    def test_steps_are_the_company_s_to_set(self):
        self.company.write({"complaint_wait_reminders": 0, "complaint_wait_close_days": 2})
        self.run_job("2024-07-03 09:30:00")
        self.assertEqual(self.case.stage_kind, "closed")
        self.assertMoment(self.case.date_communicated, "2024-07-01 08:00:00")

    def test_never_closed_where_the_company_says_so(self):
        self.company.write({"complaint_wait_reminders": 0, "complaint_wait_close_days": 0})
        self.run_job("2024-12-03 09:30:00")
        self.assertEqual(self.case.stage_kind, "accepted")

    def test_without_mails_the_agent_is_asked_to_call(self):
        self.company.complaint_customer_mail = False
        for moment in ("2024-07-04 09:30:00", "2024-07-07 09:30:00", "2024-07-12 09:30:00"):
            self.assertFalse(self.run_job(moment))
        self.assertEqual(self.case.stage_kind, "accepted")
        self.assertEqual(self.case.activity_ids.user_id, self.mia)
        self.assertEqual(len(self.case.activity_ids), 1)
        # mails that are switched on now do not close what nobody was reminded of
        self.company.complaint_customer_mail = True
        self.run_job("2024-07-18 09:30:00")
        self.assertEqual(self.case.stage_kind, "accepted")
        self.case.with_user(self.mia).action_resume()
        self.assertFalse(self.case.activity_ids)

    def test_customer_without_an_address(self):
        self.person.email = False
        self.assertFalse(self.run_job("2024-07-04 09:30:00"))
        self.assertEqual(self.case.activity_ids.user_id, self.mia)

    def test_waiting_for_others_reminds_nobody(self):
        self.case.with_user(self.mia).action_resume()
        reason = self.env["complaint.pause.reason"].search(
            [("waits_for", "=", "other"), ("manager_only", "=", False)], limit=1
        ) or self.env["complaint.pause.reason"].create({"name": "Supplier"})
        self.case.with_user(self.mia)._pause(reason)
        self.assertFalse(self.case.date_wait)

    def test_one_bad_record_does_not_stop_the_rest(self):
        with self.mails_may_leave():
            other = self.make_case("2024-07-01 08:00:00", user_id=self.mia.id)
        other.with_user(self.mia).action_take()
        self.answer(other)
        self.wait(other)
        Case = self.env.registry["complaint.case"]
        go_on = Case._go_on_waiting

        def fail_once(case):
            if case == self.case:
                raise ValueError("broken")
            return go_on(case)

        self.patch(Case, "_go_on_waiting", fail_once)
        with self.assertLogs("odoo.addons.complaint_handling", "WARNING"):
            self.run_job("2024-07-04 09:30:00")
        self.assertEqual((self.case.wait_count, other.wait_count), (0, 1))

    # it is our turn

    def make_unanswered(self):
        with self.mails_may_leave():
            case = self.make_case("2024-07-01 08:00:00", user_id=self.mia.id)
        case.with_user(self.mia).action_take()
        return case

    def test_nobody_waits_for_a_customer_who_waits_for_us(self):
        case = self.make_unanswered()
        with self.assertRaises(UserError):
            self.wait(case)
        self.answer(case)
        self.wait(case)
        self.assertEqual(case.held_by, "customer")

    def test_nobody_waits_after_the_customer_s_last_word(self):
        self.at("2024-07-02 09:00:00")
        self.customer_writes(self.case)
        dialog = self.env["complaint.pause"].with_user(self.mia)
        reason = self.env.ref("complaint_handling.complaint_pause_reason_customer")
        wizard = dialog.create({"case_id": self.case.id, "reason_id": reason.id})
        with self.assertRaises(UserError):
            wizard.action_confirm()
        self.assertFalse(self.case.pause_reason_id)

    def test_an_unanswered_case_is_never_closed_by_itself(self):
        case = self.make_unanswered()
        case._pause(self.env.ref("complaint_handling.complaint_pause_reason_customer"))
        for day in ("05", "09", "15", "25"):
            self.run_job(f"2024-07-{day} 10:00:00")
        self.assertEqual(case.stage_kind, "accepted")
        self.assertFalse(case.wait_count)
        self.assertFalse(case.date_communicated)
        self.assertFalse(case.date_first_response)
        self.assertEqual(case.activity_ids.user_id, self.mia, "he is asked to answer")

    # waiting for somebody outside

    def wait_for_supplier(self, day=None):
        self.case.with_user(self.mia).action_resume()
        reason = self.env["complaint.pause.reason"].create({"name": "Supplier"})
        dialog = self.env["complaint.pause"].with_user(self.mia)
        form = Form(dialog.with_context(default_case_id=self.case.id))
        form.reason_id = reason
        self.assertEqual(form.date_expected, date(2024, 7, 8), "a week from now")
        if day:
            form.date_expected = day
        form.save().action_confirm()
        return self.case.activity_ids

    def test_on_the_day_agreed_the_agent_asks(self):
        activity = self.wait_for_supplier(date(2024, 7, 5))
        self.assertEqual(activity.user_id, self.mia)
        self.assertEqual(activity.date_deadline, date(2024, 7, 5))
        self.assertIn("Supplier", activity.summary)
        self.assertEqual(self.case.date_expected, date(2024, 7, 5))
        self.case.with_user(self.mia).user_id = self.ben
        self.assertEqual(activity.user_id, self.ben)
        self.case.with_user(self.ben).action_resume()
        self.assertFalse(self.case.activity_ids)
        self.assertFalse(self.case.date_expected)

    def test_whoever_waits_without_a_day_asks_in_a_week(self):
        self.case.with_user(self.mia).action_resume()
        reason = self.env["complaint.pause.reason"].create({"name": "Supplier"})
        self.case.with_user(self.mia)._pause(reason)
        self.assertEqual(self.case.activity_ids.date_deadline, date(2024, 7, 8))

    def test_a_day_that_is_over_is_refused(self):
        with self.assertRaises(UserError):
            self.wait_for_supplier(date(2024, 6, 30))
        self.assertNotEqual(self.case.pause_reason_id.name, "Supplier")

    # parked although the customer waits for us

    def test_waiting_for_his_answer_is_not_parked(self):
        self.at("2024-07-02 09:00:00")
        self.case.with_user(self.mia).action_resume()
        self.assertEqual(self.case.parked_minutes, 0)

    def test_pause_after_his_last_word_is_parked_until_we_answer(self):
        self.at("2024-07-02 09:00:00")
        self.customer_writes(self.case)
        self.at("2024-07-02 10:00:00")
        reason = self.env["complaint.pause.reason"].create({"name": "Laboratory"})
        self.case.with_user(self.mia)._pause(reason)
        self.at("2024-07-02 11:30:00")
        self.answer(self.case)
        self.at("2024-07-02 15:00:00")
        self.case.with_user(self.mia).action_resume()
        self.assertEqual(self.case.parked_minutes, 90)
