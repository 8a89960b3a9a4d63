"""What services for cutting out call their wishes, as recipes of ours.

Pictures with transparency are PNG, WebP or AVIF; a wish for JPEG lays white beneath where no colour was named.
"""

from typing import Any

from packshot.errors import InputError
from packshot.recipe import Recipe

FORMATS = {"auto": "png", "png": "png", "jpg": "jpeg", "jpeg": "jpeg", "webp": "webp", "avif": "avif"}
SHADOWS = {"ai.soft": "contact", "ai.hard": "drop", "ai.floating": "reflection"}


def format_named(word: str) -> str:
    """Raises InputError."""
    if word.lower() not in FORMATS:
        raise InputError(f"'{word[:20]}' is no format that is made here", hint=f"give one of {', '.join(FORMATS)}")
    return FORMATS[word.lower()]


def cut_out(*, form: str, colour: str | None = None, crop: bool = False, margin: float = 0.0) -> Recipe:
    """The product alone, in its own place, or cropped with `margin` (share of its longer side) around it."""
    steps: list[Any] = [{"cutout": {"crop": False}}]
    if crop:
        steps.append({"crop": {"margin_fraction": margin}})
    return _made("cut-out", steps, form, colour)


def edited(
    *,
    form: str,
    colour: str | None = None,
    size: tuple[int, int] | None = None,
    padding: float = 0.0,
    shadow: str | None = None,
    original: bool = False,
) -> Recipe:
    """The product on a canvas: `size` in pixels, or as large as itself, or in its own place where `original`.

    `padding` is kept free on each side, share of the canvas side. Raises InputError.
    """
    if shadow is not None and shadow not in SHADOWS:
        raise InputError(f"'{shadow[:20]}' is no shadow that is made here", hint=f"give one of {', '.join(SHADOWS)}")
    steps: list[Any] = [{"cutout": {"crop": not original}}]
    if not original:
        canvas = "native" if size is None else list(size)
        steps.append({"place": {"canvas": canvas, "fill": round(max(0.05, 1 - 2 * padding), 4)}})
    if shadow is not None:
        steps.append({"shadow": {"kind": SHADOWS[shadow]}})
    return _made("edit", steps, form, colour)


def _made(name: str, steps: list[Any], form: str, colour: str | None) -> Recipe:
    ground = "#ffffff" if colour is None and form == "jpeg" else colour
    if ground is not None:
        steps.append({"background": {"colour": ground}})
    quality = 100 if form == "png" else 92
    return Recipe.of({"name": name, "steps": steps, "output": {"format": form, "quality": quality}})
