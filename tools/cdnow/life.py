"""A year of the CDNOW customers, month-end by month-end, as the nightly job would live it.

On a copy of the database a fresh scheme, with lines drawn from what was known on its first
day and the stability settings as shipped, is evaluated in the order of dates. Levels are
then read back from the level history, as a manager would read them.
"""

import time
from datetime import date

from odoo.fields import Command
from odoo.tools import SQL

from tools.cdnow import grading

NAME = "A Year in Order of Dates"
MONTH_ENDS = (
    date(1997, 9, 30),
    date(1997, 10, 31),
    date(1997, 11, 30),
    date(1997, 12, 31),
    date(1998, 1, 31),
    date(1998, 2, 28),
    date(1998, 3, 31),
    date(1998, 4, 30),
    date(1998, 5, 31),
    date(1998, 6, 30),
)
TOP = 10


class LifeFailed(Exception):
    """A month could not be evaluated, or was already; the message says which."""


class Life:
    """The fresh scheme of a company and what it saw at each month-end.

    :ivar statuses: {month-end: {partner id: status}}
    :ivar levels: {month-end: {level or empty record: customers}}, seen on the day itself
    """

    def __init__(self, env):
        self.env = env
        self.statuses, self.levels, self.stakes = {}, {}, {}
        self.scheme = self._make_scheme()

    def _make_scheme(self):
        """Put a scheme without any past in force; the one before keeps what it graded."""
        schemes = self.env["customer.tier.scheme"]
        before = schemes.search(
            [("company_id", "=", self.env.company.id), ("operative", "=", True)], limit=1
        )
        scheme = schemes.create(
            {
                "name": NAME,
                "company_id": self.env.company.id,
                "method": "amount",
                "tz": "UTC",
                "tier_ids": [
                    Command.create(
                        {
                            "name": tier.name,
                            "code": tier.code,
                            "sequence": tier.sequence,
                            "color": tier.color,
                            "service_class": tier.service_class,
                            "min_amount": tier.min_amount,
                            "catch_all": tier.catch_all,
                        }
                    )
                    for tier in before.tier_ids
                ],
            }
        )
        before.operative = False
        self.env.flush_all()
        scheme.operative = True
        grading.draw_proposed_lines(scheme, MONTH_ENDS[0])
        return scheme

    def live(self, commit):
        """Evaluate every month-end in order; one line printed for each."""
        print(f"\n{NAME}: {self._describe_rules()}\n")
        print(f"{'evaluated':12}{'graded':>8}{'up':>7}{'down':>7}{'seconds':>9}")
        for day in MONTH_ENDS:
            started = time.monotonic()
            result = self.scheme.evaluate(as_of=day)
            if result["failed"]:
                raise LifeFailed(" ".join(result["failed"].values()))
            commit()
            seconds = time.monotonic() - started
            print(
                f"{day!s:12}{result['graded']:>8,}{result['up']:>7,}{result['down']:>7,}"
                f"{seconds:>9.1f}",
                flush=True,
            )
            self._remember(day)

    def _describe_rules(self):
        lines = ", ".join(
            f"{tier.name} {'the rest' if tier.catch_all else f'from {tier.min_amount:,.0f}'}"
            for tier in self.scheme.tier_ids
        )
        scheme = self.scheme
        return (
            f"{lines}; {scheme.window_months} months back; decisions {scheme.decision}, "
            f"a fall at decision {scheme.grace_decisions} below the line, after "
            f"{scheme.min_stay_days} days at least, {scheme.max_steps_down} step at once, "
            f"{scheme.hysteresis:g} % tolerance"
        )

    def _remember(self, day):
        standings = self.env["customer.standing"].search_read(
            [("scheme_id", "=", self.scheme.id)],
            ["partner_id", "customer_status", "tier_id", "value_at_stake"],
            load=None,
        )
        tiers = self.env["customer.tier"]
        self.statuses[day] = {row["partner_id"]: row["customer_status"] for row in standings}
        self.stakes[day], self.levels[day] = {}, {}
        for row in standings:
            status = row["customer_status"]
            self.stakes[day][status] = self.stakes[day].get(status, 0) + row["value_at_stake"]
            if row["tier_id"]:
                tier = tiers.browse(row["tier_id"])
                self.levels[day][tier] = self.levels[day].get(tier, 0) + 1

    # ------------------------------------------------------------
    # Read back
    # ------------------------------------------------------------

    def report_levels(self):
        """Print the levels as of each month-end, read from the history today.

        :return: number of month-ends that the history shows otherwise than they were
        """
        tiers = self.scheme.tier_ids
        print("\nLevels as of each month-end, read from the level history")
        print(f"{'as of':12}" + "".join(f"{tier.name:>12}" for tier in tiers) + f"{'no level':>12}")
        different = 0
        for day in MONTH_ENDS:
            found = self._read_levels(day)
            counts = [found.get(tier, 0) for tier in tiers]
            without = len(self.statuses[day]) - sum(counts)
            wrong = found != self.levels[day]
            different += wrong
            print(
                f"{day!s:12}"
                + "".join(f"{count:>12,}" for count in [*counts, without])
                + ("   not as it was seen on the day" if wrong else "")
            )
        print(f"{len(MONTH_ENDS) - different} of {len(MONTH_ENDS)} as seen on the day itself.")
        return different

    def _read_levels(self, day):
        """Return {level: customers} as the history has them."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT to_tier_id, COUNT(*)
                  FROM (
                        SELECT DISTINCT ON (partner_id) partner_id, to_tier_id
                          FROM customer_tier_history
                         WHERE scheme_id = %s AND date <= %s
                      ORDER BY partner_id, date DESC, id DESC
                       ) held
                 WHERE to_tier_id IS NOT NULL
              GROUP BY to_tier_id
                """,
                self.scheme.id,
                day,
            )
        )
        return {self.env["customer.tier"].browse(tier_id): count for tier_id, count in rows}

    def report_migration(self):
        """Print who moved from which level to which, between quarter-ends, by the report."""
        for day in MONTH_ENDS[3::3]:
            self._report_migration(day)

    def _report_migration(self, day):
        groups = self.env["customer.tier.migration.report"]._read_group(
            [
                ("scheme_id", "=", self.scheme.id),
                ("date", "=", day),
                ("period", "=", "quarter"),
            ],
            ["from_tier_id", "to_tier_id"],
            ["customer_count:count_distinct"],
        )
        cells = {(old, new): count for old, new, count in groups}
        levels = [*self.scheme.tier_ids, self.env["customer.tier"]]
        print(f"\nLevel migration, {day} against a quarter before (from ↓ to →)")
        print(f"{'':12}" + "".join(f"{level.name or 'left':>12}" for level in levels))
        for old in levels:
            counts = [cells.get((old, new), 0) for new in levels]
            if any(counts):
                name = old.name or "new"
                print(f"{name:12}" + "".join(f"{count or '·':>12}" for count in counts))

    def report_statuses(self):
        """Print how many customers had which status at each month-end."""
        names = dict(self.env["customer.standing"]._fields["customer_status"].selection)
        used = [name for name in names if any(name in days.values() for days in self._days())]
        print("\nCustomer status at each month-end")
        print(f"{'as of':12}" + "".join(f"{names[name]:>13}" for name in used))
        for day, statuses in self.statuses.items():
            counts = [list(statuses.values()).count(name) for name in used]
            print(f"{day!s:12}" + "".join(f"{count:>13,}" for count in counts))
        print("\nValue at stake a year, US dollars")
        for day, stakes in self.stakes.items():
            amounts = [stakes.get(name, 0) for name in used]
            print(f"{day!s:12}" + "".join(f"{amount or 0:>13,.0f}" for amount in amounts))

    def _days(self):
        return self.statuses.values()

    def report_defectors(self):
        """Print the customers who buy less, the most valuable first."""
        domain = [("scheme_id", "=", self.scheme.id), ("customer_status", "=", "partial")]
        standings = self.env["customer.standing"]
        [(count, stake)] = standings._read_group(domain, [], ["__count", "value_at_stake:sum"])
        print(
            f"\nBuying less as of {MONTH_ENDS[-1]}: {count:,} customers, "
            f"{stake or 0:,.2f} dollars a year at stake"
        )
        for standing in standings.search(domain, order="value_at_stake desc, id", limit=TOP):
            print(
                f"  {standing.partner_id.ref:14}{standing.tier_id.name or '-':10}"
                f"{standing.value_at_stake:>10,.2f}  {standing.status_reason}"
            )
