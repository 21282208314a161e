"""Run Odoo's commands on one of our databases."""

import hashlib
import re

from . import addons, database, odoo_source, state, venv
from .console import say
from .paths import CARE, ROOT
from .process import only_one, run

LANGUAGES = "zh_CN"  # besides English
_MODULE = re.compile(r"Loading module (\S+) \((\d+)/(\d+)\)")
_TEST = re.compile(r"Starting (\S+) \.\.\.")


def prepare(*sets):
    """Bring Odoo, the Python packages and PostgreSQL; quick where they are there.

    :param sets: further requirement sets ("dev", "data")
    :return: database.Server
    """
    with only_one("set-up", waiting="another command is setting up, waiting for it"):
        path = odoo_source.ensure()
        venv.ensure("run", *sets)
        venv.link(path)
        return database.ensure()


def config_path(name):
    """Return the path of the configuration file for the database `name`."""
    return CARE / "conf" / f"{name}.conf"


def config(server, name, port=None):
    """Write the configuration file for the database `name` and return its path.

    Odoo listens on 127.0.0.1 only and serves this one database.
    """
    path = config_path(name)
    path.parent.mkdir(exist_ok=True)
    options = {
        "addons_path": ROOT,
        "data_dir": server.files,
        "db_name": name,
        "dbfilter": f"^{name}$",
        "list_db": False,
        "http_interface": "127.0.0.1",
        "db_maxconn": 32,
        "max_cron_threads": 1,
    }
    if server.embedded:
        options.update(db_host=server.host, db_port=server.port, db_user=server.user)
    if port:
        options["http_port"] = port
    lines = [f"{key} = {value}" for key, value in options.items()]
    path.write_text("\n".join(["[options]", *lines, ""]))
    return path


def command(*arguments):
    """Return the command line of Odoo."""
    return [venv.PYTHON, "-m", "odoo", *arguments]


def where():
    """Return the folder to run in: never one with addons, `calendar` would hide Python's own."""
    folder = CARE / "run"
    folder.mkdir(exist_ok=True)
    return folder


def execute(server, name, arguments, what, log, **options):
    """Run one command of Odoo on the database `name`; its log goes to `log`."""
    return run(
        command(*arguments, "-c", config(server, name)),
        what,
        log,
        progress=progress,
        env=server.environment(),
        cwd=where(),
        **options,
    )


def install(server, name, modules, log, *, demo=False, mode="-i"):
    """Install (or with mode="-u" update) modules into the database `name`."""
    arguments = ["server", mode, ",".join(modules), "--stop-after-init", "--no-http"]
    if mode == "-i":
        # the first one becomes the language of every partner
        arguments.append(f"--load-language=en_US,{LANGUAGES}")
    else:
        # a changed label must not keep the translation of the old one
        arguments.append("--i18n-overwrite")
    if demo:
        arguments.append("--with-demo")
    what = f"{'updating' if mode == '-u' else 'installing'} {', '.join(modules)}"
    execute(server, name, arguments, what, log)


def uninstall(server, name, modules, log, *, again=False):
    """Uninstall modules as the Apps screen does, and fail where anything of theirs is left.

    :param again: let what stays work without them, then install them again
    """
    script = ROOT / "tools" / "uninstall_check.py"  # outside this package, whose odoo.py hides Odoo
    run(
        [venv.PYTHON, script, config(server, name), name, *(["--again"] if again else [])]
        + modules,
        f"uninstalling {', '.join(modules)}",
        log,
        env=server.environment(),
        cwd=where(),
    )


def progress(lines):
    """Return what Odoo is doing, read from its log."""
    for line in reversed(lines):
        if found := _MODULE.search(line):
            return f"module {found[1]} ({found[2]} of {found[3]})"
        if found := _TEST.search(line):
            return f"test {found[1]}"
    return None


def template(server, *, demo):
    """Return a database with all that our addons depend on; made once, copied in a second."""
    name = "care_tpl_demo" if demo else "care_tpl_base"
    key = f"{name} on {server.identity}"
    modules = addons.foundations()
    wanted = hashlib.sha256(
        repr((modules, str(odoo_source.ensure()), state.get("packages-run"))).encode()
    ).hexdigest()
    if state.get(key) == wanted and server.exists(name):
        return name
    say(f"preparing a database with {', '.join(modules)}{' and demo data' if demo else ''}")
    state.put(key, None)
    server.create(name)
    install(server, name, modules, f"{name}.log", demo=demo)
    state.put(key, wanted)
    return name
