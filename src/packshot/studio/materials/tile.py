"""Glazed tiles: each of its own tone, a little askew, with joints between."""

from dataclasses import dataclass

import numpy as np

from packshot.studio.noise import Grid, at, layered
from packshot.studio.palette import Colour, Light, linear, pigment
from packshot.studio.texture import Material, Texture, smooth


@dataclass(frozen=True, kw_only=True)
class Tile(Material):
    """`wide` x `high` metres each, every second course shifted by `bond` of a tile."""

    colour: Colour = "#e8e6df"
    joint: Colour = "#cfcac0"
    wide: float = 0.10
    high: float = 0.10
    bond: float = 0.0
    tones: float = 0.06
    askew: float = 0.006
    waves: float = 0.0002
    gloss: float = 0.05
    rough: float = 0.3

    def texture(self, grid: Grid) -> Texture:
        course = np.floor(grid.vs / np.float32(self.high))
        shift = (course % 2) * np.float32(self.bond)
        place = grid.us / np.float32(self.wide) + shift
        number = np.floor(place)
        x = (place - number - np.float32(0.5)) * np.float32(self.wide)
        y = (grid.vs / np.float32(self.high) - course - np.float32(0.5)) * np.float32(self.high)
        rows = course[:, 0].astype(np.int64)
        low, high = int(number.min()), int(number.max())
        index = (number - low).astype(np.intp)
        tone, lean_x, lean_y = (
            np.take_along_axis(at(rows, np.arange(low, high + 1), grid.seed + each), index, axis=1) - np.float32(0.5)
            for each in (61, 62, 63)
        )
        edge = np.minimum(np.float32(self.wide / 2) - np.abs(x), np.float32(self.high / 2) - np.abs(y))
        edge = edge + np.float32(0.0005) * layered(grid.coarser(2, 2), 0.012, 64, octaves=2).mean()
        glazed = smooth(0.0010, 0.0016 + 0.7 * (grid.du + grid.dv), edge)
        waves = grid.fitted(layered(grid.coarser(3, 3), 0.03, 65, octaves=3, gain=0.4))
        pool = grid.fitted(layered(grid.coarser(4, 4), 0.02, 66, octaves=3))
        shade = 1 + np.float32(2 * self.tones) * tone + np.float32(0.015) * pool
        colour = shade[..., None] * pigment(self.colour)
        colour += (1 - glazed)[..., None] * (pigment(self.joint) - colour)
        round_edge = -np.exp(-np.maximum(edge - np.float32(0.001), 0) / np.float32(0.0022)) * np.float32(0.0011)
        height = glazed * (
            np.float32(2 * self.askew) * (lean_x * x + lean_y * y) + np.float32(self.waves) * waves + round_edge
        )
        return Texture(
            np.asarray(colour, np.float32), np.asarray(height - (1 - glazed) * np.float32(0.001), np.float32)
        )

    @property
    def mean(self) -> Light:
        return linear(self.colour)
