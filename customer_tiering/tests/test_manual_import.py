"""Levels by hand and sales from before Odoo, brought in by the import screen."""

from odoo.tests import tagged
from odoo.tools import file_open, mute_logger

from .common import AS_OF, TieringCase

OPTIONS = {
    "quoting": '"',
    "separator": ",",
    "has_headers": True,
    "encoding": "utf-8",
    "date_format": "%Y-%m-%d",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
    "advanced": False,
}


class ImportCase(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user("manager")
        cls.ann, cls.bob = cls.make_partners("Ann of the import", "Bob of the import")

    def load(self, model, columns, *lines, dry=False, user=None, **context):
        """Import a file as the client does; return the answer of the server."""
        env = self.env(user=user or self.manager, context={**self.env.context, **context})
        text = "\n".join([",".join(columns), *lines])
        wizard = env["base_import.import"].create(
            {"res_model": model, "file": text.encode(), "file_type": "text/csv"}
        )
        with mute_logger("odoo.sql_db"):  # the database refuses some rows
            return wizard.execute_import(columns, columns, OPTIONS, dryrun=dry)

    def errors(self, result):
        return [message["message"] for message in result["messages"] if message["type"] == "error"]


@tagged("post_install", "-at_install")
class TestLevelsByHand(ImportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_operative(cls.make_scheme("manual", [("Friend", 0), ("Guest", 0)]))
        cls.friend, cls.guest = cls.scheme.tier_ids
        # another scheme has levels of the same name
        cls.make_scheme("manual", [("Friend", 0), ("Guest", 0)])

    def load_levels(self, *lines, **kwargs):
        kwargs.setdefault("tier_scheme_id", self.scheme.id)
        return self.load("customer.standing", ["partner_id", "tier_id"], *lines, **kwargs)

    def test_import(self):
        result = self.load_levels("Ann of the import,Friend", "Bob of the import,Guest")
        self.assertFalse(result["messages"])
        self.assertEqual(self.ann.tier_id, self.friend)
        self.assertEqual(self.bob.tier_id, self.guest)
        row = self.history_of(self.scheme, self.ann)
        self.assertEqual((row.trigger, row.create_uid), ("manual", self.manager))

    def test_by_code(self):
        self.load_levels("Ann of the import,GUEST")
        self.assertEqual(self.ann.tier_id, self.guest)

    def test_dry_run_keeps_nothing(self):
        result = self.load_levels("Ann of the import,Friend", dry=True)
        self.assertFalse(result["messages"])
        self.env.invalidate_all()
        self.assertFalse(self.ann.tier_id)
        self.assertFalse(self.history_of(self.scheme, self.ann))

    def test_again_changes_the_level(self):
        self.load_levels("Ann of the import,Friend", "Bob of the import,Guest")
        result = self.load_levels("Ann of the import,Guest", "Bob of the import,Guest")
        self.assertFalse(result["messages"])
        self.assertEqual(self.ann.tier_id, self.guest)
        self.assertEqual(len(self.history_of(self.scheme, self.ann)), 2)
        self.assertEqual(len(self.history_of(self.scheme, self.bob)), 1)
        self.assertEqual(len(self.Standing.search([("scheme_id", "=", self.scheme.id)])), 2)

    def test_bad_rows_are_named_and_nothing_is_kept(self):
        contact = self.make_partner(
            "Contact of the import", parent_id=self.ann.id, is_company=False
        )
        self.bob.tier_exempt = True
        for line, words in (
            ("Ann of the import,Nonsense", "Nonsense"),
            ("Nobody at all,Friend", "Nobody at all"),
            (f'"{contact.display_name}",Friend', "levels belong to the company"),
            ("Bob of the import,Friend", "exempt"),
        ):
            with self.subTest(line=line):
                result = self.load_levels("Ann of the import,Friend", line)
                self.assertTrue(any(words in error for error in self.errors(result)), result)
                self.env.invalidate_all()
                self.assertFalse(self.ann.tier_id)

    def test_scheme_that_grades_by_rules(self):
        scheme = self.make_scheme("amount", [("Gold", 1)])
        result = self.load_levels("Ann of the import,Gold", tier_scheme_id=scheme.id)
        self.assertIn("grades by its rules", self.errors(result)[0])

    def test_figures_cannot_be_imported(self):
        self.load_levels("Ann of the import,Friend")
        for line in ("Ann of the import,Guest,1000000", "Bob of the import,Guest,1000000"):
            with self.subTest(line=line):
                self.check_figures_refused(line)

    def check_figures_refused(self, line):
        result = self.load(
            "customer.standing",
            ["partner_id", "tier_id", "amount"],
            line,
            tier_scheme_id=self.scheme.id,
        )
        standings = self.Standing.search([("scheme_id", "=", self.scheme.id)])
        self.assertEqual(set(standings.mapped("amount")), {0}, result)
        self.assertEqual(standings.tier_id, self.friend)
        self.assertTrue(self.errors(result))

    def test_needs_the_manager(self):
        result = self.load_levels("Ann of the import,Friend", user=self.make_user("all"))
        self.assertTrue(self.errors(result))
        self.assertFalse(self.ann.tier_id)

    def test_template_can_be_read(self):
        for model in ("customer.standing", "customer.sales.history"):
            [template] = self.env[model].get_import_templates()
            with file_open(template["template"].lstrip("/")) as file:
                header = file.readline().strip().split(",")
            self.assertFalse(set(header) - set(self.env[model]._fields))

    def test_template_imports(self):
        """The file we offer has exactly the form the import takes."""
        with file_open("customer_tiering/static/xls/levels_by_hand.csv") as file:
            header, *lines = file.read().splitlines()
        for line in lines:
            self.make_partner(line.split(",")[0] + " of the import")
        lines = [line.replace(",", " of the import,") for line in lines]
        names = sorted({line.split(",")[1] for line in lines})
        scheme = self.make_scheme("manual", [(name, 0) for name in names])
        result = self.load("customer.standing", header.split(","), *lines, tier_scheme_id=scheme.id)
        self.assertFalse(result["messages"])
        self.assertEqual(self.Standing.search_count([("scheme_id", "=", scheme.id)]), len(lines))


@tagged("post_install", "-at_install")
class TestSalesHistory(ImportCase):
    COLUMNS = ("partner_id", "month", "amount", "margin", "document_count", "quantity")

    def load_months(self, *lines, **kwargs):
        return self.load("customer.sales.history", list(self.COLUMNS), *lines, **kwargs)

    def months(self):
        rows = self.env["customer.sales.history"].search(
            [("partner_id", "in", (self.ann | self.bob).ids)], order="partner_id, month"
        )
        return [(row.partner_id, str(row.month), row.amount, row.document_count) for row in rows]

    def test_import(self):
        result = self.load_months(
            "Ann of the import,2024-01-31,12500.00,3100.00,4,120",
            "Ann of the import,2024-02-01,9800.00,2400.00,3,95",
        )
        self.assertFalse(result["messages"])
        self.assertEqual(
            self.months(),
            [(self.ann, "2024-01-31", 12500, 4), (self.ann, "2024-02-29", 9800, 3)],
        )

    def test_dry_run_keeps_nothing(self):
        result = self.load_months("Ann of the import,2024-01-31,1,1,1,1", dry=True)
        self.assertFalse(result["messages"])
        self.assertFalse(self.months())

    def test_bad_rows_are_named_and_nothing_is_kept(self):
        good = "Bob of the import,2024-01-31,1,1,1,1"
        for line, words in (
            ("Nobody at all,2024-01-31,1,1,1,1", "Nobody at all"),
            ("Ann of the import,2024-13-31,1,1,1,1", "2024-13-31"),
            ("Ann of the import,2024-01-31,much,1,1,1", "much"),
            ("Ann of the import,2024-01-31,1,1,-1,1", "negative"),
            ("Ann of the import,,1,1,1,1", "month"),
            ("Bob of the import,2024-01-05,1,1,1,1", "already has a row for this month"),
        ):
            for dry in (True, False):
                with self.subTest(line=line, dry=dry):
                    result = self.load_months(good, line, dry=dry)
                    errors = self.errors(result)
                    self.assertTrue(errors)
                    self.assertTrue(any(words.lower() in error.lower() for error in errors), errors)
                    self.env.invalidate_all()
                    self.assertFalse(self.months())

    def test_counts_after_the_cut_over_is_set(self):
        scheme = self.make_operative(self.make_scheme("amount", [("Gold", 100), ("Rest", None)]))
        self.load_months("Ann of the import,2024-01-31,150,0,2,1")
        self.evaluate(scheme)
        self.assertFalse(self.ann.tier_id)
        scheme.with_user(self.manager).history_until = "2024-01-31"
        self.evaluate(scheme, AS_OF)
        self.assertEqual(self.ann.tier_id.name, "Gold")

    def test_needs_the_manager(self):
        result = self.load_months(
            "Ann of the import,2024-01-31,1,1,1,1", user=self.make_user("all")
        )
        self.assertTrue(self.errors(result))
        self.assertFalse(self.months())
