"""The judgement of the status, on cases small enough to be counted by hand."""

import io
import unittest
from contextlib import redirect_stdout
from datetime import date, timedelta
from decimal import Decimal

from tools.cdnow.dataset import Purchase
from tools.cdnow.holdout import AS_OF, Holdout, score

AFTERWARDS = AS_OF + timedelta(days=10)


def purchases(**days):
    """One purchase of 10 dollars on each day named, per customer."""
    return [
        Purchase(number, customer, day, 1, Decimal(10))
        for number, (customer, all_days) in enumerate(days.items())
        for day in all_days
    ]


class TestHoldout(unittest.TestCase):
    def test_score_counts_hits_misses_and_rightly_left_out(self):
        found = score({"a", "b"}, {"b", "c"}, {"a", "b", "c", "d", "e"})
        self.assertEqual(found.named, 2)
        self.assertEqual((found.precision, found.recall, found.accuracy), (0.5, 0.5, 0.6))

    def test_nobody_named_is_no_division_by_zero(self):
        found = score(set(), {"a"}, {"a", "b"})
        self.assertEqual((found.precision, found.recall, found.accuracy), (0, 0, 0.5))

    def test_only_purchases_after_the_day_count_as_again(self):
        holdout = Holdout(
            purchases(stays=[AS_OF, AFTERWARDS], goes=[AS_OF], late=[AS_OF, date(1998, 7, 1)]),
            {"stays": "active", "goes": "active", "late": "lost"},
        )
        self.assertEqual(holdout.bought_again, {"stays"})
        self.assertEqual(holdout.revenue, {"stays": 10})

    def test_last_day_before_the_half_year_decides_the_simple_rules(self):
        old = AS_OF - timedelta(days=40)
        holdout = Holdout(purchases(new=[AS_OF], old=[old, AFTERWARDS]), {"new": "x", "old": "x"})
        self.assertEqual(holdout._recent({"new", "old"}, 30), {"new"})
        self.assertEqual(holdout._recent({"new", "old"}, 60), {"new", "old"})

    def test_visits_are_days_until_the_day_of_the_statuses(self):
        holdout = Holdout(purchases(one=[AS_OF, AS_OF, AFTERWARDS]), {"one": "single"})
        self.assertEqual(holdout.visits, {"one": 1})
        self.assertEqual(holdout._came(2), set())

    def test_report_names_each_status_and_everybody(self):
        holdout = Holdout(
            purchases(stays=[AS_OF, AFTERWARDS], goes=[AS_OF]),
            {"stays": "active", "goes": "lost"},
        )
        with redirect_stdout(io.StringIO()) as printed:
            holdout.report({"active": "Active", "lost": "Lost", "dormant": "Dormant"})
        text = printed.getvalue()
        self.assertRegex(text, r"Active +1 +1 +100\.0% +10\.00")
        self.assertRegex(text, r"Lost +1 +0 +0\.0% +0\.00")
        self.assertRegex(text, r"Together +2 +1 +50\.0%")
        self.assertNotIn("Dormant", text)
