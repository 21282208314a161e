"""Benchmark of the night of follow-ups (P7): first night, and a night with nothing due.

Makes its own customers in SQL, all of one level, whose rhythm asks for a call and a visit
each, and runs the nightly job's work as the job does, committed batch by batch. The same
activities are then made by core with its defaults for a slice of the follow-ups, because
seconds belong to a machine. The database must be one of the benchmark's own.
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# the script's own folder must not be searched for modules, the repository must
sys.path[:1] = [str(ROOT)]

from tools.cdnow import database  # noqa: E402

CUSTOMERS = 20_000
#: seconds of the first night and of one with nothing due, for the full size
FULL, BARS = 100_000, (300, 5)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", default=os.environ.get("CARE_CONFIG"))
    parser.add_argument("--database", default=os.environ.get("CARE_DATABASE"))
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--slice", type=int, default=200, help="activities made by core")
    # run beside the others, which know more options
    options, _others = parser.parse_known_args(arguments)
    database.leave_addons_folder()
    database.load_config(str(Path(options.config).absolute()), options.database, log_level="error")
    registry = database.open_registry(options.database, ["customer_followup"])
    with database.superuser_environment(registry) as env:
        return Bench(env, options).run()


class Bench:
    def __init__(self, env, options):
        from tests.benchmarks import _data

        self.env, self.options = env, options
        if _data.loaded_sizes(env) is None:
            _data.load(env, options.customers, 0)
        self.scheme = env["customer.tier.scheme"].search(
            [("company_id", "=", env.company.id), ("operative", "=", True)], limit=1
        )
        self.tier = self.scheme.tier_ids.filtered(lambda tier: tier.service_class == "key")[:1]
        self.touches = env["followup.touch"]

    def run(self):
        self.hold()
        mails = self.count("mail_mail")
        first = self.timed("first night", self.night)
        print(
            f"  follow-ups {self.count('followup_touch'):,}, of these shown as activities "
            f"{self.count('mail_activity', 'res_model', 'followup.touch'):,}"
        )
        again = self.timed("a night with nothing due", self.night)
        sent = self.count("mail_mail") - mails
        core = self.timed(f"core's defaults, {self.options.slice:,} activities", self.core)
        shown = self.count("mail_activity", "res_model", "followup.touch")
        print(
            f"  core would take {core / self.options.slice * shown / first:.1f} × the first night"
        )
        share = self.options.customers / FULL
        for name, seconds, bar in (
            ("first night", first, BARS[0]),
            ("nothing due", again, BARS[1]),
        ):
            verdict = "reached" if seconds <= bar * share else "MISSED"
            print(f"{name}: {seconds:.1f} s, bar {bar * share:.1f} s at this size: {verdict}")
        print(f"mails made: {sent} (bar 0): {'reached' if not sent else 'MISSED'}")
        return 0

    def hold(self):
        """Let all customers hold a level, as an evaluation would have written it."""
        self.env.cr.execute(
            "INSERT INTO customer_standing (scheme_id, company_id, partner_id, tier_id, user_id,"
            "                               customer_status)"
            " SELECT %s, %s, id, %s, user_id, 'active' FROM res_partner"
            "  WHERE name LIKE 'Customer %%'"
            " ON CONFLICT (scheme_id, partner_id) DO UPDATE SET tier_id = EXCLUDED.tier_id",
            (self.scheme.id, self.scheme.company_id.id, self.tier.id),
        )
        self.env.cr.execute("ANALYZE res_partner, customer_standing")
        self.env.invalidate_all()
        self.env.cr.commit()

    def night(self):
        self.touches._run_night(self.env.company)
        self.env.cr.commit()

    def core(self):
        """Make activities as an addon would that takes core's defaults."""
        touches = self.touches.search([("activity_ids", "!=", False)], limit=self.options.slice)
        for touch in touches:
            self.env["mail.activity"].create(
                {
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "res_id": touch.partner_id.id,
                    "activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
                    "user_id": touch.user_id.id,
                    "date_deadline": touch.date_due,
                }
            )
        self.env.flush_all()
        self.env.cr.rollback()

    def count(self, table, column=None, value=None):
        condition = f" WHERE {column} = '{value}'" if column else ""
        self.env.cr.execute(f"SELECT count(*) FROM {table}{condition}")
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
