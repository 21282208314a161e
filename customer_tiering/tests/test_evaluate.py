"""The public methods, the nightly run, and what they write."""

from contextlib import suppress
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL, format_date, mute_logger

from ..models import (
    customer_tier_background,
    customer_tier_changes,
    customer_tier_evaluation,
)
from .common import AS_OF, TieringCase

LEVELS = (("Gold", 100), ("Silver", 50), ("Rest", None))
#: logger of one bad scheme: the warning is wanted
ENGINE_LOG = "odoo.addons.customer_tiering.models.customer_tier_evaluation"


class EvaluateCase(TieringCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_operative(cls.make_scheme("amount", LEVELS))
        cls.gold, cls.silver, cls.rest = cls.scheme.tier_ids
        cls.ann, cls.bob, cls.cid = cls.make_partners("Ann", "Bob", "Cid")
        cls.make_orders([(cls.ann, 120), (cls.bob, 60), (cls.cid, 1)])
        cls.manager = cls.make_user("manager")

    def stored(self, scheme=None):
        """Return all stored rows of a scheme with their row version."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                "SELECT xmin::text, s.* FROM customer_standing s WHERE scheme_id = %s ORDER BY id",
                (scheme or self.scheme).id,
            )
        )

    def comparable(self, scheme):
        """Return the visible content of a scheme's rows, without ids and times."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT s.partner_id, s.company_id, s.user_id, s.first_date, s.last_date,
                       s.document_count, s.amount, s.amount_previous, s.margin, s.quantity,
                       s.r_score, s.f_score, s.m_score, s.rfm_segment, e.code, t.code
                  FROM customer_standing s
             LEFT JOIN customer_tier e ON e.id = s.earned_tier_id
             LEFT JOIN customer_tier t ON t.id = s.tier_id
                 WHERE s.scheme_id = %s
              ORDER BY s.partner_id
                """,
                scheme.id,
            )
        )


@tagged("post_install", "-at_install")
class TestEvaluate(EvaluateCase):
    def test_baseline_is_no_news(self):
        result = self.scheme.evaluate(AS_OF)
        self.assertEqual(result, {"graded": 3, "up": 0, "down": 0, "failed": {}})
        self.assertEqual(
            self.levels_in(self.scheme), {"Ann": "Gold", "Bob": "Silver", "Cid": "Rest"}
        )
        history = self.History.search([("scheme_id", "=", self.scheme.id)])
        self.assertEqual(len(history), 3)
        self.assertEqual(set(history.mapped("trigger")), {"baseline"})
        self.assertEqual(set(history.mapped("date")), {AS_OF})

    def test_level_is_the_earned_level(self):
        self.evaluate(self.scheme)
        self.make_order(self.cid, 200)
        self.evaluate(self.scheme)
        for standing in self.Standing.search([("scheme_id", "=", self.scheme.id)]):
            self.assertEqual(standing.tier_id, standing.earned_tier_id)

    def test_up_down_new_and_gone(self):
        self.evaluate(self.scheme)
        self.make_order(self.cid, 200)  # up
        self.make_order(self.bob, -59)  # down
        self.make_order(self.make_partner("Dan"), 10)  # new: up
        self.env["sale.order"].search([("partner_id", "=", self.ann.id)]).state = "cancel"  # down
        result = self.evaluate(self.scheme, "2024-07-01")
        self.assertEqual(result, {"graded": 3, "up": 2, "down": 2, "failed": {}})
        self.assertEqual(
            self.levels_in(self.scheme),
            {"Ann": False, "Bob": "Rest", "Cid": "Gold", "Dan": "Rest"},
        )
        self.assertEqual(self.scheme.last_evaluated, date(2024, 7, 1))
        self.assertEqual(
            (self.scheme.last_graded, self.scheme.last_up, self.scheme.last_down), (3, 2, 2)
        )

    def test_level_since(self):
        self.evaluate(self.scheme)
        self.make_order(self.cid, 200)
        self.make_order(self.bob, 1)
        self.evaluate(self.scheme, "2024-07-05")
        since = {
            standing.partner_id: standing.tier_since
            for standing in self.Standing.search([("scheme_id", "=", self.scheme.id)])
        }
        self.assertEqual(since, {self.ann: AS_OF, self.bob: AS_OF, self.cid: date(2024, 7, 5)})

    def test_customer_out_of_the_population_keeps_a_standing(self):
        """Figures are 0, dates and the period before are kept as measured, no level."""
        self.make_order(self.ann, 30, "2024-06-30")
        self.evaluate(self.scheme)
        self.evaluate(self.scheme, "2025-06-30")
        standing = self.standing_of(self.scheme, self.ann)
        for name in ("amount", "document_count", "margin", "r_score", "f_score", "m_score"):
            self.assertEqual(standing[name], 0, name)
        self.assertEqual(standing.amount_previous, 150)
        self.assertEqual(standing.last_date, AS_OF)
        self.assertFalse(standing.tier_id or standing.rfm_segment)

    def test_who_never_was_member_stands_without_figures(self):
        """He belongs to the losing customers, yet earns nothing and is not graded."""
        old = self.make_partner("Old")
        self.make_order(old, 10, "2020-01-01")
        graded = self.evaluate(self.scheme)["graded"]
        standing = self.standing_of(self.scheme, old)
        self.assertEqual((standing.document_count, standing.amount), (0, 0))
        self.assertFalse(standing.tier_id or standing.earned_tier_id or standing.tier_since)
        self.assertFalse(self.history_of(self.scheme, old))
        self.assertEqual(
            graded, self.Standing.search_count([("scheme_id", "=", self.scheme.id)]) - 1
        )

    def test_second_run_writes_nothing(self):
        self.evaluate(self.scheme)
        before = self.stored()
        history = self.History.search_count([])
        self.assertEqual(
            self.evaluate(self.scheme), {"graded": 3, "up": 0, "down": 0, "failed": {}}
        )
        self.assertEqual(self.stored(), before)
        self.assertEqual(self.History.search_count([]), history)

    def test_next_day_writes_only_what_differs(self):
        self.evaluate(self.scheme)
        before = self.stored()
        self.make_order(self.cid, 5)
        self.evaluate(self.scheme, "2024-07-01")
        after = self.stored()
        changed = set(after) - set(before)
        self.assertEqual(len(after), 3)
        self.assertEqual(len(changed), 1)

    def test_day_before_the_last_writes_nothing(self):
        self.evaluate(self.scheme)
        before = self.stored()
        self.make_order(self.cid, 500, "2024-06-01")
        result = self.scheme.evaluate("2024-06-29")
        self.assertEqual(result, {"graded": 0, "up": 0, "down": 0, "failed": {}})
        self.assertEqual(self.stored(), before)
        self.assertEqual(self.scheme.last_evaluated, AS_OF)

    def test_same_day_again_takes_what_came_in(self):
        self.evaluate(self.scheme)
        self.make_order(self.cid, 500)
        self.assertEqual(self.evaluate(self.scheme)["up"], 1)

    def test_default_day_is_today_in_the_time_zone(self):
        self.make_order(self.ann, 5, "2024-06-01")
        zones = {"Pacific/Kiritimati": date(2024, 7, 1), "Pacific/Midway": date(2024, 6, 29)}
        for tz, today in zones.items():
            scheme = self.make_scheme("amount", LEVELS, tz=tz)
            with freeze_time("2024-06-30 10:30:00"):
                self.evaluate(scheme, None)
            self.assertEqual(scheme.last_evaluated, today)

    def test_empty_recordset_means_all_operative(self):
        other = self.make_scheme("pyramid", [("A", 100)])
        result = self.Scheme.with_user(self.manager).evaluate(AS_OF)
        self.assertEqual(result["graded"], 3)
        self.assertEqual(self.scheme.last_evaluated, AS_OF)
        self.assertFalse(other.last_evaluated)

    def test_several_schemes_add_up(self):
        other = self.make_scheme("pyramid", [("A", 100)])
        result = (self.scheme | other).evaluate(AS_OF)
        self.assertEqual(result, {"graded": 6, "up": 0, "down": 0, "failed": {}})

    def test_comparison_scheme_leaves_levels_alone(self):
        self.evaluate(self.scheme)
        other = self.make_scheme("amount", [("Everybody", None)])
        self.evaluate(other)
        self.assertEqual(self.ann.tier_id, self.gold)
        self.assertEqual(self.levels_in(other), dict.fromkeys(("Ann", "Bob", "Cid"), "Everybody"))

    def test_needs_the_manager(self):
        for rung in (None, "own", "team", "all"):
            user = self.make_user(rung)
            with self.assertRaises(AccessError):
                self.scheme.with_user(user).evaluate(AS_OF)
            with self.assertRaises(AccessError):
                self.Scheme.with_user(user).evaluate(AS_OF)
        self.assertFalse(self.stored())
        self.assertEqual(self.scheme.with_user(self.manager).evaluate(AS_OF)["graded"], 3)


@tagged("post_install", "-at_install")
class TestPartnerIds(EvaluateCase):
    def test_restricts_writing_never_the_population(self):
        scheme = self.make_scheme("pyramid", [("A", 50), ("B", 50)])
        result = self.evaluate(scheme, partner_ids=self.bob.ids)
        self.assertEqual(result["graded"], 1)
        # two of three ranks: were the population Bob alone, he could only be A as well,
        # so look at the last one too
        self.assertEqual(self.levels_in(scheme), {"Bob": "A"})
        self.evaluate(scheme, partner_ids=self.cid.ids)
        self.assertEqual(self.levels_in(scheme), {"Bob": "A", "Cid": "B"})

    def test_does_not_move_the_last_day(self):
        self.evaluate(self.scheme, partner_ids=self.ann.ids)
        self.assertFalse(self.scheme.last_evaluated or self.scheme.last_run)
        result = self.evaluate(self.scheme)
        self.assertEqual((result["up"], result["down"]), (0, 0), "still the baseline")
        self.make_order(self.cid, 500)
        self.assertEqual(
            self.evaluate(self.scheme, "2024-07-09", partner_ids=self.cid.ids)["up"], 1
        )
        self.assertEqual(self.scheme.last_evaluated, AS_OF)

    def test_nobody_wanted(self):
        self.assertEqual(
            self.scheme.evaluate(AS_OF, partner_ids=[]),
            {"graded": 0, "up": 0, "down": 0, "failed": {}},
        )
        self.assertFalse(self.stored())

    def test_graded_counts_members_only(self):
        stranger = self.make_partner("Stranger")
        result = self.evaluate(self.scheme, partner_ids=(stranger | self.ann).ids)
        self.assertEqual(result["graded"], 1)

    def test_a_day_before_the_last_writes_nothing(self):
        self.evaluate(self.scheme)
        self.make_order(self.cid, 500, "2024-06-01")
        before = self.stored()
        self.evaluate(self.scheme, "2024-06-29", partner_ids=self.cid.ids)
        self.assertEqual(self.stored(), before)


@tagged("post_install", "-at_install")
class TestEvaluateRows(EvaluateCase):
    def test_rows(self):
        rows = {row["partner_id"]: row for row in self.scheme.evaluate_rows(AS_OF)}
        self.assertEqual(
            rows[self.ann.id],
            {
                "partner_id": self.ann.id,
                "first_date": AS_OF,
                "last_date": AS_OF,
                "document_count": 1,
                "amount": 120.0,
                "amount_previous": 0.0,
                "margin": rows[self.ann.id]["margin"],
                "quantity": 0.0,
                "r_score": 1,
                "f_score": 1,
                "m_score": 4,
                "rfm_segment": rows[self.ann.id]["rfm_segment"],
                "earned_tier_id": self.gold.id,
            },
        )

    def test_writes_nothing(self):
        self.scheme.evaluate_rows(AS_OF)
        self.assertFalse(self.stored())
        self.assertFalse(self.scheme.last_evaluated)
        self.assertFalse(self.History.search([("scheme_id", "=", self.scheme.id)]))

    def test_any_day_and_text_dates(self):
        self.evaluate(self.scheme)
        self.assertEqual(self.scheme.evaluate_rows("2024-06-29"), [])
        self.assertEqual(len(self.scheme.evaluate_rows("2024-12-31")), 3)

    def test_partner_ids_restrict_the_answer_only(self):
        scheme = self.make_scheme("pyramid", [("A", 50), ("B", 50)])
        [row] = scheme.evaluate_rows(AS_OF, partner_ids=self.cid.ids)
        self.assertEqual(row["earned_tier_id"], scheme.tier_ids[1].id)
        self.assertEqual(row["m_score"], 1)

    def test_same_day_same_answer(self):
        first = self.scheme.evaluate_rows(AS_OF)
        self.evaluate(self.scheme, "2024-09-30")
        self.assertEqual(self.scheme.evaluate_rows(AS_OF), first)

    def test_needs_all_customers(self):
        for rung in (None, "own", "team"):
            with self.assertRaises(AccessError):
                self.scheme.with_user(self.make_user(rung)).evaluate_rows(AS_OF)
        scheme = self.scheme.with_user(self.make_user("all"))
        self.assertEqual(len(scheme.evaluate_rows(AS_OF)), 3)

    def test_not_for_another_company(self):
        user = self.make_user("manager", self.make_company("Other"))
        with self.assertRaises(AccessError):
            self.scheme.with_user(user).evaluate_rows(AS_OF)


@tagged("post_install", "-at_install")
class TestBadScheme(EvaluateCase):
    def make_bad(self, **vals):
        """Break a scheme past the checks, as a restore or a removed app would."""
        scheme = self.make_scheme("pyramid", [("A", 40), ("B", 60)], **vals)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_tier SET share = 50 WHERE id = %s", [scheme.tier_ids[0].id]
        )
        scheme.invalidate_recordset()
        scheme.tier_ids.invalidate_recordset()
        return scheme

    def test_reported_and_the_others_run(self):
        """W9."""
        bad = self.make_bad()
        result = (bad | self.scheme).evaluate(AS_OF)
        self.assertEqual(result["failed"], {bad.id: "The shares make 110 %, not 100 %."})
        self.assertEqual(result["graded"], 3)
        self.assertEqual(bad.evaluation_error, "The shares make 110 %, not 100 %.")
        self.assertFalse(self.stored(bad))
        self.assertEqual(len(self.stored()), 3)

    def test_error_goes_when_it_works_again(self):
        bad = self.make_bad()
        bad.evaluate(AS_OF)
        bad.tier_ids[0].share = 40
        self.evaluate(bad)
        self.assertFalse(bad.evaluation_error)

    def test_managers_get_a_to_do_until_it_works_again(self):
        manager = self.make_user("manager")
        elsewhere = self.make_user("manager", self.make_company("Other"))
        bad = self.make_bad()
        for _night in range(2):
            bad.evaluate(AS_OF)
        todo = bad.activity_ids.filtered(lambda activity: activity.user_id == manager)
        self.assertEqual(len(todo), 1)
        self.assertIn("110 %", todo.note)
        self.assertNotIn(elsewhere, bad.activity_ids.user_id)
        posted = bad.message_ids.filtered(lambda message: "110 %" in (message.body or ""))
        self.assertEqual(len(posted), 1)
        # another sentence takes the place of the first
        bad.tier_ids.invalidate_recordset()
        self.env.cr.execute(
            "UPDATE customer_tier SET share = 60 WHERE id = %s", [bad.tier_ids[0].id]
        )
        self.env.invalidate_all()
        bad.evaluate(AS_OF)
        todo = bad.activity_ids.filtered(lambda activity: activity.user_id == manager)
        self.assertEqual(len(todo), 1)
        self.assertIn("120 %", todo.note)
        bad.tier_ids[0].share = 40
        self.evaluate(bad)
        self.assertFalse(bad.activity_ids)

    def test_a_day_to_come_is_refused(self):
        with freeze_time("2024-06-29 21:00:00"):
            result = self.scheme.evaluate(AS_OF)
        self.assertIn("after today", result["failed"][self.scheme.id])
        self.assertFalse(self.scheme.last_evaluated)
        self.evaluate(self.scheme, AS_OF)
        self.assertEqual(self.scheme.last_evaluated, AS_OF)

    def test_technical_error_is_a_sentence_too(self):
        other = self.make_scheme("amount", LEVELS)
        original = type(self.scheme)._measure_figures

        def measure(scheme, as_of):
            if scheme.id == other.id:
                scheme.env.cr.execute("SELECT 1 / 0")
            return original(scheme, as_of)

        with (
            patch.object(type(self.scheme), "_measure_figures", measure),
            mute_logger("odoo.sql_db", ENGINE_LOG),
        ):
            result = (other | self.scheme).evaluate(AS_OF)
        self.assertEqual(list(result["failed"]), other.ids)
        self.assertIn("DivisionByZero", result["failed"][other.id])
        self.assertEqual(result["graded"], 3)

    def test_failing_halfway_writes_nothing(self):
        """An error in the second range takes back the first."""

        def explode(scheme, history):
            if len(history.partner_id) and self.cid in history.partner_id:
                raise ValueError("boom")

        with (
            patch.object(customer_tier_changes, "BATCH_ROWS", 1),
            patch.object(type(self.scheme), "_after_tier_changes", explode),
            mute_logger(ENGINE_LOG),
        ):
            result = self.scheme.evaluate(AS_OF)
        self.assertIn("ValueError", result["failed"][self.scheme.id])
        self.assertFalse(self.stored())

    def test_cron_goes_on_after_a_bad_scheme(self):
        other_company = self.make_company("Other")
        bad = self.make_bad(company_id=other_company.id)
        self.make_operative(bad)
        with self.enter_registry_test_mode(), freeze_time("2024-06-30 12:00:00"):
            self.env.ref("customer_tiering.ir_cron_evaluate_schemes").method_direct_trigger()
        self.assertEqual(bad.evaluation_error, "The shares make 110 %, not 100 %.")
        self.assertEqual(self.scheme.last_evaluated, AS_OF)
        self.assertEqual(len(self.stored()), 3)


@tagged("post_install", "-at_install")
class TestCron(EvaluateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref("customer_tiering.ir_cron_evaluate_schemes")
        # only ours: the database may hold demo companies
        cls.Scheme.search([("id", "!=", cls.scheme.id)]).operative = False

    def run_cron(self, day="2024-06-30"):
        with self.enter_registry_test_mode(), freeze_time(f"{day} 12:00:00"):
            self.cron.method_direct_trigger()

    def test_grades_operative_schemes(self):
        other = self.make_scheme("amount", LEVELS)
        self.run_cron()
        self.assertEqual(
            self.levels_in(self.scheme), {"Ann": "Gold", "Bob": "Silver", "Cid": "Rest"}
        )
        self.assertFalse(other.last_evaluated)

    def test_second_night_writes_nothing(self):
        self.run_cron()
        before = self.stored()
        self.run_cron()
        self.assertEqual(self.stored(), before)

    def test_equals_evaluate(self):
        other = self.make_scheme("amount", LEVELS)
        with patch.object(customer_tier_changes, "BATCH_ROWS", 1):
            self.run_cron()
        self.evaluate(other)
        self.assertEqual(self.comparable(self.scheme), self.comparable(other))

    def test_commits_by_range_of_partners(self):
        with (
            patch.object(customer_tier_changes, "BATCH_ROWS", 2),
            patch.object(
                type(self.scheme), "_commit_batch", autospec=True, side_effect=lambda *args: None
            ) as commit,
        ):
            self.run_cron()
        self.assertEqual([call.args[2:] for call in commit.call_args_list], [(2, 3), (3, 3)])

    def test_killed_and_begun_again_gives_the_same_rows(self):
        """The first range is committed, then the process is gone."""

        class Killed(BaseException):
            pass

        other = self.make_scheme("amount", LEVELS)
        original = type(self.scheme)._commit_batch

        def die(scheme, checked, done, total):
            original(scheme, checked, done, total)
            raise Killed

        with (
            patch.object(customer_tier_changes, "BATCH_ROWS", 1),
            patch.object(type(self.scheme), "_commit_batch", die),
            suppress(Killed),  # assertRaises would roll back what is committed
        ):
            self.run_scheme_only()
        self.assertEqual(len(self.stored()), 1)
        self.assertFalse(self.scheme.last_evaluated)
        with patch.object(customer_tier_changes, "BATCH_ROWS", 1):
            self.run_cron()
        self.evaluate(other)
        self.assertEqual(self.comparable(self.scheme), self.comparable(other))
        history = self.History.search([("scheme_id", "=", self.scheme.id)])
        self.assertEqual(len(history), 3, "nobody's level is told twice")
        self.assertEqual(set(history.mapped("trigger")), {"baseline"})

    def run_scheme_only(self):
        with (
            self.enter_registry_test_mode(),
            freeze_time("2024-06-30 12:00:00"),
            self.registry.cursor() as cr,
        ):
            self.scheme.with_env(self.env(cr=cr))._cron_evaluate_one()

    def test_another_evaluation_in_between_stops_the_older_one(self):
        """Ranges not yet written rest on documents the other run has seen newer."""
        original = type(self.scheme)._commit_batch

        def meanwhile(scheme, checked, done, total):
            original(scheme, checked, done, total)
            scheme.run_number += 1

        with (
            patch.object(customer_tier_changes, "BATCH_ROWS", 1),
            patch.object(type(self.scheme), "_commit_batch", meanwhile),
        ):
            self.run_cron()
        self.assertEqual(len(self.stored()), 1)
        self.assertTrue(self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.cron.id)]))
        self.run_cron()
        self.assertEqual(self.scheme.last_evaluated, AS_OF)
        self.assertGreater(len(self.stored()), 1)

    def test_pass_that_takes_too_long_hands_over(self):
        other = self.make_operative(
            self.make_scheme("amount", LEVELS, company_id=self.make_company("Other").id)
        )
        self.make_order(self.ann, 500, company_id=other.company_id.id)
        with patch.object(customer_tier_background, "PASS_SECONDS", -1):
            self.run_cron()
        self.assertEqual(self.Scheme.search([("left_since", "!=", False)]), self.scheme | other)
        self.assertTrue(self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.cron.id)]))
        self.run_cron()
        self.assertFalse(self.Scheme.search([("left_since", "!=", False)]))
        self.assertEqual((self.scheme | other).mapped("last_evaluated"), [AS_OF, AS_OF])

    def test_untouched_default_that_does_not_fit_waits(self):
        """Lines far above the company's figures wait for the guided start."""
        self.scheme.operative = False
        self.env.flush_all()
        self.default_scheme.operative = True
        with freeze_time("2024-06-30 12:00:00"):
            self.assertTrue(self.default_scheme._waits_for_start())
        self.run_cron()
        self.assertFalse(self.default_scheme.last_evaluated)
        self.make_order(self.ann, 10_000)
        self.run_cron()
        self.assertEqual(self.default_scheme.last_evaluated, AS_OF)


@tagged("post_install", "-at_install")
class TestEvaluateNow(EvaluateCase):
    def test_button_tells_the_numbers(self):
        with freeze_time("2024-06-30 12:00:00"):
            action = self.scheme.with_user(self.manager).action_evaluate()
        self.assertEqual(action["params"]["message"], "3 graded, 0 up, 0 down.")
        self.assertEqual(action["params"]["type"], "success")

    def test_button_tells_what_went_wrong(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_tier SET min_amount = 100 WHERE scheme_id = %s", [self.scheme.id]
        )
        self.scheme.tier_ids.invalidate_recordset()
        action = self.scheme.action_evaluate()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn("Silver", action["params"]["message"])

    def test_nothing_to_grade(self):
        self.env["sale.order"].search([("company_id", "=", self.company.id)]).state = "cancel"
        action = self.scheme.action_evaluate()
        self.assertEqual(action["params"]["type"], "warning")

    def test_large_companies_go_to_the_background(self):
        scheme = self.scheme.with_user(self.manager)
        with patch.object(customer_tier_evaluation, "BACKGROUND_DOCUMENTS", 2):
            action = scheme.action_evaluate()
        self.assertEqual(action["tag"], "soft_reload")
        self.assertTrue(scheme.evaluation_pending)
        self.assertFalse(scheme.last_evaluated)
        cron = self.env.ref("customer_tiering.ir_cron_evaluate_requested")
        with (
            self.enter_registry_test_mode(),
            patch.object(type(self.env.user), "_bus_send", autospec=True) as send,
        ):
            cron.method_direct_trigger()
        self.assertFalse(self.scheme.evaluation_pending)
        self.assertFalse(self.scheme.evaluation_user_id, "the next night tells nobody")
        self.assertTrue(self.scheme.last_run)
        [call] = [call for call in send.call_args_list if call.args[1] == "simple_notification"]
        self.assertEqual(call.args[0], self.manager)
        self.assertEqual(call.args[2]["title"], self.scheme.name)

    def test_button_needs_the_manager(self):
        with self.assertRaises(AccessError):
            self.scheme.with_user(self.make_user("all")).action_evaluate()


@tagged("post_install", "-at_install")
class TestHooks(EvaluateCase):
    def test_after_tier_changes_gets_every_new_row_once_per_range(self):
        seen = []

        def hook(scheme, history):
            seen.append(history)

        with (
            patch.object(customer_tier_changes, "BATCH_ROWS", 2),
            patch.object(type(self.scheme), "_after_tier_changes", hook),
        ):
            self.evaluate(self.scheme)
            self.assertEqual([len(history) for history in seen], [2, 1])
            everything = seen[0] | seen[1]
            self.assertEqual(everything.partner_id, self.ann | self.bob | self.cid)
            self.assertEqual(set(everything.mapped("trigger")), {"baseline"})
            seen.clear()
            self.evaluate(self.scheme)
            self.assertFalse(seen, "nothing changed, nothing to tell")
            self.make_order(self.cid, 500)
            self.evaluate(self.scheme)
        self.assertEqual(seen[0].partner_id, self.cid)
        self.assertEqual((seen[0].from_tier_id, seen[0].to_tier_id), (self.rest, self.gold))

    def test_after_tier_changes_sees_the_new_level(self):
        levels = []

        def hook(scheme, history):
            levels.extend(history.partner_id.mapped("tier_id.name"))

        self.assertFalse(self.ann.tier_id)
        with patch.object(type(self.scheme), "_after_tier_changes", hook):
            self.evaluate(self.scheme)
        self.assertEqual(sorted(levels), ["Gold", "Rest", "Silver"])

    def test_another_source(self):
        """A higher addon adds a source by one method and a selection entry."""
        original = type(self.scheme)._document_sql

        def document_sql(scheme, source):
            if source != "sale":
                return original(scheme, source)
            return SQL(
                """
                %s
                UNION ALL
                SELECT id, %s::date, 1000, 0, 0, 1 FROM res_partner WHERE id = %s
                """,
                original(scheme, source),
                AS_OF,
                self.cid.id,
            )

        with patch.object(type(self.scheme), "_document_sql", document_sql):
            self.evaluate(self.scheme)
        self.assertEqual(self.standing_of(self.scheme, self.cid).amount, 1001)
        self.assertEqual(self.standing_of(self.scheme, self.cid).document_count, 2)
        self.assertEqual(self.cid.tier_id, self.gold)


@tagged("post_install", "-at_install")
class TestHistory(EvaluateCase):
    def setUp(self):
        super().setUp()
        self.evaluate(self.scheme)

    def test_rows_hold_everything(self):
        self.make_order(self.cid, 70)
        self.evaluate(self.scheme, "2024-07-01")
        row = self.history_of(self.scheme, self.cid)[-1]
        self.assertEqual((row.from_tier_id, row.to_tier_id), (self.rest, self.silver))
        self.assertEqual(
            (row.trigger, row.date, row.direction), ("evaluation", date(2024, 7, 1), "up")
        )
        self.assertEqual(row.revision_id, self.scheme.revision_ids[0])
        self.assertEqual(row.company_id, self.company)
        self.assertEqual(row.reason_code, "amount")
        values = row.reason_values
        self.assertEqual((values["value"], values["line"]), (71, 50))
        self.assertEqual((values["date_from"], values["date_to"]), ("2023-07-02", "2024-07-01"))
        self.assertEqual(values["document_count"], 2)
        self.assertEqual(values["population"], 3)

    def test_reason_in_words(self):
        history = self.History.search([("scheme_id", "=", self.scheme.id)], order="id")
        reasons = {row.partner_id.name: row.reason.replace("\xa0", " ") for row in history}
        self.assertEqual(
            reasons,
            {
                "Ann": "Revenue 120.00 €; line of Gold: 100.00 €.",
                "Bob": "Revenue 60.00 €; line of Silver: 50.00 €.",
                "Cid": "Revenue 1.00 €; Rest takes the rest.",
            },
        )

    def test_reason_of_each_method(self):
        expected = {
            "pyramid": "Rank 1 of 3 by Revenue (120.00 €); A reaches down to 60.00 €.",
            "abc": "Revenue 120.00 €; A reaches down to 120.00 € in the value ranking.",
            "rfm": "Scores R 1, F 1, M 4 make 6 points; A from 6 points.",
        }
        levels = {
            "pyramid": [("A", 50), ("B", 50)],
            "abc": [("A", 60), ("B", 40)],
            "rfm": [("A", 6), ("B", 4)],
        }
        for method, sentence in expected.items():
            scheme = self.make_scheme(method, levels[method])
            self.evaluate(scheme)
            reason = self.history_of(scheme, self.ann).reason
            self.assertEqual(reason.replace("\xa0", " "), sentence)

    def test_reason_without_level(self):
        orders = self.env["sale.order"].search([("partner_id", "=", self.ann.id)])
        orders.state = "cancel"
        self.bob.tier_exempt = True
        self.evaluate(self.scheme)
        period = [format_date(self.env, day) for day in (date(2023, 7, 1), AS_OF)]
        self.assertEqual(
            self.history_of(self.scheme, self.ann)[-1].reason.replace("\xa0", " "),
            "Nothing bought between {} and {}. Gold needs 100.00 €.".format(*period),
        )
        self.assertEqual(self.history_of(self.scheme, self.bob)[-1].reason, "Exempt from grading.")
        scheme = self.make_scheme("amount", [("Gold", 50)])
        self.evaluate(scheme)
        self.make_order(self.ann, 60)
        self.evaluate(scheme)
        self.make_order(self.ann, -30)
        self.evaluate(scheme)
        reason = self.history_of(scheme, self.ann)[-1].reason
        self.assertEqual(
            reason.replace("\xa0", " "),
            "Revenue 30.00 € is below every line. Gold needs 50.00 €.",
        )

    def test_reason_of_quantities_has_no_currency(self):
        self.scheme.measure = "quantity"
        self.evaluate(self.scheme)
        reason = self.history_of(self.scheme, self.ann)[-1].reason
        self.assertEqual(reason, "Quantity 1.00; Rest takes the rest. Gold needs 100.00.")

    def test_reason_in_every_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["res.lang"]._activate_lang("fr_FR")
        row = self.history_of(self.scheme, self.ann)
        self.gold.update_field_translations("name", {"fr_FR": "Or"})
        for lang, name in (("en_US", "Gold"), ("zh_CN", "Gold"), ("fr_FR", "Or")):
            reason = row.with_context(lang=lang).reason
            self.assertIn(name, reason)
            self.assertIn("120", reason)
            self.assertNotIn("%(", reason)

    def test_cannot_be_changed(self):
        row = self.history_of(self.scheme, self.ann)
        with self.assertRaises(UserError):
            row.sudo().write({"date": "2020-01-01"})
        with self.assertRaises(UserError):
            row.with_user(self.manager).write({"date": "2020-01-01"})
        history = self.History.with_user(self.manager)
        with self.assertRaises(AccessError):
            history.browse(row.id).unlink()
        with self.assertRaises(AccessError):
            history.create({"partner_id": self.ann.id, "scheme_id": self.scheme.id})

    def test_revision_of_the_day(self):
        first = self.scheme.revision_ids[0]
        self.silver.min_amount = 1
        self.evaluate(self.scheme)
        rows = self.history_of(self.scheme, self.cid)
        self.assertEqual(rows[0].revision_id, first)
        self.assertEqual(rows[1].revision_id.number, first.number + 1)


@tagged("post_install", "-at_install")
class TestOperative(EvaluateCase):
    def test_making_operative_grades_at_once(self):
        self.evaluate(self.scheme)
        other = self.make_scheme("amount", [("Everybody", None)])
        with freeze_time("2024-06-30 12:00:00"):
            action = other.with_user(self.manager).action_make_operative()
        self.assertEqual(action["params"]["type"], "success")
        self.assertEqual((other.operative, self.scheme.operative), (True, False))
        self.assertEqual(self.ann.tier_id, other.tier_ids)
        self.assertEqual(set(self.history_of(other, self.ann).mapped("trigger")), {"baseline"})

    def test_going_back_is_put_down_to_operative(self):
        self.evaluate(self.scheme)
        self.make_order(self.cid, 500)
        other = self.make_scheme("amount", [("Everybody", None)])
        with freeze_time("2024-06-30 12:00:00"):
            other.action_make_operative()
            self.scheme.action_make_operative()
        self.assertEqual(self.history_of(self.scheme, self.cid)[-1].trigger, "operative")
        self.assertEqual(self.cid.tier_id, self.gold)

    def test_operative_scheme_is_not_archived(self):
        """An archived one would keep every other scheme from becoming operative."""
        with self.assertRaises(ValidationError):
            self.scheme.action_archive()
        other = self.make_scheme("amount", [("Everybody", None)])
        other.action_archive()
        other.action_make_operative()
        self.assertTrue(other.active and other.operative)

    def test_operative_scheme_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "operative"):
            self.scheme.unlink()
        other = self.make_scheme("amount", LEVELS)
        self.evaluate(other)
        other.with_user(self.manager).unlink()
        self.assertFalse(other.exists())


@tagged("post_install", "-at_install")
class TestQueryCount(EvaluateCase):
    """Set-based: ten times the customers take the same number of queries."""

    def queries_of(self, call, warm=True):
        if warm:
            call()  # what is cached once for everybody, like translations, is not the point
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def add_customers(self, number):
        partners = self.env["res.partner"].create(
            [{"name": f"Many {index}"} for index in range(number)]
        )
        self.insert_orders([(partner.id, 10 + partner.id % 150, AS_OF) for partner in partners])
        return partners

    def test_evaluation(self):
        counts = []
        # what is cached once for everybody is not the point
        self.evaluate(self.make_scheme("amount", LEVELS))
        for number in (10, 100):
            for method, levels in (
                ("amount", LEVELS),
                ("pyramid", [("A", 20), ("B", 80)]),
                ("abc", [("A", 80), ("B", 20)]),
                ("rfm", [("A", 10), ("B", 0)]),
            ):
                scheme = self.make_scheme(method, levels)
                with patch.object(type(scheme), "_after_tier_changes", lambda *args: None):
                    counts.append(
                        (
                            self.queries_of(
                                lambda scheme=scheme: scheme.evaluate(AS_OF), warm=False
                            ),
                            self.queries_of(lambda scheme=scheme: scheme.evaluate_rows(AS_OF)),
                        )
                    )
            self.add_customers(number * 10)
        self.assertEqual(counts[:4], counts[4:])

    def test_list_of_customers(self):
        """Level, needs, rank and recency of a list: queries do not grow with its length."""
        self.add_customers(100)
        self.evaluate(self.scheme)
        names = ["tier_id", "rank", "percentile", "amount_to_next", "recency_days", "service_class"]
        standings = self.Standing.search([("scheme_id", "=", self.scheme.id)])
        few = self.queries_of(lambda: standings[:10].read(names))
        self.assertLessEqual(self.queries_of(lambda: standings[:100].read(names)), few)
        partner_names = ["tier_id", "tier_color", "tier_amount", "tier_amount_to_next"]
        partners = standings.partner_id
        few = self.queries_of(lambda: partners[:10].read(partner_names))
        self.assertLessEqual(self.queries_of(lambda: partners[:100].read(partner_names)), few)

    def test_history_reasons(self):
        self.add_customers(100)
        self.evaluate(self.scheme)
        rows = self.History.search([("scheme_id", "=", self.scheme.id)])
        few = self.queries_of(lambda: rows[:10].read(["reason", "direction"]))
        self.assertLessEqual(self.queries_of(lambda: rows[:100].read(["reason", "direction"])), few)


@tagged("post_install", "-at_install")
class TestSettingsOfCron(EvaluateCase):
    def test_switching_the_nightly_run(self):
        cron = self.env.ref("customer_tiering.ir_cron_evaluate_schemes")
        with Form(self.env["res.config.settings"]) as settings:
            self.assertTrue(settings.customer_tier_nightly)
            settings.customer_tier_nightly = False
        settings.record.execute()
        self.assertFalse(cron.active)
