"""The linters, all configured at the root: ruff.toml and setup.cfg."""

import os
import subprocess

from . import addons, venv
from .console import say
from .paths import LOGS, ROOT, make_folders


def commands():
    """Return [(name, command)] of all linters."""
    bins = venv.VENV / "bin"
    ours = addons.names()
    return [
        ("ruff check", [bins / "ruff", "check", "."]),
        ("ruff format", [bins / "ruff", "format", "--check", "."]),
        ("pylint-odoo", [venv.PYTHON, "-m", "pylint", "--rcfile=setup.cfg", *ours]),
        ("oca-checks-odoo-module", [bins / "oca-checks-odoo-module", *ours]),
        ("oca-checks-po", [bins / "oca-checks-po", *_translations()]),
    ]


def _translations():
    return [path.relative_to(ROOT) for path in sorted(ROOT.glob("*/i18n/*.po*"))]


def lint():
    """Run all linters, show what they object to and return the number that failed."""
    make_folders()
    failed = 0
    for name, command in commands():
        if name == "oca-checks-po" and not _translations():
            continue
        done = subprocess.run(
            list(map(str, command)),
            cwd=ROOT,
            env={**os.environ, "PATH": f"{venv.VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        (LOGS / f"lint-{name.replace(' ', '-')}.log").write_text(done.stdout)
        say(f"{name}: {'failed' if done.returncode else 'passed'}")
        if done.returncode:
            failed += 1
            print(done.stdout.rstrip(), flush=True)
    return failed
