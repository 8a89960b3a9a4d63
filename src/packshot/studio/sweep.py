"""The infinite sweep: floor and wall are one piece of paper, bent."""

import math
from dataclasses import dataclass

import numpy as np

from packshot.image import Alpha, Box
from packshot.studio.camera import Camera, Floats
from packshot.studio.faces import COARSE, Textured, coarse_places
from packshot.studio.noise import Grid
from packshot.studio.occlusion import Points
from packshot.studio.texture import Material

_UP = 40.0  # metres of wall


@dataclass(frozen=True, eq=False)
class Bent:
    """Paper that rises `behind` metres behind the product, with a bend of `radius` metres."""

    camera: Camera
    material: Material
    behind: float
    radius: float

    @property
    def box(self) -> Box:
        return Box(0, 0, *self.camera.size)

    @property
    def coverage(self) -> Alpha | None:
        return None

    def points(self, step: int = COARSE) -> Points:
        camera = self.camera
        column, row = coarse_places(self.box, step)
        y, z, turn = self._profile(row[:, 0])
        x = camera.x_at(column, z[:, None])
        shape = x.shape
        ny, nz = np.cos(turn)[:, None], -np.sin(turn)[:, None]
        return Points(
            np.asarray(x, np.float32),
            np.asarray(np.broadcast_to(y[:, None], shape), np.float32),
            np.asarray(np.broadcast_to(z[:, None], shape), np.float32),
            (np.float32(0), np.asarray(ny, np.float32), np.asarray(nz, np.float32)),
        )

    def _profile(self, rows: Floats) -> tuple[Floats, Floats, Floats]:
        """y, z and the angle by which the paper has turned up, 0 floor to half pi wall, of rows of the picture."""
        radius = min(self.radius, 0.95 * (self.behind + 0.5 * self.camera.distance))
        start = self.behind - radius
        near = -0.75 * self.camera.distance
        angle = np.linspace(0, math.pi / 2, 400)
        floor = np.linspace(near, start, 400, endpoint=False)
        wall = np.geomspace(radius, radius + _UP, 400)[1:]
        y = np.concatenate([np.zeros(400), radius * (1 - np.cos(angle)), wall])
        z = np.concatenate([floor, start + radius * np.sin(angle), np.full(399, self.behind)])
        turn = np.concatenate([np.zeros(400), angle, np.full(399, math.pi / 2)])
        row = self.camera.row(y, z)
        order = np.argsort(row, kind="stable")
        y, z, turn = (np.interp(rows, row[order], part[order]) for part in (y, z, turn))
        return y, z, turn

    def textured(self, seed: int, towards: tuple[float, float, float], finest: float) -> Textured:
        # Paper shows next to nothing; its fibre is laid on the picture, not on the bend.
        width, height = self.camera.size
        step = 1 / self.camera.scale
        texture = self.material.texture(Grid(0, 0, step, step, width, height, seed))
        return np.array(texture.colour, np.float32), None
