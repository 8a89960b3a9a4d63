"""Linen: threads over and under each other, uneven as flax is, and soft folds."""

import math
from dataclasses import dataclass

import numpy as np

from packshot.image import Plane
from packshot.studio.noise import Grid, at, layered
from packshot.studio.palette import Colour, Light, linear, pigment
from packshot.studio.texture import Material, Texture


@dataclass(frozen=True, kw_only=True)
class Linen(Material):
    """`thread` metres from one to the next; `folds` metres high, `apart` metres from each other, by `angle` degrees."""

    colour: Colour = "#ded3c0"
    thread: float = 0.00085
    uneven: float = 0.10
    folds: float = 0.004
    apart: float = 0.16
    angle: float = 64.0

    def texture(self, grid: Grid) -> Texture:
        across, along = grid.us / np.float32(self.thread), grid.vs / np.float32(self.thread)
        seen_u = min(1.0, max(0.0, self.thread / (2.2 * grid.du) - 0.3))
        seen_v = min(1.0, max(0.0, self.thread / (2.2 * grid.dv) - 0.3))
        over = np.cos(np.pi * across) * np.float32(seen_u) * (np.cos(np.pi * along) * np.float32(seen_v))
        warp = self._thread(grid, across, True) * np.float32(seen_u)
        weft = self._thread(grid, along, False) * np.float32(seen_v)
        slub_u = layered(grid, 0.0011, 3, octaves=2, gain=0.6, stretch=0.06)
        slub_v = layered(grid, 0.0011, 4, octaves=2, gain=0.6, stretch=14)
        threads = np.float32(0.045) * over + np.float32(0.06) * (warp + weft)
        tone = np.float32(self.uneven) * np.float32(0.5) * (slub_u + slub_v)
        wide = grid.fitted(layered(grid.coarser(6, 4), 0.09, 5, octaves=3))
        shade = 1 + threads + tone * np.float32(0.5) + np.float32(0.012) * wide
        folds = self._folds(grid) * np.float32(self.folds)
        height = folds + (over + warp + weft) * np.float32(0.00004) + (slub_u + slub_v) * np.float32(0.00002)
        return Texture(np.asarray(shade[..., None] * pigment(self.colour), np.float32), np.asarray(height, np.float32))

    def _thread(self, grid: Grid, place: Plane, upright: bool) -> Plane:
        """The round back of each thread, -1..1, thicker and thinner from one to the next."""
        number = np.floor(place + np.float32(0.5)).astype(np.int64).ravel()
        names = at(np.arange(1), number, grid.seed + (51 if upright else 52)).reshape(place.shape)
        return np.asarray(np.cos(2 * np.pi * place) + np.float32(1.1) * (names - np.float32(0.5)), np.float32)

    def _folds(self, grid: Grid) -> Plane:
        coarse = grid.coarser(8, 4)
        turn = math.radians(self.angle)
        along = coarse.us * np.float32(math.cos(turn)) + coarse.vs * np.float32(math.sin(turn))
        bend = layered(coarse, 1.3 * self.apart, 6, octaves=3, gain=0.4)
        life = layered(coarse, 1.6 * self.apart, 7, octaves=2)
        phase = along * np.float32(2 * np.pi / self.apart) + np.float32(1.5) * bend
        ridge = np.exp(np.float32(1.6) * (np.cos(phase) - 1)) * np.clip(
            np.float32(0.6) + np.float32(0.5) * life, 0, 1.4
        )
        return grid.fitted(np.asarray(ridge + np.float32(0.10) * bend, np.float32))

    @property
    def mean(self) -> Light:
        return linear(self.colour)
