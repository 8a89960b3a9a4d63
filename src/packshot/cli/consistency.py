"""`packshot consistency`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from packshot.cli.shown import name_of, one_line, print_error


def consistency(
    folders: Annotated[list[str], typer.Argument(help="Folders of finished pictures; each is one group.")],
    fix: Annotated[bool, typer.Option("--fix", help="Make those that stand out again, so that they fit in.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="With --fix: folder for what is made again.")] = None,
    photo: Annotated[
        list[Path] | None,
        typer.Option("--photo", metavar="FILE_OR_FOLDER", help="With --fix: where the photographs are."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all measures as JSON.")] = False,
) -> int:
    """Compare the finished pictures of a folder, and name those that stand out."""
    from packshot.cli.progress import progress_bar
    from packshot.errors import InputError
    from packshot.tasks.consistency import groups_in
    from packshot.tasks.evidence import Shelf
    from packshot.tasks.fitting import fit_in
    from packshot.wiring import open_services

    if fix and out is None:
        raise InputError("--fix needs a folder for what is made again", hint="name it with -o")
    services = open_services()
    with progress_bar() as progress:
        groups = groups_in(folders, services, progress)
    shelf = Shelf(services.settings.limits, photo or ())
    made: list[list[Any]] = [[] for _ in groups]
    if fix and out is not None:
        for number, group in enumerate(groups):
            target = out if len(groups) == 1 else out / group.folder.name
            with progress_bar() as progress:
                made[number] = fit_in(group, target, services, shelf, progress)
    if as_json:
        data = [
            group.as_data() | ({"fixed": [one.as_data() for one in fitted]} if fix else {})
            for group, fitted in zip(groups, made, strict=True)
        ]
        print(json.dumps(data, indent=2))
    for group, fitted in zip(groups, made, strict=True):
        for name, error in group.unread.items():
            print_error(error["message"], name, error["hint"])
        if not as_json:
            _print_group(group)
            for one in fitted:
                _print_fitted(one)
    if any(group.unread for group in groups):
        return 3
    if fix:
        return 3 if any(one.left for fitted in made for one in fitted) else 0
    return 3 if any(group.consistency.outliers for group in groups) else 0


def _print_group(group: Any) -> None:
    found = group.consistency
    count = len(found.looks)
    score = "too few to compare" if found.score is None else f"{found.score:.0f} of 100"
    print(f"{name_of(group.folder)}, {count} {'picture' if count == 1 else 'pictures'}: {score}")
    for outlier in found.outliers:
        print(f"  {one_line(outlier.picture)}: {outlier.sentence}")


def _print_fitted(fitted: Any) -> None:
    if fitted.error is not None:
        print_error(fitted.error["message"], fitted.picture, fitted.error["hint"])
        return
    words = [f"cured: {', '.join(fitted.cured)}"] if fitted.cured else []
    words += [f"not cured: {', '.join(fitted.left)}"] if fitted.left else []
    print(f"  made again: {name_of(fitted.output)}: {'; '.join(words)}")
