"""Opens a database: which driver, and what each server needs to be told.

SQLite: a write-ahead log, so that readers and one writer do not wait for each other; ten seconds of patience with
another writer; a log that shrinks again; foreign keys on. A transaction that will write says so at its begin (BEGIN
IMMEDIATE): one that only finds out later is refused by SQLite whenever another has written since, patience or not.

MySQL and MariaDB: READ COMMITTED, for their own default locks the gaps between rows, and claims of jobs would wait for
inserts of jobs.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from packshot.errors import DatabaseUnavailable, SettingsError
from packshot.settings import Settings, state_folder

DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
EXTRAS = {"psycopg": "postgres", "pymysql": "mysql"}

WRITES = "packshot_writes"  # execution option of a connection whose transaction will write

_PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "NORMAL",  # in a write-ahead log this loses no transaction when a program dies
    "busy_timeout": "10000",  # milliseconds
    "journal_size_limit": "67108864",  # bytes
    "foreign_keys": "ON",
}


def url_of(settings: Settings) -> URL:
    """`database.url`, or MySQL where `mysql.host` is set, or a file in the state folder."""
    if settings.database.url is not None:
        return _parsed(settings.database.url.get_secret_value())
    mysql = settings.mysql
    if mysql.host is not None:
        password = None if mysql.password is None else mysql.password.get_secret_value()
        return URL.create("mysql+pymysql", mysql.user, password, mysql.host, mysql.port, mysql.database)
    return URL.create(DRIVERS["sqlite"], database=str(state_folder(settings) / "packshot.db"))


def _parsed(text: str) -> URL:
    hint = "write it as sqlite:///file.db, postgresql://user:password@host/name or mysql://user:password@host/name"
    try:
        url = make_url(text)
    except ArgumentError:
        raise SettingsError("database.url is no database URL", hint=hint) from None  # the cause would show it whole
    kind = url.drivername.partition("+")[0]
    if kind not in DRIVERS:
        raise SettingsError(f"there is no database of the kind '{kind}'", hint=hint)
    return url.set(drivername=DRIVERS[kind])


def open_engine(url: URL) -> Engine:
    """An engine; nothing is connected to yet. Raises DatabaseUnavailable where its driver is not installed."""
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    options: dict[str, Any] = {"pool_pre_ping": True, "pool_recycle": 1800, "hide_parameters": True}
    if url.get_backend_name() in ("mysql", "mariadb"):
        url = url.update_query_dict({"charset": "utf8mb4"})
        options["isolation_level"] = "READ COMMITTED"
    try:
        return create_engine(url, connect_args={"connect_timeout": 10}, **options)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        driver = url.get_driver_name()
        raise DatabaseUnavailable(
            f"{url.get_backend_name()} needs the library {driver}",
            hint=f"pip install 'packshot[{EXTRAS.get(driver, driver)}]'",
        ) from error


def _open_sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnavailable(
                f"the folder of {url.database} cannot be made: {error.strerror}", hint="set PACKSHOT_STATE to another"
            ) from error
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: DBAPIConnection, _: Any) -> None:
    connection.isolation_level = None  # the driver would begin transactions when it thinks fit; `_begin` does
    cursor = connection.cursor()
    for name, value in _PRAGMAS.items():
        cursor.execute(f"PRAGMA {name}={value}")
    cursor.close()


def _begin(connection: Any) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
