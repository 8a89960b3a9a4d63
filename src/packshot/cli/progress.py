"""A bar on stderr for what takes more than a moment; nothing where nobody watches."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from packshot.cli.shown import one_line


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int, str], None]]:
    """Gives a function to call with the number begun, the total, and what it is."""
    if not sys.stderr.isatty():
        yield lambda number, total, what: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda number, total, what: bar.update(
            task, completed=number - 1, total=total, description=one_line(what)
        )


_PATIENCE = 2.0  # seconds that nobody minds


@contextmanager
def transfer_bar() -> Iterator[Callable[[str, int, int | None], None]]:
    """Gives a function to call with what is coming, the bytes done, and the bytes in all where that is known.

    What is done within two seconds shows nothing.
    """
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    named = TextColumn("{task.description}", markup=False)
    begun = time.monotonic()
    with Progress(*columns, named, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int | None) -> None:
            if time.monotonic() - begun < _PATIENCE:
                return
            if what not in tasks:
                tasks[what] = bar.add_task(one_line(what), total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield show
