"""Stone and concrete: clouds, speckles, pits, and a surface that light rakes over."""

from dataclasses import dataclass

import numpy as np

from packshot.studio.noise import Grid, layered
from packshot.studio.palette import Colour, Light, linear, pigment
from packshot.studio.texture import Material, Texture, smooth


@dataclass(frozen=True, kw_only=True)
class Stone(Material):
    """`clouds`, `speckle` are shares of the colour, `relief` metres, `pits` how many of them there are, 0 to 1."""

    colour: Colour = "#8f8a83"
    clouds: float = 0.07
    speckle: float = 0.05
    relief: float = 0.00022
    lump: float = 0.02
    pits: float = 0.25
    layers: float = 1.0
    gloss: float = 0.035
    rough: float = 0.75

    def texture(self, grid: Grid) -> Texture:
        clouds = grid.fitted(layered(grid.coarser(4, 3), 0.11, 1, octaves=5, gain=0.6, stretch=self.layers))
        specks = layered(grid, 0.0011, 2, octaves=2, gain=0.8)
        warm = grid.fitted(layered(grid.coarser(6, 4), 0.07, 3, octaves=3))
        height = layered(grid, self.lump, 4, octaves=6, gain=0.52, stretch=self.layers)
        hollow = smooth(1.7 - self.pits, 2.9 - self.pits, layered(grid, 0.0026, 5, octaves=2, gain=0.6))
        shade = 1 + np.float32(self.clouds) * clouds + np.float32(self.speckle) * specks
        shade *= 1 - np.float32(0.34) * hollow
        colour = shade[..., None] * pigment(self.colour)
        colour[..., 0] *= 1 + np.float32(0.012) * warm
        colour[..., 2] *= 1 - np.float32(0.014) * warm
        deep = height * np.float32(self.relief) - hollow * np.float32(0.00035)
        return Texture(np.asarray(colour, np.float32), np.asarray(deep, np.float32))

    @property
    def mean(self) -> Light:
        return linear(self.colour)
