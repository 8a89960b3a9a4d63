"""`packshot replay` and `packshot certify`: whether a picture is what its receipt says."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from packshot.cli import options, values
from packshot.cli.shown import name_of, one_line, print_error, warn
from packshot.errors import InputError

Receipts = Annotated[list[str], typer.Argument(help="Receipts (PICTURE.json), their pictures, or folders of them.")]
Photo = Annotated[
    list[Path] | None,
    typer.Option("--photo", help="The photograph, or a folder to look for it in; may be repeated."),
]
Picture = Annotated[
    list[str] | None,
    typer.Option("--picture", metavar="NAME=FILE", help="A picture that the recipe spoke of by name; may be repeated."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON per picture.")]


def replay(
    receipts: Receipts,
    photo: Photo = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write what came out to this file.")] = None,
    mask: options.MaskHint = None,
    rough: options.RoughHint = None,
    picture: Picture = None,
    as_json: AsJson = False,
) -> int:
    """Make pictures again as their receipts say, and tell whether they come out the same."""
    from packshot.tasks.replay import Extras
    from packshot.tasks.replay import replay as replayed

    paths, services, shelf = _opened(receipts, photo)
    if out is not None and len(paths) != 1:
        raise InputError("--out is for a single receipt", hint="replay them one by one, or leave it out")
    extras = Extras(mask, rough, values.named_files(picture or []))
    errors: list[dict[str, Any] | None] = []
    proven = []
    for path in paths:
        result = replayed(path, services, shelf, extras, out=out)
        errors.append(result.error)
        proven.append(result.is_proven)
        if as_json:
            print(json.dumps({**result.as_data(), "receipt": name_of(path), "proven": result.is_proven}))
        elif result.error:
            _print_failure(path, result.error)
        else:
            print(f"{name_of(path)}: {result.outcome.replace('within-', 'within ')}\n    {one_line(result.sentence)}")
    return _exit_code(errors, proven)


def certify(
    pictures: Receipts,
    photo: Photo = None,
    mask: options.MaskHint = None,
    rough: options.RoughHint = None,
    picture: Picture = None,
    as_json: AsJson = False,
) -> int:
    """Compare the product in finished pictures, pixel by pixel, with the photographs they were made from."""
    from packshot.tasks.proof import prove
    from packshot.tasks.replay import Extras

    paths, services, shelf = _opened(pictures, photo)
    extras = Extras(mask, rough, values.named_files(picture or []))
    errors: list[dict[str, Any] | None] = []
    held = []
    for path in paths:
        proof = prove(path, services, shelf, extras)
        errors.append(proof.error)
        held.append(proof.holds)
        if as_json:
            print(json.dumps({**proof.as_data(), "picture": name_of(proof.picture)}))
        elif proof.error or proof.certificate is None:
            _print_failure(proof.picture, proof.error or {})
        else:
            print(f"{name_of(proof.picture)}: {proof.certificate.verdict}\n    {one_line(proof.sentence)}")
            _print_figures(proof.certificate)
    return _exit_code(errors, held)


def _print_figures(found: Any) -> None:
    if found.identical is None:
        return
    if found.method == "pixel by pixel":
        share = "100 %" if found.different == 0 else f"{min(found.identical, 0.9999):.2%}"
        print(f"    {share} of {found.pixels:,} pixels are identical, compared pixel by pixel")
    else:
        print(f"    {found.pixels:,} pixels compared {found.method}, to {found.scale:.3g} times its size")
    if found.different:
        print(
            f"    colour difference {found.delta_e:.2f} on average, {found.largest} of 255 levels at most; "
            f"likeness {found.ssim:.3f} of 1, pattern kept in {found.structure:.1%}"
        )
    if found.altered is not None and not found.holds:
        print(f"    look at {','.join(map(str, found.altered))} (left, top, right, bottom)")


def _opened(inputs: Sequence[str], photo: Sequence[Path] | None) -> tuple[list[Path], Any, Any]:
    import cv2

    from packshot import wiring
    from packshot.settings import resolve
    from packshot.tasks.evidence import Shelf, receipts_in

    cv2.setNumThreads(1)  # as in a batch
    resolved = resolve()
    warn(resolved.warnings)
    paths = receipts_in(inputs)
    return paths, wiring.open_services(resolved.settings), Shelf(resolved.settings.limits, tuple(photo or ()))


def _print_failure(path: Path, error: dict[str, Any]) -> None:
    where = ": ".join([name_of(path), *error.get("where", ())])
    print_error(error.get("message", ""), where, error.get("hint", ""))


def _exit_code(errors: Sequence[dict[str, Any] | None], good: Sequence[bool]) -> int:
    """0 where all is proven, 2 where nothing could be looked at, 3 where something is not as it should be."""
    if all(good):
        return 0
    return 2 if all(errors) else 3
