"""Rows of a catalogue file: CSV, JSON or JSON lines, one at a time, so that a file may be of any length.

A row that cannot be used is told with its line and never stops the others.
"""

import csv
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal, TextIO, TypeAlias

from packshot.catalog.cells import unguarded
from packshot.errors import InputError

Form: TypeAlias = Literal["csv", "json"]

_LONGEST_NAME: Final = 191
_LONGEST_TYPE: Final = 32
_LONGEST_URL: Final = 2048
_ELEMENT: Final = 1 << 20  # characters of one JSON object; longer is no row
_BLOCK: Final = 1 << 16
_URL: Final = re.compile(r"https?://(?P<host>[^\s/?#@]+)(?P<rest>[/?#]\S*)?", re.IGNORECASE)
_OURS: Final = re.compile(r"urn:(sha256:[0-9a-f]{64})")  # bytes that are kept here already, as an export names them
_OPENING: Final = re.compile(r'\s*(?:\{\s*"images"\s*:\s*\[|\[|(?=\{)|\Z)')
_BETWEEN: Final = re.compile(r"[\s,]*")
_NEXT: Final = re.compile(r"\n\s*(?=\{)")
_BOMS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class Columns:
    """What the columns of a file, or the keys of its objects, are called. The first two must be there."""

    image_url: str = "image_url"
    sku_id: str = "sku_id"
    product_group_id: str = "product_group_id"
    image_type: str = "image_type"
    value: str = "value"


PLAIN: Final = Columns()


@dataclass(frozen=True)
class Row:
    """One photograph of one sku. `asset` are its bytes where they came along; `value` what a mistake would cost."""

    line: int
    sku: str
    url: str
    group: str = ""
    image_type: str = "primary"
    value: float | None = None
    asset: str | None = None


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be used, and why. `line` is where it begins, from 1; of a list, the place in it."""

    line: int
    message: str


@dataclass(frozen=True)
class Reading:
    """How a file is to be read. None is found out: the form by suffix, the encoding by its mark, else UTF-8."""

    columns: Columns = Columns()
    form: Form | None = None
    encoding: str | None = None
    delimiter: str | None = None


def delimiter_in(said: str | None) -> str | None:
    """One sign, or `tab`. Raises InputError."""
    sign = {"tab": "\t", "\\t": "\t"}.get(said, said) if said else said
    if sign is not None and (len(sign) != 1 or sign in '"\r\n'):
        raise InputError(f"'{said}' cannot part cells", hint="give one sign, as --delimiter ';', or tab")
    return sign


def read_rows(path: Path, reading: Reading) -> Iterator[Row | BadRow]:
    """Every row of a file. Raises InputError where the file cannot be read, or lacks a column that must be there."""
    form = reading.form or ("json" if path.suffix.lower() in (".json", ".jsonl", ".ndjson") else "csv")
    with _opened(path, reading.encoding) as file:
        try:
            if form == "csv":
                yield from _of_csv(file, reading)
            else:
                for line, found in _objects(file):
                    yield found if isinstance(found, BadRow) else checked(line, found, reading.columns)
        except UnicodeError as error:  # UTF-16 that ends within a letter, and encodings that are none of text
            raise InputError(f"{path.name} is not of its encoding: {error}", hint="check --encoding") from error


def rows_of(records: Iterable[Any], columns: Columns = Columns()) -> Iterator[Row | BadRow]:
    """Rows of a list of objects, as a request has it."""
    return (checked(number, record, columns) for number, record in enumerate(records, 1))


def checked(line: int, record: Any, columns: Columns = PLAIN) -> Row | BadRow:
    """One object as a row, or why it is none."""
    if not isinstance(record, Mapping):
        return BadRow(line, f"it is no object, but {type(record).__name__}")
    try:
        texts = {field.name: _text(record.get(getattr(columns, field.name))) for field in fields(Columns)}
    except ValueError as error:
        return BadRow(line, str(error))
    return _row(line, texts, columns)


def _row(line: int, texts: Mapping[str, str], columns: Columns) -> Row | BadRow:
    value = _number(texts.get("value", ""))
    why = (
        _name_problem(texts["sku_id"], columns.sku_id, needed=True)
        or _url_problem(texts["image_url"], columns.image_url)
        or _name_problem(texts.get("product_group_id", ""), columns.product_group_id)
        or _name_problem(texts.get("image_type", ""), columns.image_type, longest=_LONGEST_TYPE)
        or (f"{columns.value} is no number of 0 or more: '{texts['value'][:40]}'" if value == "bad" else "")
    )
    if why:
        return BadRow(line, why)
    ours = _OURS.fullmatch(texts["image_url"])
    return Row(
        line,
        texts["sku_id"],
        texts["image_url"],
        texts.get("product_group_id", ""),
        texts.get("image_type") or "primary",
        None if value in (None, "bad") else float(value),
        None if ours is None else ours[1],
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"a value is neither text nor a number, but {type(value).__name__}")
    return str(value).strip()


def _name_problem(text: str, column: str, *, needed: bool = False, longest: int = _LONGEST_NAME) -> str:
    if not text:
        return f"{column} is empty" if needed else ""
    if not text.isprintable():
        return f"{column} holds characters that cannot be shown; is the file UTF-8?"
    return f"{column} has {len(text)} characters, at most {longest} are kept" if len(text) > longest else ""


def _url_problem(text: str, column: str) -> str:
    if not text:
        return f"{column} is empty"
    if len(text) > _LONGEST_URL:
        return f"{column} has {len(text)} characters, at most {_LONGEST_URL} are kept"
    if not text.isprintable() or not (_URL.fullmatch(text) or _OURS.fullmatch(text)):
        shown = "".join(letter if letter.isprintable() else "�" for letter in text[:60])
        return f"{column} is no address on the web: '{shown}'"
    return ""


def _number(text: str) -> float | Literal["bad"] | None:
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        return "bad"
    return found if math.isfinite(found) and found >= 0 else "bad"


@contextmanager
def _opened(path: Path, encoding: str | None) -> Iterator[TextIO]:
    """What is not of the encoding comes as characters that cannot be shown, so that only its row is bad."""
    try:
        if encoding is None:
            with path.open("rb") as file:
                encoding = _BOMS.get(file.read(2), "utf-8-sig")
        opened = path.open(encoding=encoding, errors="surrogateescape", newline="")
    except (OSError, LookupError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{path.name} cannot be read: {why}", hint="check the name, and --encoding") from error
    with opened as file:
        yield file


# CSV


def _of_csv(file: TextIO, reading: Reading) -> Iterator[Row | BadRow]:
    header = file.readline()
    if not header.strip():
        raise InputError("the file is empty", hint="packshot catalog sample -o FILE writes one to begin with")
    delimiter = reading.delimiter or max(",;\t|", key=header.count)
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter))]
    places = _places(names, reading.columns)
    reader = csv.reader(file, delimiter=delimiter)
    while True:
        line = reader.line_num + 2  # the header is line 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(line, f"{error}, up to line {reader.line_num + 1}; is a quotation mark missing?")
            continue
        if not cells:
            continue
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            yield BadRow(line, f"it has {len(cells)} cells, the header {len(names)}; quote what holds a '{delimiter}'")
            continue
        found = {name: unguarded(cells[at].strip()) for name, at in places.items() if at < len(cells)}
        yield _row(line, {"sku_id": "", "image_url": "", **found}, reading.columns)


def _places(names: Sequence[str], columns: Columns) -> dict[str, int]:
    """Where each of our columns is. `Image URL` is taken for `image_url`."""
    alike = {re.sub(r"[\s-]+", "_", name.lower()): place for place, name in reversed(list(enumerate(names)))}
    found: dict[str, int] = {}
    for field in fields(Columns):
        wanted = getattr(columns, field.name)
        place = names.index(wanted) if wanted in names else alike.get(wanted.lower())
        if place is not None:
            found[field.name] = place
        elif field.name in ("image_url", "sku_id") or wanted != field.default:
            near = get_close_matches(wanted, names, n=1, cutoff=0.4)
            option = {"image_url": "--url-column", "sku_id": "--sku-column"}.get(
                field.name, "the option of that column"
            )
            raise InputError(
                f"there is no column '{wanted}'; there are: {', '.join(names)[:300]}",
                hint=f"say which it is with {option}"
                + (f", as {option} '{near[0]}'" if near and "-" in option else ""),
            )
    return found


# JSON


def _objects(file: TextIO) -> Iterator[tuple[int, Any]]:
    """Each element of a list, of the list under "images", or of JSON lines, with the line where it begins."""
    text = _Text(file)
    text.more()
    opening = _OPENING.match(text.text)
    if opening is None:
        raise InputError("the file holds no list of images", hint='write [{"sku_id": ..., "image_url": ...}, ...]')
    text.go_to(opening.end())
    is_list = opening[0].endswith("[")
    while text.skip_space():
        if is_list and text.text[text.at] == "]":
            return
        line = text.line
        try:
            yield line, text.value()
        except ValueError as error:
            yield line, BadRow(line, f"it is no JSON: {error}")
            text.skip_to_object()


class _Text:
    """A file read a block at a time. `at` is how far `text` is done with, and `line` the line there, from 1."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._decoder = json.JSONDecoder()
        self.text = ""
        self.at = 0
        self.line = 1

    def more(self) -> bool:
        """Read on; whether there was anything."""
        block = self._file.read(_BLOCK)
        self.text, self.at = self.text[self.at :] + block, 0
        return bool(block)

    def go_to(self, place: int) -> None:
        self.line += self.text.count("\n", self.at, place)
        self.at = place

    def skip_space(self) -> bool:
        """To the next value, or to what ends them; whether there is one."""
        while True:
            between = _BETWEEN.match(self.text, self.at)
            self.go_to(between.end() if between else self.at)
            if self.at < len(self.text):
                return True
            if not self.more():
                return False

    def value(self) -> Any:
        """The next value. Raises ValueError where there is none."""
        while True:
            try:
                found, end = self._decoder.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                # It may only be that the rest is still to be read.
                if len(self.text) - self.at > _ELEMENT or not self.more():
                    raise ValueError(error.msg) from error
            else:
                self.go_to(end)
                return found

    def skip_to_object(self) -> None:
        """To the next line that begins with an object, where what is broken ends."""
        while (found := _NEXT.search(self.text, self.at)) is None:
            self.go_to(max(self.at, len(self.text) - 200))  # a beginning may be cut in two by the end of a block
            if not self.more():
                self.go_to(len(self.text))
                return
        self.go_to(found.end())
