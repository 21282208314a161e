"""The virtualenv ``.care/venv`` with pinned packages."""

import hashlib
import os
import sys
from pathlib import Path

from . import state
from .console import CareError, say
from .paths import CARE, LOGS, ROOT, shown
from .process import last_lines, output_of, run

VENV = CARE / "venv"
PYTHON = VENV / "bin" / "python"

# requirement set: (file, extra pip options)
SETS = {
    "run": ("requirements.txt", []),
    "dev": ("requirements-dev.txt", []),
    "data": ("requirements-data.txt", ["--no-deps"]),
}


def ensure(*sets):
    """Create the virtualenv and install the named requirement sets where they changed."""
    _ensure_venv()
    for name in sets:
        _ensure_packages(name)


def _ensure_venv():
    """Make the virtualenv anew where it is missing or its Python has gone."""
    if state.get("venv") == sys.version and output_of([PYTHON, "-c", ""]) is not None:
        return
    say("creating the virtualenv")
    for name in SETS:
        state.put(f"packages-{name}", None)
    run(
        [sys.executable, "-m", "venv", "--clear", VENV],
        "creating the virtualenv (Python's venv module is needed, on Debian python3-venv)",
        "venv.log",
    )
    state.put("venv", sys.version)


def _ensure_packages(name):
    """Install one requirement set unless exactly this one is installed."""
    file, options = SETS[name]
    wanted = hashlib.sha256((ROOT / file).read_bytes()).hexdigest()
    if state.get(f"packages-{name}") == wanted:
        return
    say(f"installing the Python packages of {file}")
    log = f"pip-{name}.log"
    code = run(
        [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        + ["--progress-bar", "off", *options, "-r", ROOT / file],
        f"installing the packages of {file}",
        log,
        progress=_pip_progress,
        check=False,
        cwd=ROOT,
    )
    if code:
        raise CareError(_pip_reason(file, LOGS / log))
    state.put(f"packages-{name}", wanted)


def _pip_progress(lines):
    """Return pip's last step, without addresses."""
    for line in reversed(lines):
        if line.startswith(("Collecting", "Installing", "Building")):
            return "pip: " + line[:100]
    return None


def _pip_reason(file, log):
    """Say whether the network or a package is to blame."""
    lines = last_lines(log, 200_000)
    errors = [line for line in lines if line.startswith("ERROR:")] or lines[-1:]
    unreachable = any("Failed to establish" in x or "NewConnectionError" in x for x in lines)
    if unreachable:
        return (
            f"The Python packages of {file} could not be fetched: pip reaches no package "
            f"index, is there a network? (log: {shown(log)})"
        )
    return f"The Python packages of {file} could not be installed: {errors[0]} (log: {shown(log)})"


def site_packages():
    """Return the folder of installed packages."""
    return next(Path(VENV, "lib").glob("python3.*/site-packages"))


def link(odoo_path):
    """Put the folder that holds the package `odoo` on the virtualenv's path."""
    pth = site_packages() / "care_odoo.pth"
    if not pth.exists() or pth.read_text() != f"{odoo_path}\n":
        part = pth.with_suffix(".part")
        part.write_text(f"{odoo_path}\n")
        os.replace(part, pth)
