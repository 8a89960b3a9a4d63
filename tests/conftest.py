"""Fixtures for every test. Pictures are drawn in the tests; real ones are read where they lie."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real pictures: $PACKSHOT_TEST_DATA, or shared/data beside the repository."""
    named = os.environ.get("PACKSHOT_TEST_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real pictures here: set PACKSHOT_TEST_DATA to their folder")
    return folder
