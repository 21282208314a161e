"""What is about to change, and reviewing it before it does."""

import random
from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import Form, freeze_time, tagged

from . import oracle
from .common import StabilityCase, TieringCase
from .test_life import LEVELS


def plain(text):
    return (text or "").replace("\xa0", " ")


@tagged("post_install", "-at_install")
class TestAhead(StabilityCase):
    """ "Keeps Gold if 12,300 more by 31 March.\" """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_operative(
            cls.make_monthly(levels=(("Gold", 20_000), ("Silver", 10_000)), window_months=12)
        )
        cls.insert_orders(
            [
                (cls.ann.id, 7_700, "2023-06-15"),
                (cls.ann.id, 13_000, "2023-03-10"),
                (cls.bob.id, 9_100, "2023-06-15"),
                (cls.cid.id, 5_000, "2023-06-15"),
                (cls.dan.id, 20_000, "2023-03-10"),
            ]
        )

    def ahead(self, partner, day):
        """Return what the screen says of a customer at noon of a day."""
        self.night(self.scheme, day=day)
        standing = self.standing_of(self.scheme, partner)
        standing.invalidate_recordset()
        with freeze_time(f"{day} 12:00:00"):
            return standing.change_ahead, str(standing.change_date), plain(standing.change_hint)

    def test_keeps_if(self):
        self.night(self.scheme, day="2024-03-01")
        self.assertEqual(
            self.ahead(self.ann, "2024-03-20"),
            ("fall", "2024-03-31", "Keeps Gold if 12,300.00 € more by 03/31/2024."),
        )
        seller = self.make_user("own")
        self.ann.user_id = seller
        with freeze_time("2024-03-20 12:00:00"):
            partner = self.ann.with_user(seller)
            self.assertEqual(
                plain(partner.tier_change_hint), "Keeps Gold if 12,300.00 € more by 03/31/2024."
            )
            self.assertEqual(partner.tier_amount_to_keep, 12_300)
            stranger = self.make_user("own")
            self.assertFalse(self.ann.with_user(stranger).tier_change_hint)

    def test_buying_that_much_keeps_it(self):
        for missing, kept in ((0, "Gold"), (0.01, "")):
            scheme = self.make_monthly(
                levels=(("Gold", 20_000),), window_months=12, hysteresis=5, decision="quarterly"
            )
            partner = self.make_partner()
            self.buy(partner, 20_000, "2023-03-10")
            self.night(scheme, day="2024-03-01")
            self.night(scheme, day="2024-03-20")
            standing = self.standing_of(scheme, partner)
            self.assertEqual((standing.amount_to_keep, standing.amount), (19_000, 0))
            self.buy(partner, 19_000 - missing, "2024-03-25")
            self.night(scheme, day="2024-04-01")
            self.assertEqual(self.held_by(scheme, partner), kept)

    def test_nothing_bought_at_all(self):
        self.night(self.scheme, day="2024-03-01")
        self.assertEqual(
            self.ahead(self.dan, "2024-03-20"),
            ("fall", "2024-03-31", "Keeps Gold if 20,000.00 € are bought by 03/31/2024."),
        )

    def test_what_leaves_the_period_by_then_is_needed_too(self):
        """The customer on the phone is told what Coming Decisions says."""
        eve = self.make_partner()
        self.insert_orders(
            [
                (eve.id, 12_400, "2023-03-10"),
                (eve.id, 8_000, "2023-03-28"),
                (eve.id, 3_000, "2023-06-15"),
            ]
        )
        self.night(self.scheme, day="2024-03-01")
        hint = "Keeps Gold if 17,000.00 € more by 03/31/2024."
        self.assertEqual(self.ahead(eve, "2024-03-15")[2], hint)
        self.assertEqual(self.ahead(eve, "2024-03-20")[2], hint)
        self.assertEqual(self.standing_of(self.scheme, eve).amount_to_keep, 9_000)
        line = self.env["customer.tier.decision"].search([("partner_id", "=", eve.id)])
        self.assertEqual(line.needed, 17_000)
        line.action_accept()
        self.assertEqual(self.ahead(eve, "2024-03-20")[2], hint)
        self.buy(eve, 17_000, "2024-03-25")
        self.night(self.scheme, day="2024-04-01")
        self.assertEqual(self.held_by(self.scheme, eve), "Gold")

    def test_needs_are_read_once(self):
        self.night(self.scheme, day="2024-03-01")
        self.night(self.scheme, day="2024-03-20")
        calls = []
        model = type(self.Scheme)
        original = model._read_values
        self.patch(
            model,
            "_read_values",
            lambda this, *args: calls.append(args) or original(this, *args),
        )
        standings = self.Standing.search([("scheme_id", "=", self.scheme.id)])
        with freeze_time("2024-03-20 12:00:00"):
            self.assertGreater(standings.mapped("change_ahead").count("fall"), 1)
            self.assertTrue(any(standings.mapped("change_hint")))
            days = {standing.change_date for standing in standings if standing.change_date}
        self.assertLessEqual(len(calls), len(days))

    def test_a_calendar_year_loses_nothing_until_it_ends(self):
        scheme = self.make_monthly(
            levels=(("Gold", 20_000),), window_type="calendar", grace_decisions=3
        )
        partner = self.make_partner()
        self.buy(partner, 20_000, "2023-06-15")
        self.night(scheme, day="2023-12-20")
        self.buy(partner, 500, "2024-01-10")
        for day, hint in (
            ("2024-02-05", "Keeps Gold if 19,500.00 € more by 03/31/2024."),
            ("2024-03-05", "Keeps Gold if 19,500.00 € more by 03/31/2024."),
        ):
            self.night(scheme, day=day)
            standing = self.standing_of(scheme, partner)
            standing.invalidate_recordset()
            with freeze_time(f"{day} 12:00:00"):
                self.assertEqual(plain(standing.change_hint), hint)

    def test_near_the_next(self):
        self.assertEqual(
            self.ahead(self.bob, "2024-03-01"),
            ("near", "False", "Only 900.00 € more would make Silver."),
        )
        self.assertEqual(self.ahead(self.cid, "2024-03-01"), (False, "False", ""))

    def test_will_rise(self):
        self.scheme.rise = "decision"
        self.night(self.scheme, day="2024-03-01")
        self.buy(self.bob, 900, "2024-03-05")
        self.assertEqual(
            self.ahead(self.bob, "2024-03-06"),
            ("rise", "2024-03-31", "Rises to Silver on 03/31/2024."),
        )

    def test_the_date_knows_grace(self):
        self.scheme.grace_decisions = 3
        self.night(self.scheme, day="2024-03-01")
        self.assertEqual(self.ahead(self.ann, "2024-03-20")[1], "2024-05-31")
        self.assertEqual(self.ahead(self.ann, "2024-04-01")[1], "2024-05-31")
        self.assertEqual(self.ahead(self.ann, "2024-05-31")[1], "2024-05-31")

    def test_the_date_knows_the_minimum_stay(self):
        self.scheme.min_stay_days = 61
        self.night(self.scheme, day="2024-03-01")
        # 1 March + 61 days = 1 May
        self.assertEqual(self.ahead(self.ann, "2024-03-20")[1], "2024-05-31")
        self.scheme.min_stay_days = 60
        self.assertEqual(self.ahead(self.ann, "2024-03-20")[1], "2024-04-30")

    def test_locked(self):
        self.night(self.scheme, day="2024-03-01")
        standing = self.standing_of(self.scheme, self.ann)
        with freeze_time("2024-03-02 12:00:00"):
            standing.lock_level(self.scheme.tier_ids[0], "2024-04-15", "New contract")
        self.assertEqual(
            self.ahead(self.ann, "2024-03-20"),
            (False, "False", "Locked at Gold until 04/15/2024: New contract"),
        )

    def test_held(self):
        self.night(self.scheme, day="2024-03-01")
        standing = self.standing_of(self.scheme, self.ann)
        with freeze_time("2024-03-02 12:00:00"):
            standing.hold_level("2024-04-15", "New contract")
        self.assertEqual(
            self.ahead(self.ann, "2024-03-20"),
            ("fall", "False", "Does not fall below Gold until 04/15/2024: New contract"),
        )

    def test_points(self):
        scheme = self.make_monthly("rfm", [("Best", 10), ("Rest", 3)], window_months=12)
        self.night(scheme, day="2024-03-01")
        self.assertEqual(self.held_by(scheme, self.ann), "Best")
        self.night(scheme, day="2024-03-20")
        standing = self.standing_of(scheme, self.ann)
        with freeze_time("2024-03-20 12:00:00"):
            self.assertEqual(
                standing.change_hint, "Loses Best on 03/31/2024 if the figures stay so."
            )

    def test_the_date_comes_true(self):
        """Nothing more is bought: each fall happens on the day foretold, by any settings."""
        for seed in range(4):
            rng = random.Random(seed)
            scheme = self.make_scheme(
                "amount",
                LEVELS["amount"],
                decision=rng.choice(("monthly", "quarterly")),
                grace_decisions=rng.choice((1, 2, 3)),
                min_stay_days=rng.choice((0, 45, 90)),
                max_steps_down=rng.choice((0, 1)),
                hysteresis=rng.choice((0, 5)),
                window_months=3,
            )
            partners = [self.make_partner() for _number in range(30)]
            self.insert_orders(
                [
                    (
                        partner.id,
                        rng.choice((9, 10, 30, 95, 100, 300)),
                        date(2023, 12, 1) + timedelta(rng.randint(0, 120)),
                    )
                    for partner in partners
                    for _number in range(3)
                ]
            )
            self.night(scheme, day="2024-02-10")
            foretold = {}
            last = date(2024, 4, 1)
            for day in ("2024-03-01", "2024-04-01", "2024-04-20", "2024-05-02"):
                self.night(scheme, day=day)
                last = date.fromisoformat(day)
                falls = self.Standing.search(
                    [("scheme_id", "=", scheme.id), ("change_ahead", "=", "fall")]
                )
                with freeze_time(f"{day} 12:00:00"):
                    foretold = {standing.partner_id: standing.change_date for standing in falls}
            self.assertGreater(len(foretold), 3)
            self.night(scheme, day="2025-01-01")
            for partner, day in foretold.items():
                falls = [
                    row.date
                    for row in self.history_of(scheme, partner)
                    if row.direction == "down" and row.date >= last
                ]
                self.assertEqual(falls[0], day)

    def test_what_leaves_the_period_by_then_does_not_count(self):
        scheme = self.make_monthly(levels=(("Gold", 1000),), window_months=2)
        self.insert_orders([(self.ann.id, 700, "2024-02-05"), (self.ann.id, 500, "2024-02-20")])
        self.env.cr.execute(
            "DELETE FROM sale_order WHERE partner_id = %s AND date_order < '2024-01-01'",
            [self.ann.id],
        )
        self.night(scheme, day="2024-02-25")
        self.buy(self.ann, -300, "2024-04-01")
        self.night(scheme, day="2024-04-02")
        standing = self.standing_of(scheme, self.ann)
        with freeze_time("2024-04-02 12:00:00"):
            self.assertEqual((standing.amount_to_keep, standing.needed_by_date), (100, 1300))
            self.assertEqual(
                plain(standing.change_hint), "Keeps Gold if 1,300.00 € are bought by 04/30/2024."
            )

    def test_buying_what_the_hint_says_keeps_the_level(self):
        """And a cent less loses it, on the day said."""
        kept = lost = 0
        for seed in range(3):
            rng = random.Random(seed)
            self.env.cr.execute("DELETE FROM sale_order WHERE company_id = %s", [self.company.id])
            scheme = self.make_scheme(
                "amount",
                LEVELS["amount"],
                decision="monthly",
                grace_decisions=rng.choice((1, 2)),
                min_stay_days=rng.choice((0, 45)),
                hysteresis=rng.choice((0, 5, 7.77)),
                window_months=3,
            )
            partners = [self.make_partner() for _number in range(40)]
            self.insert_orders(
                [
                    (
                        partner.id,
                        rng.choice((9, 10.01, 30, 95, 100, 300)),
                        date(2023, 12, 1) + timedelta(rng.randint(0, 120)),
                    )
                    for partner in partners
                    for _number in range(3)
                ]
            )
            self.night(scheme, day="2024-02-10")
            self.night(scheme, day="2024-04-10")
            falls = self.Standing.search(
                [("scheme_id", "=", scheme.id), ("change_ahead", "=", "fall")]
            )
            expected = []
            with freeze_time("2024-04-10 12:00:00"):
                for number, standing in enumerate(falls.filtered("needed_by_date")):
                    missing = 0.01 * (number % 2)
                    day = standing.change_date
                    self.buy(standing.partner_id, standing.needed_by_date - missing, day)
                    expected.append((standing, day, bool(missing)))
            for day in sorted({day for _standing, day, _missing in expected}):
                self.night(scheme, day=day + timedelta(days=1))
                self.env.invalidate_all()
                for standing, decided, missing in expected:
                    if decided == day:
                        rows = self.history_of(scheme, standing.partner_id)
                        fell = any(row.date == day and row.direction == "down" for row in rows)
                        self.assertEqual(fell, missing, (seed, standing.partner_id.name))
                        kept, lost = kept + (not missing), lost + missing
        self.assertTrue(kept > 5 and lost > 5)


@tagged("post_install", "-at_install")
class TestSearchAhead(TieringCase):
    """What the filters find is what the column shows."""

    def check_searches(self, scheme, day):
        mine = Domain("scheme_id", "=", scheme.id)
        everything = self.Standing.search(mine)
        # a second night must find nothing left to flush
        shown = {standing: standing.change_ahead for standing in everything}
        for kind in ("fall", "rise", "near", False):
            found = self.Standing.search(mine & Domain("change_ahead", "=", kind))
            expected = everything.filtered(lambda standing, kind=kind: shown[standing] == kind)
            self.assertEqual(found, expected, (scheme.method, kind, day))
            found = self.Standing.search(mine & Domain("change_ahead", "!=", kind))
            self.assertEqual(found, everything - expected)
        found = self.Standing.search(mine & Domain("change_ahead", "in", ["fall", False]))
        self.assertEqual(
            found, everything.filtered(lambda standing: shown[standing] in ("fall", False))
        )
        differing = everything.filtered(
            lambda standing: standing.tier_id != standing.earned_tier_id
        )
        for value in (True, False):
            found = self.Standing.search(mine & Domain("differs", "=", value))
            self.assertEqual(found, differing if value else everything - differing)
        self.assertEqual(differing, everything.filtered("differs"))
        return shown

    def test_equals_the_value_shown(self):
        seen = {}
        for number, (method, levels) in enumerate(LEVELS.items()):
            for measure in ("revenue", "quantity") if method == "amount" else ("revenue",):
                rng = random.Random(number)
                scheme = self.make_scheme(
                    method,
                    levels,
                    decision="monthly",
                    grace_decisions=3,
                    hysteresis=rng.choice((0, 5, 40)),
                    rise="decision",
                    window_months=2,
                    measure=measure,
                )
                partners = [self.make_partner() for _number in range(60)]
                for day in ("2024-03-02", "2024-03-30", "2024-04-20", "2024-07-01"):
                    ids = rng.sample([partner.id for partner in partners], 40)
                    self.insert_orders(
                        oracle.random_documents(rng.random(), ids, date.fromisoformat(day))
                    )
                    self.night(scheme, day=day)
                    some = self.Standing.search([("scheme_id", "=", scheme.id)])
                    with freeze_time(f"{day} 10:00:00"):
                        until = "2024-04-19" if day < "2024-04" else "2024-12-31"
                        some[::9].lock_level(rng.choice(scheme.tier_ids), until, "Test")
                        some[1::9].filtered("tier_id").hold_level(until, "Test")
                        shown = self.check_searches(scheme, day)
                        for kind in shown.values():
                            seen[method, kind] = seen.get((method, kind), 0) + 1
                self.env.cr.execute(
                    "DELETE FROM sale_order WHERE company_id = %s", [self.company.id]
                )
        for method in LEVELS:
            for kind in ("fall", "rise", False):
                self.assertTrue(seen.get((method, kind)), f"{method} {kind}: never seen")
        self.assertTrue(seen.get(("amount", "near")) and seen.get(("rfm", "near")))

    def test_lines_at_zero(self):
        """A line of nothing is a line: who takes back more than he bought may fall from it."""
        scheme = self.make_scheme("amount", [("Some", 100), ("Any", 0)], decision="monthly")
        ann, bob, cid = self.make_partners("Ann", "Bob", "Cid")
        self.insert_orders(
            [(ann.id, 5, "2024-01-05"), (bob.id, 5, "2024-01-05"), (cid.id, 95, "2024-01-05")]
        )
        self.night(scheme, day="2024-01-10")
        self.insert_orders([(ann.id, -6, "2024-01-11"), (bob.id, -5, "2024-01-11")])
        self.night(scheme, day="2024-01-12")
        shown = self.check_searches(scheme, "2024-01-12")
        self.assertEqual(
            {standing.partner_id: kind for standing, kind in shown.items()},
            {ann: "fall", bob: False, cid: "near"},
        )

    def test_the_day_is_that_of_the_scheme(self):
        """A lock through today holds until midnight where the scheme is."""
        scheme = self.make_scheme("amount", [("Gold", 100)], decision="monthly", tz="Asia/Shanghai")
        ann = self.make_partner()
        self.buy(ann, 100, "2024-01-05")
        self.night(scheme, day="2024-01-10")
        standing = self.standing_of(scheme, ann)
        with freeze_time("2024-01-10 02:00:00"):
            standing.lock_level(scheme.tier_ids, "2024-01-20", "Test")
        self.env.cr.execute("DELETE FROM sale_order WHERE partner_id = %s", [ann.id])
        self.night(scheme, day="2024-01-15")
        for moment, kind in (("2024-01-20 15:59:00", False), ("2024-01-20 16:01:00", "fall")):
            self.env.invalidate_all()
            with freeze_time(moment):
                self.assertEqual(standing.change_ahead, kind)
                self.assertEqual(
                    bool(
                        self.Standing.search(
                            [("scheme_id", "=", scheme.id), ("change_ahead", "=", "fall")]
                        )
                    ),
                    kind == "fall",
                )

    def test_freezes_are_read_once(self):
        scheme = self.make_scheme("amount", [("Gold", 100)], decision="monthly", window_months=1)
        partners = [self.make_partner() for _number in range(20)]
        self.insert_orders([(partner.id, 100, "2024-01-05") for partner in partners])
        self.night(scheme, day="2024-01-10")
        self.night(scheme, day="2024-02-10")
        calls = []
        original = type(scheme)._freeze_sql
        self.patch(
            type(scheme), "_freeze_sql", lambda this, day: calls.append(day) or original(this, day)
        )
        standings = self.Standing.search([("scheme_id", "=", scheme.id)])
        with freeze_time("2024-02-10 12:00:00"):
            self.assertEqual(set(standings.mapped("change_ahead")), {"fall"})
            self.assertTrue(all(standings.mapped("change_hint")))
        self.assertEqual(len(calls), 1)


class DecisionCase(StabilityCase):
    """Falls and a rise on 29 February: Ann from Gold, Bob from Silver, Cid rises to Gold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Decision = cls.env["customer.tier.decision"]
        cls.scheme = cls.make_operative(cls.make_monthly(rise="decision", max_steps_down=1))
        cls.gold, cls.silver, cls.bronze = cls.scheme.tier_ids
        cls.head = cls.make_user("team", name="Head")
        cls.seller = cls.make_user("own", name="Seller", care_manager_id=cls.head.id)
        cls.other_seller = cls.make_user("own", name="Other Seller")
        cls.manager = cls.make_user("manager", name="Manager")
        (cls.ann | cls.cid).user_id = cls.seller
        cls.bob.user_id = cls.other_seller
        cls.insert_orders(
            [
                (cls.ann.id, 1500, "2024-01-15"),
                (cls.bob.id, 150, "2024-01-15"),
                (cls.cid.id, 20, "2024-01-15"),
                (cls.dan.id, 20, "2024-01-15"),
                (cls.cid.id, 1000, "2024-02-10"),
                (cls.dan.id, 20, "2024-02-10"),
            ]
        )

    def list_up(self, day="2024-02-20"):
        self.night(self.scheme, day="2024-02-01")
        self.night(self.scheme, day=day)
        return self.lines()

    def lines(self, **states):
        self.env.invalidate_all()
        return self.Decision.search([("scheme_id", "=", self.scheme.id)])

    def line_of(self, partner):
        return self.lines().filtered(lambda line: line.partner_id == partner)

    def states(self):
        return {line.partner_id.name: line.state for line in self.lines()}


@tagged("post_install", "-at_install")
class TestComingDecisions(DecisionCase):
    def test_listed_so_many_days_before(self):
        self.night(self.scheme, day="2024-02-01")
        self.night(self.scheme, day="2024-02-14")
        self.assertFalse(self.lines(), "15 days before")
        self.night(self.scheme, day="2024-02-15")
        self.assertEqual(self.lines().partner_id, self.ann | self.bob | self.cid)
        self.scheme.review_days = 3
        self.night(self.scheme, day="2024-02-16")
        self.assertEqual(set(self.states().values()), {"avoided"})
        self.night(self.scheme, day="2024-02-26")
        self.assertEqual(set(self.states().values()), {"open"})

    def test_nothing_to_review_with_archived_customers(self):
        self.list_up()
        self.ann.active = False
        self.night(self.scheme, day="2024-02-21")
        self.assertEqual(
            self.states(), {self.ann.name: "avoided", self.bob.name: "open", self.cid.name: "open"}
        )
        self.night(self.scheme, day="2024-03-01")
        self.assertEqual(self.held_by(self.scheme, self.ann), "Silver", "levels go on")

    def test_a_line_says_everything(self):
        self.list_up()
        line = self.line_of(self.ann)
        self.assertEqual(
            (line.from_tier_id, line.to_tier_id, line.direction, line.date, line.state),
            (self.gold, self.silver, "fall", date(2024, 2, 29), "open"),
        )
        self.assertEqual((line.user_id, line.company_id), (self.seller, self.company))
        self.assertEqual((line.value_on_day, line.line, line.needed), (0, 1000, 1000))
        self.assertEqual(
            plain(line.reason), "Nothing bought in the period by then; Gold needs 1,000.00 €."
        )
        rise = self.line_of(self.cid)
        self.assertEqual(
            (rise.from_tier_id, rise.to_tier_id, rise.direction), (self.bronze, self.gold, "rise")
        )
        self.assertEqual(plain(rise.reason), "1,000.00 € then reach the line of Gold: 1,000.00 €.")
        self.assertEqual((rise.amount, rise.needed), (1000, 0))

    def test_documents_that_leave_the_period_by_then_do_not_count(self):
        scheme = self.make_operative(self.make_monthly(window_months=2))
        self.buy(self.ann, 600, "2024-02-05")
        self.night(scheme, day="2024-02-12")
        self.assertEqual(self.held_by(scheme, self.ann), "Gold")
        self.night(scheme, day="2024-03-10")
        self.assertEqual(self.standing_of(scheme, self.ann).amount, 2100)
        self.night(scheme, day="2024-03-18")
        line = self.Decision.search(
            [("scheme_id", "=", scheme.id), ("partner_id", "=", self.ann.id)]
        )
        self.assertEqual((line.value_on_day, line.needed, line.amount), (600, 400, 600))
        self.assertEqual(
            plain(line.reason),
            "Only 600.00 € still count then; Gold needs 1,000.00 € to stay, 400.00 € more.",
        )

    def test_refreshed_every_night(self):
        self.list_up()
        known = self.line_of(self.ann)
        self.buy(self.ann, 300, "2024-02-21")
        self.night(self.scheme, day="2024-02-22")
        line = self.line_of(self.ann)
        self.assertEqual(line, known)
        self.assertEqual((line.needed, line.value_on_day, line.amount), (700, 300, 300))

    def test_withdrawn_when_the_customer_buys(self):
        self.list_up()
        self.line_of(self.ann).action_accept()
        self.insert_orders([(partner.id, 1000, "2024-02-21") for partner in (self.ann, self.bob)])
        self.night(self.scheme, day="2024-02-22")
        self.assertEqual(self.line_of(self.ann).state, "avoided")
        self.assertEqual(self.line_of(self.bob).direction, "rise")
        # and listed again, to be reviewed again, when he takes back
        self.buy(self.ann, -500, "2024-02-23")
        self.night(self.scheme, day="2024-02-24")
        self.assertEqual(self.line_of(self.ann).state, "open")
        self.assertEqual(len(self.line_of(self.ann)), 1)

    def test_a_second_run_writes_nothing(self):
        lines = self.list_up()
        before = lines.read()
        self.night(self.scheme, day="2024-02-20")
        self.assertEqual(self.lines(), lines)
        self.assertEqual(self.lines().read(), before)

    def test_undecided_changes_take_effect(self):
        self.list_up()
        self.line_of(self.ann).action_accept()
        self.night(self.scheme, day="2024-03-01")
        self.assertEqual(self.states(), {"Ann": "done", "Bob": "done", "Cid": "done"})
        self.assertEqual(
            [self.held_by(self.scheme, partner) for partner in (self.ann, self.bob, self.cid)],
            ["Silver", "Bronze", "Gold"],
        )

    def test_a_change_avoided_on_the_last_day(self):
        self.list_up()
        self.buy(self.ann, 1000, "2024-02-29")
        self.night(self.scheme, day="2024-03-01")
        self.assertEqual(self.line_of(self.ann).state, "avoided")
        self.assertEqual(self.held_by(self.scheme, self.ann), "Gold")

    def test_what_took_effect_did_so_whatever_came_next(self):
        """He falls on the 29th and rises at once on the 1st: the fall happened."""
        self.scheme.rise = "at_once"
        self.list_up()
        self.buy(self.ann, 5000, "2024-03-01 00:10:00")
        self.night(self.scheme, day="2024-03-01")
        self.assertEqual(self.held_by(self.scheme, self.ann), "Gold")
        self.assertEqual(self.line_of(self.ann).state, "done")

    def test_another_change_than_the_accepted_one_is_reviewed_again(self):
        self.scheme.max_steps_down = 0
        self.buy(self.ann, 150, "2024-02-12")
        self.list_up()
        self.line_of(self.ann).action_accept()
        self.assertEqual(self.line_of(self.ann).to_tier_id, self.silver)
        self.buy(self.ann, -100, "2024-02-21")
        self.night(self.scheme, day="2024-02-22")
        self.assertEqual(self.line_of(self.ann).to_tier_id, self.bronze)
        self.assertEqual(self.line_of(self.ann).state, "open")

    def test_only_the_operative_scheme_lists(self):
        other = self.make_monthly()
        self.night(other, day="2024-02-01")
        self.night(other, day="2024-02-20")
        self.assertFalse(self.Decision.search([("scheme_id", "=", other.id)]))

    def test_a_scheme_that_stands_down_takes_its_lines_back(self):
        self.list_up()
        with freeze_time("2024-02-21 10:00:00"):
            self.make_monthly().action_make_operative()
        self.assertEqual(set(self.states().values()), {"avoided"})

    def test_another_rhythm_takes_the_lines_back(self):
        self.list_up()
        self.scheme.decision = "quarterly"
        self.night(self.scheme, day="2024-02-21")
        self.assertEqual(set(self.states().values()), {"avoided"})

    def test_single_customers_do_not_refresh_the_list(self):
        self.list_up()
        self.buy(self.ann, 1000, "2024-02-21")
        with freeze_time("2024-02-21 10:00:00"):
            self.scheme.evaluate(partner_ids=self.ann.ids)
        self.assertEqual(self.line_of(self.ann).state, "open")

    def test_two_companies(self):
        other = self.make_company("Other")
        scheme = self.make_operative(self.make_monthly(company_id=other.id))
        self.make_order(self.ann, 1500, "2024-01-15", company_id=other.id)
        self.night(self.scheme, scheme, day="2024-02-01")
        self.night(self.scheme, scheme, day="2024-02-20")
        theirs = self.Decision.search([("scheme_id", "=", scheme.id)])
        self.assertEqual((theirs.partner_id, theirs.company_id), (self.ann, other))
        manager = self.make_user("manager", other)
        seen = (
            self.Decision.with_user(manager).with_context(allowed_company_ids=other.ids).search([])
        )
        self.assertEqual(seen, theirs)
        with self.assertRaises(AccessError):
            self.line_of(self.ann).with_user(manager).with_context(
                allowed_company_ids=other.ids
            ).action_accept()
        # holding there holds nothing here
        both = theirs.with_context(allowed_company_ids=[self.company.id, other.id])
        with freeze_time("2024-02-21 10:00:00"):
            both._get_standings().hold_level("2024-12-31", "Test")
        self.env.invalidate_all()
        self.assertEqual((theirs.state, self.line_of(self.ann).state), ("held", "open"))

    def test_equals_what_the_decision_does(self):
        """Run the list, add nothing, take the decision: exactly the open lines happen."""
        for number, (method, levels) in enumerate(LEVELS.items()):
            for seed in range(1):
                rng = random.Random(100 * number + seed)
                self.env.cr.execute(
                    "DELETE FROM sale_order WHERE company_id = %s", [self.company.id]
                )
                scheme = self.make_operative(
                    self.make_scheme(
                        method,
                        levels,
                        decision="monthly",
                        rise=rng.choice(("at_once", "decision")),
                        grace_decisions=rng.choice((1, 2)),
                        min_stay_days=rng.choice((0, 45)),
                        max_steps_down=rng.choice((0, 1)),
                        hysteresis=rng.choice((0, 10)),
                        window_months=2,
                    )
                )
                partners = [self.make_partner() for _number in range(60)]
                happened = 0
                for month in range(2, 5):
                    ids = rng.sample([partner.id for partner in partners], 40)
                    self.insert_orders(
                        oracle.random_documents(rng.random(), ids, date(2024, month, 20))
                    )
                    self.night(scheme, day=f"2024-{month:02}-02")
                    self.night(scheme, day=f"2024-{month:02}-25")
                    standings = self.Standing.search([("scheme_id", "=", scheme.id)])
                    with freeze_time(f"2024-{month:02}-26 10:00:00"):
                        standings[::13].lock_level(
                            scheme.tier_ids[1], f"2024-{month:02}-27", "Test"
                        )
                        standings[1::13].filtered("tier_id").hold_level(
                            f"2024-{month + 1:02}-15", "Test"
                        )
                    self.night(scheme, day=f"2024-{month:02}-26")
                    lines = self.Decision.search(
                        [("scheme_id", "=", scheme.id), ("state", "=", "open")]
                    )
                    [day] = set(lines.mapped("date")) or [None]
                    foretold = {
                        (line.partner_id, line.from_tier_id, line.to_tier_id) for line in lines
                    }
                    self.night(scheme, day=f"2024-{month + 1:02}-01")
                    rows = self.History.search(
                        [
                            ("scheme_id", "=", scheme.id),
                            ("date", "=", day),
                            ("trigger", "=", "evaluation"),
                        ]
                    )
                    done = {(row.partner_id, row.from_tier_id, row.to_tier_id) for row in rows}
                    self.assertEqual(foretold, done, f"{method} {seed} {day}")
                    self.assertEqual(set(lines.mapped("state")) - {"done"}, set())
                    happened += len(done)
                self.assertGreater(happened, 10)


@tagged("post_install", "-at_install")
class TestReview(DecisionCase):
    def setUp(self):
        super().setUp()
        self.list_up()
        clock = freeze_time("2024-02-20 12:00:00")
        clock.start()
        self.addCleanup(clock.stop)

    def dialog(self, action, **values):
        """Fill the dialog of an action as the user would and apply it."""
        wizard = Form(
            self.env[action["res_model"]].with_user(self.user).with_context(**action["context"])
        )
        for name, value in values.items():
            wizard[name] = value
        return wizard.save().action_apply()

    def as_user(self, user, *partners):
        self.user = user
        lines = self.Decision.browse()
        for partner in partners:
            lines |= self.line_of(partner)
        return lines.with_user(user)

    def test_accept_and_reopen(self):
        lines = self.as_user(self.head, self.ann, self.cid)
        lines.action_accept()
        self.assertEqual(self.states(), {"Ann": "accepted", "Bob": "open", "Cid": "accepted"})
        self.assertEqual(self.line_of(self.ann).reviewer_id, self.head)
        self.as_user(self.head, self.ann).action_reopen()
        self.assertEqual(self.line_of(self.ann).state, "open")
        self.assertFalse(self.line_of(self.ann).reviewer_id)

    def test_hold_one(self):
        line = self.as_user(self.head, self.ann)
        self.dialog(line.action_hold(), until="2024-03-31", reason="Visit planned")
        self.assertEqual(self.states(), {"Ann": "held", "Bob": "open", "Cid": "open"})
        row = self.history_of(self.scheme, self.ann)[-1]
        self.assertEqual(
            (row.trigger, row.from_tier_id, row.to_tier_id), ("lock", self.gold, self.gold)
        )
        self.assertEqual(
            row.reason, "Does not fall below Gold until 03/31/2024, by Head: Visit planned"
        )
        self.night(self.scheme, day="2024-02-21")
        self.assertEqual(self.line_of(self.ann).state, "held")
        self.night(self.scheme, day="2024-03-01")
        self.assertEqual(self.held_by(self.scheme, self.ann), "Gold")
        self.assertEqual(self.states(), {"Ann": "avoided", "Bob": "done", "Cid": "done"})

    def test_a_hold_that_ends_before_the_day_does_not_help(self):
        line = self.as_user(self.head, self.ann)
        self.dialog(line.action_hold(), until="2024-02-28", reason="Visit planned")
        self.assertEqual(self.line_of(self.ann).state, "open", "said at once, not by the night")
        self.night(self.scheme, day="2024-02-21")
        self.assertEqual(self.line_of(self.ann).state, "open")
        self.night(self.scheme, day="2024-03-01")
        self.assertEqual(self.held_by(self.scheme, self.ann), "Silver")

    def test_the_last_day_of_a_hold_may_be_the_decision_day(self):
        line = self.as_user(self.head, self.ann)
        self.dialog(line.action_hold(), until="2024-02-29", reason="Visit planned")
        self.assertEqual(self.line_of(self.ann).state, "held")

    def test_released_lines_are_to_review_again(self):
        self.standing_of(self.scheme, self.ann).hold_level("2024-12-31", "Test")
        for partner in (self.bob, self.cid):
            self.standing_of(self.scheme, partner).lock_level(self.silver, "2024-12-31", "Test")
        self.assertEqual(self.states(), {"Ann": "held", "Bob": "locked", "Cid": "locked"})
        released = self.standing_of(self.scheme, self.ann) | self.standing_of(self.scheme, self.bob)
        released.action_release_level()
        self.assertEqual(self.states(), {"Ann": "open", "Bob": "open", "Cid": "locked"})
        self.assertFalse(self.line_of(self.ann).reviewer_id)

    def test_hold_many_leaves_rises_alone(self):
        lines = self.as_user(self.manager, self.ann, self.bob, self.cid)
        self.dialog(lines.action_hold(), until="2024-03-31", reason="Fair")
        self.assertEqual(self.states(), {"Ann": "held", "Bob": "held", "Cid": "open"})
        self.assertFalse(self.standing_of(self.scheme, self.cid).floor_tier_id)
        self.assertEqual(self.standing_of(self.scheme, self.bob).floor_tier_id, self.silver)
        with self.assertRaisesRegex(UserError, "Only a fall can be held"):
            self.as_user(self.manager, self.cid).action_hold()

    def test_holding_on_the_customer_leaves_a_rise_to_come(self):
        self.standing_of(self.scheme, self.cid).hold_level("2024-12-31", "Test")
        self.assertEqual(self.line_of(self.cid).state, "open")
        self.night(self.scheme, day="2024-03-01")
        self.assertEqual(self.held_by(self.scheme, self.cid), "Gold")

    def test_lock_many(self):
        lines = self.as_user(self.manager, self.ann, self.cid)
        self.dialog(lines.action_lock(), tier_id=self.silver, until="2024-03-31", reason="Contract")
        self.assertEqual(self.states(), {"Ann": "locked", "Bob": "open", "Cid": "locked"})
        self.assertEqual(self.held_by(self.scheme, self.ann), "Silver")
        self.assertEqual(self.held_by(self.scheme, self.cid), "Silver")
        self.night(self.scheme, day="2024-03-01")
        self.assertEqual(self.held_by(self.scheme, self.cid), "Silver")
        self.assertEqual(self.line_of(self.cid).state, "avoided")
        self.night(self.scheme, day="2024-04-01")
        self.assertEqual(self.line_of(self.cid).state, "avoided", "an old line stays as it is")

    def test_who_sees_which_lines(self):
        def seen(user):
            return self.Decision.with_user(user).search([]).partner_id

        self.assertEqual(seen(self.seller), self.ann | self.cid)
        self.assertEqual(seen(self.head), self.ann | self.cid)
        self.assertEqual(seen(self.other_seller), self.bob)
        self.assertEqual(seen(self.manager), self.ann | self.bob | self.cid)
        with self.assertRaises(AccessError):
            self.Decision.with_user(self.make_user(None)).search([])

    def test_own_sees_and_does_not_decide(self):
        lines = self.as_user(self.seller, self.ann)
        self.assertTrue(lines.reason)
        self.assertTrue(lines.action_open_standing())
        for method in ("action_accept", "action_reopen"):
            with self.assertRaises(AccessError):
                getattr(lines, method)()
        standing = self.standing_of(self.scheme, self.ann).with_user(self.seller)
        for method, args in (
            ("hold_level", ("2024-12-31", "Please")),
            ("lock_level", (self.gold.id, "2024-12-31", "Please")),
        ):
            with self.assertRaises(AccessError):
                getattr(standing, method)(*args)
        with self.assertRaises(AccessError):
            self.dialog(lines.action_hold(), until="2024-12-31", reason="Please")

    def test_the_team_holds_and_does_not_lock(self):
        lines = self.as_user(self.head, self.ann)
        self.dialog(lines.action_hold(), until="2024-12-31", reason="Please")
        self.assertEqual(self.line_of(self.ann).state, "held")
        with self.assertRaises(AccessError):
            self.dialog(lines.action_lock(), tier_id=self.gold, until="2024-12-31", reason="Please")
        standing = self.standing_of(self.scheme, self.ann)
        standing.lock_level(self.gold, "2024-12-31", "Contract")
        with self.assertRaises(AccessError):
            standing.with_user(self.head).action_release_level()

    def test_not_for_customers_of_others(self):
        line = self.as_user(self.head, self.bob)
        standing = self.standing_of(self.scheme, self.bob).with_user(self.head)
        with self.assertRaises(AccessError):
            line.action_accept()
        with self.assertRaises(AccessError):
            standing.hold_level("2024-12-31", "Please")
        with self.assertRaises(AccessError):
            standing.action_release_level()

    def test_nobody_writes_lines_past_the_review(self):
        for user in (self.seller, self.head, self.manager):
            line = self.as_user(user, self.ann)
            with self.assertRaises(AccessError):
                line.write({"state": "done"})
            with self.assertRaises(AccessError):
                line.unlink()
            with self.assertRaises(AccessError):
                self.Decision.with_user(user).create(
                    {
                        "scheme_id": self.scheme.id,
                        "partner_id": self.dan.id,
                        "date": "2024-02-29",
                        "direction": "fall",
                    }
                )

    def test_locks_cannot_be_written_past_their_methods(self):
        standing = self.standing_of(self.scheme, self.ann).with_user(self.manager)
        for vals in (
            {"lock_tier_id": self.gold.id, "lock_until": "2030-01-01"},
            {"floor_until": "2030-01-01"},
            {"grace_count": 0},
            {"tier_since": "2020-01-01"},
            {"decided_on": "2030-01-01"},
            {"tier_id": self.gold.id},
        ):
            with self.assertRaises(UserError):
                standing.write(vals)

    def test_refused_with_a_sentence(self):
        standing = self.standing_of(self.scheme, self.ann)
        other = self.make_scheme("amount", [("Gold", 1)])
        manual = self.make_scheme("manual", [("A", 0)])
        by_hand = self.Standing.create(
            {"scheme_id": manual.id, "partner_id": self.ann.id, "tier_id": manual.tier_ids.id}
        )
        self.dan.tier_exempt = True
        exempt = self.standing_of(self.scheme, self.dan)
        cases = (
            (standing, "lock_level", (self.gold, "2024-02-19", "Late"), UserError, "in the past"),
            (standing, "lock_level", (self.gold, False, "When?"), UserError, "in the past"),
            (standing, "lock_level", (self.gold, "2024-12-31", " "), UserError, "Say why"),
            (standing, "lock_level", (False, "2024-12-31", "What"), UserError, "Choose the level"),
            (standing, "lock_level", (0, "2024-12-31", "What"), UserError, "Choose the level"),
            (
                standing,
                "lock_level",
                (other.tier_ids, "2024-12-31", "No"),
                UserError,
                "belong",
            ),
            (by_hand, "lock_level", (manual.tier_ids, "2024-12-31", "No"), UserError, "by hand"),
            (exempt, "lock_level", (self.gold, "2024-12-31", "No"), UserError, "exempt"),
            (standing, "hold_level", ("2024-02-19", "Late"), UserError, "in the past"),
            (standing, "hold_level", ("2024-12-31", ""), UserError, "Say why"),
            (standing, "action_release_level", (), UserError, "No lock"),
        )
        for record, method, args, error, words in cases:
            with self.subTest(method=method, args=args), self.assertRaisesRegex(error, words):
                getattr(record, method)(*args)
        self.buy(self.dan, 1, "2024-02-20")
        nothing = self.make_partner()
        self.buy(nothing, 1, "2024-02-20")
        self.night(self.scheme, day="2024-02-20")
        with self.assertRaisesRegex(UserError, "no level that could be kept"):
            self.standing_of(self.scheme, nothing).hold_level("2024-12-31", "Test")

    def test_a_lock_that_ends_today_is_possible(self):
        standing = self.standing_of(self.scheme, self.ann)
        standing.lock_level(self.gold.id, "2024-02-20", "Through RPC: an id and text")
        self.assertEqual(standing.lock_until, date(2024, 2, 20))

    def test_a_branch_does_not_touch_the_company_above(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        boss = self.make_user("manager", branch)
        standing = self.standing_of(self.scheme, self.ann)
        standing.lock_level(self.gold, "2024-12-31", "Contract")
        theirs = standing.with_user(boss).with_context(allowed_company_ids=branch.ids)
        self.assertEqual(theirs.lock_tier_id, self.gold, "seen")
        for method, args in (
            ("lock_level", (self.gold.id, "2024-12-31", "Please")),
            ("hold_level", ("2024-12-31", "Please")),
            ("action_release_level", ()),
        ):
            with self.assertRaises(AccessError):
                getattr(theirs, method)(*args)

    def test_a_night_that_measured_before_does_not_undo_a_lock(self):
        number = self.scheme.run_number
        self.standing_of(self.scheme, self.ann).lock_level(self.silver, "2024-12-31", "Contract")
        self.assertGreater(self.scheme.run_number, number)

    def test_the_hook_hears_of_locks_and_their_end(self):
        heard = []
        self.patch(
            type(self.scheme),
            "_after_tier_changes",
            lambda scheme, history: heard.extend(history.mapped("trigger")),
        )
        standing = self.standing_of(self.scheme, self.ann)
        standing.lock_level(self.silver, "2024-02-21", "Contract")
        self.assertEqual(heard, ["lock"])
        self.night(self.scheme, day="2024-02-22")
        self.assertIn("unlock", heard)
