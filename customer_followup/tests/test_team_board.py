import ast
from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import FollowupCase

NOW = "2024-07-03 10:00:00"  # a Wednesday
#: Figures that are the number of rows of their list.
COUNTED = ("visits", "visits_done", "calls", "calls_done", "off_plan", "overdue", "missed")


@tagged("post_install", "-at_install")
class TestTeamBoard(FollowupCase):
    """The leader has Anna and Tom; Otto and his customer are another leader's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.cadences.active = False  # only what is planned here
        cls.other_leader = cls.make_user("team", tz="UTC")
        cls.otto = cls.make_user("own", tz="UTC", care_manager_id=cls.other_leader.id)
        cls.everybody = cls.make_user("all", tz="UTC")
        cls.customer = cls.make_customer()
        cls.standard = cls.make_customer(tier="STANDARD")

    def board(self, user=None, **kwargs):
        self.env.flush_all()
        self.env.invalidate_all()
        touches = self.Touch.with_user(user or self.leader)
        board = touches.with_context(allowed_company_ids=self.company.ids).get_team_board(**kwargs)
        self.people = {row["id"]: row for row in board["people"]}
        self.decisions = {row["key"]: row["count"] for row in board["decisions"]}
        return board

    def opened(self, key, user_id=None, user=None):
        """Return the records of the list behind a number, as the user finds them."""
        touches = self.Touch.with_user(user or self.leader)
        touches = touches.with_context(allowed_company_ids=self.company.ids)
        action = touches.get_team_board_action(key, user_id)
        domain = action["domain"]
        if isinstance(domain, str):  # of a stored action
            domain = ast.literal_eval(domain)
        return touches.env[action["res_model"]].search(domain)

    def done(self, partner, moment, **vals):
        return self.make_touch(
            partner,
            moment[:10],
            state="done",
            date_done=moment,
            outcome_id=self.outcome("reached").id,
            **vals,
        )

    def make_all_kinds(self):
        """Make at least one follow-up of every figure for Anna."""
        self.make_touch(self.customer, "2024-07-03", kind="visit", duration=2)
        self.make_touch(self.customer, "2024-07-03 14:00:00", kind="visit", duration=1)
        self.make_touch(self.standard, "2024-07-03")
        self.make_touch(self.standard, "2024-07-01")
        self.make_touch(self.customer, "2024-07-02")
        self.make_touch(self.customer, "2024-07-16")
        self.make_touch(self.customer, "2024-07-17")
        self.make_touch(self.customer, "2024-06-20", state="missed")
        self.make_touch(self.customer, "2024-05-10", state="missed")
        self.done(self.customer, "2024-07-03 09:00:00", kind="visit", duration=1)
        self.done(self.customer, "2024-07-03 09:30:00", origin="unplanned")
        self.done(self.customer, "2024-07-02 09:30:00")
        for day, state in (("2024-07-02", "open"), ("2024-07-03", "open"), ("2024-07-01", "kept")):
            self.env["followup.promise"].create(
                {
                    "name": "Price list",
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "user_id": self.anna.id,
                    "date_due": day,
                    "state": state,
                }
            )

    # ------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------

    def test_figures_of_a_person(self):
        self.make_all_kinds()
        self.board()
        row = self.people[self.anna.id]
        expected = {
            "visits": 3,
            "visits_done": 1,
            "calls": 1,
            "calls_done": 0,
            "off_plan": 1,
            "overdue": 2,
            "overdue_weight": 3 + 2,
            "missed": 1,
            "promises": 1,
        }
        self.assertEqual({key: row[key] for key in expected}, expected)
        self.assertEqual(row["today"], {"planned": 4.25, "available": 8, "percent": 53})
        self.assertEqual(row["ahead"]["available"], 80)
        self.assertEqual(row["ahead"]["planned"], 3.5)

    def test_each_number_is_that_of_its_list(self):
        self.make_all_kinds()
        self.make_touch(self.customer, "2024-07-02", user_id=self.tom.id)
        board = self.board()
        for key in (*COUNTED, "promises"):
            self.assertEqual(len(self.opened(key)), board["total"][key], key)
            for user_id, row in self.people.items():
                self.assertEqual(len(self.opened(key, user_id)), row[key], key)
        self.assertEqual(sum(self.opened("plan").mapped("duration")), 4.25)
        self.assertEqual(
            sum(self.opened("ahead").mapped("duration")), board["total"]["ahead"]["planned"]
        )

    def test_total_adds_up(self):
        self.make_all_kinds()
        self.make_touch(self.standard, "2024-07-03", user_id=self.tom.id, duration=4)
        total = self.board()["total"]
        self.assertEqual(total["calls"], 2)
        self.assertEqual(total["today"]["planned"], 8.25)
        self.assertEqual(total["today"]["available"], 16)

    def test_each_day_is_that_of_the_person(self):
        self.anna.tz = "Pacific/Auckland"  # 22:00 of the 3rd
        self.make_touch(self.customer, "2024-07-03")
        self.make_touch(self.customer, "2024-07-03 13:00:00")  # the 4th for her
        self.board()
        self.assertEqual(self.people[self.anna.id]["calls"], 1)
        with freeze_time("2024-07-03 12:30:00"):
            self.board()
            self.assertEqual(self.people[self.anna.id]["calls"], 1)
            self.assertEqual(self.people[self.anna.id]["overdue"], 1)

    def test_another_day(self):
        self.make_touch(self.customer, "2024-07-05", kind="visit")
        self.board(date="2024-07-05")
        self.assertEqual(self.people[self.anna.id]["visits"], 1)

    def test_a_meeting_takes_of_the_day(self):
        self.env["calendar.event"].create(
            {
                "name": "Training",
                "start": "2024-07-03 13:00:00",
                "stop": "2024-07-03 15:00:00",
                "user_id": self.anna.id,
                "partner_ids": [Command.set(self.anna.partner_id.ids)],
            }
        )
        self.board()
        self.assertEqual(self.people[self.anna.id]["today"]["available"], 6)

    # ------------------------------------------------------------
    # Who
    # ------------------------------------------------------------

    def test_a_leader_sees_his_line_only(self):
        mine = self.make_customer(user=self.otto)
        self.make_touch(mine, "2024-07-02", user_id=self.otto.id)
        self.board()
        self.assertEqual(set(self.people), {self.anna.id, self.tom.id})
        self.assertFalse(self.opened("overdue"))
        self.assertFalse(self.opened("overdue", self.otto.id), "nor by asking for him")
        self.board(self.everybody)
        self.assertIn(self.otto.id, self.people)
        self.assertEqual(self.people[self.otto.id]["overdue"], 1)

    def test_who_leads_nobody_may_not_open_it(self):
        touches = self.Touch.with_user(self.anna)
        with self.assertRaises(AccessError):
            touches.get_team_board()
        with self.assertRaises(AccessError):
            touches.get_team_board_action("overdue", self.tom.id)

    def test_of_the_company_only(self):
        other = self.make_company("Other")
        self.everybody.company_ids += other
        self.anna.company_ids += other
        self.make_touch(self.customer, "2024-07-02")
        self.make_touch(self.customer, "2024-07-02", company_id=other.id)
        self.assertEqual(self.board(self.everybody)["total"]["overdue"], 1)
        both = self.Touch.with_user(self.everybody)
        both = both.with_context(allowed_company_ids=(self.company + other).ids)
        self.assertEqual(both.get_team_board()["total"]["overdue"], 2)

    def test_absent_with_a_stand_in_and_nothing_private(self):
        self.anna.write(
            {
                "deputy_id": self.tom.id,
                "out_of_office_from": "2024-07-01 00:00:00",
                "out_of_office_to": "2024-07-06 00:00:00",
                "out_of_office_message": "In hospital",
            }
        )
        board = self.board()
        row = self.people[self.anna.id]
        self.assertEqual(row["absence"], "out_of_office")
        self.assertEqual(row["stand_in"], self.tom.name)
        self.assertEqual(row["today"]["available"], 0)
        self.assertEqual(row["ahead"]["available"], 56)
        self.assertNotIn("hospital", str(board))
        self.assertFalse(self.people[self.tom.id]["absence"])

    def test_archived_with_work_left(self):
        self.make_touch(self.customer, "2024-07-08")
        self.anna.active = False
        self.board()
        self.assertEqual(self.people[self.anna.id]["absence"], "archived")
        self.assertEqual(self.people[self.anna.id]["ahead"]["percent"], False)
        self.assertEqual(self.decisions["archived"], 1)
        self.assertEqual(self.opened("archived").user_id, self.anna)

    def test_stand_ins_and_falls_wait_for_the_leader(self):
        touch = self.make_touch(self.customer, "2024-07-08")
        touch.with_context(followup_machine=True).write(
            {"user_id": self.tom.id, "stand_in_for_id": self.anna.id}
        )
        self.board()
        self.assertEqual(self.decisions["stand_ins"], 1)
        self.assertEqual(self.opened("stand_ins"), touch)
        self.assertEqual(self.decisions["falls"], 0)
        self.assertFalse(self.opened("falls"))
        self.assertFalse(self.opened("uncovered"))

    # ------------------------------------------------------------
    # Queries
    # ------------------------------------------------------------

    def count_queries(self):
        self.board()  # what every request reads: rights, menus, languages
        self.env.invalidate_all()
        touches = self.Touch.with_user(self.leader)
        touches = touches.with_context(allowed_company_ids=self.company.ids)
        self.assertTrue(touches.env.user.tz and touches.env.company.name)
        before = self.cr.sql_log_count
        board = touches.get_team_board()
        return self.cr.sql_log_count - before, len(board["people"])

    def test_queries_do_not_grow_with_the_people(self):
        self.make_all_kinds()
        self.env["calendar.event"].create(
            {
                "name": "Training",
                "start": "2024-07-04 13:00:00",
                "stop": "2024-07-04 15:00:00",
                "partner_ids": [Command.set(self.anna.partner_id.ids)],
            }
        )
        self.tom.write({"deputy_id": self.anna.id, "out_of_office_from": "2024-07-01 00:00:00"})
        few, people = self.count_queries()
        self.assertEqual(people, 2)
        for number in range(18):
            user = self.make_user("own", tz="UTC", care_manager_id=self.leader.id)
            self.make_touch(self.make_customer(user=user), user_id=user.id)
            user.out_of_office_from = datetime(2024, 7, 1) + timedelta(days=number % 3)
        many, people = self.count_queries()
        self.assertEqual(people, 20)
        self.assertLessEqual(many, 20)
        self.assertLessEqual(many, few + 1)

    # ------------------------------------------------------------
    # Giving follow-ups to a colleague
    # ------------------------------------------------------------

    def reassign(self, touches, user, by=None):
        wizards = self.env["followup.reassign"].with_user(by or self.leader)
        form = Form(wizards.with_context(default_touch_ids=touches.ids))
        form.user_id = user
        wizard = form.save()
        return wizard, wizard.action_apply()

    def test_reassign_moves_follow_up_and_activity_not_the_customer(self):
        touches = self.make_touch(self.customer) | self.make_touch(self.standard)
        done = self.done(self.customer, "2024-07-02 09:30:00")
        wizard, action = self.reassign(touches | done, self.tom)
        self.assertEqual((wizard.touch_count, wizard.customer_count, wizard.done_count), (2, 2, 1))
        self.assertIn("2 follow-ups", action["params"]["message"])
        self.assertEqual(touches.user_id, self.tom)
        self.assertEqual(touches.activity_ids.user_id, self.tom)
        self.assertEqual(touches.mapped("is_reassigned"), [True, True])
        self.assertEqual(done.user_id, self.anna)
        self.assertEqual(self.customer.user_id, self.anna)

    def test_reassign_takes_from_the_archived(self):
        touch = self.make_touch(self.customer)
        self.anna.active = False
        self.reassign(touch, self.tom)
        self.assertEqual(touch.user_id, self.tom)
        self.assertTrue(touch.activity_ids)

    def test_reassign_only_what_is_planned(self):
        with self.assertRaises(UserError):
            self.reassign(self.done(self.customer, "2024-07-02 09:30:00"), self.tom)

    def test_reassign_needs_the_right_to_the_follow_up(self):
        theirs = self.make_touch(self.make_customer(user=self.otto), user_id=self.otto.id)
        with self.assertRaises(AccessError):
            self.reassign(theirs, self.tom)

    def test_who_leads_nobody_may_not_reassign(self):
        touch = self.make_touch(self.customer)
        with self.assertRaises(AccessError):
            self.reassign(touch, self.tom, by=self.anna)

    # ------------------------------------------------------------
    # The night
    # ------------------------------------------------------------

    def test_out_of_office_is_covered_at_night(self):
        self.anna.deputy_id = self.tom
        agreed = self.make_touch(
            self.customer, "2024-07-04 14:00:00", kind="visit", is_appointment=True
        )
        can_wait = self.make_touch(self.standard, "2024-07-04")
        self.anna.write(
            {"out_of_office_from": "2024-07-03 00:00:00", "out_of_office_to": "2024-07-06 00:00:00"}
        )
        self.Touch.with_context(followup_machine=True)._cover_absences(self.company)
        self.assertEqual((agreed.user_id, agreed.stand_in_for_id), (self.tom, self.anna))
        self.assertEqual(can_wait.user_id, self.anna)
        self.assertEqual(str(can_wait._local_day()), "2024-07-08")
