"""Brings a database to the schema of this version. The migrations are part of the wheel.

A migration is one transaction where the server can do that (SQLite, PostgreSQL), and two that upgrade at once do it one
after the other.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from sqlalchemy import URL, Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from packshot.database.engine import WRITES, open_engine
from packshot.database.sessions import Sessions, translated
from packshot.errors import DatabaseBehind

_ONE_THREAD = threading.Lock()  # Alembic keeps what it is doing in its modules
_LOCK = 5_073_911_882_001  # ours among PostgreSQL's advisory locks


@dataclass(frozen=True)
class Status:
    """Which database it is (the password starred), its revision, and the one that this version needs."""

    url: str
    revision: str | None
    newest: str

    @property
    def is_current(self) -> bool:
        return self.revision == self.newest


def newest() -> str:
    """The revision that this version needs: migrations are numbered, and the last one is it."""
    names = (file.name for file in files("packshot.database.migrations").joinpath("versions").iterdir())
    return max(found[1] for name in names if (found := re.match(r"(\d{4})_\w+\.py$", name)))


def status(engine: Engine) -> Status:
    with _told(), engine.connect() as connection:
        return Status(engine.url.render_as_string(hide_password=True), _revision(connection), newest())


def upgrade(engine: Engine) -> Status:
    """Apply what is missing. Tells how it was before."""
    from alembic import command
    from alembic.config import Config

    before = status(engine)
    if before.is_current:
        return before
    config = Config()
    config.set_main_option("script_location", str(files("packshot.database.migrations")))
    config.attributes["engine"] = engine
    writing = engine.execution_options(**{WRITES: True})
    with _told(), _ONE_THREAD, writing.connect() as connection, _unbound(connection), _alone(connection):
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before


def open_sessions(url: URL) -> Sessions:
    """The database at `url`, ready to be used.

    A SQLite file is made and brought up to date by itself. A server is only changed on purpose: raises DatabaseBehind
    where `packshot database upgrade` is due, DatabaseUnavailable where it does not answer.
    """
    engine = open_engine(url)
    try:
        found = status(engine)
        if not found.is_current:
            if url.get_backend_name() != "sqlite" or (found.revision or "") > found.newest:
                raise behind(found)
            upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return Sessions(engine)


def behind(found: Status) -> DatabaseBehind:
    if (found.revision or "") > found.newest:
        what = f"the database is of a later Packshot: its schema is {found.revision}, ours {found.newest}"
        return DatabaseBehind(what, hint="use the later version")
    what = f"the database has the schema {found.revision or 'of nothing'}, and this version needs {found.newest}"
    return DatabaseBehind(what, hint="packshot database upgrade")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Nobody else upgrades meanwhile. On SQLite the transaction sees to it."""
    held = {
        "postgresql": (f"SELECT pg_advisory_lock({_LOCK})", f"SELECT pg_advisory_unlock({_LOCK})"),
        "mysql": ("SELECT GET_LOCK('packshot-upgrade', 600)", "SELECT RELEASE_LOCK('packshot-upgrade')"),
    }
    held["mariadb"] = held["mysql"]
    take, give = held.get(connection.dialect.name, ("", ""))
    if not take:
        yield
        return
    connection.exec_driver_sql(take)
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.exec_driver_sql(give)
        connection.commit()


@contextmanager
def _unbound(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, and rows elsewhere that refer to it are to stay as they are."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys=OFF")  # it counts for the transactions after it
    try:
        yield
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise translated(error) from error
