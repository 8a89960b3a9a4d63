"""`packshot place`."""

from pathlib import Path
from typing import Annotated

import typer

from packshot.cli import options, values
from packshot.cli.shown import name_of, warn


def place(
    product: Annotated[Path, typer.Argument(help="The photograph of a product.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the pictures.")],
    scene: Annotated[
        str | None, typer.Option(metavar="WORDS", help="The place in words, for painters to paint.")
    ] = None,
    set_: Annotated[str | None, typer.Option("--set", metavar="NAME", help="A set of the virtual studio.")] = None,
    look: Annotated[str | None, typer.Option(help="One of the set's looks; left out, one after the other.")] = None,
    background: Annotated[Path | None, typer.Option(help="A picture of the place.")] = None,
    surface: Annotated[
        str | None,
        typer.Option(
            metavar="WHERE",
            help="What to stand on: table, or in the background x,y or left,top,right,bottom.",
        ),
    ] = None,
    height_mm: Annotated[float | None, typer.Option(min=1, max=3000, help="How high the product is.")] = None,
    category: Annotated[
        str | None, typer.Option(metavar="WORD", help="What the product is, as mug, for its usual height.")
    ] = None,
    painter: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Who may paint; may be repeated, in the order to ask.")
    ] = None,
    otherwise: Annotated[
        str, typer.Option(metavar="SET", help="Where no painter could: a set, fitting for one by the words, or none.")
    ] = "fitting",
    colour: Annotated[
        str | None, typer.Option(metavar="COLOUR", help="Paint the set: '#rrggbb', a name, or product to suit it.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="NAME", help="A language model to look at the product.")
    ] = None,
    variants: Annotated[int, typer.Option(min=1, max=16, help="How many different pictures of each format.")] = 1,
    formats: Annotated[str, typer.Option(metavar="W:H,...", help="Shapes, as 1:1,4:5,9:16,16:9.")] = "1:1",
    longest: Annotated[int, typer.Option(min=200, max=8000, help="Pixels of the longer side.")] = 2000,
    enhance: Annotated[
        bool, typer.Option("--enhance", help="Better light and sharpness; else no pixel of the product changes.")
    ] = False,
    budget: Annotated[
        float | None, typer.Option(min=0, help="The most that all paid calls may cost, US dollars.")
    ] = None,
    box: options.BoxHint = None,
    seed: Annotated[int, typer.Option(help="For whatever is left to chance.")] = 0,
    again: Annotated[bool, typer.Option("--again", help="Begin anew although it was done before.")] = False,
) -> int:
    """Stand a product in places: painted, rendered, or your own picture. The same command goes on where it stopped."""
    from packshot import wiring
    from packshot.cli.placed import print_placed, progress_line, write_placed
    from packshot.settings import resolve

    resolved = resolve()
    warn(resolved.warnings)
    with progress_line() as tell:
        done = wiring.place(
            product,
            scene=scene,
            set=set_,
            look=look,
            background=background,
            surface=surface,
            height_mm=height_mm,
            category=category,
            painters=painter or (),
            otherwise=None if otherwise == "none" else otherwise,
            colour=colour,
            language=language,
            variants=variants,
            formats=[each.strip() for each in formats.split(",")],
            longest=longest,
            strict=not enhance,
            budget=budget,
            box=values.box(box) if box else None,
            seed=seed,
            again=again,
            settings=resolved.settings,
            tell=tell,
        )
    written = write_placed(done, out, product.stem)
    print_placed(done, written)
    print(f"pictures and their receipts in {name_of(out)}")
    return 3 if done.failures else 0
