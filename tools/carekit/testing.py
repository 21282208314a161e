"""`make test`: everything needed, then linters, installation, the addons' tests, the root tests.

Each test runs once: those inside the addons by Odoo's own runner, with their tours in
Chromium, those in the root `tests/` by pytest-odoo. Steps run two at a time, each on a database
of its own.
"""

import argparse
import os
import re
import threading
from dataclasses import dataclass
from functools import partial

from . import addons, browser, lint, odoo, state, venv
from .console import CareError, elapsed, say
from .paths import CARE, LOGS, ROOT, shown
from .process import last_lines, only_one, run, side_by_side
from .server import free_port

INSTALLED = "care_tpl_addons"  # our addons, no demo data: what all tests get a copy of
STEPS = ("lint", "install", "demo", "addons", "root")
TEST_PORTS = (8169, 8369)  # one for each half of the addons' tests, far apart
WORKERS = 2  # a run is half Odoo, half PostgreSQL, but not at the same time
TOUR = re.compile(r"\b(?:start_tour|browser_js|HttpCase)\b")
TOUR_BYTES = 10_000  # a tour takes as long as so much of a file without one
_installing = threading.Lock()
_RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests when loading")
_NO_BROWSER = re.compile(r"skipped .*(?:[Cc]hrome|devtools|websocket)")


@dataclass
class Result:
    """What one step found. `failed` counts tests, or 1 where a check is no test."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    note: str = ""
    seconds: float = 0.0

    def __add__(self, other):
        """Sum up two parts of a step; each has shown its note."""
        return Result(
            self.name,
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            seconds=self.seconds + other.seconds,
        )


def test(arguments):
    """Run the steps and sum up. Return 1 where anything failed."""
    parser = argparse.ArgumentParser(prog="make test ARGS=…", allow_abbrev=False)
    parser.add_argument("--only", default=",".join(STEPS), help=f"of {','.join(STEPS)}")
    parser.add_argument("--tags", help="Odoo's --test-tags instead of all tests of our addons")
    parser.add_argument("pytest", nargs="*", help="after --: arguments for pytest")
    options = parser.parse_args(arguments)
    chosen = [step for step in STEPS if step in options.only.split(",")]
    with only_one("test"):
        return _test(chosen, options)


def _test(chosen, options):
    """Prepare what the chosen steps need and run them."""
    if {"addons", "root"} & set(chosen):
        say(f"browser for the tours: {browser.ensure()}")
    postgres = odoo.prepare("dev", "data")
    if "install" in chosen:
        state.put(_key(postgres), None)  # whichever step is first installs afresh
    # what others wait for and what takes longest comes first
    jobs = [
        ("install", partial(_install, postgres)),
        ("demo", partial(_demo, postgres)),
        *_addons_jobs(postgres, options.tags),
        ("root", partial(_root, postgres, options.pytest)),
        ("lint", _lint),
    ]
    return _side_by_side([(name, job) for name, job in jobs if name.split()[0] in chosen])


def _side_by_side(jobs):
    """Run jobs, as many at a time as there are cores, and sum up."""
    workers = min(WORKERS, os.cpu_count() or 1)
    jobs = [(name, partial(_result, name, job)) for name, job in jobs]
    return _sum_up(side_by_side(jobs, workers))


def _result(name, job):
    """Run one job and show what it has to say; a failure in one sentence is a result, too."""
    say("begins")
    started = elapsed()
    try:
        result = job()
    except CareError as error:
        result = Result(name.split()[0], failed=1, note=str(error))
    result.seconds = elapsed() - started
    say(f"{'failed' if result.failed else 'passed'} after {result.seconds:.0f} s")
    if result.note:
        print(result.note, flush=True)
    return result


def _sum_up(results):
    """Print one line per step and, alone on the last line, the totals."""
    steps = {}
    for result in results:
        steps[result.name] = steps[result.name] + result if result.name in steps else result
    print()
    for result in sorted(steps.values(), key=_position):
        counts = f"{result.passed} passed, {result.failed} failed, {result.skipped} skipped"
        if result.name in ("lint", "install", "demo"):
            counts = "failed" if result.failed else "passed"
        print(f"  {result.name:8} {result.seconds:7.1f} s  {counts}")
    print(f"  {'in all':8} {elapsed():7.1f} s")
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    print(f"\n{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def _position(result):
    return STEPS.index(result.name) if result.name in STEPS else len(STEPS)


def _lint():
    return Result("lint", failed=lint.lint())


def _install(postgres):
    """Install the addons into a fresh database: no warning, no error in the log."""
    installed(postgres)
    return gate("install", LOGS / f"{INSTALLED}.log")


def _demo(postgres):
    """Install on a database full of data, with demo data; update; uninstall; install again.

    Once the last addon alone, which the others have to go on without, once the first, with which
    all others go. Odoo only logs it where demo data does not load, so each log goes through the
    gate.
    """
    database, names = "care_test_demo", addons.names()
    postgres.create(database, odoo.template(postgres, demo=True))
    life = [
        ("install", lambda log: odoo.install(postgres, database, names, log, demo=True)),
        ("update", lambda log: odoo.install(postgres, database, names, log, mode="-u")),
        ("alone", lambda log: odoo.uninstall(postgres, database, names[-1:], log, again=True)),
        ("uninstall", lambda log: odoo.uninstall(postgres, database, names[:1], log)),
        ("again", lambda log: odoo.install(postgres, database, names, log)),
    ]
    for phase, act in life:
        log = f"{database}-{phase}.log"
        act(log)
        result = gate(f"demo-{phase}", LOGS / log)
        if result.failed:
            return Result("demo", failed=1, note=result.note)
    postgres.drop(database)
    return Result("demo")


def gate(name, log):
    """Check an installation log with checklog-odoo; exceptions are in checklog-odoo.cfg."""
    checked = LOGS / f"checklog-{name}.log"
    command = [venv.VENV / "bin" / "checklog-odoo", log]
    if run(command, "checking the log", checked.name, check=False, cwd=ROOT) == 0:
        return Result(name)
    lines = last_lines(checked, 20_000)[1:]
    return Result(name, failed=1, note="\n".join([*lines, f"(log: {shown(log)})"]))


def _key(postgres):
    return f"{INSTALLED} on {postgres.identity}"


def installed(postgres):
    """Return a database with our addons as they are now, without demo data, to be copied."""
    key = _key(postgres)
    with _installing:
        base = odoo.template(postgres, demo=False)
        wanted = {**addons.digests(), "base": state.get(f"{base} on {postgres.identity}")}
        if state.get(key) != wanted or not postgres.exists(INSTALLED):
            state.put(key, None)
            postgres.create(INSTALLED, base)
            odoo.install(postgres, INSTALLED, addons.names(), f"{INSTALLED}.log")
            state.put(key, wanted)
    return INSTALLED


def _addons_jobs(postgres, tags):
    """Return the jobs of the addons' tests: two halves, or one where the tests are chosen."""
    if tags:
        return [("addons", partial(_addons, postgres, tags, "", TEST_PORTS[0]))]
    return [
        (f"addons {number}", partial(_addons, postgres, half, f"_{number}", port))
        for number, (half, port) in enumerate(zip(halves(), TEST_PORTS, strict=True), start=1)
    ]


def halves():
    """Divide the addons' tests; return Odoo's --test-tags of each half.

    Tours are in the first half only: two browsers at once would slow each other down, and the
    second need not build the web client's files. It takes what the first does not name, so no
    test is left out. The size of a file says well enough how long it takes.
    """
    weights, first = {}, []
    for path in ROOT.glob("*/tests/test_*.py"):
        text = path.read_text(encoding="utf-8")
        name = f"/{path.relative_to(ROOT).as_posix()}"
        weights[name] = len(text) + TOUR_BYTES * text.count("start_tour(")
        if TOUR.search(text):
            first.append(name)
    left = sum(weights.values()) / 2 - sum(weights[name] for name in first)
    for name in sorted(weights.keys() - first, key=lambda name: (-weights[name], name)):
        if weights[name] <= left:
            first.append(name)
            left -= weights[name]
    everything = [f"/{name}" for name in addons.names()]
    return ",".join(first), ",".join([*everything, *(f"-{name}" for name in first)])


def _addons(postgres, tags, suffix, port):
    """Run the tests inside the addons with Odoo's runner while updating the addons."""
    database = f"care_test{suffix}"
    postgres.create(database, installed(postgres))
    log = LOGS / f"addons-tests{suffix}.log"
    code = odoo.execute(
        postgres,
        database,
        ["server", "-u", ",".join(addons.names()), "--stop-after-init", "--test-tags", tags]
        + ["--http-port", str(free_port(port)), "--screenshots", CARE / "screenshots"],
        "the addons' tests",
        log.name,
        check=False,
    )
    return odoo_result("addons", log.read_text(errors="replace"), code, shown(log))


def odoo_result(name, text, code, log):
    """Read Odoo's own report: counts, and what failed. A tour without a browser is a failure."""
    found = _RESULT.findall(text)
    failures, errors, total = map(int, found[-1]) if found else (0, 0, 0)
    lines = text.splitlines()
    skipped = sum(": skipped " in line for line in lines)
    unseen = [line for line in lines if ": skipped " in line and _NO_BROWSER.search(line)]
    failed = failures + errors + len(unseen)
    notes = [*_failures(text), *unseen]
    if (code or not found) and not failed:
        failed = 1
        notes += [line for line in lines if " ERROR " in line or " CRITICAL " in line][:5]
        notes.append("Odoo ended without a report of its tests.")
    if failed:
        notes.append(f"(log: {log})")
    passed = max(0, total - failed - skipped + len(unseen))
    return Result(name, passed, failed, skipped - len(unseen), "\n".join(notes))


def _failures(text, most=40):
    """Return the failures out of Odoo's log, each with its traceback."""
    start = r"^[-\d]+ [:,\d]+ \d+ "
    pattern = rf"{start}ERROR \S+ \S+: ((?:FAIL|ERROR): .*?)(?={start}|\Z)"
    blocks = re.findall(pattern, text, re.MULTILINE | re.DOTALL)
    return [block.rstrip() for block in blocks[:most]]


def _root(postgres, extra, marker=None, name="root"):
    """Run the root tests with pytest-odoo."""
    database = "care_test_root"
    postgres.create(database, installed(postgres))
    config = odoo.config(postgres, database)
    log = LOGS / f"{name}-tests.log"
    environment = {
        **postgres.environment(),
        "CARE_CONFIG": str(config),
        "CARE_DATABASE": database,
    }
    code = run(
        [venv.VENV / "bin" / "pytest", "-c", ROOT / "setup.cfg", "--rootdir", ROOT]
        + ["-o", f"cache_dir={CARE / 'pytest_cache'}", f"--odoo-config={config}"]
        + [f"--odoo-database={database}", "--odoo-http", "-v"]
        + (["-m", marker] if marker else [])
        + [*extra, *([] if _names_tests(extra) else [ROOT / "tests"])],
        "the root tests",
        log.name,
        progress=_pytest_progress,
        check=False,
        env=environment,
        cwd=odoo.where(),
    )
    return pytest_result(name, code, log)


def _names_tests(extra):
    return any(not part.startswith("-") and (ROOT / part.split("::")[0]).exists() for part in extra)


def _pytest_progress(lines):
    """Return the test that pytest is at."""
    found = [line for line in lines if "::" in line]
    return f"test {found[-1].split(' ')[0]}" if found else None


def pytest_result(name, code, log):
    """Read the counts from pytest's last line; a run without one has failed."""
    text = log.read_text(errors="replace")
    summary = text.rstrip().splitlines()[-1] if text.strip() else ""
    counts = dict.fromkeys(("passed", "failed", "error", "skipped", "xfailed", "xpassed"), 0)
    # "3 subtests passed" does not match: only whole tests are counted
    for number, word in re.findall(r"(\d+) (passed|failed|error|skipped|x\w+)s?\b", summary):
        counts[word] += int(number)
    failed, note = counts["failed"] + counts["error"], ""
    if code:
        failed = failed or 1
        starts = [text.find(f"= {title} =") for title in ("ERRORS", "FAILURES")]
        start = min((start for start in starts if start >= 0), default=-5000)
        note = f"{text[start:][:20_000].rstrip()}\n(log: {shown(log)})"
    passed = counts["passed"] + counts["xpassed"]
    return Result(name, passed, failed, counts["skipped"] + counts["xfailed"], note)


def soak(arguments):
    """Run the root tests marked `soak` and the addons' tests tagged so, these at full length.

    :param arguments: for pytest; with any, only the root tests are run
    """
    with only_one("test"):
        browser.ensure()
        postgres = odoo.prepare("dev", "data")
        os.environ["CARE_SOAK"] = "1"
        jobs = [("soak", partial(_root, postgres, arguments, marker="soak", name="soak"))]
        if not arguments:
            jobs += _addons_jobs(postgres, "soak")
        return _side_by_side(jobs)
