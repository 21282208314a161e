from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import AGENT, NOW, ComplaintCase


@tagged("post_install", "-at_install")
class TestCare(ComplaintCase):
    """What cases do to levels, status and follow-ups, and what agents may see of sales."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.make_agent(name="Only an Agent")
        cls.team.member_ids = [Command.create({"user_id": cls.reader.id})]

    def setUp(self):
        super().setUp()
        self.at(NOW)

    # ------------------------------------------------------------
    # Grading
    # ------------------------------------------------------------

    def frozen_customers(self, day):
        self.env.flush_all()
        rows = self.env.execute_query(self.default_scheme._freeze_sql(day))
        return {partner_id for partner_id, _reason in rows}

    def signals(self, day="2024-07-03"):
        self.env.flush_all()
        rows = self.env.execute_query(self.default_scheme._status_signal_sql(day))
        return {signal: float(weight) for partner, signal, weight in rows if partner}

    def test_only_an_open_severe_complaint_freezes_the_level(self):
        case = self.make_case(severity="medium")
        self.assertNotIn(self.customer.id, self.frozen_customers("2024-07-03"))
        case.severity = "high"
        self.assertIn(self.customer.id, self.frozen_customers("2024-07-03"))
        self.assertNotIn(self.customer.id, self.frozen_customers("2024-07-02"))
        case.kind = "praise"
        self.assertNotIn(self.customer.id, self.frozen_customers("2024-07-03"))

    def test_a_closed_complaint_still_froze_the_days_before(self):
        case = self.make_case(severity="high")
        self.solve(case)
        self.at("2024-07-10 08:00:00")
        case.with_user(self.head).sudo()._close()
        self.assertIn(self.customer.id, self.frozen_customers("2024-07-09"))
        self.assertNotIn(self.customer.id, self.frozen_customers("2024-07-10"))

    def test_history_weighs_on_the_status(self):
        case = self.make_case(severity="high")
        self.assertEqual(self.signals(), {"complaint_severe": 1})
        self.solve(case)
        case.sudo()._close()
        self.assertEqual(self.signals(), {"complaint_history": 0.5})
        self.assertEqual(self.signals("2025-07-03"), {})

    def test_an_open_severe_complaint_puts_the_customer_at_risk(self):
        for day in ("2024-01-10", "2024-03-10", "2024-05-10", "2024-06-30"):
            self.make_order(self.customer, 100, day)
        self.evaluate(self.default_scheme, "2024-07-03")
        standing = self.customer.with_company(self.company).standing_id
        self.assertEqual(standing.customer_status, "active")
        self.make_case(severity="critical")
        self.evaluate(self.default_scheme, "2024-07-03")
        standing.invalidate_recordset()
        self.assertEqual(standing.customer_status, "at_risk")
        self.assertIn("severe complaint", standing.status_reason)

    # ------------------------------------------------------------
    # Follow-ups
    # ------------------------------------------------------------

    def test_a_severe_complaint_asks_the_account_manager_to_call(self):
        case = self.make_case(severity="high")
        touch = case.courtesy_touch_id
        self.assertEqual(touch.user_id, self.anna)
        self.assertEqual(str(touch.date_due), "2024-07-04")
        self.make_case(severity="critical")
        self.assertEqual(self.touches_of(self.customer, purpose="complaint"), touch)

    def test_raising_the_severity_asks_for_the_call(self):
        case = self.make_case(severity="low")
        self.assertFalse(case.courtesy_touch_id)
        case.with_user(self.mia).write({"severity": "critical"})
        self.assertTrue(case.courtesy_touch_id)

    def test_who_talks_to_the_customer_knows(self):
        case = self.make_case(severity="high")
        self.make_case(kind="request")
        alerts = self.Touch.with_user(self.anna)._get_partner_alerts(self.customer)
        [(severity, text, action)] = alerts[self.customer.id]
        self.assertEqual(severity, "danger")
        self.assertIn(case.number, text)
        self.assertEqual(action["res_id"], case.id)

    def test_asking_about_many_customers_takes_few_queries(self):
        customers = self.customer
        for _number in range(9):
            customers |= self.make_customer()

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Touch.with_user(self.anna)._get_partner_alerts(some)
            return self.env.cr.sql_log_count - before

        count(customers)
        self.assertLessEqual(count(customers), 2)
        few = self.make_case(severity="high")
        count(customers)
        one = count(customers)
        for customer in customers - self.customer:
            self.make_case(partner_id=customer.id, contact_id=False, severity="high")
        self.assertEqual(count(customers), one)
        self.assertTrue(few)

    def test_a_colleague_knows_but_gets_no_link(self):
        self.make_case(severity="high")
        alerts = self.Touch.with_user(self.tom)._get_partner_alerts(self.customer)
        self.assertFalse(alerts[self.customer.id][0][2])

    def test_an_account_manager_logs_what_he_heard(self):
        touch = self.make_touch(self.customer, "2024-07-03", kind="visit")
        wizard = (
            self.env["complaint.log"]
            .with_user(self.anna)
            .create({"touch_id": touch.id, "kind": "suggestion", "name": "Longer cable"})
        )
        action = wizard.action_confirm()
        case = self.Case.browse(action["res_id"])
        self.assertEqual((case.kind, case.channel), ("suggestion", "visit"))
        self.assertEqual(case.touch_id, touch)
        self.assertEqual(case.partner_id, self.customer)
        with self.assertRaises(AccessError):
            case.with_user(self.anna).write({"name": "Mine"})

    # ------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------

    def test_an_agent_without_sales_rights_chooses_the_customer_s_order(self):
        order = self.make_order(self.customer, 100)
        other = self.make_order(self.make_partner("Other"), 100)
        case = self.make_case(user_id=self.reader.id)
        mine = case.with_user(self.reader)
        with self.assertRaises(AccessError):
            order.with_user(self.reader).read(["amount_total"])
        found = mine.search_documents(self.customer.id)
        self.assertEqual([row["id"] for row in found], order.ids)
        mine.write({"sale_order_id": found[0]["id"]})
        self.assertEqual(case.sale_order_id, order)
        with self.assertRaises(ValidationError):
            mine.write({"sale_order_id": other.id})

    def test_documents_are_for_agents(self):
        with self.assertRaises(AccessError):
            self.Case.with_user(self.anna).search_documents(self.customer.id)
        self.assertFalse(self.anna.has_group(AGENT))
