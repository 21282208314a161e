"""Figures of contacts: equal to a plain computation, and seen by those who may."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta

import pytz
from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from ..wizards.followup_figures_guide import FIGURES
from .common import FollowupCase
from .coverage_oracle import get_figures, get_rows

TODAY = "2024-05-20 10:00:00"
COLUMNS = (
    "partner_id",
    "company_id",
    "user_id",
    "kind",
    "origin",
    "state",
    "cancel_reason",
    "outcome_id",
    "is_contact",
    "date_due",
    "date_planned",
    "date_done",
)


class CoverageCase(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Report = cls.env["followup.coverage.report"]
        cls.outcomes = {outcome.code: outcome for outcome in cls.env["followup.outcome"].search([])}

    @classmethod
    def insert_touches(cls, rows):
        """Insert follow-ups past the ORM, which would plan and close others.

        :param rows: dicts of :data:`COLUMNS`, ``outcome`` as a code
        """
        values = []
        for row in rows:
            outcome = cls.outcomes.get(row.get("outcome"), cls.env["followup.outcome"])
            row = {
                "company_id": cls.company.id,
                "user_id": cls.anna.id,
                "kind": "call",
                "origin": "cadence",
                "state": "done" if outcome else "planned",
                "date_planned": "2024-05-01 12:00:00",
                **row,
                "outcome_id": outcome.id or None,
                "is_contact": outcome.is_contact or False,
            }
            values.append(SQL("(%s)", SQL(", ").join(SQL("%s", row.get(name)) for name in COLUMNS)))
        cls.env.flush_all()
        ids = cls.env.execute_query(
            SQL(
                "INSERT INTO followup_touch (%s) SELECT partner_id, company_id, user_id, kind,"
                " origin, state, cancel_reason, outcome_id::int, is_contact, date_due::date,"
                " date_planned::timestamp, date_done::timestamp FROM (VALUES %s) AS new (%s)"
                " RETURNING id",
                SQL(", ").join(map(SQL.identifier, COLUMNS)),
                SQL(", ").join(values),
                SQL(", ").join(map(SQL.identifier, COLUMNS)),
            )
        )
        cls.env.invalidate_all()
        return cls.Touch.browse([touch_id for (touch_id,) in ids])

    def figures(self, *names, domain=(), user=None):
        """Return the figures of all rows that a domain leaves."""
        report = self.Report.with_user(user) if user else self.Report
        specs = [f"{name}:{self.Report._fields[name].aggregator}" for name in names]
        [values] = report._read_group([("company_id", "=", self.company.id), *domain], [], specs)
        return values if len(names) > 1 else values[0]


@tagged("post_install", "-at_install")
class TestCoverage(CoverageCase):
    def goal(self, partner, day="2024-05-10", **vals):
        return {"partner_id": partner.id, "date_due": day, **vals}

    def done(self, partner, day="2024-05-10", **vals):
        return self.goal(
            partner, day, **{"date_done": f"{day} 12:00:00", "outcome": "reached", **vals}
        )

    def extra(self, partner, day="2024-05-12", **vals):
        return self.done(partner, day, **{"origin": "unplanned", "date_due": day, **vals})

    def test_attainment_is_capped_at_twice_the_goal(self):
        """Goal 2, cap 4, actual 5 counts as 4; the neglected customer is not made up for."""
        loved, neglected = self.make_customer(), self.make_customer()
        self.insert_touches(
            [
                self.done(loved),
                self.done(loved, "2024-05-20"),
                *[self.extra(loved, f"2024-05-{day}") for day in (12, 13, 14)],
                self.goal(neglected, state="missed"),
                self.goal(neglected, "2024-05-24", state="missed"),
            ]
        )
        names = ("goal_count", "met_count", "counted_count", "attainment_percent")
        self.assertEqual(
            self.figures(*names, domain=[("partner_id", "=", loved.id)]), (2, 2, 4, 200)
        )
        self.assertEqual(self.figures(*names), (4, 2, 4, 100))
        self.assertEqual(self.figures("coverage_percent", "missed_count"), (50, 2))

    def test_without_a_goal_nothing_counts(self):
        self.insert_touches([self.extra(self.make_customer())])
        self.assertEqual(
            self.figures("counted_count", "contact_count", "off_plan_percent"), (0, 1, 100)
        )
        self.assertFalse(self.figures("attainment_percent"))

    def test_contact_that_closed_a_goal_counts_once(self):
        """Met by another contact: one goal met, one contact."""
        partner = self.make_customer()
        call, visit = self.insert_touches(
            [
                self.goal(partner, state="cancelled", cancel_reason="satisfied"),
                self.extra(partner, kind="call"),
            ]
        )
        call.with_context(followup_machine=True, followup_sync=True).satisfied_by_id = visit
        self.assertEqual(
            self.figures("goal_count", "met_count", "counted_count", "contact_count"), (1, 1, 1, 1)
        )

    def test_absorbed_call_is_met_once_the_visit_took_place(self):
        partner = self.make_customer()
        call, visit = self.insert_touches(
            [
                self.goal(partner, state="cancelled", cancel_reason="absorbed"),
                self.goal(partner, kind="visit"),
            ]
        )
        call.with_context(followup_machine=True, followup_sync=True).satisfied_by_id = visit
        self.assertEqual(self.figures("goal_count", "met_count"), (2, 0))
        self.env.cr.execute(
            "UPDATE followup_touch SET state='done', is_contact=TRUE, outcome_id=%s,"
            " date_done='2024-05-11 10:00:00' WHERE id=%s",
            [self.outcomes["met"].id, visit.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.figures("goal_count", "met_count", "contact_count"), (2, 2, 1))

    def test_withdrawn_is_no_goal_but_a_goal_cancelled_by_hand_remains_one(self):
        partner = self.make_customer()
        self.insert_touches(
            [
                self.goal(partner, state="cancelled", cancel_reason="rhythm"),
                self.goal(partner, state="cancelled", cancel_reason="user"),
                self.goal(partner, state="cancelled", cancel_reason="user", origin="hand"),
            ]
        )
        self.assertEqual(self.figures("goal_count", "met_count"), (1, 0))

    def test_day_and_month_are_those_of_the_person(self):
        """18:00 UTC on the last of April is May in Shanghai."""
        self.tom.tz = "Asia/Shanghai"
        partner = self.make_customer()
        self.insert_touches(
            [self.extra(partner, user_id=self.tom.id, date_done="2024-04-30 18:00:00")]
        )
        row = self.Report.search([("partner_id", "=", partner.id), ("contact_count", "=", 1)])
        self.assertEqual(row.date, date(2024, 5, 1))

    def test_order_counts_for_the_last_contact_before_it_at_its_own_rate(self):
        partner = self.make_customer()
        first, second = self.insert_touches(
            [self.extra(partner, "2024-03-01"), self.extra(partner, "2024-03-10")]
        )
        usd = self.env["product.pricelist"].create(
            {"name": "USD", "currency_id": self.usd.id, "company_id": self.company.id}
        )
        order = self.make_order(partner, 500, "2024-03-20", pricelist_id=usd.id)
        order.currency_rate = 2.0
        self.make_order(partner, 40, "2024-03-09")
        self.make_order(partner, 7000, "2024-04-10")  # 31 days later
        self.make_order(partner, 9000, "2024-03-12", state="draft")
        values = dict(
            self.Report._read_group(
                [("partner_id", "=", partner.id), ("contact_count", "=", 1)],
                ["touch_id"],
                ["order_value:sum"],
            )
        )
        self.assertEqual(values, {first: 40, second: 250})
        self.assertEqual(self.figures("order_value", "value_per_contact"), (290, 145))

    def test_pivot_totals_are_ratios_of_sums(self):
        """Grouping sets, as the pivot reads them, give the same totals."""
        one, two = self.make_customer(), self.make_customer(user=self.tom)
        self.insert_touches(
            [
                self.done(one),
                *[self.goal(two, user_id=self.tom.id, state="missed") for _number in range(3)],
            ]
        )
        total, by_user = self.Report.formatted_read_grouping_sets(
            [("company_id", "=", self.company.id)], [[], ["user_id"]], ["attainment_percent:avg"]
        )
        self.assertEqual(total[0]["attainment_percent:avg"], 25)
        self.assertEqual({group["attainment_percent:avg"] for group in by_user}, {100, 0})

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    def test_each_sees_the_figures_he_may(self):
        mine, other = self.make_customer(user=self.anna), self.make_customer(user=self.tom)
        stranger = self.make_user("own", tz="UTC")
        third = self.make_customer(user=stranger)
        self.insert_touches(
            [
                self.done(mine),
                self.done(other, user_id=self.tom.id),
                self.done(third, user_id=stranger.id),
            ]
        )
        for user, number in (
            (self.anna, 1),
            (self.leader, 2),
            (self.make_user("all"), 3),
            (self.manager, 3),
        ):
            self.assertEqual(self.figures("contact_count", user=user), number, user.login)
        row = self.Report.with_user(self.anna).search([("contact_count", "=", 1)])
        action = row.action_open_touch()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (row.touch_id._name, row.touch_id.id)
        )

    def test_another_company_is_not_seen(self):
        """Two companies with a currency each: the same customer's figures stay apart."""
        other = self.make_company("Elsewhere", currency_id=self.usd.id)
        partner = self.make_customer()
        self.insert_touches([self.done(partner), self.extra(partner, company_id=other.id)])
        self.make_order(partner, 100, "2024-05-11")
        user = self.make_user("all", other)
        report = self.Report.with_user(user).with_context(allowed_company_ids=other.ids)
        [row] = report.search([("contact_count", "=", 1)])
        self.assertEqual((row.company_id, row.currency_id), (other, self.usd))
        self.assertEqual(row.order_value, 0)
        self.assertEqual(self.figures("contact_count", "order_value"), (1, 100))

    def test_employee_without_care_sees_nothing(self):
        with self.assertRaises(AccessError):
            self.Report.with_user(self.make_user(None)).search([])

    # ------------------------------------------------------------
    # Explanation
    # ------------------------------------------------------------

    def test_every_figure_is_explained(self):
        hidden = {"gap_deviation", "off_plan_count", "positive_count"}
        measures = {
            name
            for name, field in self.Report._fields.items()
            if field.aggregator and field.type in ("integer", "float", "monetary") and name != "id"
        }
        self.assertEqual(measures - hidden, set(FIGURES))
        self.assertFalse([name for name in FIGURES if not self.Report._fields[name].help])
        guide = self.env["followup.figures.guide"].with_user(self.anna).new()
        self.assertIn("Capped Attainment", guide.explanation)


@tagged("post_install", "-at_install")
class TestCoverageProperty(CoverageCase):
    """Random contacts of random people: each figure at each grouping."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tom.tz = "America/New_York"
        cls.anna.tz = "Asia/Shanghai"
        cls.dice = random.Random(7)
        cls.partners = [
            cls.make_customer(user=cls.dice.choice([cls.anna, cls.tom]), tier=tier)
            for tier in ("KEY", "KEY", "STANDARD", "STANDARD", "BASIC", "BASIC", "BASIC")
        ]
        cls.contact = cls.env["res.partner"].create(
            {"name": "Contact", "parent_id": cls.partners[0].id}
        )
        cls.touches = cls.insert_touches([cls.throw() for _number in range(220)])
        cls.throw_covers()
        cls.documents = cls.throw_orders()

    @classmethod
    def throw_moment(cls):
        return datetime(2024, 1, 1) + timedelta(minutes=cls.dice.randrange(150 * 24 * 60))

    @classmethod
    def throw(cls):
        dice, moment = cls.dice, cls.throw_moment()
        origin = dice.choice(["cadence", "cadence", "hand", "unplanned", "activity", "automatic"])
        state = dice.choice(["planned", "done", "done", "done", "missed", "cancelled"])
        if origin in ("unplanned", "activity"):
            state = "done"
        outcome = dice.choice(["reached", "met", "sent", "ordered", "refused"])
        return {
            "partner_id": dice.choice(cls.partners).id,
            "user_id": dice.choice([cls.anna.id, cls.tom.id, None]),
            "kind": dice.choice(["call", "call", "visit", "mail"]),
            "origin": origin,
            "state": state,
            "cancel_reason": dice.choice(["user", "satisfied", "absorbed", "rhythm"])
            if state == "cancelled"
            else None,
            "outcome": outcome if state == "done" else None,
            "date_due": moment.date() + timedelta(days=dice.randrange(-9, 9)),
            "date_planned": moment,
            "date_done": moment if state == "done" else None,
        }

    @classmethod
    def throw_covers(cls):
        """Let some contacts count for cancelled follow-ups of the same customer."""
        for touch in cls.touches.filtered(lambda touch: touch.state == "cancelled"):
            covers = cls.touches.filtered(
                lambda other, touch=touch: other.partner_id == touch.partner_id
                and other.state in ("done", "planned")
            )
            if covers and cls.dice.random() < 0.8:
                cls.env.cr.execute(
                    "UPDATE followup_touch SET satisfied_by_id=%s WHERE id=%s",
                    [cls.dice.choice(covers.ids), touch.id],
                )
        cls.env.invalidate_all()

    @classmethod
    def throw_orders(cls):
        documents = []
        rows = []
        for _number in range(60):
            partner = cls.dice.choice(cls.partners)
            moment, amount = cls.throw_moment(), cls.dice.randrange(1, 5000)
            buyer = cls.contact if partner == cls.partners[0] else partner
            rows.append((buyer.id, amount, moment.date()))
            documents.append((partner.id, moment.date(), amount))
        cls.insert_orders(rows)
        return documents

    def as_dict(self, touch):
        tz = pytz.timezone(touch.user_id.tz or "UTC")

        def local(moment):
            return moment and pytz.utc.localize(moment).astimezone(tz).date()

        standing = self.Standing.search([("partner_id", "=", touch.partner_id.id)])
        return {
            "id": touch.id,
            "partner": touch.partner_id.id,
            "user": touch.user_id.id,
            "kind": touch.kind,
            "origin": touch.origin,
            "state": touch.state,
            "cancel_reason": touch.cancel_reason,
            "satisfied_by_id": touch.satisfied_by_id.id,
            "outcome": {
                "is_contact": touch.outcome_id.is_contact,
                "response": touch.outcome_id.response,
            },
            "service_class": standing.tier_id.service_class,
            "day_due": touch.date_due,
            "day_planned": local(touch.date_planned),
            "day_done": local(touch.date_done),
            "moment": touch.date_done,
        }

    @freeze_time(TODAY)
    def test_figures_equal_a_plain_computation(self):
        rows = get_rows(
            [self.as_dict(touch) for touch in self.touches], self.documents, date(2024, 5, 20)
        )
        names = list(get_figures([]))
        specs = [f"{name}:{self.Report._fields[name].aggregator}" for name in names]
        for fields, key in (
            ([], lambda row: ()),
            (["user_id"], lambda row: (row["user"],)),
            (["kind"], lambda row: (row["kind"],)),
            (["service_class"], lambda row: (row["service_class"],)),
            (["date:month"], lambda row: (row["day"].replace(day=1),)),
            (["partner_id", "kind"], lambda row: (row["partner"], row["kind"])),
        ):
            expected = defaultdict(list)
            for row in rows:
                expected[key(row)].append(row)
            found = self.Report._read_group([("company_id", "=", self.company.id)], fields, specs)
            self.assertEqual(len(found), len(expected))
            for values in found:
                group = tuple(getattr(value, "id", value) for value in values[: len(fields)])
                wanted = get_figures(expected[group])
                for name, value in zip(names, values[len(fields) :], strict=True):
                    self.assertAlmostEqual(
                        value or 0, float(wanted[name] or 0), 6, f"{name} of {fields} {group}"
                    )
