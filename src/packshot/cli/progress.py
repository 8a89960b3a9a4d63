"""A bar on stderr for what takes more than a moment; nothing where nobody watches."""

import sys
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
