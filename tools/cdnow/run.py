"""Grade the 23,570 customers of CDNOW in a database of their own.

Imports the purchases as confirmed sales orders (resumable), grades as of 30 June 1998 by
the lines the guided start proposes, beside it by Pyramid, ABC and RFM, and prints what came
out. Then an independent computation from the file judges every customer.
The database stays: the next run only looks whether everything is there.

With ``--life`` a copy of it lives through September 1997 to June 1998 month-end by
month-end, and the customer status is judged by who bought again in the half year after.
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# the script's own folder must not be searched for modules, the repository must
sys.path[:1] = [str(ROOT)]

from tools.cdnow import database, dataset  # noqa: E402

MODULES = ("customer_tiering", "sale_management")


def main(arguments=None):
    """Run, and turn the problems a user can solve into one sentence and exit code 1."""
    options = _parse(arguments)
    database.leave_addons_folder()
    try:
        return _run(options)
    except (dataset.DatasetMissing, database.DatabaseProblem) as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. What is imported stays: start again to go on.", file=sys.stderr)
        return 130


def _parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--config",
        default=os.environ.get("CARE_CONFIG"),
        type=_absolute,
        help="Odoo configuration file; default: the environment's CARE_CONFIG",
    )
    parser.add_argument(
        "--database",
        default=os.environ.get("CARE_DATABASE"),
        help="name of the database, made if missing; default: the environment's CARE_DATABASE",
    )
    parser.add_argument(
        "--sample", action="store_true", help="only the sample of 2,357 customers (a minute)"
    )
    parser.add_argument(
        "--lifetimes-file",
        type=_absolute,
        metavar="PATH",
        help="the CDNOW file, or a folder with it; default: the installed wheel lifetimes",
    )
    parser.add_argument(
        "--check",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="compare all customers with an independent computation (20 s); exit code 1 on any "
        "difference",
    )
    parser.add_argument(
        "--life",
        action="store_true",
        help="on a copy of the database: evaluate month-end by month-end, 1997-09 to 1998-06, "
        "and judge levels and status by what came after",
    )
    options = parser.parse_args(arguments)
    if not options.config or not options.database:
        parser.error("--config and --database are needed")
    return options


def _absolute(path):
    return str(Path(path).absolute())


def _run(options):
    path = dataset.find_file(
        dataset.SAMPLE if options.sample else dataset.MASTER, options.lifetimes_file
    )
    purchases = dataset.read_purchases(path)
    database.load_config(options.config, options.database)
    print(f"Opening database {options.database}", flush=True)
    registry = database.open_registry(options.database, MODULES)
    with database.superuser_environment(registry) as env:
        _load(env, purchases)
        schemes = _grade(env)
        _report(schemes)
        differences = _check(schemes, purchases) if options.check else 0
    if options.life:
        differences += _live(options, purchases)
    print(
        f"\nOpen it: start Odoo on the database {options.database}, log in as admin / admin, "
        "choose Customer Care.\n"
        "The nightly evaluation is off there: it would grade as of today, long after the last "
        "purchase."
    )
    return 1 if differences else 0


def _load(env, purchases):
    """Switch the nightly job off, then import what is missing and verify all of it."""
    from tools.cdnow import importer

    cron = env.ref("customer_tiering.ir_cron_evaluate_schemes")
    if cron.active:
        cron.active = False
    if env.company.currency_id.name != "USD":
        env.company.currency_id = env.ref("base.USD")
    env.cr.commit()
    try:
        partners, orders = importer.import_purchases(
            env, purchases, commit=env.cr.commit, progress=_Progress()
        )
        checked = importer.check_amounts(env, purchases)
    except importer.ImportMismatch as mismatch:
        raise database.DatabaseProblem(str(mismatch)) from mismatch
    print(
        f"{partners:,} customers and {orders:,} orders imported; "
        f"all {checked:,} orders agree with the file in customer, date, CDs and dollars."
    )


def _live(options, purchases):
    """Let a copy of the database live through a year; the copy stays to be looked at.

    :return: number of differences
    """
    copy = f"{options.database}_life"
    print(f"\nCopying {options.database} to {copy}", flush=True)
    database.copy_database(options.database, copy)
    registry = database.open_registry(copy, MODULES)
    with database.superuser_environment(registry) as env:
        return _live_in(env, purchases, options.check)


def _live_in(env, purchases, check):
    from tests.cdnow import compare
    from tools.cdnow import holdout, importer, life

    customers = importer.get_customers(env)
    names = dict(env["customer.standing"]._fields["customer_status"].selection)
    year = life.Life(env)
    try:
        year.live(env.cr.commit)
    except life.LifeFailed as problem:
        raise database.DatabaseProblem(str(problem)) from problem
    differences = year.report_levels()
    year.report_migration()
    year.report_statuses()
    year.report_defectors()
    statuses = year.statuses[holdout.AS_OF]
    holdout.Holdout(
        purchases,
        {customer: statuses[partner] for customer, partner in customers.items()},
    ).report(names)
    if check:
        print()
        for day, found in year.statuses.items():
            wrong = compare.compare_statuses(found, day, purchases, customers)
            print(f"Status at {day}: {len(found):,} customers, {len(wrong):,} differences")
            differences += len(wrong)
            for sentence in wrong[:10]:
                print(sentence)
    return differences


class _Progress:
    """One line that says how far the import is and when it will be done."""

    def __init__(self):
        self.started = time.monotonic()
        self.at_start = None

    def __call__(self, done, total):
        if self.at_start is None:
            self.at_start = done  # the first batch is the yardstick's zero
            self.started = time.monotonic()
            return
        elapsed = time.monotonic() - self.started
        left = elapsed / (done - self.at_start) * (total - done)
        text = (
            f"Importing orders {done:,} of {total:,} ({done / total:.0%}), "
            f"{left // 60:.0f} min {left % 60:02.0f} s left"
        )
        if sys.stdout.isatty():
            print(f"\r{text:72}", end="\n" if done == total else "", flush=True)
        elif done == total or done * 20 // total != (done - 500) * 20 // total:
            print(text, flush=True)


def _grade(env):
    """Return the four schemes, evaluated as of the data set's last day, operative first."""
    from tools.cdnow import grading

    as_of = dataset.LAST_DAY
    amount = env["customer.tier.scheme"].search(
        [("company_id", "=", env.company.id), ("operative", "=", True)], limit=1
    )
    if not amount:
        raise database.DatabaseProblem(f"{env.company.name} has no operative grading scheme.")
    if amount.method != "amount":
        raise database.DatabaseProblem(
            f"The operative scheme of {env.company.name} was changed to {amount.method}; "
            "make an Amount scheme operative, or drop the database to begin again."
        )
    _forget_empty_evaluation(amount)
    if amount.is_default and not amount.last_evaluated:
        grading.draw_proposed_lines(amount, as_of)
        amount.is_default = False
    schemes = amount | grading.ensure_comparison_schemes(env)
    for scheme in schemes:
        _evaluate(scheme, as_of)
    return schemes


def _forget_empty_evaluation(scheme):
    """Let a scheme begin before the day on which it was evaluated without any customer.

    An installation, a night or a click before the import looks at today and finds nobody;
    no earlier day could be graded after that.
    """
    standings = scheme.env["customer.standing"].search_count([("scheme_id", "=", scheme.id)])
    if scheme.last_evaluated and not standings:
        scheme.last_evaluated = False


def _evaluate(scheme, as_of):
    """Grade as of a day unless that is done; commit."""
    if scheme.last_evaluated and scheme.last_evaluated > as_of:
        print(
            f"{scheme.name} was evaluated as of {scheme.last_evaluated} meanwhile and shows that "
            "day; drop the database to begin again."
        )
    if scheme.last_evaluated and scheme.last_evaluated >= as_of:
        return
    started = time.monotonic()
    result = scheme.evaluate(as_of=as_of)
    if result["failed"]:
        raise database.DatabaseProblem(" ".join(result["failed"].values()))
    scheme.env.cr.commit()
    seconds = time.monotonic() - started
    print(f"{scheme.name}: {result['graded']:,} customers graded in {seconds:.1f} s")


def _report(schemes):
    from tools.cdnow import grading

    print(f"\nGraded as of {dataset.LAST_DAY}, twelve months back; revenue in US dollars\n")
    for scheme in schemes:
        print(grading.describe(scheme), end="\n\n")
    print(grading.describe_segments(schemes[-1]))


def _check(schemes, purchases):
    """Compare every customer with the oracle; print the verdict.

    :return: number of differences
    """
    from tests.cdnow import compare
    from tools.cdnow import importer

    documents = compare.oracle_documents(purchases)
    customers = importer.get_customers(schemes.env)
    equal, differences = 0, []
    calendar = schemes[0].copy({"name": "Calendar year", "window_type": "calendar"})
    for scheme in schemes | calendar:
        for as_of in dataset.CHECK_DATES:
            count, found = compare.compare_rows(scheme, as_of, documents, customers)
            print(f"{scheme.name} at {as_of}: {count:,} customers, {len(found):,} differences")
            equal += count - len(found)
            differences += found
    for scheme in schemes.filtered(lambda scheme: scheme.last_evaluated == dataset.LAST_DAY):
        count, found = compare.compare_standings(scheme, dataset.LAST_DAY, documents, customers)
        print(f"{scheme.name}, as stored: {count:,} customers, {len(found):,} differences")
        equal += count - len(found)
        differences += found
    schemes.env.cr.rollback()  # the calendar scheme was only for this
    for difference in differences[:20]:
        print(difference)
    print(f"{equal:,} customers × method × date equal, {len(differences):,} differences.")
    return len(differences)


if __name__ == "__main__":
    sys.exit(main())
