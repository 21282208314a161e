"""The databases that a user looks at: the demo, and the one with the CDNOW customers."""

from . import addons, odoo, server, state
from .console import say, warn
from .paths import LOGS, make_folders, shown

NAME = "care_demo"
FIRST_PORT = 8069


def demo():
    """Bring the demo up, or up to date, and say where it is."""
    make_folders()
    if server.up_to_date(NAME):
        return show(server.current(NAME)["port"])
    postgres = odoo.prepare()
    changed = install(postgres, NAME, demo=True)
    port = server.serve(postgres, NAME, FIRST_PORT)
    if changed:
        server.warm_up(port)
    return show(port)


def install(postgres, name, *, demo):
    """Install the addons into `name`, or update those whose files changed.

    :return: whether anything was done
    """
    key = f"{name} on {postgres.identity}"
    wanted, have = addons.digests(), state.get(key)
    if have == wanted and postgres.exists(name):
        return False
    server.stop(name)
    if have is None or not postgres.exists(name):
        state.put(key, None)
        postgres.create(name, odoo.template(postgres, demo=demo))
        have = {}
    changed = [addon for addon in wanted if addon in have and have[addon] != wanted[addon]]
    added = [addon for addon in wanted if addon not in have]
    for mode, names in (("-u", changed), ("-i", added)):
        if names:
            say(f"{'updating' if mode == '-u' else 'installing'} {', '.join(names)}")
            log = f"{name}-{'update' if mode == '-u' else 'install'}.log"
            odoo.install(postgres, name, names, log, demo=demo and mode == "-i", mode=mode)
            _complain(LOGS / log)
    state.put(key, wanted)
    return True


def _complain(log):
    """Say it where demo data did not load: Odoo itself goes on without it and only logs that."""
    for line in log.read_text(errors="replace").splitlines():
        if " ERROR " in line or "demo data failed" in line:
            warn(f"  ! {line.strip()} (log: {shown(log)})")


def show(port):
    """Tell the user where to go and what to look at first."""
    say("the demo is running")
    print(
        f"""
  Address    http://127.0.0.1:{port}/odoo
  Login      admin / admin
  Look at    the app "Customer Care", Customers by Level

  Log        {shown(server.log_of(NAME))}
  To end it  make stop
""",
        flush=True,
    )
