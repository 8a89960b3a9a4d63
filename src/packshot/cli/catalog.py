"""`packshot catalog`."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from packshot.cli.shown import name_of, one_line, warn

app = typer.Typer(
    name="catalog", help="Take the photographs of a catalogue in, and give results out.", no_args_is_help=True
)

_SAMPLE = [
    ("G-MUGS", "MUG-001", "https://cdn.example.com/mug-001/front.jpg", "primary", "24.90"),
    ("G-MUGS", "MUG-001", "https://cdn.example.com/mug-001/side.jpg", "side", "24.90"),
    ("G-LAMPS", "LAMP-7", "https://cdn.example.com/lamp-7/front.jpg", "primary", "189"),
]
_COLUMNS = ("product_group_id", "sku_id", "image_url", "image_type", "value")

Tenant = Annotated[str, typer.Option(help="Of a deployment that is shared: whose catalogue.")]


@app.command("sample")
def sample(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="A .csv, or a .json.")] = Path(
        "catalog.csv"
    ),
) -> None:
    """Write a file to fill in: three photographs of two skus."""
    from packshot.catalog.cells import csv_line
    from packshot.storage.folder import write_whole

    if output.suffix.lower() == ".json":
        rows = [dict(zip(_COLUMNS, row, strict=True)) for row in _SAMPLE]
        text = json.dumps(rows, indent=2) + "\n"
    else:
        text = "".join(map(csv_line, (_COLUMNS, *_SAMPLE)))
    write_whole(output, text.encode())
    print(f"{name_of(output)}: fill it in, then packshot catalog import {name_of(output)}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, JSON, JSON lines, or a ZIP of photographs.")],
    url_column: Annotated[
        str, typer.Option(metavar="COLUMN", help="Where the address of the photograph is.")
    ] = "image_url",
    sku_column: Annotated[str, typer.Option(metavar="COLUMN", help="What it is a photograph of.")] = "sku_id",
    product_group_column: Annotated[
        str, typer.Option(metavar="COLUMN", help="The family of the sku; may be missing.")
    ] = "product_group_id",
    type_column: Annotated[
        str, typer.Option(metavar="COLUMN", help="primary, side, back, ...; primary where it is missing.")
    ] = "image_type",
    value_column: Annotated[
        str,
        typer.Option(
            metavar="COLUMN", help="What a mistake would cost, as the price; the dearest are looked at first."
        ),
    ] = "value",
    form: Annotated[
        str | None, typer.Option("--format", metavar="FORM", help="csv or json; else by the suffix.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a file that is not UTF-8, as cp1252.")] = None,
    delimiter: Annotated[
        str | None, typer.Option(metavar="SIGN", help="Between the cells; else what the header has.")
    ] = None,
    problems: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every row that cannot be used there, as CSV.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only read; keep nothing.")] = False,
    tenant: Tenant = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> int:
    """Keep the photographs that a file names. Rows that cannot be used are told by line and stop nobody."""
    from packshot.catalog.importing import count_rows, import_rows
    from packshot.catalog.rows import Columns, Reading, delimiter_in, read_rows
    from packshot.errors import InputError

    reading = Reading(
        Columns(url_column, sku_column, product_group_column, type_column, value_column),
        _form(form),
        encoding,
        delimiter_in(delimiter),
    )
    with _problems(problems) as told_of:
        if file.suffix.lower() == ".zip":
            if check:
                raise InputError("a ZIP is read by importing it", hint="leave --check out")
            done = _packed(file, tenant, told_of)
        elif check:
            done = count_rows(read_rows(file, reading), told_of)
        else:
            with open_catalog() as (sessions, _):
                done = import_rows(sessions, read_rows(file, reading), tenant=tenant, told_of=told_of)
    if as_json:
        print(json.dumps(done.as_data(), ensure_ascii=False))
    else:
        for bad in done.problems[:20]:
            print(one_line(f"line {bad.line}: {bad.message}"), file=sys.stderr)
        if done.bad > 20:
            print(f"and {done.bad - 20} more; --problems FILE writes them all down", file=sys.stderr)
        kept = "nothing kept, as asked" if check else f"{done.added} new, {done.known} known, {done.changed} changed"
        print(f"{done.read} rows: {kept}, {done.bad} that cannot be used")
    return 3 if done.bad else 0


def _packed(file: Path, tenant: str, told_of: Any) -> Any:
    """What came of the photographs of a ZIP."""
    from packshot.catalog.importing import import_rows
    from packshot.tasks.packed import rows_in
    from packshot.tasks.remembering import assets_of
    from packshot.wiring import open_assets

    with open_catalog() as (sessions, settings):
        assets = assets_of(open_assets(settings), sessions, settings, tenant)
        rows = rows_in(file, assets, settings.limits)
        return import_rows(sessions, rows, tenant=tenant, told_of=told_of)


@app.command("list")
def list_(
    group: Annotated[str | None, typer.Option(help="Only of this product group, as the shop calls it.")] = None,
    sku: Annotated[str | None, typer.Option(help="Only of this sku.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100000, help="How many.")] = 50,
    tenant: Tenant = "",
) -> None:
    """Print the photographs of the catalogue, and how far each is."""
    from itertools import islice

    from packshot.catalog.queries import Wanted, counts, skus_with_images

    with open_catalog() as (sessions, _):
        found = skus_with_images(sessions, Wanted(tenant, None, group, sku))
        for each in islice((image for _, images in found for image in images), limit):
            score = "" if each.score is None else f"{each.score:.1f}"
            print(one_line(f"{each.id}  {each.qc_status:<13}  {score:>5}  {each.sku}  {each.image_type}  {each.url}"))
        for name, number in sessions.read(lambda session: counts(session, tenant)).items():
            print(f"{name}: {number}", file=sys.stderr)


@app.command("export")
def export(
    output: Annotated[Path, typer.Argument(help="The file to write.")],
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help="csv, google, shopify, or zip with the pictures themselves.")
    ] = "",
    every: Annotated[
        bool, typer.Option("--all", help="Also what nobody has approved; csv has them all in any case.")
    ] = False,
    group: Annotated[str | None, typer.Option(help="Only of this product group, as the shop calls it.")] = None,
    tenant: Tenant = "",
) -> int:
    """Write what is finished as a file that shops take. Pictures that a feed has no address for are left out."""
    from packshot.catalog.bundle import write_bundle
    from packshot.catalog.feeds import FEEDS, feed_lines
    from packshot.catalog.queries import ImageFacts, Wanted, approved, skus_with_images
    from packshot.errors import InputError, UnknownName
    from packshot.storage.folder import written
    from packshot.wiring import open_assets, public_link

    suffix = output.suffix.lower()
    if not form and suffix not in (".csv", ".zip"):
        raise InputError(f"{output} says not what it is to be", hint="call it .csv or .zip, or say --format")
    form = form or suffix[1:]
    if form not in {*FEEDS, "zip"}:
        raise UnknownName.of("format", form, [*FEEDS, "zip"])
    left_out: list[str] = []

    def without(image: ImageFacts) -> None:
        left_out.append(image.id)

    with open_catalog() as (sessions, settings):
        skus = skus_with_images(sessions, Wanted(tenant, None, group))
        if form == "zip":
            with written(output) as file:
                count = write_bundle(file, skus, open_assets(settings).get, without, every)
            print(f"{name_of(output)}: {count} {'picture' if count == 1 else 'pictures'}")
        else:
            skus = skus if every or form == "csv" else approved(skus, without)
            lines = feed_lines(FEEDS[form], skus, public_link(settings), without)
            print(f"{name_of(output)}: {_write_lines(output, lines) - 1} rows")
    if left_out:
        why = (
            "left-out.csv in it says why"
            if form == "zip"
            else "they are not approved, or have no public address (PACKSHOT_STORAGE__PUBLIC_URL)"
        )
        print(
            f"warning: {len(left_out)} {'picture' if len(left_out) == 1 else 'pictures'} left out: {why}",
            file=sys.stderr,
        )
    return 0


def _write_lines(path: Path, lines: Iterator[str]) -> int:
    """Line by line, whole or not at all; how many."""
    from packshot.storage.folder import written

    count = 0
    with written(path) as file:
        for line in lines:
            file.write(line.encode())
            count += 1
    return count


def _form(said: str | None) -> Any:
    from packshot.errors import UnknownName

    if said not in (None, "csv", "json"):
        raise UnknownName.of("format", str(said), ["csv", "json"])
    return said


@contextmanager
def _problems(path: Path | None) -> Iterator[Any]:
    """Where bad rows are written down; `told_of` of an import."""
    if path is None:
        yield lambda bad: None
        return
    from packshot.catalog.cells import csv_line
    from packshot.errors import OutputError

    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(csv_line(("line", "problem")))
            yield lambda bad: file.write(csv_line((bad.line, bad.message)))
    except OSError as error:
        raise OutputError(f"{path} could not be written: {error.strerror}", hint="name another file") from error


@contextmanager
def open_catalog() -> Iterator[tuple[Any, Any]]:
    """The database of this deployment, and its settings."""
    from packshot.settings import resolve
    from packshot.wiring import open_database

    resolved = resolve()
    warn(resolved.warnings)
    sessions = open_database(resolved.settings)
    try:
        yield sessions, resolved.settings
    finally:
        sessions.close()
