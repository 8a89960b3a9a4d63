"""Fixtures for every test. Pictures are drawn in the tests; real ones are read where they lie."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, delete, update
from sqlalchemy.orm import Session

import databases
from databases import KINDS
from packshot.database.engine import open_engine
from packshot.database.migrate import upgrade
from packshot.database.sessions import Sessions
from packshot.database.tables import Job, Table


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real pictures: $PACKSHOT_TEST_DATA, or shared/data beside the repository."""
    named = os.environ.get("PACKSHOT_TEST_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real pictures here: set PACKSHOT_TEST_DATA to their folder")
    return folder


@pytest.fixture(params=KINDS)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """A database without tables, of each kind in turn."""
    with databases.empty_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture(scope="session", params=KINDS)
def _shared_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    with databases.empty_database(request.param, tmp_path_factory.mktemp(request.param)) as url:
        engine = open_engine(url)
        upgrade(engine)
        yield Sessions(engine)
        engine.dispose()


@pytest.fixture
def sessions(_shared_database: Sessions) -> Sessions:
    """A database with all its tables and nothing in them, of each kind in turn."""

    def emptied(session: Session) -> None:
        session.execute(update(Job).values(batch_id=None))
        for table in reversed(Table.metadata.sorted_tables):
            session.execute(delete(table))

    _shared_database.write(emptied)
    return _shared_database
