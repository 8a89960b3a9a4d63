"""Terrazzo: chips of stone in a ground of cement, polished."""

from dataclasses import dataclass

import cv2
import numpy as np

from packshot.studio.noise import Grid, at, layered
from packshot.studio.palette import Colour, Light, linear, pigment
from packshot.studio.texture import Material, Pigments, Texture

_CORNERS = 9
_SHIFT = 4


@dataclass(frozen=True, kw_only=True)
class Terrazzo(Material):
    """`chips` are the colours, the largest of them about `chip` metres across; `full` is how densely they lie."""

    ground: Colour = "#e9e4da"
    chips: tuple[Colour, ...] = ("#c9785a", "#8a8f86", "#3f4a52", "#d9b98a", "#f7f3ec")
    chip: float = 0.013
    full: float = 0.55
    gloss: float = 0.04
    rough: float = 0.2

    def texture(self, grid: Grid) -> Texture:
        clouds = grid.fitted(layered(grid.coarser(4, 3), 0.05, 1, octaves=4))
        sand = layered(grid, 0.0009, 2, octaves=2, gain=0.8)
        shade = 1 + np.float32(0.015) * clouds + np.float32(0.03) * sand
        canvas = np.empty((*grid.shape, 3), np.uint8)
        canvas[:] = np.rint(pigment(self.ground) * 230)
        for number, size in enumerate((0.3, 0.55, 1.0)):
            self._strewn(canvas, grid, self.chip * size, 10 * number)
        colour: Pigments = canvas.astype(np.float32) * np.float32(1 / 230)
        colour *= shade[..., None]
        return Texture(colour)

    def _strewn(self, canvas: np.ndarray, grid: Grid, size: float, salt: int) -> None:
        """Draw the chips of one size, each in its own cell of the plane."""
        cell = size * 1.25
        if cell < 1.5 * max(grid.du, grid.dv):
            return  # too small to be seen
        columns = np.arange(int(grid.u / cell) - 2, int((grid.u + grid.columns * grid.du) / cell) + 2)
        rows = np.arange(int(grid.v / cell) - 2, int((grid.v + grid.rows * grid.dv) / cell) + 2)
        key = grid.seed * 7919 + salt
        u, v, big, kind, there = (at(rows, columns, key + each) for each in range(5))
        reach = np.stack([at(rows, columns, key + 10 + k) for k in range(_CORNERS)], axis=-1)
        angle = 2 * np.pi * np.arange(_CORNERS) / _CORNERS + 6.28 * u[..., None]
        radius = size * (0.24 + 0.30 * big[..., None]) * (0.55 + 0.6 * reach)
        lean = 0.75 + 0.5 * v[..., None]
        x = (columns[None, :, None] + u[..., None]) * cell + radius * np.cos(angle) * lean
        y = (rows[:, None, None] + v[..., None]) * cell + radius * np.sin(angle) / lean
        x, y = (x - grid.u) / grid.du - 0.5, (y - grid.v) / grid.dv - 0.5
        points = np.rint(np.stack([x, y], axis=-1) * 2**_SHIFT).astype(np.int32)
        inks = [np.rint(pigment(chip) * 230) for chip in self.chips]
        for row, column in np.argwhere(there < self.full):
            shade = 0.93 + 0.14 * float(reach[row, column, 0])
            ink = np.minimum(inks[int(kind[row, column] * len(inks)) % len(inks)] * shade, 255)
            cv2.fillConvexPoly(canvas, cv2.convexHull(points[row, column]), ink.tolist(), cv2.LINE_AA, _SHIFT)

    @property
    def mean(self) -> Light:
        lights = [linear(self.ground), *(linear(chip) for chip in self.chips)]
        return np.asarray(np.average(lights, axis=0, weights=[len(self.chips), *(1 for _ in self.chips)]), np.float32)
