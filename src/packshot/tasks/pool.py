"""Worker processes that can die, hang or be stopped without taking the batch with them.

Each worker has one piece of work at a time, so the parent always knows who had what: a worker that dies names its
picture, one that hangs can be killed by the clock, and no more than one piece per worker is ever in flight. Workers
are spawned, never forked, and hear nothing of Ctrl-C: the parent lets them finish what they have.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, Literal, Self, TypeVar

from packshot.errors import Cancelled, PackshotError

Job = TypeVar("Job")
Greeting = TypeVar("Greeting")
Answer = TypeVar("Answer")

_TICK = 0.2  # seconds between looks at the clock and at `stop`
_START = 120.0  # seconds a worker may take to import what it needs


@dataclass(frozen=True)
class Lost:
    """No answer came: the worker `died` (twice: once among others, once alone) or took `too-long`."""

    how: Literal["died", "too-long"]
    detail: str


class WorkerBroken(PackshotError):
    code = "worker"


@dataclass
class _Worker(Generic[Job]):
    process: multiprocessing.process.BaseProcess
    line: "Connection[Any, Any]"
    ready: bool = False
    job: tuple[int, Job] | None = None
    deadline: float = float("inf")


class Pool(Generic[Job, Greeting, Answer]):
    """Processes that each `prepare()` a greeting and a function, and then answer jobs with it.

    `prepare` and the jobs must be picklable. Once `stop()` is true nothing more is begun, and what is begun is
    finished; `abandon()` gives up even that. To be entered and left like a file.
    """

    def __init__(
        self,
        prepare: Callable[[], tuple[Greeting, Callable[[Job], Answer]]],
        *,
        stop: Callable[[], bool] = lambda: False,
        abandon: Callable[[], bool] = lambda: False,
    ) -> None:
        self._prepare = prepare
        self._size = 1
        self._seconds = float("inf")
        self._greeting: Greeting | None = None
        self._stop = stop
        self._abandon = abandon
        self._workers: list[_Worker[Job]] = []
        self._suspects: list[tuple[int, Job]] = []
        self._spawn = multiprocessing.get_context("spawn")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._close()

    def grow(self, workers: int, *, seconds: float = float("inf")) -> None:
        """Use that many processes from now on, starting what is missing. A job over `seconds` is given up."""
        self._size, self._seconds = max(1, workers), seconds
        while len(self._workers) < self._size:
            self._workers.append(self._started())

    def greeting(self) -> Greeting:
        """Of whichever worker is ready first. Raises the PackshotError that `prepare` raised."""
        while self._greeting is None:
            if self._stop():
                raise Cancelled("stopped before anything was begun")
            for worker in self._heard():
                list(self._hear(worker, final=False))
            list(self._overdue())
        return self._greeting

    def run(
        self, jobs: Sequence[Job], *, stop: Callable[[], bool] = lambda: False, heed_stop: bool = True
    ) -> Generator[tuple[int, Answer | Lost]]:
        """(number of the job, answer) as they come, not in order. `stop` is one more reason to begin nothing more."""

        def stopped() -> bool:
            return heed_stop and (self._stop() or stop())

        todo = list(enumerate(jobs))[::-1]
        yield from self._drain(todo, self._size, stopped, final=False)
        suspects, self._suspects = self._suspects[::-1], []
        yield from self._drain(suspects, 1, stopped, final=True)

    def _drain(
        self, todo: list[tuple[int, Job]], size: int, stopped: Callable[[], bool], *, final: bool
    ) -> Iterator[tuple[int, Answer | Lost]]:
        while True:
            if todo and not stopped():
                self._hand_out(todo, size)
            busy = [worker for worker in self._workers if worker.job]
            if not busy and (not todo or stopped()):
                return
            for worker in self._heard():
                yield from self._hear(worker, final)
            yield from self._overdue()
            if self._abandon():
                return

    def _hand_out(self, todo: list[tuple[int, Job]], size: int) -> None:
        busy = sum(worker.job is not None for worker in self._workers)
        while len(self._workers) < min(size, len(todo) + busy):
            self._workers.append(self._started())
        for worker in self._workers:
            if busy >= size or not todo:
                return
            if worker.ready and worker.job is None:
                worker.job = todo.pop()
                worker.deadline = time.monotonic() + self._seconds
                with contextlib.suppress(OSError):  # it died: its end of the line tells
                    worker.line.send(worker.job[1])
                busy += 1

    def _started(self) -> _Worker[Job]:
        ours, theirs = self._spawn.Pipe()
        process = self._spawn.Process(target=_serve, args=(theirs, self._prepare), daemon=True)
        with _deaf():
            process.start()
        theirs.close()
        return _Worker(process, ours, deadline=time.monotonic() + _START)

    def _heard(self) -> list[_Worker[Job]]:
        spoke = wait([worker.line for worker in self._workers], timeout=_TICK)
        return [worker for worker in self._workers if worker.line in spoke]

    def _hear(self, worker: _Worker[Job], final: bool) -> Iterator[tuple[int, Answer | Lost]]:
        try:
            kind, answer = worker.line.recv()
        except (EOFError, OSError):
            yield from self._mourn(worker, final)
            return
        if kind == "broken":
            raise answer
        if kind == "ready":
            worker.ready, worker.deadline = True, float("inf")
            self._greeting = answer
            return
        number = worker.job[0] if worker.job else -1
        worker.job, worker.deadline = None, float("inf")
        yield number, answer

    def _mourn(self, worker: _Worker[Job], final: bool) -> Iterator[tuple[int, Answer | Lost]]:
        self._remove(worker)
        if not worker.ready:
            raise WorkerBroken(
                f"a worker process could not start ({_ending(worker.process.exitcode)})",
                hint="run `packshot recipes` in the same place to see whether Packshot is installed whole",
            )
        if worker.job and not final:
            self._suspects.append(worker.job)
        elif worker.job:
            yield worker.job[0], Lost("died", _ending(worker.process.exitcode))

    def _overdue(self) -> Iterator[tuple[int, Answer | Lost]]:
        now = time.monotonic()
        for worker in [worker for worker in self._workers if worker.deadline < now]:
            worker.process.kill()
            self._remove(worker)
            if worker.job is None:
                raise WorkerBroken(f"a worker process did not start within {_START:.0f} s", hint="try again")
            yield worker.job[0], Lost("too-long", f"{self._seconds:g} s")

    def _remove(self, worker: _Worker[Job]) -> None:
        self._workers.remove(worker)
        worker.line.close()
        worker.process.join(5)

    def _close(self) -> None:
        for worker in self._workers:
            worker.line.close()  # an idle worker leaves when the line goes dead
        for worker in self._workers:
            if worker.job or not worker.ready:
                worker.process.kill()
            worker.process.join(2)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join(5)
        self._workers = []


def _serve(line: "Connection[Any, Any]", prepare: Callable[[], tuple[Any, Callable[[Any], Any]]]) -> None:
    """The whole life of a worker."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(EOFError, OSError):  # the parent has gone, and so do we
        try:
            greeting, work = prepare()
        except PackshotError as error:
            line.send(("broken", error))
            return
        except Exception as error:  # noqa: BLE001 - told by the parent, once for all workers
            if os.environ.get("PACKSHOT_DEBUG"):
                traceback.print_exc(file=sys.stderr)
            what = f"this is a bug in Packshot: {type(error).__name__}: {error}"
            line.send(("broken", WorkerBroken(what, hint="set PACKSHOT_DEBUG=1 to see where, and report it")))
            return
        line.send(("ready", greeting))
        while True:
            line.send(("answer", work(line.recv())))


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """A process started inside never hears Ctrl-C, not even before it can say so itself."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ending(code: int | None) -> str:
    """`killed by SIGSEGV`, `exit code 1`."""
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
