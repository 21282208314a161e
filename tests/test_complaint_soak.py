"""Lateness acts by itself on a real server: how soon, once, and after a crash (P8, P10).

``CARE_SOAK_CRONS`` is the number of cron workers (default 2, as Odoo's own).
"""

import os
import random
import statistics
import time
from datetime import timedelta

import pytest
from odoo import fields
from odoo.tests import tagged

from tests.complaint_ladder import LadderCase
from tests.real_server import real_server

CRONS = int(os.environ.get("CARE_SOAK_CRONS", 2))
#: P8: so many promises become due at random seconds of so many.
CLOCKS, SPREAD = 200, 240
BARS = (65, 90)  # p95, max
#: The server has begun to work before the first one is due.
LEAD = 75
EPOCH = fields.Datetime.from_string("1970-01-01")


@pytest.mark.soak
@tagged("post_install", "-at_install")
class TestComplaintSoak(LadderCase):
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

    def test_p8_soon_after_the_due_second(self):
        chance = random.Random(8)
        with real_server(CRONS):
            start = self.get_moment(LEAD)
            moments = [start + timedelta(seconds=chance.randrange(SPREAD)) for _n in range(CLOCKS)]
            self.make_cases(moments)
            seen = self.watch(CLOCKS, LEAD + SPREAD + 2 * BARS[1])
        self.check(CLOCKS)
        late = sorted(at - (due - EPOCH).total_seconds() for due, at in seen.values())
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
