"""Lives: random ones against an independent computation, and one told in words."""

import os
import random
import re
from datetime import date, datetime, time, timedelta

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from .common import StabilityCase, TieringCase
from .stability_oracle import Oracle

LEVELS = {
    "amount": [("A", 300), ("B", 100), ("C", 30), ("D", 10)],
    "pyramid": [("A", 5), ("B", 15), ("C", 30), ("D", 50)],
    "abc": [("A", 60), ("B", 25), ("C", 15)],
    "rfm": [("A", 12), ("B", 9), ("C", 6)],
}


def seeds(*numbers):
    """Return the lives to live: the first one, with ``make soak`` all."""
    return numbers if os.environ.get("CARE_SOAK") else numbers[:1]


@tagged("post_install", "-at_install", "soak")
class TestRandomLives(TieringCase):
    """Hundreds of customers, random purchases, settings, locks, floors and freezes."""

    COUNT = 120

    def make_settings(self, rng):
        return {
            "decision": "monthly",
            "rise": rng.choice(("at_once", "decision")),
            "grace_decisions": rng.choice((1, 2, 2, 3)),
            "min_stay_days": rng.choice((0, 28, 61, 90)),
            "max_steps_down": rng.choice((0, 1, 1, 2)),
            "hysteresis": rng.choice((0, 5, 12.5, 40)),
            "window_months": rng.choice((1, 3)),
            "weight_r": rng.choice((0, 1, 2)),
        }

    def live_at_random(self, seed, method, catch_all=False, **settings):
        rng = random.Random(seed)
        # customers of the seed before would rank among ours
        self.env.cr.execute("DELETE FROM sale_order WHERE company_id = %s", [self.company.id])
        self.told_until = 0
        levels = LEVELS[method] + ([("E", None)] if catch_all else [])
        settings = {**self.make_settings(rng), **settings}
        self.scheme = self.make_scheme(method, levels, **settings)
        partners = self.env["res.partner"].create(
            [{"name": f"Life {number}", "is_company": True} for number in range(self.COUNT)]
        )
        self.oracle = Oracle(self.scheme, partners.ids)
        self.freeze_like(self.oracle)
        self.positions = {tier.id: number for number, tier in enumerate(self.scheme.tier_ids)}
        today = date(2024, 1, 5)
        before = today - timedelta(days=60)
        while today < date(2025, 1, 20):
            self.buy_at_random(rng, before, today)
            self.protect_at_random(rng, today)
            old = {key: (life.level, life.since) for key, life in self.oracle.lives.items()}
            self.oracle.run(today)
            self.night(self.scheme, day=today)
            message = f"seed {seed}, {today}, {settings}"
            self.check_against_oracle(message)
            self.check_invariants(old, message)
            before, today = today, today + timedelta(days=rng.choice((1, 7, 20, 26, 40)))
        self.check_history(f"seed {seed}")

    def freeze_like(self, other):
        def freeze_sql(scheme, as_of):
            rows = [
                key
                for key, life in other.lives.items()
                if life.frozen and life.frozen[0] <= as_of <= life.frozen[1]
            ]
            return SQL("SELECT unnest(%s::int[]) AS partner_id, 'test' AS reason_code", rows)

        self.patch(type(self.scheme), "_freeze_sql", freeze_sql)

    def buy_at_random(self, rng, first, last):
        """Customers buy, or take back, since the night before; some documents come late."""
        rows = []
        for key in self.oracle.lives:
            for _number in range(rng.choice([0, 0, 1, 1, 2])):
                day = first + timedelta(days=rng.randint(-15, (last - first).days))
                amount = rng.choice((10, 10, 30, 100, 300, 95, 28.5, 285, -20, rng.randint(1, 400)))
                rows.append((key, amount, datetime.combine(day, time(12))))
        self.insert_orders(rows)
        self.oracle.documents += rows

    def protect_at_random(self, rng, today):
        """Some levels are locked or held, some customers are frozen or exempt."""
        if not self.oracle.evaluated:
            return
        partners = self.env["res.partner"]
        for key in rng.sample(list(self.oracle.lives), 8):
            life = self.oracle.lives[key]
            standing = self.standing_of(self.scheme, partners.browse(key))
            until = today + timedelta(days=rng.randint(0, 100))
            kind = rng.choice(("lock", "floor", "floor", "freeze", "freeze", "exempt"))
            if kind == "freeze":
                life.frozen = (today + timedelta(days=rng.randint(-20, 5)), until)
            elif kind == "exempt":
                life.exempt = not life.exempt
                self.env.cr.execute(
                    "UPDATE res_partner SET tier_exempt = %s WHERE id = %s", [life.exempt, key]
                )
                partners.browse(key).invalidate_recordset(["tier_exempt"])
            elif not standing or life.exempt:
                continue
            elif kind == "lock":
                tier = rng.choice(self.scheme.tier_ids)
                with freeze_time(f"{today} 00:30:00"):
                    standing.lock_level(tier, until, "Test")
                level = self.positions[tier.id]
                if level != life.level:
                    life.level, life.since = level, today
                life.lock, life.grace = (level, until), 0
                # he may have had a standing for his status only
                life.known = True
            elif life.level is not None:
                with freeze_time(f"{today} 00:30:00"):
                    standing.hold_level(until, "Test")
                life.floor, life.grace = (life.level, until), 0

    def stored(self):
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id, tier_id, earned_tier_id, tier_since, grace_count"
                "  FROM customer_standing WHERE scheme_id = %s",
                self.scheme.id,
            )
        )
        return {
            key: (self.positions.get(tier), self.positions.get(earned), since, grace or 0)
            for key, tier, earned, since, grace in rows
        }

    def check_against_oracle(self, message):
        grace = self.scheme.grace_decisions
        expected = {
            # longer than needed is as good as needed
            key: (life.level, life.earned, life.since, min(life.grace, grace))
            for key, life in self.oracle.lives.items()
            if life.known
        }
        found = {
            key: stored
            for key, stored in self.stored().items()
            # who bought before the period only has a standing for his status, never a level
            if stored != (None, None, None, 0) or key in expected
        }
        different = {
            key: (found.get(key), expected.get(key), self.oracle.lives[key])
            for key in found.keys() | expected.keys()
            if found.get(key) != expected.get(key)
        }
        self.assertFalse(different, message)

    def check_invariants(self, old, message):
        """What must hold whatever the figures; the oracle is asked for nothing here."""
        last = len(self.positions)
        rows = self.History.search([("scheme_id", "=", self.scheme.id)], order="id")
        news = [row for row in rows if row.id > self.told_until]
        self.told_until = rows[-1:].id
        for row in news:
            if row.trigger != "evaluation":
                continue
            life = self.oracle.lives[row.partner_id.id]
            start = self.positions.get(row.from_tier_id.id, last)
            end = self.positions.get(row.to_tier_id.id, last)
            self.assertNotEqual(start, end)
            if end < start:
                values = row.reason_values
                value = values["points" if self.scheme.method == "rfm" else "value"]
                self.assertLessEqual(values.get("line") or value, value, "rises past the figures")
                continue
            if life.exempt:
                continue
            steps = self.scheme.max_steps_down
            self.assertTrue(not steps or end - start <= steps, message)
            self.assertEqual((row.date + timedelta(days=1)).day, 1, "falls on decision days only")
            since = max(
                (
                    other.date
                    for other in rows
                    if other.partner_id == row.partner_id
                    and other.id < row.id
                    and other.from_tier_id != other.to_tier_id
                ),
            )
            self.assertGreaterEqual((row.date - since).days, self.scheme.min_stay_days, message)
            frozen = life.frozen and life.frozen[0] <= row.date <= life.frozen[1]
            self.assertFalse(frozen, message)
            self.assertFalse(life.lock and life.lock[1] >= row.date, message)
            self.assertFalse(
                life.floor and life.floor[1] >= row.date and end > life.floor[0], message
            )
        for key, (level, earned, since, grace) in self.stored().items():
            if since != old[key][1]:
                # counted since then at each decision, never before
                ends = sum(day > since for day, *_levels in self.decisions_of(key, since))
                self.assertLessEqual(grace, ends, message)
            self.assertTrue(level is None or 0 <= level < last)
            self.assertTrue(earned is None or 0 <= earned < last)

    def decisions_of(self, key, since):
        last = self.scheme.last_evaluated
        day = since
        while day < last:
            day += timedelta(days=1)
            if (day + timedelta(days=1)).day == 1:
                yield (day,)

    def check_history(self, message):
        """Each change of the oracle is told once, on its day, and no other."""
        found = {key: [] for key in self.oracle.lives}
        for row in self.History.search(
            [("scheme_id", "=", self.scheme.id), ("trigger", "in", ("baseline", "evaluation"))],
            order="id",
        ):
            found[row.partner_id.id].append(
                (
                    row.date,
                    self.positions.get(row.from_tier_id.id),
                    self.positions.get(row.to_tier_id.id),
                )
            )
        expected = {key: life.changes for key, life in self.oracle.lives.items()}
        self.assertEqual(found, expected, message)
        changes = [change for rows in expected.values() for change in rows]
        falls = [
            row for row in changes if row[1] is not None and (row[2] is None or row[2] > row[1])
        ]
        self.assertGreater(len(falls), 20, "a life without falls tests nothing")
        self.assertGreater(len(changes) - len(falls), 20)

    def test_amount(self):
        for seed in seeds(11, 12, 13):
            self.live_at_random(seed, "amount", catch_all=seed == 12)

    def test_pyramid(self):
        for seed in seeds(21, 22):
            self.live_at_random(seed, "pyramid")

    def test_abc(self):
        for seed in seeds(31, 32):
            self.live_at_random(seed, "abc")

    def test_rfm(self):
        for seed in seeds(41, 42):
            self.live_at_random(seed, "rfm")

    def test_as_shipped(self):
        """The settings most companies will never touch."""
        shipped = {
            name: self.default_scheme[name]
            for name in ("rise", "grace_decisions", "min_stay_days", "max_steps_down", "hysteresis")
        }
        self.live_at_random(51, "amount", catch_all=True, window_months=3, **shipped)


@tagged("post_install", "-at_install")
class TestTwoYears(StabilityCase):
    """Two years of one customer, night after night, told as his history tells them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.scheme = cls.make_operative(
            cls.make_scheme(
                "amount",
                [("Gold", 10_000), ("Silver", 5_000), ("Basic", None)],
                decision="monthly",
                grace_decisions=2,
                min_stay_days=90,
                max_steps_down=1,
                hysteresis=5,
                window_months=12,
            )
        )
        chinese = {"Gold": "金牌", "Silver": "银牌", "Basic": "普通"}
        for tier in cls.scheme.tier_ids:
            tier.update_field_translations("name", {"zh_CN": chinese[tier.name]})
        cls.boss = cls.make_user("manager", name="Lena Boss")

    def spend(self, *rows):
        for day, amount in rows:
            self.buy(self.ann, amount, day)

    def nights_through(self, last):
        """Run the job each Monday and on the first of each month, through a day."""
        while self.today < date.fromisoformat(last):
            self.today += timedelta(days=1)
            if self.today.weekday() == 0 or self.today.day == 1:
                self.night(self.scheme, day=self.today)

    def story(self, lang):
        rows = self.history_of(self.scheme, self.ann).with_context(lang=lang)
        triggers = dict(rows._fields["trigger"]._description_selection(rows.env))
        return [
            (
                str(row.date),
                triggers[row.trigger],
                row.from_tier_id.name or "",
                row.to_tier_id.name or "",
                row.reason.replace("\xa0", " "),
            )
            for row in rows
        ]

    def live_two_years(self):
        self.today = date(2023, 1, 2)
        # 2023: rises in spring
        self.spend(("2022-12-15", 3_000), ("2023-02-08", 1_500), ("2023-03-15", 6_000))
        self.night(self.scheme, day=self.today)
        self.assertEqual(self.held_by(self.scheme, self.ann), "Basic")
        self.nights_through("2023-12-20")
        self.assertEqual(self.held_by(self.scheme, self.ann), "Gold")
        # the order of December 2022 leaves the period: below the line at one decision
        self.nights_through("2024-01-05")
        standing = self.standing_of(self.scheme, self.ann)
        self.assertEqual((standing.tier_id.name, standing.grace_count), ("Gold", 1))
        # 9,900 at the end of January: within the tolerance, the dip is forgotten
        self.spend(("2024-01-10", 2_400))
        self.nights_through("2024-02-05")
        self.assertEqual((standing.tier_id.name, standing.grace_count), ("Gold", 0))
        self.assertEqual(standing.earned_tier_id.name, "Silver")
        # February and March leave, nothing comes: two decisions in a row
        self.nights_through("2024-05-15")
        self.assertEqual(self.held_by(self.scheme, self.ann), "Silver")
        # his boss locks him at Gold until the end of July: the contract is being renewed
        with freeze_time("2024-05-16 09:00:00"):
            standing.with_user(self.boss).lock_level(
                self.scheme.tier_ids[0], date(2024, 7, 31), "Contract being renewed"
            )
        self.nights_through("2024-08-05")
        self.assertEqual(self.held_by(self.scheme, self.ann), "Gold")
        # the lock is over: he falls as the rules say, step by step
        self.nights_through("2024-12-31")
        # held at the level he has, then free again
        with freeze_time("2024-12-31 09:00:00"):
            standing.with_user(self.boss).hold_level(date(2025, 2, 15), "Moves house")
        self.nights_through("2025-04-05")

    def test_told(self):
        """Lived once, read by two."""
        self.live_two_years()
        with self.subTest("in words"):
            self.check_words()
        with self.subTest("in Chinese"):
            self.check_chinese()

    def check_words(self):
        self.maxDiff = None
        self.assertEqual(
            self.story("en_US"),
            [
                (
                    "2023-01-02",
                    "Baseline",
                    "",
                    "Basic",
                    "Revenue 3,000.00 €; Basic takes the rest.",
                ),
                (
                    "2023-03-20",
                    "Evaluation",
                    "Basic",
                    "Gold",
                    "Revenue 10,500.00 €; line of Gold: 10,000.00 €.",
                ),
                (
                    "2024-03-31",
                    "Evaluation",
                    "Gold",
                    "Silver",
                    "Revenue 2,400.00 €; Basic takes the rest. Gold needs 9,500.00 €. Below that "
                    "at 2 decisions in a row. A level is not lost faster than the rules say, so "
                    "Silver for now.",
                ),
                (
                    "2024-05-16",
                    "Lock",
                    "Silver",
                    "Gold",
                    "Locked at Gold until 07/31/2024 by Lena Boss: Contract being renewed",
                ),
                ("2024-08-01", "Unlock", "Gold", "Gold", "The lock ran out on 07/31/2024."),
                (
                    "2024-09-30",
                    "Evaluation",
                    "Gold",
                    "Silver",
                    "Revenue 2,400.00 €; Basic takes the rest. Gold needs 9,500.00 €. Below that "
                    "at 2 decisions in a row. A level is not lost faster than the rules say, so "
                    "Silver for now.",
                ),
                (
                    "2024-12-31",
                    "Lock",
                    "Silver",
                    "Silver",
                    "Does not fall below Silver until 02/15/2025, by Lena Boss: Moves house",
                ),
                ("2025-02-17", "Unlock", "Silver", "Silver", "The hold ran out on 02/15/2025."),
                (
                    "2025-03-31",
                    "Evaluation",
                    "Silver",
                    "Basic",
                    "Nothing bought between 04/01/2024 and 03/31/2025. Silver needs 4,750.00 €. "
                    "Below that at 2 decisions in a row. A level is not lost faster than the "
                    "rules say, so Basic for now.",
                ),
            ],
        )
        standing = self.standing_of(self.scheme, self.ann)
        with freeze_time(f"{self.today} 12:00:00"):
            self.assertEqual(
                standing.change_hint.replace("\xa0", " "),
                "Loses Basic on 06/30/2025 if the figures stay so.",
            )

    def check_chinese(self):
        """The same story for a Chinese reader: his words, the customer's names and numbers.

        Red until i18n/zh_CN.po has every sentence: that is its purpose.
        """
        english, chinese = self.story("en_US"), self.story("zh_CN")
        names = {"Gold": "金牌", "Silver": "银牌", "Basic": "普通", "": ""}
        given = ("Lena Boss", "Contract being renewed", "Moves house", "R", "F", "M")
        for old, new in zip(english, chinese, strict=True):
            self.assertEqual(old[0], new[0])
            self.assertEqual((names[old[2]], names[old[3]]), new[2:4])
            for words, before in ((new[1], old[1]), (new[4], old[4])):
                self.assertNotEqual(words, before)
                for word in given:
                    words = words.replace(word, "")
                self.assertNotRegex(words, "[A-Za-z]{2}", "an English word is left")
                self.assertRegex(words, "[\u4e00-\u9fff]")
            for name, translated in names.items():
                if name and name in old[4]:
                    self.assertIn(translated, new[4])
            for number in re.findall(r"\d[\d,]*\.\d\d", old[4]):
                self.assertIn(number, new[4])
            for word in given[:3]:
                self.assertEqual(word in old[4], word in new[4])
