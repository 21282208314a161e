from odoo.tests import tagged

from .escalation_common import EscalationCase


@tagged("post_install", "-at_install")
class TestTaskLadder(EscalationCase):
    """An answer that does not come is told to the leader of who was asked, and to nobody else."""

    TASK_LADDER = (
        {"sequence": 1, "moment": "breach", "notify": "leader"},
        {
            "sequence": 2,
            "clock_kind": "task",
            "moment": "breach",
            "notify": "asked_leader",
            "by_mail": True,
        },
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy([("first_response", 8, "hour", "clock")], cls.TASK_LADDER, sequence=0)
        cls.boss = cls.make_user(None, name="Boss", tz="UTC")
        cls.joe = cls.make_user(None, name="Joe", tz="UTC", care_manager_id=cls.boss.id)

    def setUp(self):
        super().setUp()
        self.at("2024-07-03 08:00:00")
        self.case = self.make_case(user_id=self.mia.id)
        self.task = (
            self.env["complaint.task"]
            .with_user(self.mia)
            .create(
                {
                    "case_id": self.case.id,
                    "user_id": self.joe.id,
                    "name": "Which lot?",
                    "date_due": "2024-07-03 10:00:00",
                }
            )
        )

    def test_leader_of_who_was_asked_is_told(self):
        self.sweep("2024-07-03 09:59:00")
        self.assertEqual(self.log_of(self.case), [])
        self.sweep("2024-07-03 10:01:00")
        self.assertEqual(self.log_of(self.case), [("breach", "told", ["Boss"])])
        self.assertEqual(self.clock(self.case, "task").state, "breached")
        body = self.mails_to(self.boss)[-1:].body_html
        self.assertIn(f"/odoo/complaint.task/{self.task.id}", body)
        # he may open it, and answer in the other's place
        task = self.task.with_user(self.boss)
        self.assertTrue(task.is_mine)
        self.assertFalse(self.case.with_user(self.boss).has_access("read"))
        task.answer = "<p>Lot 7</p>"
        task.action_answer()
        self.assertEqual(self.task.answered_by_id, self.boss)

    def test_answer_in_time_tells_nobody(self):
        self.at("2024-07-03 09:00:00")
        self.task.with_user(self.joe).answer = "<p>Lot 7</p>"
        self.task.with_user(self.joe).action_answer()
        self.sweep("2024-07-03 10:01:00")
        self.assertEqual(self.log_of(self.case), [])
