"""How a batch shows itself: a bar or lines while it runs, a table or JSON when it is done."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Literal

from packshot.cli.shown import name_of, print_error
from packshot.errors import Cancelled, InputError
from packshot.tasks.batch import BatchResult, PictureResult, Status
from packshot.tasks.contact_sheet import Entry
from packshot.tasks.plan import Planned

WORDS: dict[Status, str] = {
    "done": "done",
    "doubtful": "doubtful, please look",
    "skipped": "skipped, was done",
    "failed": "failed",
    "not-started": "not begun",
}
_IN_SUM: dict[Status, str] = {"skipped": "done before", "not-started": "not begun"}
_SHOWN_ERRORS = 10


def exit_code(done: BatchResult) -> int:
    """0 all fine, 2 every picture was bad input, 3 something failed, 130 somebody stopped it."""
    if isinstance(done.stopped, Cancelled):
        return 130
    failed = [result for result in done.results if result.error]
    if not failed and done.stopped is None:
        return 0
    all_bad = len(failed) == len(done.results) and all(
        result.error["code"] in _input_codes() for result in failed if result.error
    )
    return 2 if all_bad else 3


def _input_codes() -> set[str]:
    kinds: list[type[InputError]] = [InputError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    return {kind.code for kind in kinds}


class Reporter:
    """Tells of one batch. What a program reads goes to stdout, what a person watches to stderr."""

    def __init__(self, report: Literal["table", "json", "lines"], recipe: str, total: int) -> None:
        self._report = report
        self._recipe = recipe
        self._total = total
        self._advance: Any = None

    @contextmanager
    def progress(self) -> Iterator[None]:
        if not sys.stderr.isatty():
            yield
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
        )
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("", total=self._total)
            self._advance = lambda words: bar.update(task, advance=1, description=words)
            yield
        self._advance = None

    def tell(self, number: int, total: int, result: PictureResult) -> None:
        name = name_of(result.source)
        if self._advance is not None:
            self._advance(name)
        else:
            word = WORDS[result.status].partition(",")[0]
            print(f"{number:>{len(str(total))}}/{total}  {word:<8}  {result.seconds:6.2f} s  {name}", file=sys.stderr)

    def summary(self, done: BatchResult, sheet: Any) -> None:
        self._errors(done)
        if self._report == "json":
            print(json.dumps(self._as_data(done, sheet), indent=2))
        elif self._report == "lines":
            for result in done.results:
                print(json.dumps(_result_data(result)))
        else:
            self._table(done)
            if sheet is not None:
                print(f"contact sheet: {name_of(sheet)}")

    def _errors(self, done: BatchResult) -> None:
        failed = [result for result in done.results if result.error]
        for result in failed[:_SHOWN_ERRORS]:
            error = result.error or {}
            place = ": ".join([name_of(result.source), *error["where"][1:]])
            print_error(error["message"], place, error["hint"])
        if len(failed) > _SHOWN_ERRORS:
            print(f"and {len(failed) - _SHOWN_ERRORS} more; --json lists them all", file=sys.stderr)
        if done.stopped is not None:
            print_error(done.stopped.message, ": ".join(done.stopped.where), done.stopped.hint)

    def _table(self, done: BatchResult) -> None:
        from rich.console import Console
        from rich.table import Table

        table = Table(title=f"{self._recipe}, {self._total} pictures", title_justify="left")
        for heading in ("done", "doubtful", "skipped", "failed", "seconds", "pictures/s"):
            table.add_column(heading, justify="right")
        counts = done.counts
        made = self._total - counts["skipped"] - counts["not-started"]
        cells = [str(counts[status]) for status in ("done", "doubtful", "skipped", "failed")]
        table.add_row(*cells, f"{done.seconds:.1f}", f"{made / done.seconds:.2f}" if made else "-")
        Console().print(table)
        again = sum(result.is_doubtful for result in done.results if result.status == "skipped")
        if again:
            print(f"of the skipped, {again} doubtful")

    def in_words(self, done: BatchResult) -> str:
        counts = done.counts
        words = [f"{counts[status]} {_IN_SUM.get(status, status)}" for status in WORDS if counts[status]]
        return f"{self._total} pictures: {', '.join(words)}"

    def entry(self, result: PictureResult, planned: Planned) -> Entry | None:
        """The picture on the contact sheet; None where it was not begun."""
        if result.status == "not-started":
            return None
        notes = list(result.reasons) if result.is_doubtful else []
        if result.error:
            notes += [result.error["message"], *([f"Try: {result.error['hint']}"] if result.error["hint"] else [])]
        label = WORDS[result.status]
        if result.status == "skipped":
            label = "doubtful, please look" if result.is_doubtful else "done before"
        return Entry(
            name=name_of(result.source.relative_to(result.source.parent)),
            output=planned.output,
            label=label[0].upper() + label[1:],
            urgent=result.is_doubtful or result.status == "failed",
            link=result.output,
            confidence=result.confidence,
            score=result.score,
            score_before=result.score_before,
            notes=tuple(notes),
        )

    def _as_data(self, done: BatchResult, sheet: Any) -> dict[str, Any]:
        return {
            "recipe": self._recipe,
            "counts": {status: done.counts[status] for status in WORDS},
            "seconds": round(done.seconds, 3),
            "stopped": done.stopped.as_dict() if done.stopped else None,
            "contact_sheet": name_of(sheet) if sheet else None,
            "results": [_result_data(result) for result in done.results],
        }


def _result_data(result: PictureResult) -> dict[str, Any]:
    data = asdict(result)
    data["file"] = name_of(data.pop("source"))
    data["output"] = name_of(result.output) if result.output else None
    return {"file": data.pop("file"), **data}
