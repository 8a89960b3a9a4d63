"""Cells of a CSV that spreadsheets do not take for formulas.

A cell that begins with =, +, -, @, a tab or a carriage return may be run by a spreadsheet when the file is opened. Such
a cell gets an apostrophe in front, which spreadsheets do not show, and reading takes it away again.
"""

import csv
import io
from collections.abc import Iterable
from typing import Any, Final

_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def guarded(value: Any) -> str:
    """A value as a cell. A number stays one: -3 is no formula."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_STARTS) or (text.startswith("'") and unguarded(text) != text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    rest = text[1:]
    is_guarded = rest.startswith(_STARTS) or (rest.startswith("'") and unguarded(rest) != rest)
    return rest if text.startswith("'") and is_guarded else text


def csv_line(values: Iterable[Any]) -> str:
    """Values as one line of a CSV, as RFC 4180 has it."""
    line = io.StringIO()
    csv.writer(line).writerow([guarded(value) for value in values])
    return line.getvalue()
