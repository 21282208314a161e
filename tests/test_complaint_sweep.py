"""The sweep that acts on lateness: twice at once, beside users, and killed.

Real transactions and processes: everything here commits.
"""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import get_db_name, tagged
from odoo.tools import mute_logger

from odoo.addons.complaint_handling.models import complaint_escalation_sweep

from tests.complaint_ladder import LadderCase
from tests.real_server import get_options

CASES, BATCH = 12, 3
#: Run by a process of its own, which says what it has done until it is killed.
CHILD = """
import sys
from odoo import SUPERUSER_ID, api
from odoo.tools import config
config.parse_config({options!r})
from odoo.modules.registry import Registry
registry = Registry({database!r})
from odoo.addons.complaint_handling.models import complaint_escalation_sweep
complaint_escalation_sweep.BATCH = {batch}
crons, commit = registry["ir.cron"], registry["ir.cron"]._commit_progress
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
    api.Environment(cr, SUPERUSER_ID, {{}})["complaint.escalation"]._cron_act_on_lateness()
print("END", flush=True)
"""


@tagged("post_install", "-at_install")
class TestComplaintSweep(LadderCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(complaint_escalation_sweep, "BATCH", BATCH))
        self.make_cases([fields.Datetime.now() - timedelta(minutes=1)] * CASES)

    def sweep(self):
        with self.registry.cursor() as cr:
            cr.execute("SET lock_timeout = '20s'")
            api.Environment(cr, SUPERUSER_ID, {})["complaint.escalation"]._cron_act_on_lateness()
            cr.commit()
            cr.execute("RESET lock_timeout")

    def count(self):
        with self.transaction() as env:
            cases = self.find_cases(env)
            return env["complaint.escalation"].search_count([("case_id", "in", cases.ids)])

    def test_once(self):
        self.sweep()
        self.assertEqual(self.check(CASES), 1, "one mail")
        self.sweep()
        self.assertEqual(self.check(CASES), 1)

    @mute_logger("odoo.sql_db")
    def test_two_at_once_share_the_work(self):
        """Both begin in the same moment; what one has locked is left to it."""
        errors, shares, barrier = [], [], threading.Barrier(2)
        clocks = self.registry["complaint.sla.clock"]
        original = clocks._act

        def act(batch):
            shares.append((threading.get_ident(), len(batch)))
            if len(shares) <= 2:
                barrier.wait(20)  # both are in the middle of a batch
            return original(batch)

        def run():
            try:
                self.sweep()
            except Exception as error:  # noqa: BLE001
                errors.append(error)

        with patch.object(clocks, "_act", act):
            threads = [threading.Thread(target=run) for _number in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        self.assertFalse(errors)
        self.assertEqual(len({thread for thread, _count in shares}), 2)
        self.sweep()
        self.check(CASES)

    def test_a_case_somebody_works_on_is_left_for_later(self):
        with self.transaction() as user:
            case = self.find_cases(user)[0]
            case.name = "Being written"
            user.flush_all()
            self.sweep()
            self.assertEqual(self.count(), CASES - 1)
        with self.transaction() as env:
            cron = env.ref("complaint_handling.ir_cron_act_on_lateness")
            soon = fields.Datetime.now() + timedelta(seconds=30)
            self.assertTrue(
                env["ir.cron.trigger"].search_count(
                    [("cron_id", "=", cron.id), ("call_at", "<", soon)]
                ),
                "looks again soon",
            )
        self.sweep()
        self.check(CASES)

    @mute_logger("odoo.sql_db")
    def test_a_user_answers_what_the_sweep_has_just_read(self):
        """His answer counts; the batch begins again and leaves his case alone."""
        escalations = self.registry["complaint.escalation"]
        original, met = escalations._lock_due, []

        def answer_and_lock(records, busy):
            records.env.cr.execute("SELECT 1")  # the snapshot is taken
            if not met:
                with self.transaction() as user:
                    case = self.find_cases(user)[0]
                    case._note_answer(note="By phone")
                    met.append(case.id)
            return original(records, busy)

        with patch.object(escalations, "_lock_due", answer_and_lock):
            self.sweep()
        with self.transaction() as env:
            case = env["complaint.case"].browse(met)
            self.assertFalse(case.escalation_ids)
            self.assertEqual(case.clock_ids.proof_note, "By phone")
        self.assertEqual(self.count(), CASES - 1)

    def test_killed_before_and_after_a_commit(self):
        for last, done in (("BEFORE 2", BATCH), ("AFTER 2", 2 * BATCH), ("BEFORE 5", CASES)):
            with self.subTest(killed_at=last):
                self.forget()
                self.make_cases([fields.Datetime.now() - timedelta(minutes=1)] * CASES)
                self.kill_process_at(last)
                self.assertEqual(self.count(), done, "what was committed is there, no more")
                self.sweep()
                self.assertEqual(self.check(CASES), 1, "one mail, also after the crash")

    def kill_process_at(self, last):
        """Run the job in a process of its own and kill it at one of the words it says."""
        code = CHILD.format(options=get_options(), database=get_db_name(), batch=BATCH)
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
