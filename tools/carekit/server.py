"""Odoo as a web server in the background, on 127.0.0.1, until `make stop`."""

import json
import re
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from . import addons, database, odoo, state
from .console import CareError, say
from .paths import LOGS, shown
from .process import end, is_ours, last_lines

START_SECONDS = 120


def log_of(name):
    """Return the log file of the server for the database `name`."""
    return LOGS / f"{name}.log"


def current(name):
    """Return {pid, port, addons} of the server for `name` if that very process is alive.

    The configuration file in its command line tells it from a stranger with the same id.
    """
    running = state.get(f"server {name}")
    return running if running and is_ours(running["pid"], odoo.config_path(name)) else None


def up_to_date(name):
    """Return whether `name` is served, with the code and the settings as they are now."""
    running = current(name)
    return (
        bool(running)
        and running.get("addons") == addons.digests()
        and running.get("settings") == database.settings()
        and answers(running["port"])
    )


def stop(name):
    """Stop the server for `name`. Return whether one was running."""
    running = state.get(f"server {name}")
    stopped = bool(running) and end(running["pid"], odoo.config_path(name))
    state.put(f"server {name}", None)
    return stopped


def started():
    """Return the names of the databases whose servers we started."""
    return [key.split(" ", 1)[1] for key in state.load() if key.startswith("server ")]


def serve(server, name, first_port):
    """Serve `name`, starting Odoo where it does not answer yet. Return the port."""
    if up_to_date(name):
        return current(name)["port"]
    stop(name)
    port = free_port(first_port)
    if port != first_port:
        say(f"port {first_port} is taken, using {port}")
    say("starting Odoo")
    config = odoo.config(server, name, port)
    with log_of(name).open("a") as output:
        child = subprocess.Popen(
            list(map(str, odoo.command("server", "-c", config))),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=server.environment(),
            cwd=odoo.where(),
            start_new_session=True,  # lives on after make
        )
    record = {"pid": child.pid, "port": port, "addons": addons.digests()}
    record["settings"] = database.settings()
    state.put(f"server {name}", record)
    _wait_for(child, name, port)
    return port


def _wait_for(child, name, port):
    """Wait until the server answers; a server that does not is ended and its log quoted."""
    deadline = time.monotonic() + START_SECONDS
    while not answers(port):
        if child.poll() is not None or time.monotonic() > deadline:
            stop(name)
            log = log_of(name)
            last = (last_lines(log) or ["it said nothing"])[-1]
            raise CareError(f"Odoo did not start: {last} (log: {shown(log)})")
        time.sleep(0.3)


def free_port(first):
    """Return the first port from `first` on that nobody uses on 127.0.0.1."""
    for port in range(first, first + 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise CareError(f"None of the ports {first} to {first + 199} is free.")


def _client():
    """Return a client with cookies that asks no proxy for 127.0.0.1."""
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
    )


def answers(port):
    """Return whether Odoo serves the login page on this port."""
    base, client = f"http://127.0.0.1:{port}", _client()
    try:
        with client.open(f"{base}/web/health", timeout=10) as reply:
            if json.load(reply).get("status") != "pass":
                return False
        with client.open(f"{base}/web/login", timeout=60) as reply:
            return reply.status == 200
    except (OSError, ValueError):
        return False


def warm_up(port):
    """Log in once and fetch what the pages refer to, so that the user's first click is quick."""
    say("building the web client's files for the first page")
    base, client = f"http://127.0.0.1:{port}", _client()
    try:
        page = client.open(f"{base}/web/login", timeout=60).read().decode()
        _fetch_assets(client, base, page)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        form = {"login": "admin", "password": "admin", "csrf_token": token[1] if token else ""}
        data = urllib.parse.urlencode(form).encode()
        page = client.open(f"{base}/web/login", data, timeout=120).read().decode()
        _fetch_assets(client, base, page)
    except OSError as error:
        say(f"  the first page is not ready yet: {error}")


def _fetch_assets(client, base, page):
    """Fetch the scripts and styles of one page."""
    for link in dict.fromkeys(re.findall(r'(?:src|href)="(/web/assets/[^"]+)"', page)):
        client.open(base + link, timeout=180).read()
