"""The product as the studio sees it: its outline on the canvas, how large it is, and how its light falls on the set."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from packshot.image import Alpha, Box, Image, box_of
from packshot.studio.ground import Ground, ground_of
from packshot.studio.occlusion import Facing, Silhouette, Standing
from packshot.studio.scene import Size

ROUND = 0.85  # how deep a foot is for its width, where its outline does not tell
TEXELS = 220  # of the longer side of the silhouette that throws shadows


@dataclass(frozen=True, eq=False)
class Subject:
    """A cut-out product at its place on the canvas. `scale` is in pixels per metre.

    One that is not `present` is only expected: the set is built for it, and it throws no shadow.
    """

    image: Image
    box: Box
    ground: Ground
    scale: float
    present: bool = True

    @classmethod
    def of(cls, image: Image, longer: float, *, present: bool = True) -> "Subject | None":
        """`longer` is the product's longer side in metres. None where there is no product."""
        if image.alpha is None:
            return None
        box, ground = box_of(image.alpha, above=127), ground_of(image.alpha)
        if box is None or ground is None:
            return None
        return cls(image, box, ground, max(box.width, box.height) / longer, present)

    @property
    def alpha(self) -> Alpha:
        assert self.image.alpha is not None  # noqa: S101 - `of` saw to it
        return self.image.alpha

    @property
    def touching(self) -> tuple[int, int]:
        """Columns between which it stands, half-open."""
        first, last = self.ground.columns
        near = np.flatnonzero((self.ground.gap < 0.02 * (last - first) + 1) & (self.ground.hold > 0.15))
        return (first, last) if near.size == 0 else (first + int(near[0]), first + int(near[-1]) + 1)

    @property
    def foot(self) -> tuple[float, float]:
        """(column, row) of the front of its foot."""
        left, right = self.touching
        return (left + right) / 2, float(self.ground.line.max())

    @property
    def sag(self) -> float:
        """Pixels by which the front of its foot hangs lower than the sides: as much as one looks down on it."""
        left, right = self.touching
        line = self.ground.line[left - self.ground.columns[0] : right - self.ground.columns[0]]
        edge = max(1, len(line) // 25)
        return float(max(0.0, line.max() - (line[:edge].mean() + line[-edge:].mean()) / 2))

    @property
    def size(self) -> Size:
        left, right = self.touching
        half = max(2.0, (right - left) / 2) / self.scale
        return Size(self.box.width / self.scale, self.box.height / self.scale, half, ROUND * half)

    def elevation(self, least: float, most: float) -> float:
        """Degrees by which its photographer looked down, as far as its foot tells, within limits."""
        # The sides of a round foot rise too steeply to be told from its body: what is seen of its sag is two thirds.
        slope = 1.5 * self.sag / self.scale / self.size.foot
        return float(np.clip(math.degrees(math.atan(slope)), least, most))

    def standing(self, bottom: float) -> Standing:
        """How it throws shadows; `bottom` is the height it stands at, metres."""
        size = self.size
        depth = min(max(size.reach, 0.35 * size.wide / 2), 0.5 * max(size.wide, size.high))
        return Standing(self._outline(self._unbent(), bottom), max(size.wide / 2, 1e-4), depth)

    def facing(self) -> Facing:
        """How it throws shadows on what it lies on or hangs at, right behind it."""
        columns = slice(*self.ground.columns)
        part = np.ascontiguousarray(self.alpha[self.box.top : self.box.bottom, columns])
        return Facing(self._outline(part, 0.0))

    def _outline(self, alpha: Alpha, bottom: float) -> Silhouette:
        height, width = alpha.shape
        shrink = max(1.0, max(height, width) / TEXELS)
        small = max(1, round(width / shrink)), max(1, round(height / shrink))
        texels = np.asarray(cv2.resize(alpha, small, interpolation=cv2.INTER_AREA), np.float64)[::-1] / 255
        sums = np.zeros((small[1] + 3, small[0] + 3))
        sums[2:-1, 2:-1] = texels.cumsum(0).cumsum(1)
        sums[-1], sums[:, -1] = sums[-2], sums[:, -2]
        step = width / small[0] / self.scale
        # Row 0 of the table lies one texel beneath the foot.
        return Silhouette(sums, step, bottom - step)

    def _unbent(self) -> Alpha:
        """The silhouette with each column shifted so that its foot stands on the last row."""
        first, last = self.ground.columns
        lowest = self.ground.line.max()
        part = np.ascontiguousarray(self.alpha[self.box.top : self.box.bottom, first:last])
        rows = np.arange(part.shape[0], dtype=np.float32)[:, None]
        source = rows - (lowest - self.ground.line)[None, :]
        across = np.broadcast_to(np.arange(last - first, dtype=np.float32)[None, :], source.shape)
        straight = cv2.remap(part, np.ascontiguousarray(across), source.astype(np.float32), cv2.INTER_LINEAR)
        return np.asarray(straight, np.uint8)
