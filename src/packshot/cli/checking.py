"""Runs a check over many files, and says with which code to leave."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from packshot.cli.checked import Table, as_data, junit
from packshot.cli.shown import warn
from packshot.marketplaces import Profile
from packshot.ports import TextReader
from packshot.services import Services
from packshot.tasks.batch import check_writable, cores
from packshot.tasks.check import Checked, check_path, open_profile
from packshot.tasks.cure import Cured, cure
from packshot.tasks.order import Planned
from packshot.tasks.plan import find, plan

Job = TypeVar("Job")
Answer = TypeVar("Answer")

_SUFFIX = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "avif": ".avif"}


@dataclass(frozen=True)
class Shown:
    """How the outcome is wanted."""

    strict: bool = False
    every: bool = False
    as_json: bool = False
    junit: Path | None = None


def run_check(
    wanted: str,
    inputs: Sequence[str],
    shown: Shown,
    *,
    fix_into: Path | None = None,
    originals: Path | None = None,
    reader: str | None = None,
) -> int:
    """Check every file, cure what can be cured where `fix_into` is given, show it, and give the exit code."""
    from packshot import wiring
    from packshot.settings import resolve

    resolved = resolve()
    warn(resolved.warnings)
    services = wiring.open_services(resolved.settings)
    profile, out = open_profile(wanted), fix_into
    reads = None if reader is None else services.models.reader(reader)
    found = find(inputs, out or Path(os.devnull))
    cured: list[Cured] = []
    if out is None:
        checked = _each(found, lambda path: check_path(path, profile, services, reader=reads))
    else:
        check_writable(out.resolve())
        planned = plan(found, inputs, out, _SUFFIX[profile.recipe.format])
        pairs = _each(planned, lambda one: _cured(one, profile, services, originals, reads))
        checked, cured = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if shown.junit is not None:
        shown.junit.parent.mkdir(parents=True, exist_ok=True)
        shown.junit.write_bytes(junit(profile, checked if out is None else _after(checked, cured), shown.strict))
    if shown.as_json:
        print(json.dumps(as_data(profile, checked, cured), indent=2))
    elif out is None:
        Table(profile, every=shown.every).of_checks(checked)
    else:
        Table(profile, every=shown.every).of_cures(checked, cured)
    return 0 if all(_is_fine(one, shown.strict) for one in (_after(checked, cured) if cured else checked)) else 3


def _is_fine(checked: Checked, strict: bool) -> bool:
    return checked.report is not None and checked.report.status in (("pass",) if strict else ("pass", "warn"))


def _after(checked: Sequence[Checked], cured: Sequence[Cured]) -> list[Checked]:
    """As the files stand that were made."""
    return [
        Checked(one.path, two.after or one.report, two.error)
        if two.error is None
        else Checked(one.path, None, two.error)
        for one, two in zip(checked, cured, strict=True)
    ]


def _cured(
    one: Planned, profile: Profile, services: Services, originals: Path | None, reader: TextReader | None
) -> tuple[Checked, Cured]:
    checked = check_path(one.source, profile, services, reader=reader)
    return checked, cure(checked, one, profile, services, originals=originals, reader=reader)


def _each(jobs: Sequence[Job], do: Callable[[Job], Answer]) -> list[Answer]:
    """Side by side, in order; the libraries that decode and measure let other threads work meanwhile."""
    answers: list[Answer] = []
    with _bar(len(jobs)) as step, ThreadPoolExecutor(min(4, cores(), len(jobs))) as pool:
        for answer in pool.map(do, jobs):
            answers.append(answer)
            step()
    return answers


@contextmanager
def _bar(total: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty() or total < 2:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(
        BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.update(task, advance=1)
