"""What keeps light away: things stand on the set as cards that turn to face the light.

Seen from a lamp, a bottle is its silhouette, and a podium is a rectangle. So a lamp of some size, seen from a point,
has its rectangle partly covered by a silhouette: the share is a box filter of it, exact and smooth, by a summed-area
table.

Crow, "Summed-area tables for texture mapping", SIGGRAPH 1984.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from packshot.image import Plane

Place = Plane | np.float32  # metres; planes broadcast against each other


class Points(NamedTuple):
    """Where light arrives: places and the normals there, each a plane, a row, a column or a number."""

    x: Plane
    y: Plane
    z: Plane
    normal: tuple[Place, Place, Place]


@dataclass(frozen=True)
class Beam:
    """A rectangle of the light's sphere: around `azimuth` (degrees; 0 is the camera's side, 90 the right, 180 behind).

    `wide` is the slope to either side of it, `low` and `high` those above the level.
    """

    azimuth: float
    wide: float
    low: float
    high: float

    @property
    def towards(self) -> tuple[float, float]:
        """Unit vector in x and z."""
        angle = math.radians(self.azimuth)
        return math.sin(angle), -math.cos(angle)

    @property
    def middle(self) -> tuple[float, float, float]:
        """Unit vector towards the middle of the rectangle."""
        rise = (self.low + self.high) / 2
        x, z = self.towards
        length = math.hypot(1, rise)
        return x / length, rise / length, z / length

    @property
    def size(self) -> float:
        """Solid angle, about."""
        rise = (self.low + self.high) / 2
        return 2 * self.wide * (self.high - self.low) / math.pow(1 + rise * rise, 1.5)


class Blocker(Protocol):
    """A thing that stands on the set."""

    def blocked(self, points: Points, beam: Beam) -> Plane:
        """The share of the beam that does not get through, 0..1."""
        ...


class Card(NamedTuple):
    """A beam as seen on a card that faces it: the window that the light fills, in metres on the card.

    `left` to `right` along the card, `bottom` to `top` above the floor; `ahead` is how far off the card is.
    """

    left: Plane
    right: Plane
    bottom: Plane
    top: Plane
    ahead: Plane


def on_card(points: Points, beam: Beam, x: float, z: float, least: float) -> Card:
    """On the card through (`x`, `z`). No window is narrower than `least` metres."""
    to_x, to_z = beam.towards
    off_x, off_z = points.x - np.float32(x), points.z - np.float32(z)
    ahead = -(off_x * np.float32(to_x) + off_z * np.float32(to_z))
    along = off_x * np.float32(-to_z) + off_z * np.float32(to_x)
    reach = np.maximum(ahead, np.float32(0))
    half = np.maximum(reach * np.float32(beam.wide), np.float32(least / 2))
    bottom, top = points.y + reach * np.float32(beam.low), points.y + reach * np.float32(beam.high)
    more = np.maximum(np.float32(least) - (top - bottom), np.float32(0)) / np.float32(2)
    low, high = np.asarray(bottom - more, np.float32), np.asarray(top + more, np.float32)
    return Card(along - half, along + half, low, high, ahead)


@dataclass(frozen=True)
class Silhouette:
    """The product's outline on a card.

    `sums` is the summed-area table of its alpha, row 0 at its foot, of `step` metres a texel; `bottom` is how many
    metres above the floor that foot is.
    """

    sums: NDArray[np.float64]
    step: float
    bottom: float

    def covered(self, card: Card, turned: float, near: Plane) -> Plane:
        """The share of the card's window that it covers, times `near`; `turned` is how much narrower it is seen."""
        middle = (self.sums.shape[1] - 1) / 2
        across = np.float32(1 / (self.step * turned))
        up = np.float32(1 / self.step)
        left, right = card.left * across + np.float32(middle), card.right * across + np.float32(middle)
        low = (card.bottom - np.float32(self.bottom)) * up
        high = (card.top - np.float32(self.bottom)) * up
        rows, columns = self.sums.shape
        met = (right > 0) & (left < columns) & (high > 0) & (low < rows) & (near > 0)
        share = np.zeros(met.shape, np.float32)
        left, right, low, high, near = (
            np.broadcast_to(part, met.shape)[met] for part in (left, right, low, high, near)
        )
        inside = self._sum(right, high) - self._sum(left, high) - self._sum(right, low) + self._sum(left, low)
        covered = np.clip(inside / ((right - left) * (high - low)), 0, 1)
        share[met] = covered * np.minimum(near, 1)
        return share

    def _sum(self, x: Plane, y: Plane) -> NDArray[np.float64]:
        rows, columns = self.sums.shape
        x, y = np.clip(x, 0, columns - 1.001), np.clip(y, 0, rows - 1.001)
        column, row = x.astype(np.int32), y.astype(np.int32)
        u, v = x - column, y - row
        flat = self.sums.ravel()
        at = row * columns + column
        lower = flat[at] * (1 - u) + flat[at + 1] * u
        upper = flat[at + columns] * (1 - u) + flat[at + columns + 1] * u
        return np.asarray(lower * (1 - v) + upper * v, np.float64)


@dataclass(frozen=True)
class Standing:
    """The product as a turning card on the spot (0, 0).

    `half` is its half width and `depth` how far it reaches forwards and backwards, metres.
    """

    outline: Silhouette
    half: float
    depth: float

    def blocked(self, points: Points, beam: Beam) -> Plane:
        angle = math.radians(beam.azimuth)
        # From the side one sees its depth, not its width.
        turned = math.hypot(math.cos(angle), math.sin(angle) * self.depth / self.half)
        card = on_card(points, beam, 0.0, 0.0, 1.5 * self.outline.step)
        if not np.any(card.ahead > -0.125 * self.depth):
            return np.zeros((1, 1), np.float32)
        near = card.ahead / np.float32(0.25 * self.depth) + np.float32(0.5)
        return self.outline.covered(card, turned, near)


@dataclass(frozen=True)
class Facing:
    """The product as a card that faces the camera, close before what it lies on or hangs at."""

    outline: Silhouette

    def blocked(self, points: Points, beam: Beam) -> Plane:
        to_x, to_z = beam.towards
        if to_z > -0.05:  # light from behind does not meet it
            return np.zeros((1, 1), np.float32)
        # From a place so far behind the card the way to the light crosses it at x + t x', y + t y', with t as below.
        reach = np.maximum(points.z, np.float32(0)) / np.float32(-to_z)
        least = np.float32(0.75 * self.outline.step)
        half = np.maximum(reach * np.float32(beam.wide / -to_z), least)
        middle = points.x + reach * np.float32(to_x)
        low, high = points.y + reach * np.float32(beam.low), points.y + reach * np.float32(beam.high)
        more = np.maximum(2 * least - (high - low), np.float32(0)) / np.float32(2)
        sides = (middle - half, middle + half, low - more, high + more, reach)
        card = Card(*(np.asarray(side, np.float32) for side in sides))
        return self.outline.covered(card, 1.0, np.asarray(np.sign(card.ahead), np.float32))


@dataclass(frozen=True)
class Block:
    """A post or a box as a turning rectangle at (`x`, `z`): `half` wide, `depth` deep, from `bottom` to `top`.

    For a round post `half` and `depth` are its radius.
    """

    x: float
    z: float
    half: float
    depth: float
    bottom: float
    top: float
    round: bool = False

    def blocked(self, points: Points, beam: Beam) -> Plane:
        angle = math.radians(beam.azimuth)
        sine, cosine = abs(math.sin(angle)), abs(math.cos(angle))
        half = self.half if self.round else self.half * cosine + self.depth * sine
        thick = self.half if self.round else self.depth * cosine + self.half * sine
        card = on_card(points, beam, self.x, self.z, 0.0015)
        if not np.any(card.ahead > -0.1 * thick):
            return np.zeros((1, 1), np.float32)
        across = np.clip(np.minimum(card.right, half) - np.maximum(card.left, -half), 0, None)
        # What stands between the light and the near side of the thing is higher on the card than on that side.
        slope = np.float32((beam.low + beam.high) / 2)
        high = np.float32(self.top) + slope * np.float32(0.7 * thick)
        up = np.clip(np.minimum(card.top, high) - np.maximum(card.bottom, np.float32(self.bottom)), 0, None)
        share = across * up / ((card.right - card.left) * (card.top - card.bottom))
        near = np.clip(card.ahead / np.float32(0.2 * thick) + np.float32(0.5), 0, 1)
        if not self.round:
            near = near * self._crossed(points, beam, card.ahead, thick)
        above = np.clip((np.float32(self.top) + np.float32(1e-4) - points.y) / np.float32(2e-4), 0, 1)
        return np.asarray(np.clip(share * near * above, 0, 1), np.float32)

    def _crossed(self, points: Points, beam: Beam, ahead: Plane, thick: float) -> Plane:
        """0 for points beside the box whose way to the light leads away from it, which its card does not know."""
        enter: Plane | np.float32 = np.float32(-1e6)
        leave: Plane | np.float32 = np.float32(1e6)
        for place, middle, half, way in zip(
            (points.x, points.z), (self.x, self.z), (self.half, self.depth), beam.towards, strict=True
        ):
            step = np.float32(1 / (way if abs(way) > 1e-6 else 1e-6))
            first = (np.float32(middle - half) - place) * step
            last = (np.float32(middle + half) - place) * step
            enter = np.maximum(enter, np.minimum(first, last))
            leave = np.minimum(leave, np.maximum(first, last))
        inside = np.clip((leave - np.maximum(enter, 0)) / np.float32(0.06 * thick), 0, 1)
        far = np.clip(ahead / np.float32(thick) - np.float32(1.2), 0, 1)
        return np.asarray(np.maximum(inside, far), np.float32)


def open_share(points: Points, beam: Beam, blockers: tuple[Blocker, ...]) -> Plane | np.float32:
    """How much of a beam gets to each point, 0..1."""
    left: Plane | np.float32 = np.float32(1)
    for blocker in blockers:
        left = left * (1 - blocker.blocked(points, beam))
    return left
