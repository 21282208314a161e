from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .escalation_common import EscalationCase


@tagged("post_install", "-at_install")
class TestEscalationPeople(EscalationCase):
    """Who would be told? Absent people are replaced, nobody is forgotten."""

    def told(self, at="2024-07-03 09:00:00", case=None, **vals):
        """Return the names of who a step would tell, and why somebody else."""
        case = case or self.make_late()
        level = self.add_step(**{"moment": "breach", **vals})
        with freeze_time(at):
            found = level._find_told([(level, case)])[level, case]
        return sorted(found.users.mapped("name")), found.note

    def test_whom_a_step_names(self):
        self.assertEqual(self.told(notify="agent"), (["Mia"], ""))
        self.assertEqual(self.told(notify="leader"), (["Chief"], ""))
        self.assertEqual(self.told(notify="next_leader"), (["Head"], ""))
        self.assertEqual(self.told(notify="account_manager"), ([self.anna.name], ""))
        self.assertEqual(self.told(notify="user", user_id=self.ben.id), (["Ben"], ""))

    def test_a_case_nobody_has_taken(self):
        self.assertEqual(
            self.told(notify="agent", case=self.make_late(user_id=False))[0], ["Chief"]
        )

    def test_everybody_with_a_role(self):
        group = self.env["res.groups"].create({"name": "Fire brigade"})
        elsewhere = self.make_agent(companies=self.make_company("Elsewhere"))
        group.user_ids = self.mia | self.ben | elsewhere
        vals = {"notify": "group", "group_id": group.id}
        self.assertEqual(self.told(**vals)[0], ["Ben", "Mia"])
        self.send_away(self.mia)
        self.assertEqual(self.told(**vals), (["Ben"], ""), "enough of them are there")
        self.send_away(self.ben)
        self.assertEqual(self.told(**vals)[0], ["Chief"], "the next one up of all")

    def test_the_deputy_of_who_is_away(self):
        self.mia.sudo().deputy_id = self.ben
        self.send_away(self.mia)
        names, note = self.told(notify="agent")
        self.assertEqual(names, ["Ben"])
        self.assertEqual(note, "Mia is away: Ben is told.")
        self.assertEqual(self.told("2024-07-04 09:00:00", notify="agent")[0], ["Mia"])

    def test_the_next_one_up_where_nobody_stands_in(self):
        self.mia.sudo().deputy_id = self.ben
        self.send_away(self.mia)
        self.send_away(self.ben)
        self.assertEqual(self.told(notify="agent")[0], ["Chief"])
        self.send_away(self.chief)
        self.assertEqual(self.told(notify="agent")[0], ["Head"])

    def test_on_leave(self):
        resource = self.env["resource.resource"].create(
            {"name": "Mia", "user_id": self.mia.id, "tz": "UTC", "company_id": self.company.id}
        )
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "resource_id": resource.id,
                "date_from": "2024-07-03 00:00:00",
                "date_to": "2024-07-03 23:59:59",
            }
        )
        self.assertEqual(self.told(notify="agent")[0], ["Chief"])

    def test_archived(self):
        case = self.make_late()
        self.mia.active = False
        self.assertEqual(self.told(case=case, notify="agent")[0], ["Chief"])

    def test_on_the_persons_own_day(self):
        """Out of office on the 3rd in Auckland, where it is the 4th already."""
        self.mia.tz = "Pacific/Auckland"
        self.mia.sudo().write(
            {"out_of_office_from": "2024-07-02 12:00:00", "out_of_office_to": "2024-07-03 11:59:59"}
        )
        self.assertEqual(self.told("2024-07-03 09:00:00", notify="agent")[0], ["Chief"])
        self.assertEqual(self.told("2024-07-03 13:00:00", notify="agent")[0], ["Mia"])

    def test_nobody_found(self):
        case = self.make_late(user_id=False)
        self.team.leader_id = False
        names, note = self.told(case=case, notify="leader")
        self.assertIn("Head", names)
        self.assertIn("complaint managers", note)

    def test_who_may_not_enter_the_company_is_not_told(self):
        stranger = self.make_agent(companies=self.make_company("Elsewhere"))
        names, note = self.told(notify="user", user_id=stranger.id)
        self.assertIn("Head", names)
        self.assertTrue(note)

    def test_two_companies(self):
        """The same question for cases of two companies at once."""
        other = self.make_company("Second", go_live_date="2024-01-01")
        boss = self.make_agent(companies=other, name="Boss")
        team = self.env["complaint.team"].search([("company_id", "=", other.id)])
        team.leader_id = boss
        theirs = self.env["complaint.case"].create(
            {"name": "Theirs", "company_id": other.id, "team_id": team.id}
        )
        ours = self.make_late()
        pairs = [(self.breach, ours), (self.breach, theirs)]
        found = self.Level._find_told(pairs)
        self.assertEqual([found[pair].users.name for pair in pairs], ["Chief", "Boss"])

    # ------------------------------------------------------------
    # The screen
    # ------------------------------------------------------------

    def test_try_it_on_a_promise(self):
        action = self.policy.action_who_is_told()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard.user_id = self.ben
        self.assertEqual(
            [(line.step, line.user_ids.mapped("name")) for line in wizard.line_ids],
            [
                ("50 % of the time left", ["Ben"]),
                ("Breached", ["Chief"]),
                ("2 hours after the breach", ["Head"]),
            ],
        )

    def test_if_nobody_acts(self):
        case = self.make_late()
        with freeze_time("2024-07-03 08:10:00"):
            mine = case.with_user(self.mia).with_context(tz="UTC")
            action = mine.action_who_is_told()
            wizard = mine.env[action["res_model"]].browse(action["res_id"])
            self.assertEqual(
                [
                    (str(line.moment), line.step, line.user_ids.mapped("name"))
                    for line in wizard.line_ids
                ],
                [
                    ("2024-07-03 08:50:00", "50 % of the time left", ["Mia"]),
                    ("2024-07-03 09:40:00", "Due moment", []),
                    ("2024-07-03 09:40:00", "Breached", ["Chief"]),
                    ("2024-07-03 11:40:00", "2 hours after the breach", ["Head"]),
                ],
            )
            self.assertIn("8:50", mine.next_step)
            self.assertIn("Mia", mine.next_step)

    def test_next_step_in_the_time_zone_of_the_reader(self):
        case = self.make_late()
        with freeze_time("2024-07-03 08:10:00"):
            for tz, shown in (("UTC", "8:50"), ("Asia/Shanghai", "4:50")):
                self.assertIn(shown, case.with_context(tz=tz).next_step)

    def test_a_finished_case_has_no_next_step(self):
        case = self.make_late()
        case._note_answer(note="By phone")
        self.assertFalse(case.next_step)
        self.assertFalse(case._get_next_steps())

    def test_the_agent_sees_what_others_do_without_their_rights(self):
        """An agent needs no rights to users' absences or customers to be answered."""
        case = self.make_late()
        self.policy.level_ids = [
            Command.clear(),
            Command.create({"moment": "breach", "notify": "account_manager"}),
        ]
        with freeze_time("2024-07-03 08:10:00"):
            steps = case.with_user(self.mia)._get_next_steps()
        self.assertEqual(steps[-1]["users"].sudo().name, self.anna.name)
