"""Of the frame: sides, pixels, shape, borders."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Rgb
from packshot.marketplaces.colours import distance
from packshot.marketplaces.facts import FileFacts
from packshot.marketplaces.limits import Aspects, Range
from packshot.marketplaces.measures.measured import Measured, met, missed, not_applicable

Levels: TypeAlias = NDArray[np.uint8]

ONE = 10  # levels within which a line of pixels is of one colour
STEP = 20  # levels from it at which something else begins
THICKEST = 0.2  # of the side: what is thicker is no bar but the background
FRAME = 0.06  # the same of a border on all four sides, within which a product rarely stands that close to the edge
PALE = 240  # a border that is this light in all channels may just as well be a background


def _side(facts: FileFacts, limit: Range, value: int, name: str) -> Measured:
    width, height = facts.size
    sentence = f"{width} x {height} pixels: {name} has {value}"
    if limit.holds(value):
        return met(value, sentence)
    if limit.at_most is not None and value > limit.at_most:
        return missed(value, sentence, f"make it smaller, to {limit.at_most:g} pixels")
    fix = f"a larger photograph: {name} needs {limit.at_least:g} pixels"
    return missed(value, sentence, fix)


def longest_side(facts: FileFacts, limit: Range) -> Measured:
    return _side(facts, limit, max(facts.size), "the longer side")


def shortest_side(facts: FileFacts, limit: Range) -> Measured:
    return _side(facts, limit, min(facts.size), "the shorter side")


def width(facts: FileFacts, limit: Range) -> Measured:
    return _side(facts, limit, facts.size[0], "the width")


def height(facts: FileFacts, limit: Range) -> Measured:
    return _side(facts, limit, facts.size[1], "the height")


def megapixels(facts: FileFacts, limit: Range) -> Measured:
    value = round(facts.size[0] * facts.size[1] / 1e6, 3)
    sentence = f"it has {value:.1f} megapixels"
    return met(value, sentence) if limit.holds(value) else missed(value, sentence, "make it smaller")


def aspect(facts: FileFacts, limit: Aspects) -> Measured:
    wide, high = facts.size
    value = round(wide / high, 4)
    sentence = f"{wide} x {high} is {value:.3f} times as wide as high"
    if limit.holds(facts.size):
        return met(value, sentence)
    return missed(value, sentence, f"place the product on a canvas of {limit.in_words()}")


def border(facts: FileFacts, _: bool) -> Measured:
    """A frame around the picture, or bars on two sides of it.

    Lines of one colour lie along the edge, and behind them the picture changes along the whole length at one depth. A
    square carton before a white background looks the same; so a border all around must be thin, and a white one is
    only ever suspected, and only around what is not plain itself.
    """
    if facts.alpha is not None and int(facts.alpha.min()) < 250:
        return not_applicable("a picture with transparency has no border to look for")
    sides = _sides(facts.rgb, facts.rim[0], facts.apart(facts.rim[0]))
    if not sides:
        return met(0, "there is no border around it")
    value = {name: side.depth for name, side in sides.items()}
    where = "all around" if len(sides) == 4 else " and ".join(sides)
    sentence = f"there is a border of {max(value.values())} pixels {where}"
    pale = all(min(side.colour) >= PALE for side in sides.values())
    return missed(
        value,
        sentence,
        "cut the product out and place it without a border",
        doubt="it may be the background" if pale else "",
    )


class _Side(NamedTuple):
    """A border along one side: pixels thick, its colour, and whether what lies behind it is of one colour."""

    depth: int
    colour: tuple[int, int, int]
    before_plain: bool


def _sides(rgb: Rgb, rim: tuple[int, int, int], apart: Levels) -> dict[str, _Side]:
    """The sides that have a border; none of them where it is no border. `apart` is each pixel's distance from `rim`."""
    if min(rgb.shape[:2]) < 16:
        return {}
    reach = max(2, round(THICKEST * min(rgb.shape[:2])))
    # Each side in turn on top; of all but the outermost lines only the first few are ever needed.
    turns: dict[str, Callable[[Levels], Levels]] = {
        "left": lambda lying: np.rot90(lying, -1),
        "top": lambda lying: lying,
        "right": np.rot90,
        "bottom": np.flipud,
    }
    tried = {name: _on_top(turn(rgb), rim, turn(apart), reach) for name, turn in turns.items()}
    found = {name: side for name, side in tried.items() if side is not None}
    if set(found) in ({"left", "right"}, {"top", "bottom"}):
        return found if _alike(found) else {}
    if len(found) < 4 or not _alike(found):
        return {}
    depths = [side.depth for side in found.values()]
    if max(depths) > FRAME * min(rgb.shape[:2]):
        return {}
    pale = all(min(side.colour) >= PALE for side in found.values())
    plain = all(side.before_plain for side in found.values())
    even = max(depths) - min(depths) <= max(2, 0.1 * max(depths))
    return found if even and not (pale and plain) else {}


def _alike(sides: Mapping[str, _Side]) -> bool:
    colours = np.array([side.colour for side in sides.values()])
    return bool(np.ptp(colours, axis=0).max() <= ONE)


def _on_top(rgb: Rgb, rim: tuple[int, int, int], apart: Levels, reach: int) -> _Side | None:
    """The border at the top of a picture, at most `reach` pixels thick."""
    wide = rgb.shape[1]
    corner = rgb[0, : max(4, wide // 8)].reshape(-1, 3)
    red, green, blue = (int(channel) for channel in np.median(corner, axis=0))
    if (distance(np.ascontiguousarray(rgb[:1]), (red, green, blue)) > ONE).mean() > 0.01:
        return None
    if (red, green, blue) == rim:
        far = apart[: reach + 3]
    else:
        far = distance(np.ascontiguousarray(rgb[: reach + 3]), (red, green, blue))
    other = cv2.threshold(np.ascontiguousarray(far), ONE, 1, cv2.THRESH_BINARY)[1]
    counts = np.asarray(cv2.reduce(other, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)).ravel()
    lines = np.flatnonzero(counts / wide > 0.01)
    if lines.size == 0 or lines[0] > reach:
        return None
    depth = int(lines[0])
    behind = min(depth + 2, far.shape[0] - 1)
    # A border on the sides, too, takes away from the length along which the picture changes.
    if float((far[behind] > STEP).mean()) < 1 - 2.2 * max(depth, 1) / wide - 0.02:
        return None
    line = rgb[behind, depth : wide - depth].astype(np.int16)
    inner = np.median(line, axis=0)
    plain = bool((np.abs(line - inner).max(axis=1) <= ONE).mean() > 0.9)
    return _Side(depth, (red, green, blue), plain)
