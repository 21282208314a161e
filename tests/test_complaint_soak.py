"""Lateness acts by itself on a real server: how soon, once, and after a crash (P8, P10).

Everything here commits, with people, a promise and cases of its own, and takes them away
afterwards. ``CARE_SOAK_CRONS`` is the number of cron workers (default 2, as Odoo's own).
"""

import os
import random
import statistics
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

from tests.real_server import real_server

CRONS = int(os.environ.get("CARE_SOAK_CRONS", 2))
#: P8: so many promises become due at random seconds of so many.
CLOCKS, SPREAD = 200, 240
BARS = (65, 90)  # p95, max
#: The server has begun to work before the first one is due.
LEAD = 75
TARGET = timedelta(hours=1)
QUIET = {"tracking_disable": True, "lang": "en_US"}


@pytest.mark.soak
@tagged("post_install", "-at_install")
class TestComplaintSoak(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        with cls.transaction() as env:
            cls.made = cls.make_data(env)
        cls.addClassCleanup(cls.remove_data)

    @classmethod
    @contextmanager
    def transaction(cls):
        """Open a transaction of its own; commit where nothing goes wrong."""
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, QUIET)
            yield env
            env.flush_all()
            cr.commit()

    # ------------------------------------------------------------
    # Data
    # ------------------------------------------------------------

    @classmethod
    def make_data(cls, env):
        company = env.company
        boss = env["res.users"].create(
            {
                "name": "Soak boss",
                "login": "care_soak_boss",
                "email": "boss@soak.example",
                "tz": "UTC",
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
                "group_ids": [
                    Command.set(env.ref("complaint_handling.complaint_handling_group_agent").ids)
                ],
            }
        )
        team = env["complaint.team"].create(
            {"name": "Soak", "company_id": company.id, "leader_id": boss.id}
        )
        policy = env["complaint.sla.policy"].create(
            {
                "name": "Soak",
                "company_id": company.id,
                "sequence": -100,
                "kind": "praise",
                "target_ids": [
                    Command.create(
                        {"kind": "first_response", "amount": 1, "unit": "hour", "time": "clock"}
                    )
                ],
                "level_ids": [
                    Command.create({"moment": "breach", "notify": "leader", "by_mail": True})
                ],
            }
        )
        # no mail may leave, and what is queued must stay to be counted
        queue = env.ref("mail.ir_cron_mail_scheduler_action")
        made = {
            "company": company.id,
            "go_live_date": company.go_live_date,
            "queue": queue.active,
            "boss": boss.id,
            "team": team.id,
            "policy": policy.id,
        }
        queue.active = False
        company.go_live_date = fields.Date.today() - timedelta(days=30)
        return made

    @classmethod
    def remove_data(cls):
        cls.forget()
        with cls.transaction() as env:
            env["complaint.sla.policy"].browse(cls.made["policy"]).unlink()
            env["complaint.team"].browse(cls.made["team"]).unlink()
            env["res.company"].browse(cls.made["company"]).go_live_date = cls.made["go_live_date"]
            env.ref("mail.ir_cron_mail_scheduler_action").active = cls.made["queue"]
            boss = env["res.users"].browse(cls.made["boss"])
            person = boss.partner_id
            boss.unlink()
            person.unlink()

    @classmethod
    def forget(cls):
        with cls.transaction() as env:
            env["complaint.case"].search([("team_id", "=", cls.made["team"])]).unlink()
            cls.mails(env).unlink()

    @classmethod
    def mails(cls, env):
        boss = env["res.users"].browse(cls.made["boss"])
        return env["mail.mail"].search([("recipient_ids", "in", boss.partner_id.ids)])

    def setUp(self):
        super().setUp()
        self.forget()

    def make_cases(self, moments):
        """Create a case for each moment at which one is to be due."""
        with self.transaction() as env:
            cases = env["complaint.case"].create(
                [
                    {
                        "name": f"Soak {number}",
                        "kind": "praise",
                        "company_id": self.made["company"],
                        "team_id": self.made["team"],
                        "date_received": moment - TARGET,
                    }
                    for number, moment in enumerate(moments)
                ]
            )
            self.assertEqual(cases.clock_ids.mapped("date_due"), list(moments))
        return len(moments)

    # ------------------------------------------------------------
    # Seen from outside
    # ------------------------------------------------------------

    def watch(self, count, seconds, act=None):
        """Wait until so many steps have acted.

        :param act: called with the number of steps seen, each time it has grown
        :return: ``{clock: (due, seen)}``; seen is when the committed row was found
        """
        seen, deadline = {}, time.time() + seconds
        while len(seen) < count and time.time() < deadline:
            with self.transaction() as env:
                env.cr.execute(
                    """
                    SELECT log.clock_id, log.date_due
                      FROM complaint_escalation log
                      JOIN complaint_case ON complaint_case.id = log.case_id
                     WHERE complaint_case.team_id = %s
                    """,
                    [self.made["team"]],
                )
                rows = env.cr.fetchall()
            new = {clock: due for clock, due in rows if clock not in seen}
            seen |= {clock: (due, time.time()) for clock, due in new.items()}
            if new and act:
                act(len(seen))
            time.sleep(0.25)
        return seen

    def check(self, count):
        """Each step of each clock has acted once, with one note and one to-do."""
        with self.transaction() as env:
            env.cr.execute(
                """
                SELECT log.clock_id, log.level_id FROM complaint_escalation log
                  JOIN complaint_case ON complaint_case.id = log.case_id
                 WHERE complaint_case.team_id = %s
                """,
                [self.made["team"]],
            )
            steps = Counter(env.cr.fetchall())
            self.assertEqual((len(steps), set(steps.values())), (count, {1}))
            cases = env["complaint.case"].search([("team_id", "=", self.made["team"])])
            activities = env["mail.activity"].search(
                [("res_model", "=", "complaint.case"), ("res_id", "in", cases.ids)]
            )
            self.assertEqual(sorted(activities.mapped("res_id")), sorted(cases.ids))
            told = env["mail.message"].search(
                [
                    ("model", "=", "complaint.case"),
                    ("res_id", "in", cases.ids),
                    ("body", "ilike", "Told: Soak boss"),
                ]
            )
            self.assertEqual(sorted(told.mapped("res_id")), sorted(cases.ids))
            self.assertEqual(set(cases.clock_ids.mapped("state")), {"breached"})
            return len(self.mails(env))

    def get_moment(self, seconds):
        return fields.Datetime.now() + timedelta(seconds=seconds)

    # ------------------------------------------------------------
    # P8, P10, and a crash
    # ------------------------------------------------------------

    def test_p8_soon_after_the_due_second(self):
        chance = random.Random(8)
        with real_server(CRONS):
            start = self.get_moment(LEAD)
            moments = [start + timedelta(seconds=chance.randrange(SPREAD)) for _n in range(CLOCKS)]
            self.make_cases(moments)
            seen = self.watch(CLOCKS, LEAD + SPREAD + 2 * BARS[1])
        self.check(CLOCKS)
        late = sorted(
            at - (due - fields.Datetime.from_string("1970-01-01")).total_seconds()
            for due, at in seen.values()
        )
        p50, p95, worst = statistics.median(late), late[int(0.95 * CLOCKS) - 1], late[-1]
        print(
            f"\nP8, {CRONS} cron workers, {CLOCKS} promises in {SPREAD} s, load "
            f"{os.getloadavg()[0]:.1f}: p50 {p50:.0f} s, p95 {p95:.0f} s, max {worst:.0f} s"
        )
        self.assertGreater(late[0], 0, "nothing acts before the promise is broken")
        self.assertLessEqual(p95, BARS[0])
        self.assertLessEqual(worst, BARS[1])

    def test_p10_one_mail_for_five_hundred(self):
        with real_server(CRONS):
            self.make_cases([self.get_moment(LEAD)] * 500)
            seen = self.watch(500, LEAD + BARS[1])
            self.assertEqual(len(seen), 500)
            time.sleep(3)
        self.assertEqual(self.check(500), 1)
        print(f"\nP10: 500 steps acted within {self.spread(seen):.0f} s, 1 mail")

    def test_killed_in_the_middle_of_a_sweep(self):
        count, killed = 1600, []

        with real_server(CRONS) as server:

            def kill(done):
                if not killed and done < count:
                    killed.append((done, server.kill_cron_workers()))

            self.make_cases([self.get_moment(LEAD)] * count)
            seen = self.watch(count, LEAD + 5 * BARS[1], kill)
            self.assertTrue(killed, "was too quick to be killed")
            self.assertEqual(len(seen), count)
            time.sleep(3)
        mails = self.check(count)
        self.assertEqual(mails, 1, "said once, after the crash")
        print(
            f"\nKill -9 of {killed[0][1]} cron workers after {killed[0][0]} of {count} steps: "
            f"all acted once, {self.spread(seen):.0f} s in all, {mails} mail"
        )

    def spread(self, seen):
        moments = [at for _due, at in seen.values()]
        return max(moments) - min(moments)
