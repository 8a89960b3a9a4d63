"""What `run` and `cutout` share: from an order to what is shown of it."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from types import FrameType
from typing import Any, Literal
from uuid import uuid4

from packshot.cli.report import Reporter, exit_code
from packshot.tasks.batch import process_pictures
from packshot.tasks.order import Order


def run_batch(order: Order, report: Literal["table", "json", "lines"], budget: Decimal | None = None) -> int:
    """Do it, show it, and say with which code to leave. All its paid calls are one job, whoever of the workers asks."""
    reporter = Reporter(report)
    job = f"run-{uuid4()}"
    with _patience() as patience, reporter:
        done = process_pictures(
            order,
            partial(open_services, order.workers, job, budget),
            reporter,
            stop=patience.stop.is_set,
            abandon=patience.abandon.is_set,
        )
    reporter.summary(done)
    return exit_code(done)


def open_services(workers: int | None, job: str = "", budget: Decimal | None = None) -> Any:
    """Services and warnings, in a worker: only there is all that they need imported."""
    from packshot import wiring
    from packshot.settings import resolve

    resolved = resolve({"workers": workers})
    return wiring.open_services(resolved.settings, job=job, budget=budget), resolved.warnings


class _Patience:
    """The first Ctrl-C (or SIGTERM) lets what is begun finish, the second does not."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.abandon = threading.Event()

    def hear(self, number: int, frame: FrameType | None) -> None:
        if self.stop.is_set():
            self.abandon.set()
        else:
            print("stopping: finishing what is begun; once more to give that up too", file=sys.stderr)
        self.stop.set()


@contextmanager
def _patience() -> Iterator[_Patience]:
    patience = _Patience()
    before = {number: signal.signal(number, patience.hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield patience
    finally:
        for number, handler in before.items():
            # Somebody who presses Ctrl-C once too often still gets the summary and exit code 130.
            signal.signal(number, signal.SIG_IGN if patience.stop.is_set() else handler)
