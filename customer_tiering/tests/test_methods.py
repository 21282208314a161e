"""What each method makes of the same figures: the rules of arithmetic, ties included."""

from odoo.tests import tagged

from . import oracle
from .common import AS_OF, TieringCase

FIVE = (("Diamond", 200), ("Platinum", 100), ("Gold", 50), ("Member", 10), ("Ordinary", None))


class MethodCase(TieringCase):
    def sell(self, **amounts):
        """Give customers, named by keyword, one order each of the given amount."""
        return {
            name: self.make_order(self.make_partner(name), amount).partner_id
            for name, amount in amounts.items()
        }


@tagged("post_install", "-at_install")
class TestAmount(MethodCase):
    def test_best_level_whose_line_is_reached(self):
        scheme = self.make_scheme("amount", FIVE)
        self.sell(top=250, at_line=100, below_line=99.99, low=10, rest=9.99)
        self.assertEqual(
            self.earned_in(scheme),
            {
                "top": "Diamond",
                "at_line": "Platinum",
                "below_line": "Gold",
                "low": "Member",
                "rest": "Ordinary",
            },
        )

    def test_gap_between_lines_is_legal(self):
        """70,000 with Platinum from 100,000 and Gold from 10,000 is Gold."""
        scheme = self.make_scheme("amount", [("Platinum", 100_000), ("Gold", 10_000)])
        self.sell(between=70_000, under=9_000)
        self.assertEqual(self.earned_in(scheme), {"between": "Gold", "under": False})

    def test_catch_all_takes_zero_and_negative(self):
        scheme = self.make_scheme("amount", FIVE)
        self.sell(zero=0, negative=-30)
        self.assertEqual(self.earned_in(scheme), {"zero": "Ordinary", "negative": "Ordinary"})

    def test_catch_all_ignores_its_own_amount(self):
        scheme = self.make_scheme("amount", [("Gold", 50), ("Rest", None)])
        scheme.tier_ids[-1].min_amount = 1_000_000
        self.sell(small=1)
        self.assertEqual(self.earned_in(scheme), {"small": "Rest"})

    def test_zero_and_negative_lines(self):
        scheme = self.make_scheme("amount", [("Zero", 0), ("Minus", -100)])
        self.sell(zero=0, minus=-0.01, deep=-100.01)
        self.assertEqual(self.earned_in(scheme), {"zero": "Zero", "minus": "Minus", "deep": False})

    def test_archived_level_is_not_given(self):
        scheme = self.make_scheme("amount", FIVE)
        self.sell(top=250)
        scheme.tier_ids[0].active = False
        self.assertEqual(self.earned_in(scheme), {"top": "Platinum"})

    def test_order_of_levels_is_their_sequence(self):
        scheme = self.make_scheme("amount", [("Low", 10), ("High", 20)][::-1])
        self.assertEqual(scheme.tier_ids.mapped("name"), ["High", "Low"])
        self.sell(rich=30, poor=15)
        self.assertEqual(self.earned_in(scheme), {"rich": "High", "poor": "Low"})

    def test_nobody(self):
        scheme = self.make_scheme("amount", FIVE)
        self.assertEqual(scheme.evaluate_rows(AS_OF), [])
        self.assertEqual(self.evaluate(scheme)["graded"], 0)

    def test_only_last_level_catches_all(self):
        scheme = self.make_scheme("amount", [("Everybody", None)])
        self.sell(one=-5)
        self.assertEqual(self.earned_in(scheme), {"one": "Everybody"})


@tagged("post_install", "-at_install")
class TestPyramid(MethodCase):
    def test_ranks_are_rounded_up(self):
        """10 customers at 1/4/15/80: ranks 1, 1, 2 and 10 are the last of their level."""
        scheme = self.make_scheme("pyramid", [("A", 1), ("B", 4), ("C", 15), ("D", 80)])
        self.sell(**{f"n{rank:02}": 1000 - rank for rank in range(1, 11)})
        earned = self.earned_in(scheme)
        self.assertEqual(earned.pop("n01"), "A")
        self.assertEqual(earned.pop("n02"), "C")
        self.assertEqual(set(earned.values()), {"D"})

    def test_equal_amounts_share_the_better_rank(self):
        scheme = self.make_scheme("pyramid", [("A", 25), ("B", 75)])
        self.sell(a=10, b=10, c=10, d=5)
        self.assertEqual(self.earned_in(scheme), {"a": "A", "b": "A", "c": "A", "d": "B"})

    def test_exact_decimals(self):
        """3 × 33.3333 + 0.0001 is 100 exactly; a third of three customers is one, not two."""
        scheme = self.make_scheme(
            "pyramid", [("A", 33.3333), ("B", 33.3333), ("C", 33.3333), ("D", 0.0001)]
        )
        self.sell(a=3, b=2, c=1)
        self.assertEqual(self.earned_in(scheme), {"a": "A", "b": "B", "c": "C"})

    def test_shares_that_floats_cannot_add(self):
        """0.1 + 0.2 of 1000 customers are 3 of them; in floats it would be 4."""
        scheme = self.make_scheme("pyramid", [("A", 0.1), ("B", 0.2), ("C", 99.7)])
        partners = self.env["res.partner"].create(
            [{"name": f"p{number:04}"} for number in range(1000)]
        )
        self.insert_orders(
            [(partner.id, 5000 - number, AS_OF) for number, partner in enumerate(partners)]
        )
        earned = self.earned_in(scheme)
        self.assertEqual([earned[f"p{number:04}"] for number in range(4)], ["A", "B", "B", "C"])

    def test_one_customer_is_the_best(self):
        scheme = self.make_scheme("pyramid", [("A", 1), ("B", 99)])
        self.sell(only=-10)
        self.assertEqual(self.earned_in(scheme), {"only": "A"})

    def test_negative_amounts_have_ranks(self):
        scheme = self.make_scheme("pyramid", [("A", 50), ("B", 50)])
        self.sell(plus=1, zero=0, minus=-1, deep=-2)
        self.assertEqual(
            self.earned_in(scheme), {"plus": "A", "zero": "A", "minus": "B", "deep": "B"}
        )

    def test_nobody(self):
        scheme = self.make_scheme("pyramid", [("A", 1), ("B", 99)])
        self.assertEqual(self.evaluate(scheme)["graded"], 0)
        self.assertEqual(scheme.tier_ids.mapped("line_value"), [0, 0])


@tagged("post_install", "-at_install")
class TestAbc(MethodCase):
    LEVELS = (("A", 80), ("B", 15), ("C", 5))

    def test_levels_by_cumulative_value(self):
        scheme = self.make_scheme("abc", self.LEVELS)
        self.sell(a=70, b=20, c=6, d=4)
        # better customers make 0, 70, 90 and 96 of 100
        self.assertEqual(self.earned_in(scheme), {"a": "A", "b": "A", "c": "B", "d": "C"})

    def test_border_belongs_to_the_next_level(self):
        """Cumulative share × V > 100 × B is strict: exactly 80 % before him is B."""
        scheme = self.make_scheme("abc", self.LEVELS)
        self.sell(a=80, b=15, c=5)
        self.assertEqual(self.earned_in(scheme), {"a": "A", "b": "B", "c": "C"})

    def test_equal_values_stand_together(self):
        scheme = self.make_scheme("abc", self.LEVELS)
        self.sell(a=50, b=50)
        self.assertEqual(self.earned_in(scheme), {"a": "A", "b": "A"})

    def test_zero_and_negative_are_last_and_weigh_nothing(self):
        scheme = self.make_scheme("abc", self.LEVELS)
        self.sell(a=80, b=20, zero=0, minus=-1000)
        self.assertEqual(self.earned_in(scheme), {"a": "A", "b": "B", "zero": "C", "minus": "C"})

    def test_no_value_at_all_is_the_last_level(self):
        scheme = self.make_scheme("abc", self.LEVELS)
        self.sell(zero=0, minus=-5)
        self.assertEqual(self.earned_in(scheme), {"zero": "C", "minus": "C"})

    def test_one_customer_makes_all_the_value(self):
        scheme = self.make_scheme("abc", self.LEVELS)
        self.sell(only=3)
        self.assertEqual(self.earned_in(scheme), {"only": "A"})

    def test_single_level(self):
        scheme = self.make_scheme("abc", [("Everybody", 100)])
        self.sell(one=3, other=0)
        self.assertEqual(set(self.earned_in(scheme).values()), {"Everybody"})

    def test_nobody(self):
        self.assertEqual(self.evaluate(self.make_scheme("abc", self.LEVELS))["graded"], 0)


@tagged("post_install", "-at_install")
class TestRfm(MethodCase):
    LEVELS = (("High", 13), ("Middle", 8), ("Low", 0))

    def scores(self, scheme):
        return {
            name: (row["r_score"], row["f_score"], row["m_score"])
            for name, row in self.rows_of(scheme).items()
        }

    def test_scores_count_who_is_strictly_smaller(self):
        """Five customers in five places get 1 to 5; recency, frequency and amount apart."""
        scheme = self.make_scheme("rfm", self.LEVELS)
        partners = self.make_partners(*"abcde")
        for position, partner in enumerate(partners):
            for _order in range(position + 1):
                self.make_order(partner, 10 * (5 - position), f"2024-0{5 - position}-01")
        amounts = {name: row["amount"] for name, row in self.rows_of(scheme).items()}
        self.assertEqual(amounts, {"a": 50, "b": 80, "c": 90, "d": 80, "e": 50})
        self.assertEqual(
            self.scores(scheme),
            {"a": (5, 1, 1), "b": (4, 2, 3), "c": (3, 3, 5), "d": (2, 4, 3), "e": (1, 5, 1)},
        )

    def test_ties_share_the_lower_score(self):
        scheme = self.make_scheme("rfm", self.LEVELS)
        self.sell(a=1, b=1, c=1, d=9)
        self.assertEqual(
            self.scores(scheme), {"a": (1, 1, 1), "b": (1, 1, 1), "c": (1, 1, 1), "d": (1, 1, 4)}
        )

    def test_one_customer_has_the_lowest_scores(self):
        """L = 0 for everything: 1 + ⌊5 × 0 ⁄ 1⌋."""
        scheme = self.make_scheme("rfm", self.LEVELS)
        self.sell(only=100)
        self.assertEqual(self.scores(scheme), {"only": (1, 1, 1)})
        self.assertEqual(self.earned_in(scheme), {"only": "Low"})

    def test_weights(self):
        scheme = self.make_scheme(
            "rfm", [("Rich", 4), ("Poor", 1)], weight_r=0, weight_f=0, weight_m=1
        )
        self.sell(a=1, b=2, c=3, d=4, e=5)
        self.assertEqual(
            self.earned_in(scheme),
            {"a": "Poor", "b": "Poor", "c": "Poor", "d": "Rich", "e": "Rich"},
        )

    def test_points_below_every_line(self):
        scheme = self.make_scheme("rfm", [("High", 15)])
        self.sell(only=100)
        self.assertEqual(self.earned_in(scheme), {"only": False})

    def test_segment_is_the_first_that_fits(self):
        segments = self.env["customer.rfm.segment"]
        segments.search([]).unlink()
        wide = segments.create({"name": "Wide", "sequence": 20})
        narrow = segments.create(
            {"name": "Narrow", "sequence": 10, "r_min": 1, "r_max": 1, "fm_min": 1, "fm_max": 1.5}
        )
        scheme = self.make_scheme("rfm", self.LEVELS)
        self.sell(a=1, b=1, c=1, d=9)
        rows = self.rows_of(scheme)
        self.assertEqual(rows["a"]["rfm_segment"], narrow.id)
        self.assertEqual(rows["d"]["rfm_segment"], wide.id)

    def test_no_segment_fits(self):
        segments = self.env["customer.rfm.segment"]
        segments.search([]).unlink()
        segments.create({"name": "Best", "r_min": 5})
        scheme = self.make_scheme("rfm", self.LEVELS)
        self.sell(only=1)
        self.assertIs(self.rows_of(scheme)["only"]["rfm_segment"], False)

    def test_shipped_segments_leave_nobody_out(self):
        """Every pair of recency and (F+M)/2 falls into one of the shipped segments."""
        shipped = self.env["customer.rfm.segment"].search([])
        for r in range(1, 6):
            for fm in range(2, 11):
                fitting = shipped.filtered(
                    lambda s, r=r, fm=fm: (
                        s.r_min <= r <= s.r_max and s.fm_min <= fm / 2 <= s.fm_max
                    )
                )
                self.assertTrue(fitting, (r, fm / 2))

    def test_scores_are_computed_for_every_method(self):
        scheme = self.make_scheme("amount", FIVE)
        self.sell(a=1, b=2, c=3, d=4, e=5)
        self.assertEqual(
            [row["m_score"] for _name, row in sorted(self.rows_of(scheme).items())],
            [1, 2, 3, 4, 5],
        )


@tagged("post_install", "-at_install")
class TestManual(MethodCase):
    def setUp(self):
        super().setUp()
        self.scheme = self.make_scheme("manual", [("Friend", 0), ("Guest", 0)])
        self.friend, self.guest = self.scheme.tier_ids

    def set_level(self, partner, tier):
        return self.Standing.create(
            {"scheme_id": self.scheme.id, "partner_id": partner.id, "tier_id": tier.id}
        )

    def test_population_is_who_has_a_level_by_hand(self):
        buyers = self.sell(one=10, two=20)
        self.set_level(buyers["two"], self.friend)
        without_order = self.make_partner("never bought")
        self.set_level(without_order, self.guest)
        self.assertEqual(self.earned_in(self.scheme), {"two": "Friend", "never bought": "Guest"})
        self.assertEqual(self.evaluate(self.scheme)["graded"], 2)

    def test_evaluation_brings_figures_and_keeps_the_level(self):
        buyers = self.sell(one=10)
        standing = self.set_level(buyers["one"], self.guest)
        self.assertEqual(standing.amount, 0)
        result = self.evaluate(self.scheme)
        self.assertEqual(standing.amount, 10)
        self.assertEqual(standing.tier_id, self.guest)
        self.assertEqual((result["up"], result["down"]), (0, 0))
        self.assertEqual(len(self.history_of(self.scheme, buyers["one"])), 1)

    def test_level_by_hand_writes_both_and_history_at_once(self):
        partner = self.make_partner("by hand")
        standing = self.set_level(partner, self.guest)
        standing.write({"tier_id": self.friend.id})
        standing.write({"tier_id": False})
        self.assertFalse(standing.earned_tier_id)
        history = self.history_of(self.scheme, partner)
        self.assertEqual(history.mapped("trigger"), ["manual"] * 3)
        self.assertEqual(history.mapped("direction"), ["up", "up", "down"])
        self.assertEqual(
            [(row.from_tier_id, row.to_tier_id) for row in history],
            [
                (self.guest.browse(), self.guest),
                (self.guest, self.friend),
                (self.friend, self.guest.browse()),
            ],
        )
        self.assertEqual(history[-1].reason, "Level set by hand by OdooBot.")

    def test_same_level_again_makes_no_history(self):
        partner = self.make_partner()
        standing = self.set_level(partner, self.guest)
        standing.write({"tier_id": self.guest.id})
        self.assertEqual(len(self.history_of(self.scheme, partner)), 1)

    def test_nobody(self):
        self.sell(one=10)
        self.assertEqual(self.evaluate(self.scheme)["graded"], 0)
        self.assertEqual(self.levels_in(self.scheme), {"one": False})


@tagged("post_install", "-at_install")
class TestAgainstOracle(TieringCase):
    """Random customers against a second, naive computation in plain Python."""

    def make_schemes(self):
        return [
            self.make_scheme("amount", [("A", 300), ("B", 100), ("C", 0)]),
            self.make_scheme("pyramid", [("A", 1), ("B", 4), ("C", 15), ("D", 80)]),
            self.make_scheme("pyramid", [("A", 12.5), ("B", 37.5), ("C", 50)]),
            self.make_scheme("abc", [("A", 80), ("B", 15), ("C", 5)]),
            self.make_scheme("abc", [("A", 50), ("B", 30), ("C", 20)]),
            self.make_scheme(
                "rfm", [("A", 20), ("B", 12), ("C", 5)], weight_r=2, weight_f=1, weight_m=2
            ),
        ]

    def test_every_method_on_random_customers(self):
        schemes = self.make_schemes()
        for seed in (1, 2, 3):
            documents = oracle.random_documents(seed, self.make_many(80), AS_OF)
            self.env.cr.execute("UPDATE sale_order SET state = 'cancel'")
            self.insert_orders(documents)
            for scheme in schemes:
                with self.subTest(seed=seed, scheme=scheme.name):
                    expected = oracle.grade(scheme, documents, AS_OF)
                    self.assertGreater(len(expected), 50)
                    self.assertEqual(oracle.simplify(scheme.evaluate_rows(AS_OF)), expected)

    def make_many(self, number):
        return (
            self.env["res.partner"]
            .create([{"name": f"Random {index}"} for index in range(number)])
            .ids
        )
