"""`packshot sets`."""

from pathlib import Path
from typing import Annotated

import typer

from packshot.cli import options, values
from packshot.cli.shown import name_of


def sets(
    product: Annotated[Path | None, typer.Argument(help="With -o: a picture of the product to stand in them.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for a sheet of every set and look.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="SET", help="Of this set; may be repeated.")
    ] = None,
    side: Annotated[int, typer.Option("--side", min=64, max=4000, help="Pixels of each picture's side.")] = 800,
    seed: Annotated[int, typer.Option("--seed", help="Another number is another piece of wood.")] = 0,
    box: options.BoxHint = None,
    mask: options.MaskHint = None,
) -> None:
    """List the sets of the virtual studio and their looks, or make a sheet of them."""
    from packshot.errors import InputError
    from packshot.studio.sets import named, names

    chosen = [named(name) for name in (only or names())]
    if out is None:
        if product is not None:
            raise InputError("a product needs a folder for the sheet", hint="name it with -o")
        width = max(len(found.name) for found in chosen)
        for found in chosen:
            print(f"{found.name:{width}}  {found.summary}\n{'':{width}}  looks: {', '.join(found.looks)}")
        return
    from packshot.cli.progress import progress_bar
    from packshot.tasks.given import open_picture
    from packshot.tasks.images import check_hints
    from packshot.tasks.order import HintFiles
    from packshot.tasks.sets import cut_out, shots, write_gallery
    from packshot.tasks.worker import hints_of
    from packshot.wiring import open_services

    services = open_services()
    limits, cut = services.settings.limits, None
    if product is not None:
        photo = open_picture(product, limits)
        hints = hints_of(HintFiles(box=values.box(box) if box else None, mask=mask), limits)
        check_hints(hints, photo.size)
        cut = cut_out(photo, services, hints)
    with progress_bar() as progress:
        made = list(shots(cut, services, side=side, seed=seed, only=only or (), progress=progress))
    page = write_gallery(out, made, "Sets" if product is None else f"Sets with {product.stem}")
    print(f"{len(made)} looks of {len(chosen)} sets: {name_of(page)}")
