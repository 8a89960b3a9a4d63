"""Lamps and the light of the room, and how much of them arrives."""

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from packshot.image import Plane
from packshot.studio.occlusion import Beam, Blocker, Points, open_share
from packshot.studio.palette import Light, tint

Lit = NDArray[np.float32]  # (rows, columns, 3): light that arrives, 1 on the floor where the product stands


class Gobo(Protocol):
    """A pattern in front of a lamp."""

    def seen(self, points: Points, lamp: "Lamp", seed: int) -> Plane:
        """The share of the lamp's light that the pattern lets through to each point."""
        ...


@dataclass(frozen=True, kw_only=True)
class Lamp:
    """A lamp: `azimuth` degrees (0 the camera's side, 90 right, 180 behind, 270 left), `elevation` above the level.

    `size` is how large it is seen from the product, degrees to either side; `power` the light it throws on the floor
    there, of all the light 1; `away` how far it stands, in metres.
    """

    azimuth: float = 300.0
    elevation: float = 40.0
    size: float = 12.0
    power: float = 0.65
    kelvin: float = 5600.0
    away: float = 2.2
    gobo: Gobo | None = None

    @property
    def beam(self) -> Beam:
        wide = math.tan(math.radians(self.size)) / math.cos(math.radians(self.elevation))
        low = math.tan(math.radians(max(1.0, self.elevation - self.size)))
        high = math.tan(math.radians(min(84.0, self.elevation + self.size)))
        return Beam(self.azimuth, wide, low, high)

    @property
    def towards(self) -> tuple[float, float, float]:
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        level = math.cos(elevation)
        return level * math.sin(azimuth), math.sin(elevation), -level * math.cos(azimuth)

    def as_data(self) -> dict[str, float]:
        """Plain data, as a manifest keeps it."""
        return {name: getattr(self, name) for name in ("azimuth", "elevation", "size", "power", "kelvin")}

    def mirrored(self) -> "Lamp":
        """The same from the other side."""
        return replace(self, azimuth=(360 - self.azimuth) % 360)


@dataclass(frozen=True, kw_only=True)
class Room:
    """The light from everywhere: `power` of it on an open floor, and `lean` more of it from around `azimuth`."""

    power: float = 0.35
    kelvin: float = 6200.0
    azimuth: float = 0.0
    lean: float = 0.0


def unblocked(lamp: Lamp, points: Points) -> Plane:
    """Light of a lamp before anything stands in its way: by angle and distance."""
    to_x, to_y, to_z = (np.float32(part * lamp.away) for part in lamp.towards)
    x, y, z = to_x - points.x, to_y - points.y, to_z - points.z
    square = x * x + y * y + z * z
    nx, ny, nz = points.normal
    facing = np.maximum(x * nx + y * ny + z * nz, 0)
    # E = I cos(a) / r^2, and 1 * power on the level at the origin
    strength = np.float32(lamp.power * lamp.away**2 / math.sin(math.radians(lamp.elevation)))
    return np.asarray(strength * facing / (square * np.sqrt(square)), np.float32)


def from_lamp(lamp: Lamp, points: Points, blockers: tuple[Blocker, ...], seed: int) -> Plane:
    light = unblocked(lamp, points) * open_share(points, lamp.beam, blockers)
    if lamp.gobo is not None:
        light = light * lamp.gobo.seen(points, lamp, seed)
    return np.asarray(light, np.float32)


_AROUND = 8  # beams around the sky in a ring
_RINGS = ((0.02, 0.32), (0.32, 0.85), (0.85, 2.2))  # slopes; above them nothing stands


@cache
def sky() -> tuple[Beam, ...]:
    """The half sphere of a room in beams that touch."""
    wide = math.tan(math.pi / _AROUND)
    return tuple(Beam(360 * (k + 0.5) / _AROUND, wide, *ring) for ring in _RINGS for k in range(_AROUND))


def from_room(room: Room, points: Points, blockers: tuple[Blocker, ...], around: Light) -> Lit:
    """Light of the room, and where things stand in its way the light that they throw back, of the colour `around`."""
    nx, ny, nz = points.normal
    seen: Plane | np.float32 = np.float32(0)
    whole: Plane | np.float32 = np.float32(0)
    for beam in sky():
        x, y, z = beam.middle
        facing = np.maximum(x * nx + y * ny + z * nz, 0)
        if not np.any(facing > 0):
            continue
        lean = 1 + room.lean * math.cos(math.radians(beam.azimuth - room.azimuth))
        weight = facing * np.float32(beam.size * lean)
        whole = whole + weight
        seen = seen + weight * open_share(points, beam, blockers)
    top = math.pi * math.sin(math.atan(1 / _RINGS[-1][1])) ** 2 * np.maximum(ny, 0)
    shape = np.broadcast_shapes(points.x.shape, points.y.shape, points.z.shape)
    open_part = np.broadcast_to((seen + top) / np.maximum(whole + top, np.float32(1e-6)), shape)
    # A wall sees only half of the room; the other half is the floor.
    skyward = np.clip(np.float32(0.5) + np.float32(0.5) * np.asarray(ny, np.float32), 0, 1)
    colour = np.float32(room.power) * tint(room.kelvin)
    back = around * np.float32(0.75) * colour
    open_part, skyward = np.asarray(open_part)[..., None], np.asarray(skyward)[..., None]
    return np.asarray(
        skyward * (open_part * colour + (1 - open_part) * back) + (1 - skyward) * back * open_part, np.float32
    )
