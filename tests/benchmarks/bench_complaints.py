"""Benchmark of complaints: the sweep that acts on lateness (P9).

Makes its own cases in SQL as copies of one that was made by the addon, with their promises,
and runs the job's work as the job does, committed batch by batch: with nothing due, and with
five thousand steps due at once. The database must be one of the benchmark's own.
"""

import argparse
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# the script's own folder must not be searched for modules, the repository must
sys.path[:1] = [str(ROOT)]

from tools.cdnow import database  # noqa: E402

CASES, DUE = 20_000, 1_000
#: seconds of a sweep with nothing due and of one with 5,000 due, of 100,000 cases
FULL, FULL_DUE, BARS = 100_000, 5_000, (0.2, 60)
TABLES = ("complaint_case", "complaint_sla_clock", "complaint_sla_interval")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", default=os.environ.get("CARE_CONFIG"))
    parser.add_argument("--database", default=os.environ.get("CARE_DATABASE"))
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--due", type=int, default=None, help="default: a twentieth")
    # run beside the others, which know more options
    options, _others = parser.parse_known_args(arguments)
    options.due = options.due or options.cases * FULL_DUE // FULL
    database.leave_addons_folder()
    database.load_config(str(Path(options.config).absolute()), options.database, log_level="error")
    registry = database.open_registry(options.database, ["complaint_handling"])
    with database.superuser_environment(registry) as env:
        return Sweep(env, options).run()


class Sweep:
    def __init__(self, env, options):
        self.env, self.options = env(context={**env.context, "tracking_disable": True}), options
        self.log = self.env["complaint.escalation"]

    def run(self):
        self.load()
        self.timed("first sweep of the process", self.sweep)
        idle = min(self.timed("a sweep with nothing due", self.sweep) for _number in range(5))
        self.make_due()
        mails = self.count("mail_mail")
        busy = self.timed(f"a sweep with {self.options.due:,} due", self.sweep)
        self.timed("a sweep afterwards", self.sweep)
        acted = self.count("complaint_escalation WHERE state = 'told'")
        mails = self.count("mail_mail") - mails
        share = self.options.due / FULL_DUE
        for name, seconds, bar in (
            # an index finds what is due: this does not grow with the number of cases
            ("nothing due", idle, BARS[0]),
            (f"{self.options.due:,} due", busy, BARS[1] * share),
        ):
            verdict = "reached" if seconds <= bar else "MISSED"
            print(f"{name}: {seconds:.2f} s, bar {bar:.1f} s at this size: {verdict}")
        print(f"steps that acted: {acted:,}, each once; mails: {mails}, one to each person told")
        return 0 if acted == self.options.due else 1

    # ------------------------------------------------------------
    # Data
    # ------------------------------------------------------------

    def load(self):
        """Copy one case with its promises; they are due in the next days, none now."""
        template = self.make_template()
        self.env.flush_all()
        started = time.monotonic()
        self.copy("complaint_case", template.ids, "'number', 'BENCH' || place")
        first = self.last("complaint_case") - self.options.cases
        for clock in template.clock_ids:
            self.copy("complaint_sla_clock", clock.ids, f"'case_id', {first} + place")
            first_clock = self.last("complaint_sla_clock") - self.options.cases
            self.copy(
                "complaint_sla_interval",
                clock.interval_ids.ids,
                f"'clock_id', {first_clock} + place",
            )
        # due at different minutes of the next days
        self.env.cr.execute(
            "UPDATE complaint_sla_clock SET next_event_at = next_event_at"
            " + (id % 4000) * interval '1 minute'"
        )
        self.env.cr.execute(f"ANALYZE {', '.join(TABLES)}")
        self.env.cr.commit()
        self.env.invalidate_all()
        print(f"{self.options.cases:,} open cases made in {time.monotonic() - started:.0f} s")

    def make_template(self):
        from odoo.fields import Command

        company = self.env.company
        company.go_live_date = "2020-01-01"
        people = self.env["res.users"].with_context(no_reset_password=True)
        group = self.env.ref("complaint_handling.complaint_handling_group_agent")
        leader, agent = (
            people.create(
                {
                    "name": name,
                    "login": f"benchmark_{name.lower()}",
                    "email": f"{name.lower()}@bench.example",
                    "group_ids": [Command.link(group.id)],
                }
            )
            for name in ("Leader", "Agent")
        )
        team = self.env["complaint.team"]._get_default(company)
        team.leader_id = leader
        return self.env["complaint.case"].create(
            {"name": "Benchmark", "team_id": team.id, "user_id": agent.id}
        )

    def copy(self, table, ids, changes):
        """Insert so many copies of one row; ``changes`` are pairs of SQL for what differs."""
        self.env.cr.execute(
            f"""
            INSERT INTO {table}
            SELECT row.*
              FROM {table} template
        CROSS JOIN generate_series(1, %s) place
        CROSS JOIN LATERAL jsonb_populate_record(
                       template,
                       jsonb_build_object('id', nextval('{table}_id_seq'), {changes})) row
             WHERE template.id = %s
          ORDER BY place
            """,
            [self.options.cases, ids[0]],
        )

    def last(self, table):
        self.env.cr.execute(f"SELECT max(id) FROM {table}")
        return self.env.cr.fetchone()[0]

    def make_due(self):
        """Let the first response of some cases have been due a minute ago: leaders are told.

        The step before the breach is over, too, and is recorded as skipped.
        """
        clocks = "kind = 'first_response' AND state = 'running' ORDER BY id LIMIT %s"
        self.env.cr.execute(
            f"SELECT id, date_due FROM complaint_sla_clock WHERE {clocks}", [self.options.due]
        )
        rows = self.env.cr.fetchall()
        earlier = rows[0][1] - self.now() + timedelta(minutes=1)
        values = {"ids": tuple(clock_id for clock_id, _due in rows), "earlier": earlier}
        self.env.cr.execute(
            "UPDATE complaint_sla_clock SET date_start = date_start - %(earlier)s,"
            " date_due = date_due - %(earlier)s, next_event_at = date_due - %(earlier)s"
            " WHERE id IN %(ids)s",
            values,
        )
        self.env.cr.execute(
            "UPDATE complaint_sla_interval SET date_start = date_start - %(earlier)s"
            " WHERE clock_id IN %(ids)s",
            values,
        )
        self.env.cr.commit()
        self.env.invalidate_all()

    def now(self):
        self.env.cr.execute("SELECT date_trunc('second', now() AT TIME ZONE 'UTC')")
        return self.env.cr.fetchone()[0]

    # ------------------------------------------------------------
    # Work
    # ------------------------------------------------------------

    def sweep(self):
        self.log._cron_act_on_lateness()
        self.env.cr.commit()

    def count(self, table):
        self.env.cr.execute(f"SELECT count(*) FROM {table}")
        return self.env.cr.fetchone()[0]

    def timed(self, name, work):
        self.env.invalidate_all()
        started, queries = time.monotonic(), self.env.cr.sql_log_count
        work()
        seconds = time.monotonic() - started
        print(
            f"{name:44}{seconds:>9.2f} s{self.env.cr.sql_log_count - queries:>9,} queries",
            flush=True,
        )
        return seconds


if __name__ == "__main__":
    sys.exit(main())
