"""Where graphs keep how far they are: in the database of the jobs, or beside it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.types import StateSnapshot
from sqlalchemy import URL

from packshot.errors import DatabaseUnavailable


@contextmanager
def checkpoints(url: URL, state: Path) -> Iterator[BaseCheckpointSaver[str]]:
    """In the database at `url`. For MySQL there is no saver that is looked after: there it is a file in `state`."""
    if url.get_backend_name() == "postgresql":
        with _postgres(url) as saver:
            yield saver
        return
    path = url.database if url.get_backend_name() == "sqlite" and url.database else str(state / "checkpoints.db")
    connection = sqlite3.connect(path, check_same_thread=False, timeout=10)
    try:
        saver = SqliteSaver(connection)
        saver.setup()
        yield saver
    except sqlite3.OperationalError as error:
        raise _away(error) from error
    finally:
        connection.close()


def is_over(state: StateSnapshot) -> bool:
    """Whether a graph has come to its end.

    `next` does not say so: it leaves out those whose answers are kept already, so that it is empty, too, where
    somebody was killed between the answers of a step and the state that follows from them.
    """
    return bool(state.values) and not state.tasks


@contextmanager
def _postgres(url: URL) -> Iterator[BaseCheckpointSaver[str]]:
    try:
        import psycopg
        from langgraph.checkpoint.postgres import PostgresSaver
    except ImportError as error:
        raise DatabaseUnavailable(
            "workflows on PostgreSQL need a library that is not installed", hint="pip install 'packshot[postgres]'"
        ) from error
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with PostgresSaver.from_conn_string(plain) as saver:
            saver.setup()
            yield saver
    except psycopg.OperationalError as error:
        raise _away(error) from error


def _away(error: Exception) -> DatabaseUnavailable:
    said = " ".join(str(error).split())
    return DatabaseUnavailable(f"the database does not answer: {said}", hint="packshot database status")
