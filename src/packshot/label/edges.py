"""How crisp the edges of print are, how far they overshoot, and whether they are the same edges.

All of it on strips of one size, so that two pictures are compared at equal scale.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.label.strips import Codes

_ROWS = 24  # of a strip that are measured
_CLEAR = 0.5  # of the strip's contrast that an edge must span to count
_STROKE = 10.0  # levels of deviation from which a window holds strokes
_UNEXPLAINED = 4.0  # levels that a change of light may miss in the middle
_FEWEST = 8  # edges; of fewer nothing is said


def rise_distance(strip: Codes) -> float | None:
    """Pixels from 10 to 90 % of an edge's height, the median over the clear edges along the rows of a grey strip.

    As ISO 12233 measures the edge response, here on every stroke that spans half the contrast. None where there are
    too few.
    """
    span = float(np.percentile(strip, 98) - np.percentile(strip, 2))
    if span < 24:
        return None
    rows = strip[np.unique(np.linspace(0, len(strip) - 1, _ROWS).astype(int))].astype(np.float64)
    distances = [distance for row in rows for distance in _rises(row, _CLEAR * span)]
    return float(np.median(distances)) if len(distances) >= _FEWEST else None


def _rises(row: NDArray[np.float64], least: float) -> list[float]:
    """The 10-90 % distances of every run along `row` that only rises or only falls, by `least` or more."""
    slope = np.sign(np.diff(row))
    turns = np.flatnonzero(np.diff(slope) != 0) + 1
    found = []
    for first, last in zip([0, *turns], [*turns, len(row) - 1], strict=True):
        if abs(row[last] - row[first]) < least:
            continue
        run = row[first : last + 1] if row[last] > row[first] else row[first : last + 1][::-1]
        share = (run - run[0]) / (run[-1] - run[0])
        found.append(float(np.interp(0.9, share, np.arange(len(run))) - np.interp(0.1, share, np.arange(len(run)))))
    return found


def overshoot(before: Codes, after: Codes, reach: int, where: Codes) -> float:
    """Levels by which `after` leaves the range that `before` has within `reach` pixels, on its worst hundredth.

    Grey pictures of one size; only pixels where `where` is not 0 count.
    """
    around = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    above = after.astype(np.int16) - np.asarray(cv2.dilate(before, around), np.int16)
    below = np.asarray(cv2.erode(before, around), np.int16) - after
    beyond = np.maximum(above, below)[where > 0]
    return max(0.0, float(np.percentile(beyond, 99))) if beyond.size else 0.0


def toned(before: Codes, after: Codes, where: Codes, reach: int) -> tuple[Codes, float] | None:
    """`before`, (height, width, 3), as grey in the light of grey `after`, and the levels by which that misses.

    The sum of a curve of second degree for each colour that comes nearest where `where` is not 0: white balance,
    exposure and a tone curve, near enough. Fitted on means over several `reach`, in which a halo cancels itself out.
    None where no change of light explains what became of it.
    """
    solid = where > 0
    if solid.sum() < 64:
        return None
    window = (4 * reach + 1, 4 * reach + 1)
    weight = solid.astype(np.float32)
    share = np.asarray(cv2.blur(weight, window), np.float32)[solid]
    rough = np.asarray(cv2.blur(before * weight[..., None], window), np.float32)[solid] / share[:, None]
    wanted = np.asarray(cv2.blur(after * weight, window), np.float32)[solid] / share
    step = max(1, len(wanted) // 20_000)
    curves = np.linalg.lstsq(_terms(rough)[::step], wanted[::step], rcond=None)[0]
    miss = float(np.median(np.abs(_terms(rough) @ curves - wanted)))
    if miss > _UNEXPLAINED:
        return None
    return np.asarray(np.rint(np.clip(_terms(before.astype(np.float32)) @ curves, 0, 255)), np.uint8), miss


def _terms(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the light is fitted with: every colour, its square, and one."""
    x = rgb / 255
    return np.concatenate([x, x * x, np.ones_like(x[..., :1])], axis=-1)


def likeness(before: Codes, after: Codes) -> float:
    """Normalised cross-correlation of two strips where it is least, -1..1: the same strokes, whatever the light.

    (height, width, 3), every colour around its own mean. Over windows as wide as the strip is high, so that one letter
    that changed is not lost among those that did not; windows without strokes do not count, and where there are none,
    a strip is like the other.
    """
    window = max(3, len(before))
    x, y = before.astype(np.float32), after.astype(np.float32)
    lows = []
    for start in range(0, max(1, before.shape[1] - window // 2), max(1, window // 2)):
        one, other = x[:, start : start + window], y[:, start : start + window]
        one, other = one - one.mean(axis=(0, 1)), other - other.mean(axis=(0, 1))
        power = float(np.sqrt((one * one).mean() * (other * other).mean()))
        if max(float(one.std()), float(other.std())) > _STROKE:
            lows.append(float((one * other).mean()) / max(power, _STROKE))
    return min(lows, default=1.0)


def redrawn(before: Codes, after: Codes, window: int = 15) -> NDArray[np.bool_]:
    """Where `after` has structure that `before`, at the same size, has not: new characters need new strokes.

    Both (height, width, 3). In windows of `window` pixels: a deviation of more than 10 levels in some colour, that
    correlates under 0.6 with what was there.
    """
    x, y = before.astype(np.float32), after.astype(np.float32)

    def mean(plane: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.boxFilter(plane, -1, (window, window), borderType=cv2.BORDER_REFLECT), np.float32)

    mean_x, mean_y = mean(x), mean(y)
    variance_x, variance_y = mean(x * x) - mean_x**2, mean(y * y) - mean_y**2
    covariance = (mean(x * y) - mean_x * mean_y).sum(axis=2)
    power = np.maximum(variance_x.sum(axis=2), 1) * np.maximum(variance_y.sum(axis=2), 1)
    return np.asarray((variance_y.max(axis=2) > _STROKE**2) & (covariance / np.sqrt(power) < 0.6))
