"""Looks through the network: at the whole picture, and closer at a part of it."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Box, Plane, Rgb, box_of
from packshot.models.network import weights

_AROUND = 0.2  # of a box's longer side, kept around it when looking closer: as in training
_SURE = 0.9  # trust from which a second look changes next to nothing: on composites 16 of 18 answers stayed the same


@dataclass(frozen=True, eq=False)
class Sight:
    """What the network sees in `view`."""

    alpha: Plane  # (160, 160) 0..1, of the view
    trust: float  # 0..1, the IoU it expects
    view: Box

    def spread(self, size: tuple[int, int]) -> Alpha:
        """As alpha of the whole picture of `size` (width, height)."""
        found = np.zeros((size[1], size[0]), np.uint8)
        part = cv2.resize(self.alpha, (self.view.width, self.view.height), interpolation=cv2.INTER_LINEAR)
        found[self.view.top : self.view.bottom, self.view.left : self.view.right] = part * 255 + 0.5
        return found


def _never(first: Sight) -> bool:
    return False


def look(rgb: Rgb, view: Box, hint: Alpha | None = None, *, enough: Callable[[Sight], bool] = _never) -> Sight:
    """`hint`, of the view's size, is 255 inside the box or sketch that a person gave, or at a point.

    Where the first look is not sure, another at the mirror image: their mean is a little better than either. Not where
    the caller finds the first to be `enough`.
    """
    photo = np.zeros((4, weights.SIDE, weights.SIDE), np.float32)
    photo[:3] = _squared(rgb[view.top : view.bottom, view.left : view.right]).transpose(2, 0, 1)
    if hint is not None:
        photo[3] = _squared(hint)
    photo /= 255
    first = Sight(*weights.answer(photo), view)
    if first.trust >= _SURE or enough(first):
        return first
    mirrored, again = weights.answer(np.ascontiguousarray(photo[..., ::-1]))
    return Sight(np.asarray((first.alpha + mirrored[:, ::-1]) / 2, np.float32), (first.trust + again) / 2, view)


def _squared(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """As the network sees it, whatever shape it had."""
    while min(part.shape[:2]) >= 2 * weights.SIDE:  # OpenCV is quick at halves, and slow at blocks of a broken size
        height, width = part.shape[0] // 2, part.shape[1] // 2
        part = cv2.resize(part[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    shrinks = max(part.shape[:2]) > weights.SIDE
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(part, (weights.SIDE, weights.SIDE), interpolation=how), np.uint8)


def closer(rgb: Rgb, box: Box, sketch: Alpha | None = None) -> Sight:
    """What is in `box`. `sketch`, of the size of `rgb`, says more than the box does."""
    size = rgb.shape[1], rgb.shape[0]
    view = box.grown(int(_AROUND * max(box.width, box.height)) + 2, size)
    hint = np.zeros(rgb.shape[:2], np.uint8)
    if sketch is None:
        hint[box.top : box.bottom, box.left : box.right] = 255
    else:
        hint = sketch
    return look(rgb, view, np.ascontiguousarray(hint[view.top : view.bottom, view.left : view.right]))


def at(rgb: Rgb, point: tuple[int, int]) -> Sight:
    """What is at `point` (x, y)."""
    height, width = rgb.shape[:2]
    # A disc in the square that the network sees, so an ellipse here.
    hint = np.zeros((height, width), np.uint8)
    axes = max(1, round(0.04 * width)), max(1, round(0.04 * height))
    cv2.ellipse(hint, point, axes, 0, 0, 360, 255, -1)
    return look(rgb, Box(0, 0, width, height), hint)


def whole(rgb: Rgb, *, enough: Callable[[Sight], bool] = _never) -> Sight:
    return look(rgb, Box(0, 0, rgb.shape[1], rgb.shape[0]), enough=enough)


def twice(rgb: Rgb) -> tuple[Sight, Sight | None]:
    """The whole picture, then the box of what was found in it; None where nothing was."""
    first = whole(rgb)
    box = box_of(main_parts(first.spread((rgb.shape[1], rgb.shape[0]))), 127)
    return first, None if box is None or min(box.width, box.height) < 4 else closer(rgb, box)


def main_parts(alpha: Alpha) -> Alpha:
    """Without the regions smaller than a tenth of the largest."""
    solid = (alpha > 127).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    if count <= 2:
        return alpha
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    small = (areas < 0.1 * areas.max()) & (np.arange(count) > 0)
    return np.where(small[labels], 0, alpha).astype(np.uint8)
