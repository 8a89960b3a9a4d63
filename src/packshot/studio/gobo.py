"""Patterns in front of a lamp: a window's panes, blinds, leaves. What they throw on a set is soft, as their distance
makes it.

A pattern lies in a plane across the light; `right` and `up` are metres in it, from the middle of the product's foot.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from packshot.image import Alpha, Plane
from packshot.studio.light import Lamp
from packshot.studio.occlusion import Points


def across(points: Points, lamp: Lamp) -> tuple[Plane, Plane]:
    """Where each point lies, seen along the light: metres to the right and up."""
    azimuth, elevation = math.radians(lamp.azimuth), math.radians(lamp.elevation)
    to_x, to_z = math.sin(azimuth), -math.cos(azimuth)
    right = points.x * np.float32(-to_z) + points.z * np.float32(to_x)
    level = points.x * np.float32(to_x) + points.z * np.float32(to_z)
    up = points.y * np.float32(math.cos(elevation)) - level * np.float32(math.sin(elevation))
    return np.asarray(right, np.float32), np.asarray(up, np.float32)


def _within(x: Plane, low: float, high: float, soft: float) -> Plane:
    """1 between `low` and `high`, softened over `soft` at either side."""
    rise = np.clip((x - np.float32(low)) / np.float32(soft) + np.float32(0.5), 0, 1)
    fall = np.clip((np.float32(high) - x) / np.float32(soft) + np.float32(0.5), 0, 1)
    smooth = (part * part * (3 - 2 * part) for part in (rise, fall))
    return np.asarray(np.prod(list(smooth), axis=0), np.float32)


@dataclass(frozen=True, kw_only=True)
class Window:
    """`columns` by `rows` panes of `wide` x `high` metres with bars between; their middle is at (`right`, `up`)."""

    columns: int = 2
    rows: int = 3
    wide: float = 0.16
    high: float = 0.16
    bar: float = 0.02
    right: float = 0.0
    up: float = 0.1
    soft: float = 0.014
    lean: float = 0.0

    def seen(self, points: Points, lamp: Lamp, seed: int) -> Plane:
        right, up = across(points, lamp)
        up = up - np.float32(self.up)
        right = right - np.float32(self.right) - np.float32(self.lean) * up
        open_ = np.zeros(np.broadcast_shapes(right.shape, up.shape), np.float32)
        for column in range(self.columns):
            x = (column - (self.columns - 1) / 2) * (self.wide + self.bar)
            strip = _within(right, x - self.wide / 2, x + self.wide / 2, self.soft)
            for row in range(self.rows):
                y = (row - (self.rows - 1) / 2) * (self.high + self.bar)
                open_ = open_ + strip * _within(up, y - self.high / 2, y + self.high / 2, self.soft)
        return open_


@dataclass(frozen=True, kw_only=True)
class Blinds:
    """Slats `apart` metres, of which `open_share` lets light through, leaning by `lean`."""

    apart: float = 0.055
    open_share: float = 0.52
    lean: float = 0.0
    soft: float = 0.012
    shut: float = 0.2
    up: float = 0.0
    right: float = 0.0
    wide: float = 0.9

    def seen(self, points: Points, lamp: Lamp, seed: int) -> Plane:
        right, up = across(points, lamp)
        place = (up + np.float32(self.lean) * right + np.float32(self.up)) / np.float32(self.apart)
        off = np.abs(place - np.floor(place) - np.float32(0.5)) * np.float32(self.apart)
        half = self.open_share * self.apart / 2
        through = _within(off, -1.0, half, self.soft)
        side = _within(right - np.float32(self.right), -self.wide / 2, self.wide / 2, 2 * self.soft)
        return np.asarray(np.float32(self.shut) + np.float32(1 - self.shut) * through * side, np.float32)


_TEXELS = 900
_SPAN = 0.9  # metres


@dataclass(frozen=True, kw_only=True)
class Leaves:
    """Branches with leaves, some near the wall and some farther off. `leaf` is the length of a leaf in metres."""

    branches: int = 6
    leaf: float = 0.09
    slender: float = 0.30
    soft: float = 0.008
    dark: float = 0.85
    sway: float = 0.9
    fronds: bool = False

    def seen(self, points: Points, lamp: Lamp, seed: int) -> Plane:
        right, up = across(points, lamp)
        right, up = np.broadcast_arrays(right, up)
        scale = np.float32(_TEXELS / _SPAN)
        x, y = (right + np.float32(_SPAN / 2)) * scale, (np.float32(_SPAN / 2) - up) * scale
        mask = _foliage(self, seed)
        shade = cv2.remap(
            mask, np.ascontiguousarray(x), np.ascontiguousarray(y), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        return np.asarray(1 - shade.astype(np.float32) * np.float32(self.dark / 255), np.float32)


@lru_cache(maxsize=8)
def _foliage(leaves: Leaves, seed: int) -> Alpha:
    """The shade of all branches, `_TEXELS` on a side; 255 is dark."""
    rng = np.random.default_rng([seed, 5])
    whole = np.zeros((_TEXELS, _TEXELS), np.float32)
    texel = _TEXELS / _SPAN
    for depth in range(3):
        layer = np.zeros((_TEXELS, _TEXELS), np.uint8)
        for number in range(depth, leaves.branches, 3):
            _branch(layer, leaves, rng, texel, (number + 0.5) / leaves.branches)
        blur = leaves.soft * texel * (0.7 + 1.1 * depth)
        soft = cv2.GaussianBlur(layer, (0, 0), max(0.5, blur)).astype(np.float32) / 255
        whole = np.asarray(1 - (1 - whole) * (1 - soft * np.float32(1 - 0.18 * depth)), np.float32)
    return np.asarray(np.rint(whole * 255), np.uint8)


def _branch(layer: Alpha, leaves: Leaves, rng: np.random.Generator, texel: float, across: float) -> None:
    """From beyond the upper edge into the picture, leaves to both sides."""
    start = np.array([across + rng.uniform(-0.12, 0.12), rng.uniform(-0.25, 0.1)]) * _TEXELS
    heading = math.radians(rng.uniform(50, 130))
    bend = rng.normal(0, 0.012)
    length, step = rng.uniform(0.5, 1.0) * _TEXELS * leaves.sway, 0.28 * leaves.leaf * texel
    if leaves.fronds:
        step *= 0.34
    at, side = start.copy(), 1
    for number in range(int(length / step)):
        after = at + step * np.array([math.cos(heading), math.sin(heading)])
        _line(layer, at, after, max(1, round(0.05 * leaves.leaf * texel)))
        taper = math.sin(math.pi * min(1.0, 0.12 + 0.88 * number * step / length)) ** 0.6
        for way in (side, -side) if leaves.fronds else (side,):
            turn = heading + way * math.radians(rng.normal(52, 9 if leaves.fronds else 16))
            size = leaves.leaf * texel * taper * rng.uniform(0.75, 1.15)
            _leaf(
                layer, at, turn, size * (1.7 if leaves.fronds else 1.0), leaves.slender * (0.35 if leaves.fronds else 1)
            )
        at, side, heading = after, -side, heading + bend
        bend += rng.normal(0, 0.006)


def _line(layer: Alpha, start: np.ndarray, end: np.ndarray, thick: int) -> None:
    first, last = (tuple(round(float(each) * 16) for each in point) for point in (start, end))
    cv2.line(layer, first, last, 255, thick, cv2.LINE_AA, 4)


def _leaf(layer: Alpha, at: np.ndarray, heading: float, size: float, slender: float) -> None:
    along = np.linspace(0, 1, 14)
    half = slender * size * np.sin(np.pi * along**0.8) ** 1.2 / 2
    curl = 0.10 * size * along**2
    x = np.concatenate([along * size, along[::-1] * size])
    y = np.concatenate([half + curl, (curl - half)[::-1]])
    cosine, sine = math.cos(heading), math.sin(heading)
    points = np.stack([at[0] + x * cosine - y * sine, at[1] + x * sine + y * cosine], axis=1)
    cv2.fillPoly(layer, [np.rint(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
