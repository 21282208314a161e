"""Customer status: each rule at its limit, precedence, money at stake, nightly writing."""

from datetime import date, timedelta

from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from . import status_oracle
from .common import AS_OF, TieringCase

LEVELS = (("Gold", 100), ("Silver", 50), ("Rest", None))
#: median 30; mean + 2 sd lies at 78, so that it does not interfere below
UNEVEN = (20, 30, 60)


class StatusCase(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_operative(cls.make_scheme("amount", LEVELS))
        cls.ann = cls.make_partner("Ann")

    @classmethod
    def days_with(cls, gaps, silence, as_of=AS_OF):
        """Return days of documents with these gaps, oldest first, and this silence since."""
        days = [as_of - timedelta(days=silence)]
        for gap in reversed(gaps):
            days.insert(0, days[0] - timedelta(days=gap))
        return days

    def buy(self, partner, days, amount=10):
        self.insert_orders([(partner.id, amount, day) for day in days])

    def measure(self, partner, as_of=AS_OF, scheme=None):
        """Evaluate and return the standing of a customer."""
        scheme = scheme or self.scheme
        self.evaluate(scheme, as_of)
        return self.standing_of(scheme, partner)

    def code_after(self, gaps, silence, amount=10):
        partner = self.make_partner()
        self.buy(partner, self.days_with(gaps, silence), amount)
        return self.measure(partner).status_code

    def order_of(self, partner, day, basket):
        """Create an order from ``{product: amount}``."""
        lines = [
            Command.create(
                {
                    "product_id": product.id,
                    "product_uom_qty": 1,
                    "price_unit": amount,
                    "tax_ids": [Command.clear()],
                }
            )
            for product, amount in basket.items()
        ]
        return self.make_order(partner, 0, day, lines=lines)

    @classmethod
    def make_products(cls, *names, category=None):
        category = category or cls.env["product.category"].create({"name": "Goods"})
        return cls.env["product.product"].create(
            [
                {"name": name, "type": "consu", "categ_id": category.id, "taxes_id": False}
                for name in names
            ]
        )


@tagged("post_install", "-at_install")
class TestRhythmRules(StatusCase):
    def test_limits_of_the_own_rhythm(self):
        for silence, code in (
            (0, "active"),
            (45, "active"),
            (46, "risk_gap"),
            (60, "risk_gap"),
            (61, "dormant_gap"),
            (90, "dormant_gap"),
            (91, "lost_gap"),
            (2000, "lost_gap"),
        ):
            with self.subTest(silence=silence):
                self.assertEqual(self.code_after(UNEVEN, silence), code)

    def test_median_of_an_even_number_of_gaps(self):
        """20 and 31: the median is 25.5, dormant begins after 51 days."""
        self.assertEqual(self.code_after((20, 31), 51), "risk_gap")
        self.assertEqual(self.code_after((20, 31), 52), "dormant_gap")

    def test_deviation_from_the_own_mean(self):
        """Mean 30, standard deviation 2: what is later than 34 days is unusual."""
        self.assertEqual(self.code_after((28, 32, 30), 34), "active")
        self.assertEqual(self.code_after((28, 32, 30), 35), "risk_deviation")

    def test_two_orders_on_one_day_are_no_gap(self):
        days = self.days_with((30, 0, 30, 0), 46)
        self.buy(self.ann, days)
        self.assertEqual(self.measure(self.ann).status_code, "risk_gap")

    def test_without_rhythm_twelve_months_count(self):
        for day, code in (
            (date(2023, 6, 30), "single"),
            (date(2023, 6, 29), "lost_year"),
        ):
            # for nothing, so that no revenue is missed meanwhile
            self.assertEqual(self.code_after((), (AS_OF - day).days, 0), code)
        self.assertEqual(self.code_after((30,), 366, 0), "active")
        self.assertEqual(self.code_after((30,), 367, 0), "lost_year")

    def test_new_for_ninety_days(self):
        self.assertEqual(self.code_after((), 90), "new")
        self.assertEqual(self.code_after((), 91), "single")
        self.assertEqual(self.code_after((20,), 70), "new")
        self.assertEqual(self.code_after((20,), 71), "active")

    def test_two_orders_on_the_only_day_are_more_than_one(self):
        self.assertEqual(self.code_after((0,), 100), "active")

    def test_days_of_the_schemes_time_zone(self):
        self.scheme.tz = "Asia/Shanghai"
        # the last of these is 1 July in Shanghai: not yet known on 30 June
        self.insert_orders(
            [(self.ann.id, 1, moment) for moment in ("2023-06-29 15:59", "2024-06-30 16:00")]
        )
        self.assertEqual(self.measure(self.ann).status_code, "lost_year")

    def test_orders_of_contacts_count_for_the_company(self):
        contact = self.make_partner("Contact", parent_id=self.ann.id, is_company=False)
        days = self.days_with(UNEVEN, 61)
        self.buy(self.ann, days[::2])
        self.buy(contact, days[1::2])
        self.assertEqual(self.measure(self.ann).status_code, "dormant_gap")

    def test_drafts_and_cancelled_orders_end_no_silence(self):
        self.buy(self.ann, self.days_with(UNEVEN, 61))
        self.make_order(self.ann, 1, AS_OF, state="draft")
        self.make_order(self.ann, 1, AS_OF, state="cancel")
        self.assertEqual(self.measure(self.ann).status_code, "dormant_gap")


@tagged("post_install", "-at_install")
class TestRegained(StatusCase):
    def bought_again(self, before, pause, since, after=()):
        """Small orders, a pause, larger ones: ``since`` days ago he came back."""
        partner = self.make_partner()
        back = AS_OF - timedelta(days=since)
        self.buy(partner, self.days_with(before, pause, back), 1)
        self.buy(partner, [back, *(AS_OF - timedelta(days=days) for days in after)], 100)
        return self.measure(partner)

    def test_pause_longer_than_the_limit_known_then(self):
        """Later gaps must not count: with them the median would be another."""
        for pause, code in ((91, "regained"), (90, "active")):
            standing = self.bought_again((30, 30), pause, 100, after=(40,))
            self.assertEqual(standing.status_code, code, pause)
        self.assertEqual(standing.status_values, {"median": 45})

    def test_for_six_months(self):
        back = (AS_OF - date(2023, 12, 30)).days
        after = [back - 40, back - 80, back - 120, 20]
        self.assertEqual(self.bought_again((30, 30), 120, back, after).status_code, "regained")
        standing = self.bought_again((30, 30), 120, back + 1, after)
        self.assertEqual(standing.status_code, "active")

    def test_without_rhythm_before(self):
        self.assertEqual(self.bought_again((), 367, 10).status_code, "regained")
        self.assertEqual(self.bought_again((), 366, 10).status_code, "active")

    def test_who_leaves_again_is_lost(self):
        standing = self.bought_again((10, 10, 10), 100, 40)
        self.assertEqual(standing.customer_status, "lost")

    def test_date_and_pause_are_kept(self):
        standing = self.bought_again((30, 30), 91, 100, after=(40,))
        self.assertEqual(
            standing.status_values,
            {"date": str(AS_OF - timedelta(days=100)), "pause": 91},
        )


@tagged("post_install", "-at_install")
class TestPartial(StatusCase):
    def test_revenue_below_sixty_percent(self):
        for amount, code in ((60, "active"), (59.99, "partial_amount")):
            partner = self.make_partner()
            self.insert_orders(
                [(partner.id, 100, "2023-05-01"), (partner.id, amount, "2024-02-01")]
            )
            standing = self.measure(partner)
            self.assertEqual(standing.status_code, code)
        self.assertAlmostEqual(standing.value_at_stake, 40.01)

    def test_refunds_lower_the_revenue(self):
        self.make_books()
        scheme = self.make_scheme("amount", LEVELS, source="invoice")
        for day, amount in (("2023-05-01", 100), ("2024-02-01", 100)):
            self.make_invoice(self.ann, amount, day)
        self.assertEqual(self.measure(self.ann, scheme=scheme).status_code, "active")
        self.make_invoice(self.ann, 41, "2024-06-01", "out_refund")
        standing = self.measure(self.ann, scheme=scheme)
        self.assertEqual((standing.status_code, standing.value_at_stake), ("partial_amount", 41))

    def test_a_refund_is_no_order(self):
        self.make_books()
        scheme = self.make_scheme("amount", LEVELS, source="invoice")
        for day in self.days_with(UNEVEN, 61):
            self.make_invoice(self.ann, 10, day)
        self.make_invoice(self.ann, 1, AS_OF, "out_refund")
        standing = self.measure(self.ann, scheme=scheme)
        self.assertEqual(standing.status_code, "dormant_gap")
        self.assertEqual(standing.last_date, AS_OF - timedelta(days=61))

    def category_case(self, silence):
        """Bought every 30 days up to today; the textiles three times, then no more."""
        textile = self.env["product.category"].create({"name": "Textiles"})
        [linen] = self.make_products("Linen", category=textile)
        partner = self.make_partner()
        for days in range(0, 300, 30):
            self.order_of(partner, AS_OF - timedelta(days=days), {self.product: 100})
        for day in self.days_with((30, 30), silence):
            self.order_of(partner, day, {linen: 200})
        return self.measure(partner), textile

    def test_category_silent_for_twice_its_gap(self):
        standing, _category = self.category_case(60)
        self.assertEqual(standing.status_code, "active")
        standing, category = self.category_case(61)
        self.assertEqual(standing.status_code, "partial_category")
        self.assertEqual(
            standing.status_values,
            {
                "category_id": category.id,
                "share": 38,
                "median": 30,
                "last_date": str(AS_OF - timedelta(days=61)),
            },
        )
        self.assertEqual(standing.value_at_stake, 600)

    def test_category_of_a_fifth(self):
        food = self.env["product.category"].create({"name": "Food"})
        [rice] = self.make_products("Rice", category=food)
        for amount, code in ((25, "partial_category"), (24.99, "active")):
            partner = self.make_partner()
            for days in (0, 30, 60, 120):
                self.order_of(partner, AS_OF - timedelta(days=days), {self.product: 75})
            for day in self.days_with((5, 5), 11):
                self.order_of(partner, day, {rice: amount})
            standing = self.measure(partner)
            self.assertEqual(standing.status_code, code)

    def test_category_needs_a_rhythm_of_its_own(self):
        food = self.env["product.category"].create({"name": "Food"})
        [rice] = self.make_products("Rice", category=food)
        for days in range(0, 300, 30):
            self.order_of(self.ann, AS_OF - timedelta(days=days), {self.product: 10})
        for day in self.days_with((5,), 200):
            self.order_of(self.ann, day, {rice: 500})
        self.assertEqual(self.measure(self.ann).status_code, "active")

    def test_value_of_a_category_is_that_of_its_better_window(self):
        food = self.env["product.category"].create({"name": "Food"})
        [rice] = self.make_products("Rice", category=food)
        for days in range(0, 720, 30):
            self.order_of(self.ann, AS_OF - timedelta(days=days), {self.product: 100})
        for day in self.days_with((30, 30), 400):
            self.order_of(self.ann, day, {rice: 300})
        # the window before has 2,100 of 1,200 now: 57 % would be rule a, so lift the window
        self.order_of(self.ann, AS_OF, {self.product: 100})
        standing = self.measure(self.ann)
        self.assertEqual(standing.status_code, "partial_category")
        self.assertEqual(standing.value_at_stake, 900)

    def assortment_case(self, before, now):
        products = self.make_products(*(f"Product {number}" for number in range(max(before, now))))
        partner = self.make_partner()
        basket = {product: 10 for product in products[:before]}
        self.order_of(partner, "2023-05-01", basket)
        self.order_of(partner, "2024-04-01", {product: 40 for product in products[:now]})
        return self.measure(partner)

    def test_smaller_assortment(self):
        for before, now, code in (
            (5, 3, "partial_assortment"),
            (5, 4, "active"),
            (3, 1, "partial_assortment"),
            (3, 2, "active"),
            (2, 1, "active"),
        ):
            with self.subTest(before=before, now=now):
                standing = self.assortment_case(before, now)
                self.assertEqual(standing.status_code, code)
                if code != "active":
                    self.assertEqual(standing.value_at_stake, 10 * (before - now))
                    self.assertEqual(
                        standing.status_values, {"products": now, "products_before": before}
                    )

    def test_what_was_returned_was_not_bought(self):
        self.make_books()
        scheme = self.make_scheme("amount", LEVELS, source="invoice")
        products = self.make_products("A", "B", "C", "D")

        def lines(chosen):
            return [
                Command.create(
                    {"product_id": product.id, "quantity": 1, "price_unit": 30, "tax_ids": False}
                )
                for product in chosen
            ]

        self.make_invoice(self.ann, 0, "2023-05-01", lines=lines(products))
        self.make_invoice(self.ann, 0, "2024-04-01", lines=lines(products))
        self.assertEqual(self.measure(self.ann, scheme=scheme).status_code, "active")
        self.make_invoice(self.ann, 0, "2024-04-02", lines=lines(products[0]))
        self.make_invoice(self.ann, 0, "2024-06-01", "out_refund", lines=lines(products[2:]))
        self.assertEqual(
            self.measure(self.ann, scheme=scheme).status_code,
            "partial_assortment",
        )

    def test_down_payments_are_no_purchase(self):
        products = self.make_products("A", "B", "C")
        self.order_of(self.ann, "2023-05-01", {products[0]: 10, products[1]: 10})
        order = self.order_of(self.ann, "2023-05-02", {products[2]: 10})
        order.order_line.is_downpayment = True
        self.order_of(self.ann, "2024-04-01", {products[0]: 40})
        self.assertEqual(self.measure(self.ann).status_code, "active")

    def test_imported_history_has_no_lines(self):
        """Months without lines neither shrink an assortment nor break anything."""
        self.scheme.history_until = "2023-12-31"
        self.env["customer.sales.history"].create(
            [
                {
                    "company_id": self.company.id,
                    "partner_id": self.ann.id,
                    "month": month,
                    "amount": 30,
                }
                for month in ("2023-04-01", "2023-08-01", "2023-12-01")
            ]
        )
        [product] = self.make_products("A")
        self.order_of(self.ann, "2024-04-20", {product: 40})
        standing = self.measure(self.ann)
        self.assertEqual(standing.status_code, "active")
        self.assertEqual(standing.expected_next_date, date(2024, 8, 20))


@tagged("post_install", "-at_install")
class TestPrecedence(StatusCase):
    def test_dormant_before_partial_before_at_risk(self):
        """The revenue has fallen in each case, the median is 30; only the silence differs."""
        for silence, code in (
            (91, "lost_gap"),
            (61, "dormant_gap"),
            (46, "partial_amount"),
        ):
            partner = self.make_partner()
            days = self.days_with((30, 30, 300, *UNEVEN), silence)
            self.buy(partner, days[:3], 100)
            self.buy(partner, days[3:], 1)
            self.assertEqual(self.measure(partner).status_code, code)

    def test_at_risk_before_new(self):
        self.assertEqual(self.code_after((10, 10), 16), "risk_gap")

    def test_regained_before_active(self):
        self.assertEqual(self.code_after((400,), 10), "regained")

    def test_rule_of_revenue_before_rule_of_assortment(self):
        products = self.make_products("A", "B", "C")
        self.order_of(self.ann, "2023-05-01", {product: 10 for product in products})
        self.order_of(self.ann, "2024-04-01", {products[0]: 10})
        self.assertEqual(self.measure(self.ann).status_code, "partial_amount")


@tagged("post_install", "-at_install")
class TestSignals(StatusCase):
    """The hook that higher addons extend."""

    def with_signals(self, *rows):
        rows = [SQL("(%s, %s, %s)", partner.id, name, weight) for partner, name, weight in rows]
        query = SQL(
            "SELECT * FROM (VALUES %s) AS s (partner_id, signal, weight)", SQL(", ").join(rows)
        )
        self.patch(type(self.scheme), "_status_signal_sql", lambda scheme, as_of: query)

    def test_weights_add_up(self):
        bob, cid = self.make_partners("Bob", "Cid")
        for partner in (self.ann, bob, cid):
            self.buy(partner, self.days_with(UNEVEN, 5))
        contact = self.make_partner("Contact", parent_id=bob.id, is_company=False)
        self.with_signals(
            (self.ann, "complaint", 1),
            (bob, "complaint", 0.5),
            (contact, "payment", 0.5),
            (cid, "complaint", 0.99),
        )
        standings = [self.measure(partner) for partner in (self.ann, bob, cid)]
        self.assertEqual(
            [standing.status_code for standing in standings],
            ["risk_signal", "risk_signal", "active"],
        )
        self.assertEqual(standings[1].status_values, {"signals": ["complaint", "payment"]})
        self.assertEqual(standings[0].value_at_stake, 40)
        self.patch(
            type(self.Standing), "_get_signal_labels", lambda model: {"payment": "late payment"}
        )
        self.assertEqual(standings[1].status_reason, "Warning signs: complaint, late payment.")

    def test_a_louder_rule_goes_first(self):
        self.buy(self.ann, self.days_with(UNEVEN, 61))
        self.with_signals((self.ann, "complaint", 5))
        self.assertEqual(self.measure(self.ann).status_code, "dormant_gap")

    def test_who_never_bought_has_nothing_to_lose(self):
        self.with_signals((self.ann, "complaint", 5))
        self.evaluate(self.scheme)
        self.assertFalse(self.standing_of(self.scheme, self.ann))
        self.assertEqual(self.ann.customer_status, "prospect")


@tagged("post_install", "-at_install")
class TestValue(StatusCase):
    def stake_of(self, rows, scheme=None, as_of=AS_OF):
        partner = self.make_partner()
        self.insert_orders([(partner.id, amount, day) for amount, day in rows])
        return self.measure(partner, as_of, scheme).value_at_stake

    def test_greater_of_both_windows(self):
        days = self.days_with(UNEVEN, 100)
        self.assertEqual(self.stake_of([(10, day) for day in days]), 40)
        self.assertEqual(self.stake_of([(500, "2023-01-01"), *((10, day) for day in days)]), 500)

    def test_long_gone_customers_have_their_last_year(self):
        rows = [(7, "2020-03-01"), (10, "2020-03-02"), (20, "2020-06-01"), (40, "2021-03-01")]
        self.assertEqual(self.stake_of(rows), 70)

    def test_a_year_of_a_shorter_window(self):
        scheme = self.make_scheme("amount", LEVELS, window_months=3)
        rows = [(10, day) for day in self.days_with((10, 10), 21)]
        self.assertEqual(self.stake_of(rows, scheme), 120)

    def test_never_negative(self):
        rows = [(-10, day) for day in self.days_with((10, 10), 21)]
        self.assertEqual(self.stake_of(rows), 0)

    def test_nothing_at_stake_of_who_stays(self):
        self.assertEqual(self.stake_of([(10, day) for day in self.days_with(UNEVEN, 5)]), 0)

    def test_revenue_whatever_is_measured(self):
        scheme = self.make_scheme("amount", [("A", 1)], measure="quantity")
        self.assertEqual(
            self.stake_of([(10, day) for day in self.days_with(UNEVEN, 61)], scheme), 40
        )

    def test_calendar_schemes_look_at_twelve_months(self):
        """In the first days of a year nobody has lost his revenue of last year."""
        scheme = self.make_scheme("amount", LEVELS, window_type="calendar")
        rows = [(10, date(2023, 1, 2) + timedelta(days=30 * number)) for number in range(12)]
        partner = self.make_partner()
        self.insert_orders([(partner.id, amount, day) for amount, day in rows])
        standing = self.measure(partner, date(2024, 1, 4), scheme)
        self.assertEqual(standing.amount_previous, 10)
        self.assertNotEqual(standing.customer_status, "partial")

    def test_expected_next_order(self):
        for gaps, silence, expected in (
            (UNEVEN, 5, AS_OF + timedelta(days=25)),
            ((20, 31), 0, AS_OF + timedelta(days=26)),
            (UNEVEN, 61, AS_OF - timedelta(days=31)),
            (UNEVEN, 91, False),
            ((30,), 5, False),
        ):
            partner = self.make_partner()
            self.buy(partner, self.days_with(gaps, silence))
            self.assertEqual(self.measure(partner).expected_next_date, expected)

    def test_order_due(self):
        self.buy(self.ann, self.days_with(UNEVEN, 10))
        standing = self.measure(self.ann)
        due = [("expected_next_date", "<=", "today"), ("scheme_id", "=", self.scheme.id)]
        with freeze_time("2024-07-19 12:00:00"):
            self.assertFalse(self.Standing.search(due))
        with freeze_time("2024-07-20 12:00:00"):
            self.assertEqual(self.Standing.search(due), standing)


@tagged("post_install", "-at_install")
class TestNight(StatusCase):
    def changes(self, as_of):
        self.scheme._prepare_changes(as_of, None, None)
        [(count,)] = self.env.execute_query(SQL("SELECT COUNT(*) FROM care_change"))
        return count

    def test_a_second_run_writes_nothing(self):
        bob, cid, dan = self.make_partners("Bob", "Cid", "Dan")
        self.buy(self.ann, self.days_with(UNEVEN, 61))
        self.buy(bob, self.days_with((), 400))
        self.buy(cid, self.days_with((2, 2, 3), 4))
        self.buy(dan, self.days_with((30, 30, 400), 10))
        self.assertEqual(self.changes(AS_OF), 4)
        self.evaluate(self.scheme)
        self.assertEqual(self.changes(AS_OF), 0)

    def test_a_day_without_a_limit_writes_nothing(self):
        """Days since the last order are no stored number."""
        bob = self.make_partner("Bob")
        self.buy(self.ann, self.days_with(UNEVEN, 61))
        self.buy(bob, self.days_with(UNEVEN, 30))
        self.evaluate(self.scheme)
        self.assertEqual(self.changes(AS_OF + timedelta(days=1)), 0)
        self.assertEqual(self.changes(AS_OF + timedelta(days=15)), 0)
        self.assertEqual(self.changes(AS_OF + timedelta(days=16)), 1)

    def test_who_left_before_the_window_is_listed(self):
        self.buy(self.ann, self.days_with((30, 30), 1000), 500)
        result = self.evaluate(self.scheme)
        self.assertEqual(result["graded"], 0)
        standing = self.standing_of(self.scheme, self.ann)
        self.assertEqual(standing.customer_status, "lost")
        self.assertEqual(standing.value_at_stake, 1500)
        self.assertEqual((standing.document_count, standing.amount), (0, 0))
        self.assertFalse(standing.tier_id)
        self.assertFalse(self.history_of(self.scheme, self.ann))

    def test_exempt_customers_have_no_status(self):
        bob = self.make_partner("Bob")
        self.buy(self.ann, self.days_with(UNEVEN, 61))
        self.buy(bob, self.days_with(UNEVEN, 61))
        bob.tier_exempt = True
        standing = self.measure(self.ann)
        self.assertFalse(self.standing_of(self.scheme, bob))
        self.ann.tier_exempt = True
        self.assertFalse(standing.customer_status)
        self.assertFalse(standing.status_values)
        self.assertEqual(standing.value_at_stake, 0)
        self.assertFalse(standing.expected_next_date)
        self.assertFalse(standing.status_reason)
        self.assertFalse(self.ann.customer_status)

    def test_only_the_asked_customers_are_written(self):
        bob = self.make_partner("Bob")
        self.buy(self.ann, self.days_with(UNEVEN, 61))
        self.buy(bob, self.days_with(UNEVEN, 61))
        self.evaluate(self.scheme, partner_ids=bob.ids)
        self.assertFalse(self.standing_of(self.scheme, self.ann))
        self.assertEqual(self.standing_of(self.scheme, bob).customer_status, "dormant")

    def test_reading_a_day_measures_no_status(self):
        self.patch(
            type(self.scheme), "_measure_status", lambda *args: self.fail("must not be paid for")
        )
        self.buy(self.ann, self.days_with(UNEVEN, 61))
        self.assertEqual(len(self.scheme.evaluate_rows(AS_OF)), 1)

    def test_status_of_levels_by_hand(self):
        scheme = self.make_scheme("manual", [("Friend", 0)])
        self.buy(self.ann, self.days_with(UNEVEN, 61))
        standing = self.measure(self.ann, scheme=scheme)
        self.assertEqual((standing.customer_status, standing.tier_id.name), ("dormant", False))
        again = self.Standing.create(
            {
                "scheme_id": scheme.id,
                "partner_id": self.ann.id,
                "tier_id": scheme.tier_ids.id,
            }
        )
        self.assertEqual(again, standing)
        self.assertEqual(standing.tier_id.name, "Friend")

    def test_a_standing_by_hand_has_its_status_at_once(self):
        scheme = self.make_scheme("manual", [("Friend", 0)])
        self.buy(self.ann, self.days_with(UNEVEN, 61))
        with freeze_time("2024-06-30 12:00:00"):
            standing = self.Standing.create(
                {
                    "scheme_id": scheme.id,
                    "partner_id": self.ann.id,
                    "tier_id": scheme.tier_ids.id,
                }
            )
        self.assertEqual(standing.customer_status, "dormant")

    def test_companies_are_apart_and_branches_count(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        other = self.make_company("Other")
        self.env.user.company_ids += branch | other
        days = self.days_with(UNEVEN, 61)
        for day in days[:2]:
            self.make_order(self.ann, 10, day)
        for day in days[2:]:
            self.make_order(self.ann, 10, day, company_id=branch.id)
        self.make_order(self.ann, 10, AS_OF, company_id=other.id)
        self.assertEqual(self.measure(self.ann).customer_status, "dormant")
        foreign = self.Scheme.search([("company_id", "=", other.id)])
        self.assertEqual(self.measure(self.ann, scheme=foreign).customer_status, "new")
        self.assertEqual(self.ann.with_company(other).customer_status, "new")
        self.assertEqual(self.ann.customer_status, "dormant")
        self.assertEqual(self.ann.with_company(branch).customer_status, "dormant")


@tagged("post_install", "-at_install")
class TestSentences(StatusCase):
    """One sentence for each status, days counted up to the reader's today."""

    def sentence(self, gaps, silence, amount=10):
        partner = self.make_partner()
        self.buy(partner, self.days_with(gaps, silence), amount)
        standing = self.measure(partner)
        with freeze_time(f"{AS_OF} 12:00:00"):
            return standing.status_reason

    def test_rhythm(self):
        for gaps, silence, sentence in (
            (UNEVEN, 91, "No order for 91 days, more than three times the usual 30 days."),
            ((), 400, "No order for 400 days, since 05/27/2023: more than twelve months."),
            (UNEVEN, 61, "No order for 61 days, more than twice the usual 30 days."),
            (
                (20, 31),
                45,
                "No order for 45 days, more than one and a half times the usual 25.5 days.",
            ),
            (
                (28, 32, 30),
                35,
                "No order for 35 days; usual are 30, and hardly ever more than 34.",
            ),
            ((), 30, "First order on 05/31/2024, within the last 90 days."),
            ((), 100, "Bought only once, 100 days ago."),
            (UNEVEN, 5, "Last order 5 days ago; usually one every 30 days."),
            ((100,), 5, "Last order 5 days ago; too few orders to know the rhythm."),
            ((400,), 10, "Ordered again on 06/20/2024 after a pause of 400 days."),
        ):
            with self.subTest(sentence=sentence):
                self.assertEqual(self.sentence(gaps, silence), sentence)

    def test_days_go_on_without_any_run(self):
        self.buy(self.ann, self.days_with(UNEVEN, 61))
        standing = self.measure(self.ann)
        with freeze_time("2024-07-10 12:00:00"):
            self.assertIn("No order for 71 days", standing.status_reason)

    def test_less_revenue(self):
        self.insert_orders([(self.ann.id, 100, "2023-05-01"), (self.ann.id, 50, "2024-02-01")])
        sentence = self.measure(self.ann).status_reason.replace("\xa0", " ")
        self.assertEqual(
            sentence,
            "50.00 € in 12 months after 100.00 € in the 12 months before, that is 50 %.",
        )

    def test_category_and_assortment(self):
        category = self.env["product.category"].create({"name": "Linen"})
        standing = self.Standing.new(
            {
                "status_code": "partial_category",
                "status_values": {
                    "category_id": category.id,
                    "share": 30,
                    "median": 30,
                    "last_date": "2024-04-01",
                },
            }
        )
        with freeze_time(f"{AS_OF} 12:00:00"):
            self.assertEqual(
                standing.status_reason,
                "Nothing of Linen for 90 days, usually every 30; it made 30 % of the revenue.",
            )
        standing = self.Standing.new(
            {
                "status_code": "partial_assortment",
                "status_values": {"products": 2, "products_before": 5},
            }
        )
        self.assertEqual(
            standing.status_reason, "2 different products after 5 in the period before."
        )

    def test_a_list_costs_no_query_per_row(self):
        categories = self.env["product.category"].create(
            [{"name": f"Category {number}"} for number in range(40)]
        )
        partners = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(40)])
        self.insert_orders([(partner.id, 1, AS_OF) for partner in partners])
        self.evaluate(self.scheme)
        standings = self.Standing.search([("scheme_id", "=", self.scheme.id)])
        for standing, category in zip(standings, categories, strict=True):
            standing.sudo().write(
                {
                    "status_code": "partial_category",
                    "status_values": {"category_id": category.id, "last_date": "2024-01-01"},
                }
            )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(12):
            sentences = standings.mapped("status_reason")
            standings.mapped("leaving_reason_id")
        self.assertEqual(len(set(sentences)), 40)

    def test_deleted_category(self):
        standing = self.Standing.new(
            {"status_code": "partial_category", "status_values": {"category_id": 0}}
        )
        self.assertIn("a deleted category", standing.status_reason)

    def test_prospect(self):
        self.assertEqual(self.ann.status_reason, "No order yet.")
        self.ann.prospect_class = "deposit"
        self.assertEqual(self.ann.status_reason, "No order yet; deposit paid.")


@tagged("post_install", "-at_install")
class TestAgainstOracle(StatusCase):
    """Random customers, computed a second time from the rules alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.categories = {}
        for name in ("Wood", "Steel", "Glass"):
            category = cls.env["product.category"].create({"name": name})
            for product in cls.make_products(f"{name} A", f"{name} B", category=category):
                cls.categories[product.id] = category.id

    def insert_purchases(self, purchases):
        order_ids = self.insert_orders(
            [(partner, sum(a for _p, a in lines), day) for partner, day, lines in purchases]
        )
        line = self.order_template.order_line
        self.env.flush_all()
        for order_id, (_partner, _day, lines) in zip(order_ids, purchases, strict=True):
            for product_id, amount in lines:
                self.env.cr.execute(
                    """
                    INSERT INTO sale_order_line
                    SELECT row.* FROM sale_order_line template
                CROSS JOIN LATERAL jsonb_populate_record(template, jsonb_build_object(
                               'id', nextval('sale_order_line_id_seq'), 'order_id', %s,
                               'product_id', %s, 'price_subtotal', %s)) row
                     WHERE template.id = %s
                    """,
                    [order_id, product_id, amount, line.id],
                )

    def test_random_customers(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Random {number}", "is_company": True} for number in range(300)]
        )
        purchases = status_oracle.random_purchases(
            20240630, partners.ids, list(self.categories), AS_OF
        )
        self.insert_purchases(purchases)
        seen = set()
        for as_of in (AS_OF - timedelta(days=40), AS_OF):
            self.evaluate(self.scheme, as_of)
            standings = self.Standing.search([("scheme_id", "=", self.scheme.id)])
            found = {row.partner_id.id: (row.status_code, row.value_at_stake) for row in standings}
            for partner in partners:
                own = [(day, lines) for owner, day, lines in purchases if owner == partner.id]
                expected = status_oracle.status_of(own, self.categories, as_of)
                with self.subTest(as_of=as_of, purchases=own):
                    self.assertEqual(found.get(partner.id), expected)
                seen.add(expected and expected[0])
        self.assertLessEqual(
            {
                "lost_gap",
                "lost_year",
                "dormant_gap",
                "partial_amount",
                "partial_category",
                "partial_assortment",
                "risk_gap",
                "risk_deviation",
                "regained",
                "new",
                "single",
                "active",
            },
            seen,
        )
