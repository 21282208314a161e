"""The migration report against levels replayed in plain Python."""

import random
from collections import Counter
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from odoo.tests import freeze_time, tagged

from .common import TieringCase

START = date(2023, 3, 1)
LAST = date(2024, 6, 18)
PERIODS = {"month": 1, "quarter": 3, "year": 12}


class MigrationCase(TieringCase):
    """Levels set by hand, day by day, so that the test knows the whole story."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_operative(
            cls.make_scheme("manual", [("Gold", 0), ("Silver", 0), ("Bronze", 0)])
        )
        cls.gold, cls.silver, cls.bronze = cls.scheme.tier_ids
        cls.Report = cls.env["customer.tier.migration.report"]

    def setUp(self):
        super().setUp()
        self.story = {}

    def set_level(self, partner, tier, day):
        """Set a customer's level on a day and remember it."""
        with freeze_time(day):
            standing = self.standing_of(self.scheme, partner)
            if standing:
                standing.tier_id = tier
            else:
                self.Standing.create(
                    {"scheme_id": self.scheme.id, "partner_id": partner.id, "tier_id": tier.id}
                )
        self.env.flush_all()
        self.story.setdefault(partner, []).append((day, tier))

    def level_on(self, partner, day):
        """Return the level the story gives a customer at the end of a day."""
        held = self.scheme.tier_ids.browse()
        for since, tier in self.story[partner]:
            if since <= day:
                held = tier
        return held

    def expected(self, day, months):
        """Return {(level before, level on the day): customers}, written down in Python."""
        before = day + timedelta(days=1) - relativedelta(months=months) - timedelta(days=1)
        matrix = Counter()
        for partner in self.story:
            pair = self.level_on(partner, before), self.level_on(partner, day)
            if any(pair):
                matrix[pair] += 1
        return dict(matrix)

    def matrix(self, domain):
        return {
            (old, new): count
            for old, new, count in self.Report._read_group(
                [("scheme_id", "=", self.scheme.id), *domain],
                ["from_tier_id", "to_tier_id"],
                ["customer_count:count_distinct"],
            )
        }

    def directions(self, domain=()):
        rows = self.Report.search(
            [
                ("scheme_id", "=", self.scheme.id),
                ("is_latest", "=", True),
                ("period", "=", "year"),
                *domain,
            ]
        )
        return {row.partner_id.name: row.direction for row in rows}


@tagged("post_install", "-at_install")
class TestMigrationMatrix(MigrationCase):
    def test_random_stories(self):
        """Every day and every period equals the replay, new and left customers included."""
        rng = random.Random(3)
        levels = [*self.scheme.tier_ids, self.scheme.tier_ids.browse()]
        changes = [
            (START + timedelta(days=rng.randrange((LAST - START).days)), partner)
            for partner in [self.make_partner() for _number in range(12)]
            for _change in range(rng.randrange(1, 7))
        ]
        changes.append((LAST, self.make_partner("Latest")))
        for day, partner in sorted(changes, key=lambda change: (change[0], change[1].id)):
            held = self.level_on(partner, day) if partner in self.story else levels[-1]
            self.set_level(partner, rng.choice([tier for tier in levels if tier != held]), day)
        days = [LAST]
        for number in range(12):
            days.append(LAST.replace(day=1) - relativedelta(months=number) - timedelta(days=1))
        for day in days:
            for period, months in PERIODS.items():
                with self.subTest(day=day, period=period):
                    self.assertEqual(
                        self.matrix([("date", "=", day), ("period", "=", period)]),
                        self.expected(day, months),
                    )
        self.assertEqual(
            self.matrix([("is_latest", "=", True), ("period", "=", "year")]),
            self.expected(LAST, 12),
        )
        found = self.Report.search([("scheme_id", "=", self.scheme.id)]).mapped("date")
        self.assertEqual(set(found), set(days))

    def test_directions(self):
        new, risen, fallen, left, same, back = self.make_partners(
            "New", "Risen", "Fallen", "Left", "Same", "Gone long ago"
        )
        for partner, tier in (
            (risen, self.silver), (fallen, self.gold), (left, self.gold), (same, self.bronze),
            (back, self.gold),
        ):  # fmt: skip
            self.set_level(partner, tier, date(2022, 1, 10))
        self.set_level(back, self.gold.browse(), date(2022, 6, 10))
        self.set_level(risen, self.gold, date(2024, 1, 10))
        self.set_level(fallen, self.bronze, date(2024, 1, 10))
        self.set_level(left, self.gold.browse(), date(2024, 1, 10))
        self.set_level(new, self.bronze, date(2024, 1, 10))
        self.assertEqual(
            self.directions(),
            {"New": "new", "Risen": "up", "Fallen": "down", "Left": "left", "Same": "same"},
        )

    def test_a_day_is_the_level_at_its_end(self):
        ann = self.make_partner("Ann")
        self.set_level(ann, self.bronze, date(2023, 1, 10))
        self.set_level(ann, self.silver, date(2024, 1, 10))
        self.set_level(ann, self.gold, date(2024, 1, 10))
        self.assertEqual(
            self.matrix([("is_latest", "=", True), ("period", "=", "year")]),
            {(self.bronze, self.gold): 1},
        )

    def test_months_chain(self):
        """Where a month-end's comparison starts, the month before it ends."""
        ann = self.make_partner("Ann")
        self.set_level(ann, self.bronze, date(2024, 2, 29))
        self.set_level(ann, self.silver, date(2024, 3, 31))
        self.set_level(ann, self.gold, date(2024, 6, 18))
        rows = self.Report.search(
            [
                ("scheme_id", "=", self.scheme.id),
                ("period", "=", "month"),
                ("is_latest", "=", False),
            ],
            order="date",
        )
        self.assertEqual(
            [(row.date.isoformat(), row.from_tier_id.name, row.to_tier_id.name) for row in rows],
            [
                ("2024-02-29", False, "Bronze"),
                ("2024-03-31", "Bronze", "Silver"),
                ("2024-04-30", "Silver", "Silver"),
                ("2024-05-31", "Silver", "Silver"),
            ],
        )

    def test_a_noted_lock_is_no_change(self):
        ann = self.make_partner("Ann")
        self.set_level(ann, self.bronze, date(2023, 1, 10))
        self.set_level(ann, self.gold, date(2024, 1, 10))
        change = self.history_of(self.scheme, ann)[-1]
        values = {
            "partner_id": ann.id,
            "scheme_id": self.scheme.id,
            "company_id": self.company.id,
            "revision_id": change.revision_id.id,
            "from_tier_id": self.gold.id,
            "to_tier_id": self.gold.id,
            "date": "2024-03-10",
            "trigger": "manual",
        }
        self.History.sudo().create(values)
        row = self.Report.search(
            [("scheme_id", "=", self.scheme.id), ("is_latest", "=", True), ("period", "=", "year")]
        )
        self.assertEqual((row.date.isoformat(), row.history_id), ("2024-03-10", change))
        self.assertEqual(row.date_changed, date(2024, 1, 10))
        self.assertEqual(row.reason, change.reason)
        self.assertEqual(row.direction, "up")

    def test_latest_day_is_the_last_evaluation(self):
        ann = self.make_partner("Ann")
        scheme = self.make_scheme("amount", [("Gold", 100), ("Rest", None)])
        self.make_order(ann, 150, "2023-06-30")
        self.evaluate(scheme, "2023-06-30")
        self.make_order(ann, 50, "2024-06-01")
        self.evaluate(scheme, "2024-06-30")
        row = self.Report.search(
            [("scheme_id", "=", scheme.id), ("is_latest", "=", True), ("period", "=", "year")]
        )
        self.assertEqual(row.date, date(2024, 6, 30))
        self.assertEqual(row.from_tier_id.name, "Gold")
        self.assertEqual(row.to_tier_id, self.standing_of(scheme, ann).tier_id)
        self.assertEqual(row.amount, self.standing_of(scheme, ann).amount)

    def test_rows_open_why(self):
        ann, bob = self.make_partners("Ann", "Bob")
        for partner in (ann, bob):
            self.set_level(partner, self.bronze, LAST)
        for row in self.Report.search([("scheme_id", "=", self.scheme.id)]):
            action = row.action_open_standing()
            self.assertEqual(
                (action["res_model"], action["res_id"]),
                ("customer.standing", self.standing_of(self.scheme, row.partner_id).id),
            )

    def test_empty_sides_have_names(self):
        labels = self.Report.fields_get(["from_tier_id", "to_tier_id"], ["falsy_value_label"])
        self.assertIn("New", labels["from_tier_id"]["falsy_value_label"])
        self.assertIn("Left", labels["to_tier_id"]["falsy_value_label"])

    def test_every_column_has_its_field(self):
        """What core may ask of any field: read, group and sort."""
        self.set_level(self.make_partner("Ann"), self.gold, LAST)
        domain = [("scheme_id", "=", self.scheme.id), ("is_latest", "=", True)]
        self.Report.search(domain, limit=1).read()
        for name, description in self.Report.fields_get().items():
            if description["groupable"] and name != "id":
                by = f"{name}:month" if description["type"] == "date" else name
                self.Report._read_group(domain, [by], ["__count"])
            if description["sortable"]:
                self.Report.search(domain, order=name, limit=1)


@tagged("post_install", "-at_install")
class TestHistoryDirection(MigrationCase):
    def test_found_as_computed(self):
        ann = self.make_partner("Ann")
        for number, tier in enumerate(
            (self.silver, self.gold, self.bronze, self.gold.browse(), self.bronze)
        ):
            self.set_level(ann, tier, START + timedelta(days=number))
        history = self.history_of(self.scheme, ann)
        self.assertEqual(history.mapped("direction"), ["up", "up", "down", "down", "up"])
        for directions in (["up"], ["down"], ["same"], ["up", "same"], ["up", "down"]):
            found = history.search([("id", "in", history.ids), ("direction", "in", directions)])
            self.assertEqual(found, found & history)
            self.assertEqual(
                set(found.ids),
                set(history.filtered(lambda change, d=directions: change.direction in d).ids),
            )
        others = history.search([("id", "in", history.ids), ("direction", "!=", "up")])
        self.assertEqual(len(others), 2)


@tagged("post_install", "-at_install")
class TestMigrationCompanies(MigrationCase):
    def test_a_branch_is_compared_under_its_company(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        second = self.make_company("Second")
        ann = self.make_partner("Ann")
        self.set_level(ann, self.gold, LAST)
        for company, expected in ((self.company, 3), (branch, 3), (second, 0)):
            user = self.make_user("all", company)
            rows = self.Report.with_user(user).with_context(allowed_company_ids=company.ids)
            self.assertEqual(
                rows.search_count([("partner_id", "=", ann.id)]), expected, company.name
            )
