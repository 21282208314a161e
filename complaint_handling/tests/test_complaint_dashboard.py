"""The dashboard “Complaints” names only what exists, and shows its figures in a browser."""

import json
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.fields import Command
from odoo.modules import get_module_path
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from odoo.addons.spreadsheet.utils.validate_data import (
    fields_in_spreadsheet,
    menus_xml_ids_in_spreadsheet,
)

from .common import AGENT

FILE = Path(get_module_path("complaint_handling")) / "data/dashboards/complaints_dashboard.json"


@tagged("post_install", "-at_install")
class TestComplaintDashboardFile(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.book = json.loads(FILE.read_text())

    def test_fields_exist(self):
        named = fields_in_spreadsheet(self.book)
        self.assertEqual(set(named), {"complaint.report"})
        names = {name.split(":")[0] for name in named["complaint.report"]}
        self.assertFalse(names - set(self.env["complaint.report"]._fields))

    def test_measures_are_aggregated_as_the_report_says(self):
        report = self.env["complaint.report"]
        for pivot in self.book["pivots"].values():
            for measure in pivot["measures"]:
                field = report._fields[measure["fieldName"]]
                self.assertEqual(measure["aggregator"], field.aggregator, field.name)
                self.assertEqual(measure["id"], f"{field.name}:{field.aggregator}")

    def test_only_complaints_are_counted(self):
        domains = [pivot["domain"] for pivot in self.book["pivots"].values()]
        for figure in self.book["sheets"][0]["figures"]:
            if figure["data"]["type"] != "scorecard":
                domains.append(figure["data"]["searchParams"]["domain"])
        for domain in domains:
            self.assertIn(["kind", "=", "complaint"], domain)

    def test_menus_open_something(self):
        for xmlid in menus_xml_ids_in_spreadsheet(self.book):
            self.assertTrue(self.env.ref(xmlid).action, xmlid)

    def test_whoever_sees_cases_has_it(self):
        dashboard = self.env.ref("complaint_handling.spreadsheet_dashboard_complaints")
        for group in (AGENT, "customer_tiering.customer_tiering_group_own"):
            user = new_test_user(self.env, f"reader_of_{group[-5:]}", groups=group)
            self.assertTrue(dashboard.with_user(user).has_access("read"))


@tagged("post_install", "-at_install")
class TestComplaintDashboard(HttpCase):
    def test_figures(self):
        """An agent with five complaints: two answered in time, two late, one just come in."""
        company = self.env["res.company"].create({"name": "Tour Company"})
        user = new_test_user(
            self.env,
            "complaints_reader",
            groups=AGENT,
            company_id=company.id,
            company_ids=company.ids,
            tz="UTC",
        )
        team = self.env["complaint.team"].search([("company_id", "=", company.id)])
        team.member_ids = [Command.create({"user_id": user.id})]
        partner = self.env["res.partner"].create({"name": "Lotus"})
        now = fields.Datetime.now()
        cases = self.env["complaint.case"].create(
            [
                {
                    "name": f"Case {number}",
                    "company_id": company.id,
                    "partner_id": partner.id,
                    "cause_id": self.env.ref("complaint_handling.complaint_cause_packing").id,
                    "date_received": now - timedelta(days=days),
                }
                for number, days in enumerate((5, 4, 3, 2, 0))
            ]
        )
        for case in cases[:2]:
            case._note_answer(case.date_received + timedelta(hours=2))
        self.start_tour("/odoo", "complaint_dashboard", login="complaints_reader")
