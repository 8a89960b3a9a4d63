"""`packshot cutout`."""

from typing import Annotated

import typer

from packshot.cli import options, values


def cutout(
    inputs: options.Inputs,
    out: options.Out,
    mask_only: Annotated[bool, typer.Option("--mask-only", help="Write the alpha as a grey picture.")] = False,
    model: Annotated[str, typer.Option(help="Which cutout model; `packshot models` lists them.")] = "embedded",
    box: options.BoxHint = None,
    point: options.PointHint = None,
    mask: options.MaskHint = None,
    rough: options.RoughHint = None,
    workers: options.Workers = None,
    again: options.Again = False,
    contact_sheet: Annotated[bool, typer.Option("--contact-sheet", help="Also write a contact sheet.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON per picture.")] = False,
) -> int:
    """Cut the product out: a transparent PNG of the picture's own size, or its mask."""
    from packshot.cli.batch import run_batch
    from packshot.tasks.order import HintFiles, Order, cutout_recipe

    order = Order(
        recipe=cutout_recipe(model),
        inputs=inputs,
        out=out,
        hints=HintFiles(
            box=values.box(box) if box else None,
            point=values.point(point) if point else None,
            mask=mask,
            rough=rough,
        ),
        holds="alpha" if mask_only else "picture",
        workers=workers,
        again=again,
        contact_sheet=contact_sheet,
    )
    return run_batch(order, "lines" if as_json else "table")
