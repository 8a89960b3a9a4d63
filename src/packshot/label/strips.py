"""A line of text cut out of a picture and laid straight, and where it lies in another picture."""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.geometry import Affine, scaled, shifted
from packshot.image import Box
from packshot.ports import Quad

Codes: TypeAlias = NDArray[np.uint8]  # (height, width) or (height, width, 3)

_LONGEST = 30_000  # OpenCV addresses pixels with 16 bits when it warps


def size_of(quad: Quad) -> tuple[float, float]:
    """(width, height) of the line as one reads it: means of opposite sides, pixels."""
    upper_left, upper_right, lower_right, lower_left = (np.array(corner) for corner in quad)
    across = np.linalg.norm(upper_right - upper_left) + np.linalg.norm(lower_right - lower_left)
    down = np.linalg.norm(lower_left - upper_left) + np.linalg.norm(lower_right - upper_right)
    return float(across / 2), float(down / 2)


def box_of_quad(quad: Quad, size: tuple[int, int], grown: float = 0.0) -> Box | None:
    """The pixels of a picture of `size` (width, height) around `quad`, or None where it lies outside.

    `grown` widens the box on every side by this share of the line's height.
    """
    corners = np.array(quad)
    air = grown * size_of(quad)[1]
    left, top = np.floor(corners.min(axis=0) - air).astype(int)
    right, bottom = np.ceil(corners.max(axis=0) + air).astype(int)
    box = Box(max(0, int(left)), max(0, int(top)), min(size[0], int(right)), min(size[1], int(bottom)))
    return box if box.width > 0 and box.height > 0 else None


def mapped(quad: Quad, geometry: Affine) -> Quad:
    """Where the same text lies after `geometry`."""
    rows = np.array(geometry).reshape(2, 3)
    return _quad(np.array(quad) @ rows[:, :2].T + rows[:, 2])


def framed(quad: Quad, across: float, down: float) -> Quad:
    """The same line seen through a frame that is wider by `across` and taller by `down` of the line's height."""
    corners = np.array(quad)
    width, height = size_of(quad)
    if width == 0 or height == 0:
        return quad
    right = (corners[1] - corners[0] + corners[2] - corners[3]) / (2 * width)
    below = (corners[3] - corners[0] + corners[2] - corners[1]) / (2 * height)
    out = np.array([-right, right, right, -right]) * across * height / 2
    away = np.array([-below, -below, below, below]) * down * height / 2
    return _quad(corners + out + away)


def turned(quad: Quad, quarters: int) -> Quad:
    """The same place, read from another corner: `quarters` of a turn clockwise."""
    start = quarters % 4
    return _quad(np.array(quad[start:] + quad[:start]))


def strip(picture: Codes, quad: Quad, size: tuple[int, int] | None = None) -> Codes:
    """The line in `quad` laid straight, `size` (width, height) large; without it as large as it is in the picture.

    Smaller is an average over areas, larger is cubic; beyond the rim the last pixels go on.
    """
    native = tuple(max(1, min(_LONGEST, round(side))) for side in size_of(quad))
    wanted = size or (native[0], native[1])
    height, width = picture.shape[:2]
    view = box_of_quad(framed(quad, 0.5, 0.5), (width, height)) or Box(0, 0, 1, 1)
    part = picture[view.top : view.bottom, view.left : view.right]
    shrink = max(1.0, max(part.shape[:2]) / _LONGEST)
    if shrink > 1:
        smaller = max(1, int(part.shape[1] / shrink)), max(1, int(part.shape[0] / shrink))
        part = np.asarray(cv2.resize(part, smaller, interpolation=cv2.INTER_AREA), np.uint8)
    scale = np.array([part.shape[1] / view.width, part.shape[0] / view.height])
    corners = (np.array(quad) - (view.left, view.top)) * scale
    laid = wanted if wanted[1] >= native[1] else (native[0], native[1])
    target = np.array([[0, 0], [laid[0], 0], [laid[0], laid[1]], [0, laid[1]]])
    # Between corners of pixels here, between their centres in OpenCV.
    matrix = cv2.getPerspectiveTransform((corners - 0.5).astype(np.float32), (target - 0.5).astype(np.float32))
    straight = cv2.warpPerspective(part, matrix, laid, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if laid != wanted:
        straight = cv2.resize(straight, wanted, interpolation=cv2.INTER_AREA)
    return np.asarray(straight, np.uint8)


def aligned(picture: Codes, geometry: Affine, box: Box) -> Codes:
    """What `geometry` makes of a picture, in the pixels of `box`; beyond the rim the last pixels go on.

    As a good resampling would have it, and nothing else: averaged over areas where it gets smaller, cubic otherwise.
    """
    back = np.array(geometry.inverse()).reshape(2, 3)
    corners = np.array([(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)], np.float64)
    seen = corners @ back[:, :2].T + back[:, 2]
    air = 4 + 4 / geometry.scale
    height, width = picture.shape[:2]
    left, top = np.clip(np.floor(seen.min(axis=0) - air), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(seen.max(axis=0) + air), (left + 1, top + 1), (width, height)).astype(int)
    part = picture[top:bottom, left:right]
    way = shifted(int(left), int(top)).then(geometry).then(shifted(-box.left, -box.top))
    least = min(1.0, geometry.scale, _LONGEST / max(part.shape[:2]))
    if least < 1:
        size = part.shape[1], part.shape[0]
        small = max(1, round(size[0] * least)), max(1, round(size[1] * least))
        part = np.asarray(cv2.resize(part, small, interpolation=cv2.INTER_AREA), np.uint8)
        way = scaled(small, size).then(way)
    shape, rim = (box.width, box.height), cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(part, way.centred(), shape, flags=cv2.INTER_CUBIC, borderMode=rim), np.uint8)


def _quad(corners: NDArray[np.float64]) -> Quad:
    first, second, third, fourth = ((float(x), float(y)) for x, y in corners)
    return first, second, third, fourth
