"""The dashboard names only what exists, and shows its figures in a browser."""

import json
from pathlib import Path

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged

from odoo.addons.spreadsheet.utils.validate_data import (
    fields_in_spreadsheet,
    menus_xml_ids_in_spreadsheet,
)

from .common import GROUP
from .test_tours import TourCase

FOLDER = Path(get_module_path("customer_tiering")) / "data" / "dashboards"


def dashboard_files():
    return sorted(FOLDER.glob("*_dashboard.json"))


@tagged("post_install", "-at_install")
class TestDashboardFiles(TransactionCase):
    def field_problems(self, model_name, chain):
        """Say what is wrong with a path of fields, nothing when it exists."""
        if model_name not in self.env:
            return [f"{model_name} does not exist"]
        model = self.env[model_name]
        for name in chain.split(".") if chain != "__count" else []:
            if name not in model._fields:
                return [f"{model_name}: {chain}: {name} is no field of {model._name}"]
            field = model._fields[name]
            model = self.env[field.comodel_name] if field.relational else model
        return []

    def problems(self, book):
        """Return what a spreadsheet names and the database does not have."""
        found = []
        for model, chains in fields_in_spreadsheet(book).items():
            for chain in chains:
                found += self.field_problems(model, chain.split(":")[0])
        for model, definition in self.sources(book):
            for match in definition.get("fieldMatching", {}).values():
                found += self.field_problems(model, match["chain"])
        for global_filter in book["globalFilters"]:
            if global_filter["modelName"] not in self.env:
                found.append(global_filter["modelName"])
        menus = self.env["ir.ui.menu"]
        for xmlid in menus_xml_ids_in_spreadsheet(book):
            menu = self.env.ref(xmlid, raise_if_not_found=False) or menus
            if menu._name != "ir.ui.menu" or not menu.action:
                found.append(f"{xmlid} opens nothing")
        return found

    def sources(self, book):
        """Return (model, definition) of every pivot, list and chart that reads records."""
        for definition in (*book["pivots"].values(), *book["lists"].values()):
            yield definition["model"], definition
        for sheet in book["sheets"]:
            for figure in sheet["figures"]:
                if meta := figure["data"].get("metaData"):
                    yield meta["resModel"], figure["data"]

    def test_there_are_files(self):
        self.assertEqual(len(dashboard_files()), 2)

    def test_everything_named_exists(self):
        for path in dashboard_files():
            with self.subTest(file=path.name):
                book = json.loads(path.read_text())
                self.assertEqual(self.problems(book), [])

    def test_the_walk_finds_what_does_not_exist(self):
        [path] = [path for path in dashboard_files() if "sample" not in path.name]
        book = json.loads(path.read_text())
        book["pivots"]["1"]["measures"][0]["fieldName"] = "turnover"
        book["lists"]["2"]["columns"].append("partner_id.shoe_size")
        book["lists"]["3"]["model"] = "customer.nothing"
        self.assertEqual(len({problem.split(":")[0] for problem in self.problems(book)}), 2)
        self.assertGreaterEqual(len(self.problems(book)), 3)

    def test_cells_use_only_sources_that_exist(self):
        """Each ODOO.LIST and PIVOT of a cell has its definition, and each definition a cell."""
        for path in dashboard_files():
            text = path.read_text()
            book = json.loads(text)
            cells = "\n".join(
                content for sheet in book["sheets"] for content in sheet["cells"].values()
            )
            for number in book["pivots"]:
                self.assertRegex(cells, rf"PIVOT(\.VALUE)?\({number},", path.name)
            for number in book["lists"]:
                self.assertIn(f"ODOO.LIST({number},", cells, path.name)

    def test_sample_asks_the_database_nothing(self):
        [path] = [path for path in dashboard_files() if "sample" in path.name]
        book = json.loads(path.read_text())
        self.assertEqual(list(self.sources(book)), [])
        self.assertNotIn("ODOO.", path.read_text())


@tagged("post_install", "-at_install")
class TestDashboard(TourCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dashboard = cls.env.ref("customer_tiering.spreadsheet_dashboard_customer_value")

    def test_whoever_looks_after_customers_has_it(self):
        self.assertEqual(self.dashboard.group_ids, self.env.ref(GROUP % "own"))
        self.assertTrue(self.dashboard.with_user(self.seller).has_access("read"))

    def test_figures(self):
        self._set_lines([900, 600, 300, 200])
        self.scheme.evaluate()
        self.start_tour("/odoo", "customer_tiering_dashboard", login="tour_manager")

    def test_own_figures(self):
        self._set_lines([900, 600, 300, 200])
        self.scheme.evaluate()
        self.start_tour("/odoo", "customer_tiering_dashboard_own", login="tour_seller")

    def test_sample_before_the_first_grading(self):
        self.start_tour("/odoo", "customer_tiering_dashboard_sample", login="tour_manager")

    def test_migration(self):
        self._set_lines([900, 600, 300, 200])
        self.scheme.evaluate()
        self.start_tour("/odoo", "customer_tiering_migration", login="tour_manager")
