"""Databases for tests: a SQLite file, and one of its own on each server that is here."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import OperationalError

KINDS = ("sqlite", "postgresql", "mariadb")
_SERVERS = {
    "postgresql": "postgresql+psycopg://postgres@127.0.0.1:5432/postgres",
    "mariadb": "mariadb+pymysql://root@127.0.0.1:3306/mysql",
}


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[URL]:
    """The URL of a database that has no tables yet, and that is gone afterwards.

    Where there is no such server the test is skipped, or fails where $PACKSHOT_TEST_SERVERS says that none may be.
    """
    if kind == "sqlite":
        yield URL.create("sqlite+pysqlite", database=str(folder / "packshot.db"))
        return
    server = make_url(os.environ.get(f"PACKSHOT_TEST_{kind.upper()}", _SERVERS[kind]))
    if why := _why_not(server):
        message = f"no {kind} at {server.host}:{server.port}: {why}"
        pytest.fail(message) if os.environ.get("PACKSHOT_TEST_SERVERS") == "all" else pytest.skip(message)
    name = f"packshot_test_{uuid4().hex[:12]}"
    _told(server, f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name)
    finally:
        _told(server, f"DROP DATABASE {name}" + (" WITH (FORCE)" if kind == "postgresql" else ""))


@cache
def _why_not(server: URL) -> str:
    try:
        _told(server, "SELECT 1")
    except OperationalError as error:
        return str(error.orig).splitlines()[0]
    return ""


def _told(server: URL, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
