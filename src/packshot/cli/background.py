"""`packshot background`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from packshot.cli import values
from packshot.cli.shown import name_of, one_line, warn


def background(
    photo: Annotated[Path, typer.Argument(help="The photograph of a product.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File for the picture, or a folder for it.")],
    set_: Annotated[
        str | None, typer.Option("--set", metavar="NAME", help="A set of the virtual studio; else one that suits.")
    ] = None,
    look: Annotated[str | None, typer.Option(help="One of the set's looks.")] = None,
    colour: Annotated[
        str | None, typer.Option(metavar="COLOUR", help="Paint the set: '#rrggbb', a name, or product to suit it.")
    ] = None,
    prompt: Annotated[str, typer.Option(metavar="WORDS", help="The place: for a painter, else to choose a set.")] = "",
    painter: Annotated[
        str | None, typer.Option(help="A model that paints it; where it cannot, the studio does.")
    ] = None,
    size: Annotated[str, typer.Option(metavar="WxH", help="Of the picture, in pixels.")] = "2000x2000",
    upscale: Annotated[
        int | None, typer.Option(min=1, max=8000, help="Pixels to enlarge a smaller product to.")
    ] = None,
    format: Annotated[str | None, typer.Option(help="jpeg, png, webp or avif; else by the name of OUT.")] = None,
    max_edit: Annotated[str | None, typer.Option(metavar="CLASS", help="Refuse what does more to the product.")] = None,
    budget: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Most that a painter may cost.")] = None,
    seed: Annotated[int, typer.Option(help="For whatever is left to chance.")] = 0,
) -> int:
    """Put another background behind the product, and say each step as it is done."""
    from packshot.settings import resolve
    from packshot.storage.folder import write_whole
    from packshot.tasks.background import accepted, background, wished
    from packshot.tasks.batch import WRITTEN
    from packshot.tasks.given import read_file
    from packshot.tasks.receipts import receipt_path
    from packshot.wiring import open_services

    kind = format or WRITTEN.get(out.suffix.lower()) or "jpeg"
    wish = wished(
        {
            "set": set_,
            "look": look,
            "colour": colour,
            "prompt": prompt,
            "painter": painter,
            "size": values.size(size),
            "upscale": upscale,
            "format": "jpeg" if kind == "jpg" else kind,
            "seed": seed,
            "max_edit": max_edit,
        }
    )
    suffix = ".jpg" if wish.format == "jpeg" else f".{wish.format}"
    path = out if out.suffix.lower() in WRITTEN else out / f"{photo.stem}{suffix}"
    resolved = resolve()
    warn(resolved.warnings)
    services = open_services(resolved.settings, budget=values.money(budget, "--budget") if budget else None)
    data = read_file(photo, resolved.settings.limits)
    _tell(accepted(data, services))
    for result in background(data, wish, services, name=photo.name, output=path.name):
        _tell(result)
        if result.picture is not None:
            write_whole(path, result.picture.data)
            write_whole(receipt_path(path), result.picture.manifest.as_json().encode())
            rendition = result.picture.rendition
            if rendition.verdict == "doubtful":
                print(f"look at it: {one_line('; '.join(rendition.reasons))}", file=sys.stderr)
    print(name_of(path))
    return 0


def _tell(result: Any) -> None:
    for each in result.facts.get("declined", ()):
        print(f"{each['model']} could not: {one_line(each['because'])}", file=sys.stderr)
    print(f"{result.step:<10} {result.seconds:6.2f} s  {one_line(result.in_words())}", file=sys.stderr)
