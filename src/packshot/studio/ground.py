"""Where a product stands, by its outline: its hull from below, not steeper than a box in perspective."""

from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha

STEEPEST = 1.0  # rise per pixel along which a lower edge still counts as standing: a box seen from well above


class Ground(NamedTuple):
    """The lower outline per column, in rows. `line` is where the ground is met, `gap` how far the product hangs over.

    `columns` are those that the product covers, half-open. `hold` says 0..1 how sure it is that the product stands
    there: a long straight edge does, whatever its slope; a belly or a handle that rises steeply does not.
    """

    columns: tuple[int, int]
    outline: NDArray[np.float32]
    line: NDArray[np.float32]
    hold: NDArray[np.float32]

    @property
    def gap(self) -> NDArray[np.float32]:
        return self.line - self.outline


def ground_of(alpha: Alpha) -> Ground | None:
    """Where the product stands; None where there is none."""
    solid = alpha > 127
    columns = np.flatnonzero(solid.any(axis=0))
    if columns.size == 0:
        return None
    first, last = int(columns[0]), int(columns[-1]) + 1
    height = alpha.shape[0]
    part = solid[:, first:last]
    lowest = height - np.argmax(part[::-1], axis=0)
    filled = part.any(axis=0)
    x = np.arange(last - first)
    outline = np.interp(x, x[filled], lowest[filled]).astype(np.float32)
    line = _hull_from_below(outline)
    return Ground((first, last), outline, line, _hold(outline, line))


def _hull_from_below(outline: NDArray[np.float32]) -> NDArray[np.float32]:
    """The tightest arch-free line under the outline (rows grow downwards), nowhere steeper than STEEPEST."""
    hull: list[tuple[int, float]] = []
    for x, y in enumerate(outline.tolist()):
        while len(hull) > 1:
            (x0, y0), (x1, y1) = hull[-2], hull[-1]
            if (y1 - y0) * (x - x0) > (y - y0) * (x1 - x0):
                break
            hull.pop()
        hull.append((x, y))
    line = np.interp(np.arange(len(outline)), [x for x, _ in hull], [y for _, y in hull])
    steps = np.arange(len(line)) * STEEPEST
    # y(x) = max over x' of line(x') - STEEPEST * |x - x'|, one sweep to each side
    from_left = np.maximum.accumulate(line + steps) - steps
    from_right = np.maximum.accumulate((line - steps)[::-1])[::-1] + steps
    return np.asarray(np.maximum(from_left, from_right), np.float32)


def _hold(outline: NDArray[np.float32], line: NDArray[np.float32]) -> NDArray[np.float32]:
    width = len(line)
    points = np.stack([np.arange(width, dtype=np.float32), line], axis=1)
    corners = np.asarray(cv2.approxPolyDP(points[:, None], max(0.5, 0.006 * width), False)).reshape(-1, 2)
    hold = np.ones(width, np.float32)
    for (x0, y0), (x1, y1) in pairwise(corners.tolist()):
        span = slice(int(x0), int(x1) + 1)
        slope = abs(y1 - y0) / max(1.0, x1 - x0)
        straight_edge = x1 - x0 > 0.2 * width and np.median(line[span] - outline[span]) < 0.02 * width
        hold[span] = 1.0 if straight_edge else np.exp(-((slope / 0.6) ** 2))
    soft = max(1, width // 20) * 2 + 1
    return np.asarray(cv2.GaussianBlur(hold[None], (soft, 1), 0, borderType=cv2.BORDER_REPLICATE)[0], np.float32)
