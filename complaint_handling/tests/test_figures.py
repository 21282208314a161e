"""The figures of complaints: equal to a plain computation, and seen by those who may."""

import random
from datetime import date, datetime, timedelta

from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from . import figures_oracle as oracle
from .common import ComplaintCase

NOW = datetime(2024, 7, 31, 10, 0, 0)
HOUR = timedelta(hours=1)
#: Measures whose average or sum the oracle knows.
MEASURES = (
    "case_count",
    "open_count",
    "late_count",
    "response_hours",
    "response_work_hours",
    "resolve_hours",
    "resolve_work_hours",
    "answered_percent",
    "breached_percent",
    "response_breached_percent",
    "resolve_breached_percent",
    "reopened_percent",
    "confirmed_percent",
    "rating_outcome",
    "rating_handling",
)


class FiguresCase(ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Report = cls.env["complaint.report"]
        cls.causes = cls.env["complaint.cause"].search([], limit=4)
        cls.other_team = cls.make_team("Other", members=[cls.ben])

    def figures(self, *names, domain=(), user=None):
        """Return the figures of all rows of the company that a domain leaves."""
        report = self.Report.with_user(user) if user else self.Report
        specs = [f"{name}:{self.Report._fields[name].aggregator}" for name in names]
        [values] = report._read_group([("company_id", "=", self.company.id), *domain], [], specs)
        return values if len(names) > 1 else values[0]

    def visible(self, user, model="complaint.report"):
        report = self.env[model].with_user(user)
        return report.search([("company_id", "in", (self.company.id, self.env.company.id))])


@tagged("post_install", "-at_install")
class TestFiguresOracle(FiguresCase):
    """Random cases with random ledgers, written past the workflow."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = random.Random(20240731)
        with freeze_time(NOW):
            cls.cases = cls.make_random_cases(60)
        cls.env.flush_all()

    @classmethod
    def moment_after(cls, moment, hours):
        return moment + timedelta(seconds=cls.random.randrange(1, hours * 3600))

    @classmethod
    def make_random_cases(cls, count):
        received = [
            datetime(2024, 6, 1) + timedelta(seconds=cls.random.randrange(60 * 86400))
            for _number in range(count)
        ]
        cases = cls.Case.create(
            [
                {
                    "name": f"Random {number}",
                    "company_id": cls.company.id,
                    "partner_id": cls.customer.id,
                    "date_received": moment,
                    "kind": "praise" if number % 10 == 9 else "complaint",
                    "team_id": cls.random.choice([cls.team, cls.other_team]).id,
                    "cause_id": cls.random.choice([*cls.causes.ids, False]),
                    "severity": cls.random.choice(["low", "medium", "high"]),
                    "user_id": cls.random.choice([cls.mia.id, cls.ben.id, False]),
                }
                for number, moment in enumerate(received)
            ]
        )
        cases.clock_ids.sudo().unlink()
        for case in cases:
            cls.make_random_ledger(case)
            cls.end_randomly(case)
        return cases

    @classmethod
    def make_random_ledger(cls, case):
        for kind in ("first_response", "resolve", "update", "task"):
            if cls.random.random() < 0.3:
                continue
            state = cls.random.choice(["running", "paused", "met", "breached", "cancelled"])
            due = cls.moment_after(case.date_received, 500)
            late = state == "breached" or (state == "cancelled" and cls.random.random() < 0.5)
            ended = state == "met" or (state == "breached" and cls.random.random() < 0.5)
            case.env["complaint.sla.clock"].create(
                {
                    "case_id": case.id,
                    "company_id": cls.company.id,
                    "kind": kind,
                    "target_seconds": 3600,
                    "state": state,
                    "date_start": case.date_received,
                    "date_due": due if state in ("running", "breached", "met") else False,
                    "date_breached": due if late else False,
                    "date_met": due + HOUR if ended else False,
                    "interval_ids": cls.make_random_intervals(case),
                }
            )

    @classmethod
    def make_random_intervals(cls, case):
        commands, start = [], case.date_received
        for number in range(cls.random.randrange(1, 4)):
            stop = cls.moment_after(start, 40)
            commands.append(
                Command.create(
                    {
                        "company_id": cls.company.id,
                        "state": "paused" if number % 2 else "running",
                        "date_start": start,
                        "date_stop": stop,
                    }
                )
            )
            start = stop
        if cls.random.random() < 0.4:
            commands[-1][2]["date_stop"] = False
        return commands

    @classmethod
    def end_randomly(cls, case):
        """Write dates, stage and results past the rules of the workflow."""
        chance = cls.random.random
        kind = cls.random.choice(["new", "progress", "resolved", "closed", "rejected"])
        stage = case.env["complaint.stage"]._get(kind)
        answered = cls.moment_after(case.date_received, 60) if chance() < 0.7 else None
        told = cls.moment_after(case.date_received, 200) if chance() < 0.3 else None
        solved = cls.moment_after(case.date_received, 300) if kind in ("resolved", "closed") else 0
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE complaint_case SET stage_id = %s, stage_kind = %s, is_open = %s,"
            " reopen_count = %s, verification_state = %s, rating_outcome = %s,"
            " rating_handling = %s WHERE id = %s",
            [
                stage.id,
                kind,
                kind not in ("closed", "rejected"),
                cls.random.choice([0, 0, 0, 1, 2]),
                cls.random.choice(["not_needed", "due", "confirmed", "refused", "no_answer"]),
                cls.random.choice([0, 1, 3, 5]),
                cls.random.choice([0, 2, 4]),
                case.id,
            ],
        )
        case.invalidate_recordset()
        case.write(
            {
                "date_first_response": answered,
                "date_communicated": told,
                "date_resolved": solved or False,
            }
        )

    def read_case(self, case):
        names = (
            "date_received date_first_response date_communicated date_resolved stage_kind"
            " reopen_count verification_state rating_outcome rating_handling"
        )
        values = {name: case[name] for name in names.split()}
        values["clocks"] = [
            {
                name: clock[name]
                for name in ("kind", "state", "date_due", "date_breached", "is_open")
            }
            | {
                "intervals": [
                    {name: each[name] for name in ("state", "date_start", "date_stop")}
                    for each in clock.interval_ids
                ]
            }
            for clock in case.clock_ids
        ]
        return values

    def expected(self, cases):
        rows = [oracle.get_row(self.read_case(case), NOW) for case in cases]
        result = []
        for name in MEASURES:
            values = [row[name] for row in rows]
            if self.Report._fields[name].aggregator == "sum":
                result.append(sum(values))
            else:
                result.append(oracle.get_average(values))
        return result

    def assertFigures(self, found, expected, message):
        for name, one, other in zip(MEASURES, found, expected, strict=True):
            if other is None:
                self.assertFalse(one, f"{message}: {name}")
            else:
                self.assertAlmostEqual(one, other, 3, f"{message}: {name}")

    @freeze_time(NOW)
    def test_every_measure_in_every_grouping(self):
        specs = [f"{name}:{self.Report._fields[name].aggregator}" for name in MEASURES]
        for field in ("case_id", "team_id", "user_id", "cause_id", "severity", "kind"):
            name = "id" if field == "case_id" else field
            rows = self.Report._read_group([("case_id", "in", self.cases.ids)], [field], specs)
            self.assertGreater(len(rows), 1)
            for value, *found in rows:
                key = value.id if isinstance(value, self.env.registry["base"]) else value
                own = self.cases.filtered(
                    lambda case, name=name, key=key: (
                        case[name].id if case._fields[name].relational else case[name]
                    )
                    == key
                )
                self.assertFigures(found, self.expected(own), f"{field} = {value}")

    @freeze_time(NOW)
    def test_all_together(self):
        specs = [f"{name}:{self.Report._fields[name].aggregator}" for name in MEASURES]
        [found] = self.Report._read_group([("case_id", "in", self.cases.ids)], [], specs)
        self.assertFigures(found, self.expected(self.cases), "all")

    @freeze_time(NOW)
    def test_cumulative_share(self):
        for field in ("cause_id", "severity", "team_id"):
            rows = self.Report._read_group(
                [("case_id", "in", self.cases.ids)], [field], ["__count", "cumulative_percent:sum"]
            )
            sizes = {value: count for value, count, _share in rows}
            expected = oracle.get_cumulative(sizes)
            for value, _count, share in rows:
                self.assertAlmostEqual(float(share), expected[value], 6)
            self.assertAlmostEqual(max(float(share) for *_rest, share in rows), 100, 6)

    def test_rates(self):
        partners = [self.make_partner() for _number in range(6)]
        person = self.env["res.partner"].create({"name": "Buyer", "parent_id": partners[0].id})
        orders = [
            (partner, date(2024, 5, 1) + timedelta(days=self.random.randrange(100)))
            for partner in self.random.choices([*partners, person], k=40)
        ]
        self.insert_orders([(partner.id, 100, day) for partner, day in orders])
        complaints = self.cases.filtered(lambda case: case.kind == "complaint")
        expected = oracle.get_rates(
            [moment.date() for moment in complaints.mapped("date_received")],
            [(day, partner.commercial_partner_id.id) for partner, day in orders],
        )
        names = ("case_count", "order_count", "buyer_count", "per_100_orders", "per_100_customers")
        report = self.env["complaint.rate.report"]
        specs = [f"{name}:{report._fields[name].aggregator}" for name in names]
        domain = [("company_id", "=", self.company.id)]
        months = report._read_group(domain, ["date:month"], specs)
        self.assertEqual({month for month, *_values in months}, set(expected))
        for month, *values in months:
            self.assertRates(values, [expected[month]])
        [year] = report._read_group(domain, ["date:year"], specs)
        self.assertRates(year[1:], expected.values())

    def assertRates(self, values, months):
        cases = sum(month["cases"] for month in months)
        orders = sum(month["orders"] for month in months)
        buyers = set().union(*(month["buyers"] for month in months))
        self.assertEqual(tuple(values[:3]), (cases, orders, len(buyers)))
        for rate, exposure in zip(values[3:], (orders, len(buyers)), strict=True):
            if exposure:
                self.assertAlmostEqual(float(rate), 100 * cases / exposure, 6)
            else:
                self.assertFalse(rate)


@tagged("post_install", "-at_install")
class TestFigures(FiguresCase):
    def setUp(self):
        super().setUp()
        self.at("2024-07-03 08:00:00")

    def test_life_of_a_case(self):
        """Wednesday morning to Friday, a weekend of waiting, solved on Monday."""
        case = self.make_case()
        self.at("2024-07-03 14:00:00")
        self.answer(case)
        self.at("2024-07-05 16:00:00")
        case.with_user(self.mia).action_take()
        reason = self.env.ref("complaint_handling.complaint_pause_reason_customer")
        case.with_user(self.mia)._pause(reason)
        self.at("2024-07-08 10:00:00")
        self.customer_writes(case)
        self.at("2024-07-08 11:00:00")
        self.solve(case)
        # 8–12 and 13–14; 8+8+7 hours to the pause and one after it
        self.assertEqual(self.figures("response_work_hours", "response_hours"), (5, 6))
        self.assertEqual(self.figures("resolve_work_hours", "resolve_hours"), (24, 123))
        self.assertEqual(self.figures("answered_percent", "breached_percent"), (100, 0))
        self.assertEqual(self.figures("reopened_percent"), 0)

    def test_time_between_a_solution_and_its_reopening_does_not_count(self):
        case = self.make_case()
        case.with_user(self.mia).action_take()
        self.at("2024-07-03 10:00:00")
        self.solve(case)
        self.at("2024-07-04 10:00:00")
        self.customer_writes(case)
        self.assertFalse(self.figures("resolve_hours"))
        self.at("2024-07-04 11:00:00")
        self.solve(case)
        self.assertEqual(self.figures("resolve_work_hours", "resolve_hours"), (3, 27))
        self.assertEqual(self.figures("reopened_percent"), 100)

    def test_a_promise_is_late_before_anybody_marks_it(self):
        self.make_case()
        self.assertEqual(self.figures("late_count", "breached_percent"), (0, 0))
        self.assertFalse(self.figures("answered_percent"))
        self.at("2024-07-04 09:00:00")
        self.assertEqual(self.figures("late_count", "breached_percent"), (1, 100))
        self.assertEqual(self.figures("answered_percent"), 0)
        self.assertEqual(self.figures("response_breached_percent"), 100)
        self.assertEqual(self.figures("resolve_breached_percent"), 0)

    def test_merged_and_unconfirmed_cases_do_not_count(self):
        case, twin, stranger = (self.make_case() for _number in range(3))
        twin.merged_into_id = case
        stranger.is_unconfirmed = True
        self.assertEqual(self.figures("case_count"), 1)
        self.assertEqual(self.figures("case_count", domain=[("kind", "=", "praise")]), False)
        rates = self.env["complaint.rate.report"]
        self.assertEqual(
            rates._read_group([("company_id", "=", self.company.id)], [], ["case_count:sum"]),
            [(1,)],
        )

    def test_months_are_those_of_the_company(self):
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        case = self.make_case("2024-06-30 18:00:00")
        report = self.Report.browse(case.id)
        self.assertEqual(report.date, date(2024, 7, 1))
        [month] = self.env["complaint.rate.report"].search(
            [("case_count", "=", 1), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(month.date, date(2024, 7, 1))

    def test_a_row_opens_its_case(self):
        case = self.make_case()
        action = self.Report.browse(case.id).with_user(self.mia).action_open_case()
        self.assertEqual((action["res_model"], action["res_id"]), ("complaint.case", case.id))

    def test_rows_are_those_of_the_cases_one_may_see(self):
        own = self.make_case(user_id=self.mia.id)
        other = self.make_case(team_id=self.other_team.id)
        self.assertEqual(self.visible(self.mia).case_id, own)
        self.assertEqual(self.visible(self.chief).case_id, own)
        self.assertEqual(self.visible(self.head).case_id, own | other)
        self.assertEqual(self.visible(self.anna).case_id, own | other)
        self.assertFalse(self.visible(self.tom))
        self.assertEqual(self.visible(self.leader).case_id, own | other)
        with self.assertRaises(AccessError):
            self.visible(self.make_user(None))

    def test_rates_are_for_those_who_see_orders_and_complaints_of_a_customer(self):
        self.make_case()
        self.insert_orders([(self.make_customer(user=self.tom).id, 10, date(2024, 7, 1))])
        rates = "complaint.rate.report"
        self.assertEqual(len(self.visible(self.head, rates)), 2)
        self.assertEqual(self.visible(self.anna, rates).partner_id, self.customer)
        self.assertEqual(self.visible(self.tom, rates).mapped("order_count"), [1])
        with self.assertRaises(AccessError):
            self.visible(self.mia, rates)

    def test_another_company_s_figures_are_not_seen(self):
        company = self.make_company("Elsewhere")
        self.make_case()
        stranger = self.make_agent("complaint_handling.complaint_handling_group_manager", company)
        for model in ("complaint.report", "complaint.rate.report"):
            report = self.env[model].with_user(stranger)
            self.assertFalse(report.with_context(allowed_company_ids=company.ids).search([]))


@tagged("post_install", "-at_install")
class TestWaitingAudit(FiguresCase):
    def setUp(self):
        super().setUp()
        self.at("2024-07-03 08:00:00")
        self.make_policy(
            [
                ("first_response", 24, "hour", "clock"),
                ("update", 8, "hour", "working"),
                ("resolve", 3, "day", "working"),
            ]
        )
        self.case = self.make_case()
        self.case.with_user(self.mia).action_take()
        self.events = [(datetime(2024, 7, 3, 8), "customer")]
        self.stops = []

    def audit(self, *names):
        report = self.env["complaint.waiting.report"]
        [values] = report._read_group(
            [("case_id", "=", self.case.id)], [], [f"{name}:sum" for name in names]
        )
        return values

    def act(self, moment, what, user=None):
        """Let something happen, and note it for the oracle."""
        self.at(moment)
        now = datetime.fromisoformat(moment)
        reason = self.env.ref("complaint_handling.complaint_pause_reason_customer")
        if what == "pause":
            # as the system: who may wait for whom is tested elsewhere
            self.case.with_user(user or self.mia).sudo()._pause(reason)
            self.stops.append([now, None])
        if what in ("resume", "customer") and self.stops and not self.stops[-1][1]:
            self.stops[-1][1] = now
        if what == "resume":
            self.case.with_user(self.mia).action_resume()
        if what == "customer":
            self.customer_writes(self.case)
            self.events.append((now, "customer"))
        if what == "answer":
            self.answer(self.case)
            self.events.append((now, "us"))

    def assertAudit(self):
        now = datetime.now()
        minutes = [oracle.get_parked_minutes(stop, self.events, now) for stop in self.stops]
        hours = sum(((stop or now) - start) / HOUR for start, stop in self.stops)
        count, wait_hours, parked = self.audit("wait_count", "wait_hours", "parked_minutes")
        self.assertEqual((count, parked), (len(self.stops), sum(minutes)))
        self.assertAlmostEqual(wait_hours, hours, 6)
        return sum(minutes)

    def test_a_question_that_was_asked_is_no_parking(self):
        self.act("2024-07-03 09:00:00", "answer")
        self.act("2024-07-03 09:05:00", "pause")
        self.act("2024-07-03 15:00:00", "customer")
        self.assertEqual(self.assertAudit(), 0)

    def test_stopping_again_after_the_customer_wrote_is_parking(self):
        self.act("2024-07-03 09:00:00", "answer")
        self.act("2024-07-03 09:05:00", "pause")
        self.act("2024-07-03 15:00:00", "customer")
        self.act("2024-07-03 15:10:00", "pause", self.ben)
        self.act("2024-07-03 16:00:00", "answer")
        self.act("2024-07-04 09:00:00", "resume")
        self.assertEqual(self.assertAudit(), 50)
        [row] = self.env["complaint.waiting.report"].search(
            [("parked_minutes", ">", 0), ("case_id", "=", self.case.id)]
        )
        self.assertEqual(row.user_id, self.ben)

    def test_a_complaint_nobody_answered_is_parked_from_the_start(self):
        self.act("2024-07-03 09:00:00", "pause")
        self.at("2024-07-03 10:00:00")
        self.assertEqual(self.assertAudit(), 60)
        self.at("2024-07-03 12:00:00")
        self.assertEqual(self.assertAudit(), 180)

    def test_random_weeks(self):
        dice = random.Random(7)
        for round_number in range(3):
            self.moment = datetime(2024, 7, 3 + 10 * round_number, 8)
            self.at(str(self.moment))
            self.case = self.make_case(str(self.moment))
            self.case.with_user(self.mia).action_take()
            self.events, self.stops = [(self.moment, "customer")], []
            self.live(dice)
            self.assertAudit()

    def live(self, dice):
        for _step in range(12):
            self.moment += timedelta(minutes=dice.randrange(5, 400))
            waits = bool(self.case.pause_reason_id)
            choices = ["answer", "customer", "resume" if waits else "pause"]
            self.act(str(self.moment), dice.choice(choices))

    def test_who_sees_it(self):
        self.act("2024-07-03 09:00:00", "pause")
        report = "complaint.waiting.report"
        self.assertEqual(self.visible(self.mia, report).case_id, self.case)
        self.assertFalse(self.visible(self.ben, report))
        self.assertEqual(self.visible(self.chief, report).case_id, self.case)
        self.assertEqual(self.visible(self.head, report).case_id, self.case)
        with self.assertRaises(AccessError):
            self.visible(self.anna, report)
