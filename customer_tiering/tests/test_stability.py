"""When a level that the figures call for becomes the level a customer holds."""

from contextlib import suppress
from datetime import date
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ..models import customer_tier_background, customer_tier_changes
from .common import StabilityCase


class Killed(BaseException):
    """The process is gone: nobody catches it."""


@tagged("post_install", "-at_install")
class TestDecisionDays(StabilityCase):
    def test_taken_by_the_first_run_after_the_day_ended(self):
        scheme = self.make_monthly()
        self.buy(self.ann, 1000, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        self.night(scheme, day="2024-02-29 23:59:59")
        self.assertEqual(self.held_by(scheme, self.ann), "Gold", "the day has not ended")
        self.assertEqual(scheme.next_decision, date(2024, 2, 29))
        self.night(scheme, day="2024-03-01 00:00:01")
        self.assertEqual(self.held_by(scheme, self.ann), "")
        self.assertEqual(
            self.told(scheme, self.ann),
            [("2024-02-01", "baseline", "", "Gold"), ("2024-02-29", "evaluation", "Gold", "")],
        )
        self.assertEqual(scheme.next_decision, date(2024, 3, 31))
        self.assertEqual(scheme.last_evaluated, date(2024, 3, 1))

    def test_with_the_figures_of_that_day(self):
        """What is bought on the first of the month comes too late for the last."""
        scheme = self.make_monthly()
        self.buy(self.ann, 1000, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        self.buy(self.ann, 1000, "2024-03-01 00:30:00")
        self.buy(self.bob, 1000, "2024-01-30")
        self.night(scheme, day="2024-03-01")
        self.assertEqual(
            self.told(scheme, self.ann)[1:],
            [("2024-02-29", "evaluation", "Gold", ""), ("2024-03-01", "evaluation", "", "Gold")],
        )
        # 30 January lies in the month up to 29 February, no longer in that up to 1 March
        self.assertEqual(self.told(scheme, self.bob), [("2024-02-29", "evaluation", "", "Gold")])
        self.assertEqual(self.standing_of(scheme, self.bob).amount, 0)
        self.assertEqual(self.standing_of(scheme, self.bob).grace_count, 0)

    def test_missed_decisions_are_caught_up_in_order(self):
        scheme = self.make_monthly(max_steps_down=1)
        self.buy(self.ann, 1000, "2024-01-15")
        self.buy(self.bob, 1000, "2024-01-15")
        self.buy(self.bob, 1000, "2024-04-15")
        self.night(scheme, day="2024-02-01")
        self.night(scheme, day="2024-05-05")
        self.assertEqual(
            self.told(scheme, self.ann)[1:],
            [
                ("2024-02-29", "evaluation", "Gold", "Silver"),
                ("2024-03-31", "evaluation", "Silver", "Bronze"),
                ("2024-04-30", "evaluation", "Bronze", ""),
            ],
        )
        self.assertEqual(
            self.told(scheme, self.bob)[1:],
            [
                ("2024-02-29", "evaluation", "Gold", "Silver"),
                ("2024-03-31", "evaluation", "Silver", "Bronze"),
                ("2024-04-30", "evaluation", "Bronze", "Gold"),
            ],
        )
        self.assertEqual(scheme.next_decision, date(2024, 5, 31))

    def test_caught_up_equals_taken_in_time(self):
        lives = {self.ann: [1000, 0, 50, 50, 1000], self.bob: [100, 5, 5, 5, 5]}
        early = self.make_monthly(grace_decisions=2, max_steps_down=1)
        self.live(early, lives)
        late = self.make_monthly(grace_decisions=2, max_steps_down=1)
        self.night(late, day="2024-02-01")
        self.night(late, day="2024-06-01")
        for partner in lives:
            decided = [row for row in self.told(early, partner) if row[0][8:] != "01"]
            self.assertEqual(
                [row for row in self.told(late, partner) if row[0][8:] != "01"], decided
            )
            self.assertEqual(
                self.standing_of(late, partner).grace_count,
                self.standing_of(early, partner).grace_count,
            )

    def test_single_customers_take_no_decision(self):
        scheme = self.make_monthly()
        self.buy(self.ann, 1000, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        decided = scheme.decided_until
        with freeze_time("2024-03-05 01:00:00"):
            result = scheme.evaluate(partner_ids=self.ann.ids)
        self.assertEqual(result["down"], 0)
        self.assertEqual(self.held_by(scheme, self.ann), "Gold")
        self.assertEqual(self.standing_of(scheme, self.ann).amount, 0, "its figures are new")
        self.assertEqual(scheme.last_evaluated, date(2024, 2, 1))
        self.assertEqual(scheme.decided_until, decided)
        self.assertEqual(scheme.next_decision, date(2024, 2, 29))
        self.night(scheme, day="2024-03-05")
        self.assertEqual(self.told(scheme, self.ann)[-1][0], "2024-02-29")

    def test_a_day_before_the_last_evaluated_writes_nothing(self):
        scheme = self.make_monthly()
        self.buy(self.ann, 1000, "2024-01-15")
        self.night(scheme, day="2024-02-10")
        self.buy(self.bob, 1000, "2024-01-15")
        with freeze_time("2024-02-12 01:00:00"):
            scheme.evaluate("2024-02-05")
        self.assertFalse(self.standing_of(scheme, self.bob))
        self.assertEqual(scheme.last_evaluated, date(2024, 2, 10))

    def test_a_day_before_the_last_evaluated_takes_due_decisions(self):
        scheme = self.make_monthly()
        self.buy(self.ann, 1000, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        self.night(scheme, day="2024-02-29")
        with freeze_time("2024-03-04 01:00:00"):
            result = scheme.evaluate("2024-02-29")
            self.assertEqual(result["down"], 1)
            self.assertEqual(scheme.evaluate("2024-02-29")["down"], 0, "once only")
        self.assertEqual(self.told(scheme, self.ann)[-1], ("2024-02-29", "evaluation", "Gold", ""))

    def test_each_rhythm(self):
        expected = {
            "daily": ["2024-01-16", "2024-01-17", "2024-01-18"],
            "monthly": ["2024-01-31", "2024-02-29", "2024-03-31"],
            "quarterly": ["2024-03-31", "2024-06-30", "2024-09-30"],
        }
        self.buy(self.ann, 1000, "2023-12-16")
        for decision, days in expected.items():
            scheme = self.make_monthly(decision=decision, max_steps_down=1)
            self.night(scheme, day="2024-01-15")
            self.night(scheme, day="2024-01-20" if decision == "daily" else "2024-12-31")
            self.assertEqual([row[0] for row in self.told(scheme, self.ann)[1:]], days, decision)

    def test_the_day_ends_in_the_time_zone_of_the_scheme(self):
        scheme = self.make_monthly(tz="Asia/Shanghai")
        self.buy(self.ann, 1000, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        # 00:30 on 1 March in Shanghai
        self.buy(self.ann, 1000, "2024-02-29 16:30:00")
        self.night(scheme, day="2024-02-29 15:59:59")
        self.assertEqual(self.held_by(scheme, self.ann), "Gold")
        self.night(scheme, day="2024-02-29 16:00:00")
        self.assertEqual(
            self.told(scheme, self.ann)[1:],
            [("2024-02-29", "evaluation", "Gold", ""), ("2024-03-01", "evaluation", "", "Gold")],
        )

    def test_another_rhythm_decides_nothing_in_retrospect(self):
        """Going from quarters to months or days, the months gone by are not made up for."""
        for decision, next_day in (("monthly", "2024-03-31"), ("daily", "2024-03-20")):
            scheme = self.make_monthly(decision="quarterly", grace_decisions=3)
            self.buy(self.ann, 1000, "2023-12-25")
            self.night(scheme, day="2024-01-05")
            self.night(scheme, day="2024-03-20")
            scheme.decision = decision
            self.assertEqual(str(scheme.next_decision), next_day)
            self.night(scheme, day="2024-03-20")
            self.assertEqual(self.standing_of(scheme, self.ann).grace_count, 0)
            self.assertEqual(self.held_by(scheme, self.ann), "Gold")

    def test_the_baseline_is_no_decision(self):
        scheme = self.make_monthly()
        self.buy(self.ann, 1000, "2024-01-15")
        self.night(scheme, day="2024-02-10")
        self.assertEqual(len(self.told(scheme, self.ann)), 1)
        self.assertEqual(scheme.next_decision, date(2024, 2, 29))
        self.buy(self.bob, 1000, "2024-06-10")
        scheme = self.make_monthly()
        self.night(scheme, day="2024-06-10")
        self.assertFalse(self.told(scheme, self.ann))
        self.assertEqual(scheme.next_decision, date(2024, 6, 30))


@tagged("post_install", "-at_install")
class TestKilled(StabilityCase):
    """A background pass that is killed is begun again and gives the same rows."""

    RULES = {"grace_decisions": 2, "max_steps_down": 1}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scheme = cls.make_operative(cls.make_monthly(**cls.RULES))
        cls.twin = cls.make_monthly(**cls.RULES)
        cls.insert_orders(
            [(partner.id, 1000, "2024-01-15") for partner in (cls.ann, cls.bob, cls.cid, cls.dan)]
        )
        cls.insert_orders([(cls.dan.id, 1000, f"2024-0{month}-15") for month in (2, 3, 4)])

    def setUp(self):
        super().setUp()
        self.night(self.scheme, self.twin, day="2024-02-01")

    def rows(self, scheme):
        self.env.invalidate_all()
        standings = self.Standing.search([("scheme_id", "=", scheme.id)])
        return {
            standing.partner_id.name: (
                standing.tier_id.code,
                standing.earned_tier_id.code,
                standing.grace_count,
                standing.tier_since,
                standing.amount,
                self.told(scheme, standing.partner_id),
            )
            for standing in standings
        }

    def kill(self, position, day="2024-05-02"):
        """Run the background pass and kill it at its n-th commit; what is committed stays."""
        commits = []

        def die(scheme, done, total):
            commits.append((done, total))
            if len(commits) == position:
                raise Killed

        with (
            freeze_time(f"{day} 01:00:00"),
            patch.object(customer_tier_changes, "BATCH_ROWS", 1),
            suppress(Killed),  # assertRaises would roll back what is committed
        ):
            self.scheme._evaluate_one(after_batch=die)
        self.env.flush_all()
        return commits

    def test_killed_at_any_commit(self):
        """Grace is not counted twice, no level lost twice, nobody told twice."""
        self.night(self.twin, day="2024-05-02")
        expected = self.rows(self.twin)
        self.assertEqual([row[0] for row in expected["Ann"][-1]], ["2024-02-01", "2024-03-31"])
        total = 40
        for position in range(1, total):
            with self.subTest(position), self.env.cr.savepoint(flush=True) as savepoint:
                commits = self.kill(position)
                if len(commits) < position:
                    # there was nothing left to kill
                    self.assertGreater(position, 6)
                    break
                self.night(self.scheme, day="2024-05-02")
                self.assertEqual(self.rows(self.scheme), expected, commits)
                savepoint.rollback()
                self.env.invalidate_all()
        else:
            self.fail("the run has more commits than expected")

    def test_pass_ends_between_two_decisions(self):
        self.night(self.twin, day="2024-05-02")
        passes = []
        with patch.object(customer_tier_background, "PASS_SECONDS", 0):
            for _number in range(6):
                with (
                    self.enter_registry_test_mode(),
                    freeze_time("2024-05-02 01:00:00"),
                    self.registry.cursor() as cr,
                ):
                    scheme = self.scheme.with_env(self.env(cr=cr))
                    over = scheme.with_context(tier_deadline=-1)
                    try:
                        over._cron_evaluate_one()
                    except customer_tier_background.PassOver:
                        passes.append(scheme.decided_until)
                    else:
                        break
        self.assertEqual(passes, [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)])
        self.assertEqual(self.rows(self.scheme), self.rows(self.twin))

    def test_a_request_outlives_the_decisions_before_it(self):
        """Published at once in the background; the pass ends after a decision that was due."""
        self.scheme.with_user(self.make_user("manager"))._request_evaluation("publish", True)
        with (
            self.enter_registry_test_mode(),
            freeze_time("2024-03-05 01:00:00"),
            self.registry.cursor() as cr,
        ):
            scheme = self.scheme.with_env(self.env(cr=cr))
            with suppress(customer_tier_background.PassOver):
                scheme.with_context(tier_deadline=-1)._cron_evaluate_one()
        self.env.invalidate_all()
        self.assertEqual(self.held_by(self.scheme, self.ann), "Gold")
        self.assertTrue(self.scheme.evaluation_pending, "the request itself is still to be done")
        with self.enter_registry_test_mode(), freeze_time("2024-03-05 02:00:00"):
            self.env.ref("customer_tiering.ir_cron_evaluate_requested").method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(self.scheme.evaluation_pending)
        self.assertEqual(
            self.told(self.scheme, self.ann)[-1], ("2024-03-05", "publish", "Gold", "")
        )

    def test_a_smaller_request_does_not_replace_a_larger(self):
        """Exempting somebody while "at once" is waiting must not make it "as the rules say"."""
        self.scheme._request_evaluation("publish", True)
        self.scheme._request_evaluation()
        self.assertTrue(self.scheme.evaluation_at_once)
        self.assertEqual(self.scheme.evaluation_trigger, "publish")

    def test_decisions_somebody_else_took_meanwhile_are_not_taken_again(self):
        """Between two commits another evaluation catches up with all decisions."""
        self.night(self.twin, day="2024-05-02")
        calls = []

        def meanwhile(scheme, done, total):
            calls.append(total)
            if not total and len(calls) == 5:
                # after the first decision, which wrote four customers
                scheme._evaluate_one()

        with (
            freeze_time("2024-05-02 01:00:00"),
            patch.object(customer_tier_changes, "BATCH_ROWS", 1),
        ):
            self.scheme._evaluate_one(after_batch=meanwhile)
        self.assertIn(0, calls)
        self.assertEqual(self.rows(self.scheme), self.rows(self.twin))


@tagged("post_install", "-at_install")
class TestRise(StabilityCase):
    def test_at_once_between_decisions(self):
        scheme = self.make_monthly(rise="at_once")
        self.buy(self.ann, 10, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        self.buy(self.ann, 1000, "2024-02-10")
        self.night(scheme, day="2024-02-10")
        self.assertEqual(self.told(scheme, self.ann)[-1][0::3], ("2024-02-10", "Gold"))

    def test_on_the_decision_day(self):
        scheme = self.make_monthly(rise="decision")
        self.buy(self.ann, 10, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        self.buy(self.ann, 1000, "2024-02-10")
        self.night(scheme, day="2024-02-10")
        standing = self.standing_of(scheme, self.ann)
        self.assertEqual((standing.tier_id.name, standing.earned_tier_id.name), ("Bronze", "Gold"))
        self.assertTrue(standing.differs)
        self.assertEqual((standing.change_ahead, str(standing.change_date)), ("rise", "2024-02-29"))
        self.night(scheme, day="2024-03-01")
        self.assertEqual(self.told(scheme, self.ann)[-1][0::3], ("2024-02-29", "Gold"))

    def test_a_new_customer_waits_for_the_decision_day(self):
        scheme = self.make_monthly(rise="decision")
        self.buy(self.ann, 10, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        self.buy(self.bob, 1000, "2024-02-10")
        self.night(scheme, day="2024-02-10")
        standing = self.standing_of(scheme, self.bob)
        self.assertEqual((standing.tier_id.name, standing.earned_tier_id.name), (False, "Gold"))
        self.assertEqual(standing.amount, 1000)
        self.assertFalse(self.told(scheme, self.bob))
        self.night(scheme, day="2024-03-01")
        self.assertEqual(self.told(scheme, self.bob), [("2024-02-29", "evaluation", "", "Gold")])
        self.assertEqual(self.standing_of(scheme, self.bob).tier_since, date(2024, 2, 29))

    def test_the_baseline_does_not_wait(self):
        scheme = self.make_monthly(rise="decision")
        self.buy(self.ann, 1000, "2024-01-15")
        self.night(scheme, day="2024-02-10")
        self.assertEqual(self.held_by(scheme, self.ann), "Gold")

    def test_no_limit_of_steps_up(self):
        scheme = self.make_monthly(max_steps_down=1)
        levels = self.live(scheme, {self.ann: [10, 1000], self.bob: [10, 0]})
        self.assertEqual(levels[self.ann], ["Bronze", "Gold"])


@tagged("post_install", "-at_install")
class TestGrace(StabilityCase):
    def test_falls_at_the_nth_decision_in_a_row(self):
        for grace, expected in (
            (1, ["Gold", "", "", "", ""]),
            (2, ["Gold", "Gold", "", "", ""]),
            (3, ["Gold", "Gold", "Gold", "", ""]),
        ):
            scheme = self.make_monthly(grace_decisions=grace)
            partner = self.make_partner()
            levels = self.live(scheme, {partner: [1000, 0, 0, 0, 0]})
            self.assertEqual(levels[partner], expected, f"grace {grace}")

    def test_one_decision_above_the_line_starts_anew(self):
        scheme = self.make_monthly(grace_decisions=2)
        levels = self.live(scheme, {self.ann: [1000, 999, 1000, 999, 1000, 999, 999]})
        self.assertEqual(levels[self.ann], [*["Gold"] * 6, "Silver"])

    def test_between_decisions_nothing_counts(self):
        scheme = self.make_monthly(grace_decisions=2)
        self.buy(self.ann, 1000, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        for day in ("2024-02-16", "2024-02-20", "2024-02-28"):
            self.night(scheme, day=day)
            self.assertEqual(self.standing_of(scheme, self.ann).grace_count, 0)
        for day in ("2024-03-01", "2024-03-05", "2024-03-31"):
            self.night(scheme, day=day)
            self.assertEqual(self.standing_of(scheme, self.ann).grace_count, 1)

    def test_above_the_line_between_decisions_only_does_not_help(self):
        """The line is looked at on decision days."""
        scheme = self.make_monthly(grace_decisions=2)
        self.buy(self.ann, 1000, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        self.night(scheme, day="2024-03-01")
        self.buy(self.ann, 1000, "2024-03-02")
        self.night(scheme, day="2024-03-03")
        self.assertEqual(self.standing_of(scheme, self.ann).grace_count, 1)
        # cancelled before the decision
        self.env.cr.execute(
            "UPDATE sale_order SET state = 'cancel' WHERE partner_id = %s AND date_order > %s",
            [self.ann.id, "2024-03-01"],
        )
        self.night(scheme, day="2024-04-01")
        self.assertEqual(self.held_by(scheme, self.ann), "")

    def test_count_starts_anew_with_every_level(self):
        scheme = self.make_monthly(grace_decisions=2, max_steps_down=1)
        levels = self.live(scheme, {self.ann: [1000, 0, 0, 0, 0, 0, 0]})
        self.assertEqual(
            levels[self.ann], ["Gold", "Gold", "Silver", "Silver", "Bronze", "Bronze", ""]
        )

    def test_count_starts_anew_after_a_rise(self):
        scheme = self.make_monthly(grace_decisions=2)
        levels = self.live(scheme, {self.ann: [100, 0, 1000, 0, 0]})
        self.assertEqual(levels[self.ann], ["Silver", "Silver", "Gold", "Gold", ""])

    def test_falls_to_what_the_figures_call_for(self):
        """Not to the level he was below at first."""
        scheme = self.make_monthly(grace_decisions=2)
        levels = self.live(scheme, {self.ann: [1000, 0, 150]})
        self.assertEqual(levels[self.ann], ["Gold", "Gold", "Silver"])

    def test_missing_an_even_lower_line_is_still_below(self):
        scheme = self.make_monthly(grace_decisions=2)
        levels = self.live(scheme, {self.ann: [1000, 150, 0]})
        self.assertEqual(levels[self.ann], ["Gold", "Gold", ""])


@tagged("post_install", "-at_install")
class TestMinimumStay(StabilityCase):
    def check_stay(self, days, expected_fall, last="2024-01-25"):
        scheme = self.make_monthly(decision="daily", min_stay_days=days)
        partner = self.make_partner()
        self.buy(partner, 1000, "2023-12-16")
        self.night(scheme, day="2024-01-10")
        self.night(scheme, day=last)
        self.assertEqual(self.told(scheme, partner)[-1][0], expected_fall)

    def test_to_the_day(self):
        # got the level on 10 January; below the line from 16 January on
        self.check_stay(0, "2024-01-16")
        self.check_stay(6, "2024-01-16")
        self.check_stay(7, "2024-01-17")
        self.check_stay(30, "2024-02-09", last="2024-02-20")

    def test_waits_for_the_next_decision_and_goes_where_the_figures_call_for(self):
        scheme = self.make_monthly(min_stay_days=59)
        # 1 February + 59 days = 31 March, a decision day
        levels = self.live(scheme, {self.ann: [1000, 0, 150], self.bob: [1000, 0, 0]})
        self.assertEqual(levels[self.ann], ["Gold", "Gold", "Silver"])
        self.assertEqual(levels[self.bob], ["Gold", "Gold", ""])
        scheme = self.make_monthly(min_stay_days=60)
        levels = self.live(scheme, {self.cid: [1000, 0, 0, 0]})
        self.assertEqual(levels[self.cid], ["Gold", "Gold", "Gold", ""])

    def test_counts_from_each_new_level(self):
        scheme = self.make_monthly(min_stay_days=40, max_steps_down=1)
        levels = self.live(scheme, {self.ann: [1000, 0, 0, 0, 0, 0, 0]})
        # falls on 31 March (59 days after 1 February), then every second month
        self.assertEqual(
            levels[self.ann], ["Gold", "Gold", "Silver", "Silver", "Bronze", "Bronze", ""]
        )

    def test_does_not_stop_a_rise(self):
        scheme = self.make_monthly(min_stay_days=365)
        levels = self.live(scheme, {self.ann: [10, 100, 1000]})
        self.assertEqual(levels[self.ann], ["Bronze", "Silver", "Gold"])

    def test_grace_goes_on_during_the_stay(self):
        """Both run side by side: whatever ends later decides."""
        scheme = self.make_monthly(min_stay_days=80, grace_decisions=2)
        levels = self.live(scheme, {self.ann: [1000, 0, 0, 0], self.bob: [1000, 0, 1000, 0]})
        # the stay ends on 21 April
        self.assertEqual(levels[self.ann], ["Gold", "Gold", "Gold", ""])
        self.assertEqual(levels[self.bob], ["Gold", "Gold", "Gold", "Gold"])


@tagged("post_install", "-at_install")
class TestSteps(StabilityCase):
    def test_at_most(self):
        for steps, expected in (
            (0, ["Gold", "", "", ""]),
            (1, ["Gold", "Silver", "Bronze", ""]),
            (2, ["Gold", "Bronze", "", ""]),
            (3, ["Gold", "", "", ""]),
        ):
            scheme = self.make_monthly(max_steps_down=steps)
            partner = self.make_partner()
            levels = self.live(scheme, {partner: [1000, 0, 0, 0]})
            self.assertEqual(levels[partner], expected, f"steps {steps}")

    def test_no_level_is_one_step_below_the_last(self):
        scheme = self.make_monthly(max_steps_down=1)
        levels = self.live(scheme, {self.ann: [10, 0]})
        self.assertEqual(levels[self.ann], ["Bronze", ""])

    def test_does_not_fall_further_than_the_figures_call_for(self):
        scheme = self.make_monthly(max_steps_down=2)
        levels = self.live(scheme, {self.ann: [1000, 150]})
        self.assertEqual(levels[self.ann], ["Gold", "Silver"])

    def test_the_history_says_that_the_fall_is_limited(self):
        scheme = self.make_monthly(max_steps_down=1)
        self.live(scheme, {self.ann: [1000, 20]})
        self.assertEqual(
            self.history_of(scheme, self.ann)[-1].reason.replace("\xa0", " "),
            "Revenue 20.00 €; line of Bronze: 10.00 €. Gold needs 1,000.00 €. A level is not lost "
            "faster than the rules say, so Silver for now.",
        )


@tagged("post_install", "-at_install")
class TestHysteresis(StabilityCase):
    def test_amount_to_the_cent(self):
        scheme = self.make_monthly(hysteresis=5)
        levels = self.live(
            scheme,
            {
                self.ann: [1000, 950],
                self.bob: [1000, 949.99],
                self.cid: [999.99, 999.99],
                self.dan: [100, 95],
            },
        )
        self.assertEqual(levels[self.ann], ["Gold", "Gold"])
        self.assertEqual(levels[self.bob], ["Gold", "Silver"])
        self.assertEqual(levels[self.cid], ["Silver", "Silver"], "reaching is not easier")
        self.assertEqual(levels[self.dan], ["Silver", "Silver"])

    def test_amount_with_a_fraction_of_a_percent(self):
        scheme = self.make_monthly(hysteresis=12.34)
        levels = self.live(scheme, {self.ann: [1000, 876.60], self.bob: [1000, 876.59]})
        self.assertEqual((levels[self.ann][-1], levels[self.bob][-1]), ("Gold", "Silver"))

    def test_a_customer_within_the_tolerance_has_no_grace_to_lose(self):
        scheme = self.make_monthly(hysteresis=5, grace_decisions=2)
        levels = self.live(scheme, {self.ann: [1000, 960, 940, 960, 940, 940]})
        self.assertEqual(levels[self.ann], [*["Gold"] * 5, "Silver"])

    def test_pyramid_ranks(self):
        """20 % of 20 customers are 4; with 25 % tolerance the fifth stays, the sixth not."""
        scheme = self.make_monthly("pyramid", [("Top", 20), ("Rest", 80)], hysteresis=25)
        partners = [self.make_partner() for _number in range(20)]
        amounts = {partner: 2000 - 10 * rank for rank, partner in enumerate(partners, 1)}
        fourth, fifth, sixth = partners[3:6]
        # the third and fourth sink to the fifth and sixth rank
        second = {**amounts, partners[2]: amounts[fifth] - 1, fourth: amounts[sixth] - 1}
        levels = self.live(
            scheme, {partner: [amounts[partner], second[partner]] for partner in partners}
        )
        self.assertEqual(levels[fourth], ["Top", "Rest"])
        self.assertEqual(self.standing_of(scheme, partners[2]).rank, 4)
        self.assertEqual(levels[partners[2]], ["Top", "Top"])
        self.assertEqual(levels[fifth], ["Rest", "Top"])
        self.assertEqual(self.standing_of(scheme, sixth).rank, 5)
        self.assertEqual(levels[sixth], ["Rest", "Rest"], "reaching is not easier")

    def test_pyramid_stays_on_the_widened_rank(self):
        scheme = self.make_monthly("pyramid", [("Top", 20), ("Rest", 80)], hysteresis=25)
        partners = [self.make_partner() for _number in range(20)]
        amounts = {partner: 2000 - 10 * rank for rank, partner in enumerate(partners, 1)}
        # the fourth is overtaken by two, the third by one: ranks 6 and 5
        second = dict(amounts)
        second[partners[18]] = second[partners[19]] = 5000
        levels = self.live(
            scheme, {partner: [amounts[partner], second[partner]] for partner in partners}
        )
        self.assertEqual(self.standing_of(scheme, partners[2]).rank, 5)
        self.assertEqual(levels[partners[2]], ["Top", "Top"])
        self.assertEqual(self.standing_of(scheme, partners[3]).rank, 6)
        self.assertEqual(levels[partners[3]], ["Top", "Rest"])

    def test_pyramid_widened_to_everybody(self):
        """80 % and a quarter more is everybody: nobody falls from there but who buys nothing."""
        scheme = self.make_monthly("pyramid", [("Most", 80), ("Rest", 20)], hysteresis=25)
        lives = {self.make_partner(): [amount, 1000 - amount] for amount in range(100, 600, 100)}
        lives[self.ann] = [150, -50]
        levels = self.live(scheme, lives)
        for partner in lives:
            if levels[partner][0] == "Most":
                self.assertEqual(levels[partner][1], "Most")
        standing = self.standing_of(scheme, self.ann)
        self.assertEqual((standing.rank, standing.amount), (6, -50))
        self.assertEqual((standing.change_ahead, levels[self.ann][1]), (False, "Most"))

    def test_abc_shares(self):
        """Class A reaches down to 60 % of the value; with 10 % tolerance to 66 %."""
        scheme = self.make_monthly("abc", [("A", 60), ("B", 40)], hysteresis=10)
        # better customers of Bob: 50, then 65, then 66 of 100
        self.live(scheme, {self.ann: [50, 65], self.bob: [40, 34], self.cid: [10, 1]})
        standing = self.standing_of(scheme, self.bob)
        self.assertEqual((standing.earned_tier_id.name, standing.tier_id.name), ("B", "A"))
        scheme = self.make_monthly("abc", [("A", 60), ("B", 40)], hysteresis=10)
        self.env.cr.execute("DELETE FROM sale_order WHERE company_id = %s", [self.company.id])
        self.live(scheme, {self.ann: [50, 66], self.bob: [40, 33], self.cid: [10, 1]})
        self.assertEqual(self.held_by(scheme, self.bob), "B", "66 is not below 66")

    def test_abc_without_value_is_the_last_level(self):
        scheme = self.make_monthly("abc", [("A", 80), ("B", 20)], hysteresis=20)
        levels = self.live(scheme, {self.ann: [50, -5], self.bob: [40, 0.01]})
        self.assertEqual((levels[self.ann][-1], levels[self.bob][-1]), ("B", "A"))

    def test_rfm_points(self):
        """10 points and 20 % tolerance: 8 stay."""
        scheme = self.make_monthly(
            "rfm", [("Best", 10), ("Rest", 3)], hysteresis=20, weight_r=1, weight_f=0, weight_m=2
        )
        partners = [self.make_partner() for _letter in "abcde"]
        amounts = [10, 20, 30, 40, 50]
        self.live(
            scheme,
            {
                partner: [amount, after]
                for partner, amount, after in zip(
                    partners, amounts, [10, 20, 41, 40, 45], strict=True
                )
            },
        )
        standings = [self.standing_of(scheme, partner) for partner in partners]
        # all bought on the same day: R 1 for everybody, 2 × M on top
        self.assertEqual([standing.m_score for standing in standings], [1, 2, 4, 3, 5])
        self.assertEqual([standing._get_points() for standing in standings], [3, 5, 9, 7, 11])
        self.assertEqual(
            [standing.tier_id.name for standing in standings],
            ["Rest", "Rest", "Rest", "Rest", "Best"],
        )
        best = scheme.tier_ids[0]
        self.assertEqual((best.line_value, best.keep_value), (10, 8))

    def test_rfm_keeps_within_the_tolerance(self):
        scheme = self.make_monthly(
            "rfm", [("Best", 10), ("Rest", 3)], hysteresis=20, weight_r=0, weight_f=0, weight_m=2
        )
        partners = [self.make_partner() for _letter in "abcde"]
        orders = [[10, 20, 30, 40, 50], [10, 20, 30, 50, 40], [10, 20, 40, 50, 30]]
        lives = {
            partner: list(row)
            for partner, row in zip(partners, zip(*orders, strict=True), strict=True)
        }
        levels = self.live(scheme, lives)
        self.assertEqual(levels[partners[4]], ["Best", "Best", "Rest"], "10, 8, then 6 points")
        self.assertEqual(levels[partners[3]], ["Rest", "Best", "Best"])

    def test_none_for_levels_by_hand(self):
        scheme = self.make_monthly("manual", [("A", 0), ("B", 0)], hysteresis=50)
        level_a, level_b = scheme.tier_ids
        with freeze_time("2024-01-15 10:00:00"):
            standing = self.Standing.create(
                {"scheme_id": scheme.id, "partner_id": self.ann.id, "tier_id": level_a.id}
            )
            standing.tier_id = level_b
        self.assertEqual(standing.tier_id, level_b, "acts at once")
        self.night(scheme, day="2024-02-01")
        self.night(scheme, day="2024-05-01")
        self.assertEqual(self.held_by(scheme, self.ann), "B")
        self.assertEqual((standing.change_ahead, standing.grace_count), (False, 0))


@tagged("post_install", "-at_install")
class TestProtected(StabilityCase):
    """Lock, floor, freeze, exemption."""

    def hold_on(self, day, scheme, partner, **kwargs):
        standing = self.standing_of(scheme, partner)
        with freeze_time(f"{day} 10:00:00"):
            if "tier" in kwargs:
                standing.lock_level(kwargs["tier"], date.fromisoformat(kwargs["until"]), "Contract")
            else:
                standing.hold_level(date.fromisoformat(kwargs["until"]), "Contract")
        return standing

    def test_a_lock_holds_exactly_its_level(self):
        scheme = self.make_monthly()
        gold, silver, bronze = scheme.tier_ids
        partners = (self.ann, self.bob)
        self.insert_orders([(partner.id, 150, "2024-01-15") for partner in partners])
        self.night(scheme, day="2024-02-01")
        for partner in partners:
            self.hold_on("2024-02-02", scheme, partner, tier=silver, until="2024-03-31")
        self.buy(self.ann, 5000, "2024-02-10")
        for day in ("2024-02-10", "2024-03-01", "2024-03-31"):
            self.night(scheme, day=day)
            self.assertEqual(self.held_by(scheme, self.ann), "Silver", "no rise")
            self.assertEqual(self.held_by(scheme, self.bob), "Silver", "no fall")
            self.assertEqual(self.standing_of(scheme, self.bob).grace_count, 0)
        self.assertEqual(self.standing_of(scheme, self.ann).earned_tier_id.name, False)

    def test_a_lock_acts_at_once_and_both_ways(self):
        scheme = self.make_monthly()
        gold, silver, bronze = scheme.tier_ids
        self.insert_orders([(partner.id, 150, "2024-01-15") for partner in (self.ann, self.bob)])
        self.night(scheme, day="2024-02-01")
        self.hold_on("2024-02-02", scheme, self.ann, tier=gold, until="2024-12-31")
        self.hold_on("2024-02-02", scheme, self.bob, tier=bronze, until="2024-12-31")
        self.assertEqual(self.told(scheme, self.ann)[-1], ("2024-02-02", "lock", "Silver", "Gold"))
        self.assertEqual(
            self.told(scheme, self.bob)[-1], ("2024-02-02", "lock", "Silver", "Bronze")
        )
        self.assertEqual(self.standing_of(scheme, self.ann).tier_since, date(2024, 2, 2))
        self.night(scheme, day="2024-02-03")
        self.assertEqual(self.held_by(scheme, self.bob), "Bronze")

    def test_the_last_day_of_a_lock_counts(self):
        """It holds through its last day; the decision of the next day is free."""
        scheme = self.make_monthly(decision="daily")
        silver = scheme.tier_ids[1]
        for until, fall in (("2024-02-20", "2024-02-21"), ("2024-02-19", "2024-02-20")):
            partner = self.make_partner()
            self.buy(partner, 150, "2024-01-15")
            scheme = self.make_monthly(decision="daily")
            silver = scheme.tier_ids[1]
            self.night(scheme, day="2024-02-01")
            self.hold_on("2024-02-02", scheme, partner, tier=silver, until=until)
            self.night(scheme, day="2024-02-25")
            rows = self.told(scheme, partner)
            self.assertEqual(rows[-1], (fall, "evaluation", "Silver", ""))
            self.assertEqual(rows[-2], (fall, "unlock", "Silver", "Silver"))

    def test_expiry_is_noted_by_the_run(self):
        scheme = self.make_monthly()
        self.buy(self.ann, 150, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        standing = self.hold_on(
            "2024-02-02", scheme, self.ann, tier=scheme.tier_ids[0], until="2024-02-10"
        )
        self.night(scheme, day="2024-02-10")
        self.assertTrue(standing.lock_tier_id)
        self.night(scheme, day="2024-02-11")
        self.assertEqual(self.told(scheme, self.ann)[-1], ("2024-02-11", "unlock", "Gold", "Gold"))
        row = self.history_of(scheme, self.ann)[-1]
        self.assertEqual(row.reason, "The lock ran out on 02/10/2024.")
        self.assertEqual(row.direction, "same")
        standing.invalidate_recordset()
        self.assertFalse(standing.lock_tier_id or standing.lock_until or standing.lock_reason)
        self.assertEqual(standing.tier_id.name, "Gold", "falls on the next decision day only")
        number = len(self.history_of(scheme, self.ann))
        self.night(scheme, day="2024-02-12")
        self.assertEqual(len(self.history_of(scheme, self.ann)), number, "noted once")
        self.night(scheme, day="2024-03-01")
        self.assertEqual(self.told(scheme, self.ann)[-1], ("2024-02-29", "evaluation", "Gold", ""))

    def test_a_rise_the_lock_held_back_comes_with_its_end(self):
        scheme = self.make_monthly()
        self.buy(self.ann, 150, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        self.hold_on("2024-02-02", scheme, self.ann, tier=scheme.tier_ids[1], until="2024-02-20")
        self.buy(self.ann, 5000, "2024-02-10")
        self.night(scheme, day="2024-02-20")
        self.assertEqual(self.held_by(scheme, self.ann), "Silver")
        self.night(scheme, day="2024-02-21")
        self.assertEqual(self.held_by(scheme, self.ann), "Gold")

    def test_releasing_follows_the_rules_again(self):
        scheme = self.make_monthly()
        self.insert_orders([(partner.id, 150, "2024-01-15") for partner in (self.ann, self.bob)])
        self.night(scheme, day="2024-02-01")
        for partner in (self.ann, self.bob):
            self.hold_on("2024-02-02", scheme, partner, tier=scheme.tier_ids[1], until="2024-12-31")
        self.buy(self.ann, 5000, "2024-02-10")
        self.night(scheme, day="2024-02-20")
        standings = self.standing_of(scheme, self.ann) | self.standing_of(scheme, self.bob)
        with freeze_time("2024-02-20 10:00:00"):
            standings.action_release_level()
        self.assertEqual(self.held_by(scheme, self.ann), "Gold", "a rise at once")
        self.assertEqual(self.held_by(scheme, self.bob), "Silver", "a fall on decision day")
        self.assertEqual(
            [row[1] for row in self.told(scheme, self.ann)],
            ["baseline", "lock", "unlock", "evaluation"],
        )
        self.night(scheme, day="2024-03-01")
        self.assertEqual(self.held_by(scheme, self.bob), "")

    def test_a_floor_stops_falling_only(self):
        scheme = self.make_monthly()
        self.insert_orders([(partner.id, 150, "2024-01-15") for partner in (self.ann, self.bob)])
        self.night(scheme, day="2024-02-01")
        for partner in (self.ann, self.bob):
            self.hold_on("2024-02-02", scheme, partner, until="2024-05-15")
        self.buy(self.ann, 5000, "2024-02-10")
        self.night(scheme, day="2024-03-01")
        self.assertEqual(self.held_by(scheme, self.ann), "Gold", "a rise is possible")
        self.assertEqual(self.held_by(scheme, self.bob), "Silver")
        self.night(scheme, day="2024-04-01")
        self.assertEqual(self.held_by(scheme, self.ann), "Silver", "falls as far as the floor")
        self.night(scheme, day="2024-06-01")
        rows = self.told(scheme, self.bob)
        self.assertIn(("2024-05-31", "unlock", "Silver", "Silver"), rows)
        self.assertEqual(rows[-1], ("2024-05-31", "evaluation", "Silver", ""))
        self.assertEqual(
            self.history_of(scheme, self.bob)[-2].reason, "The hold ran out on 05/15/2024."
        )

    def test_no_grace_is_counted_above_a_floor(self):
        """Gold with a floor at Silver: decisions below the line count when the floor is over."""
        scheme = self.make_monthly(grace_decisions=2)
        self.buy(self.ann, 150, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        standing = self.hold_on("2024-02-02", scheme, self.ann, until="2024-05-15")
        self.buy(self.ann, 1000, "2024-02-15")
        self.night(scheme, day="2024-03-01")
        self.assertEqual(self.held_by(scheme, self.ann), "Gold")
        self.night(scheme, day="2024-03-20")
        standing.invalidate_recordset()
        with freeze_time("2024-03-20 12:00:00"):
            self.assertEqual(standing.change_ahead, "fall")
            self.assertEqual(str(standing.change_date), "2024-06-30")
            self.assertIn("Keeps Gold", standing.change_hint)
            self.assertIn("Does not fall below Silver", standing.change_hint)
        for day, count in (("2024-04-01", 0), ("2024-05-01", 0), ("2024-06-01", 1)):
            self.night(scheme, day=day)
            self.assertEqual((standing.tier_id.name, standing.grace_count), ("Gold", count), day)
        with freeze_time("2024-06-01 12:00:00"):
            self.assertEqual(str(standing.change_date), "2024-06-30")
        self.night(scheme, day="2024-07-01")
        self.assertEqual(self.told(scheme, self.ann)[-1], ("2024-06-30", "evaluation", "Gold", ""))

    def test_grace_starts_anew_after_a_floor(self):
        scheme = self.make_monthly(grace_decisions=2)
        self.buy(self.ann, 1000, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        self.night(scheme, day="2024-03-01")
        standing = self.standing_of(scheme, self.ann)
        self.assertEqual(standing.grace_count, 1)
        self.hold_on("2024-03-02", scheme, self.ann, until="2024-04-15")
        self.assertEqual(standing.grace_count, 0)
        self.night(scheme, day="2024-04-01")
        self.assertEqual((standing.grace_count, standing.tier_id.name), (0, "Gold"))
        self.night(scheme, day="2024-05-01")
        self.assertEqual((standing.grace_count, standing.tier_id.name), (1, "Gold"))
        self.night(scheme, day="2024-06-01")
        self.assertFalse(standing.tier_id)

    def freeze(self, frozen):
        """Freeze customers as a higher addon would: ``{customer: (first day, last day)}``."""
        model = type(self.env["customer.tier.scheme"])
        original_sql, original_texts = model._freeze_sql, model._get_freeze_texts

        def freeze_sql(scheme, as_of):
            rows = [
                partner.id
                for partner, (first, last) in frozen.items()
                if first <= str(as_of) <= last
            ]
            return SQL(
                "%s UNION ALL SELECT unnest(%s::int[]), 'complaint'",
                original_sql(scheme, as_of),
                rows,
            )

        def texts(scheme):
            return {
                **original_texts(scheme),
                "complaint": "A complaint is open: no fall before it is solved.",
            }

        self.patch(model, "_freeze_sql", freeze_sql)
        self.patch(model, "_get_freeze_texts", texts)

    def test_a_freeze_stops_falling(self):
        self.freeze(
            {self.ann: ("2024-02-10", "2024-03-15"), self.bob: ("2024-02-10", "2024-03-15")}
        )
        scheme = self.make_monthly(grace_decisions=1)
        levels = self.live(scheme, {self.ann: [150, 0, 0], self.bob: [150, 1000, 0]})
        self.assertEqual(levels[self.ann], ["Silver", "Silver", ""])
        self.assertEqual(levels[self.bob], ["Silver", "Gold", ""], "rises are possible")

    def test_a_freeze_is_told(self):
        """The reason stands where the fall would be announced."""
        self.freeze({self.ann: ("2024-02-10", "2024-03-15")})
        scheme = self.make_monthly()
        self.insert_orders([(partner.id, 150, "2024-01-15") for partner in (self.ann, self.bob)])
        self.night(scheme, day="2024-02-01")
        self.night(scheme, day="2024-02-20")
        frozen, free = self.standing_of(scheme, self.ann), self.standing_of(scheme, self.bob)
        with freeze_time("2024-02-20 12:00:00"):
            self.assertEqual(
                frozen.change_hint, "A complaint is open: no fall before it is solved."
            )
            self.assertEqual((frozen.change_ahead, frozen.change_date), ("fall", False))
            self.assertEqual(
                free.change_hint.replace("\xa0", " "),
                "Keeps Silver if 100.00 € are bought by 02/29/2024.",
            )

    def test_grace_starts_anew_after_a_freeze(self):
        """Also when the customer was above the line while it held."""
        self.freeze(
            {self.ann: ("2024-03-10", "2024-03-15"), self.bob: ("2024-03-10", "2024-03-15")}
        )
        scheme = self.make_monthly(grace_decisions=2)
        for partner in (self.ann, self.bob):
            self.buy(partner, 150, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        self.night(scheme, day="2024-03-01")
        self.assertEqual(self.standing_of(scheme, self.ann).grace_count, 1)
        self.buy(self.bob, 120, "2024-03-05")
        self.night(scheme, day="2024-03-12")
        self.assertEqual(self.standing_of(scheme, self.ann).grace_count, 0)
        self.assertEqual(self.standing_of(scheme, self.bob).grace_count, 0)
        self.night(scheme, day="2024-04-01")
        self.assertEqual(self.held_by(scheme, self.ann), "Silver", "the first decision in a row")
        self.assertEqual(self.standing_of(scheme, self.ann).grace_count, 1)
        self.night(scheme, day="2024-05-01")
        self.assertEqual(self.held_by(scheme, self.ann), "")

    def test_exemption_acts_at_once_past_everything(self):
        self.freeze({self.ann: ("2024-01-01", "2024-12-31")})
        scheme = self.make_operative(
            self.make_monthly(grace_decisions=3, min_stay_days=300, max_steps_down=1)
        )
        partners = (self.ann, self.bob, self.cid)
        self.insert_orders([(partner.id, 1000, "2024-01-15") for partner in partners])
        self.night(scheme, day="2024-02-01")
        self.hold_on("2024-02-02", scheme, self.bob, tier=scheme.tier_ids[1], until="2024-12-31")
        self.hold_on("2024-02-02", scheme, self.cid, until="2024-12-31")
        with freeze_time("2024-02-03 10:00:00"):
            for partner in partners:
                partner.tier_exempt = True
                self.assertEqual(self.held_by(scheme, partner), "")
                self.assertEqual(
                    self.history_of(scheme, partner)[-1].reason, "Exempt from grading."
                )

    def test_an_archived_level_is_left_at_once(self):
        scheme = self.make_monthly(grace_decisions=3, min_stay_days=300, max_steps_down=1)
        gold, silver, _bronze = scheme.tier_ids
        self.insert_orders([(self.ann.id, 1000, "2024-01-15"), (self.bob.id, 150, "2024-01-15")])
        self.night(scheme, day="2024-02-01")
        scheme.write({"tier_ids": [Command.delete(gold.id)]})
        self.assertTrue(gold.exists() and not gold.active, "history names it")
        self.night(scheme, day="2024-02-05")
        self.assertEqual(
            self.told(scheme, self.ann)[-1], ("2024-02-05", "evaluation", "Gold", "Silver")
        )
        self.assertEqual(self.held_by(scheme, self.bob), "Silver")
        self.assertEqual(self.standing_of(scheme, self.ann).tier_since, date(2024, 2, 5))

    def test_a_lock_on_a_level_that_is_no_more_ends(self):
        """A lock needs its level: the customer follows the rules, the screen says the same."""
        scheme = self.make_monthly()
        gold, _silver, _bronze = scheme.tier_ids
        self.buy(self.ann, 150, "2024-01-15")
        self.night(scheme, day="2024-02-01")
        standing = self.hold_on("2024-02-02", scheme, self.ann, tier=gold, until="2024-12-31")
        scheme.write({"tier_ids": [Command.delete(gold.id)]})
        self.night(scheme, day="2024-02-05")
        standing.invalidate_recordset()
        self.assertEqual(standing.tier_id.name, "Silver")
        with freeze_time("2024-02-05 12:00:00"):
            self.assertNotIn("Locked", standing.change_hint)


@tagged("post_install", "-at_install")
class TestShipped(StabilityCase):
    def test_settings_of_a_new_scheme(self):
        scheme = self.default_scheme
        self.assertEqual(
            (
                scheme.rise,
                scheme.decision,
                scheme.grace_decisions,
                scheme.min_stay_days,
                scheme.max_steps_down,
                scheme.hysteresis,
                scheme.review_days,
            ),
            ("at_once", "monthly", 2, 90, 1, 5, 14),
        )
