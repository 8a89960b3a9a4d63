"""Words for people: names made printable, errors in three lines, warnings in one."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def one_line(words: str) -> str:
    """Without line ends and control characters, whatever a file is called."""
    return "".join(letter if letter.isprintable() else "�" for letter in " ".join(words.splitlines()))


def name_of(path: Path) -> str:
    """A path as text, whatever bytes it is made of; from here, where it lies below."""
    here = Path.cwd()
    path = path.relative_to(here) if path.is_relative_to(here) else path
    return one_line(os.fsencode(path).decode("utf-8", "replace"))


def print_error(what: str, where: str, way_out: str) -> None:
    """Three lines on stderr; a line that has nothing to say stays away."""
    for label, words in (("error", what), ("where", where), ("try", way_out)):
        if words:
            print(f"{label}: {one_line(words)}", file=sys.stderr)


def warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        print(f"warning: {one_line(warning)}", file=sys.stderr)


def two_columns(rows: Iterable[tuple[str, str]]) -> None:
    listed = list(rows)
    width = max((len(left) for left, _ in listed), default=0)
    for left, right in listed:
        print(f"{left:<{width}}  {right}")


def value(said: Any) -> str:
    """As one would type it; a secret is starred by its own type."""
    if said is None:
        return "unset"
    return str(said).lower() if isinstance(said, bool) else str(said)
