"""Get Odoo 19.0 Community: four ways, tried in order.

1. ``ODOO_HOME``: a checkout or an installed package of the user's own; nothing else is tried.
2. A package ``odoo`` that this Python can import.
3. Debian's package ``odoo-19`` of the suite sid, unpacked privately (see debian.py).
4. A shallow clone of the branch 19.0.
"""

import os
import re
import shutil
import sys
from pathlib import Path

from . import debian, state
from .console import CareError, say
from .paths import CARE, LOGS
from .process import output_of, run, telling_line

SERIES = "19.0"
TREE = CARE / "odoo"
REPOSITORY = "https://github.com/odoo/odoo"
CLONE_SECONDS = 1800


def ensure():
    """Return the folder that holds the package `odoo` of release 19.0."""
    home = os.environ.get("ODOO_HOME")
    if home:
        return _from_home(home)
    known = state.get("odoo")
    if known and release_of(Path(known["path"])) == SERIES:
        return Path(known["path"])
    reasons = ["ODOO_HOME is not set"]
    for name, way in (
        ("this Python", _importable),
        ("Debian's package odoo-19", _from_debian),
        ("a clone of the branch 19.0", _from_git),
    ):
        try:
            path = way()
        except CareError as error:
            reasons.append(f"{name}: {str(error).rstrip('.')}")
            continue
        state.put("odoo", {"source": name, "path": str(path)})
        say(f"Odoo {SERIES} from {name}")
        return path
    raise CareError(f"Odoo {SERIES} could not be had: {'; '.join(reasons)}.")


def release_of(path):
    """Return the series, e.g. "19.0", of the package `odoo` in the folder `path`, or None.

    The file is read, not imported: importing would need Odoo's own requirements.
    """
    try:
        text = (path / "odoo" / "release.py").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^version_info\s*=\s*\(\s*'?([^,']+)'?\s*,\s*(\d+)", text, re.MULTILINE)
    return f"{found[1]}.{found[2]}" if found else None


def _from_home(home):
    """Check the user's own Odoo: a checkout, the package itself, or the folder around it."""
    given = Path(home).expanduser().resolve()
    for path in (given, given.parent):
        series = release_of(path) if path == given or given.name == "odoo" else None
        if series == SERIES:
            return path
        if series:
            raise CareError(f"ODOO_HOME={home} is Odoo {series}, but {SERIES} is needed.")
    raise CareError(f"ODOO_HOME={home} holds no Odoo: odoo/release.py is not there.")


def _importable():
    """Find an `odoo` that the Python running this can import, without importing it whole."""
    code = "import importlib.util as u; print(u.find_spec('odoo.release').origin)"
    found = output_of([sys.executable, "-c", code], cwd="/")
    if not found:
        raise CareError("it has no package odoo")
    path = Path(found.strip()).parents[1]
    series = release_of(path)
    if series != SERIES:
        raise CareError(f"its package odoo is {series}")
    return path


def _from_debian():
    """Unpack Debian's package into a folder that appears only when it is complete."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise CareError("apt-get is not here")
    part = CARE / "odoo.part"
    shutil.rmtree(part, ignore_errors=True)
    say("fetching Debian's package odoo-19 (120 MB)")
    debian.unpack_odoo(part)
    debian.tidy()
    return _complete(part, TREE) / "usr/lib/python3/dist-packages"


def _from_git():
    """Clone only the newest commit of the branch."""
    if shutil.which("git") is None:
        raise CareError("git is not here")
    part = CARE / "odoo.part"
    shutil.rmtree(part, ignore_errors=True)
    say(f"cloning the branch {SERIES} of {REPOSITORY}")
    code = run(
        ["git", "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60", "clone"]
        + ["--depth=1", f"--branch={SERIES}", "--single-branch", "--progress", REPOSITORY, part],
        "git clone",
        "git-clone.log",
        timeout=CLONE_SECONDS,
        check=False,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
    )
    if code:
        raise CareError(telling_line(LOGS / "git-clone.log"))
    return _complete(part, TREE)


def _complete(part, tree):
    """Give a completely unpacked tree its name."""
    shutil.rmtree(tree, ignore_errors=True)
    part.rename(tree)
    return tree
