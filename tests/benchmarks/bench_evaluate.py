"""Benchmark of grading: P1 full evaluation, P2 against an ORM loop, P3 a usual night, P4 what-if.

Makes its own customers and orders in SQL (``_data.py``), runs the evaluation and, in the
same run on the same data, the floor it is measured against (``_floor.py``), and prints
figures, bars and verdicts. Every figure is a ratio or stands beside one, because seconds
belong to a machine. The database must be one of the benchmark's own; it is made if missing
and loaded anew when the sizes change.
"""

import argparse
import json
import os
import platform
import resource
import sys
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from statistics import mean, median, stdev

from dateutil.relativedelta import relativedelta

ROOT = Path(__file__).resolve().parents[2]
# the script's own folder must not be searched for modules, the repository must
sys.path[:1] = [str(ROOT)]

from tools.cdnow import database  # noqa: E402

PARTS = ("p1", "job", "p2", "p3", "p4")
#: customers and orders for every day; the bars are meant for 1,000,000 / 5,000,000 (P1, P3)
#: and 100,000 / 1,000,000 (P2, P4)
DAILY_SIZES = (20_000, 100_000)
BAR_ORDERS = {"p1": 5_000_000, "p2": 1_000_000, "p3": 5_000_000, "p4": 1_000_000}
#: seconds of the first run, and how many times faster than a loop over partners
P2_BARS = (30, 50)
#: what-if against a first run
P4_BAR = 1.3
COUNTED = ("customer_standing", "customer_tier_history")


def main(arguments=None):
    options = _parse(arguments)
    database.leave_addons_folder()
    database.load_config(options.config, options.database, log_level="error")
    try:
        registry = _prepare(options)
    except database.DatabaseProblem as problem:
        sys.exit(str(problem))
    with database.superuser_environment(registry) as env:
        bench = Bench(env, options)
        bench.run()
    _write_json(bench, options.json)
    return 1 if options.strict and any(row["ok"] is False for row in bench.rows) else 0


def _parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help="p1, job (P1 by the nightly job), p2, p3, p4; default: all",
    )
    parser.add_argument("--config", default=os.environ.get("CARE_CONFIG"))
    parser.add_argument("--database", default=os.environ.get("CARE_DATABASE"))
    parser.add_argument("--customers", type=int, default=DAILY_SIZES[0])
    parser.add_argument("--orders", type=int, default=DAILY_SIZES[1])
    parser.add_argument("--lines", type=int, default=0, help="lines of each order")
    parser.add_argument(
        "--rounds", type=int, help="repetitions, the median counts; default 3 for small data"
    )
    parser.add_argument(
        "--repeats",
        type=int,
        default=3,
        help="how often a repeat and a changed night are measured in each round",
    )
    parser.add_argument("--slice", type=int, default=200, help="partners of the ORM loop (P2)")
    parser.add_argument("--json", metavar="FILE", help="write all figures to a file (- = screen)")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a bar is missed")
    options = parser.parse_args(arguments)
    options.parts = options.parts or list(PARTS)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    for name in ("config", "database"):
        if not getattr(options, name):
            parser.error(f"--{name} is needed")
    options.config = str(Path(options.config).absolute())
    if options.json and options.json != "-":
        options.json = str(Path(options.json).absolute())
    options.rounds = options.rounds or (3 if options.orders <= 1_000_000 else 1)
    return options


def _prepare(options):
    """Return the registry of a database with the addon and data of the wanted sizes."""
    from tests.benchmarks import _data

    wanted = (options.customers, options.orders, options.lines)
    for _attempt in range(2):
        registry = database.open_registry(options.database, ["customer_tiering"])
        with database.superuser_environment(registry) as env:
            try:
                sizes = _data.loaded_sizes(env)
            except _data.ForeignDatabase as problem:
                sys.exit(str(problem))
            if sizes is None:
                started = time.monotonic()
                print(
                    f"Making {wanted[0]:,} customers and {wanted[1]:,} orders of {wanted[2]} lines",
                    flush=True,
                )
                _data.load(env, *wanted)
                print(f"  {time.monotonic() - started:.0f} s", flush=True)
                sizes = wanted
        if sizes == wanted:
            return registry
        print(
            f"The database holds {sizes[0]:,} / {sizes[1]:,} / {sizes[2]}: begun anew", flush=True
        )
        database.drop_database(options.database)
    raise AssertionError("a new database has the wanted sizes")


class Bench:
    """One run: measures, keeps rows of figures, prints them."""

    def __init__(self, env, options):
        self.env, self.options = env, options
        self.rows = []
        env.ref("customer_tiering.ir_cron_evaluate_schemes").active = False
        self.scheme = env["customer.tier.scheme"].search(
            [("company_id", "=", env.company.id), ("operative", "=", True)], limit=1
        )
        self.today = self.scheme._get_today()

    def run(self):
        from tests.benchmarks import _floor
        from tools.cdnow import grading

        grading.draw_proposed_lines(self.scheme, self.today)
        self.scheme.is_default = False
        self._review(False)
        self._vacuum("sale_order", "res_partner")
        _floor.create_tables(self.env.cr)
        self.env.cr.commit()
        print(describe_machine(self.env))
        print(f"{'':44}{'figure':>12}  {'bar':>10}  verdict")
        figures = self._first_and_repeat()
        if "job" in self.options.parts:
            self._nightly_job(figures)
        if "p2" in self.options.parts:
            self._against_orm_loop(figures)
        if "p3" in self.options.parts:
            self._night(figures)
        if "p4" in self.options.parts:
            self._what_if(figures)
        _floor.drop_tables(self.env.cr)
        self.env.cr.commit()

    # --------------------------------------------------------------- P1

    def _first_and_repeat(self):
        """Measure first run and repeat, ours and the floor's.

        :return: {name: seconds}, medians over the rounds
        """
        from tests.benchmarks import _floor

        seconds = {}
        memory = _peak_memory()
        for turn in range(self.options.rounds):
            self._forget()
            works = [("first", self._evaluate), ("floor first", self._run_floor)]
            for name, work in works if turn % 2 else reversed(works):
                self._clock(seconds, name, work)
            self._vacuum(*COUNTED, *_floor.TWINS)
            works = [("repeat", self._evaluate), ("floor repeat", self._run_floor)]
            for name, work in works * self.options.repeats:
                self._clock(seconds, name, work)
            self._review(True)
            self._evaluate()  # the first one writes the list, the others find it
            for _turn in range(self.options.repeats):
                self._clock(seconds, "review", self._evaluate)
            self._review(False)
        figures = {name: median(values) for name, values in seconds.items()}
        memory = _peak_memory() - memory
        if "p1" in self.options.parts:
            compared, different = _floor.differences(self.env.cr)
            for name in ("first", "repeat"):
                ours, floor = figures[name], figures[f"floor {name}"]
                self._row("P1", f"{name} run", ours, unit="s")
                self._row("P1", "  its floor", floor, unit="s")
                self._row("P1", "  ratio to the floor", ours / floor, bar=2.0)
                self._row("P1", "  processor time", figures[f"{name} processor"], unit="s")
                self._row("P1", "  its floor's", figures[f"floor {name} processor"], unit="s")
            self._row("P1", "repeat, with the review of a decision", figures["review"], unit="s")
            self._row("P1", "  against a repeat without", figures["review"] / figures["repeat"])
            self._row("P1", "  processor time", figures["review processor"], unit="s")
            self._row("P1", "rows written by both", compared, unit="rows")
            self._row("P1", "  of these different", different, bar=0, unit="rows")
            self._row("P1", "memory of the process, growth", memory, unit="MB")
        return figures

    def _nightly_job(self, figures):
        """The same through the cron's method, pass by pass until nothing is left."""
        from tests.benchmarks import _floor

        self._forget(floor=False)
        first = self._run_cron()
        compared, different = _floor.differences(self.env.cr)
        self._vacuum(*COUNTED)
        repeat = self._run_cron()
        self._row("P1", "first run by the nightly job", sum(first), unit="s")
        self._row("P1", "  ratio to the floor", sum(first) / figures["floor first"], bar=2.0)
        self._row("P1", "  passes", len(first), unit="")
        self._row("P1", "  longest pass", max(first), unit="s")
        self._row("P1", "repeat by the nightly job", sum(repeat), unit="s")
        self._row("P1", "  ratio to the floor", sum(repeat) / figures["floor repeat"], bar=2.0)
        self._row("P1", f"  different of {compared:,} rows", different, bar=0, unit="rows")

    # --------------------------------------------------------------- P2

    def _against_orm_loop(self, figures):
        """Compare the first run with a loop over partners, measured on a slice."""
        from odoo.tools import SQL

        first = figures["first"]
        members = self._read_one(
            "SELECT COUNT(*) FROM customer_standing WHERE scheme_id = %s", self.scheme.id
        )
        self.env.cr.execute(
            "SELECT partner_id FROM customer_standing WHERE scheme_id = %s"
            " ORDER BY md5(partner_id::text) LIMIT %s",
            [self.scheme.id, self.options.slice],
        )
        partners = self.env["res.partner"].browse(
            partner_id for (partner_id,) in self.env.cr.fetchall()
        )
        for table in COUNTED:
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE scheme_id = %s AND partner_id IN %s",
                    SQL.identifier(table),
                    self.scheme.id,
                    tuple(partners.ids),
                )
            )
        self.env.invalidate_all()
        started = time.perf_counter()
        _orm_loop(self.scheme, partners, self.today)
        per_partner = (time.perf_counter() - started) / len(partners)
        self.env.cr.rollback()
        loop = per_partner * members
        seconds, times = P2_BARS if self.options.orders <= BAR_ORDERS["p2"] else (None, None)
        self._row("P2", "first run", first, bar=seconds, unit="s")
        self._row("P2", "  its processor time", figures["first processor"], unit="s")
        self._row("P2", f"ORM loop, from {len(partners)} of {members:,}", loop, unit="s")
        self._row(
            "P2",
            "  first run, times faster",
            loop / first,
            bar=times,
            at_least=True,
        )
        self._row("P2", "  repeat, times faster", loop / figures["repeat"])

    # --------------------------------------------------------------- P3

    def _night(self, figures):
        """One customer in a hundred changed; then the window moved by one day.

        Taking the changes back is a night of the same kind, so each turn measures two.
        """
        from tests.benchmarks import _data

        first = figures["first"]
        nights, repeats = [], [_time(self._evaluate)]
        for _turn in range(max(1, self.options.repeats - 1)):
            with _data.OneNight(self.env, self.scheme) as touched:
                nights.append(self._changed_night(self.today))
                repeats.append(_time(self._evaluate))
            nights.append(self._changed_night(self.today))
            repeats.append(_time(self._evaluate))
        self._row("P3", "customers touched", touched, unit="rows")
        self._show_nights(
            "1 % changed", nights, figures["first"], median(repeats), bars=(0.15, 1.2)
        )
        self._review(True)
        self._evaluate()
        with _data.OneNight(self.env, self.scheme):
            reviewed = self._changed_night(self.today)
        self._show_nights("1 % changed, with a review", [reviewed], first, median(repeats))
        self._evaluate()
        self._review(False)
        moved = self._changed_night(self.today + timedelta(days=1))
        self._show_nights("window moved a day", [moved], first, median(repeats))

    def _show_nights(self, title, nights, first, repeat, bars=(None, None)):
        """Print nights of one kind.

        :param nights: list of (seconds, rows that differ, rows written)
        :param first: seconds of the first run
        :param repeat: seconds of a repeat, measured between these nights
        """
        seconds = median(night[0] for night in nights)
        _seconds, changed, written = max(nights, key=lambda night: night[2] / (night[1] or 1))
        self._row("P3", f"a night, {title}", seconds, unit="s")
        self._row("P3", "  of the first run", seconds / first, bar=bars[0])
        self._row("P3", "  a repeat in between", repeat, unit="s")
        self._row("P3", "  of that repeat", seconds / repeat, bar=bars[1])
        self._row("P3", "  rows that differ (with history)", changed, unit="rows")
        self._row("P3", "  rows written", written, unit="rows")
        self._row("P3", "  written per differing row", written / (changed or 1), bar=1.1)

    def _changed_night(self, as_of):
        """Evaluate after changes; count what was written and what differs.

        :return: (seconds, rows that differ, rows written), level history included in both
        """
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS bench_before")
        cr.execute("CREATE TEMPORARY TABLE bench_before AS SELECT * FROM customer_standing")
        history = self._read_one("SELECT COUNT(*) FROM customer_tier_history")
        cr.commit()
        written_before = self._count_written()
        started = time.perf_counter()
        self.scheme.evaluate(as_of=as_of)
        self.env.flush_all()
        written = self._count_written() - written_before
        cr.commit()
        seconds = time.perf_counter() - started
        changed = self._read_one(
            """
            SELECT COUNT(*)
              FROM customer_standing now
         LEFT JOIN bench_before old ON old.id = now.id
             WHERE old.id IS NULL
                OR TO_JSONB(now) - 'write_date' <> TO_JSONB(old) - 'write_date'
            """
        )
        changed += self._read_one("SELECT COUNT(*) FROM customer_tier_history") - history
        cr.execute("DROP TABLE bench_before")
        cr.commit()
        return seconds, changed, written

    def _count_written(self):
        """Return rows of our tables written in this session and not yet reported by it.

        PostgreSQL reports between transactions only, so differences within one are exact.
        """
        return self._read_one(
            "SELECT SUM(n_tup_ins + n_tup_upd + n_tup_del)::int FROM pg_stat_xact_user_tables"
            " WHERE relname IN %s",
            COUNTED,
        )

    # --------------------------------------------------------------- P4

    def _what_if(self, figures):
        """Try other rules on everybody; publish them, take them back, publish them again."""
        from tests.benchmarks import _whatif

        cr, scheme = self.env.cr, self.scheme
        self._forget(floor=False)
        first = median([figures["first"], _time(self._evaluate)])
        self._vacuum(*COUNTED)
        before = _whatif.checksums(cr)
        started = time.perf_counter()
        simulation = _whatif.make(scheme)
        self.env.flush_all()
        cr.commit()
        made = time.perf_counter() - started
        seconds = []
        for _turn in range(self.options.repeats):
            seconds.append(_time(lambda: self._run_what_if(simulation)))
        after = _whatif.checksums(cr)
        touched = [table for table in before if before[table] != after[table]]
        self._row("P4", "first run, the one just now included", first, unit="s")
        self._row("P4", "what-if on everybody", median(seconds), unit="s")
        self._row("P4", "  against the first run", median(seconds) / first, bar=P4_BAR)
        self._row("P4", "  making its draft", made, unit="s")
        self._row("P4", "  customers who would change level", len(simulation.result_ids), unit="")
        self._row("P4", f"live tables changed of {len(before)}", len(touched), bar=0, unit="")
        if touched:
            print(f"   changed: {', '.join(touched)}")
        _whatif.keep_levels(cr)
        old_rules = scheme._get_revision()
        new_rules = "Lines a third higher"
        for title, change in (
            ("publish at once", lambda: simulation.publish(new_rules, at_once=True)),
            ("undo at once", lambda: old_rules.restore("Back again", at_once=True)),
            ("publish again", lambda: simulation.publish(new_rules, at_once=True)),
            ("undo again", lambda: old_rules.restore("Back again", at_once=True)),
        ):
            taken, changed = _whatif.apply(scheme, change)
            self._row("P4", title, taken, unit="s")
            self._row("P4", "  levels changed", changed, unit="rows")
            if not title.startswith("undo"):
                missed = abs(changed - len(simulation.result_ids))
                self._row("P4", "  that the what-if had not named", missed, bar=0, unit="rows")
            else:
                others = _whatif.count_other_levels(cr)
                self._row("P4", "  levels other than before", others, bar=0, unit="rows")
        simulation.unlink()
        cr.commit()

    def _run_what_if(self, simulation):
        simulation.action_run()
        self.env.flush_all()
        self.env.cr.commit()

    # --------------------------------------------------------------- tools

    def _review(self, on):
        """Measure on a day within the review of the next decision, or outside."""
        ahead = (self.scheme.next_decision - self.today).days
        if not on and not ahead:
            print("Today is a decision day: every figure includes its review.")
        self.scheme.review_days = ahead if on else 0
        self.env.flush_all()
        self.env.cr.commit()

    def _clock(self, seconds, name, work):
        """Append what ``work()`` takes to ``seconds[name]``, and its processor time."""
        before = self._count_processor()
        seconds.setdefault(name, []).append(_time(work))
        seconds.setdefault(f"{name} processor", []).append(self._count_processor() - before)

    def _count_processor(self):
        """Return the seconds of processor time of this process and its PostgreSQL session.

        Parallel workers are not in it. 0 where the system does not tell.
        """
        stat = Path(f"/proc/{self._read_one('SELECT pg_backend_pid()')}/stat")
        if not stat.exists():
            return 0.0
        user, system = stat.read_text(encoding="ascii").rsplit(") ", 1)[1].split()[11:13]
        backend = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        return backend + time.process_time()

    def _evaluate(self):
        result = self.scheme.evaluate(as_of=self.today)
        if result["failed"]:
            sys.exit(f"The evaluation failed: {result['failed']}")
        self.env.cr.commit()

    def _run_cron(self):
        """Run the nightly job as the scheduler would: again while it leaves work behind.

        :return: list of seconds, one for each pass
        """
        passes = []
        while not passes or self.scheme.left_since:
            passes.append(_time(self.env["customer.tier.scheme"]._cron_evaluate))
            self.env.cr.commit()
            self.scheme.invalidate_recordset()
        return passes

    def _run_floor(self):
        from tests.benchmarks import _floor

        _floor.run(self.env, self.scheme, self.today)
        self.env.cr.commit()

    def _forget(self, floor=True):
        """Put everything back to before the first evaluation."""
        from tests.benchmarks import _floor

        cr = self.env.cr
        self.env.flush_all()
        cr.execute(
            "TRUNCATE customer_standing, customer_tier_history, customer_tier_decision CASCADE"
        )
        cr.execute(
            "UPDATE customer_tier_scheme SET last_evaluated = NULL, last_run = NULL,"
            " left_since = NULL, decided_until = NULL"
        )
        if floor:
            _floor.empty_tables(cr)
        cr.commit()
        self.env.invalidate_all()
        self._vacuum(*COUNTED)

    def _vacuum(self, *tables):
        """Do what autovacuum would do in a quiet hour, so that it does not do it now."""
        from odoo.tools import SQL

        cr = self.env.cr
        cr.commit()
        cr._cnx.autocommit = True
        for table in tables:
            cr.execute(SQL("VACUUM ANALYZE %s", SQL.identifier(table)))
        cr._cnx.autocommit = False

    def _read_one(self, query, *parameters):
        self.env.cr.execute(query, list(parameters))
        return self.env.cr.fetchone()[0]

    def _row(self, part, name, value, bar=None, unit="×", at_least=False):
        """Keep and print one figure; ``bar`` None = no bar, otherwise at most (at least) it.

        A bar missed by data smaller than it is meant for is said but not held against us.
        """
        ok = bar is None or (value >= bar if at_least else value <= bar)
        row = {"part": part, "name": name.strip(), "value": value, "unit": unit, "bar": bar}
        verdict = "" if bar is None else ("reached" if ok else "MISSED")
        if not ok and self.options.orders < BAR_ORDERS[part.lower()]:
            ok, verdict = None, "missed, small data"
        self.rows.append({**row, "ok": ok})
        sign = "" if bar is None else f"{'≥' if at_least else '≤'} {bar:g}"
        digits = 2 if unit in ("s", "×") else 0
        print(f"{part} {name:41}{value:>12,.{digits}f} {unit:4} {sign:>7}  {verdict}", flush=True)


def _orm_loop(scheme, partners, as_of):
    """Grade partner by partner, as such modules do.

    Writes standings and history like the first run, status included, but no scores: those
    need all customers, which spares the loop work; so does what a status says in words.
    """
    from odoo.models import BaseModel
    from odoo.tools import date_utils

    env = scheme.env
    revision = scheme._get_revision()
    first = date_utils.add(date_utils.subtract(as_of, months=scheme.window_months), days=1)
    previous = date_utils.subtract(first, months=scheme.window_months)
    tiers = scheme.tier_ids.sorted("sequence")
    for partner in partners:
        orders = env["sale.order"].search(
            [
                ("partner_id", "child_of", partner.id),
                ("company_id", "=", scheme.company_id.id),
                ("state", "=", "sale"),
            ]
        )
        days = {order: order.date_order.date() for order in orders}
        amounts = {
            order: scheme.currency_id.round(order.amount_untaxed / order.currency_rate)
            for order in orders
        }
        inside = [order for order in orders if days[order] >= first]
        amount = sum(amounts[order] for order in inside)
        reached = [tier for tier in tiers if tier.catch_all or amount >= tier.min_amount]
        tier = reached[0] if inside and reached else tiers.browse()
        # BaseModel's own create: the model's refuses levels that no rule gave
        BaseModel.create(
            env["customer.standing"],
            [
                {
                    "scheme_id": scheme.id,
                    "partner_id": partner.id,
                    "first_date": min(days.values()),
                    "last_date": max(days.values()),
                    "document_count": len(inside),
                    "amount": amount,
                    "amount_previous": sum(
                        amounts[order] for order in orders if previous <= days[order] < first
                    ),
                    "earned_tier_id": tier.id,
                    "tier_id": tier.id,
                    "tier_since": as_of if tier else False,
                    **_loop_status(scheme, orders, days, amounts, as_of),
                }
            ],
        )
        if not tier:
            continue
        env["customer.tier.history"].create(
            {
                "scheme_id": scheme.id,
                "company_id": scheme.company_id.id,
                "revision_id": revision.id,
                "partner_id": partner.id,
                "to_tier_id": tier.id,
                "date": as_of,
                "trigger": "baseline",
                "reason_code": "amount",
                "reason_values": {"amount": amount},
            }
        )
    env.flush_all()


def _loop_status(scheme, orders, days, amounts, as_of):
    """Return the status of one customer in Python: his rhythm, then what he bought."""
    bought = sorted(set(days.values()))
    gaps = [(later - earlier).days for earlier, later in pairwise(bought)]
    usual = median(gaps) if len(gaps) > 1 else 0
    silence = (as_of - bought[-1]).days
    first = as_of - relativedelta(months=scheme.window_months)
    previous = first - relativedelta(months=scheme.window_months)
    now = sum(amounts[order] for order in orders if days[order] > first)
    before = sum(amounts[order] for order in orders if previous < days[order] <= first)
    stake = max(now, before)
    half_year_ago = as_of - relativedelta(months=6)
    if usual and silence > 3 * usual:
        status = "lost"
    elif not usual and bought[-1] < as_of - relativedelta(months=12):
        status = "lost"
    elif usual and silence > 2 * usual:
        status = "dormant"
    elif now < 0.6 * before or _loop_smaller(orders, days, first, previous):
        status = "partial"
    elif usual and silence > min(1.5 * usual, mean(gaps) + 2 * stdev(gaps)):
        status = "at_risk"
    elif any(
        bought[place + 1] >= half_year_ago and _was_lost(gaps[:place], gap)
        for place, gap in enumerate(gaps)
    ):
        status = "regained"
    elif bought[0] >= as_of - timedelta(days=90):
        status = "new"
    else:
        status = "single" if len(orders) == 1 else "active"
    return {
        "customer_status": status,
        "value_at_stake": stake if status in ("lost", "dormant", "partial", "at_risk") else 0,
    }


def _was_lost(earlier, gap):
    return gap > 3 * median(earlier) if len(earlier) > 1 else gap > 365


def _loop_smaller(orders, days, first, previous):
    """Whether a customer buys at most 60 % as many products as in the period before."""
    now, before = set(), set()
    for line in orders.order_line:
        day = days[line.order_id]
        if day > previous:
            (now if day > first else before).add(line.product_id)
    return len(before) >= 3 and len(now) <= 0.6 * len(before)


def _time(work):
    """Return the seconds ``work()`` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _peak_memory():
    """Return the largest resident size this process ever had, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def describe_machine(env):
    """Return one line about the machine and its PostgreSQL."""
    settings = {}
    for name in ("server_version", "shared_buffers", "work_mem", "fsync"):
        env.cr.execute("SELECT current_setting(%s)", [name])
        settings[name] = env.cr.fetchone()[0]
    version = settings.pop("server_version").split()[0]
    rest = ", ".join(f"{name} {value}" for name, value in settings.items())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, "
        f"PostgreSQL {version} ({rest})"
    )


def _write_json(bench, target):
    if not target:
        return
    body = {
        "customers": bench.options.customers,
        "orders": bench.options.orders,
        "lines": bench.options.lines,
        "rounds": bench.options.rounds,
        "rows": bench.rows,
    }
    text = json.dumps(body, indent=1, ensure_ascii=False)
    if target == "-":
        print(text)
    else:
        Path(target).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
