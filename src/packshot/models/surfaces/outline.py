"""The outline of a region, column by column, and what lies along it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_Mask = NDArray[np.bool_]
_Curve = NDArray[np.float64]
_TRIES = 160
_STEEPEST = 0.8  # rise per pixel of an edge that still counts as level, seen askew


@dataclass(frozen=True)
class Line:
    """y = slope x + offset, and what share of the points lies on it."""

    slope: float
    offset: float
    share: float

    def at(self, x: float) -> float:
        return self.slope * x + self.offset


@dataclass(frozen=True, eq=False)
class Outline:
    """Shares are of the picture's width and height. `upper` and `lower` are rows per column of `columns`."""

    mask: _Mask
    columns: NDArray[np.int64]
    upper: NDArray[np.int64]
    lower: NDArray[np.int64]
    upper_line: Line
    lower_line: Line
    area: float
    left: float
    top: float
    right: float
    bottom: float
    solidity: float
    sides: tuple[float, float, float, float]  # share of the picture's left, top, right and bottom side that it touches

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def flatness(self) -> float:
        """Its width over its mean thickness, in pixels."""
        height, width = self.mask.shape
        return float((self.width * width) ** 2 / max(1.0, self.area * height * width))


def outline_of(mask: _Mask) -> Outline:
    height, width = mask.shape
    columns = np.flatnonzero(mask.any(axis=0))
    part = mask[:, columns]
    upper = np.argmax(part, axis=0)
    lower = height - 1 - np.argmax(part[::-1], axis=0)
    rows = np.flatnonzero(mask.any(axis=1))
    points = np.stack([np.r_[columns, columns[::-1]], np.r_[upper, lower[::-1]]], axis=1).astype(np.int32)
    hull = max(1.0, cv2.contourArea(cv2.convexHull(points)))
    area = int(np.count_nonzero(mask))
    near = max(1.5, 0.008 * height)
    rim = (mask[:, :3].any(axis=1), mask[:3].any(axis=0), mask[:, -3:].any(axis=1), mask[-3:].any(axis=0))
    return Outline(
        mask,
        columns,
        upper,
        lower,
        line_through(columns.astype(np.float64), upper.astype(np.float64), near),
        line_through(columns.astype(np.float64), lower.astype(np.float64), near),
        area / mask.size,
        columns[0] / width,
        rows[0] / height,
        (columns[-1] + 1) / width,
        (rows[-1] + 1) / height,
        min(1.0, area / hull),
        (float(rim[0].mean()), float(rim[1].mean()), float(rim[2].mean()), float(rim[3].mean())),
    )


def line_through(x: _Curve, y: _Curve, near: float) -> Line:
    """The line that most points lie on, to within `near`: what stands before it is no part of it. Repeatable."""
    count = len(x)
    flat = Line(0.0, float(np.median(y)), float((np.abs(y - np.median(y)) < near).mean()))
    if count < 8:
        return flat
    first, second = np.random.default_rng(0).integers(0, count, (2, _TRIES))
    far = np.abs(x[first] - x[second]) > 0.25 * count
    first, second = first[far], second[far]
    if not first.size:
        return flat
    slopes = (y[second] - y[first]) / (x[second] - x[first])
    level = np.abs(slopes) < _STEEPEST
    slopes, offsets = slopes[level], (y[first] - slopes * x[first])[level]
    if not slopes.size:
        return flat
    on_it = np.abs(y - (slopes[:, None] * x + offsets[:, None])) < near
    best = on_it[int(np.argmax(on_it.sum(axis=1)))]
    slope, offset = np.polyfit(x[best], y[best], 1)
    return Line(float(slope), float(offset), float((np.abs(y - (slope * x + offset)) < near).mean()))


@dataclass(frozen=True)
class Beside:
    """Colours across one edge, CIE Lab: the inside's lightness less the outside's, and the whole distance."""

    lighter: float
    apart: float


def across(lab: NDArray[np.float32], found: Outline, edge: str) -> Beside | None:
    """What changes across the lower or the upper edge; None where the picture ends there."""
    curve, way = (found.lower, 1) if edge == "lower" else (found.upper, -1)
    inside = [lab[np.clip(curve - way * depth, 0, len(lab) - 1), found.columns] for depth in (2, 3, 4)]
    outside = []
    for depth in (3, 4, 5):
        rows = curve + way * depth
        seen = (rows >= 0) & (rows < len(lab))
        outside.append(lab[rows[seen], found.columns[seen]])
    beyond = np.concatenate(outside)
    if len(beyond) < len(found.columns):
        return None
    within, without = np.median(np.concatenate(inside), axis=0), np.median(beyond, axis=0)
    return Beside(float(within[0] - without[0]), float(np.linalg.norm(within - without)))
