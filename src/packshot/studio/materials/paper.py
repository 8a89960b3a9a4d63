"""Studio paper and painted walls: one colour, hardly a structure."""

from dataclasses import dataclass

import numpy as np

from packshot.studio.noise import Grid, layered, value
from packshot.studio.palette import Colour, Light, linear, pigment
from packshot.studio.texture import Material, Texture


@dataclass(frozen=True, kw_only=True)
class Paper(Material):
    """Seamless background paper: matt, with a breath of fibre."""

    colour: Colour = "#f2f0ec"
    fibre: float = 0.006

    def texture(self, grid: Grid) -> Texture:
        fibres = layered(grid, 0.0009, 1, octaves=2) * np.float32(self.fibre)
        return Texture((1 + fibres)[..., None] * pigment(self.colour))

    @property
    def mean(self) -> Light:
        return linear(self.colour)


@dataclass(frozen=True, kw_only=True)
class Plaster(Material):
    """A wall of plaster or lime paint: brushed clouds, and a relief that raking light shows."""

    colour: Colour = "#e9e2d8"
    clouds: float = 0.035
    relief: float = 0.00025
    lump: float = 0.035

    def texture(self, grid: Grid) -> Texture:
        coarse = grid.coarser(4, 4)
        clouds = grid.fitted(layered(coarse, 3 * self.lump, 2, octaves=4, gain=0.55, stretch=1.6))
        fine = layered(grid, 0.0012, 3, octaves=2)
        trowel = grid.fitted(layered(grid.coarser(2, 2), self.lump, 4, octaves=5, gain=0.46, stretch=1.3))
        colour = (1 + np.float32(self.clouds) * clouds + np.float32(0.008) * fine)[..., None] * pigment(self.colour)
        return Texture(np.asarray(colour, np.float32), trowel * np.float32(self.relief))

    @property
    def mean(self) -> Light:
        return linear(self.colour)


@dataclass(frozen=True, kw_only=True)
class Painted(Material):
    """A wall painted with a roller: even, with the finest orange peel."""

    colour: Colour = "#d9d4cb"
    peel: float = 0.000007

    def texture(self, grid: Grid) -> Texture:
        colour = (1 + np.float32(0.004) * value(grid, 0.0008, 1))[..., None] * pigment(self.colour)
        return Texture(np.asarray(colour, np.float32), layered(grid, 0.0016, 2, octaves=2) * np.float32(self.peel))

    @property
    def mean(self) -> Light:
        return linear(self.colour)
