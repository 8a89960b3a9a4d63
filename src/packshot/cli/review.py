"""`packshot review`."""

import getpass
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from packshot.cli.catalog import Tenant, open_catalog
from packshot.cli.shown import one_line, two_columns

app = typer.Typer(name="review", help="Say of pictures whether they may go out.", no_args_is_help=True)

Images = Annotated[list[str] | None, typer.Argument(help="Ids of images, as `packshot review queue` prints them.")]
All = Annotated[bool, typer.Option("--all", help="Every picture that waits; with --group only of that.")]
Group = Annotated[str | None, typer.Option(help="Only of this product group, as the shop calls it.")]
Reviewer = Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who says so; you, where nothing is said.")]
Reasons = Annotated[
    list[str] | None, typer.Option("--reason", help="Why; may be repeated. `packshot review reasons` lists them.")
]
Notes = Annotated[str, typer.Option(help="In your own words.")]
Json = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@app.command("queue")
def queue(
    group: Group = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    pictures: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the pictures there, to look at them.")
    ] = None,
    tenant: Tenant = "",
    as_json: Json = False,
) -> None:
    """Print what waits for a person: the highest value times doubt first."""
    from packshot.catalog.review import queue

    with open_catalog() as (sessions, settings):
        waiting = sessions.read(lambda session: queue(session, tenant, group=group, limit=limit))
        if pictures is not None:
            _write_pictures(waiting, pictures, settings)
    if as_json:
        print(json.dumps([vars(each) for each in waiting], ensure_ascii=False))
        return
    if not waiting:
        print("nothing waits")
        return
    print(f"{'image':<36}  {'score':>5}  {'doubt':>5}  {'value':>9}  sku")
    for each in waiting:
        score = "" if each.score is None else f"{each.score:.1f}"
        kind = "" if each.image_type == "primary" else f" ({each.image_type})"
        print(one_line(f"{each.id:<36}  {score:>5}  {each.doubt:5.2f}  {each.value:>9g}  {each.sku}{kind}"))


@app.command("approve")
def approve(
    images: Images = None,
    every: All = False,
    group: Group = None,
    reviewer: Reviewer = None,
    notes: Notes = "",
    tenant: Tenant = "",
    as_json: Json = False,
) -> int:
    """They may go out."""
    return _say("approve", images, every, group, reviewer, [], notes, tenant, as_json)


@app.command("reject")
def reject(
    images: Images = None,
    every: All = False,
    group: Group = None,
    reviewer: Reviewer = None,
    reasons: Reasons = None,
    notes: Notes = "",
    tenant: Tenant = "",
    as_json: Json = False,
) -> int:
    """They may not."""
    return _say("reject", images, every, group, reviewer, reasons or [], notes, tenant, as_json)


@app.command("rework")
def rework(
    images: Images = None,
    every: All = False,
    group: Group = None,
    reviewer: Reviewer = None,
    reasons: Reasons = None,
    notes: Notes = "",
    tenant: Tenant = "",
    as_json: Json = False,
) -> int:
    """Have them done again, differently: each reason changes the recipe."""
    return _say("rework", images, every, group, reviewer, reasons or [], notes, tenant, as_json)


@app.command("reasons")
def reasons() -> None:
    """Print the reasons there are, and what each changes."""
    from packshot.catalog.rework import REASONS

    def changed(change: Any) -> str:
        return f"{change.parameter}={change.to}" if change.to is not None else f"{change.parameter} {change.by:+g}"

    two_columns(
        (name, f"{reason.words}: {', '.join(map(changed, reason.changes))}" if reason.changes else reason.words)
        for name, reason in REASONS.items()
    )


@app.command("log")
def log(
    image: Annotated[str, typer.Argument(help="Id of an image.")], tenant: Tenant = "", as_json: Json = False
) -> None:
    """Print what was said of a picture, and by whom."""
    from packshot.catalog.review import log_of

    with open_catalog() as (sessions, _):
        lines = sessions.read(lambda session: log_of(session, image, tenant))
    if as_json:
        print(json.dumps([{**vars(line), "at": line.at.isoformat()} for line in lines], ensure_ascii=False))
        return
    for line in lines:
        why = "".join(
            [f" because {', '.join(line.reasons)}" if line.reasons else "", f": {line.notes}" if line.notes else ""]
        )
        at = line.at.isoformat(sep=" ", timespec="seconds")
        print(one_line(f"{at}  {line.reviewer}: {line.from_status} to {line.to_status}{why}"))


@app.command("thresholds")
def thresholds(
    share: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Of the pictures above it, so many are to be good ones.")
    ] = 0.95,
    apply: Annotated[bool, typer.Option("--apply", help="Use them from now on.")] = False,
    tenant: Tenant = "",
) -> None:
    """Print from which score on people approve nearly everything, for each product group."""
    from packshot.catalog.learning import learnt, set_threshold

    with open_catalog() as (sessions, _):
        found = sessions.read(lambda session: learnt(session, tenant, share=share))
        for each in found:
            known = "too few verdicts to tell" if each.threshold is None else f"approve above {each.threshold:.1f}"
            print(one_line(f"{each.group or 'no group'}: {each.approved} of {each.verdicts} approved, {known}"))
            if apply and each.group and each.threshold is not None:
                _set(sessions, set_threshold, each.group, each.threshold, tenant)
    if not found:
        print("nobody has said anything yet")


@app.command("go")
def go(group: Group = None, reviewer: Reviewer = None, tenant: Tenant = "") -> int:
    """Go through the queue, one picture after the other."""
    from packshot.catalog.review import queue

    after: tuple[float, str] | None = None
    with open_catalog() as (sessions, _):
        while True:
            page = sessions.read(lambda session, after=after: queue(session, tenant, group=group, after=after, limit=1))
            if not page:
                print("nothing waits any more")
                return 0
            one = page[0]
            after = (one.rank, one.id)
            score = "" if one.score is None else f", score {one.score:.1f}"
            print(one_line(f"{one.sku} ({one.image_type}){score}, doubt {one.doubt:.2f}: {one.url}"))
            word, *said = input("[a]pprove, [r]eject, re[w]ork REASON..., [s]kip, [q]uit: ").split() or ["s"]
            verdict = {"a": "approve", "r": "reject", "w": "rework"}.get(word.lower()[:1])
            if word.lower().startswith("q"):
                return 0
            if verdict is not None:
                _told(_keep(sessions, verdict, [(one.id, one.version)], reviewer, said, "", tenant), as_json=False)


def _say(
    verdict: str,
    images: Sequence[str] | None,
    every: bool,
    group: str | None,
    reviewer: str | None,
    reasons: Sequence[str],
    notes: str,
    tenant: str,
    as_json: bool,
) -> int:
    from packshot.catalog.review import queue
    from packshot.errors import InputError

    if bool(images) == every:
        raise InputError("say which pictures", hint="give their ids, or --all; `packshot review queue` prints them")
    with open_catalog() as (sessions, _):
        meant: list[tuple[str, int | None]] = [(image, None) for image in images or ()]
        after: tuple[float, str] | None = None
        while every and (
            page := sessions.read(
                lambda session, after=after: queue(session, tenant, group=group, after=after, limit=500)
            )
        ):
            meant += [(each.id, each.version) for each in page]
            after = (page[-1].rank, page[-1].id)
        return _told(_keep(sessions, verdict, meant, reviewer, reasons, notes, tenant), as_json=as_json)


def _keep(
    sessions: Any,
    verdict: str,
    meant: Sequence[tuple[str, int | None]],
    reviewer: str | None,
    reasons: Sequence[str],
    notes: str,
    tenant: str,
) -> list[Any]:
    from packshot.catalog.review import Said, review_many

    said = [Said(image, verdict, version) for image, version in meant]  # type: ignore[arg-type]
    who = reviewer or getpass.getuser()
    return review_many(sessions, said, who, datetime.now(UTC), tenant=tenant, reasons=reasons, notes=notes)


def _told(done: Sequence[Any], *, as_json: bool) -> int:
    failed = [each for each in done if each.error is not None]
    if as_json:
        rows = [{**vars(each), "error": None if each.error is None else each.error.as_dict()} for each in done]
        print(json.dumps(rows, ensure_ascii=False))
    else:
        for each in failed:
            print(one_line(f"{each.image}: {each.error.message}; {each.error.hint}"), file=sys.stderr)
        for status in sorted({each.qc_status for each in done if each.qc_status}):
            print(f"{sum(each.qc_status == status for each in done)} {status}")
        if any(each.job for each in done):
            print("made again by whoever does the jobs: packshot serve, or packshot worker")
    return 3 if failed else 0


def _set(sessions: Any, set_threshold: Callable[..., None], group: str, threshold: float, tenant: str) -> None:
    sessions.write(lambda session: set_threshold(session, group, threshold, tenant))


def _write_pictures(waiting: Sequence[Any], folder: Path, settings: Any) -> None:
    from packshot.catalog.names import safe_name
    from packshot.storage.folder import write_whole
    from packshot.wiring import open_assets

    assets = open_assets(settings)
    for number, each in enumerate(waiting, 1):
        if each.asset is not None:
            data = assets.get(each.asset)
            write_whole(folder / f"{number:03d}-{safe_name(each.sku)}-{each.id}{each.suffix}", data)
