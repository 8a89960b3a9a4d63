"""The masks that Gemini answers with, in every form that has been seen of it. See docs/decisions/071.

    data:image/png;base64,iVBOR...     a PNG of the box, 0..255 as it is sure
    iVBOR...                           the same, bare
    <seg_12><seg_0>... (512 of them)   bytes of a bitmap of 64x64 within the box, the first pixel in the highest bit
    [[y, x], [y, x], ...]              a polygon, 0..1000 of the picture; also flat, as {"x", "y"}, or several
    [[0, 1, 1, ...], ...]              the rows of a bitmap within the box

Sixteen <seg_N> are words of a codebook that only its maker's decoder can read; they, a base64 that never ends and
everything else are errors.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.errors import ModelError
from packshot.image import Alpha, Box
from packshot.models.hosted.failure import nonsense
from packshot.models.hosted.pictures import received_grey

_TOKENS: Final = re.compile(r"\s*(?:<start_of_mask>)?((?:\s*<seg_\d{1,4}>)+)\s*(?:<end_of_mask>)?\s*")
_DATA_URI: Final = re.compile(r"data:image/(?:png|jpeg|webp);base64,\s*", re.IGNORECASE)
_PICTURES: Final = ("iVBORw0KGgo", "/9j/", "UklGR")  # PNG, JPEG and WebP in base64
_SIDE: Final = 64  # pixels of the bitmap in tokens
_HALF: Final = 127  # of 255, above which a pixel belongs to the thing
_LISTS: Final = ("masks", "segments", "segmentation", "segmentations", "objects", "items", "results")
_MASKS: Final = ("mask", "segmentation_mask", "segmentation", "polygon", "polygons", "points")


@dataclass(frozen=True, eq=False)
class Segment:
    """One thing: its alpha in the whole picture, 0 or 255, in which form it came, and how sure that form can be."""

    label: str
    alpha: Alpha
    form: str
    certainty: float  # 0..1

    @staticmethod
    def nothing(size: tuple[int, int]) -> Alpha:
        return np.zeros((size[1], size[0]), np.uint8)

    def share_in(self, box: Box) -> float:
        """What the thing and the box have in common, as a share of both together."""
        inside = int((self.alpha[box.top : box.bottom, box.left : box.right] > 0).sum())
        return inside / max(1, int((self.alpha > 0).sum()) + box.width * box.height - inside)


def segments(answer: Any, size: tuple[int, int]) -> list[Segment]:
    """Every thing in an answer, for a picture of `size` (width, height). Raises ModelError."""
    return [_segment(entry, size) for entry in _entries(answer)]


def _entries(answer: Any) -> list[Any]:
    if isinstance(answer, Mapping):
        for name in _LISTS:
            if isinstance(answer.get(name), list) and all(isinstance(each, Mapping) for each in answer[name]):
                return list(answer[name])
        return [answer]
    if isinstance(answer, list):
        return answer
    raise _unreadable("an answer that is no list")


def _segment(entry: Any, size: tuple[int, int]) -> Segment:
    if not isinstance(entry, Mapping):
        raise _unreadable("an entry without names")
    mask = next((entry[name] for name in _MASKS if entry.get(name)), None)
    label = str(entry.get("label", ""))
    box = _box(entry.get("box_2d", entry.get("box")), size)
    if isinstance(mask, Mapping):
        mask = next((mask[name] for name in _MASKS if mask.get(name)), None)
    if isinstance(mask, str):
        within, form, certainty = _of_text(mask)
    elif isinstance(mask, list) and _is_bitmap(mask):
        within, form, certainty = np.asarray(mask, np.uint8) * np.uint8(255), "rows of bits", 0.6
    elif isinstance(mask, list):
        return Segment(label, _of_polygons(mask, box, size), "polygon", 0.6)
    else:
        raise _unreadable("no mask")
    if box is None:
        raise _unreadable("a mask without a box")
    alpha = Segment.nothing(size)
    fitted = cv2.resize(within, (box.width, box.height), interpolation=cv2.INTER_LINEAR)
    alpha[box.top : box.bottom, box.left : box.right] = np.where(fitted > _HALF, 255, 0)
    return Segment(label, alpha, form, certainty)


def _of_text(mask: str) -> tuple[NDArray[np.uint8], str, float]:
    """The mask within its box, 0..255."""
    tokens = _TOKENS.fullmatch(mask)
    if tokens:
        return _of_tokens([int(number) for number in re.findall(r"\d+", tokens[1])]), "tokens", 0.6
    uri = _DATA_URI.match(mask)
    encoded = mask[uri.end() :] if uri else mask
    if not uri and not encoded.startswith(_PICTURES):
        raise _unreadable(f"a mask that begins with {mask[:12]!r}")
    try:
        data = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unreadable("a base64 that breaks off") from error
    soft = received_grey(data, "gemini")
    sure = float(np.abs(soft.astype(np.int16) - _HALF).mean()) / (_HALF + 1)
    return soft, "a PNG" if uri else "a bare PNG", 0.4 + 0.5 * sure


def _of_tokens(numbers: Sequence[int]) -> NDArray[np.uint8]:
    if len(numbers) == 16 and max(numbers) < 128:
        raise _unreadable("sixteen words of a codebook that only its maker can read")
    if len(numbers) * 8 != _SIDE * _SIDE or max(numbers) > 255:
        raise _unreadable(f"{len(numbers)} mask tokens where {_SIDE * _SIDE // 8} bytes make a bitmap")
    return np.unpackbits(np.array(numbers, np.uint8)).reshape(_SIDE, _SIDE) * np.uint8(255)


def _is_bitmap(mask: list[Any]) -> bool:
    """Rows of equal length, longer than any point is, and nothing but bits."""
    rows = [row for row in mask if isinstance(row, list)]
    if len(rows) != len(mask) or len(rows) < 2 or len(rows[0]) < 5 or len({len(row) for row in rows}) != 1:
        return False
    return all(bit in (0, 1) for row in rows for bit in row if not isinstance(bit, list | dict | str)) and all(
        isinstance(bit, int) for row in rows for bit in row
    )


def _of_polygons(mask: list[Any], box: Box | None, size: tuple[int, int]) -> Alpha:
    alpha = Segment.nothing(size)
    for outline in _outlines(mask):
        points = np.array(outline, np.float64)
        if len(points) < 3 or not np.isfinite(points).all() or points.min() < -1 or points.max() > 1001:
            raise _unreadable("a polygon that lies outside of the picture")
        x, y = _ordered(points, box, size)
        corners = np.rint(np.stack([x * size[0], y * size[1]], 1)).astype(np.int32)
        cv2.fillPoly(alpha, [corners], (255,))
    return alpha


def _outlines(mask: list[Any]) -> list[list[tuple[float, float]]]:
    """Each as pairs (first, second), whichever they are."""
    try:
        if all(isinstance(each, Mapping) for each in mask):
            return [[(float(each["y"]), float(each["x"])) for each in mask]]
        if all(isinstance(each, int | float) for each in mask):
            if len(mask) % 2:
                raise _unreadable("a polygon with half a point")
            return [list(zip(map(float, mask[::2]), map(float, mask[1::2]), strict=True))]
        if all(isinstance(each, list) and len(each) == 2 and not isinstance(each[0], list) for each in mask):
            return [[(float(first), float(second)) for first, second in mask]]
        return [outline for each in mask if isinstance(each, list) for outline in _outlines(each)]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _unreadable("points that are none") from error


def _ordered(
    points: NDArray[np.float64], box: Box | None, size: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y as shares of the picture. Gemini writes y first; where its own box says otherwise, x first."""
    unit = 1.0 if points.max() <= 1 else 1000.0
    first, second = points[:, 0] / unit, points[:, 1] / unit
    if box is None:
        return second, first

    def misses(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
        sides = x.min() * size[0] - box.left, y.min() * size[1] - box.top
        others = x.max() * size[0] - box.right, y.max() * size[1] - box.bottom
        return float(sum(map(abs, (*sides, *others))))

    return (second, first) if misses(second, first) <= misses(first, second) else (first, second)


def _box(told: Any, size: tuple[int, int]) -> Box | None:
    if told is None:
        return None
    if not isinstance(told, list) or len(told) != 4 or not all(isinstance(side, int | float) for side in told):
        raise _unreadable("a box without four sides")
    sides = np.clip(np.array(told, np.float64), 0, 1000) / 1000
    (top, bottom), (left, right) = sorted((sides[0], sides[2])), sorted((sides[1], sides[3]))
    box = Box(int(left * size[0]), int(top * size[1]), round(right * size[0]), round(bottom * size[1]))
    if box.width < 1 or box.height < 1:
        raise _unreadable("a box without room in it")
    return box


def _unreadable(what: str) -> ModelError:
    return nonsense("gemini", what).error
