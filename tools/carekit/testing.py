"""`make test`: everything needed, then linters, installation, the addons' tests, the root tests.

Each test runs once: those inside the addons by Odoo's own runner, with their tours in
Chromium, those in the root `tests/` by pytest-odoo.
"""

import argparse
import re
from dataclasses import dataclass

from . import addons, browser, lint, odoo, state, venv
from .console import CareError, elapsed, say
from .paths import CARE, LOGS, ROOT, shown
from .process import last_lines, only_one, run
from .server import free_port

INSTALLED = "care_tpl_addons"  # our addons, no demo data: what all tests get a copy of
STEPS = ("lint", "install", "demo", "addons", "root")
TEST_PORT = 8169
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
    """Prepare what the chosen steps need and run them in order."""
    if {"addons", "root"} & set(chosen):
        say(f"browser for the tours: {browser.ensure()}")
    postgres = odoo.prepare("dev", "data")
    steps = {
        "lint": _lint,
        "install": lambda: _install(postgres),
        "demo": lambda: _demo(postgres),
        "addons": lambda: _addons(postgres, options.tags),
        "root": lambda: _root(postgres, options.pytest),
    }
    results = []
    for name in chosen:
        say(f"— {name}")
        started = elapsed()
        try:
            result = steps[name]()
        except CareError as error:
            result = Result(name, failed=1, note=str(error))
        result.seconds = elapsed() - started
        results.append(result)
        if result.note:
            print(result.note, flush=True)
    return _sum_up(results)


def _sum_up(results):
    """Print one line per step and, alone on the last line, the totals."""
    print()
    for result in results:
        counts = f"{result.passed} passed, {result.failed} failed, {result.skipped} skipped"
        if result.name in ("lint", "install", "demo"):
            counts = "failed" if result.failed else "passed"
        print(f"  {result.name:8} {result.seconds:7.1f} s  {counts}")
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    print(f"\n{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def _lint():
    return Result("lint", failed=lint.lint())


def _install(postgres):
    """Install the addons into a fresh database: no warning, no error in the log."""
    installed(postgres, afresh=True)
    return gate("install", LOGS / f"{INSTALLED}.log")


def _demo(postgres):
    """Install on a database full of data, with demo data; update; uninstall; install again.

    Odoo only logs it where demo data does not load, so each log goes through the gate.
    """
    database, names = "care_test_demo", addons.names()
    postgres.create(database, odoo.template(postgres, demo=True))
    life = [
        ("install", lambda log: odoo.install(postgres, database, names, log, demo=True)),
        ("update", lambda log: odoo.install(postgres, database, names, log, mode="-u")),
        ("uninstall", lambda log: odoo.uninstall(postgres, database, names, log)),
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


def installed(postgres, *, afresh=False):
    """Return a database with our addons as they are now, without demo data, to be copied."""
    base = odoo.template(postgres, demo=False)
    key = f"{INSTALLED} on {postgres.identity}"
    wanted = {**addons.digests(), "base": state.get(f"{base} on {postgres.identity}")}
    if afresh or state.get(key) != wanted or not postgres.exists(INSTALLED):
        state.put(key, None)
        postgres.create(INSTALLED, base)
        odoo.install(postgres, INSTALLED, addons.names(), f"{INSTALLED}.log")
        state.put(key, wanted)
    return INSTALLED


def _addons(postgres, tags):
    """Run the tests inside the addons with Odoo's runner while updating the addons."""
    postgres.create("care_test", installed(postgres))
    names = addons.names()
    log = LOGS / "addons-tests.log"
    code = odoo.execute(
        postgres,
        "care_test",
        ["server", "-u", ",".join(names), "--stop-after-init"]
        + ["--test-tags", tags or ",".join(f"/{name}" for name in names)]
        + ["--http-port", str(free_port(TEST_PORT)), "--screenshots", CARE / "screenshots"],
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
    """Run the tests marked `soak`."""
    with only_one("test"):
        browser.ensure()
        postgres = odoo.prepare("dev", "data")
        started = elapsed()
        result = _root(postgres, arguments, marker="soak", name="soak")
        result.seconds = elapsed() - started
        if result.note:
            print(result.note)
        return _sum_up([result])
