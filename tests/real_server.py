"""A multi-process Odoo server of a test's own, on the database of the tests."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import psutil
from odoo.tests import get_db_name
from odoo.tools import config

#: The server starts its part for websockets by its own path, so it needs to be a script.
LAUNCHER = "from odoo.cli import main\nmain()\n"
START_SECONDS = 120


@contextmanager
def real_server(crons=2, workers=2):
    """Serve the database of the tests; gives a :class:`RealServer`, ended afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        script, log = Path(folder, "odoo_server.py"), Path(folder, "server.log")
        script.write_text(LAUNCHER)
        port, gevent_port = free_ports(2)
        command = [sys.executable, script, "server", "-d", get_db_name(), *get_options()]
        command += [f"--workers={workers}", f"--max-cron-threads={crons}", "--no-database-list"]
        command += ["--http-interface=127.0.0.1", f"--http-port={port}"]
        command += [f"--gevent-port={gevent_port}", "--log-level=info"]
        with log.open("w") as output:
            process = subprocess.Popen(  # noqa: S603
                list(map(str, command)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )
        server = RealServer(process, port, log)
        try:
            server.wait()
            yield server
        finally:
            server.stop()


class RealServer:
    def __init__(self, process, port, log):
        self.process, self.port, self.log = process, port, log

    def wait(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the server did not start:\n{self.log.read_text()[-3000:]}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/web/health", timeout=5):
                    return
            except OSError:
                time.sleep(0.3)

    def get_cron_workers(self):
        """Return the processes that run jobs: Odoo makes them nice, and no others."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in family if child.nice() >= 10]

    def kill_cron_workers(self):
        """Kill the workers that run jobs, as a crash would; the server makes new ones."""
        workers = self.get_cron_workers()
        for worker in workers:
            os.kill(worker.pid, signal.SIGKILL)
        return len(workers)

    def stop(self):
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        for child in family:
            if child.is_running():
                child.kill()


def free_ports(count):
    """Return ports of 127.0.0.1 that nobody uses."""
    probes = [socket.socket() for _number in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def get_options():
    """Return the options by which another process finds this database and these addons."""
    options = ["--data-dir", config["data_dir"]]
    options += ["--addons-path", ",".join(config["addons_path"])]
    for name in ("db_host", "db_port", "db_user", "db_password"):
        if config[name]:
            options += [f"--{name}", str(config[name])]
    return options
