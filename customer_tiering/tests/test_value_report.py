"""The report on customer value adds up to what the evaluation measures."""

import random
from collections import defaultdict
from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import AS_OF, TieringCase
from .test_rights import RightsCase

FIRST = date(2023, 7, 1)
PERIOD = (("date", ">=", FIRST), ("date", "<=", AS_OF))


class ReportCase(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_operative(cls.make_scheme("amount", [("Gold", 500), ("Rest", None)]))
        cls.scheme.tier_ids[0].service_class = "key"
        cls.ann, cls.bob = cls.make_partners("Ann", "Bob")
        cls.Report = cls.env["customer.value.report"]
        cls.lamps, cls.wires = cls.env["product.category"].create(
            [{"name": "Lamps"}, {"name": "Wires"}]
        )
        cls.lamp, cls.wire = cls.env["product.product"].create(
            [
                {"name": "Lamp", "categ_id": cls.lamps.id, "taxes_id": [Command.clear()]},
                {"name": "Wire", "categ_id": cls.wires.id, "taxes_id": [Command.clear()]},
            ]
        )

    @classmethod
    def lines(cls, *rows):
        """Return the lines of an order from (product, price, quantity)."""
        return [
            Command.create(
                {
                    "product_id": product.id,
                    "price_unit": price,
                    "product_uom_qty": quantity,
                    "tax_ids": [Command.clear()],
                }
            )
            for product, price, quantity in rows
        ]

    def grouped(self, groupby, aggregate="amount:sum", domain=PERIOD):
        """Return {name of the group: aggregate}."""
        return {
            getattr(group, "display_name", group): value
            for group, value in self.Report._read_group(list(domain), [groupby], [aggregate])
        }

    def assert_adds_up(self, documents):
        """The report's sums are the evaluation's, but for half a cent a document."""
        measured = {
            row["partner_id"]: row["amount"]
            for row in self.scheme.evaluate_rows(AS_OF)
            if row["document_count"]
        }
        reported = {
            partner.id: amount
            for partner, amount in self.Report._read_group(
                [*PERIOD], ["partner_id"], ["amount:sum"]
            )
        }
        self.assertEqual(reported.keys(), measured.keys())
        for partner_id, amount in measured.items():
            self.assertAlmostEqual(reported[partner_id], amount, delta=0.005 * documents)
        # and month by month, against the documents themselves
        self.env.flush_all()
        months = {
            (partner_id, month): float(amount)
            for partner_id, month, amount in self.env.execute_query(
                SQL(
                    """
                    SELECT partner.commercial_partner_id, date_trunc('month', doc.date)::date,
                           SUM(doc.amount)
                      FROM (%s) doc JOIN res_partner partner ON partner.id = doc.partner_id
                     WHERE doc.date BETWEEN %s AND %s
                  GROUP BY 1, 2
                    """,
                    self.scheme._all_documents_sql(),
                    FIRST,
                    AS_OF,
                )
            )
        }
        found = {
            (partner.id, month): amount
            for partner, month, amount in self.Report._read_group(
                [*PERIOD], ["partner_id", "date:month"], ["amount:sum"]
            )
        }
        self.assertEqual(found.keys(), months.keys())
        for key, amount in months.items():
            self.assertAlmostEqual(found[key], amount, delta=0.005 * documents)


@tagged("post_install", "-at_install")
class TestAddsUp(ReportCase):
    def test_random_orders(self):
        """Two currencies, contacts, one to four lines, orders without lines."""
        rng = random.Random(8)
        self.set_rate("2023-01-01", 1.37)
        dollars = self.env["product.pricelist"].create(
            {"name": "Dollars", "currency_id": self.usd.id, "company_id": self.company.id}
        )
        partners = [self.make_partner() for _number in range(6)]
        partners += [
            self.make_partner(f"Contact {parent.name}", parent_id=parent.id, is_company=False)
            for parent in partners[:3]
        ]
        for _number in range(40):
            day = FIRST + timedelta(days=rng.randrange(-60, 366))
            rows = [
                (
                    rng.choice((self.lamp, self.wire)),
                    rng.randrange(1, 99999) / 100,
                    rng.randrange(1, 9),
                )
                for _line in range(rng.randrange(1, 5))
            ]
            order = self.make_order(
                rng.choice(partners),
                0,
                min(day, AS_OF),
                lines=self.lines(*rows),
                **({"pricelist_id": dollars.id} if rng.random() < 0.4 else {}),
            )
            if rng.random() < 0.1:
                order.state = "cancel"
        self.insert_orders(
            [(rng.choice(partners).id, rng.randrange(1, 50000) / 100, AS_OF) for _n in range(20)]
        )
        self.assert_adds_up(documents=60)

    def test_random_invoices(self):
        rng = random.Random(9)
        self.make_books()
        self.scheme.source = "invoice"
        for _number in range(15):
            self.make_invoice(
                rng.choice((self.ann, self.bob)),
                rng.randrange(1, 99999) / 100,
                FIRST + timedelta(days=rng.randrange(366)),
                rng.choice(("out_invoice", "out_invoice", "out_refund", "out_receipt")),
                post=rng.random() < 0.8,
            )
        self.assert_adds_up(documents=15)

    def test_imported_months_take_the_place_of_orders(self):
        self.make_order(self.ann, 100, "2023-08-15")
        self.make_order(self.ann, 30, "2024-02-15")
        self.env["customer.sales.history"].create(
            {
                "company_id": self.company.id,
                "partner_id": self.ann.id,
                "month": "2023-08-01",
                "amount": 70,
                "document_count": 3,
            }
        )
        self.assert_adds_up(documents=2)
        self.assertEqual(self.grouped("name"), {self.order_name(100): 100, self.order_name(30): 30})
        self.scheme.history_until = "2023-12-31"
        self.assert_adds_up(documents=2)
        self.assertEqual(self.grouped("date:month"), {date(2023, 8, 1): 70, date(2024, 2, 1): 30})
        imported = self.Report.search([("date", "=", "2023-08-31")])
        self.assertEqual((imported.amount, imported.categ_id.id), (70, False))

    def order_name(self, amount):
        return (
            self.env["sale.order"]
            .search([("company_id", "=", self.company.id), ("amount_untaxed", "=", amount)])
            .name
        )

    def test_the_day_ends_in_the_schemes_time_zone(self):
        self.make_order(self.ann, 10, "2024-06-30 20:00:00")
        self.assertEqual(self.grouped("date:day"), {date(2024, 6, 30): 10})
        self.scheme.tz = "Asia/Shanghai"
        self.assertEqual(self.grouped("date:day"), {})
        self.assertEqual(self.grouped("date:day", domain=[]), {date(2024, 7, 1): 10})


@tagged("post_install", "-at_install")
class TestComposition(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann.country_id = cls.env.ref("base.be")
        cls.contact = cls.make_partner("At Ann's", parent_id=cls.ann.id, is_company=False)
        cls.make_order(cls.ann, 0, lines=cls.lines((cls.lamp, 100, 3), (cls.wire, 50, 4)))
        cls.make_order(cls.contact, 0, lines=cls.lines((cls.lamp, 100, 1)))
        cls.make_order(cls.bob, 0, lines=cls.lines((cls.wire, 50, 1)))
        cls.scheme.evaluate(AS_OF)

    def test_by_level_and_service_class(self):
        self.assertEqual(self.grouped("tier_id"), {"Gold": 600, "Rest": 50})
        self.assertEqual(self.grouped("service_class"), {"key": 600, "standard": 50})

    def test_by_product_category(self):
        self.assertEqual(self.grouped("categ_id"), {"Lamps": 400, "Wires": 250})
        self.assertEqual(self.grouped("product_id", "quantity:sum"), {"Lamp": 4, "Wire": 5})

    def test_region_is_the_customers(self):
        self.assertEqual(self.grouped("country_id"), {"Belgium": 600, False: 50})

    def test_contacts_count_for_their_company(self):
        self.assertEqual(self.grouped("partner_id"), {"Ann": 600, "Bob": 50})

    def test_documents_and_customers_are_counted_once(self):
        counts = "document_count:count_distinct"
        self.assertEqual(self.grouped("tier_id", counts), {"Gold": 2, "Rest": 1})
        self.assertEqual(self.grouped("categ_id", counts), {"Lamps": 2, "Wires": 2})
        [(documents, customers)] = self.Report._read_group(
            [*PERIOD], [], [counts, "customer_count:count_distinct"]
        )
        self.assertEqual((documents, customers), (3, 2))

    def test_a_refund_is_no_document(self):
        self.make_books()
        self.make_invoice(self.ann, 90)
        self.make_invoice(self.ann, 20, move_type="out_refund")
        self.scheme.source = "invoice"
        self.assertEqual(self.grouped("partner_id"), {"Ann": 70})
        self.assertEqual(self.grouped("partner_id", "document_count:count_distinct"), {"Ann": 1})
        self.assertEqual(self.grouped("partner_id", "quantity:sum"), {"Ann": 0})

    def test_rows_open_their_document(self):
        orders = self.env["sale.order"].search([("company_id", "=", self.company.id)])
        rows = self.Report.search([*PERIOD])
        self.assertEqual(len(rows), 4)
        opened = defaultdict(int)
        for row in rows:
            document = row._get_document()
            opened[document] += 1
            self.assertEqual(document.name, row.name)
            self.assertEqual(row.action_open_document()["res_id"], document.id)
        self.assertEqual(sorted(opened.values()), [1, 1, 2])
        self.assertLessEqual(set(opened), set(orders))

    def test_rows_of_every_kind_open_their_record(self):
        [order_id] = self.insert_orders([(self.bob.id, 5, AS_OF)])
        self.make_books()
        invoice = self.make_invoice(self.bob, 7)
        history = self.env["customer.sales.history"].create(
            {"company_id": self.company.id, "partner_id": self.bob.id, "month": "2020-01-31"}
        )
        row = self.Report.search([("amount", "=", 5)])
        self.assertEqual(row._get_document(), self.env["sale.order"].browse(order_id))
        self.scheme.history_until = "2020-12-31"
        row = self.Report.search([("date", "=", "2020-01-31")])
        self.assertEqual(row._get_document(), history)
        self.scheme.write({"source": "invoice", "history_until": False})
        row = self.Report.search([])
        self.assertEqual(row._get_document(), invoice)

    def test_without_scheme_there_is_nothing(self):
        self.scheme.operative = False
        self.assertFalse(self.Report.search([]))
        self.assertEqual(self.Report._read_group([], [], ["amount:sum"]), [(0,)])

    def test_every_column_has_its_field(self):
        """What core may ask of any field: read, group and sort."""
        row = self.Report.search([*PERIOD], limit=1)
        row.read()
        for name, description in self.Report.fields_get().items():
            if description["groupable"] and name != "id":
                by = f"{name}:month" if description["type"] == "date" else name
                self.Report._read_group([*PERIOD], [by], ["__count"])
            if description["sortable"]:
                self.Report.search([*PERIOD], order=name, limit=1)

    def test_margin_only_where_documents_know_it(self):
        self.assertEqual(
            "margin" in self.Report.fields_get(), "margin" in self.env["sale.order"]._fields
        )


@tagged("post_install", "-at_install")
class TestValueCompanies(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.make_company("Branch", parent_id=cls.company.id)
        cls.second = cls.make_company("Second", currency_id=cls.usd.id)
        cls.env.user.company_ids += cls.branch + cls.second
        cls.second_scheme = cls.make_operative(
            cls.make_scheme("amount", [("Gold", 1)], company_id=cls.second.id)
        )
        cls.make_order(cls.ann, 100)
        cls.make_order(cls.ann, 20, company_id=cls.branch.id)
        cls.make_order(cls.ann, 7, company_id=cls.second.id)
        (cls.scheme | cls.second_scheme).evaluate(AS_OF)

    def totals(self, companies, user=None):
        report = self.Report.with_user(user) if user else self.Report
        return {
            scheme: amount
            for scheme, amount in report.with_context(
                allowed_company_ids=companies.ids
            )._read_group([], ["scheme_id"], ["amount:sum"])
        }

    def test_each_company_by_its_scheme(self):
        user = self.make_user("all", self.company | self.branch | self.second)
        self.assertEqual(
            self.totals(self.company | self.second, user),
            {self.scheme: 120, self.second_scheme: 7},
        )
        self.assertEqual(self.totals(self.second, user), {self.second_scheme: 7})

    def test_branches_count_under_the_companys_scheme(self):
        user = self.make_user("all", self.company)
        self.assertEqual(self.totals(self.company, user), {self.scheme: 120})
        standing = self.standing_of(self.scheme, self.ann)
        self.assertEqual(standing.amount, 120)

    def test_who_works_in_a_branch_reads_the_branch(self):
        user = self.make_user("all", self.branch)
        self.assertEqual(self.totals(self.branch, user), {self.scheme: 20})

    def test_currency_is_the_schemes(self):
        rows = self.Report.with_context(allowed_company_ids=self.second.ids).search([])
        self.assertEqual(rows.currency_id, self.usd)


@tagged("post_install", "-at_install")
class TestReportRights(RightsCase):
    """Both reports show a user the customers whose grading results he sees."""

    REPORTS = ("customer.value.report", "customer.tier.migration.report")

    def test_ladder(self):
        for name in (
            "leader",
            "anna",
            "ben",
            "clara",
            "seller",
            "all_reader",
            "manager",
            "foreigner",
        ):
            user = getattr(self, name)
            expected = self.seen(user, "customer.standing")
            for model in self.REPORTS:
                with self.subTest(user=name, model=model):
                    rows = self.as_user(model, user).search([])
                    found = sorted(set(rows.sudo().partner_id.mapped("name")))
                    self.assertEqual(found, expected)
        self.assertEqual(self.seen(self.anna, "customer.standing"), ["of anna"])

    def test_grouping_follows_the_rules(self):
        for model in self.REPORTS:
            groups = self.as_user(model, self.leader)._read_group([], ["partner_id"], ["__count"])
            names = sorted(partner.name for partner, _count in groups)
            self.assertEqual(names, ["of anna", "of ben", "of leader"])

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_no_access_without_the_group(self):
        for model in self.REPORTS:
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.employee).search([])

    def test_nobody_writes(self):
        for model in self.REPORTS:
            rows = self.as_user(model, self.manager).search([], limit=1)
            for operation in ("write", "create", "unlink"):
                self.assertFalse(rows.has_access(operation))

    def test_account_manager_opens_what_a_colleague_sold(self):
        row = self.as_user("customer.value.report", self.anna).search([])
        self.assertEqual(row._get_document(), self.orders["of anna"].with_env(row.env))
        self.assertEqual(row._get_document().name, self.orders["of anna"].name)
