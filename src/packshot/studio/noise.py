"""Noise by place: the value at a point of a plane depends on where it is and on the seed, on nothing else.

So the same wood is under a small picture and under a large one, and no thread or strip can change it. What is finer
than a pixel averages out instead of flickering.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Plane

Words = NDArray[np.uint32]
_PAD = 3  # lattice cells around the grid, for the cubic


@dataclass(frozen=True)
class Grid:
    """A piece of a plane in pixels: `columns` x `rows` of `du` x `dv` metres, from (`u`, `v`) on.

    `seed` is that of its noise.
    """

    u: float
    v: float
    du: float
    dv: float
    columns: int
    rows: int
    seed: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.columns

    @property
    def us(self) -> Plane:
        """(1, columns) metres, of the middles of the pixels."""
        return np.asarray(self.u + (np.arange(self.columns)[None] + 0.5) * self.du, np.float32)

    @property
    def vs(self) -> Plane:
        """(rows, 1) metres."""
        return np.asarray(self.v + (np.arange(self.rows)[:, None] + 0.5) * self.dv, np.float32)

    def coarser(self, times_u: float, times_v: float) -> "Grid":
        """The same piece in fewer pixels."""
        columns, rows = max(2, round(self.columns / times_u)), max(2, round(self.rows / times_v))
        return Grid(
            self.u,
            self.v,
            self.du * self.columns / columns,
            self.dv * self.rows / rows,
            columns,
            rows,
            self.seed,
        )

    def fitted(self, plane: Plane) -> Plane:
        """A plane of a coarser grid at the size of this one."""
        if plane.shape[:2] == self.shape:
            return plane
        return np.asarray(cv2.resize(plane, self.shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def mixed(words: Words) -> Words:
    """Each bit of the answer depends on every bit of the word."""
    words = words ^ (words >> np.uint32(16))
    words = words * np.uint32(0x21F0AAAD)
    words = words ^ (words >> np.uint32(15))
    words = words * np.uint32(0xD35A2D97)
    return words ^ (words >> np.uint32(15))


def at(rows: NDArray[np.int64], columns: NDArray[np.int64], seed: int) -> Plane:
    """White noise 0..1 of whole places (rows x columns)."""
    key = np.uint32(seed * 0x9E3779B1 & 0xFFFFFFFF)
    across = mixed(np.asarray(columns & 0xFFFFFFFF, np.uint32) ^ key)
    down = mixed(np.asarray(rows & 0xFFFFFFFF, np.uint32) + key)
    words = mixed(across[None, :] * np.uint32(0x85EBCA6B) ^ down[:, None])
    return np.asarray(words >> np.uint32(8), np.float32) * np.float32(2**-24)


def lattice(grid: Grid, cell_u: float, cell_v: float, seed: int) -> tuple[Plane, float, float]:
    """White noise on cells of that many metres around `grid`, and where in it the grid begins, in cells."""
    first_u, first_v = int(np.floor(grid.u / cell_u)) - _PAD, int(np.floor(grid.v / cell_v)) - _PAD
    across = int(np.ceil(grid.columns * grid.du / cell_u)) + 2 * _PAD + 1
    down = int(np.ceil(grid.rows * grid.dv / cell_v)) + 2 * _PAD + 1
    plane = at(np.arange(first_v, first_v + down), np.arange(first_u, first_u + across), grid.seed * 7919 + seed)
    return plane, grid.u / cell_u - first_u, grid.v / cell_v - first_v


def cut(plane: Plane, grid: Grid, cell_u: float, cell_v: float, start_u: float, start_v: float) -> Plane:
    """A lattice at the pixels of `grid`."""
    columns = max(1, round(plane.shape[1] * cell_u / grid.du))
    rows = max(1, round(plane.shape[0] * cell_v / grid.dv))
    large = np.asarray(cv2.resize(plane, (columns, rows), interpolation=cv2.INTER_CUBIC), np.float32)
    left, top = round(start_u * columns / plane.shape[1]), round(start_v * rows / plane.shape[0])
    return large[top : top + grid.rows, left : left + grid.columns]


def value(grid: Grid, cell: float, seed: int, stretch: float = 1.0) -> Plane:
    """Smooth noise around 0, nearly within -1..1, of lumps of `cell` metres, `stretch` times as long along u."""
    return layered(grid, cell, seed, octaves=1, stretch=stretch)


def layered(grid: Grid, cell: float, seed: int, octaves: int = 5, gain: float = 0.5, stretch: float = 1.0) -> Plane:
    """Noise of lumps of `cell` metres, of others half as large with `gain` of their strength, and so on; deviation 1.

    Musgrave, "Fractal terrain generation", in "Texturing and Modeling" (1998): a sum of octaves.
    """
    # What is much narrower than a pixel is averaged over it: white noise by the root of how many lie in it.
    cell_u, cell_v = max(cell * stretch, grid.du / 2), max(cell, grid.dv / 2)
    fade = (cell * stretch / cell_u * cell / cell_v) ** 0.5
    total, start_u, start_v = lattice(grid, cell_u, cell_v, seed)
    total = (total - 0.5) * np.float32(_FULL)
    power = 1.0
    for octave in range(1, octaves):
        if (cell_u <= grid.du and cell_v <= grid.dv) or total.size > 2 * grid.rows * grid.columns:
            break  # nothing finer can be seen
        weight = gain**octave
        cell_u, cell_v = cell_u / 2, cell_v / 2
        size = total.shape[1] * 2, total.shape[0] * 2
        total = np.asarray(cv2.resize(total, size, interpolation=cv2.INTER_CUBIC), np.float32)
        first_u, first_v = round(grid.u / cell_u - 2 * start_u), round(grid.v / cell_v - 2 * start_v)
        fine = at(
            np.arange(first_v, first_v + size[1]),
            np.arange(first_u, first_u + size[0]),
            grid.seed * 7919 + seed + 101 * octave,
        )
        total += (fine - 0.5) * np.float32(_FULL * weight)
        start_u, start_v = 2 * start_u, 2 * start_v
        power += weight**2
    if cell_u < grid.du or cell_v < grid.dv:
        size = (
            max(8, round(total.shape[1] * min(1.0, cell_u / grid.du))),
            max(8, round(total.shape[0] * min(1.0, cell_v / grid.dv))),
        )
        whole = total.shape
        total = np.asarray(cv2.resize(total, size, interpolation=cv2.INTER_AREA), np.float32)
        start_u, start_v = start_u * size[0] / whole[1], start_v * size[1] / whole[0]
        cell_u, cell_v = cell_u * whole[1] / size[0], cell_v * whole[0] / size[1]
    return cut(total, grid, cell_u, cell_v, start_u, start_v) * np.float32(fade / power**0.5)


_FULL = 3.4641  # of even noise within -0.5..0.5, for a deviation of 1


def cells(grid: Grid, cell: float, seed: int, jitter: float = 0.9) -> tuple[Plane, Plane, Plane]:
    """Worley's cells of about `cell` metres: distance to the nearest point and to the next one, in cells, and a
    number 0..1 that belongs to the nearest.

    Worley, "A cellular texture basis function", SIGGRAPH 1996.
    """
    x, y = grid.us / np.float32(cell), grid.vs / np.float32(cell)
    home_x, home_y = np.floor(x), np.floor(y)
    left, top = int(home_x.min()) - 1, int(home_y.min()) - 1
    across, down = int(home_x.max()) - left + 2, int(home_y.max()) - top + 2
    columns, rows = np.arange(left, left + across), np.arange(top, top + down)
    key = grid.seed * 7919 + seed
    spread = np.float32(jitter)
    points_x = (at(rows, columns, key) - np.float32(0.5)) * spread + np.float32(0.5)
    points_y = (at(rows, columns, key + 1) - np.float32(0.5)) * spread + np.float32(0.5)
    names = at(rows, columns, key + 2)
    near = np.full(grid.shape, 9, np.float32)
    after, name = near.copy(), np.zeros(grid.shape, np.float32)
    column, row = (home_x[0] - left).astype(np.intp), (home_y[:, 0] - top).astype(np.intp)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            here = np.ix_(row + dy, column + dx)
            away_x = points_x[here] + (home_x + np.float32(dx) - x)
            away_y = points_y[here] + (home_y + np.float32(dy) - y)
            away = away_x * away_x + away_y * away_y
            closer = away < near
            after = np.minimum(np.where(closer, near, away), after)
            name = np.where(closer, names[here], name)
            near = np.where(closer, away, near)
    return np.sqrt(near), np.sqrt(after), name


def grain(shape: tuple[int, int], seed: int) -> NDArray[np.int16]:
    """A sensor's noise, of deviation 256, as a tile repeated over `shape`: nobody sees that it repeats."""
    tile = np.random.default_rng([seed, 77]).standard_normal((509, 509), dtype=np.float32) * 256
    tile = np.asarray(cv2.GaussianBlur(np.tile(tile, (2, 2)), (0, 0), 0.55)[254:763, 254:763], np.float32) * 1.6
    down, across = -(-shape[0] // 509), -(-shape[1] // 509)
    return np.tile(tile.astype(np.int16), (down, across))[: shape[0], : shape[1]]
