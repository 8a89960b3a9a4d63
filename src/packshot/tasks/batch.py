"""Many pictures: side by side in worker processes, each for itself, and none twice.

A picture that cannot be done becomes a `failed` result and stops nobody. What lies finished beside its receipt, made
from the same bytes with the same recipe, seed, hints and version, is skipped: the receipts are the only memory, so a
batch that was stopped goes on when the same command is given again.
"""

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from packshot.errors import Cancelled, ImageTooLarge, InputError, OutputError, PackshotError, StorageFull
from packshot.tasks.order import BatchResult, DrawSheet, Greeting, Order, PictureResult, Planned
from packshot.tasks.plan import absolute, find, plan
from packshot.tasks.pool import Lost, Pool

Job: TypeAlias = Planned | DrawSheet
Answer: TypeAlias = PictureResult | Path | str  # the last two of a contact sheet: where it lies, or why not
Opener: TypeAlias = Callable[[], Any]  # gives Services and warnings; typed Any, for the parent imports neither

WRITTEN = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp", ".avif": "avif"}

_UNWRITTEN = (OutputError.code, StorageFull.code)


class Listener:
    """Hears how a batch goes on. Does nothing; a door overrides what it shows."""

    def begins(self, recipe: str, total: int) -> None: ...

    def finished(self, number: int, total: int, result: PictureResult) -> None: ...

    def warned(self, warning: str) -> None: ...


def process_pictures(
    order: Order,
    open_services: Opener,
    listener: Listener,
    *,
    stop: Callable[[], bool] = lambda: False,
    abandon: Callable[[], bool] = lambda: False,
) -> BatchResult:
    """Do what is ordered. `open_services` runs in every worker; `stop` and `abandon` are those of the pool.

    Raises InputError before anything is begun if the order cannot be, OutputError if nothing can be written to its
    place.
    """
    started = time.perf_counter()
    found = find(order.inputs, order.out)
    _check_for_one(order, len(found))
    pool: Pool[Job, Greeting, Answer] = Pool(partial(_prepare, order, open_services), stop=stop, abandon=abandon)
    with pool:
        pool.grow(min(_likely_workers(order), len(found)))
        greeting = pool.greeting()
        for warning in greeting.warnings:
            listener.warned(warning)
        planned = plan(found, order.inputs, order.out, greeting.suffix)
        out, is_file = _folder_of(order, planned)
        check_writable(out)
        listener.begins(greeting.recipe, len(planned))
        pool.grow(min(greeting.workers or cores(), len(planned)), seconds=greeting.max_seconds)
        batch = _Batch(planned, out, listener)
        with contextlib.closing(pool.run(planned, stop=lambda: batch.halted is not None)) as answers:
            for number, answer in answers:
                batch.hear(number, answer)
        done = batch.result(greeting.recipe, time.perf_counter() - started)
        if not order.contact_sheet or is_file or abandon():
            return done
        sheet = _drawn(pool, DrawSheet(out, planned, done), listener)
    return BatchResult(done.recipe, done.results, time.perf_counter() - started, sheet, done.stopped)


class _Batch:
    """What is known of a batch while it runs."""

    def __init__(self, planned: list[Planned], out: Path, listener: Listener) -> None:
        self._planned = planned
        self._out = out
        self._listener = listener
        self._results: dict[int, PictureResult] = {}
        self.halted: PackshotError | None = None

    def hear(self, number: int, answer: Answer | Lost) -> None:
        one = self._planned[number]
        if isinstance(answer, Lost):
            _sweep({one.output.parent, self._out / "contact-sheet"})
            answer = _of_lost(one, answer)
        if not isinstance(answer, PictureResult):
            raise TypeError(f"a picture was answered with {type(answer).__name__}")
        self._results[number] = answer
        if answer.error and answer.error["code"] in _UNWRITTEN and self.halted is None:
            self.halted = _why_nothing_can_be_written(self._out)
        self._listener.finished(len(self._results), len(self._planned), answer)

    def result(self, recipe: str, seconds: float) -> BatchResult:
        stopped = self.halted
        if len(self._results) < len(self._planned):
            _sweep({one.output.parent for one in self._planned} | {self._out / "contact-sheet"})
            hint = "give the same command again to go on from here"
            stopped = stopped or Cancelled("stopped before all was done", hint=hint)
        rest = (PictureResult(one.source, None, "not-started") for one in self._planned)
        results = tuple(self._results.get(number, other) for number, other in enumerate(rest))
        return BatchResult(recipe, results, seconds, stopped=stopped)


def cores() -> int:
    """How many this process may use."""
    with contextlib.suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_writable(folder: Path) -> None:
    """Raises OutputError where nothing can be written to `folder`, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be used as a folder: {error.strerror}", hint="choose another place with -o"
        ) from error
    if free < 1_000_000:
        raise OutputError(f"the disk of {folder} is full", hint="make room, or choose another place with -o")
    trial = folder / f".packshot-{os.getpid()}.tmp"
    try:
        trial.write_bytes(bytes(100_000))
    except OSError as error:
        raise OutputError(
            f"nothing can be written to {folder}: {error.strerror}",
            hint="make room or give yourself the right to write there, or choose another place with -o",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            trial.unlink(missing_ok=True)


def printable(path: Path | str) -> str:
    """A file's name as text, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "replace")


def failed(planned: Planned, code: str, message: str, hint: str, *, retryable: bool = False) -> PictureResult:
    """A picture whose failure is no PackshotError: a bug, a dead worker, no memory."""
    where = [printable(planned.source.name)]
    error = {"code": code, "message": message, "hint": hint, "where": where, "retryable": retryable}
    return PictureResult(planned.source, None, "failed", error=error)


def _prepare(order: Order, open_services: Opener) -> tuple[Greeting, Callable[[Job], Answer]]:
    """In a worker: only there are pictures opened, and only there is what that takes imported."""
    # One thread each: the pictures run side by side. The matrix library reads this once, when numpy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from packshot.tasks.worker import prepare

    return prepare(order, open_services)


def _likely_workers(order: Order) -> int:
    """How many to start before the settings are known. One too few costs half a second, one too many a process."""
    if order.workers:
        return order.workers
    may_be_set = "PACKSHOT_WORKERS" in os.environ or Path(".env").exists() or Path("packshot.toml").exists()
    return 1 if may_be_set else cores()


def _check_for_one(order: Order, count: int) -> None:
    if count == 1:
        return
    if order.hints:
        raise InputError(
            f"--box, --point, --mask and --rough speak of one picture, but there are {count}",
            hint="give them with a single picture",
        )
    if order.out.suffix.lower() in WRITTEN and not order.out.is_dir():
        raise InputError(
            f"{count} pictures cannot all become {order.out.name}", hint=f"name a folder, as -o {order.out.stem}"
        )


def _folder_of(order: Order, planned: list[Planned]) -> tuple[Path, bool]:
    """Where the results go, and whether `out` names the one result itself."""
    out = absolute(order.out)
    return (out.parent, True) if planned[0].output == out else (out, False)


def _drawn(pool: Pool[Job, Greeting, Answer], sheet: DrawSheet, listener: Listener) -> Path | None:
    for _, answer in pool.run([sheet], heed_stop=False):
        if isinstance(answer, Path):
            return answer
        listener.warned(f"there is no contact sheet: {answer.detail if isinstance(answer, Lost) else answer}")
    return None


def _why_nothing_can_be_written(out: Path) -> PackshotError | None:
    """Whether an output error was one picture's (None) or everybody's."""
    try:
        check_writable(out)
    except OutputError as error:
        return error
    return None


def _of_lost(planned: Planned, lost: Lost) -> PictureResult:
    if lost.how == "too-long":
        return failed(
            planned,
            ImageTooLarge.code,
            f"it took longer than {lost.detail} and was given up",
            "scale the photograph down, or raise PACKSHOT_LIMITS__MAX_SECONDS",
        )
    return failed(
        planned,
        "worker-died",
        f"the worker died on it twice ({lost.detail}), the second time alone",
        "if memory ran out use a smaller photograph; else please report it with the file",
    )


def _sweep(folders: set[Path]) -> None:
    """Take away what atomic writes that were cut short have left."""
    for folder in folders:
        with contextlib.suppress(OSError):
            for part in folder.glob(".packshot-*.part"):
                part.unlink(missing_ok=True)
