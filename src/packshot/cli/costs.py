"""`packshot costs`."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from packshot.cli.shown import one_line, warn


def costs(
    by: Annotated[str, typer.Option("--by", metavar="WHAT", help="provider, model, job, picture or day.")] = "provider",
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Only calls since then, as 2026-11-28.")] = None,
    job: Annotated[str | None, typer.Option(help="Only calls of this job.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Print what paid models have cost."""
    from packshot.errors import UnknownName
    from packshot.settings import resolve
    from packshot.tasks.costs import KEYS, summed
    from packshot.wiring import open_ledger

    if by not in KEYS:
        raise UnknownName.of("sum", by, KEYS)
    resolved = resolve()
    warn(resolved.warnings)
    found = summed(open_ledger(resolved.settings).calls(job=job, since=_day(since)), by)  # type: ignore[arg-type]
    if as_json:
        print(json.dumps([cost.as_data() for cost in found], ensure_ascii=False))
        return
    if not found:
        print("nothing was paid for")
        return
    width = max(len(by), *(len(cost.name) for cost in found))
    print(f"{by:<{width}}  {'calls':>6}  {'price':>12}  {'uncertain':>10}")
    for cost in found:
        uncertain = f"{cost.uncertain:.4f}" if cost.uncertain else ""
        unknown = f"  and {cost.unpriced} of unknown price" if cost.unpriced else ""
        price = f"{cost.price:.4f} {cost.currency}"
        print(one_line(f"{cost.name:<{width}}  {cost.calls:>6}  {price:>12}  {uncertain:>10}{unknown}").rstrip())


def _day(text: str | None) -> datetime | None:
    from packshot.errors import InputError

    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if "T" in text else _midnight(text)
    except ValueError as error:
        raise InputError(f"'{text}' is no date", hint="write --since YYYY-MM-DD, as 2026-11-28") from error


def _midnight(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
