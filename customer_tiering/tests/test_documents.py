"""Which documents count, for whom, on which day and with which amount."""

from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from .common import AS_OF, TieringCase

DAY = "2024-03-15"
#: amount, documents and last day of who bought nothing
NOTHING = (*(0, 0), False)


class DocumentCase(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_scheme("amount", [("Gold", 100), ("Rest", None)])
        cls.partner = cls.make_partner("Ann")


@tagged("post_install", "-at_install")
class TestSaleDocuments(DocumentCase):
    def test_only_confirmed_orders_count(self):
        for state, amount in (("draft", 1), ("sent", 2), ("sale", 4), ("cancel", 8)):
            self.make_order(self.partner, amount, DAY, state=state)
        self.assertEqual(self.amounts_of(self.scheme), {"Ann": 4})

    def test_untaxed_amount_counts(self):
        tax = self.env["account.tax"].create(
            {
                "name": "20 %",
                "amount": 20,
                "company_id": self.company.id,
                "country_id": self.env.ref("base.be").id,
                "tax_group_id": self.env["account.tax.group"]
                .create({"name": "VAT", "company_id": self.company.id})
                .id,
            }
        )
        second = tax.copy({"name": "2 %", "amount": 2})
        order = self.make_order(self.partner, 100, DAY)
        order.order_line.tax_ids = tax | second
        self.assertEqual(order.amount_total, 122)
        row = self.rows_of(self.scheme)["Ann"]
        self.assertEqual((row["amount"], row["document_count"]), (100, 1))

    def test_totals_are_the_documents_totals(self):
        """W10: no join counts an order twice, whatever lines, taxes and contacts it has."""
        contact = self.make_partner("Contact", parent_id=self.partner.id, is_company=False)
        other = self.make_partner("Bob")
        unit = {"product_id": self.product.id, "tax_ids": [Command.clear()]}
        for number, partner in enumerate((self.partner, contact, other, other, contact), start=1):
            self.make_order(
                partner,
                0,
                DAY,
                lines=[
                    Command.create({**unit, "product_uom_qty": number, "price_unit": 1.37}),
                    Command.create({**unit, "product_uom_qty": 2, "price_unit": number / 7}),
                    Command.create({"display_type": "line_note", "name": "Thank you"}),
                ],
            )
        orders = self.env["sale.order"].search([("company_id", "=", self.company.id)])
        self.assertEqual(len(orders), 5)
        for measure in ("revenue", "quantity", "margin"):
            if measure == "margin" and not self.scheme._has_margin("sale"):
                continue
            self.scheme.measure = measure
            rows = self.rows_of(self.scheme)
            self.assertEqual(sum(row["document_count"] for row in rows.values()), 5)
            self.assertAlmostEqual(
                sum(row["amount"] for row in rows.values()), sum(orders.mapped("amount_untaxed"))
            )
            if measure == "quantity":
                self.assertEqual(
                    sum(row["quantity"] for row in rows.values()), sum(range(1, 6)) + 10
                )

    def test_orders_of_other_companies_do_not_count(self):
        other = self.make_company("Other")
        order = self.make_order(self.partner, 5, DAY)
        self.make_order(self.partner, 7, DAY)
        self.env.cr.execute(
            "UPDATE sale_order SET company_id = %s WHERE id = %s", [other.id, order.id]
        )
        self.assertEqual(self.amounts_of(self.scheme), {"Ann": 7})

    def test_branch_orders_count(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        twig = self.make_company("Twig", parent_id=branch.id)
        self.make_order(self.partner, 1, DAY)
        for company, amount in ((branch, 2), (twig, 4)):
            self.env.user.company_ids += company
            self.make_order(self.partner, amount, DAY, company_id=company.id)
        self.assertEqual(self.amounts_of(self.scheme), {"Ann": 7})
        branch.active = False
        self.assertEqual(self.amounts_of(self.scheme), {"Ann": 7}, "archived branches count on")

    def test_contacts_count_for_their_company(self):
        contact = self.make_partner("Contact", parent_id=self.partner.id, is_company=False)
        address = self.make_partner(
            "Address", parent_id=contact.id, type="delivery", is_company=False
        )
        for amount, partner in ((1, self.partner), (2, contact), (4, address)):
            self.make_order(partner, amount, DAY)
        self.assertEqual(self.amounts_of(self.scheme), {"Ann": 7})

    def test_archived_customers_count(self):
        contact = self.make_partner("Contact", parent_id=self.partner.id, is_company=False)
        self.make_order(contact, 3, DAY)
        contact.active = False
        self.partner.active = False
        self.assertEqual(self.amounts_of(self.scheme), {"Ann": 3})

    def test_order_by_sql_counts(self):
        self.insert_orders([(self.partner.id, 12.34, DAY)])
        self.assertEqual(self.amounts_of(self.scheme), {"Ann": 12.34})

    def test_unsaved_changes_are_seen(self):
        """The engine flushes what it reads: an order cancelled just now is gone."""
        order = self.make_order(self.partner, 12, DAY)
        self.env.flush_all()
        order.state = "cancel"
        self.assertEqual(self.amounts_of(self.scheme), {})


@tagged("post_install", "-at_install")
class TestCurrency(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_rate("2024-01-01", 2)
        cls.set_rate("2024-05-01", 4)
        cls.dollars = cls.env["product.pricelist"].create(
            {"name": "Dollars", "currency_id": cls.usd.id, "company_id": cls.company.id}
        )

    def order_in_dollars(self, amount, day):
        order = self.make_order(self.partner, amount, day, pricelist_id=self.dollars.id)
        self.assertEqual(order.currency_id, self.usd)
        return order

    def test_rate_of_the_documents_day(self):
        self.order_in_dollars(100, "2024-03-01")
        self.order_in_dollars(100, "2024-06-01")
        self.assertEqual(self.amounts_of(self.scheme), {"Ann": 50 + 25})
        # a later change of rates does not rewrite history
        self.set_rate("2024-06-15", 10)
        self.assertEqual(self.amounts_of(self.scheme), {"Ann": 50 + 25})

    def test_rounded_per_document_half_away_from_zero(self):
        """0.01 ⁄ 2 is 0.005: rounded up per document, then summed; −0.005 rounds to −0.01."""
        for _number in range(3):
            self.order_in_dollars(0.01, "2024-03-01")
        self.assertEqual(self.amounts_of(self.scheme), {"Ann": 0.03})
        other = self.make_partner("Bob")
        self.make_order(other, -0.01, "2024-03-01", pricelist_id=self.dollars.id)
        self.assertEqual(self.amounts_of(self.scheme)["Bob"], -0.01)

    def test_half_cents_are_not_bankers(self):
        """0.05 ⁄ 2 = 0.025 → 0.03 and 0.15 ⁄ 2 = 0.075 → 0.08, in exact decimals."""
        self.order_in_dollars(0.05, "2024-03-01")
        self.order_in_dollars(0.15, "2024-03-01")
        self.assertEqual(self.amounts_of(self.scheme), {"Ann": 0.11})

    def test_currency_without_decimals(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        company = self.make_company("Tokyo", currency_id=yen.id)
        self.env.user.company_ids += company
        scheme = self.make_scheme("amount", [("Gold", 100), ("Rest", None)], company_id=company.id)
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.usd.id,
                "company_id": company.id,
                "name": "2024-01-01",
                "rate": 0.008,
            }
        )
        pricelist = self.env["product.pricelist"].create(
            {"name": "Dollars", "currency_id": self.usd.id, "company_id": company.id}
        )
        self.make_order(self.partner, 1.5, DAY, company_id=company.id, pricelist_id=pricelist.id)
        self.assertEqual(self.amounts_of(scheme), {"Ann": 188})  # 187.5

    def test_margin_in_company_currency(self):
        if not self.scheme._has_margin("sale"):
            self.skipTest("sale_margin is not installed")
        order = self.order_in_dollars(100, "2024-03-01")
        order.order_line.purchase_price = 33.33
        self.assertAlmostEqual(order.margin, 66.67)
        self.scheme.measure = "margin"
        row = self.rows_of(self.scheme)["Ann"]
        self.assertEqual((row["amount"], row["margin"]), (50, 33.34))  # 33.335
        self.assertEqual(self.earned_in(self.scheme), {"Ann": "Rest"})
        self.scheme.tier_ids[0].min_amount = 33.34
        self.assertEqual(self.earned_in(self.scheme), {"Ann": "Gold"})


@tagged("post_install", "-at_install")
class TestQuantity(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme.measure = "quantity"
        cls.unit = cls.env.ref("uom.product_uom_unit")
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        cls.by_dozen = cls.env["product.product"].create(
            {"name": "Candles", "type": "consu", "uom_id": cls.dozen.id, "taxes_id": False}
        )

    def line(self, quantity, product=None, uom=None, **vals):
        product = product or self.product
        return Command.create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "product_uom_id": (uom or product.uom_id).id,
                "price_unit": 10,
                "tax_ids": [Command.clear()],
                **vals,
            }
        )

    def quantity_of(self, *lines):
        self.make_order(self.partner, 0, DAY, lines=list(lines))
        return self.rows_of(self.scheme)["Ann"]["quantity"]

    def test_in_the_products_own_unit(self):
        self.assertEqual(self.quantity_of(self.line(2), self.line(3, uom=self.dozen)), 38)

    def test_own_unit_may_be_the_larger_one(self):
        self.assertAlmostEqual(self.quantity_of(self.line(6, self.by_dozen, self.unit)), 0.5)

    def test_notes_sections_and_free_lines_have_no_quantity(self):
        quantity = self.quantity_of(
            self.line(5),
            Command.create({"display_type": "line_section", "name": "Section"}),
            Command.create({"display_type": "line_note", "name": "Note"}),
        )
        self.assertEqual(quantity, 5)

    def test_lines_are_measured_in_pieces(self):
        self.quantity_of(self.line(99))
        self.assertEqual(self.earned_in(self.scheme), {"Ann": "Rest"})
        self.quantity_of(self.line(1))
        self.assertEqual(self.earned_in(self.scheme), {"Ann": "Gold"})

    def test_other_measures_do_not_read_lines(self):
        self.scheme.measure = "revenue"
        self.assertEqual(self.quantity_of(self.line(5)), 0)


@tagged("post_install", "-at_install")
class TestInvoiceDocuments(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_books()
        cls.scheme.source = "invoice"

    def row(self):
        return self.rows_of(self.scheme).get("Ann")

    def test_posted_invoices_and_receipts_count(self):
        self.make_invoice(self.partner, 100, DAY)
        self.make_invoice(self.partner, 10, DAY, "out_receipt")
        self.make_invoice(self.partner, 1, DAY, post=False)
        self.make_order(self.partner, 1000, DAY)
        row = self.row()
        self.assertEqual((row["amount"], row["document_count"]), (110, 2))

    def test_cancelled_invoice_does_not_count(self):
        invoice = self.make_invoice(self.partner, 100, DAY)
        invoice.button_draft()
        self.assertIsNone(self.row())
        invoice.button_cancel()
        self.assertIsNone(self.row())

    def test_vendor_documents_do_not_count(self):
        for move_type in ("in_invoice", "in_refund", "in_receipt"):
            self.make_invoice(self.partner, 100, DAY, move_type, date=DAY)
        self.assertIsNone(self.row())

    def test_refund_subtracts_on_its_own_day(self):
        """It touches neither the count nor the first and last date."""
        self.make_invoice(self.partner, 100, "2024-02-01")
        self.make_invoice(self.partner, 30, "2024-05-01", "out_refund")
        rows = {
            day: self.rows_of(self.scheme, date.fromisoformat(day))["Ann"]
            for day in ("2024-04-30", "2024-05-01")
        }
        self.assertEqual(rows["2024-04-30"]["amount"], 100)
        self.assertEqual(rows["2024-05-01"]["amount"], 70)
        self.assertEqual(rows["2024-05-01"]["document_count"], 1)
        self.assertEqual(rows["2024-05-01"]["first_date"], date(2024, 2, 1))
        self.assertEqual(rows["2024-05-01"]["last_date"], date(2024, 2, 1))

    def test_refund_alone_is_no_customer(self):
        self.make_invoice(self.partner, 30, DAY, "out_refund")
        self.assertIsNone(self.row())

    def test_refund_of_an_older_invoice(self):
        """A refund in the window of an invoice before it: no member, yet both dates stay."""
        self.make_invoice(self.partner, 100, "2023-02-01")
        self.evaluate(self.scheme, date(2023, 6, 30))
        self.make_invoice(self.partner, 30, "2024-05-01", "out_refund")
        self.evaluate(self.scheme)
        standing = self.standing_of(self.scheme, self.partner)
        self.assertEqual((standing.amount, standing.document_count), (0, 0))
        self.assertEqual(standing.last_date, date(2023, 2, 1))
        self.assertEqual(standing.amount_previous, 100)
        self.assertFalse(standing.tier_id)

    def test_dated_by_invoice_date(self):
        self.make_invoice(self.partner, 100, "2024-06-30", date="2024-07-15")
        self.assertEqual(self.row()["last_date"], AS_OF)

    def test_amount_at_the_documents_rate(self):
        self.set_rate("2024-01-01", 2)
        self.set_rate("2024-05-01", 4)
        self.make_invoice(self.partner, 100, "2024-03-01", currency_id=self.usd.id)
        self.make_invoice(self.partner, 100, "2024-06-01", currency_id=self.usd.id)
        self.make_invoice(self.partner, 20, "2024-06-01", "out_refund", currency_id=self.usd.id)
        self.assertEqual(self.row()["amount"], 50 + 25 - 5)

    def test_contact_changes_company(self):
        """The invoice's own copy of the commercial partner goes stale in core."""
        contact = self.make_partner("Contact", parent_id=self.partner.id, is_company=False)
        self.make_invoice(contact, 100, DAY)
        contact.parent_id = self.make_partner("Bob")
        self.assertEqual(self.amounts_of(self.scheme), {"Bob": 100})

    def test_refunds_have_negative_quantity(self):
        self.scheme.measure = "quantity"
        line = {"product_id": self.product.id, "price_unit": 1, "tax_ids": [Command.clear()]}
        dozen = self.env.ref("uom.product_uom_dozen")
        self.make_invoice(
            self.partner,
            0,
            DAY,
            lines=[
                Command.create({**line, "quantity": 2, "product_uom_id": dozen.id}),
                Command.create({"display_type": "line_note", "name": "Note"}),
            ],
        )
        self.make_invoice(
            self.partner,
            0,
            DAY,
            "out_refund",
            lines=[Command.create({**line, "quantity": 5})],
        )
        self.assertEqual(self.row()["quantity"], 19)

    def test_totals_are_the_documents_totals(self):
        """W10 for invoices."""
        for number in range(1, 6):
            self.make_invoice(self.partner, number * 1.37, DAY)
        self.make_invoice(self.partner, 2.22, DAY, "out_refund")
        moves = self.env["account.move"].search([("partner_id", "=", self.partner.id)])
        self.assertEqual(len(moves), 6)
        self.assertAlmostEqual(self.row()["amount"], sum(moves.mapped("amount_untaxed_signed")))


@tagged("post_install", "-at_install")
class TestWindow(DocumentCase):
    def amount_on(self, day, **vals):
        self.scheme.write(vals)
        return self.amounts_of(self.scheme, date.fromisoformat(day)).get("Ann")

    def test_rolling_year_is_inclusive_at_both_ends(self):
        self.make_order(self.partner, 1, "2023-06-30")
        self.make_order(self.partner, 2, "2023-07-01")
        self.make_order(self.partner, 4, "2024-06-30")
        self.make_order(self.partner, 8, "2024-07-01")
        row = self.rows_of(self.scheme)["Ann"]
        self.assertEqual((row["amount"], row["amount_previous"]), (6, 1))
        self.assertEqual(row["first_date"], date(2023, 6, 30))
        self.assertEqual(row["last_date"], date(2024, 6, 30))

    def test_rolling_from_29_february(self):
        """29 February 2024 − 12 months is 28 February 2023; the window starts the day after."""
        for day, amount in (("2022-02-28", 1), ("2022-03-01", 2), ("2023-02-28", 4)):
            self.make_order(self.partner, amount, day)
        self.make_order(self.partner, 8, "2023-03-01")
        self.make_order(self.partner, 16, "2024-02-29")
        row = self.rows_of(self.scheme, date(2024, 2, 29))["Ann"]
        self.assertEqual((row["amount"], row["amount_previous"]), (24, 6))

    def test_rolling_from_the_31st(self):
        """Months are subtracted at once: 31 May − 1 = 30 April, − 2 = 31 March."""
        for day, amount in (
            ("2024-03-31", 1),
            ("2024-04-01", 2),
            ("2024-04-30", 4),
            ("2024-05-01", 8),
        ):
            self.make_order(self.partner, amount, day)
        self.scheme.window_months = 1
        row = self.rows_of(self.scheme, date(2024, 5, 31))["Ann"]
        self.assertEqual((row["amount"], row["amount_previous"]), (8, 6))

    def test_calendar_year(self):
        self.scheme.window_type = "calendar"
        for day, amount in (
            ("2022-12-31", 1),
            ("2023-01-01", 2),
            ("2023-06-30", 4),
            ("2023-07-01", 8),
            ("2023-12-31", 16),
            ("2024-01-01", 32),
            ("2024-06-30", 64),
        ):
            self.make_order(self.partner, amount, day)
        row = self.rows_of(self.scheme)["Ann"]
        self.assertEqual((row["amount"], row["amount_previous"]), (96, 6))

    def test_calendar_on_29_february(self):
        self.scheme.window_type = "calendar"
        for day, amount in (("2023-02-28", 1), ("2023-03-01", 2), ("2024-02-29", 4)):
            self.make_order(self.partner, amount, day)
        row = self.rows_of(self.scheme, date(2024, 2, 29))["Ann"]
        self.assertEqual((row["amount"], row["amount_previous"]), (4, 1))

    def test_day_ends_in_the_time_zone_of_the_scheme(self):
        """30 June 20:00 UTC is still June in New York and already July in Shanghai."""
        self.make_order(self.partner, 1, "2024-06-30 20:00:00")
        zones = {}
        for tz in ("UTC", "America/New_York", "Asia/Shanghai"):
            self.scheme.tz = tz
            zones[tz] = {
                day: (self.rows_of(self.scheme, date.fromisoformat(day)).get("Ann") or {}).get(
                    "last_date"
                )
                for day in ("2024-06-30", "2024-07-01")
            }
        june, july = date(2024, 6, 30), date(2024, 7, 1)
        self.assertEqual(zones["UTC"], {"2024-06-30": june, "2024-07-01": june})
        self.assertEqual(zones["America/New_York"], {"2024-06-30": june, "2024-07-01": june})
        self.assertEqual(zones["Asia/Shanghai"], {"2024-06-30": None, "2024-07-01": july})

    def test_daylight_saving_moves_the_day(self):
        """New York is 4 hours behind in summer, 5 in winter."""
        self.scheme.tz = "America/New_York"
        self.make_order(self.partner, 1, "2024-06-30 03:59:59")
        self.make_order(self.make_partner("Bob"), 1, "2024-06-30 04:00:00")
        self.make_order(self.make_partner("Cid"), 1, "2024-01-15 04:59:59")
        self.make_order(self.make_partner("Dan"), 1, "2024-01-15 05:00:00")
        days = {name: row["last_date"].day for name, row in self.rows_of(self.scheme).items()}
        self.assertEqual(days, {"Ann": 29, "Bob": 30, "Cid": 14, "Dan": 15})

    def test_documents_after_the_day_are_unknown(self):
        self.make_order(self.partner, 1, "2024-06-30")
        self.make_order(self.partner, 2, "2024-08-01")
        row = self.rows_of(self.scheme)["Ann"]
        self.assertEqual((row["amount"], row["last_date"]), (1, AS_OF))


@tagged("post_install", "-at_install")
class TestImportedHistory(DocumentCase):
    def add_month(self, month, amount, partner=None, **vals):
        return self.env["customer.sales.history"].create(
            {
                "company_id": self.company.id,
                "partner_id": (partner or self.partner).id,
                "month": month,
                "amount": amount,
                **vals,
            }
        )

    def test_does_not_count_without_a_cut_over(self):
        self.add_month("2024-03-01", 100)
        self.assertEqual(self.amounts_of(self.scheme), {})

    def test_cut_over(self):
        """Through the day only imported months count, afterwards only orders."""
        self.scheme.history_until = "2024-03-31"
        self.add_month("2024-02-10", 1)
        self.add_month("2024-03-31", 2)
        self.add_month("2024-04-01", 4)
        self.make_order(self.partner, 8, "2024-03-31 23:59:59")
        self.make_order(self.partner, 16, "2024-04-01 00:00:00")
        self.assertEqual(self.amounts_of(self.scheme), {"Ann": 1 + 2 + 16})

    def test_month_counts_on_its_last_day(self):
        row = self.add_month("2024-02-01", 1)
        self.assertEqual(row.month, date(2024, 2, 29))
        row.month = "2023-02-03"
        self.assertEqual(row.month, date(2023, 2, 28))
        row.month = "2024-02-01"
        self.scheme.history_until = "2024-02-28"
        self.assertEqual(self.amounts_of(self.scheme), {}, "February ends after the cut-over")
        self.scheme.history_until = "2024-02-29"
        self.assertEqual(self.rows_of(self.scheme)["Ann"]["last_date"], date(2024, 2, 29))
        self.assertEqual(self.amounts_of(self.scheme, date(2024, 2, 28)), {})

    def test_figures_of_imported_months(self):
        contact = self.make_partner("Contact", parent_id=self.partner.id, is_company=False)
        self.scheme.history_until = "2024-06-30"
        self.add_month("2024-02-01", 10, document_count=3, quantity=7, margin=4)
        self.add_month("2024-03-01", 20, contact, document_count=0, quantity=1, margin=2)
        row = self.rows_of(self.scheme)["Ann"]
        self.assertEqual((row["amount"], row["document_count"], row["margin"]), (30, 3, 6))
        self.assertEqual((row["quantity"], row["last_date"]), (8, date(2024, 2, 29)))

    def test_first_date_reaches_back_into_imported_history(self):
        self.scheme.history_until = "2020-12-31"
        self.add_month("2015-05-05", 1)
        self.make_order(self.partner, 2, DAY)
        row = self.rows_of(self.scheme)["Ann"]
        self.assertEqual((row["amount"], row["first_date"]), (2, date(2015, 5, 31)))

    def test_history_of_another_company_does_not_count(self):
        self.scheme.history_until = "2024-06-30"
        other = self.make_company("Other")
        self.add_month("2024-02-01", 10, company_id=other.id)
        branch = self.make_company("Branch", parent_id=self.company.id)
        self.add_month("2024-02-01", 3, company_id=branch.id)
        self.assertEqual(self.amounts_of(self.scheme), {"Ann": 3})


@tagged("post_install", "-at_install")
class TestAfterTheNight(DocumentCase):
    """What happens to orders by day is right after the next night; no signal is needed."""

    def setUp(self):
        super().setUp()
        self.order = self.make_order(self.partner, 100, DAY)
        self.assertEqual(self.night(), {"Ann": "Gold"})

    def night(self):
        self.evaluate(self.scheme)
        return self.levels_in(self.scheme)

    def figures(self, partner=None):
        standing = self.standing_of(self.scheme, partner or self.partner)
        return standing.amount, standing.document_count, standing.last_date

    def test_late_order(self):
        self.make_order(self.partner, 50, "2023-08-01")
        self.night()
        self.assertEqual(self.figures(), (150, 2, date(2024, 3, 15)))

    def test_cancelled_order(self):
        self.order._action_cancel()
        self.assertEqual(self.night(), {"Ann": False})
        self.assertEqual(self.figures(), NOTHING)

    def test_redated_order(self):
        self.order.date_order = "2023-01-15 12:00:00"
        self.assertEqual(self.night(), {"Ann": False})
        standing = self.standing_of(self.scheme, self.partner)
        self.assertEqual((standing.amount, standing.amount_previous), (0, 100))
        self.assertEqual(standing.last_date, date(2023, 1, 15))

    def test_reassigned_order(self):
        other = self.make_partner("Bob")
        self.order.partner_id = other
        self.assertEqual(self.night(), {"Ann": False, "Bob": "Gold"})
        self.assertEqual(self.figures(), NOTHING)
        self.assertEqual(self.figures(other), (100, 1, date(2024, 3, 15)))

    def test_changed_amount(self):
        self.order.order_line.price_unit = 99
        self.assertEqual(self.night(), {"Ann": "Rest"})

    def test_changed_parent_company(self):
        other = self.make_partner("Bob")
        self.partner.write({"is_company": False, "parent_id": other.id})
        self.assertEqual(self.night(), {"Ann": False, "Bob": "Gold"})

    def test_order_deleted_by_sql(self):
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM sale_order WHERE id = %s", [self.order.id])
        self.assertEqual(self.night(), {"Ann": False})

    def test_order_written_by_sql(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET amount_untaxed = 1 WHERE id = %s", [self.order.id]
        )
        self.assertEqual(self.night(), {"Ann": "Rest"})
        self.insert_orders([(self.partner.id, 200, DAY)])
        self.assertEqual(self.night(), {"Ann": "Gold"})

    def test_credit_note(self):
        self.make_books()
        self.scheme.source = "invoice"
        invoice = self.make_invoice(self.partner, 100, DAY)
        self.assertEqual(self.night(), {"Ann": "Gold"})
        refund = invoice._reverse_moves([{"invoice_date": "2024-06-01"}])
        self.assertEqual(self.night(), {"Ann": "Gold"}, "a draft credit note is none yet")
        refund.action_post()
        self.assertEqual(self.night(), {"Ann": "Rest"})
        self.assertEqual(self.figures(), (0, 1, date(2024, 3, 15)))

    def test_deleted_customer_leaves_nothing(self):
        self.order.state = "draft"
        self.order.unlink()
        partner_id = self.partner.id
        self.partner.unlink()
        self.assertEqual(self.night(), {})
        self.assertFalse(self.History.search([("partner_id", "=", partner_id)]))
