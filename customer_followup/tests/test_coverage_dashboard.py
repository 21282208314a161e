"""The dashboard “Contacts” names only what exists, and shows its figures in a browser."""

import json
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.modules import get_module_path
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from odoo.addons.spreadsheet.utils.validate_data import (
    fields_in_spreadsheet,
    menus_xml_ids_in_spreadsheet,
)

FILE = Path(get_module_path("customer_followup")) / "data/dashboards/contacts_dashboard.json"
GROUP_OWN = "customer_tiering.customer_tiering_group_own"


@tagged("post_install", "-at_install")
class TestCoverageDashboardFile(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.book = json.loads(FILE.read_text())

    def test_fields_exist(self):
        named = fields_in_spreadsheet(self.book)
        self.assertEqual(set(named), {"followup.coverage.report"})
        report = self.env["followup.coverage.report"]
        names = {name.split(":")[0] for name in named["followup.coverage.report"]}
        self.assertFalse(names - set(report._fields))

    def test_measures_are_aggregated_as_the_report_says(self):
        report = self.env["followup.coverage.report"]
        for pivot in self.book["pivots"].values():
            for measure in pivot["measures"]:
                field = report._fields[measure["fieldName"]]
                self.assertEqual(measure["aggregator"], field.aggregator, field.name)
                self.assertEqual(measure["id"], f"{field.name}:{field.aggregator}")

    def test_menus_open_something(self):
        for xmlid in menus_xml_ids_in_spreadsheet(self.book):
            self.assertTrue(self.env.ref(xmlid).action, xmlid)

    def test_whoever_looks_after_customers_has_it(self):
        dashboard = self.env.ref("customer_followup.spreadsheet_dashboard_contacts")
        self.assertEqual(dashboard.group_ids, self.env.ref(GROUP_OWN))
        user = new_test_user(self.env, "dashboard_reader", groups=GROUP_OWN)
        self.assertTrue(dashboard.with_user(user).has_access("read"))


@tagged("post_install", "-at_install")
class TestCoverageDashboard(HttpCase):
    def test_figures(self):
        """An account manager with one customer called twice and one who was left out."""
        company = self.env["res.company"].create({"name": "Tour Company"})
        user = new_test_user(
            self.env,
            "contacts_reader",
            groups=f"base.group_user,{GROUP_OWN}",
            company_id=company.id,
            company_ids=company.ids,
            tz="UTC",
        )
        partners = self.env["res.partner"].create(
            [{"name": name, "user_id": user.id} for name in ("Lotus", "Peony")]
        )
        reached = self.env.ref("customer_followup.followup_outcome_reached")
        day = fields.Date.today() - timedelta(days=3)
        for partner, state in zip(partners, ("done", "missed"), strict=True):
            for _number in range(2):
                self.env["followup.touch"].create(
                    {
                        "partner_id": partner.id,
                        "company_id": company.id,
                        "user_id": user.id,
                        "kind": "call",
                        "date_planned": day,
                        "date_done": fields.Datetime.now() - timedelta(days=3),
                        "state": state,
                        "outcome_id": reached.id if state == "done" else False,
                    }
                )
        self.start_tour("/odoo", "customer_followup_contacts_dashboard", login="contacts_reader")
