"""The pure functions, without a database row."""

import random
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

from odoo.tests import BaseCase, tagged

from ..models import scoring


def rules(method="amount", *levels):
    names = ("code", "name", "min_amount", "catch_all", "share", "min_score")
    defaults = {"min_amount": "0", "catch_all": False, "share": "0", "min_score": 0}
    rows = []
    for position, level in enumerate(levels):
        name = chr(ord("A") + position)
        rows.append({"code": name, "name": name, **defaults, **level})
        assert set(rows[-1]) == set(names)
    return {"method": method, "levels": rows}


@tagged("post_install", "-at_install")
class TestWindowBounds(BaseCase):
    def check(self, as_of, kind, months, *expected):
        bounds = scoring.window_bounds(date.fromisoformat(as_of), kind, months)
        self.assertEqual([str(day) for period in bounds for day in period], list(expected))

    def test_rolling(self):
        self.check(
            "2024-06-30", "rolling", 12, "2023-07-01", "2024-06-30", "2022-07-01", "2023-06-30"
        )

    def test_29_february(self):
        self.check(
            "2024-02-29", "rolling", 12, "2023-03-01", "2024-02-29", "2022-03-01", "2023-02-28"
        )
        self.check(
            "2024-02-29", "rolling", 24, "2022-03-01", "2024-02-29", "2020-03-01", "2022-02-28"
        )
        self.check(
            "2024-02-29", "rolling", 48, "2020-03-01", "2024-02-29", "2016-03-01", "2020-02-29"
        )

    def test_28_february_before_a_leap_day(self):
        """28 February 2025 − 12 months is 28 February 2024: the 29th falls into the window."""
        self.check(
            "2025-02-28", "rolling", 12, "2024-02-29", "2025-02-28", "2023-03-01", "2024-02-28"
        )

    def test_31st(self):
        self.check(
            "2024-03-31", "rolling", 1, "2024-03-01", "2024-03-31", "2024-02-01", "2024-02-29"
        )
        self.check(
            "2023-03-31", "rolling", 1, "2023-03-01", "2023-03-31", "2023-02-01", "2023-02-28"
        )
        self.check(
            "2024-05-31", "rolling", 3, "2024-03-01", "2024-05-31", "2023-12-01", "2024-02-29"
        )

    def test_calendar(self):
        self.check(
            "2024-02-29", "calendar", 12, "2024-01-01", "2024-02-29", "2023-01-01", "2023-02-28"
        )
        self.check(
            "2024-01-01", "calendar", 12, "2024-01-01", "2024-01-01", "2023-01-01", "2023-01-01"
        )
        self.check(
            "2024-12-31", "calendar", 3, "2024-01-01", "2024-12-31", "2023-01-01", "2023-12-31"
        )

    def test_every_rolling_window(self):
        """Both periods touch without gap or overlap, and end where months end alike."""
        rng = random.Random(19)
        for _number in range(2000):
            day = date(2000, 1, 1) + timedelta(days=rng.randrange(20_000))
            months = rng.randint(1, 120)
            (first, last), (before_first, before_last) = scoring.window_bounds(
                day, "rolling", months
            )
            self.assertEqual((last, before_last), (day, first - timedelta(days=1)))
            self.assertLess(before_first, before_last)
            for bound, back in ((before_last, months), (before_first - timedelta(1), 2 * months)):
                year, month = divmod(day.year * 12 + day.month - 1 - back, 12)
                expected = min(day.day, monthrange(year, month + 1)[1])
                self.assertEqual(bound, date(year, month + 1, expected))


@tagged("post_install", "-at_install")
class TestShares(BaseCase):
    def test_floats_are_taken_by_their_text(self):
        self.assertEqual(scoring.exact(0.1) + scoring.exact(0.2), Decimal("0.3"))
        self.assertEqual(scoring.exact(False), 0)
        self.assertEqual(scoring.exact("33.3333"), Decimal("33.3333"))

    def test_pyramid_ranks(self):
        levels = [{"share": share} for share in (1, 4, 15, 80)]
        for population, expected in (
            (0, [0, 0, 0, 0]),
            (1, [1, 1, 1, 1]),
            (10, [1, 1, 2, 10]),
            (100, [1, 5, 20, 100]),
            (101, [2, 6, 21, 101]),
        ):
            self.assertEqual(scoring.pyramid_ranks(levels, population), expected)

    def test_pyramid_ranks_are_exact(self):
        rng = random.Random(7)
        for _number in range(500):
            cuts = sorted(rng.randint(1, 999_999) for _level in range(rng.randint(0, 5)))
            bounds = [0, *cuts, 1_000_000]
            shares = [(b - a) / 10_000 for a, b in zip(bounds, bounds[1:], strict=False)]
            population = rng.randint(0, 100_000)
            expected = [ceil(Fraction(cut, 1_000_000) * population) for cut in bounds[1:]]
            ranks = scoring.pyramid_ranks([{"share": share} for share in shares], population)
            self.assertEqual(ranks, expected)


@tagged("post_install", "-at_install")
class TestProposal(BaseCase):
    def test_two_digits_half_away_from_zero(self):
        for amount, expected in (
            (0, 0),
            (1250, 1300),
            (1249.99, 1200),
            (-1250, -1300),
            (99.5, 100),
            (0.0125, "0.013"),
            (7, 7),
            (123456789, 120000000),
        ):
            self.assertEqual(scoring.round_two_digits(amount), Decimal(str(expected)))

    def test_lines_fall(self):
        self.assertEqual(scoring.falling_lines([1000, 500, 200, 50]), [1000, 500, 200, 50])
        self.assertEqual(scoring.falling_lines([100, 100, 100, 100]), [100, 50, 25, 13])
        self.assertEqual(scoring.falling_lines([100, 0, 0, 0]), [100])
        self.assertEqual(scoring.falling_lines([0, 0]), [])
        self.assertEqual(scoring.falling_lines([-5]), [])
        self.assertEqual(scoring.falling_lines([]), [])

    def test_lines_are_always_valid_rules(self):
        rng = random.Random(5)
        for _number in range(500):
            amounts = sorted(rng.choice((0, 1, 5, 0.01, rng.random() * 10**6)) for _n in "1234")
            lines = scoring.falling_lines(amounts[::-1])
            levels = [{"min_amount": str(line)} for line in lines] + [{"catch_all": True}]
            self.assertEqual(scoring.rules_problems(rules("amount", *levels)), [])


@tagged("post_install", "-at_install")
class TestProblems(BaseCase):
    def codes(self, *args):
        return [code for code, _values in scoring.rules_problems(rules(*args))]

    def test_no_level(self):
        for method in ("amount", "pyramid", "abc", "rfm", "manual"):
            self.assertEqual(self.codes(method), ["no_level"])

    def test_codes(self):
        self.assertEqual(
            scoring.rules_problems(rules("manual", {"code": "X"}, {"code": "X"}, {"code": "Y"})),
            [("code_twice", {"code": "X"})],
        )

    def test_amounts_must_fall(self):
        self.assertEqual(self.codes("amount", {"min_amount": "5"}, {"min_amount": "4.99"}), [])
        self.assertEqual(
            self.codes("amount", {"min_amount": "5"}, {"min_amount": "5.00"}), ["line_not_falling"]
        )
        self.assertEqual(
            self.codes("amount", {"min_amount": "5"}, {"min_amount": "6"}), ["line_not_falling"]
        )

    def test_catch_all_is_last_and_its_amount_ignored(self):
        self.assertEqual(
            self.codes("amount", {"min_amount": "5"}, {"min_amount": "9", "catch_all": True}), []
        )
        self.assertEqual(
            self.codes("amount", {"catch_all": True}, {"min_amount": "9"}), ["catch_all_not_last"]
        )

    def test_shares_make_100(self):
        for method in ("pyramid", "abc"):
            self.assertEqual(self.codes(method, {"share": "33.3333"}, {"share": "66.6667"}), [])
            self.assertEqual(self.codes(method, {"share": 0.1}, {"share": 99.9}), [])
            self.assertEqual(self.codes(method, {"share": 50}, {"share": 49.9999}), ["share_total"])
            self.assertEqual(
                self.codes(method, {"share": 0}, {"share": 100}), ["share_not_positive"]
            )

    def test_points_must_fall(self):
        self.assertEqual(self.codes("rfm", {"min_score": 9}, {"min_score": 3}), [])
        self.assertEqual(
            self.codes("rfm", {"min_score": 3}, {"min_score": 3}), ["score_not_falling"]
        )

    def test_numbers_of_other_methods_do_not_matter(self):
        levels = (
            {"min_amount": "1", "share": 3, "min_score": 1},
            {"min_amount": "2", "min_score": 2},
        )
        self.assertEqual(self.codes("manual", *levels), [])
