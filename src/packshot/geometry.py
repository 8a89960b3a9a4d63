"""Where the pixels of one picture lie in another: affine maps, as steps note them and certificates use them.

A map takes continuous coordinates: pixel (0, 0) covers [0, 1) x [0, 1), so its centre is (0.5, 0.5), and enlarging a
picture twice is the map (2x, 2y) without a remainder. OpenCV counts from pixel centres; `centred` and `from_centred`
go there and back.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

LARGEST = 1e6  # no entry of a map of pictures is larger
_DIGITS = 9


class Affine(NamedTuple):
    """x' = xx x + xy y + x0, y' = yx x + yy y + y0."""

    xx: float = 1.0
    xy: float = 0.0
    x0: float = 0.0
    yx: float = 0.0
    yy: float = 1.0
    y0: float = 0.0

    @classmethod
    def of(cls, rows: Any) -> Self:
        """Of two rows of three numbers. Raises ValueError where they are none, or no map of pictures."""
        if not (isinstance(rows, Sequence) and len(rows) == 2):
            raise ValueError("a geometry is two rows of three numbers")
        entries: list[float] = []
        for row in rows:
            if not (isinstance(row, Sequence) and len(row) == 3):
                raise ValueError("a geometry is two rows of three numbers")
            entries.extend(float(entry) for entry in row if isinstance(entry, int | float))
        if len(entries) != 6 or not all(math.isfinite(entry) and abs(entry) <= LARGEST for entry in entries):
            raise ValueError("a geometry is two rows of three numbers, none beyond a million")
        return cls(*entries)

    @property
    def rows(self) -> list[list[float]]:
        """As a manifest keeps it."""
        entries = [round(entry, _DIGITS) + 0.0 for entry in self]
        return [entries[:3], entries[3:]]

    @property
    def scale(self) -> float:
        """How many times larger, along a side: the root of how many times the area."""
        return math.sqrt(abs(self.xx * self.yy - self.xy * self.yx))

    def then(self, other: "Affine") -> "Affine":
        """This map first, `other` after it."""
        return Affine(
            other.xx * self.xx + other.xy * self.yx,
            other.xx * self.xy + other.xy * self.yy,
            other.xx * self.x0 + other.xy * self.y0 + other.x0,
            other.yx * self.xx + other.yy * self.yx,
            other.yx * self.xy + other.yy * self.yy,
            other.yx * self.x0 + other.yy * self.y0 + other.y0,
        )

    def inverse(self) -> "Affine":
        """The way back. Raises ValueError where all would fall together."""
        area = self.xx * self.yy - self.xy * self.yx
        if abs(area) < 1 / LARGEST:
            raise ValueError("this geometry leaves nothing of a picture")
        xx, xy, yx, yy = self.yy / area, -self.xy / area, -self.yx / area, self.xx / area
        return Affine(xx, xy, -(xx * self.x0 + xy * self.y0), yx, yy, -(yx * self.x0 + yy * self.y0))

    def shift(self) -> tuple[int, int] | None:
        """(right, down) in whole pixels where this is nothing else, or None."""
        right, down = round(self.x0), round(self.y0)
        off = (self.xx - 1, self.xy, self.x0 - right, self.yx, self.yy - 1, self.y0 - down)
        # Over the longest side there is, not a thousandth of a pixel.
        return (right, down) if max(map(abs, off)) < 1e-8 else None

    def centred(self) -> NDArray[np.float64]:
        """The same map between pixel centres, as `cv2.warpAffine` takes it."""
        x0 = self.x0 + (self.xx + self.xy - 1) / 2
        y0 = self.y0 + (self.yx + self.yy - 1) / 2
        return np.array([[self.xx, self.xy, x0], [self.yx, self.yy, y0]])


IDENTITY = Affine()


def shifted(right: float, down: float) -> Affine:
    return Affine(x0=right, y0=down)


def scaled(size: tuple[int, int], to: tuple[int, int]) -> Affine:
    """A picture of `size` (width, height) resized `to` another."""
    return Affine(xx=to[0] / size[0], yy=to[1] / size[1])


def from_centred(matrix: NDArray[Any]) -> Affine:
    """Of a map between pixel centres, as OpenCV has it."""
    (xx, xy, x0), (yx, yy, y0) = matrix.tolist()
    return Affine(xx, xy, x0 + (1 - xx - xy) / 2, yx, yy, y0 + (1 - yx - yy) / 2)


def composed(facts: Iterable[Mapping[str, Any]]) -> Affine | None:
    """From the photograph to the rendition, of the facts that its steps noted, in their order.

    A step without `geometry` left every pixel where it was; one that noted None moved them and did not say how, and
    then nobody knows. Raises ValueError where a geometry is none.
    """
    whole = IDENTITY
    for noted in facts:
        if "geometry" in noted:
            if noted["geometry"] is None:
                return None
            whole = whole.then(Affine.of(noted["geometry"]))
    return whole
