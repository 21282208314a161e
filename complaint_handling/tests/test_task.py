from datetime import datetime

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import NOW, ComplaintCase


@tagged("post_install", "-at_install")
class TestTask(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls.make_user(None, name="Boss of the warehouse", tz="UTC")
        cls.joe = cls.make_user(None, name="Joe", tz="UTC", care_manager_id=cls.boss.id)
        cls.zoe = cls.make_user(None, name="Zoe", tz="UTC")

    def setUp(self):
        super().setUp()
        self.at(NOW)
        self.case = self.make_case()
        self.case.with_user(self.mia).action_take()

    def ask(self, user=None, due="2024-07-04 10:00:00", **vals):
        wizard = (
            self.env["complaint.ask"]
            .with_user(self.mia)
            .create(
                {
                    "case_id": self.case.id,
                    "user_id": (user or self.joe).id,
                    "name": "Which lot was sent?",
                    **({"date_due": due} if due else {}),
                    **vals,
                }
            )
        )
        wizard.action_confirm()
        return self.case.task_ids.sorted("id")[-1]

    def answer_task(self, task, words="<p>Lot 7</p>", user=None):
        task = task.with_user(user or self.joe)
        task.answer = words
        task.action_answer()

    # asking

    def test_dialog_proposes_half_of_the_time_left(self):
        # three days of eight hours are left: twelve hours of work from Wednesday 8:00
        form = Form(
            self.env["complaint.ask"].with_user(self.mia).with_context(default_case_id=self.case.id)
        )
        self.assertMoment(form.date_due, "2024-07-04 12:00:00")
        self.assertFalse(form.notice)
        form.date_due = datetime(2024, 7, 5, 18)
        self.assertTrue(form.notice)

    def test_half_of_what_is_left_while_waiting(self):
        self.answer(self.case)
        self.at("2024-07-04 08:00:00")
        reason = self.env.ref("complaint_handling.complaint_pause_reason_customer")
        self.case.with_user(self.mia)._pause(reason)
        self.assertMoment(self.case._get_task_due(), "2024-07-04 17:00:00")

    def test_late_case_asks_for_an_answer_soon(self):
        self.at("2024-07-10 08:00:00")
        self.assertMoment(self.case._get_task_due(), "2024-07-10 12:00:00")

    def test_past_is_refused(self):
        with self.assertRaises(ValidationError):
            self.ask(due="2024-07-03 07:00:00")

    def test_who_may_not_enter_the_company_is_refused(self):
        stranger = self.make_user(None, companies=self.make_company("Elsewhere"))
        with self.assertRaises(ValidationError):
            self.ask(user=stranger)

    def test_clock_is_due_exactly_with_the_answer(self):
        task = self.ask(due="2024-07-04 10:00:17")
        clock = self.clock(self.case, "task")
        self.assertEqual(clock.task_id, task)
        self.assertEqual(clock.date_due, task.date_due)
        self.assertEqual(clock.policy_id, self.policy)
        task.with_user(self.mia).date_due = "2024-07-05 11:00:00"
        self.assertMoment(clock.date_due, "2024-07-05 11:00:00")
        self.assertEqual(self.case.due_kind, "first_response")

    def test_shipped_ladder_tells_the_leader_of_who_was_asked(self):
        level = self.policy.level_ids.filtered(lambda level: level.clock_kind == "task")
        self.assertEqual(level.notify, "asked_leader")
        self.ask()
        self.assertEqual(level._get_wanted_asked_leader(self.case, self.company), self.boss)
        self.assertEqual(level._get_wanted_asked(self.case, self.company), self.joe)

    def test_asked_person_has_one_activity(self):
        task = self.ask()
        activity = self.env["mail.activity"].search(
            [("res_model", "=", "complaint.task"), ("res_id", "=", task.id)]
        )
        self.assertEqual(activity.user_id, self.joe)
        self.assertEqual(activity.summary, "Which lot was sent?")
        self.assertEqual(str(activity.date_deadline), "2024-07-04")
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_todo"))
        task.with_user(self.mia).write({"date_due": "2024-07-05 11:00:00", "name": "Which lots?"})
        self.assertEqual(str(activity.date_deadline), "2024-07-05")
        self.assertEqual(activity.summary, "Which lots?")

    def test_files_of_the_case_are_shared_by_choice(self):
        files = self.env["ir.attachment"].create(
            [
                {"name": n, "raw": b"x", "res_model": "complaint.case", "res_id": self.case.id}
                for n in ("seen.txt", "private.txt")
            ]
        )
        task = self.ask(shared_attachment_ids=[Command.set(files[0].ids)])
        self.assertEqual(task.attachment_ids.mapped("name"), ["seen.txt"])
        self.assertEqual(task.attachment_ids.with_user(self.joe).mapped("raw"), [b"x"])
        with self.assertRaises(AccessError):
            files.with_user(self.joe).mapped("raw")

    def make_file(self, user, **vals):
        return (
            self.env["ir.attachment"]
            .with_user(user)
            .create({"name": "contract.pdf", "raw": b"secret", **vals})
        )

    def test_a_file_of_something_else_stays_where_it_is(self):
        task = self.ask()
        place = {"res_model": "res.partner", "res_id": self.customer.id}
        contract = self.make_file(self.env.user, **place)
        task.with_user(self.joe).answer_attachment_ids = [Command.set(contract.ids)]
        self.assertEqual((contract.res_model, contract.res_id), (*place.values(),))
        copy = task.answer_attachment_ids
        self.assertNotEqual(copy, contract)
        self.assertEqual((copy.res_model, copy.res_id), ("complaint.task", task.id))
        self.assertEqual(copy.with_user(self.mia).raw, b"secret")

    def test_a_new_file_becomes_the_request_s(self):
        task = self.ask()
        new = self.make_file(self.joe)
        task.with_user(self.joe).answer_attachment_ids = [Command.link(new.id)]
        self.assertEqual(task.answer_attachment_ids, new)
        self.assertEqual((new.res_model, new.res_id), ("complaint.task", task.id))

    def test_a_file_that_one_may_not_read_is_not_taken(self):
        task = self.ask()
        hidden = self.make_file(self.env.user, res_model="complaint.case", res_id=self.case.id)
        foreign = self.make_file(self.zoe)
        for file in (hidden, foreign):
            with self.assertRaises(AccessError):
                task.with_user(self.joe).answer_attachment_ids = [Command.link(file.id)]
            with self.assertRaises(AccessError):
                task.with_user(self.joe)._finish("Lot 7", file.ids)
        self.assertFalse(foreign.res_id)

    # rights

    def test_asked_person_needs_no_right_to_complaints(self):
        task = self.ask(details="<p>Order 12</p>").with_user(self.joe)
        values = task.web_read(
            {"name": {}, "details": {}, "case_name": {}, "customer_name": {}, "is_mine": {}}
        )[0]
        self.assertEqual(values["customer_name"], "Acme")
        self.assertTrue(values["is_mine"])
        self.assertFalse(task.case_id.has_access("read"))
        self.assertFalse(self.customer.with_user(self.joe).has_access("write"))
        self.answer_task(task)
        self.assertEqual(task.state, "answered")

    def test_others_see_nothing(self):
        task = self.ask().with_user(self.zoe)
        with self.assertRaises(AccessError):
            task.read(["name"])
        self.assertFalse(task.search([("id", "=", task.id)]))

    def test_asked_person_changes_nothing_but_his_answer(self):
        task = self.ask().with_user(self.joe)
        for vals in ({"date_due": "2024-07-09"}, {"name": "x"}, {"user_id": self.zoe.id}):
            with self.assertRaises(AccessError):
                task.write(vals)
        for vals in ({"state": "cancelled"}, {"date_answered": NOW}):
            with self.assertRaises(AccessError):
                task.with_user(self.mia).write(vals)
        with self.assertRaises(AccessError):
            task.action_withdraw()
        with self.assertRaises(AccessError):
            self.env["complaint.task"].with_user(self.joe).create(
                {
                    "case_id": self.case.id,
                    "name": "x",
                    "user_id": self.joe.id,
                    "date_due": "2024-07-09",
                }
            )

    def test_agent_of_another_company_sees_nothing(self):
        other = self.make_company("Second")
        agent = self.make_agent(companies=other)
        task = self.ask().with_user(agent).with_context(allowed_company_ids=other.ids)
        self.assertFalse(task.search([("id", "=", task.id)]))
        with self.assertRaises(AccessError):
            task.read(["name"])

    # answering

    def test_answer_reaches_case_and_agent(self):
        task = self.ask()
        self.at("2024-07-03 12:00:00")
        self.answer_task(task)
        self.assertEqual(task.answered_by_id, self.joe)
        self.assertMoment(task.date_answered, "2024-07-03 12:00:00")
        message = self.case.message_ids.filtered(lambda m: "Lot 7" in (m.body or ""))
        self.assertEqual(message.author_id, self.joe.partner_id)
        self.assertTrue(message.subtype_id.internal)
        self.assertIn(self.mia.partner_id, message.notified_partner_ids)
        self.assertNotIn(self.person, message.notified_partner_ids)
        clock = self.clock(self.case, "task")
        self.assertEqual(clock.state, "met")
        self.assertFalse(task.activity_ids)
        # a colleague's answer is none to the customer
        self.assertFalse(self.case.date_first_response)

    def test_marking_the_activity_as_done_answers(self):
        task = self.ask()
        activity = task.activity_ids.with_user(self.joe)
        with self.assertRaises(UserError):
            activity.action_done()
        with self.assertRaises(UserError):
            activity.unlink()
        activity.action_feedback(feedback="Lot 9")
        self.assertEqual(task.state, "answered")
        self.assertIn("Lot 9", task.answer)

    def test_answer_without_words_is_refused(self):
        task = self.ask().with_user(self.joe)
        with self.assertRaises(UserError):
            task.action_answer()

    def test_answered_is_over(self):
        task = self.ask()
        self.answer_task(task)
        with self.assertRaises(UserError):
            task.with_user(self.joe).answer = "<p>No, lot 8</p>"

    # the case meanwhile

    def test_case_is_with_who_was_asked_since_then(self):
        self.at("2024-07-03 09:00:00")
        task = self.ask()
        self.assertEqual((self.case.held_by, self.case.held_by_id), ("department", self.joe))
        self.assertMoment(self.case.held_since, "2024-07-03 09:00:00")
        self.at("2024-07-03 10:00:00")
        self.answer_task(task)
        self.assertEqual((self.case.held_by, self.case.held_by_id), ("agent", self.mia))
        self.assertMoment(self.case.held_since, "2024-07-03 10:00:00")

    def test_not_solved_and_not_closed_while_one_is_open(self):
        task = self.ask()
        with self.assertRaises(UserError):
            self.solve(self.case)
        self.case.date_communicated = NOW
        with self.assertRaises(UserError):
            self.case.with_user(self.mia).action_close()
        task.with_user(self.mia).action_withdraw()
        self.solve(self.case)
        self.assertEqual(self.case.stage_kind, "resolved")

    def test_withdrawn_is_gone_for_who_was_asked(self):
        task = self.ask()
        task.with_user(self.mia).action_withdraw()
        self.assertEqual(task.state, "cancelled")
        self.assertFalse(task.activity_ids)
        self.assertEqual(self.clock(self.case, "task").state, "cancelled")
        self.assertEqual(self.case.held_by, "agent")

    def test_rejecting_withdraws(self):
        task = self.ask()
        self.case._reject(self.env["complaint.reject.reason"].search([], limit=1))
        self.assertEqual(task.state, "cancelled")

    def test_ended_case_asks_nobody(self):
        self.case._reject(self.env["complaint.reject.reason"].search([], limit=1))
        with self.assertRaises(UserError):
            self.ask()

    # somebody else

    def test_not_me_ask_another(self):
        task = self.ask()
        wizard = self.env["complaint.pass.on"].with_user(self.joe)
        wizard.create(
            {"task_id": task.id, "user_id": self.zoe.id, "note": "She keeps the list"}
        ).action_confirm()
        self.assertEqual(task.user_id, self.zoe)
        self.assertEqual(task.activity_ids.user_id, self.zoe)
        self.assertEqual(self.case.held_by_id, self.zoe)
        self.assertIn("She keeps the list", "".join(task.message_ids.mapped("body")))
        with self.assertRaises(AccessError):
            self.answer_task(task, user=self.joe)
        self.answer_task(task, user=self.zoe)
        self.assertEqual(task.state, "answered")

    def test_giving_the_activity_away_passes_on(self):
        task = self.ask()
        task.activity_ids.with_user(self.joe).user_id = self.zoe
        self.assertEqual(task.user_id, self.zoe)

    def test_who_has_left_is_replaced_by_the_agent(self):
        task = self.ask()
        self.joe.action_archive()
        self.assertEqual(task.user_id, self.mia)
        self.assertEqual(task.activity_ids.user_id, self.mia)
        self.assertIn("Joe has left", "".join(self.case.message_ids.mapped("body")))

    def test_agent_and_asked_person_have_left(self):
        task = self.ask()
        (self.joe | self.mia).action_archive()
        self.assertEqual(task.user_id, self.chief)

    # reminder

    def test_reminder_once_while_there_is_time(self):
        task = self.ask(due="2024-07-04 08:00:00")
        self.assertMoment(task.date_remind, "2024-07-04 02:00:00")
        self.run_reminders("2024-07-04 01:00:00")
        self.assertFalse(self.reminders_of(task))
        self.run_reminders("2024-07-04 02:30:00")
        self.run_reminders("2024-07-04 03:30:00")
        self.assertEqual(len(self.reminders_of(task)), 1)

    def test_one_bad_reminder_does_not_stop_the_rest(self):
        bad, good = self.ask(due="2024-07-04 08:00:00"), self.ask(due="2024-07-04 08:00:00")
        Task = self.env.registry["complaint.task"]
        remind = Task._remind

        def fail_once(task):
            if task == bad:
                raise ValueError("broken")
            return remind(task)

        self.patch(Task, "_remind", fail_once)
        with self.assertLogs("odoo.addons.complaint_handling", "WARNING"):
            self.run_reminders("2024-07-04 03:30:00")
        self.assertFalse(self.reminders_of(bad))
        self.assertEqual(len(self.reminders_of(good)), 1)

    def run_reminders(self, moment):
        self.at(moment)
        cron = self.env.ref("complaint_handling.ir_cron_remind_asked")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def reminders_of(self, task):
        return self.env["mail.message"].search(
            [
                ("model", "=", "complaint.task"),
                ("res_id", "=", task.id),
                ("message_type", "=", "user_notification"),
                ("subject", "like", "Please answer"),
            ]
        )
