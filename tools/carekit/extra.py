"""The verbs that run a script of the repository against a database of its own.

The script gets the virtualenv's Python, the checkout on its path, CARE_CONFIG (Odoo's
configuration file), CARE_DATABASE and libpq's PG… variables.
"""

import subprocess

from . import addons, demo, odoo, server, testing, venv
from .console import CareError, say
from .paths import ROOT
from .process import only_one

BENCH, CDNOW = "care_bench", "care_cdnow"
CDNOW_SCRIPT = ROOT / "tools" / "cdnow" / "run.py"
CDNOW_PORT = 8079


def bench(arguments):
    """Run tests/benchmarks/*.py; a first argument chooses those whose name begins so."""
    chosen = ""
    if arguments and not arguments[0].startswith("-"):
        chosen, *arguments = arguments
    scripts = [
        path
        for path in sorted((ROOT / "tests" / "benchmarks").glob("*.py"))
        if not path.name.startswith("_") and path.name.removeprefix("bench_").startswith(chosen)
    ]
    if not scripts:
        raise CareError(f"There is no benchmark {chosen or 'in tests/benchmarks'}.")
    with only_one("bench"):
        postgres = odoo.prepare("dev", "data")
        for script in scripts:
            postgres.create(BENCH, testing.installed(postgres))
            say(f"benchmark {script.stem}")
            _script(postgres, BENCH, script, arguments)
        postgres.drop(BENCH)


def soak(arguments):
    """Run the tests marked `soak`."""
    return testing.soak(arguments)


def cdnow(arguments):
    """Import and grade the CDNOW customers, print the tables, and serve the database."""
    if not CDNOW_SCRIPT.exists():
        raise CareError(f"{CDNOW_SCRIPT.relative_to(ROOT)} is not there.")
    with only_one("cdnow"):
        postgres = odoo.prepare("data")
        demo.install(postgres, CDNOW, demo=False)
        config = odoo.config(postgres, CDNOW)
        options = ["--config", str(config), "--database", CDNOW, *arguments]
        _script(postgres, CDNOW, CDNOW_SCRIPT, options)
    port = server.serve(postgres, CDNOW, CDNOW_PORT)
    say(f"see it in the web client: http://127.0.0.1:{port}/odoo, admin / admin")


def _script(postgres, database, script, arguments):
    """Run one script in the foreground: what it prints is what the user asked for."""
    environment = {
        **postgres.environment(),
        "CARE_CONFIG": str(odoo.config(postgres, database)),
        "CARE_DATABASE": database,
        "CARE_ADDONS": ",".join(addons.names()),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    command = [str(venv.PYTHON), str(script), *arguments]
    if subprocess.run(command, env=environment, cwd=odoo.where()).returncode:
        raise CareError(f"{script.relative_to(ROOT)} failed.")
