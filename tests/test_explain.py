"""The searches of the screens find an index (BAR W5)."""

from odoo.tests import TransactionCase, new_test_user, tagged
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
        self.assertIn("complaint_sla_clock_next_event_idx", plan)
        for condition in (("clock_id", "=", 1), ("case_id", "=", 1), ("seen_by_id", "=", 1)):
            self.assert_index("complaint.escalation", [condition])

    def test_a_search_without_index_would_be_seen(self):
        plan = self.plan_of("customer.standing", [("margin", ">", 5)])
        self.assertIn("Seq Scan on customer_standing", plan)

    # ------------------------------------------------------------
    # Complaints
    # ------------------------------------------------------------

    def test_queues_of_complaints(self):
        order = self.env["complaint.case"]._order
        for field in ("user_id", "team_id"):
            queue = [(field, "=", 1), ("is_open", "=", True)]
            self.assert_index("complaint.case", queue, order)
            for state in ("breached", "running", "paused"):
                self.assert_index("complaint.case", [*queue, ("sla_state", "=", state)], order)
        # all open cases of a team, in the order of work: read from the index as they stand
        self.env.cr.execute(SQL("SET LOCAL enable_sort = off"))
        queue = [("team_id", "=", 1), ("is_open", "=", True)]
        plan = self.plan_of("complaint.case", queue, "work_rank, date_due")
        self.assertIn("complaint_case_queue_idx", plan)
        plan = self.plan_of("complaint.case", [*queue[1:], ("user_id", "=", 1)], "work_rank")
        self.assertIn("complaint_case_agent_idx", plan)

    def test_cases_of_a_customer(self):
        for name in ("partner_id", "contact_id", "sale_order_id", "invoice_id", "product_id"):
            self.assert_index("complaint.case", [(name, "=", 1)])
        self.assert_index("complaint.case", [("number", "=", "C26-00001")])
        self.assert_index("complaint.case", [("email_normalized", "=", "a@b.example")])

    def test_list_in_the_portal(self):
        user = new_test_user(self.env, "explained", groups="base.group_portal")
        domain = self.env["complaint.case"].sudo()._get_customer_domain(user)
        plan = self.plan_of("complaint.case", domain, "date_received desc, id desc")
        self.assertNotIn("Seq Scan on complaint_case", plan)

    def test_sweep_of_promises(self):
        """The job looks at clocks whose moment has come, not at all that run."""
        plan = self.plan_of("complaint.sla.clock", [("next_event_at", "<=", "2024-01-01")])
        self.assertIn("complaint_sla_clock_next_event_idx", plan)
        for name in ("case_id", "policy_id", "resource_calendar_id", "company_id"):
            self.assert_index("complaint.sla.clock", [(name, "=", 1)])
        self.assert_index("complaint.sla.interval", [("clock_id", "=", 1)])

    def test_what_belongs_to_a_case(self):
        for model in ("complaint.task", "complaint.verification", "complaint.compensation"):
            self.assert_index(model, [("case_id", "=", 1)])
        self.assert_index("complaint.escalation", [("case_id", "=", 1)])
        plan = self.plan_of("complaint.wait", [("case_id", "=", 1), ("date_stop", "=", False)])
        self.assertIn("complaint_wait_one_open_idx", plan)
