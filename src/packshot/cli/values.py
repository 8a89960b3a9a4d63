"""What people type, as values. Every mistake is an InputError that says how it is written."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from packshot.errors import InputError


def box(text: str) -> tuple[int, int, int, int]:
    """`40,60,900,1200`: left, top, right, bottom in pixels."""
    numbers = _integers(text, ",")
    if len(numbers) != 4 or numbers[0] >= numbers[2] or numbers[1] >= numbers[3]:
        raise InputError(f"'{text}' is no box", hint="write --box left,top,right,bottom in pixels, as 40,60,900,1200")
    return numbers[0], numbers[1], numbers[2], numbers[3]


def point(text: str) -> tuple[int, int]:
    """`512,400`: x, y in pixels."""
    numbers = _integers(text, ",")
    if len(numbers) != 2:
        raise InputError(f"'{text}' is no point", hint="write --point x,y in pixels, as 512,400")
    return numbers[0], numbers[1]


def size(text: str) -> tuple[int, int]:
    """`1600x2000`: width and height in pixels."""
    numbers = _integers(text.lower().replace("×", "x"), "x")
    if len(numbers) != 2 or min(numbers) < 1:
        raise InputError(f"'{text}' is no size", hint="write --size WIDTHxHEIGHT in pixels, as 1600x2000")
    return numbers[0], numbers[1]


def aspect(text: str) -> float:
    """Width over height of `4:5`, `4/5` or `0.8`."""
    parts = text.replace("/", ":").split(":")
    try:
        numbers = [float(part) for part in parts]
        value = numbers[0] / numbers[1] if len(numbers) == 2 else numbers[0]
    except (ValueError, ZeroDivisionError):
        value = 0.0
    if len(parts) > 2 or not 0.05 < value < 20:
        raise InputError(f"'{text}' is no aspect", hint="write --aspect width:height, as 4:5")
    return value


def fraction(text: float, name: str, below: float) -> float:
    if not 0 <= text < below:
        raise InputError(f"{name} must be at least 0 and below {below:g}, got {text:g}", hint=f"as {name} 0.08")
    return text


def money(text: str, name: str) -> Decimal:
    """`2.50`."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise InputError(f"{name} must be an amount of money, got '{text}'", hint=f"as {name} 2.50")
    return amount


def changes(texts: Sequence[str]) -> dict[str, Any]:
    """`place.fill=0.9` each; the value is read as YAML."""
    import yaml

    found: dict[str, Any] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or "." not in name:
            raise InputError(f"'{text}' changes nothing", hint="write --set op.field=VALUE, as --set place.fill=0.9")
        try:
            found[name.strip()] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise InputError(f"the value of '{text}' is not YAML", hint="put text in quotes") from error
        if value.strip().startswith("#"):
            found[name.strip()] = value.strip()  # a colour, which YAML takes for a comment
    return found


def named_files(texts: Sequence[str]) -> dict[str, Path]:
    """`desk=photos/desk.jpg` each."""
    found: dict[str, Path] = {}
    for text in texts:
        name, sign, file = text.partition("=")
        if not sign or not name or not file:
            raise InputError(f"'{text}' names no picture", hint="write --picture NAME=FILE")
        found[name] = Path(file)
    return found


def _integers(text: str, between: str) -> list[int]:
    try:
        return [int(part) for part in text.split(between)]
    except ValueError:
        return []
