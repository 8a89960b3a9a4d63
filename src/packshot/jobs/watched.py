"""Processes that are kept alive: spawned and never forked, each with a line to its parent."""

import contextlib
import threading
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Any, Final, Self

EARLY: Final = 10.0  # seconds: who dies sooner may not have come to work at all
LONGEST: Final = 30.0  # seconds between two that take the place of such


class WatchedProcesses:
    """`count` processes of `serve(line, *arguments)`, from when it is entered until it is left.

    One that dies is replaced: at once, but for those that keep dying as soon as they are there. When it is left their
    lines are closed, and they end what they have begun. `serve` and its arguments travel by pickle.
    """

    def __init__(self, serve: Callable[..., None], arguments: tuple[Any, ...], count: int) -> None:
        self._target = serve
        self._arguments = arguments
        self._count = count
        self._context = get_context("spawn")
        self._workers: dict[SpawnProcess, Connection[Any, Any]] = {}
        self._born: dict[SpawnProcess, float] = {}
        self._closing = threading.Event()
        self._early = 0  # how many in a row have died early
        self._poke, self._poked = self._context.Pipe()
        self._thread = threading.Thread(target=self._watch, name="packshot workers", daemon=True)

    def __enter__(self) -> Self:
        for _ in range(self._count):
            self._start()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        self._poke.send(None)
        self._thread.join()
        for line in self._workers.values():
            line.close()
        for process in self._workers:
            process.join()

    def tell(self, said: str) -> None:
        """Every process hears it on its line."""
        self._poke.send(said)

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=self._target, args=(theirs, *self._arguments), name="packshot worker", daemon=True
        )
        process.start()
        theirs.close()
        self._workers[process], self._born[process] = ours, time.monotonic()

    def _watch(self) -> None:
        while not self._closing.is_set():
            ready = wait([self._poked, *(process.sentinel for process in self._workers)])
            if self._poked in ready:
                said = self._poked.recv()
                for line in self._workers.values() if said is not None else ():
                    with contextlib.suppress(OSError):
                        line.send(said)
            for process in [each for each in self._workers if each.sentinel in ready]:
                self._workers.pop(process).close()
                process.join()
                self._closing.wait(self._pause(time.monotonic() - self._born.pop(process)))
                if not self._closing.is_set():
                    self._start()  # it looks first for what died with the last one

    def _pause(self, lived: float) -> float:
        """Seconds until one that lived so long is replaced."""
        self._early = self._early + 1 if lived < EARLY else 0
        again = self._early - self._count  # each may die once; whoever starts all of them anew has a reason
        return min(LONGEST, 2.0**again) if again > 0 else 0.0
