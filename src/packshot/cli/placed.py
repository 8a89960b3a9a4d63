"""What came of `packshot place`: files, and a table for people."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from packshot.cli.shown import name_of, one_line
from packshot.storage.folder import write_whole
from packshot.tasks.placed_sheet import write_sheet
from packshot.tasks.receipts import receipt_path
from packshot.wiring import Placed


@contextmanager
def progress_line() -> Iterator[Callable[[float, str], None]]:
    """One line on stderr that is written over, where somebody watches."""
    if not sys.stderr.isatty():
        yield lambda fraction, message: None
        return
    yield lambda fraction, message: print(f"\r{fraction:4.0%} {message:<40}", end="", file=sys.stderr, flush=True)
    print("\r" + " " * 46 + "\r", end="", file=sys.stderr)


def write_placed(done: Placed, out: Path, stem: str) -> list[Path]:
    """`mug-1-4x5.jpg` and its receipt, each; and the contact sheet."""
    written = []
    for picture in done.pictures:
        path = out / f"{stem}-{picture.variant}-{picture.format.replace(':', 'x')}.jpg"
        write_whole(path, picture.data)
        manifest = picture.manifest | {"output": picture.manifest["output"] | {"name": path.name}}
        write_whole(receipt_path(path), (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
        written.append(path)
    if written:
        write_whole(out / "contact-sheet.jpg", write_sheet([picture.data for picture in done.pictures]))
    return written


def print_placed(done: Placed, written: list[Path]) -> None:
    for picture, path in zip(done.pictures, written, strict=True):
        print(f"{name_of(path):<40} {picture.by:<16} certificate {picture.certificate}, score {picture.score:.0f}")
        if picture.verdict == "doubtful":
            print(f"  look at it: {one_line('; '.join(picture.reasons))}")
        for one in picture.tried:
            error = one["error"]
            print(f"  {one['painter']} could not: {one_line(error['message'])}", file=sys.stderr)
    for failure in done.failures:
        which = f"variant {failure['variant']}" if failure["variant"] else "all"
        error = failure["error"]
        print(f"failed: {which}, {failure['step']}: {one_line(error['message'])}", file=sys.stderr)
        print(f"try: {one_line(error['hint'])}", file=sys.stderr)
