from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import NOW, ComplaintCase


@tagged("post_install", "-at_install")
class TestTransfer(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.night = cls.env["resource.calendar"].create(
            {
                "name": "Night",
                "company_id": cls.company.id,
                "tz": "UTC",
                "attendance_ids": [
                    Command.create(
                        {
                            "name": f"Night {day}",
                            "dayofweek": str(day),
                            "hour_from": 0,
                            "hour_to": 4,
                            "day_period": "morning",
                        }
                    )
                    for day in range(7)
                ],
            }
        )
        cls.nights = cls.make_team(members=cls.ben, resource_calendar_id=cls.night.id)

    def setUp(self):
        super().setUp()
        self.at(NOW)
        self.cases = self.make_case() | self.make_case()
        self.cases.with_user(self.mia).action_take()

    def transfer(self, user=None, **vals):
        wizard = self.env["complaint.transfer"].with_user(user or self.mia)
        return wizard.create({"scope": "agent", "from_user_id": self.mia.id, **vals})

    def test_what_was_promised_stays_promised(self):
        before = self.cases.clock_ids.read(["date_due", "target_seconds", "resource_calendar_id"])
        self.transfer(
            user_id=self.ben.id, team_id=self.nights.id, note="Ada works at night"
        ).action_apply()
        self.assertEqual(self.cases.user_id, self.ben)
        self.assertEqual(self.cases.team_id, self.nights)
        self.assertEqual(self.cases.held_by_id, self.ben)
        after = self.cases.clock_ids.read(["date_due", "target_seconds", "resource_calendar_id"])
        self.assertEqual(before, after)
        for case in self.cases:
            self.assertIn("Ada works at night", "".join(case.message_ids.mapped("body")))

    def test_a_correction_of_the_team_replans(self):
        case = self.cases[0]
        due = self.clock(case, "resolve").date_due
        case.team_id = self.nights
        self.assertNotEqual(self.clock(case, "resolve").date_due, due)

    def test_activities_go_along(self):
        todo = "mail.mail_activity_data_todo"
        hers = self.cases[0].activity_schedule(todo, user_id=self.mia.id)
        chief = self.cases[0].activity_schedule(todo, user_id=self.chief.id)
        self.transfer(user_id=self.ben.id).action_apply()
        self.assertEqual(hers.user_id, self.ben)
        self.assertEqual(chief.user_id, self.chief)

    def test_only_open_cases_move(self):
        spam = self.env.ref("complaint_handling.complaint_reject_reason_spam")
        self.cases[0].with_user(self.mia)._reject(spam)
        wizard = self.transfer(user_id=self.ben.id)
        self.assertEqual(wizard.case_ids, self.cases[1])
        wizard.action_apply()
        self.assertEqual(self.cases[0].user_id, self.mia)

    def test_nobody_gets_cases_while_he_is_away(self):
        self.ben.write(
            {"out_of_office_from": "2024-07-01 00:00:00", "out_of_office_to": "2024-07-20 00:00:00"}
        )
        wizard = self.transfer(user_id=self.ben.id)
        self.assertIn("Ben", wizard.warning)
        with self.assertRaises(UserError):
            wizard.action_apply()
        self.assertEqual(self.cases.user_id, self.mia)

    def test_to_a_team_that_takes_them_anew(self):
        self.transfer(team_id=self.nights.id).action_apply()
        self.assertFalse(self.cases.user_id)
        self.assertEqual(set(self.cases.mapped("held_by")), {"nobody"})

    def test_to_a_team_that_finds_somebody_by_its_rule(self):
        self.nights.assignment = "balanced"
        todo = self.cases[0].activity_schedule("mail.mail_activity_data_todo", user_id=self.mia.id)
        self.transfer(team_id=self.nights.id).action_apply()
        self.assertEqual(self.cases.user_id, self.ben)
        self.assertEqual(todo.user_id, self.ben)

    def test_selection_in_the_list(self):
        wizard = (
            self.env["complaint.transfer"]
            .with_user(self.mia)
            .with_context(active_model="complaint.case", active_ids=self.cases[:1].ids)
            .create({"user_id": self.ben.id})
        )
        self.assertEqual(wizard.case_ids, self.cases[:1])

    def test_cases_of_another_team_cannot_be_given_away(self):
        case = self.make_case(team_id=self.nights.id)
        case.with_user(self.ben).action_take()
        wizard = self.transfer(scope="team", from_team_id=self.nights.id, user_id=self.mia.id)
        self.assertFalse(wizard.case_ids)
        with self.assertRaises(AccessError):
            case.with_user(self.mia)._hand_over(user=self.mia)
