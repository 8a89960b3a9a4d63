"""`packshot consistency`."""

import json
from typing import Annotated, Any

import typer

from packshot.cli.shown import name_of, one_line, print_error


def consistency(
    folders: Annotated[list[str], typer.Argument(help="Folders of finished pictures; each is one group.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print all measures as JSON.")] = False,
) -> int:
    """Compare the finished pictures of a folder, and name those that stand out."""
    from packshot.cli.progress import progress_bar
    from packshot.tasks.consistency import groups_in
    from packshot.wiring import open_services

    with progress_bar() as progress:
        groups = groups_in(folders, open_services(), progress)
    if as_json:
        print(json.dumps([group.as_data() for group in groups], indent=2))
    for group in groups:
        for name, error in group.unread.items():
            print_error(error["message"], name, error["hint"])
        if not as_json:
            _print_group(group)
    return 3 if any(group.consistency.outliers or group.unread for group in groups) else 0


def _print_group(group: Any) -> None:
    found = group.consistency
    count = len(found.looks)
    score = "too few to compare" if found.score is None else f"{found.score:.0f} of 100"
    print(f"{name_of(group.folder)}, {count} {'picture' if count == 1 else 'pictures'}: {score}")
    for outlier in found.outliers:
        print(f"  {one_line(outlier.picture)}: {outlier.sentence}")
