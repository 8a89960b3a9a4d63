"""What a material gives for a piece of a plane."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from packshot.image import Plane
from packshot.studio.noise import Grid
from packshot.studio.palette import Light

Pigments = NDArray[np.float32]  # (rows, columns, 3): roots of linear light


class Texture(NamedTuple):
    """`colour` as pigment, (rows, columns, 3) or (3,) where it is the same everywhere; `height` in metres, or None
    where it is flat."""

    colour: Pigments
    height: Plane | None = None


@dataclass(frozen=True, kw_only=True)
class Material:
    """`gloss` is the share of light that its surface mirrors head-on; `rough` says how far it scatters that, 0 to 1.

    `ripple` is by how many metres waves on it move what it mirrors.
    """

    gloss: float = 0.0
    rough: float = 1.0
    ripple: float = 0.0

    def texture(self, grid: Grid) -> Texture:
        raise NotImplementedError

    @property
    def mean(self) -> Light:
        """Its colour from afar, linear: what it throws on its surroundings."""
        raise NotImplementedError


def blend(first: Light, second: Light, share: Plane) -> Pigments:
    """From `first` to `second` pigment as `share` goes from 0 to 1."""
    mixed = np.empty((*share.shape, 3), np.float32)
    for channel in range(3):
        np.multiply(share, second[channel] - first[channel], out=mixed[..., channel])
        mixed[..., channel] += first[channel]
    return mixed


def smooth(low: float, high: float, x: Plane) -> Plane:
    """0 below `low`, 1 above `high`, and an S between."""
    t = np.clip((x - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
