"""Where the parallel lines of a plane meet: the horizon, from the straight edges in and around it."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.models.surfaces.outline import Outline

_LONG = 0.05  # of the longer side, from which a straight edge counts
_LEVEL = 6.0  # degrees of the level lines, which meet far off and say little
_AGREE = 0.06  # of the height, within which crossings agree
_FOCAL = 1.2  # of the longer side: between a telephone's wide lens and a portrait lens
_GUESS = 0.22  # of the height, by which a horizon nobody can see is put above the plane's far edge


class Horizon(NamedTuple):
    """Its row in the small picture, and 0..1 how many of the edges agree on it; 0 where it is a guess."""

    row: float
    agreement: float


def horizon_of(light: NDArray[np.float32], shape: Outline) -> Horizon:
    height, width = light.shape
    top = shape.upper_line.at(width / 2) if shape.upper_line.share > 0.3 else shape.top * height
    guess = Horizon(min(top, shape.top * height + 0.1 * height) - _GUESS * height, 0.0)
    ends = _straight_edges(light, shape)
    if len(ends) < 2:
        return guess
    way = ends[:, 2:] - ends[:, :2]
    length = np.hypot(way[:, 0], way[:, 1])
    tilt = np.degrees(np.arctan2(way[:, 1], way[:, 0]))
    level = np.degrees(np.arctan(shape.lower_line.slope)) if shape.lower_line.share > 0.5 else 0.0
    leaning = (np.abs((tilt - level + 90) % 180 - 90) > _LEVEL) & (np.abs((tilt + 90) % 180 - 90) < 86)
    ends, length = ends[leaning], length[leaning]
    if len(ends) < 2:
        return guess
    # Lines as (a, b, c) with a x + b y + c = 0; two of them cross at their cross product.
    points = np.concatenate([ends.reshape(-1, 2, 2), np.ones((len(ends), 2, 1))], axis=2)
    lines = np.cross(points[:, 0], points[:, 1])
    first, second = np.triu_indices(len(lines), 1)
    crossing = np.cross(lines[first], lines[second])
    sure = np.abs(crossing[:, 2]) > 0.02 * np.prod(np.linalg.norm(lines[:, :2], axis=1)[np.stack([first, second])], 0)
    rows = crossing[sure, 1] / crossing[sure, 2]
    weight = (length[first] * length[second])[sure]
    above = (rows < top) & (rows > top - 2.0 * height)
    if above.sum() < 2:
        return guess
    rows, weight = rows[above], weight[above]
    near = np.abs(rows[:, None] - rows[None]) < _AGREE * height
    votes = near @ weight
    best = int(np.argmax(votes))
    share = float(votes[best] / weight.sum())
    if share < 0.3:
        return guess
    agreeing = near[best]
    return Horizon(float(np.average(rows[agreeing], weights=weight[agreeing])), share)


def squash_at(row: float, horizon: float, longest: int) -> float:
    """Height over width of a circle on the plane at `row`: the sine of how far one looks down on it there."""
    return float(np.clip(np.sin(np.arctan2(row - horizon, _FOCAL * longest)), 0.05, 1.0))


def _straight_edges(light: NDArray[np.float32], shape: Outline) -> NDArray[np.float64]:
    """(n, 4): x, y of both ends of the straight edges on the plane and at its border."""
    height, width = light.shape
    codes = np.clip(light * 2.55, 0, 255).astype(np.uint8)
    found = cv2.createLineSegmentDetector().detect(codes)[0]
    if found is None:
        return np.empty((0, 4))
    ends = np.asarray(found, np.float64).reshape(-1, 4)
    long = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]) > _LONG * max(height, width)
    near = cv2.dilate(shape.mask.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    x, y = ((ends[:, i] + ends[:, i + 2]) / 2 for i in (0, 1))
    inside = near[np.clip(y, 0, height - 1).astype(int), np.clip(x, 0, width - 1).astype(int)]
    return np.asarray(ends[long & inside], np.float64)
