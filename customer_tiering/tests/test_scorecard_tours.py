from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestScorecardTours(HttpCase):
    """Two customers of a seller were judged a quarter ago."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Tour Company"})
        cls.leader = cls._user("tour_leader", "customer_tiering.customer_tiering_group_team")
        cls.seller = cls._user("tour_seller", "sales_team.group_sale_salesman")
        cls.seller.care_manager_id = cls.leader
        cls.ten, cls.five = cls.env["res.partner"].create(
            [
                {"name": name, "is_company": True, "user_id": cls.seller.id}
                for name in ("Customer 10", "Customer 5")
            ]
        )
        schemes = cls.env["customer.tier.scheme"]
        cls.matrix = schemes.create(
            {
                "name": "Scorecard",
                "company_id": cls.company.id,
                "method": "matrix",
                "tier_ids": [Command.create(level) for level in schemes._default_matrix_levels()],
            }
        )
        cls.assessments = cls.env["customer.assessment"].with_company(cls.company)
        wizard = cls.env["customer.assessment.prepare"]
        cls.before, cls.now = (wizard._quarter_selection()[index][0] for index in (0, 1))
        for customer in (cls.ten, cls.five):
            cls._judge(customer, "ABC", cls.before).sudo().write(
                {"state": "approved", "approve_date": f"{cls.before} 12:00:00"}
            )

    @classmethod
    def _user(cls, login, group):
        return new_test_user(
            cls.env,
            login,
            groups=f"base.group_user,{group}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            tz="Europe/Brussels",
        )

    @classmethod
    def _judge(cls, customer, letters, period):
        possibility, foundation, potential = letters
        return cls.assessments.create(
            {
                "company_id": cls.company.id,
                "partner_id": customer.id,
                "period": period,
                "possibility": possibility,
                "foundation": foundation,
                "potential": potential,
            }
        )

    def test_grid(self):
        self.start_tour("/odoo", "customer_tiering_scorecard", login="tour_seller")
        rows = self.assessments.search(
            [("period", "=", self.now), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(
            {row.partner_id.name: (row.potential, row.state) for row in rows},
            {"Customer 10": ("B", "to_approve"), "Customer 5": ("C", "approved")},
        )

    def test_approve(self):
        rows = self._judge(self.ten, "ABB", self.now)
        rows |= self._judge(self.five, "AAC", self.now)
        rows.with_user(self.seller).with_company(self.company).action_confirm()
        self.start_tour("/odoo", "customer_tiering_scorecard_approve", login="tour_leader")
        self.assertEqual(rows.mapped("state"), ["approved", "returned"])
        self.assertEqual(rows[1].return_reason, "Look again")
