from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MANAGER, NOW, ComplaintCase

CARE = "customer_tiering.customer_tiering_group_own"


@tagged("post_install", "-at_install")
class TestVerification(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.small = cls.make_customer("Small", tier="BASIC", email="small@shop.example")

    def setUp(self):
        super().setUp()
        self.at(NOW)

    def make_solved(self, agent=None, **vals):
        with self.mails_may_leave():
            case = self.make_case(user_id=(agent or self.mia).id, **vals)
        case.with_user(agent or self.mia).action_take()
        self.solve(case)
        return case

    def make_small(self, **vals):
        return self.make_solved(partner_id=self.small.id, contact_id=False, **vals)

    def verdict(self, case, verdict, user=None, **vals):
        self.env["complaint.verdict"].with_user(user or self.ben).create(
            {"verification_id": case.verification_id.id, "verdict": verdict, **vals}
        ).action_confirm()

    def run_job(self, moment):
        self.at(moment)
        with self.enter_registry_test_mode(), self.mails_may_leave() as left:
            self.env.ref("complaint_handling.ir_cron_verify").method_direct_trigger()
        self.env.invalidate_all()
        return left

    # how it is verified

    def test_key_customer_is_called_by_another_person(self):
        case = self.make_solved()
        verification = case.verification_id
        self.assertEqual(verification.method, "call")
        self.assertEqual(verification.user_id, self.ben)
        self.assertEqual(verification.solved_by_id, self.mia)
        self.assertEqual(case.verification_state, "due")
        self.assertEqual((case.held_by, case.held_by_id), ("verification", self.ben))
        self.assertMoment(verification.date_due, "2024-07-06 08:00:00")

    def test_severe_case_is_called_whoever_the_customer_is(self):
        self.assertEqual(self.make_small(severity="high").verification_id.method, "call")
        self.assertEqual(self.make_small().verification_id.method, "silence")

    def test_mail_where_mails_may_leave_and_somebody_can_get_one(self):
        self.company.complaint_customer_mail = True
        self.assertEqual(self.make_small().verification_id.method, "mail")
        self.small.email = False
        case = self.make_case(
            partner_id=self.small.id, contact_id=False, user_id=self.mia.id, date_communicated=NOW
        )
        case.stage_id = self.env["complaint.stage"]._get("resolved")
        self.assertEqual(case.verification_id.method, "silence")

    def test_policy_decides(self):
        for method in ("call", "silence"):
            self.policy.verification = method
            self.assertEqual(self.make_small().verification_id.method, method)
        self.policy.verification = "none"
        case = self.make_small()
        self.assertFalse(case.verification_id)
        self.assertEqual(case.stage_kind, "closed")
        self.assertEqual(case.verification_state, "not_needed")

    def test_praise_asks_nothing(self):
        self.assertEqual(self.make_solved(kind="praise").stage_kind, "closed")

    def test_promise_to_verify_says_until_when(self):
        self.make_policy([("resolve", 8, "hour", "clock"), ("verify", 5, "hour", "clock")])
        case = self.make_solved()
        self.assertMoment(case.verification_id.date_due, "2024-07-03 13:00:00")
        self.assertEqual(self.clock(case, "verify").date_due, case.verification_id.date_due)

    def test_nobody_else_in_the_team_then_leader_else_otherwise(self):
        self.team.member_ids.filtered(lambda m: m.user_id == self.ben).unlink()
        self.assertEqual(self.make_solved().verification_id.user_id, self.chief)
        self.team.leader_id = self.mia
        self.assertEqual(self.make_solved().verification_id.method, "silence")

    def test_calls_are_spread(self):
        third = self.make_agent(name="Third")
        self.team.member_ids = [Command.create({"user_id": third.id})]
        callers = [self.make_solved().verification_id.user_id for _each in range(4)]
        self.assertEqual([callers.count(user) for user in (self.ben, third)], [2, 2])

    def test_own_solution_is_not_verified_by_oneself(self):
        case = self.make_solved()
        with self.assertRaises(UserError):
            self.verdict(case, "accepted", user=self.mia)
        with self.assertRaises(ValidationError):
            case.verification_id.with_user(self.ben).user_id = self.mia
        with self.assertRaises(UserError):
            case.verification_id.with_user(self.ben).write({"state": "confirmed"})

    def test_who_solved_does_not_call_whoever_s_case_it_is(self):
        """Ben solves what is Mia's: neither of them asks the customer."""
        third = self.make_agent(name="Third")
        self.team.member_ids = [Command.create({"user_id": third.id})]
        case = self.make_case(user_id=self.mia.id)
        case.with_user(self.mia).action_take()
        self.answer(case)
        case.date_communicated = NOW
        case.with_user(self.ben).stage_id = self.env["complaint.stage"]._get("resolved")
        verification = case.verification_id
        self.assertEqual((verification.solved_by_id, verification.user_id), (self.ben, third))
        for user in (self.ben, self.mia):
            for verdict in ("accepted", "refused", "not_reached"):
                with self.assertRaises(UserError):
                    self.verdict(case, verdict, user=user)
            with self.assertRaises(ValidationError):
                verification.with_user(third).user_id = user
        self.verdict(case, "accepted", user=third)
        self.assertEqual(case.verification_state, "confirmed")

    def test_who_gets_the_case_does_not_call(self):
        case = self.make_solved()
        self.assertEqual(case.verification_id.user_id, self.ben)
        case.with_user(self.mia).user_id = self.ben
        self.assertEqual(case.verification_id.user_id, self.chief)
        with self.assertRaises(UserError):
            self.verdict(case, "accepted", user=self.ben)

    def test_leader_judges_his_own_where_nobody_else_is_there(self):
        case = self.make_solved(agent=self.chief)
        with self.assertRaises(UserError):
            self.verdict(case, "accepted", user=self.chief)
        self.team.member_ids.unlink()
        self.verdict(case, "accepted", user=self.chief)
        self.assertEqual(case.verification_state, "confirmed")

    def test_objection_that_reached_the_solver_is_recorded(self):
        """Where nobody calls, he may enter what is not in his favour, and nothing else."""
        case = self.make_small()
        self.assertEqual(case.verification_id.method, "silence")
        for verdict in ("accepted", "not_reached"):
            with self.assertRaises(UserError):
                self.verdict(case, verdict, user=self.mia)
        with self.assertRaises(UserError):
            self.verdict(case, "not_reached", user=self.ben)
        self.verdict(case, "refused", user=self.mia)
        self.assertEqual(case.stage_kind, "progress")

    def test_due_moment_is_not_typed_over(self):
        verification = self.make_solved().verification_id
        for user in (self.ben, self.head):
            with self.assertRaises(UserError):
                verification.with_user(user).date_due = "2025-01-01 08:00:00"

    # verdicts

    def test_accepted_closes_and_keeps_the_promise(self):
        self.make_policy([("resolve", 8, "hour", "clock"), ("verify", 5, "hour", "clock")])
        case = self.make_solved()
        self.at("2024-07-03 09:00:00")
        self.verdict(case, "accepted", rating_outcome="5", rating_handling="4", note="Fine")
        self.assertEqual(case.verification_state, "confirmed")
        self.assertEqual(case.stage_kind, "closed")
        self.assertEqual((case.rating_outcome, case.rating_handling), (5, 4))
        self.assertEqual(case.rating_ids.filtered("consumed").rating, 5)
        clock = self.clock(case, "verify")
        self.assertEqual(clock.state, "met")
        self.assertMoment(clock.date_met, "2024-07-03 09:00:00")
        self.assertEqual(case.verification_id.done_by_id, self.ben)

    def test_refused_goes_one_level_up(self):
        case = self.make_solved()
        self.at("2024-07-04 09:00:00")
        self.verdict(case, "refused", rating_outcome="1", note="Broken again")
        self.assertEqual(case.verification_state, "refused")
        self.assertEqual(case.stage_kind, "progress")
        self.assertEqual(case.user_id, self.chief)
        self.assertEqual(case.severity, "medium")
        self.assertEqual(case.reopen_count, 1)
        self.assertEqual(case.activity_ids.user_id, self.chief)
        self.assertIn("Broken again", "".join(case.message_ids.mapped("body")))
        self.assertEqual(self.clock(case, "resolve").run, 2)

    def test_solved_anew_leaves_nothing_to_do(self):
        case = self.make_solved()
        self.verdict(case, "refused")
        other = case.activity_schedule("mail.mail_activity_data_todo", user_id=self.mia.id)
        self.solve(case)
        self.assertEqual(case.activity_ids, other)

    def test_refused_solution_of_the_leader_goes_to_his_leader(self):
        case = self.make_solved(agent=self.chief)
        self.verdict(case, "refused")
        self.assertEqual(case.user_id, self.head)

    def test_low_rating_is_a_refusal(self):
        case = self.make_solved()
        form = Form(
            self.env["complaint.verdict"]
            .with_user(self.ben)
            .with_context(default_verification_id=case.verification_id.id)
        )
        form.verdict = "accepted"
        form.rating_outcome = "2"
        self.assertTrue(form.is_low)
        form.save().action_confirm()
        self.assertEqual(case.verification_state, "refused")
        self.assertEqual(case.stage_kind, "progress")

    def test_second_verdict_changes_nothing(self):
        case = self.make_solved()
        self.verdict(case, "accepted")
        with self.assertRaises(UserError):
            self.verdict(case, "refused")
        case.verification_id._confirm(5)
        self.assertEqual(case.rating_outcome, 0)

    def test_verdict_by_the_customer_s_page(self):
        case = self.make_solved()
        case.sudo()._accept_solution(4, 5, "Thanks")
        self.assertEqual(case.stage_kind, "closed")
        self.assertEqual(case.verification_id.state, "confirmed")
        case.sudo()._refuse_solution(0, 0, "Broken after all")
        self.assertEqual(case.stage_kind, "progress")
        self.assertEqual(case.verification_id.state, "refused")
        self.assertEqual(case.user_id, self.chief)

    def test_customer_who_writes_ends_the_verification(self):
        case = self.make_solved()
        self.customer_writes(case)
        self.assertEqual(case.verification_id.state, "cancelled")
        self.assertEqual(case.verification_state, "not_needed")
        self.solve(case)
        self.assertEqual(len(case.verification_ids), 2)
        self.assertEqual(case.verification_state, "due")

    def test_not_reached_so_often_closes_without_an_answer(self):
        case = self.make_solved()
        for _attempt in range(2):
            self.verdict(case, "not_reached")
        self.assertEqual(case.verification_state, "due")
        self.assertMoment(case.verification_id.date_due, "2024-07-04 18:00:00")
        self.verdict(case, "not_reached")
        self.assertEqual(case.verification_state, "no_answer")
        self.assertEqual(case.stage_kind, "closed")

    def test_attempts_without_end(self):
        self.company.complaint_verify_attempts = 0
        case = self.make_solved()
        for _attempt in range(5):
            self.verdict(case, "not_reached", date_next="2024-07-09")
        self.assertEqual(case.verification_state, "due")
        self.assertEqual(str(case.verification_id.date_due.date()), "2024-07-09")

    # the follow-up

    def test_caller_without_follow_ups_has_an_activity_he_may_open(self):
        case = self.make_solved()
        verification = case.verification_id
        self.assertFalse(verification.touch_id)
        self.assertEqual(verification.activity_ids.user_id, self.ben)
        self.verdict(case, "accepted", note="Fine")
        self.assertFalse(verification.activity_ids)
        touch = verification.touch_id
        self.assertEqual((touch.state, touch.purpose), ("done", "complaint"))
        self.assertEqual(touch.partner_id, self.customer)
        self.assertTrue(touch.is_contact)

    def test_caller_with_follow_ups_has_one(self):
        self.ben.group_ids = [Command.link(self.env.ref(CARE).id)]
        case = self.make_solved()
        touch = case.verification_id.touch_id
        self.assertEqual((touch.state, touch.user_id, touch.kind), ("planned", self.ben, "call"))
        self.assertFalse(case.verification_id.activity_ids)
        self.verdict(case, "accepted")
        self.assertEqual(touch.state, "done")
        self.assertEqual(touch.outcome_id.code, "reached")

    def test_outcome_of_the_follow_up_feeds_back(self):
        self.ben.group_ids = [Command.link(self.env.ref(CARE).id)]
        case = self.make_solved()
        verification, touch = case.verification_id, case.verification_id.touch_id
        touch.with_user(self.ben).record_outcome(self.outcome("no_answer"))
        self.assertEqual(verification.attempt_count, 1)
        self.assertEqual(verification._get_call_day(), touch._local_day())
        touch.with_user(self.ben).record_outcome(
            self.outcome("call_back"), {"date_next": "2024-07-10 10:00:00"}
        )
        self.assertEqual(verification.attempt_count, 1)
        self.assertMoment(touch.date_planned, "2024-07-10 10:00:00")
        self.assertEqual(str(verification.date_due.date()), "2024-07-10")
        touch.with_user(self.ben).record_outcome(self.outcome("reached"))
        # reached is not accepted
        self.assertEqual(verification.state, "due")
        self.assertEqual(verification.activity_ids.user_id, self.ben)
        self.verdict(case, "refused")
        self.assertEqual(case.stage_kind, "progress")
        self.assertFalse(verification.activity_ids)

    def test_another_caller_gets_the_follow_up(self):
        (self.ben | self.chief).group_ids = [Command.link(self.env.ref(CARE).id)]
        case = self.make_solved()
        case.verification_id.with_user(self.chief).user_id = self.chief
        self.assertEqual(case.verification_id.touch_id.user_id, self.chief)

    def test_caller_who_has_left_is_replaced(self):
        case = self.make_solved()
        self.ben.action_archive()
        self.assertEqual(case.verification_id.user_id, self.chief)
        self.chief.action_archive()
        self.assertEqual(case.verification_id.method, "silence")
        self.assertFalse(case.verification_id.user_id)

    # closing by hand

    def test_agents_do_not_close_what_is_not_verified(self):
        case = self.make_solved()
        with self.assertRaises(UserError):
            case.with_user(self.mia).action_close()
        with self.assertRaises(UserError):
            case.with_user(self.mia).with_context(complaint_close_reason="x")._close()
        with self.assertRaises(UserError):
            self.env["complaint.close"].with_user(self.ben).create(
                {"case_id": case.id, "reason": "x"}
            ).action_confirm()

    def test_leader_closes_with_a_reason(self):
        case = self.make_solved()
        with self.assertRaises(UserError):
            case.with_user(self.chief)._close()
        action = case.with_user(self.chief).action_close()
        self.assertEqual(action["res_model"], "complaint.close")
        self.env["complaint.close"].with_user(self.chief).create(
            {"case_id": case.id, "reason": "He moved abroad"}
        ).action_confirm()
        self.assertEqual(case.stage_kind, "closed")
        self.assertEqual(case.verification_id.state, "cancelled")
        self.assertEqual(case.verification_state, "not_needed")
        self.assertIn("He moved abroad", "".join(case.message_ids.mapped("body")))

    # without anybody's act

    def test_silence_confirms(self):
        self.policy.silence_days = 4
        case = self.make_small()
        self.run_job("2024-07-07 07:00:00")
        self.assertEqual(case.verification_state, "due")
        self.run_job("2024-07-07 08:00:00")
        self.assertEqual(case.verification_state, "confirmed")
        self.assertEqual(case.stage_kind, "closed")
        self.assertIn("no objection", case.verification_id.note)

    def test_mail_is_sent_once_and_without_an_answer_it_is_over(self):
        self.company.complaint_customer_mail = True
        case = self.make_small()
        notices = self.env["complaint.notice"].search([("case_id", "=", case.id)])
        template = self.env.ref("complaint_handling.mail_template_verify")
        self.run_job("2024-07-03 20:00:00")
        self.assertNotIn(template, notices.search([("case_id", "=", case.id)]).template_id)
        self.assertTrue(self.run_job("2024-07-04 08:30:00"))
        self.assertIn(template, notices.search([("case_id", "=", case.id)]).template_id)
        self.assertFalse(self.run_job("2024-07-05 08:30:00"))
        self.run_job("2024-07-11 09:00:00")
        self.assertEqual(case.verification_state, "no_answer")
        self.assertEqual(case.stage_kind, "closed")

    def test_mails_switched_off_meanwhile(self):
        self.company.complaint_customer_mail = True
        case = self.make_small()
        self.company.complaint_customer_mail = False
        self.assertFalse(self.run_job("2024-07-04 08:30:00"))
        self.assertEqual(case.verification_id.method, "silence")
        self.run_job("2024-07-11 09:00:00")
        self.assertEqual(case.verification_state, "confirmed")

    def test_one_bad_record_does_not_stop_the_rest(self):
        bad, good = self.make_small(), self.make_small()
        Verification = self.env.registry["complaint.verification"]
        act = Verification._act_by_itself

        def fail_once(verification):
            if verification.case_id == bad:
                raise ValueError("broken")
            return act(verification)

        self.patch(Verification, "_act_by_itself", fail_once)
        with self.assertLogs("odoo.addons.complaint_handling", "WARNING"):
            self.run_job("2024-07-12 08:00:00")
        self.assertEqual(bad.verification_state, "due")
        self.assertEqual(good.verification_state, "confirmed")

    # set right

    def correct(self, case, verdict="accepted", user=None, **vals):
        self.env["complaint.rating.correction"].with_user(user or self.chief).create(
            {
                "verification_id": case.verification_id.id,
                "verdict": verdict,
                "reason": "Wrong button",
                **vals,
            }
        ).action_confirm()

    def test_mistaken_refusal_is_undone(self):
        case = self.make_solved()
        solved = case.date_resolved
        self.at("2024-07-04 09:00:00")
        self.verdict(case, "refused", rating_outcome="1")
        self.at("2024-07-04 10:00:00")
        with self.assertRaises(UserError):
            self.correct(case, user=self.ben)
        self.correct(case, rating_outcome="5")
        self.assertEqual(case.stage_kind, "closed")
        self.assertEqual(case.verification_state, "confirmed")
        self.assertEqual(case.user_id, self.mia)
        self.assertEqual((case.run, case.reopen_count), (1, 0))
        self.assertEqual(case.date_resolved, solved)
        self.assertEqual(case.rating_outcome, 5)
        self.assertEqual(case.rating_ids.filtered("consumed").mapped("rating"), [5])
        self.assertFalse(case.activity_ids)
        self.assertFalse(case.clock_ids.filtered("is_open"))
        self.assertEqual(self.clock(case, "resolve").state, "cancelled")
        self.assertIn("Wrong button", "".join(case.message_ids.mapped("body")))

    def test_work_that_went_on_is_not_undone(self):
        case = self.make_solved()
        self.at("2024-07-04 09:00:00")
        self.verdict(case, "refused", rating_outcome="1")
        self.at("2024-07-04 10:00:00")
        self.answer(case)
        self.correct(case, rating_outcome="4")
        self.assertEqual(case.stage_kind, "progress")
        self.assertEqual(case.verification_state, "refused")
        self.assertEqual(case.rating_outcome, 4)

    def test_mistaken_acceptance_reopens(self):
        case = self.make_solved()
        self.verdict(case, "accepted", rating_outcome="5")
        self.correct(case, verdict="refused", rating_outcome="2")
        self.assertEqual(case.stage_kind, "progress")
        self.assertEqual(case.user_id, self.chief)

    # rights

    def test_who_sees_a_verification(self):
        verification = self.make_solved().verification_id
        stranger = self.make_agent()
        self.make_team(members=[stranger])
        with self.assertRaises(AccessError):
            verification.with_user(stranger).read(["note"])
        self.assertTrue(verification.with_user(self.anna).has_access("read"))
        self.assertFalse(verification.with_user(self.anna).has_access("write"))
        self.assertFalse(verification.with_user(self.tom).has_access("read"))
        other = self.make_company("Second")
        boss = self.make_agent(MANAGER, companies=other)
        elsewhere = verification.with_user(boss).with_context(allowed_company_ids=other.ids)
        self.assertFalse(elsewhere.has_access("read"))
