"""Polished marble: clouds, and veins that run one way, part and fade."""

import math
from dataclasses import dataclass

import numpy as np

from packshot.image import Plane
from packshot.studio.noise import Grid, layered
from packshot.studio.palette import Colour, Light, linear, pigment
from packshot.studio.texture import Material, Texture, blend


@dataclass(frozen=True, kw_only=True)
class Marble(Material):
    """`veins` metres apart, running by `angle` degrees, `strength` of their colour; `clouds` of the ground's."""

    ground: Colour = "#f1efec"
    shade: Colour = "#d3d1cf"
    vein: Colour = "#6f7075"
    veins: float = 0.16
    angle: float = 58.0
    strength: float = 0.62
    clouds: float = 0.32
    gloss: float = 0.045
    rough: float = 0.12

    def texture(self, grid: Grid) -> Texture:
        coarse = grid.coarser(4, 2)
        clouds = grid.fitted(layered(coarse, 0.09, 1, octaves=5, gain=0.55))
        share = np.clip(np.float32(0.5) + np.float32(0.33) * clouds, 0, 1) * np.float32(self.clouds)
        main, halo = self._veins(grid, self.veins, self.angle, 2, 0.012)
        fine, _ = self._veins(grid, 0.37 * self.veins, self.angle + 31, 5, 0.010)
        hair, _ = self._veins(grid, 0.21 * self.veins, self.angle - 38, 8, 0.009)
        share = np.clip(share + np.float32(0.55 * self.strength) * halo, 0, 1)
        colour = blend(pigment(self.ground), pigment(self.shade), share)
        dark = np.clip(main + np.float32(0.5) * fine + np.float32(0.3) * hair, 0, 1) * np.float32(self.strength)
        for channel, ink in enumerate(pigment(self.vein)):
            colour[..., channel] += dark * (ink - colour[..., channel])
        grit = layered(grid, 0.0007, 9, octaves=2)
        colour *= (1 + np.float32(0.012) * grit)[..., None]
        return Texture(colour)

    def _veins(self, grid: Grid, apart: float, angle: float, salt: int, width: float) -> tuple[Plane, Plane]:
        """Veins, and the soft shade along them, 0..1."""
        turn = math.radians(angle)
        coarse = grid.coarser(3, 2)
        # Perlin, "An image synthesizer", SIGGRAPH 1985: planes, bent by noise.
        along = coarse.us * np.float32(math.cos(turn) / apart) + coarse.vs * np.float32(math.sin(turn) / apart)
        bend = layered(coarse, 1.1 * apart, salt, octaves=6, gain=0.5)
        where = grid.fitted(np.asarray(along + np.float32(0.42) * bend, np.float32))
        off = np.abs(where - np.floor(where) - np.float32(0.5))
        life = grid.fitted(layered(grid.coarser(6, 4), 0.8 * apart, salt + 1, octaves=3))
        swell = np.clip(np.float32(0.55) + np.float32(0.75) * life, 0, 1.6)
        wide = np.float32(width) * (np.float32(0.35) + swell)
        vein = np.exp(-off / wide) * np.clip(swell * 1.3, 0, 1)
        halo = np.exp(-off / np.float32(0.11)) * np.clip(swell - np.float32(0.25), 0, 1)
        return np.asarray(vein, np.float32), np.asarray(halo, np.float32)

    @property
    def mean(self) -> Light:
        return np.asarray(0.85 * linear(self.ground) + 0.15 * linear(self.shade), np.float32)
