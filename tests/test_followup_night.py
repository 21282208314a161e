"""The night's planning killed and begun again, beside users at work, and twice at once.

Real transactions and processes: everything here commits, with people, customers and a rhythm
of its own, and takes them away afterwards.
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import config, mute_logger

from odoo.addons.customer_followup.models import followup_touch_night

REF = "NIGHT-%02d"
CUSTOMERS = 16
BATCH = 5
QUIET = {"tracking_disable": True, "lang": "en_US"}
ZONES = ("Asia/Shanghai", "America/New_York", "UTC")
#: Run by a process of its own, which says what it has done until it is killed.
CHILD = """
import sys, time
from odoo import SUPERUSER_ID, api
from odoo.tools import config
config.parse_config({options!r})
from odoo.modules.registry import Registry
registry = Registry({database!r})
from odoo.addons.customer_followup.models import followup_touch_night
followup_touch_night.BATCH = {batch}
crons, commit = registry["ir.cron"], registry["ir.cron"]._commit_progress
companies, night = registry["res.company"], registry["res.company"]._get_companies_of_night
companies._get_companies_of_night = lambda self: night(self) & self.browse({company})
steps = 0

def _commit_progress(self, *args, **kwargs):
    global steps
    self.env.flush_all()
    print("BEFORE", steps, flush=True)
    sys.stdin.readline()
    result = commit(self, *args, **kwargs)
    print("AFTER", steps, flush=True)
    sys.stdin.readline()
    steps += 1
    return result

crons._commit_progress = _commit_progress
with registry.cursor() as cr:
    api.Environment(cr, SUPERUSER_ID, {{}})["followup.touch"]._cron_plan()
print("END", flush=True)
"""


class Killed(BaseException):
    """No handler of the job may catch it: what is not committed is lost."""


@tagged("post_install", "-at_install")
class TestFollowupNight(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.Touch = cls.registry["followup.touch"]
        cls.Cron = cls.registry["ir.cron"]
        with cls.transaction() as env:
            cls.made = cls.make_data(env)
        cls.addClassCleanup(cls.remove_data)

    @classmethod
    @contextmanager
    def cursor(cls):
        """Open a cursor that gives up after a while: in one thread it waited for itself."""
        with cls.registry.cursor() as cr:
            cr.execute("SET lock_timeout = '5s'")
            cr.commit()
            try:
                yield cr
            finally:
                cr.rollback()
                cr.execute("RESET lock_timeout")

    @classmethod
    @contextmanager
    def transaction(cls, user_id=SUPERUSER_ID):
        """Open a transaction of its own; commit where nothing goes wrong."""
        with cls.cursor() as cr:
            env = api.Environment(cr, user_id, QUIET)
            yield env
            env.flush_all()
            cr.commit()

    # ------------------------------------------------------------
    # Data
    # ------------------------------------------------------------

    @classmethod
    def make_data(cls, env):
        company = env.company
        group = env.ref("customer_tiering.customer_tiering_group_own")
        users = env["res.users"].create(
            [
                {
                    "name": f"Night {zone}",
                    "login": f"care_night_{number}",
                    "tz": zone,
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [Command.set(group.ids)],
                }
                for number, zone in enumerate(ZONES)
            ]
        )
        users[0].deputy_id = users[1]
        prospect_class = env["res.partner"]._fields["prospect_class"].selection[0][0]
        partners = env["res.partner"].create(
            [
                {
                    "name": f"Night customer {number}",
                    "ref": REF % number,
                    "is_company": True,
                    "prospect_class": prospect_class,
                    "user_id": users[number % 3].id,
                }
                for number in range(CUSTOMERS)
            ]
        )
        cadence = env["followup.cadence"].create(
            {
                "name": "Rhythm of the night",
                "company_id": company.id,
                "sequence": -100,
                "customer_status": "prospect",
                "domain": "[('ref', '=like', 'NIGHT-%')]",
                "line_ids": [
                    Command.create(
                        {
                            "kind": kind,
                            "interval": interval,
                            "interval_unit": "week",
                            "tolerance_days": tolerance,
                            "counts_for": counts_for,
                        }
                    )
                    for kind, interval, tolerance, counts_for in (
                        ("visit", 6, 6, "call"),
                        ("call", 2, 4, False),
                    )
                ],
            }
        )
        made = {
            "company": company.id,
            "go_live_date": company.go_live_date,
            "users": users.ids,
            "partners": partners.ids,
            "cadence": cadence.id,
        }
        company.go_live_date = fields.Date.today() - timedelta(days=30)
        return made

    @classmethod
    def remove_data(cls):
        cls.forget()
        with cls.transaction() as env:
            env["followup.cadence"].browse(cls.made["cadence"]).unlink()
            env["res.company"].browse(cls.made["company"]).go_live_date = cls.made["go_live_date"]
            env["res.partner"].browse(cls.made["partners"]).unlink()
            users = env["res.users"].browse(cls.made["users"])
            people = users.partner_id
            resources = env["resource.resource"].search([("user_id", "in", users.ids)])
            env["resource.calendar.leaves"].search([("resource_id", "in", resources.ids)]).unlink()
            resources.unlink()
            users.unlink()
            people.unlink()

    @classmethod
    def forget(cls):
        """Take all follow-ups of these customers away."""
        with cls.transaction() as env:
            touches = env["followup.touch"].search([("partner_id", "in", cls.made["partners"])])
            touches.unlink()
            env["res.company"].browse(cls.made["company"]).write(
                {"followup_left_since": False, "followup_error": False}
            )
            cron = env.ref("customer_followup.ir_cron_plan")
            env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()

    def setUp(self):
        super().setUp()
        self.seed()

    def seed(self):
        """Leave each step of the night something to do."""
        self.forget()
        today = fields.Date.today()
        with self.transaction() as env:
            partners = env["res.partner"].browse(self.made["partners"])
            users = env["res.users"].browse(self.made["users"])
            lines = env["followup.cadence"].browse(self.made["cadence"]).line_ids
            call = lines.filtered(lambda line: line.kind == "call")
            rows = []
            for number, partner in enumerate(partners):
                # missed, from before the start, away, out of the rhythm, new: three of each
                day = today + timedelta(days=(-12, -60, 1, 3, 0)[number % 5])
                if number % 5 == 4:
                    continue
                rows.append(
                    {
                        "partner_id": partner.id,
                        "company_id": self.made["company"],
                        "user_id": users[number % 3].id,
                        "kind": "call",
                        "origin": "cadence",
                        "cadence_line_id": call.id if number % 5 != 3 else False,
                        "plan_key": "2 week/4",
                        "date_planned": fields.Date.to_string(day),
                        "date_earliest": day - timedelta(days=4),
                        "date_due": day,
                        "date_latest": day + timedelta(days=4),
                    }
                )
            touches = env["followup.touch"].with_context(followup_machine=True).create(rows)
            gone = touches.filtered(lambda touch: not touch.cadence_line_id)
            gone.with_context(followup_sync=True).kind = "wechat"  # asked for by no line
            self.leave(env, users[0])
        return touches.ids

    def leave(self, env, user):
        """Let somebody be away for a fortnight."""
        if env["resource.resource"].search_count([("user_id", "=", user.id)]):
            return
        today = datetime.combine(fields.Date.today(), datetime.min.time())
        resource = env["resource.resource"].create(
            {"name": user.name, "user_id": user.id, "tz": user.tz}
        )
        env["resource.calendar.leaves"].create(
            {
                "name": "Away",
                "resource_id": resource.id,
                "date_from": today - timedelta(days=1),
                "date_to": today + timedelta(days=13),
            }
        )

    # ------------------------------------------------------------
    # Seen from outside
    # ------------------------------------------------------------

    def state(self):
        """Return what there is of these customers, without what depends on the order of ids."""
        with self.transaction() as env:
            env.cr.execute(
                """
                SELECT partner.ref, touch.kind, touch.state, touch.cancel_reason, touch.origin,
                       touch.date_earliest, touch.date_due, touch.date_latest,
                       touch.date_planned, touch.user_id, touch.stand_in_for_id,
                       (SELECT count(*) FROM mail_activity activity
                         WHERE activity.res_model = 'followup.touch' AND activity.active
                           AND activity.res_id = touch.id AND activity.user_id = touch.user_id)
                  FROM followup_touch touch
                  JOIN res_partner partner ON partner.id = touch.partner_id
                 WHERE partner.id IN %s
              ORDER BY partner.ref, touch.kind, touch.state, touch.date_due
                """,
                [tuple(self.made["partners"])],
            )
            return env.cr.fetchall()

    def check(self):
        """One open follow-up a line or a visit that counts; one activity each; no leftovers."""
        with self.transaction() as env:
            touches = env["followup.touch"].search(
                [("partner_id", "in", self.made["partners"]), ("state", "=", "planned")]
            )
            self.assertEqual(set(touches.partner_id.ids), set(self.made["partners"]))
            keys = [(touch.partner_id, touch.cadence_line_id) for touch in touches]
            self.assertEqual(len(keys), len(set(keys)))
            activities = env["mail.activity"].search(
                [("res_model", "=", "followup.touch"), ("res_id", "in", touches.ids)]
            )
            self.assertEqual(len(activities), len(activities.mapped("res_id")), "doubled")
            shown = touches.filtered(lambda touch: touch._shows_activity())
            self.assertEqual(set(activities.mapped("res_id")), set(shown.ids))
            self.assertEqual(activities, touches.activity_id)

    def run_night(self):
        with self.cursor() as cr, self.small_batches():
            api.Environment(cr, SUPERUSER_ID, {})["followup.touch"]._cron_plan()
            cr.commit()

    @contextmanager
    def small_batches(self):
        companies = self.registry["res.company"]
        original, night = self.Touch._get_unmirrored, companies._get_companies_of_night

        def get_few(touches, companies, partner_ids=None, limit=BATCH):
            return original(touches, companies, partner_ids, limit)

        def get_own(companies):
            return night(companies) & companies.browse(self.made["company"])

        with (
            patch.object(companies, "_get_companies_of_night", get_own),
            patch.object(followup_touch_night, "BATCH", BATCH),
            patch.object(self.Touch, "_get_unmirrored", get_few),
        ):
            yield

    @contextmanager
    def at_commit(self, act):
        """Call ``act(number)`` after each commit of the job."""
        original = self.Cron._commit_progress
        numbers = iter(range(1000))

        def commit_progress(cron, *args, **kwargs):
            result = original(cron, *args, **kwargs)
            act(next(numbers))
            return result

        with patch.object(self.Cron, "_commit_progress", commit_progress):
            yield

    # ------------------------------------------------------------
    # Killed
    # ------------------------------------------------------------

    def test_killed_after_each_commit_and_begun_again(self):
        commits = []
        with self.at_commit(commits.append):
            self.run_night()
        undisturbed = self.state()
        states = {row[2] for row in undisturbed}
        self.assertEqual(states, {"planned", "missed", "cancelled"}, "each step had its work")
        self.assertTrue(any(row[10] for row in undisturbed), "also the one for who is away")
        self.check()
        self.assertGreater(len(commits), 8)

        def kill_at(last):
            def act(number):
                if number == last:
                    raise Killed

            return act

        for last in commits:
            with self.subTest(killed_after_commit=last):
                self.seed()
                with self.assertRaises(Killed), self.at_commit(kill_at(last)):
                    self.run_night()
                self.run_night()
                self.check()
                self.assertEqual(self.state(), undisturbed)

    def test_a_second_run_changes_nothing(self):
        self.run_night()
        before = self.state()
        self.run_night()
        self.assertEqual(self.state(), before)

    def test_process_killed_inside_a_transaction_and_after_a_commit(self):
        self.run_night()
        undisturbed = self.state()
        for last in ("BEFORE 3", "AFTER 3"):
            with self.subTest(killed_at=last):
                self.seed()
                self.kill_process_at(last)
                self.assertTrue(self.state() != undisturbed, "was killed too late")
                self.run_night()
                self.check()
                self.assertEqual(self.state(), undisturbed)

    def kill_process_at(self, last):
        """Run the job in a process of its own and kill it at one of the words it says."""
        code = CHILD.format(
            options=self.get_options(),
            database=get_db_name(),
            company=self.made["company"],
            batch=BATCH,
        )
        child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ,
        )
        try:
            for line in child.stdout:
                self.assertNotEqual(line.strip(), "END")
                if line.strip() == last:
                    break
                child.stdin.write("\n")
                child.stdin.flush()
            else:
                self.fail("the process ended by itself")
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait(20)
            child.stdin.close()
            child.stdout.close()

    def get_options(self):
        options = ["--data-dir", config["data_dir"]]
        options += ["--addons-path", ",".join(config["addons_path"])]
        for name in ("db_host", "db_port", "db_user", "db_password"):
            if config[name]:
                options += [f"--{name}", str(config[name])]
        return options

    # ------------------------------------------------------------
    # Beside users
    # ------------------------------------------------------------

    def test_users_work_between_its_steps(self):
        """Whatever is done between two commits stands afterwards, and nothing is doubled."""
        done = []

        def work(number):
            with self.transaction(self.made["users"][number % 3]) as env:
                touch = env["followup.touch"].search(
                    [("user_id", "=", env.uid), ("state", "=", "planned")],
                    order="id desc",
                    limit=1,
                )
                if touch and number % 2:
                    outcome = env["followup.outcome"]._get_default(touch.kind)
                    touch.record_outcome(outcome.id)
                    done.append(touch.id)
                elif touch:
                    touch.date_planned = touch._moved_to(touch.date_latest)
                    touch.partner_id.sudo().comment = f"Written at {number}"

        with self.at_commit(work):
            self.run_night()
        self.run_night()
        self.check()
        self.assertTrue(done)
        with self.transaction() as env:
            states = env["followup.touch"].browse(done).mapped("state")
            self.assertEqual(set(states), {"done"})

    def test_a_user_changes_what_the_night_is_about_to_write(self):
        """The user is first, the night begins again later: it neither dies nor overwrites."""
        self.run_night()
        with self.transaction() as env:
            touch = env["followup.touch"].search(
                [
                    ("partner_id", "in", self.made["partners"]),
                    ("user_id", "=", self.made["users"][1]),
                    ("state", "=", "planned"),
                    ("stand_in_for_id", "=", False),
                ],
                limit=1,
            )
            touch_id, day = touch.id, touch.date_latest
            # the account manager is another one now, and nobody has planned that yet
            env.cr.execute(
                "UPDATE res_partner SET user_id = %s WHERE id = %s",
                [self.made["users"][2], touch.partner_id.id],
            )
        original, met = self.Touch._fill_wanted, []

        def fill_and_meet(touches, *args):
            result = original(touches, *args)
            if not met:
                met.append(True)
                with self.transaction(self.made["users"][1]) as env:
                    mine = env["followup.touch"].browse(touch_id)
                    mine.date_planned = mine._at(day)
            return result

        with mute_logger("odoo.sql_db"), patch.object(self.Touch, "_fill_wanted", fill_and_meet):
            self.run_night()
        with self.transaction() as env:
            company = env["res.company"].browse(self.made["company"])
            self.assertTrue(company.followup_left_since, "put off, not forgotten")
            self.assertFalse(company.followup_error, "nobody is told of a conflict")
            cron = env.ref("customer_followup.ir_cron_plan")
            triggers = env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
            self.assertTrue(triggers, "begun again by itself")
            self.assertLess(min(triggers.mapped("call_at")), fields.Datetime.now() + timedelta(1))
        self.run_night()
        with self.transaction() as env:
            touch = env["followup.touch"].browse(touch_id)
            self.assertEqual(touch.user_id.id, self.made["users"][2])
            self.assertEqual(touch._local_day(), day, "as the user moved it")
            self.assertFalse(env["res.company"].browse(self.made["company"]).followup_left_since)
            touch.partner_id.user_id = self.made["users"][1]
        self.check()

    def test_a_user_does_not_wait_for_the_night(self):
        """While the night has planned and not yet committed, other customers are free."""
        self.run_night()
        with self.transaction() as env:
            touch = env["followup.touch"].search(
                [
                    ("partner_id", "in", self.made["partners"]),
                    ("user_id", "in", self.made["users"]),
                    ("state", "=", "planned"),
                ],
                limit=1,
            )
            touch_id, partner_id = touch.id, touch.partner_id.id
            # of all others the night has everything to write
            others = env["followup.touch"].search(
                [("partner_id", "in", self.made["partners"]), ("partner_id", "!=", partner_id)]
            )
            others.unlink()
        original, worked = self.Touch._plan_company, []

        def plan_and_meet(touches, company, partner_ids=None):
            result = original(touches, company, partner_ids)
            if partner_ids is None:
                self.assertGreater(result["inserted"], CUSTOMERS)
                with self.transaction(self.made["users"][0]) as env:
                    env.cr.execute("SET LOCAL lock_timeout = '1s'")
                    mine = env["followup.touch"].sudo().browse(touch_id)
                    mine.record_outcome(env["followup.outcome"]._get_default(mine.kind).id)
                    mine.partner_id.comment = "Edited at night"
                worked.append(True)
            return result

        with patch.object(self.Touch, "_plan_company", plan_and_meet):
            self.run_night()
        self.assertTrue(worked)
        self.run_night()
        self.check()
        with self.transaction() as env:
            self.assertEqual(env["followup.touch"].browse(touch_id).state, "done")

    # ------------------------------------------------------------
    # Twice at once
    # ------------------------------------------------------------

    def test_two_plan_the_same_customers_at_once(self):
        for number in range(3):
            with self.subTest(number):
                self.forget()
                self.plan_at_once(2 if number else 4)
                self.check()

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def plan_at_once(self, workers):
        errors, barrier = [], threading.Barrier(workers)

        def plan():
            try:
                with self.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, QUIET)
                    partners = env["res.partner"].browse(self.made["partners"])
                    company = env["res.company"].browse(self.made["company"])
                    self.assertTrue(company.name)  # all snapshots are taken
                    barrier.wait(20)
                    # as the server repeats a call that met another one
                    retrying(lambda: env["followup.touch"]._plan_partners(partners, company), env)
            except Exception as error:  # noqa: BLE001
                errors.append(error)

        threads = [threading.Thread(target=plan) for __ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertFalse(errors)

    def test_the_night_and_a_user_surface_the_same_one(self):
        """Both see a follow-up without an activity: one makes it, the other begins again."""
        self.run_night()
        with self.transaction() as env:
            touch = env["followup.touch"].search(
                [("partner_id", "in", self.made["partners"]), ("activity_id", "!=", False)],
                limit=1,
            )
            touch.activity_id.unlink()  # a clean-up by the system
            touch_id = touch.id
        original, met = self.Touch._mirror, []

        def meet_and_mirror(touches):
            if not met and touch_id in touches.ids:
                met.append(True)
                with self.transaction() as env:
                    env["followup.touch"].browse(touch_id)._mirror()
            return original(touches)

        with mute_logger("odoo.sql_db"), patch.object(self.Touch, "_mirror", meet_and_mirror):
            self.run_night()
        self.assertTrue(met)
        self.run_night()
        self.check()
