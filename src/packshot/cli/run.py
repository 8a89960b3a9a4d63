"""`packshot run`."""

from typing import Annotated

import typer

from packshot.cli import options, values


def run(
    recipe: Annotated[str, typer.Argument(help="A recipe's name (`packshot recipes` lists them) or a YAML file.")],
    inputs: options.Inputs,
    out: options.Out,
    background: Annotated[str | None, typer.Option(metavar="COLOUR", help="'#rrggbb', a name or transparent.")] = None,
    min_dimension: Annotated[int | None, typer.Option(min=1, max=20000, help="No side smaller, in pixels.")] = None,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="Size of the finished picture, in pixels.")] = None,
    aspect: Annotated[str | None, typer.Option(metavar="W:H", help="Its shape, as 4:5.")] = None,
    padding: Annotated[
        float | None, typer.Option(metavar="FRACTION", help="Least air on each side, of the canvas side.")
    ] = None,
    max_kb: Annotated[float | None, typer.Option(help="Most kilobytes (1 kB = 1000 bytes) of the file.")] = None,
    format: Annotated[str | None, typer.Option(help="jpeg, png, webp or avif.")] = None,
    quality: Annotated[int | None, typer.Option(min=1, max=100, help="Of the file, 1 to 100.")] = None,
    keep_metadata: Annotated[bool, typer.Option("--keep-metadata", help="Keep EXIF, XMP and IPTC.")] = False,
    guard_text: Annotated[
        bool, typer.Option("--guard-text", help="Read the label before and after, keep it from harm, and report it.")
    ] = False,
    reader: Annotated[
        str, typer.Option(metavar="NAME", help="What reads it; `packshot models` lists them.")
    ] = "rapidocr",
    set_: options.Set = None,
    picture: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FILE", help="A picture that the recipe speaks of by name; may be repeated."),
    ] = None,
    box: options.BoxHint = None,
    point: options.PointHint = None,
    mask: options.MaskHint = None,
    rough: options.RoughHint = None,
    max_edit: Annotated[
        str | None,
        typer.Option(
            metavar="CLASS",
            help="Refuse a recipe that does more to the product: geometric, edge-only, photometric, "
            "generative-background or generative-product.",
        ),
    ] = None,
    budget: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="Most that paid models may cost together, in US dollars.")
    ] = None,
    seed: Annotated[int, typer.Option(help="For whatever a recipe leaves to chance.")] = 0,
    workers: options.Workers = None,
    again: options.Again = False,
    no_contact_sheet: options.NoSheet = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> int:
    """Apply a recipe to pictures. Finished ones are skipped, so the same command goes on where it stopped."""
    from packshot.cli.batch import run_batch
    from packshot.tasks.order import Adjustments, HintFiles, Order

    adjustments = Adjustments(
        background=background,
        min_dimension=min_dimension,
        size=values.size(size) if size else None,
        aspect=values.aspect(aspect) if aspect else None,
        padding=values.fraction(padding, "--padding", 0.5) if padding is not None else None,
        max_kilobytes=max_kb,
        format="jpeg" if format == "jpg" else format,
        quality=quality,
        keep_metadata=keep_metadata,
        guard_text=reader if guard_text else None,
        changes=values.changes(set_ or []),
    )
    order = Order(
        recipe=recipe,
        inputs=inputs,
        out=out,
        adjustments=adjustments,
        pictures=values.named_files(picture or []),
        hints=HintFiles(
            box=values.box(box) if box else None,
            point=values.point(point) if point else None,
            mask=mask,
            rough=rough,
        ),
        seed=seed,
        max_edit=max_edit,
        workers=workers,
        again=again,
        contact_sheet=not no_contact_sheet,
    )
    return run_batch(order, "json" if as_json else "table", values.money(budget, "--budget") if budget else None)
