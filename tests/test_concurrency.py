"""Two users, and the nightly run, on one scheme at the same time: real transactions.

Everything here commits, so it works far in the past with a scheme and customers of its own,
and takes them away afterwards.
"""

import threading
from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger
from psycopg2 import OperationalError

from odoo.addons.customer_tiering.models import customer_tier_changes
from odoo.addons.customer_tiering.models.customer_tier_evaluation import EvaluationRunning

AS_OF = date(1990, 6, 30)
CUSTOMERS = 40


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.transaction() as env:
            cls.made = cls.make_data(env)
        cls.addClassCleanup(cls.remove_data)

    @classmethod
    @contextmanager
    def cursor(cls):
        """Open a cursor that gives up after a while: in one thread it waited for itself."""
        with cls.registry.cursor() as cr:
            cr.execute("SET lock_timeout = '10s'")
            cr.commit()
            try:
                yield cr
            finally:
                cr.rollback()
                cr.execute("RESET lock_timeout")

    @classmethod
    @contextmanager
    def transaction(cls):
        """Open a transaction of its own; commit where nothing goes wrong."""
        with cls.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True, "lang": "en_US"})
            yield env
            env.flush_all()
            cr.commit()

    @classmethod
    def make_data(cls, env):
        company = env.company
        scheme = env["customer.tier.scheme"].create(
            {
                "name": "Contended",
                "company_id": company.id,
                "tz": "UTC",
                "tier_ids": [
                    Command.create({"name": "Gold", "code": "GOLD", "min_amount": 500}),
                    Command.create(
                        {"name": "Rest", "code": "REST", "sequence": 20, "catch_all": True}
                    ),
                ],
            }
        )
        partners = env["res.partner"].create(
            [{"name": f"Contended {number}"} for number in range(CUSTOMERS)]
        )
        env["customer.sales.history"].create(
            [
                {
                    "company_id": company.id,
                    "partner_id": partner.id,
                    "month": AS_OF,
                    "amount": 25 * number,
                }
                for number, partner in enumerate(partners)
            ]
        )
        scheme.history_until = AS_OF
        return {"company": company.id, "scheme": scheme.id, "partners": partners.ids}

    @classmethod
    def remove_data(cls):
        with cls.transaction() as env:
            env["customer.tier.scheme"].browse(cls.made["scheme"]).unlink()
            # their imported months go with them
            env["res.partner"].browse(cls.made["partners"]).unlink()

    def setUp(self):
        super().setUp()
        with self.transaction() as env:
            scheme_id = self.made["scheme"]
            env.cr.execute("DELETE FROM customer_tier_history WHERE scheme_id = %s", [scheme_id])
            env.cr.execute("DELETE FROM customer_standing WHERE scheme_id = %s", [scheme_id])
            env.cr.execute(
                "UPDATE customer_tier_scheme SET last_evaluated = NULL, last_run = NULL,"
                " evaluation_error = NULL WHERE id = %s",
                [scheme_id],
            )

    def scheme(self, env):
        return env["customer.tier.scheme"].browse(self.made["scheme"])

    def check_result(self):
        """Everybody stands there once, with his level and one row of history."""
        with self.transaction() as env:
            scheme = self.scheme(env)
            standings = env["customer.standing"].search([("scheme_id", "=", scheme.id)])
            self.assertEqual(sorted(standings.partner_id.ids), sorted(self.made["partners"]))
            self.assertEqual(len(standings), CUSTOMERS)
            for standing in standings:
                expected = "GOLD" if standing.amount >= 500 else "REST"
                self.assertEqual(standing.tier_id.code, expected)
            history = env["customer.tier.history"].search([("scheme_id", "=", scheme.id)])
            self.assertEqual(len(history), CUSTOMERS)

    def test_second_user_is_told(self):
        with self.transaction() as first, self.transaction() as second:
            result = self.scheme(first).evaluate(AS_OF)
            self.assertEqual(result["graded"], CUSTOMERS)
            refused = self.scheme(second).evaluate(AS_OF)
            self.assertEqual(refused["graded"], 0)
            self.assertIn(
                "is being evaluated at this moment", refused["failed"][self.made["scheme"]]
            )
        self.check_result()
        with self.transaction() as env:
            self.assertFalse(self.scheme(env).evaluation_error, "waiting is no error")

    def test_after_the_first_is_done_the_second_works(self):
        with self.transaction() as env:
            self.scheme(env).evaluate(AS_OF)
        with self.transaction() as env:
            result = self.scheme(env).evaluate(AS_OF)
        self.assertEqual(result, {"graded": CUSTOMERS, "up": 0, "down": 0, "failed": {}})
        self.check_result()

    def test_second_user_began_before_the_first_was_done(self):
        """An old snapshot meets newer rows: the server repeats the call, which then works."""
        with self.transaction() as env:
            self.scheme(env).evaluate(AS_OF)
        with self.cursor() as late_cr:
            late = api.Environment(late_cr, SUPERUSER_ID, {})
            self.assertTrue(self.scheme(late).name)  # the snapshot is taken
            with self.transaction() as env:
                self.scheme(env).evaluate("1990-07-01")
            with self.assertRaises(OperationalError), mute_logger("odoo.sql_db"):
                self.scheme(late).evaluate("1990-07-02")
            late_cr.rollback()
        with self.transaction() as env:
            self.assertFalse(self.scheme(env).evaluate("1990-07-02")["failed"])
        self.check_result()

    def test_user_and_nightly_run(self):
        """The button is pressed between two ranges of the nightly run."""
        answers = []
        scheme_class = self.registry["customer.tier.scheme"]
        original = scheme_class._commit_batch

        def commit_and_press(scheme, checked, done, total):
            original(scheme, checked, done, total)
            if not answers:
                with self.transaction() as other:
                    answers.append(self.scheme(other).evaluate(AS_OF))

        with (
            patch.object(customer_tier_changes, "BATCH_ROWS", 7),
            patch.object(scheme_class, "_commit_batch", commit_and_press),
            patch.object(scheme_class, "_get_today", lambda scheme: AS_OF),
            self.cursor() as cr,
        ):
            env = api.Environment(cr, SUPERUSER_ID, {})
            # overtaken: the pass rolls back what it has not written, and measures again
            with self.assertRaises(EvaluationRunning):
                self.scheme(env)._cron_evaluate_one()
            cr.rollback()
        self.assertEqual(answers[0]["failed"], {})
        self.check_result()

    def test_nightly_run_meets_a_user(self):
        """The nightly run leaves a locked scheme for later and says nothing bad about it."""
        scheme_class = self.registry["customer.tier.scheme"]
        with self.transaction() as user, self.cursor() as cr:
            self.scheme(user).evaluate(AS_OF)
            cron = api.Environment(cr, SUPERUSER_ID, {})
            with (
                patch.object(scheme_class, "_get_today", lambda scheme: AS_OF),
                self.assertRaises(EvaluationRunning),
            ):
                self.scheme(cron)._cron_evaluate_one()
            cr.rollback()
        with self.transaction() as env:
            self.assertFalse(self.scheme(env).evaluation_error)
        self.check_result()

    def test_customer_deleted_between_two_ranges(self):
        scheme_class = self.registry["customer.tier.scheme"]
        original = scheme_class._commit_batch
        deleted = []

        def commit_and_delete(scheme, checked, done, total):
            original(scheme, checked, done, total)
            if not deleted:
                with self.transaction() as other:
                    partner = other["res.partner"].browse(self.made["partners"][-1])
                    deleted.append(partner.name)
                    partner.unlink()

        try:
            with (
                patch.object(customer_tier_changes, "BATCH_ROWS", 7),
                patch.object(scheme_class, "_commit_batch", commit_and_delete),
                patch.object(scheme_class, "_get_today", lambda scheme: AS_OF),
                self.cursor() as cr,
            ):
                env = api.Environment(cr, SUPERUSER_ID, {})
                self.scheme(env)._cron_evaluate_one()
                cr.commit()
            with self.transaction() as env:
                self.assertFalse(self.scheme(env).evaluation_error)
                count = env["customer.standing"].search_count(
                    [("scheme_id", "=", self.made["scheme"])]
                )
                self.assertEqual(count, CUSTOMERS - 1)
        finally:
            with self.transaction() as env:
                partner = env["res.partner"].create({"name": deleted[0]})
                self.made["partners"][-1] = partner.id
                env["customer.sales.history"].create(
                    {
                        "company_id": self.made["company"],
                        "partner_id": partner.id,
                        "month": AS_OF,
                        "amount": 25 * (CUSTOMERS - 1),
                    }
                )

    def test_many_at_once(self):
        """Four people press the button together: one grades, nobody harms another."""
        results, errors = [], []
        barrier = threading.Barrier(4)

        def press():
            try:
                with self.transaction() as env:
                    barrier.wait(20)
                    results.append(self.scheme(env).evaluate(AS_OF))
            except OperationalError as error:
                errors.append(error)  # the server would repeat the call

        with mute_logger("odoo.sql_db"):
            threads = [threading.Thread(target=press) for _number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        self.assertEqual(len(results) + len(errors), 4)
        self.assertTrue(any(not result["failed"] for result in results))
        self.check_result()
