"""Open an Odoo database from a script: make it, install into it, give an environment."""

import os
import threading
from contextlib import contextmanager

from psycopg2 import OperationalError
from psycopg2.errors import ObjectInUse


class DatabaseProblem(Exception):
    """Nothing can be done with this database; the message is one sentence for the user."""


def load_config(config_file, database, log_level="warn"):
    """Read Odoo's configuration file for one database.

    :param config_file: path of a configuration file with ``addons_path`` and, where the
        environment does not say it, how to reach PostgreSQL
    """
    from odoo.tools import config

    config.parse_config(
        [f"--config={config_file}", f"--database={database}", f"--log-level={log_level}"],
        setup_logging=True,
    )


def database_exists(database):
    """Whether the database is there.

    :raise DatabaseProblem: PostgreSQL does not answer
    """
    from odoo.sql_db import db_connect

    try:
        with db_connect("postgres").cursor() as cr:
            cr.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            return bool(cr.rowcount)
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise DatabaseProblem(f"PostgreSQL cannot be reached: {reason}") from error


def drop_database(database):
    """Drop a database and end its connections."""
    from odoo.sql_db import close_db, db_connect
    from odoo.tools import SQL

    close_db(database)
    with db_connect("postgres").cursor() as cr:
        cr.rollback()
        cr._cnx.autocommit = True
        cr.execute(SQL("DROP DATABASE IF EXISTS %s WITH (FORCE)", SQL.identifier(database)))


def copy_database(source, target):
    """Make a database anew as a copy of another one, files in the filestore left out.

    :raise DatabaseProblem: somebody is connected to the source
    """
    from odoo.modules.registry import Registry
    from odoo.sql_db import close_db, db_connect
    from odoo.tools import SQL

    Registry.delete(source)
    close_db(source)
    if database_exists(target):
        drop_database(target)
    with db_connect("postgres").cursor() as cr:
        cr.rollback()
        cr._cnx.autocommit = True
        try:
            cr.execute(
                SQL(
                    "CREATE DATABASE %s TEMPLATE %s",
                    SQL.identifier(target),
                    SQL.identifier(source),
                ),
                log_exceptions=False,
            )
        except ObjectInUse as error:
            raise DatabaseProblem(
                f"{source} cannot be copied while somebody is connected to it: stop its server."
            ) from error


def open_registry(database, modules):
    """Return the registry of a database in which the modules are installed.

    Database and modules are made where they are missing, without demo data.
    """
    from odoo.modules.registry import Registry
    from odoo.service.db import _create_empty_database

    threading.current_thread().dbname = database
    if not database_exists(database):
        _create_empty_database(database)
    missing = _missing_modules(database, modules)
    if not missing:
        return Registry(database)
    return Registry.new(database, update_module=True, install_modules=missing, new_db_demo=False)


def _missing_modules(database, modules):
    from odoo.sql_db import db_connect

    with db_connect(database).cursor() as cr:
        cr.execute("SELECT to_regclass('ir_module_module')")
        if not cr.fetchone()[0]:
            return list(modules)
        cr.execute("SELECT name FROM ir_module_module WHERE state = 'installed'")
        return sorted(set(modules) - {name for (name,) in cr.fetchall()})


@contextmanager
def superuser_environment(registry):
    """Give an environment of the superuser with his settings; undone unless committed."""
    from odoo import SUPERUSER_ID, api

    with registry.cursor() as cr:
        context = api.Environment(cr, SUPERUSER_ID, {})["res.users"].context_get()
        try:
            yield api.Environment(cr, SUPERUSER_ID, dict(context))
        finally:
            cr.rollback()


def leave_addons_folder():
    """Change to the root folder: an addons folder as current one hides standard modules."""
    os.chdir("/")
