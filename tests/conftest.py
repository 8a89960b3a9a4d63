"""Fixtures for every test. Pictures are drawn in the tests; real ones are read where they lie."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, delete, update
from sqlalchemy.orm import Session

import databases
from databases import KINDS
from packshot.database.engine import open_engine
from packshot.database.migrate import upgrade
from packshot.database.sessions import Sessions
from packshot.database.tables import Job, Table


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: many tests wait for a server or a worker of their own."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real pictures: $PACKSHOT_TEST_DATA, or shared/data beside the repository."""
    named = os.environ.get("PACKSHOT_TEST_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real pictures here: set PACKSHOT_TEST_DATA to their folder")
    return folder


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of the whole service, with one worker. There is one a module: starting a worker takes seconds."""
    from services_at import serving, settings_at  # FastAPI takes a second, and few tests need it

    with serving(settings_at(tmp_path_factory.mktemp("service"))) as client:
        yield client


@pytest.fixture(params=KINDS)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """A database without tables, of each kind in turn."""
    with databases.empty_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def database_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Sessions]]:
    """Gives the database of a kind, with all its tables and nothing in them; one a kind, emptied each time."""
    opened: dict[str, Sessions] = {}
    with ExitStack() as stack:

        def database(kind: str) -> Sessions:
            if kind not in opened:
                url = stack.enter_context(databases.empty_database(kind, tmp_path_factory.mktemp(kind)))
                opened[kind] = Sessions(open_engine(url))
                stack.callback(opened[kind].close)
                upgrade(opened[kind].engine)
            opened[kind].write(_emptied)
            return opened[kind]

        yield database


def _emptied(session: Session) -> None:
    session.execute(update(Job).values(batch_id=None))
    for table in reversed(Table.metadata.sorted_tables):
        session.execute(delete(table))


@pytest.fixture(params=KINDS)
def sessions(request: pytest.FixtureRequest, database_of: Callable[[str], Sessions]) -> Sessions:
    """A database with all its tables and nothing in them, of each kind in turn."""
    return database_of(request.param)
