"""The 2,357 customers of the CDNOW sample, graded by the addon and by the oracle."""

from odoo.tests import TransactionCase, tagged

from tests.cdnow import compare
from tools.cdnow import dataset, grading, importer


@tagged("post_install", "-at_install")
class TestCdnowSample(TransactionCase):
    """Real purchases, imported through the ORM, four methods, two dates, everybody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.env["res.company"].create(
            {"name": "CD shop", "currency_id": cls.env.ref("base.USD").id}
        )
        cls.env.user.company_ids += company
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": [company.id], "lang": "en_US"}
        )
        cls.purchases = dataset.read_purchases(dataset.find_file(dataset.SAMPLE))
        importer.import_purchases(cls.env, cls.purchases)
        cls.customers = importer.get_customers(cls.env)
        cls.documents = compare.oracle_documents(cls.purchases)
        cls.amount = cls.env["customer.tier.scheme"].search(
            [("company_id", "=", company.id), ("operative", "=", True)]
        )
        grading.draw_proposed_lines(cls.amount, dataset.LAST_DAY)
        cls.schemes = cls.amount | grading.ensure_comparison_schemes(cls.env)

    def assertNoDifference(self, compared):
        count, differences = compared
        self.assertGreater(count, 0)
        self.assertFalse(
            differences, f"{len(differences)} of {count} differ:\n" + "\n".join(differences[:10])
        )

    def test_import_is_the_file(self):
        self.assertEqual(importer.check_amounts(self.env, self.purchases), 6919)
        self.assertEqual(len(self.customers), 2357)
        self.assertEqual(importer.import_purchases(self.env, self.purchases), (0, 0))

    def test_proposed_lines_grade_sensibly(self):
        """At most 1, 5, 20 and 50 % lie above the lines, up to the rounding of the lines."""
        rows = self.amount.evaluate_rows(dataset.LAST_DAY)
        lines = self.amount.tier_ids.sorted("sequence")[:-1].mapped("min_amount")
        self.assertEqual(lines, sorted(lines, reverse=True))
        for line, share in zip(lines, (1, 5, 20, 50), strict=True):
            above = 100 * sum(row["amount"] >= line for row in rows) / len(rows)
            self.assertTrue(share / 2 <= above <= share * 1.5, f"{above:.1f} % reach {line}")

    def test_every_customer_by_every_method(self):
        for scheme in self.schemes:
            for as_of in dataset.CHECK_DATES:
                with self.subTest(scheme=scheme.name, as_of=as_of):
                    self.assertNoDifference(
                        compare.compare_rows(scheme, as_of, self.documents, self.customers)
                    )

    def test_calendar_year_and_other_measures(self):
        for values in (
            {"window_type": "calendar"},
            {"window_months": 3},
            {"measure": "quantity"},
            {"window_type": "calendar", "measure": "quantity"},
        ):
            for scheme in self.schemes:
                scheme.write(values)
                with self.subTest(scheme=scheme.name, **values):
                    self.assertNoDifference(
                        compare.compare_rows(
                            scheme, dataset.LAST_DAY, self.documents, self.customers
                        )
                    )

    def test_stored_standings_follow_from_date_to_date(self):
        # without protection everybody holds on a decision day what he earns
        self.schemes.write(
            {"grace_decisions": 1, "min_stay_days": 0, "max_steps_down": 0, "hysteresis": 0}
        )
        for as_of in dataset.CHECK_DATES:
            result = self.schemes.evaluate(as_of=as_of)
            self.assertFalse(result["failed"])
            for scheme in self.schemes:
                with self.subTest(scheme=scheme.name, as_of=as_of):
                    self.assertNoDifference(
                        compare.compare_standings(scheme, as_of, self.documents, self.customers)
                    )

    def test_status_of_everybody_from_date_to_date(self):
        for as_of in dataset.CHECK_DATES:
            self.assertFalse(self.amount.evaluate(as_of=as_of)["failed"])
            standings = self.env["customer.standing"].search([("scheme_id", "=", self.amount.id)])
            found = {row.partner_id.id: row.customer_status for row in standings}
            self.assertGreater(len(set(found.values())), 4)
            differences = compare.compare_statuses(found, as_of, self.purchases, self.customers)
            with self.subTest(as_of=as_of):
                self.assertNoDifference((len(found), differences))
