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
    file: Annotated[Path, typer.Argument(help="CSV, JSON or JSON lines.")],
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
    from packshot.catalog.rows import Columns, Reading, read_rows

    reading = Reading(
        Columns(url_column, sku_column, product_group_column, type_column, value_column),
        _form(form),
        encoding,
        _sign(delimiter),
    )
    with _problems(problems) as told_of:
        if check:
            done = count_rows(read_rows(file, reading), told_of)
        else:
            with _database() as sessions:
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


def _form(said: str | None) -> Any:
    from packshot.errors import UnknownName

    if said not in (None, "csv", "json"):
        raise UnknownName.of("format", str(said), ["csv", "json"])
    return said


def _sign(said: str | None) -> str | None:
    from packshot.errors import InputError

    sign = {"tab": "\t", "\\t": "\t"}.get(said, said) if said else said
    if sign is not None and (len(sign) != 1 or sign in '"\r\n'):
        raise InputError(f"'{said}' cannot part cells", hint="give one sign, as --delimiter ';', or tab")
    return sign


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
def _database() -> Iterator[Any]:
    from packshot.settings import resolve
    from packshot.wiring import open_database

    resolved = resolve()
    warn(resolved.warnings)
    sessions = open_database(resolved.settings)
    try:
        yield sessions
    finally:
        sessions.close()
