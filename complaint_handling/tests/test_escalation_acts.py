from unittest.mock import patch

from markupsafe import Markup
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .escalation_common import EscalationCase


@tagged("post_install", "-at_install")
class TestEscalationActs(EscalationCase):
    """What a step does, what stops it, and that nobody is flooded."""

    # ------------------------------------------------------------
    # Telling
    # ------------------------------------------------------------

    def test_note_activity_and_mail(self):
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        note = case.message_ids[0]
        self.assertIn("Told: Chief", note.body)
        self.assertFalse(note.notification_ids, "the log is for reading")
        activity = self.activities_of(self.chief, case)
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_todo"))
        self.assertEqual(str(activity.date_deadline), "2024-07-03")
        self.assertIn("First Response was due", activity.summary)
        self.assertIn("answers the customer", activity.note)
        mail = self.mails_to(self.chief)
        self.assertEqual((len(mail), mail.state), (1, "outgoing"), "queued, not sent")
        self.assertIn(case.name, mail.subject)
        self.assertIn("answers the customer", mail.body_html)
        self.assertIn(f"/odoo/complaint.case/{case.id}", mail.body_html)

    def test_a_step_does_only_what_it_is_told(self):
        self.set_ladder(
            {"moment": "breach", "notify": "leader", "by_chatter": False, "by_activity": False}
        )
        case = self.make_late()
        messages = len(case.message_ids)
        self.sweep("2024-07-03 09:41:00")
        self.assertEqual(self.log_of(case), [("breach", "told", ["Chief"])])
        self.assertEqual(len(case.message_ids), messages)
        self.assertFalse(self.activities_of(self.chief))
        self.assertFalse(self.mails_to(self.chief))

    def test_a_later_step_takes_the_place_of_the_earlier_to_do(self):
        self.set_ladder(
            {"moment": "breach", "notify": "leader"},
            {"moment": "after", "hours": 1, "notify": "leader"},
        )
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        self.sweep("2024-07-03 10:41:00")
        self.assertEqual(len(self.activities_of(self.chief, case)), 1)
        self.assertEqual(len(case.escalation_ids), 2)

    def test_who_may_not_open_the_case_gets_mail_but_no_to_do(self):
        clerk = self.make_user(None, tz="UTC", email="clerk@example.com")
        self.set_ladder(
            {"moment": "breach", "notify": "user", "user_id": clerk.id, "by_mail": True}
        )
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        self.assertFalse(self.activities_of(clerk, case))
        self.assertEqual(len(self.mails_to(clerk)), 1)

    def test_words_of_a_case_cannot_be_markup(self):
        case = self.make_late(name="<b onclick='x'>Bold</b>")
        self.sweep("2024-07-03 09:41:00")
        mail = self.mails_to(self.chief)
        for text in (case.message_ids[0].body, mail.body_html):
            self.assertNotIn("<b onclick", text)
        self.assertIn("&lt;b", self.activities_of(self.chief, case).note)

    def test_in_the_language_of_who_is_told(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.chief.lang = "zh_CN"
        self.sweep("2024-07-03 07:00:00")
        self.make_late()
        self.sweep("2024-07-03 09:41:00")
        self.assertTrue(self.mails_to(self.chief))

    # ------------------------------------------------------------
    # One mail
    # ------------------------------------------------------------

    def test_one_mail_for_everything(self):
        """P10 in small: whatever one sweep has to say to somebody is one mail."""
        for number in range(12):
            self.make_late(name=f"Case {number}")
        self.sweep("2024-07-03 09:41:00")
        mail = self.mails_to(self.chief)
        self.assertEqual(len(mail), 1)
        self.assertIn("12 complaints", mail.subject)
        for number in range(12):
            self.assertIn(f"Case {number}", mail.body_html)
        self.make_late("2024-07-03 08:10:00")
        self.sweep("2024-07-03 09:51:00")
        self.assertEqual(len(self.mails_to(self.chief)), 2, "another minute, another mail")

    def test_what_was_answered_meanwhile_is_not_mailed(self):
        case = self.make_late()
        with self.mails_held_back():
            self.sweep("2024-07-03 09:41:00")
        self.assertTrue(case.escalation_ids.mail_user_ids)
        with freeze_time("2024-07-03 09:42:00"):
            case._note_answer(note="By phone")
        self.sweep("2024-07-03 09:46:00")
        self.assertFalse(self.mails_to(self.chief))
        self.assertFalse(case.escalation_ids.mail_user_ids)

    def test_a_mail_that_could_not_be_queued_is_queued_later(self):
        self.make_late()
        with self.mails_held_back():
            self.sweep("2024-07-03 09:41:00")
        self.assertFalse(self.mails_to(self.chief))
        self.sweep("2024-07-03 09:46:00")
        self.assertEqual(len(self.mails_to(self.chief)), 1)

    def mails_held_back(self):
        """The run that acted died before it came to the mails."""
        escalations = self.registry["complaint.escalation"]
        return patch.object(escalations, "_send_digests", lambda self: None)

    # ------------------------------------------------------------
    # Hand over, raise
    # ------------------------------------------------------------

    def test_hand_over(self):
        self.breach.reassign = True
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        self.assertEqual(case.user_id, self.chief)
        self.assertIn("Handed over to Chief", case.escalation_ids.sorted("id")[-1].note)

    def test_hand_over_to_who_may_not_work_on_complaints(self):
        """An account manager is told; the case goes to the leader of the team."""
        self.breach.write({"reassign": True, "notify": "account_manager"})
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        self.assertEqual(case.user_id, self.chief)

    def test_raise_severity(self):
        strict = self.make_policy(
            [("first_response", 110, "minute", "clock")],
            [{"moment": "breach", "notify": "next_leader"}],
            severity="high",
        )
        self.breach.raise_severity = True
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        self.assertEqual(case.severity, "high")
        clock = case.clock_ids
        self.assertEqual((clock.policy_id, clock.state), (strict, "running"), "re-planned")
        self.assertIn("Severity raised to High", case.escalation_ids.sorted("id")[-1].note)
        self.sweep("2024-07-03 09:51:00")
        self.assertEqual(self.log_of(case)[-1], ("breach", "told", ["Head"]))

    def test_critical_stays_critical(self):
        self.breach.raise_severity = True
        case = self.make_late(severity="critical")
        self.sweep("2024-07-03 09:41:00")
        self.assertEqual(case.severity, "critical")

    # ------------------------------------------------------------
    # Seen, I take it
    # ------------------------------------------------------------

    def test_seen_silences_the_rest(self):
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        chief = case.with_user(self.chief)
        self.assertTrue(chief.is_escalated)
        with freeze_time("2024-07-03 09:50:00"):
            chief.action_seen()
        self.assertFalse(chief.is_escalated)
        self.assertEqual(case.user_id, self.chief, "it is his now")
        self.assertEqual(case.clock_ids.seen_by_id, self.chief)
        self.assertFalse(self.activities_of(self.chief, case))
        self.sweep("2024-07-03 11:41:00")
        self.assertEqual(self.log_of(case)[-1], ("after", "seen", []), "recorded, nobody told")
        self.assertFalse(self.activities_of(self.head, case))
        self.assertFalse(self.mails_to(self.head))

    def test_seen_takes_over_what_a_colleague_has_accepted(self):
        case = self.make_late()
        case.with_user(self.mia).action_take()
        self.sweep("2024-07-03 09:41:00")
        case.with_user(self.chief).action_seen()
        self.assertEqual((case.user_id, case.stage_kind), (self.chief, "accepted"))

    def test_an_agent_does_not_silence_his_leaders(self):
        """He is not reminded again; the breach is told all the same."""
        self.add_step(moment="before", percent=20, notify="leader")
        self.add_step(moment="breach", notify="agent")
        case = self.make_late()
        self.sweep("2024-07-03 08:51:00")
        with freeze_time("2024-07-03 08:55:00"):
            case.with_user(self.mia).action_seen()
        self.sweep("2024-07-03 09:41:00")
        self.assertEqual(case.clock_ids.state, "breached")
        log = self.log_of(case)
        self.assertEqual(log[0], ("before", "seen", ["Mia"]))
        self.assertCountEqual(log[-2:], [("breach", "told", ["Chief"]), ("breach", "seen", [])])
        self.assertIn("Mia has taken it on", str(case.escalation_ids.mapped("note")))
        with self.assertRaises(UserError):
            case.with_user(self.mia).action_seen()
        self.assertTrue(self.activities_of(self.chief, case))
        self.assertEqual(len(self.mails_to(self.chief)), 1)
        self.sweep("2024-07-03 11:41:00")
        self.assertEqual(self.log_of(case)[-1], ("after", "told", ["Head"]))

    def test_a_leader_silences_the_rest_after_the_agent(self):
        case = self.make_late()
        self.sweep("2024-07-03 08:51:00")
        case.with_user(self.mia).action_seen()
        self.sweep("2024-07-03 09:41:00")
        case.with_user(self.chief).action_seen()
        self.assertEqual(case.clock_ids.seen_by_id, self.chief)
        self.sweep("2024-07-03 11:41:00")
        self.assertEqual(self.log_of(case)[-1], ("after", "seen", []))

    def test_a_leader_s_own_case_still_goes_above_him(self):
        case = self.make_late(user_id=self.chief.id)
        self.sweep("2024-07-03 09:41:00")
        case.with_user(self.chief).action_seen()
        self.assertFalse(case.is_escalated)
        self.sweep("2024-07-03 11:41:00")
        self.assertEqual(self.log_of(case)[-1], ("after", "told", ["Head"]))

    def test_a_new_promise_speaks_again(self):
        case = self.make_late()
        clock = case.clock_ids
        self.sweep("2024-07-03 08:51:00")
        with freeze_time("2024-07-03 08:55:00"):
            case.with_user(self.mia).action_seen()
            clock._replan({clock: {"target_seconds": 100 * 60}})
            self.assertTrue(clock.date_seen, "the same promise is no new one")
            clock._replan({clock: {"target_seconds": 120 * 60}})
        self.assertFalse(clock.date_seen)
        self.sweep("2024-07-03 10:01:00")
        self.assertEqual(self.log_of(case)[-1], ("breach", "told", ["Chief"]))

    def test_seen_takes_the_to_do_off_the_others(self):
        self.set_ladder(
            {"moment": "breach", "notify": "leader"}, {"moment": "breach", "notify": "agent"}
        )
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        self.assertTrue(self.activities_of(self.mia, case))
        case.escalation_ids[0].with_user(self.chief).action_seen()
        self.assertFalse(self.activities_of(self.mia, case))
        self.assertEqual(set(case.escalation_ids.mapped("state")), {"seen"})

    def test_seen_before_the_mail_left(self):
        case = self.make_late()
        with self.mails_held_back():
            self.sweep("2024-07-03 09:41:00")
        case.with_user(self.chief).action_seen()
        self.sweep("2024-07-03 09:42:00")
        self.assertFalse(self.mails_to(self.chief))

    def test_an_account_manager_told_takes_it_on_without_being_an_agent(self):
        self.set_ladder({"moment": "breach", "notify": "account_manager"})
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        case.with_user(self.anna).action_seen()
        self.assertEqual(case.escalation_ids.seen_by_id, self.anna)
        self.assertEqual(case.user_id, self.mia, "he may not work on complaints")

    def test_who_is_told_may_open_the_case_and_take_it(self):
        """The leader's leader is in no team; before he is told the case is not his business."""
        boss = self.make_agent(name="Boss")
        self.chief.sudo().care_manager_id = boss
        self.set_ladder({"moment": "breach", "notify": "next_leader"})
        case = self.make_late()
        self.assertFalse(case.with_user(boss).has_access("read"))
        self.sweep("2024-07-03 09:41:00")
        self.assertTrue(self.activities_of(boss, case))
        theirs = case.with_user(boss)
        self.assertEqual(theirs.clock_ids.state, "breached")
        theirs.action_seen()
        self.assertEqual(case.user_id, boss)

    def test_an_account_manager_sees_how_it_goes_on(self):
        case = self.make_late()
        with freeze_time("2024-07-03 08:10:00"):
            theirs = case.with_user(self.anna)
            self.assertIn("Mia", theirs.next_step)
            action = theirs.action_who_is_told()
            wizard = theirs.env[action["res_model"]].browse(action["res_id"])
            self.assertEqual(len(wizard.line_ids), 4)

    def test_who_was_not_told_may_not_press(self):
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        with self.assertRaises(AccessError):
            case.with_user(self.anna).action_seen()
        stranger = self.make_agent()
        with self.assertRaises(AccessError):
            case.escalation_ids.with_user(stranger).action_seen()

    def test_nothing_to_see(self):
        case = self.make_late()
        case.with_user(self.mia).action_seen()
        self.assertFalse(case.clock_ids.date_seen)

    def test_what_waits_can_be_searched(self):
        case = self.make_late()
        other = self.make_late("2024-07-03 09:00:00")
        self.sweep("2024-07-03 09:41:00")
        Case = self.env["complaint.case"].with_user(self.chief)
        ours = [("id", "in", (case | other).ids)]
        self.assertEqual(Case.search([("is_escalated", "=", True), *ours]), case)
        self.assertEqual(Case.search([("is_escalated", "=", False), *ours]), other)

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    def test_nobody_edits_the_log(self):
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        for user in (self.mia, self.head):
            row = case.escalation_ids[:1].with_user(user)
            self.assertTrue(row.level_name)
            with self.assertRaises(AccessError):
                row.note = "Nothing happened"
            with self.assertRaises(AccessError):
                row.unlink()

    def test_log_of_another_company(self):
        case = self.make_late()
        self.sweep("2024-07-03 09:41:00")
        boss = self.make_agent(
            "complaint_handling.complaint_handling_group_manager",
            companies=self.make_company("Elsewhere"),
        )
        with self.assertRaises(AccessError):
            case.escalation_ids[:1].with_user(boss).read(["note"])

    def test_everything_is_escaped(self):
        self.mia.name = "<i>Mia</i>"
        case = self.make_late()
        self.sweep("2024-07-03 08:51:00")
        self.assertIsInstance(case.message_ids[0].body, Markup)
        self.assertNotIn("<i>", case.message_ids[0].body)

    def test_merge_of_steps_in_one_note(self):
        """Two promises of one case act in the same sweep: one note, two rows."""
        self.policy.target_ids = [
            Command.create({"kind": "resolve", "amount": 100, "unit": "minute", "time": "clock"})
        ]
        case = self.make_late()
        notes = len(case.message_ids)
        self.sweep("2024-07-03 08:51:00")
        self.assertEqual(len(case.escalation_ids), 2)
        self.assertEqual(len(case.message_ids), notes + 1)
