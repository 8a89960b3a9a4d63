"""Processes that are replaced when they die."""

import time
from pathlib import Path
from typing import Any

from packshot.jobs.watched import WatchedProcesses
from waiting import wait_until


def dying(line: Any, log: str) -> None:
    """In a process: it is there, and gone."""
    with Path(log).open("a") as file:
        file.write(f"{time.monotonic()}\n")


def test_who_dies_as_soon_as_it_is_there_is_replaced_at_once_and_then_more_and_more_slowly(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with WatchedProcesses(dying, (str(log),), 1):
        wait_until(lambda: log.exists() and len(log.read_text().split()) >= 3)
    _, second, third, *more = map(float, log.read_text().split())
    assert third - second >= 2
    assert not more
