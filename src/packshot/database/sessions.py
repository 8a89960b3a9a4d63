"""Short transactions: a function of a session is run in one, and tried again where the server itself asks for that.

A transaction never spans a model call. What a function returns must not be rows that are read later: give values.
"""

import random
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from sqlalchemy import Engine, insert
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.orm import Session

from packshot.database.engine import WRITES
from packshot.database.tables.locks import Lock
from packshot.errors import DatabaseUnavailable

T = TypeVar("T")

ATTEMPTS: Final = 6  # of a transaction that met another; 10 ms before the second, twice that before each later one

AGAIN: Final = 1.0  # seconds between two tries where the database is away
PATIENCE: Final = 60.0  # seconds for which what cannot be had again waits for it


class Sessions:
    """Transactions on one database. May be shared by threads; each process opens its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def read(self, work: Callable[[Session], T]) -> T:
        """What `work` answers, from one state of the database. Raises DatabaseUnavailable."""
        return self._run(self.engine, work)

    def write(self, work: Callable[[Session], T]) -> T:
        """The same, kept: all of it or nothing. `work` may be run more than once, so it does nothing else.

        Raises DatabaseUnavailable where the database does not answer, or stays busy.
        """
        return self._run(self.engine.execution_options(**{WRITES: True}), work)

    def close(self) -> None:
        self.engine.dispose()

    def _run(self, engine: Engine, work: Callable[[Session], T]) -> T:
        attempt = 1
        while True:
            with Session(engine, expire_on_commit=False) as session:
                is_committing = False
                try:
                    answer = work(session)
                    is_committing = True
                    session.commit()
                except DBAPIError as error:
                    if attempt == ATTEMPTS or not (_may_be_tried_again(error) or _broke(error, is_committing)):
                        raise translated(error) from error
                except NoneFree as error:
                    raise DatabaseUnavailable(
                        "every connection to the database is in use, and none came free", hint="try again in a moment"
                    ) from error
                else:
                    return answer
            time.sleep(0.01 * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))
            attempt += 1


def patiently(write: Callable[[], T], seconds: float = PATIENCE) -> T:
    """What `write` answers, by when the database is back: for what cannot be had again, or only at a price.

    It may have been kept the first time already, so it must be right to do it twice. Raises DatabaseUnavailable where
    it takes longer.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            return write()
        except DatabaseUnavailable:
            if time.monotonic() > until:
                raise
            time.sleep(AGAIN)


def hold(session: Session, name: str) -> None:
    """Nobody else holds `name` until this transaction is over. On SQLite a transaction that writes holds everything."""
    dialect = session.get_bind().dialect.name
    if dialect == "postgresql":
        session.execute(
            postgresql.insert(Lock)
            .values(name=name)
            .on_conflict_do_update(index_elements=["name"], set_={"name": name})
        )
    elif dialect in ("mysql", "mariadb"):
        session.execute(mysql.insert(Lock).values(name=name).on_duplicate_key_update(name=name))


def insert_new(session: Session, table: type[Any], values: dict[str, Any], unique: list[str]) -> bool:
    """Insert a row unless one has the same `unique` columns; whether it was inserted."""
    dialect = session.get_bind().dialect.name
    plain: Any = table.__table__
    statement: Any
    if dialect in ("mysql", "mariadb"):
        statement = insert(plain).values(**values).prefix_with("IGNORE")
    else:
        kind = postgresql if dialect == "postgresql" else sqlite
        statement = kind.insert(plain).values(**values).on_conflict_do_nothing(index_elements=unique)
    return bool(session.connection().execute(statement, execution_options={"preserve_rowcount": True}).rowcount)


_BUSY = {"40001", "40P01", 1205, 1213, 1020}  # PostgreSQL's and MySQL's words for "another was in the way"


_REFUSED = {3819, 4025}  # MySQL's and MariaDB's numbers of a CHECK that failed, which they call operational


def _may_be_tried_again(error: DBAPIError) -> bool:
    cause = error.orig
    if getattr(cause, "sqlstate", None) in _BUSY or (cause is not None and cause.args and cause.args[0] in _BUSY):
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(cause)


def _broke(error: DBAPIError, is_committing: bool) -> bool:
    """The line to the server broke before the commit: nothing was kept. In a commit nobody knows, so that is told."""
    return error.connection_invalidated and not is_committing


def translated(error: DBAPIError) -> Exception:
    """What the server says, without the statement and its values."""
    cause = error.orig.args[0] if error.orig is not None and error.orig.args else None
    unavailable = isinstance(error, OperationalError) and cause not in _REFUSED
    if not unavailable and not error.connection_invalidated:
        return error  # a bug of ours
    said = " ".join(str(part) for part in (error.orig.args if error.orig else ())) or type(error.orig).__name__
    return DatabaseUnavailable(
        f"the database does not answer: {' '.join(said.split())}", hint="packshot database status shows which it is"
    )
