"""Benchmark of many complaints at once (W3): opened, and moved beside core's leads.

Opens cases with three promises each, and moves them from stage to stage in turn with as many
leads of core's CRM, with all that the commit would do; nothing is committed. The bar is a
ratio, because seconds belong to a machine.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
# the script's own folder must not be searched for modules, the repository must
sys.path[:1] = [str(ROOT)]

from tools.cdnow import database  # noqa: E402

CASES, ROUNDS = 100, 6
#: queries a complaint, and time of moving cases against leads
BARS = (6, 0.3)
PROMISES = [
    ("first_response", 24, "hour", "clock"),
    ("update", 8, "hour", "working"),
    ("resolve", 3, "day", "working"),
]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", default=os.environ.get("CARE_CONFIG"))
    parser.add_argument("--database", default=os.environ.get("CARE_DATABASE"))
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="moves of each")
    # run beside the others, which know more options
    options, _others = parser.parse_known_args(arguments)
    database.leave_addons_folder()
    database.load_config(str(Path(options.config).absolute()), options.database, log_level="error")
    registry = database.open_registry(options.database, ["complaint_handling", "crm"])
    with database.superuser_environment(registry) as env:
        try:
            return Bench(env, options).run()
        finally:
            env.cr.rollback()


class Bench:
    def __init__(self, env, options):
        from odoo.fields import Command

        self.env, self.options = env, options
        self.company = env.company
        env["complaint.sla.policy"].create(
            {
                "name": "Benchmark",
                "company_id": self.company.id,
                "sequence": 1,
                "target_ids": [
                    Command.create(
                        dict(zip(("kind", "amount", "unit", "time"), promise, strict=True))
                    )
                    for promise in PROMISES
                ],
            }
        )
        self.partners = env["res.partner"].create(
            [
                {"name": f"Customer {number}", "email": f"c{number}@many.example"}
                for number in range(options.cases)
            ]
        )

    def run(self):
        count = len(self.partners)
        self.make_cases(self.partners[:2])  # what is read once for all
        seconds, queries, cases = self.measure(lambda: self.make_cases(self.partners))
        each = queries / count
        print(f"{count} cases with {len(PROMISES)} promises: {seconds:.2f} s, {queries} queries,")
        print(f"  {each:.2f} a case (bar ≤ {BARS[0]}): {self.verdict(each <= BARS[0])}")
        ratio = self.race(cases, self.make_leads())
        print(f"  cases take {ratio:.2f} × the time (bar ≤ {BARS[1]}): ", end="")
        print(self.verdict(ratio <= BARS[1]))
        return 0

    def race(self, cases, leads):
        """Move cases and leads in turn; return the median of the ratios of their times."""
        stages = self.env["complaint.stage"]
        ways = (
            [stages._get("accepted"), stages._get("progress")],
            self.env["crm.stage"].search([("is_won", "=", False)], limit=2),
        )
        times = ([], [])
        for turn in range(self.options.rounds):
            for records, way, own in zip((cases, leads), ways, times, strict=True):
                stage = way[turn % 2]
                own.append(self.measure(lambda r=records, s=stage: r.write({"stage_id": s.id})))
        # the first turn reads what is kept afterwards
        pairs = list(zip(*times, strict=True))[1:]
        for name, column in (("cases", 0), ("leads", 1)):
            seconds = median(pair[column][0] for pair in pairs)
            queries = median(pair[column][1] for pair in pairs)
            print(f"{len(cases)} {name} moved: {seconds:.2f} s, {queries:.0f} queries")
        return median(ours[0] / theirs[0] for ours, theirs in pairs)

    def make_cases(self, partners):
        return self.env["complaint.case"].create(
            [
                {
                    "name": f"Complaint of {partner.name}",
                    "company_id": self.company.id,
                    "partner_id": partner.id,
                    "channel": "mail",
                }
                for partner in partners
            ]
        )

    def make_leads(self):
        return self.env["crm.lead"].create(
            [
                {"name": f"Lead of {partner.name}", "partner_id": partner.id, "type": "opportunity"}
                for partner in self.partners
            ]
        )

    def measure(self, work):
        """Return seconds, queries and result of some work, with what the commit would do."""
        self.env.cr.flush()
        self.env.invalidate_all()
        queries, started = self.env.cr.sql_log_count, time.monotonic()
        result = work()
        self.env.cr.flush()
        return time.monotonic() - started, self.env.cr.sql_log_count - queries, result

    @staticmethod
    def verdict(reached):
        return "reached" if reached else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
