"""The oracle itself, on cases small enough to be counted by hand."""

import unittest
from datetime import date
from decimal import Decimal

from tests.cdnow.oracle import (
    Document,
    Level,
    Rules,
    Segment,
    evaluate,
    minus_months,
    windows,
)

AS_OF = date(2024, 6, 30)


def sales(**amounts):
    """One document on 1 June 2024 per customer."""
    return [Document(name, date(2024, 6, 1), Decimal(amount)) for name, amount in amounts.items()]


def levels_of(documents, rules):
    results = evaluate(documents, AS_OF, rules)
    return {customer: result.level for customer, result in results.items()}


class TestOracle(unittest.TestCase):
    def test_months_end_where_the_month_ends(self):
        self.assertEqual(minus_months(date(2024, 3, 31), 1), date(2024, 2, 29))
        self.assertEqual(minus_months(date(2024, 3, 31), 2), date(2024, 1, 31))
        self.assertEqual(minus_months(date(2024, 1, 15), 13), date(2022, 12, 15))

    def test_windows(self):
        rolling, previous = windows(date(2024, 2, 29), "rolling", 12)
        self.assertEqual(rolling, (date(2023, 3, 1), date(2024, 2, 29)))
        self.assertEqual(previous, (date(2022, 3, 1), date(2023, 2, 28)))
        calendar, previous = windows(date(2024, 2, 29), "calendar", 12)
        self.assertEqual(calendar, (date(2024, 1, 1), date(2024, 2, 29)))
        self.assertEqual(previous, (date(2023, 1, 1), date(2023, 2, 28)))

    def test_figures_with_a_refund(self):
        documents = [
            Document("a", date(2023, 6, 30), Decimal(5)),
            Document("a", date(2023, 7, 1), Decimal(10)),
            Document("a", date(2024, 6, 29), Decimal(-3), counts=False),
            Document("a", date(2024, 7, 1), Decimal(99)),
            Document("refund only", date(2024, 6, 1), Decimal(-3), counts=False),
        ]
        results = evaluate(documents, AS_OF, Rules("amount", (Level("rest", catch_all=True),)))
        self.assertEqual(list(results), ["a"])
        result = results["a"]
        self.assertEqual((result.amount, result.amount_previous), (7, 5))
        self.assertEqual(result.document_count, 1)
        self.assertEqual(
            (result.first_date, result.last_date), (date(2023, 6, 30), date(2023, 7, 1))
        )

    def test_amount_with_a_gap_and_without_a_last_level(self):
        levels = (Level("platinum", Decimal(100_000)), Level("gold", Decimal(10_000)))
        found = levels_of(sales(a=100_000, b=70_000, c=9_999), Rules("amount", levels))
        self.assertEqual(found, {"a": "platinum", "b": "gold", "c": None})

    def test_amount_last_level_takes_negative_sums(self):
        levels = (Level("gold", Decimal(10)), Level("rest", Decimal(5), catch_all=True))
        found = levels_of(sales(a=10, b=-1), Rules("amount", levels))
        self.assertEqual(found, {"a": "gold", "b": "rest"})

    def test_pyramid_rounds_up_and_ties_share_a_rank(self):
        levels = (Level("top", share=Decimal(20)), Level("base", share=Decimal(80)))
        found = levels_of(sales(a=9, b=9, c=8), Rules("pyramid", levels))  # ⌈0.6⌉ = 1 place
        self.assertEqual(found, {"a": "top", "b": "top", "c": "base"})

    def test_abc_counts_the_value_of_strictly_larger_customers(self):
        levels = (
            Level("A", share=Decimal(80)),
            Level("B", share=Decimal(15)),
            Level("C", share=Decimal(5)),
        )
        # V = 100; larger than b: 80, not below 80 -> B; larger than c: 95 -> C
        found = levels_of(sales(a=80, b=15, c=5, d=0, e=-7), Rules("abc", levels))
        self.assertEqual(found, {"a": "A", "b": "B", "c": "C", "d": "C", "e": "C"})

    def test_abc_without_any_value(self):
        levels = (Level("A", share=Decimal(80)), Level("C", share=Decimal(20)))
        self.assertEqual(levels_of(sales(a=0, b=-1), Rules("abc", levels)), {"a": "C", "b": "C"})

    def test_rfm_scores_points_and_first_fitting_segment(self):
        documents = [
            Document(f"c{number}", date(2024, 6, number), Decimal(number))
            for number in (1, 2, 3, 4, 5)
        ]
        everything = (Decimal(1), Decimal(5), Decimal(1), Decimal(5))
        rules = Rules(
            "rfm",
            (Level("high", min_score=11), Level("low", min_score=3)),
            segments=(
                Segment("best", Decimal(5), Decimal(5), Decimal(3), Decimal(5)),
                Segment("others", *everything),
            ),
        )
        results = evaluate(documents, AS_OF, rules)
        scores = {c: (r.r_score, r.f_score, r.m_score) for c, r in results.items()}
        self.assertEqual(scores["c1"], (1, 1, 1))
        self.assertEqual(scores["c5"], (5, 1, 5))  # all have one document: F is 1 for all
        self.assertEqual((results["c5"].level, results["c4"].level), ("high", "low"))
        self.assertEqual((results["c5"].rfm_segment, results["c1"].rfm_segment), ("best", "others"))

    def test_exempt_customers_are_nobody(self):
        rules = Rules("pyramid", (Level("all", share=Decimal(100)),))
        self.assertEqual(list(evaluate(sales(a=1, b=2), AS_OF, rules, exempt={"b"})), ["a"])
