"""How a batch shows itself: a bar or lines while it runs, a table or JSON when it is done."""

import json
import sys
from collections import Counter
from dataclasses import asdict
from typing import Any, Literal, Self

from packshot.cli.shown import name_of, print_error, warn
from packshot.errors import Cancelled, InputError
from packshot.tasks.batch import Listener
from packshot.tasks.order import BatchResult, PictureResult, Status

STATUSES: tuple[Status, ...] = ("done", "doubtful", "skipped", "failed", "not-started")
_SHOWN_ERRORS = 10


def exit_code(done: BatchResult) -> int:
    """0 all fine, 2 every picture was bad input, 3 something failed, 130 somebody stopped it."""
    if isinstance(done.stopped, Cancelled):
        return 130
    codes = [result.error["code"] for result in done.results if result.error]
    if not codes and done.stopped is None:
        return 0
    return 2 if len(codes) == len(done.results) and set(codes) <= _input_codes() else 3


def _input_codes() -> set[str]:
    kinds: list[type[InputError]] = [InputError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    return {kind.code for kind in kinds}


class Reporter(Listener):
    """Tells of one batch. What a program reads goes to stdout, what a person watches to stderr."""

    def __init__(self, report: Literal["table", "json", "lines"]) -> None:
        self._report = report
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def warned(self, warning: str) -> None:
        warn([warning])

    def begins(self, recipe: str, total: int) -> None:
        if not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        name = TextColumn("{task.description}", markup=False)
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), name)
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._bar.add_task("", total=total)
        self._bar.start()

    def finished(self, number: int, total: int, result: PictureResult) -> None:
        name = name_of(result.source)
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], advance=1, description=name)
        else:
            word = f"{result.status:<8}"
            print(f"{number:>{len(str(total))}}/{total}  {word}  {result.seconds:6.2f} s  {name}", file=sys.stderr)

    def summary(self, done: BatchResult) -> None:
        _print_what_to_look_at(done)
        if self._report == "json":
            print(json.dumps(_as_data(done), indent=2))
        elif self._report == "lines":
            for result in done.results:
                print(json.dumps(_result_data(result)))
        else:
            _print_table(done)


def _print_what_to_look_at(done: BatchResult) -> None:
    doubtful = [result for result in done.results if result.is_doubtful]
    for result in doubtful[:_SHOWN_ERRORS]:
        reasons = "; ".join(result.reasons) or "no single reason"
        print(f"doubtful: {name_of(result.source)}: {result.confidence or 0:.0%} sure: {reasons}", file=sys.stderr)
    if len(doubtful) > _SHOWN_ERRORS:
        print(f"and {len(doubtful) - _SHOWN_ERRORS} more that are doubtful", file=sys.stderr)
    failed = [result for result in done.results if result.error]
    for result in failed[:_SHOWN_ERRORS]:
        error = result.error or {}
        place = ": ".join([name_of(result.source), *error["where"][1:]])
        print_error(error["message"], place, error["hint"])
    if len(failed) > _SHOWN_ERRORS:
        print(f"and {len(failed) - _SHOWN_ERRORS} more; --json lists them all", file=sys.stderr)
    if done.stopped is not None:
        print_error(done.stopped.message, ": ".join(done.stopped.where), done.stopped.hint)


def _print_table(done: BatchResult) -> None:
    counts = done.counts
    made = len(done.results) - counts["skipped"] - counts["not-started"]
    rate = f"{made / done.seconds:.2f}" if made else "-"
    cells = {status: str(counts[status]) for status in STATUSES[:4]} | {
        "seconds": f"{done.seconds:.1f}",
        "pictures/s": rate,
    }
    widths = [max(len(heading), len(cell)) for heading, cell in cells.items()]
    print(f"{done.recipe}, {done.in_words()}")
    print("   ".join(f"{heading:>{width}}" for heading, width in zip(cells, widths, strict=True)))
    print("   ".join(f"{cell:>{width}}" for cell, width in zip(cells.values(), widths, strict=True)))
    for line in _stands(done):
        print(line)
    if done.contact_sheet is not None:
        print(f"contact sheet: {name_of(done.contact_sheet)}")


def _stands(done: BatchResult) -> list[str]:
    """How many of the pictures the marketplace that they were made for would take."""
    told = [result.marketplace for result in done.results if result.marketplace]
    counts = Counter(str(each["status"]) for each in told)
    words = {"pass": "pass", "warn": "pass with warnings", "fail": "fail"}
    parts = [f"{counts[status]} {word}" for status, word in words.items() if counts[status]]
    if not parts:
        return []
    return [f"the rules of {told[0]['title']}: {', '.join(parts)}  (packshot check {told[0]['profile']} tells which)"]


def _as_data(done: BatchResult) -> dict[str, Any]:
    return {
        "recipe": done.recipe,
        "counts": {status: done.counts[status] for status in STATUSES},
        "seconds": round(done.seconds, 3),
        "stopped": done.stopped.as_dict() if done.stopped else None,
        "contact_sheet": name_of(done.contact_sheet) if done.contact_sheet else None,
        "results": [_result_data(result) for result in done.results],
    }


def _result_data(result: PictureResult) -> dict[str, Any]:
    data = asdict(result)
    source, output = data.pop("source"), data.pop("output")
    return {"file": name_of(source), "output": name_of(output) if output else None, **data}
