"""Benchmark of promises (P12): due moments on a built timeline, and hours that change for all.

The first figure is arithmetic alone: random ledgers with pauses on the working hours of a year.
The second is the job that follows changed working hours: every open promise is read and
computed, and those that move are written and logged. Everything is rolled back.
"""

import argparse
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
# the script's own folder must not be searched for modules, the repository must
sys.path[:1] = [str(ROOT)]

from tools.cdnow import database  # noqa: E402

ANSWERS, BAR = 100_000, 0.05
CLOCKS = 5_000
START = datetime(2024, 1, 1)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", default=os.environ.get("CARE_CONFIG"))
    parser.add_argument("--database", default=os.environ.get("CARE_DATABASE"))
    parser.add_argument("--clocks", type=int, default=CLOCKS)
    # run beside the others, which know more options
    options, _others = parser.parse_known_args(arguments)
    database.leave_addons_folder()
    database.load_config(str(Path(options.config).absolute()), options.database, log_level="error")
    registry = database.open_registry(options.database, ["complaint_handling"])
    with database.superuser_environment(registry) as env:
        each = bench_arithmetic(env)
        bench_hours(env, options.clocks)
        env.cr.rollback()
    verdict = "reached" if each <= BAR else "MISSED"
    print(f"a due moment: {each:.4f} ms, bar {BAR} ms: {verdict}")
    return 0


def bench_arithmetic(env):
    """Return the milliseconds one due moment takes."""
    from odoo.addons.complaint_handling.models.sla_ledger import get_due

    calendar = env.company.resource_calendar_id or env["resource.calendar"].search([], limit=1)
    line = calendar._get_timeline(START, START + timedelta(days=366))
    rng = Random(1)
    cases = []
    for _number in range(ANSWERS):
        begin = START + timedelta(seconds=rng.randrange(300 * 86400))
        runs = []
        for _pause in range(rng.randrange(4)):
            stop = begin + timedelta(seconds=rng.randrange(86400))
            runs.append((begin, stop, line.worked(begin, stop)))
            begin = stop + timedelta(seconds=rng.randrange(86400))
        runs.append((begin, None, None))
        cases.append((runs, 4 * 86400 + rng.randrange(86400)))
    started = time.perf_counter()
    for runs, target in cases:
        get_due(line, runs, target)
    return 1000 * (time.perf_counter() - started) / ANSWERS


def bench_hours(env, count):
    """Print how long open promises take to follow working hours that changed."""
    clocks = env["complaint.sla.clock"]
    calendar = env.company.resource_calendar_id
    cases = env["complaint.case"].create(
        [{"name": f"Case {number}", "company_id": env.company.id} for number in range(count)]
    )
    domain = [("case_id", "in", cases.ids), ("is_working", "=", True), ("is_open", "=", True)]
    afternoons = calendar.attendance_ids.filtered(lambda line: line.hour_from >= 12)
    for name, change in (
        ("hours looked at, nothing moves", lambda: None),
        ("hours changed, all move", afternoons.unlink),
    ):
        change()
        env.flush_all()
        env.invalidate_all()
        started, queries = time.monotonic(), env.cr.sql_log_count
        found = clocks.search(domain)
        for place in range(0, len(found), 500):
            clocks._follow_hours_of(found[place : place + 500])
            env.flush_all()
        print(
            f"{name}, {len(found):,} promises: {time.monotonic() - started:.2f} s, "
            f"{env.cr.sql_log_count - queries:,} queries"
        )


if __name__ == "__main__":
    sys.exit(main())
