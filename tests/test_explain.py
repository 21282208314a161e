"""The searches of the screens find an index (BAR W5)."""

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL


@tagged("post_install", "-at_install")
class TestExplain(TransactionCase):
    def plan_of(self, model, domain, order=None):
        """Return PostgreSQL's plan of a search, with table scans priced out.

        A test database is small, so the planner would rightly scan; without scans the plan
        shows whether an index serves the search at all.
        """
        query = self.env[model]._search(domain, order=order, limit=80)
        self.env.cr.execute(SQL("SET LOCAL enable_seqscan = off"))
        self.env.cr.execute(SQL("EXPLAIN %s", query.select()))
        return "\n".join(line for (line,) in self.env.cr.fetchall())

    def assert_index(self, model, domain, order=None):
        plan = self.plan_of(model, domain, order)
        self.assertIn("Index", plan, f"{model} {domain}")
        self.assertNotIn(f"Seq Scan on {self.env[model]._table}", plan)

    def test_standings(self):
        for condition in (
            ("partner_id", "=", 1),
            ("user_id", "=", 1),
            ("tier_id", "=", 1),
            ("earned_tier_id", "=", 1),
            ("rfm_segment", "=", 1),
            ("scheme_id", "=", 1),
            ("company_id", "=", 1),
            ("recency_days", ">", 90),
            ("customer_status", "=", "lost"),
            ("expected_next_date", "<=", "2024-01-01"),
        ):
            self.assert_index("customer.standing", [condition])

    def test_the_best_of_a_scheme_without_sorting(self):
        self.env.cr.execute(SQL("SET LOCAL enable_sort = off"))
        plan = self.plan_of("customer.standing", [("scheme_id", "=", 1)], "amount desc")
        self.assertIn("customer_standing_amount_idx", plan)

    def test_history(self):
        for condition in (
            ("partner_id", "=", 1),
            ("to_tier_id", "=", 1),
            ("from_tier_id", "=", 1),
            ("scheme_id", "=", 1),
            ("date", ">", "2024-01-01"),
        ):
            self.assert_index("customer.tier.history", [condition])

    def test_sales_history(self):
        self.assert_index("customer.sales.history", [("partner_id", "=", 1)])

    def test_holds_and_reasons_of_leaving(self):
        self.assert_index("customer.hold", [("partner_id", "=", 1)])
        self.assert_index("customer.hold", [("review_date", "<=", "2024-01-01")])
        self.assert_index("customer.leaving", [("partner_id", "=", 1)])
        self.assert_index("customer.leaving", [("reason_id", "=", 1)])

    def test_scorecards(self):
        for condition in (
            ("partner_id", "=", 1),
            ("company_id", "=", 1),
            ("user_id", "=", 1),
            ("tier_id", "=", 1),
            ("state", "=", "to_approve"),
            ("period", "=", "2024-07-01"),
        ):
            self.assert_index("customer.assessment", [condition])
        self.assert_index("customer.assessment.answer", [("assessment_id", "=", 1)])

    def test_customers_by_level(self):
        """The way from a level to its customers goes through the standings' index."""
        plan = self.plan_of("res.partner", [("tier_id", "in", [1])])
        self.assertNotIn("Seq Scan on customer_standing", plan)

    def test_lateness(self):
        plan = self.plan_of("complaint.sla.clock", [("next_event_at", "<", "2024-01-01")])
        self.assertIn("complaint_sla_clock__next_event_idx", plan)
        for condition in (("clock_id", "=", 1), ("case_id", "=", 1), ("seen_by_id", "=", 1)):
            self.assert_index("complaint.escalation", [condition])

    def test_a_search_without_index_would_be_seen(self):
        plan = self.plan_of("customer.standing", [("margin", ">", 5)])
        self.assertIn("Seq Scan on customer_standing", plan)
