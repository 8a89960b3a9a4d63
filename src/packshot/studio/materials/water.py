"""Still water over a coloured ground: what one sees is mostly what it mirrors, moved by ripples."""

from dataclasses import dataclass

import numpy as np

from packshot.studio.noise import Grid, layered
from packshot.studio.palette import Colour, Light, linear, pigment
from packshot.studio.texture import Material, Texture


@dataclass(frozen=True, kw_only=True)
class Water(Material):
    colour: Colour = "#9fc3cf"
    gloss: float = 0.16
    rough: float = 0.0
    ripple: float = 0.014

    def texture(self, grid: Grid) -> Texture:
        deep = grid.fitted(layered(grid.coarser(6, 3), 0.09, 1, octaves=3, stretch=2.2))
        colour = (1 + np.float32(0.03) * deep)[..., None] * pigment(self.colour)
        return Texture(np.asarray(colour, np.float32))

    @property
    def mean(self) -> Light:
        return linear(self.colour)
