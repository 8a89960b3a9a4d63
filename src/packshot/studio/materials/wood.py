"""Wood: boards with rings, fibres, pores and now and then a knot."""

from dataclasses import dataclass

import numpy as np

from packshot.image import Plane
from packshot.studio.noise import Grid, at, layered
from packshot.studio.palette import Colour, Light, linear, pigment
from packshot.studio.texture import Material, Texture, blend, smooth


@dataclass(frozen=True, kw_only=True)
class Wood(Material):
    """Boards along u, `board` metres wide and `length` long. `early` and `late` are the light and dark of a ring.

    `ring` is how many metres of board a ring takes, `pores` how clearly the pores show, `knots` how many in a metre.
    """

    early: Colour = "#cfa878"
    late: Colour = "#a5763f"
    board: float = 0.115
    length: float = 1.4
    ring: float = 0.0042
    contrast: float = 0.5
    pores: float = 0.5
    tones: float = 0.05
    knots: float = 0.6
    gap: float = 0.0009

    def texture(self, grid: Grid) -> Texture:
        across, name, ends = self._boards(grid)
        rings = self._rings(grid)
        fibre = layered(grid, 0.0006, 11, octaves=3, gain=0.9, stretch=26)
        streaks = grid.fitted(layered(grid.coarser(3, 1), 0.008, 12, octaves=4, gain=0.6, stretch=24))
        share = np.float32(self.contrast) * rings + np.float32(0.17) * fibre + np.float32(0.14) * streaks
        share += np.float32(0.5 * (1 - self.contrast))
        colour = blend(pigment(self.early), pigment(self.late), share)
        pores = np.clip(layered(grid, 0.00032, 13, octaves=1, stretch=15) * np.float32(1.4) - np.float32(1.2), 0, 1)
        pores *= (np.float32(0.25) + rings) * np.float32(0.5 * self.pores)
        tone = (name - np.float32(0.5)) * np.float32(2 * self.tones)
        joint = np.minimum(self._joint(across, grid), ends)
        shade = (1 - pores) * (1 + tone) * (np.float32(0.30) + np.float32(0.70) * joint)
        colour *= shade[..., None]
        height = (fibre * np.float32(0.8e-5) - pores * np.float32(3e-5)) + (joint - 1) * np.float32(6e-5)
        return Texture(colour, np.asarray(height, np.float32))

    def _boards(self, grid: Grid) -> tuple[Plane, Plane, Plane]:
        """Metres from the board's middle, a number 0..1 per board, and 0 where two boards meet end to end."""
        course = np.floor(grid.vs / np.float32(self.board))
        across = (grid.vs - (course + np.float32(0.5)) * np.float32(self.board)).astype(np.float32)
        rows = course[:, 0].astype(np.int64)
        courses = np.arange(rows[0], rows[-1] + 1)
        starts = at(courses, np.arange(1), grid.seed + 31) * np.float32(self.length)
        along = (grid.us + starts) / np.float32(self.length)
        piece = np.floor(along)
        low, high = int(piece.min()), int(piece.max())
        names = at(courses, np.arange(low, high + 1), grid.seed + 32)
        name = np.take_along_axis(names, (piece - low).astype(np.intp), axis=1)
        off = np.abs(along - np.round(along)) * np.float32(self.length)
        ends = smooth(0.2 * self.gap, 0.5 * self.gap + grid.du, off)
        return across, name[rows - rows[0]], ends[rows - rows[0]]

    def _joint(self, across: Plane, grid: Grid) -> Plane:
        """0 in the gap beside a board, 1 on it."""
        from_edge = np.float32(self.board / 2) - np.abs(across)
        return smooth(0.2 * self.gap, 0.5 * self.gap + grid.dv, from_edge)

    def _rings(self, grid: Grid) -> Plane:
        """0 early wood to 1 late wood."""
        coarse = grid.coarser(3, 1)
        across, name, _ = self._boards(coarse)
        # A board is a slice of a trunk, off its middle: rings are distances to a bent axis above or below the board.
        bend = layered(coarse.coarser(3, 1), 0.11, 14, octaves=3, gain=0.4, stretch=5)
        wave = layered(coarse, 0.016, 15, octaves=4, gain=0.5, stretch=12)
        middle = (name - np.float32(0.5)) * np.float32(1.9 * self.board)
        depth = np.float32(0.012) + np.float32(0.03) * ((name * np.float32(7.31)) % 1)
        slope = coarse.us * np.float32(0.018) * ((name * np.float32(3.7)) % 1 - np.float32(0.5))
        away = across - middle + np.float32(0.012) * coarse.fitted(bend)
        radius = np.sqrt(away * away + (depth + slope) ** 2) + np.float32(0.15 * self.ring) * wave
        radius += self._knotted(coarse)
        turns = grid.fitted(np.asarray(radius * np.float32(1 / self.ring) + name * 13, np.float32))
        phase = turns - np.floor(turns)
        # Late wood darkens slowly through the year and ends at once.
        ring = phase * phase * np.clip((1 - phase) * 5, 0, 1)
        seen = min(1.0, self.ring / (3 * grid.dv))
        return np.asarray((ring * np.float32(1.6) - np.float32(0.3)) * np.float32(seen) + np.float32(0.12), np.float32)

    def _knotted(self, grid: Grid) -> Plane | np.float32:
        """How far knots push the rings aside, metres."""
        if self.knots <= 0:
            return np.float32(0)
        span = 0.5
        push = np.zeros(grid.shape, np.float32)
        columns = np.arange(int(np.floor(grid.u / span)) - 1, int((grid.u + grid.columns * grid.du) / span) + 2)
        rows = np.arange(int(np.floor(grid.v / span)) - 1, int((grid.v + grid.rows * grid.dv) / span) + 2)
        if rows.size * columns.size > 100:
            return np.float32(0)  # from so far away nobody sees a knot
        is_there, right, down = (at(rows, columns, grid.seed + each) for each in (41, 42, 43))
        for r, row in enumerate(rows):
            for c, column in enumerate(columns):
                if is_there[r, c] < self.knots * span:
                    x = (column + float(right[r, c])) * span
                    y = (np.round((row + float(down[r, c])) * span / self.board) + 0.3) * self.board
                    off = ((grid.us - np.float32(x)) / np.float32(3.0)) ** 2 + (grid.vs - np.float32(y)) ** 2
                    push += np.float32(0.016) * np.exp(-off / np.float32(0.009**2))
        return push

    @property
    def mean(self) -> Light:
        return np.asarray(0.62 * linear(self.early) + 0.38 * linear(self.late), np.float32)
