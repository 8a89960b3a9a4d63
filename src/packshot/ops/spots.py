"""Where on a surface a product can stand: nothing stands there, it does not stick out, and it looks at home."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Plane
from packshot.surface import Surface

FOCAL = 1.2  # of the longer side: between a telephone's wide lens and a portrait lens
DEPTH = 0.7  # of a product's width, how deep it is taken to be
HELD = 0.9  # share of the footprint that must be free
SHRINKS = (1.0, 0.85, 0.7, 0.55, 0.42)  # of the size wished for, tried in turn


class Spot(NamedTuple):
    """The middle of the product's lower edge, in pixels of the picture, and what of the size wished for fits."""

    x: float
    y: float
    shrink: float


def squash_at(surface: Surface, row: float) -> float:
    """Height over width of a circle on the surface at `row`: the sine of how far one looks down on it there."""
    if surface.horizon is None:
        return 1.0
    return float(np.clip(np.sin(np.arctan2(row - surface.horizon, FOCAL * max(surface.size))), 0.06, 1.0))


def spot_on(surface: Surface, width: float, height: float, near: tuple[float, float] | None = None) -> Spot | None:
    """The best place for a product of `width` x `height` pixels; None where not even two fifths of that have room.

    It stands where its footprint is free, its whole self in the picture, a little towards us and to the middle, or as
    close as that goes to a point that a person gave.
    """
    scale = surface.scale
    free = (surface.free > 127).astype(np.float32)
    for shrink in SHRINKS:
        wide, high = max(2, round(width * shrink / scale)), height * shrink / scale
        if wide > free.shape[1] or high > free.shape[0]:
            continue
        worth = _worth(free, surface, wide, high, near)
        y, x = np.unravel_index(int(np.argmax(worth)), worth.shape)
        if worth[y, x] > 0:
            return Spot((float(x) + 0.5) * scale, (float(y) + 1.0) * scale, shrink)
    return None


def _worth(
    free: Plane, surface: Surface, wide: int, high: float, near: tuple[float, float] | None
) -> NDArray[np.float64]:
    """Of every pixel as the middle of the lower edge of a product; 0 or less where it cannot stand."""
    rows, columns = free.shape
    scale = surface.scale
    y, x = np.mgrid[:rows, :columns].astype(np.float64)
    if surface.view == "top":
        # Seen from above it lies: all of it is on the surface.
        held = _held(free, wide, max(2, round(high)))
    else:
        middle = (surface.box.top + surface.box.bottom) / 2
        deep = max(2, round(wide * DEPTH * squash_at(surface, middle)))
        # What is deeper than the surface is thick hides its own back edge.
        thick = int(free.sum(axis=0).max())
        held = _held(free, wide, min(deep, max(2, round(0.6 * thick))))
    inside = (x >= wide / 2) & (x <= columns - wide / 2) & (y + 1 >= high) & (free > 0)
    if near is not None:
        away = np.hypot(x * scale - near[0], y * scale - near[1]) / max(surface.size)
        return np.where(inside & (held >= HELD), 1.5 - np.minimum(away, 1), 0.0)
    box = surface.box
    aside = np.abs(x * scale - surface.size[0] / 2) / surface.size[0]
    off = np.abs(x * scale - (box.left + box.right) / 2) / max(1, box.width)
    wanted = box.top + (0.5 + 0.5 * high * scale / max(1, box.height) if surface.view == "top" else 0.62) * box.height
    depth = np.abs(y * scale - wanted) / max(1.0, 0.5 * box.height)
    covered = (
        0.0 if surface.things is None else _held((surface.things > 127).astype(np.float32), wide, max(2, round(high)))
    )
    worth = (
        2
        - 1.5 * covered
        - 0.5 * aside
        - 0.3 * off
        - 0.6 * np.minimum(depth, 1.5)
        + 0.8 * (_held(free, 2 * wide, 3) - 1)
    )
    return np.where(inside & (held >= HELD), np.maximum(worth, 0.01), 0.0)


def _held(free: Plane, wide: int, deep: int) -> Plane:
    """Share of the footprint that is free, for the footprint whose front edge has its middle at each pixel."""
    kernel = np.full((deep, wide), 1 / (wide * deep), np.float32)
    return np.asarray(
        cv2.filter2D(free, -1, kernel, anchor=(wide // 2, deep - 1), borderType=cv2.BORDER_CONSTANT), np.float32
    )
