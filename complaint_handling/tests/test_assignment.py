from datetime import datetime

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import NOW, ComplaintCase


@tagged("post_install", "-at_install")
class TestAssignment(ComplaintCase):
    """Who gets a new case."""

    def setUp(self):
        super().setUp()
        self.at(NOW)

    def agents_of(self, count, **vals):
        return [self.make_case(**vals).user_id for _number in range(count)]

    def test_by_hand_nobody_gets_it(self):
        self.assertEqual(self.agents_of(2), [self.env["res.users"]] * 2)

    def test_balanced(self):
        self.team.assignment = "balanced"
        self.make_case(user_id=self.mia.id)
        self.make_case(user_id=self.mia.id)
        cases = self.Case.create(
            [{"name": f"Case {n}", "company_id": self.company.id} for n in range(4)]
        )
        self.assertEqual([case.user_id for case in cases], [self.ben, self.ben, self.mia, self.ben])

    def test_in_turn_in_one_batch_and_one_by_one(self):
        self.team.assignment = "round_robin"
        cases = self.Case.create(
            [{"name": f"Case {n}", "company_id": self.company.id} for n in range(3)]
        )
        self.assertEqual([case.user_id for case in cases], [self.mia, self.ben, self.mia])
        self.assertEqual(self.agents_of(2), [self.ben, self.mia])

    def test_by_class(self):
        self.team.assignment = "by_class"
        self.team.member_ids.filtered(
            lambda member: member.user_id == self.ben
        ).service_class = "key"
        basic = self.make_customer("Small", tier="BASIC")
        self.assertEqual(self.agents_of(2), [self.ben, self.ben])
        small = self.agents_of(2, partner_id=basic.id, contact_id=False)
        self.assertEqual(small, [self.mia, self.mia])

    def test_open_cases_of_who_leaves_are_nobody_s(self):
        case = self.make_case(user_id=self.mia.id)
        closed = self.make_case(user_id=self.mia.id, date_communicated=NOW)
        closed._close()
        keeper = self.make_user(None)
        keeper.group_ids += self.env.ref("base.group_erp_manager")
        self.mia.with_user(keeper).action_archive()
        self.assertFalse(case.user_id)
        self.assertEqual(case.held_by, "nobody")
        self.assertIn("Mia has left", "".join(case.message_ids.mapped("body")))
        self.assertEqual(closed.user_id, self.mia)

    def test_open_cases_of_who_leaves_follow_the_rule_of_the_team(self):
        self.team.assignment = "balanced"
        cases = self.make_case(user_id=self.mia.id) | self.make_case(user_id=self.mia.id)
        self.mia.action_archive()
        self.assertEqual(cases.user_id, self.ben)

    def test_who_is_away_is_left_out(self):
        self.team.assignment = "balanced"
        self.mia.write(
            {
                "out_of_office_from": datetime(2024, 7, 3),
                "out_of_office_to": datetime(2024, 7, 4),
            }
        )
        self.assertEqual(self.agents_of(2), [self.ben, self.ben])
        self.ben.action_archive()
        self.assertEqual(self.agents_of(1), [self.env["res.users"]])

    def test_who_is_given_a_case_hears_of_it(self):
        case = self.make_case().with_user(self.chief)
        case.write({"user_id": self.mia.id})
        told = self.env["mail.notification"].search(
            [("res_partner_id", "=", self.mia.partner_id.id)]
        )
        self.assertEqual(told.mail_message_id.res_id, case.id)
        self.make_case().with_user(self.ben).action_take()
        self.assertFalse(
            self.env["mail.notification"].search([("res_partner_id", "=", self.ben.partner_id.id)])
        )

    def test_one_catch_all_team_per_company(self):
        self.assertTrue(self.team.is_catch_all)
        other = self.make_team(sequence=1)
        self.assertEqual(self.make_case().team_id, self.team)
        self.team.is_catch_all = False
        other.is_catch_all = True
        self.assertEqual(self.make_case().team_id, other)

    def test_working_hours_that_never_run_are_refused(self):
        empty = self.env["resource.calendar"].create(
            {
                "name": "Nothing",
                "company_id": self.company.id,
                "attendance_ids": [Command.clear()],
            }
        )
        with self.assertRaises(ValidationError):
            self.team.resource_calendar_id = empty

    def test_a_branch_uses_the_team_and_promises_of_its_company(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        case = self.make_case(company_id=branch.id)
        self.assertEqual(case.team_id, self.team)
        self.assertTrue(self.clock(case, "resolve"))

    # ------------------------------------------------------------
    # A team is given up
    # ------------------------------------------------------------

    def test_the_last_team_stays(self):
        mine = self.team.with_user(self.head)
        with self.assertRaisesRegex(UserError, "no complaint team left"):
            mine.action_archive()
        with self.assertRaisesRegex(UserError, "no complaint team left"):
            mine.unlink()
        self.make_team()
        mine.action_archive()
        self.assertFalse(self.team.active)

    def test_the_last_team_of_a_branch_may_go(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        own = self.make_team(company_id=branch.id)
        case = self.make_case(company_id=branch.id, team_id=own.id)
        own.action_archive()
        self.assertEqual(case.team_id, self.team)

    def test_an_archived_team_leaves_no_case_behind(self):
        spares = self.make_team("Spares", members=self.mia | self.ben)
        taken, free, ended = (self.make_case(team_id=spares.id) for _number in range(3))
        taken.with_user(self.mia).action_take()
        self.solve(ended)
        ended.action_close()
        due = self.clock(free, "resolve").date_due
        self.team.assignment = "balanced"
        spares.with_user(self.head).action_archive()
        self.assertEqual((taken | free).team_id, self.team)
        self.assertEqual((taken.user_id, free.user_id), (self.mia, self.ben))
        self.assertEqual(self.clock(free, "resolve").date_due, due)
        self.assertIn("was archived", " ".join(free.message_ids.mapped("body")))
        self.assertEqual(ended.team_id, spares)
        self.customer_writes(ended)
        self.assertEqual((ended.stage_kind, ended.team_id), ("progress", self.team))

    def test_a_case_for_an_archived_team_goes_to_the_fallback_team(self):
        spares = self.make_team()
        spares.action_archive()
        self.assertEqual(self.make_case(team_id=spares.id).team_id, self.team)
        spares.action_unarchive()
        self.assertEqual(self.make_case(team_id=spares.id).team_id, spares)

    # ------------------------------------------------------------
    # Dialogs
    # ------------------------------------------------------------

    def dialog(self, model, case, **vals):
        values = {"case_id": case.id, **vals}
        return self.env[model].with_user(self.mia).create(values).action_confirm()

    def test_rejected_with_a_reason_the_customer_gets(self):
        case = self.make_case(user_id=self.mia.id)
        reason = self.env.ref("complaint_handling.complaint_reject_reason_unfounded")
        with self.assertRaises(UserError):
            case.with_user(self.mia).write(
                {"stage_id": self.env["complaint.stage"]._get("rejected").id}
            )
        with self.assertRaises(UserError):
            self.dialog("complaint.reject", case, reason_id=reason.id)
        with self.mails_may_leave():
            self.dialog("complaint.reject", case, reason_id=reason.id, body="<p>No.</p>")
        self.assertEqual(case.stage_kind, "rejected")
        self.assertEqual(case.date_closed, datetime.fromisoformat(NOW))
        self.assertFalse(case.date_resolved)
        self.assertFalse(case.clock_ids.filtered("is_open"))
        case.with_user(self.mia).action_reopen()
        self.assertFalse(case.date_closed)
        self.assertFalse(case.reject_reason_id)

    def test_answered_by_phone_counts_from_when_it_was(self):
        case = self.make_case(user_id=self.mia.id)
        self.at("2024-07-03 15:00:00")
        with self.assertRaises(UserError):
            self.dialog(
                "complaint.answered", case, date="2024-07-03 16:00:00", person="Ada", note="x"
            )
        with self.assertRaises(UserError):
            self.dialog(
                "complaint.answered", case, date="2024-07-03 07:00:00", person="Ada", note="x"
            )
        self.dialog(
            "complaint.answered", case, date="2024-07-03 09:30:00", person="Ada", note="Sorry"
        )
        clock = self.clock(case, "first_response")
        self.assertEqual((clock.state, clock.date_met), ("met", datetime(2024, 7, 3, 9, 30)))
        self.assertIn("Ada", clock.proof_note)
        self.assertEqual(case.date_first_response, datetime(2024, 7, 3, 9, 30))

    def test_a_call_days_ago_is_entered_by_a_manager(self):
        case = self.make_case(user_id=self.mia.id)
        self.at("2024-07-05 09:00:00")
        call = {"date": "2024-07-03 08:30:00", "person": "Ada", "note": "Sorry"}
        with self.assertRaises(UserError):
            self.dialog("complaint.answered", case, **call)
        clock = self.clock(case, "first_response")
        self.assertFalse(clock.date_met)
        case = case.with_user(self.head)
        case.env["complaint.answered"].create({"case_id": case.id, **call}).action_confirm()
        self.assertEqual((clock.state, clock.date_met), ("met", datetime(2024, 7, 3, 8, 30)))
        for text in (clock.proof_note, case.message_ids[0].body):
            # when it was, and when somebody said so
            self.assertIn("7/3/24, 8:30", text.replace("\u202f", " "))
            self.assertIn("7/5/24, 9:00", text.replace("\u202f", " "))

    def test_solved_by_phone(self):
        case = self.make_case(user_id=self.mia.id)
        with self.assertRaises(UserError):
            self.dialog("complaint.resolve", case)
        self.dialog("complaint.resolve", case, is_told=True, told_note="Ada, by phone")
        self.assertEqual(case.stage_kind, "resolved")
        self.assertFalse(case.communicated_message_id)
        self.assertTrue(case.date_first_response)

    def test_without_an_address_nobody_is_written_to(self):
        case = self.make_case(
            partner_id=False, contact_id=False, contact_name="Somebody", user_id=self.mia.id
        )
        with self.assertRaises(UserError):
            self.dialog("complaint.resolve", case, body="<p>Done.</p>")
        self.assertEqual(case.stage_kind, "new")

    def test_a_message_that_reaches_nobody_is_no_answer(self):
        mute = self.make_customer("Mute")
        case = self.make_case(partner_id=mute.id, contact_id=False, user_id=self.mia.id)
        self.answer(case)
        self.assertFalse(case.date_first_response)
