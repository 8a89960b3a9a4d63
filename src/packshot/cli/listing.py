"""`packshot listing`."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from packshot.cli import options, values
from packshot.cli.catalog import Tenant
from packshot.cli.shown import name_of, one_line, warn


def listing(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the pictures.")],
    photographs: Annotated[
        list[str] | None, typer.Argument(help="Those of one product: pictures, folders, patterns or addresses.")
    ] = None,
    sku: Annotated[
        str | None, typer.Option(help="Or all that the catalogue has of this sku, as the shop calls it.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(help="A recipe or a marketplace; left out, the sku's, or marketplace-white.")
    ] = None,
    set_: options.Set = None,
    again: Annotated[
        bool, typer.Option("--again", help="Begin anew, with what is there now; pictures that need not are kept.")
    ] = False,
    tenant: Tenant = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> int:
    """Make all photographs of a product into one listing. It asks where it is not sure; the same command goes on."""
    from packshot import listed
    from packshot.cli.placed import progress_line
    from packshot.settings import resolve
    from packshot.storage.folder import pictures_in

    resolved = resolve()
    warn(resolved.warnings)
    meant: list[str | Path | bytes] = []
    for each in photographs or ():
        meant += [each] if "://" in each else [found.path for found in pictures_in([each])]
    asked: dict[str, Any] = {} if recipe is None else {"recipe": recipe}
    if set_:
        asked["changes"] = values.changes(set_)
    with progress_line() as tell:
        done = listed.listing(
            meant, sku=sku, tenant=tenant, again=again, settings=resolved.settings, tell=tell, **asked
        )
    if as_json:
        shown = {**vars(done), "pictures": [picture.facts for picture in done.pictures]}
        print(json.dumps(shown, ensure_ascii=False))
    if done.status == "done":
        written = _write(done, out)
        if not as_json:
            _print(done, written, out)
    elif not as_json:
        _print_asks(done)
    for failure in done.failures:
        error = failure["error"]
        print(one_line(f"failed: {failure['name']}: {error['message']}; {error['hint']}"), file=sys.stderr)
    return 3 if done.failures else 0


def _write(done: Any, out: Path) -> list[Path]:
    """`01-mug-front.jpg` and its receipt, each, the main picture first; and all side by side."""
    from packshot.catalog.names import safe_name, suffix_of
    from packshot.storage.folder import write_whole
    from packshot.tasks.placed_sheet import write_sheet
    from packshot.tasks.receipts import receipt_path

    written = []
    for number, picture in enumerate(done.pictures, 1):
        stem = safe_name(Path(picture.facts["name"]).stem)
        path = out / f"{number:02d}-{stem}{suffix_of(picture.facts['format'])}"
        manifest = picture.manifest | {"output": picture.manifest["output"] | {"name": path.name}}
        write_whole(path, picture.data)
        write_whole(receipt_path(path), (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
        written.append(path)
    if written:
        write_whole(out / "contact-sheet.jpg", write_sheet([picture.data for picture in done.pictures]))
    return written


def _print(done: Any, written: list[Path], out: Path) -> None:
    for picture, path in zip(done.pictures, written, strict=True):
        print(f"{name_of(path):<40} score {picture.facts['score']:.0f}, {picture.facts['qc_status'].replace('_', ' ')}")
        for sentence in picture.facts["stands_out"]:
            print(one_line(f"  {sentence}"))
    for each in done.rejected:
        why = f" because {', '.join(each['reasons'])}" if each["reasons"] else ""
        print(one_line(f"not in it: {each['name']}, rejected by {each['reviewer']}{why}"))
    if done.pictures:
        fit = "" if done.consistency is None else f"; they fit together to {done.consistency:.0f} of 100"
        print(one_line(f"{name_of(written[0])} is the main picture: {done.because}{fit}"))
    print(f"pictures and their receipts in {name_of(out)}")


def _print_asks(done: Any) -> None:
    for each in done.asks:
        state = "is being made again" if each["qc_status"] == "rework" else "; ".join(each["doubts"])
        print(one_line(f"{each['image']}  {each['name']}, score {each['score']:.0f}: {state}"))
    print(f"{len(done.pictures)} sure, {len(done.asks)} to be looked at: packshot review queue --pictures look")
    print("say approve, reject or rework of them (packshot review), and give the same command again")
