from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestTeamBoardTour(HttpCase):
    """A leader with Anna, who is away and has two overdue follow-ups, and her deputy Tom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Board Company"})
        vals = {
            "company_id": cls.company.id,
            "company_ids": [Command.link(cls.company.id)],
            "tz": "UTC",
        }
        groups = "customer_tiering.customer_tiering_group_%s"
        cls.leader = new_test_user(
            cls.env,
            "board_leader",
            groups=groups % "team" + ",base.group_partner_manager",
            **vals,
        )
        cls.tom = new_test_user(
            cls.env,
            "board_tom",
            groups=groups % "own",
            name="Tom Board",
            care_manager_id=cls.leader.id,
            **vals,
        )
        now = fields.Datetime.now()
        cls.anna = new_test_user(
            cls.env,
            "board_anna",
            groups=groups % "own",
            name="Anna Board",
            care_manager_id=cls.leader.id,
            deputy_id=cls.tom.id,
            out_of_office_from=now - timedelta(days=2),
            out_of_office_to=now + timedelta(days=2),
            **vals,
        )
        for number in range(3):
            partner = cls.env["res.partner"].create(
                {
                    "name": f"Board Customer {number}",
                    "is_company": True,
                    "user_id": number < 2 and cls.anna.id,
                }
            )
            cls.env["followup.touch"].create(
                {
                    "partner_id": partner.id,
                    "company_id": cls.company.id,
                    "user_id": number < 2 and cls.anna.id,
                    "date_planned": now - timedelta(days=2) if number < 2 else now,
                }
            )

    def test_leaders_morning(self):
        self.start_tour("/odoo", "customer_followup_team_board", login="board_leader")
        touches = self.env["followup.touch"].search([("company_id", "=", self.company.id)])
        self.assertEqual(touches.user_id, self.tom)
        self.assertEqual(len(touches.partner_id.filtered(lambda p: p.user_id == self.tom)), 1)
