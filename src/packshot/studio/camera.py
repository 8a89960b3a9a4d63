"""A view camera: level, with its lens shifted up or down, so that what stands upright stays upright in the picture.

The world is in metres: x to the right, y up, z away from the camera; the middle of the product's foot is at x = z = 0.
Pixels are continuous: the middle of the first is (0.5, 0.5).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Camera:
    """`focal` pixels, `distance` metres before the origin, `height` metres above the floor.

    `centre` is the column straight ahead and `horizon` the row of everything at the height of the lens.
    """

    size: tuple[int, int]
    focal: float
    distance: float
    height: float
    centre: float
    horizon: float

    @property
    def scale(self) -> float:
        """Pixels per metre where the product stands."""
        return self.focal / self.distance

    def as_data(self) -> dict[str, float]:
        """Plain data, as a manifest keeps it."""
        names = ("focal", "distance", "height", "centre", "horizon")
        return {name: round(float(getattr(self, name)), 4) for name in names}

    def row(self, y: Any, z: Any) -> Any:
        return self.horizon + self.focal * (self.height - y) / (z + self.distance)

    def column(self, x: Any, z: Any) -> Any:
        return self.centre + self.focal * x / (z + self.distance)

    def project(self, points: Floats) -> Floats:
        """(n, 2) columns and rows."""
        x, y, z = points.T
        return np.stack([self.column(x, z), self.row(y, z)], axis=1)

    def depth_of_level(self, row: Any, y: float) -> Any:
        """z of what a row shows of the level plane at height `y`; only below the horizon."""
        return self.focal * (self.height - y) / (row - self.horizon) - self.distance

    def x_at(self, column: Any, z: Any) -> Any:
        return (column - self.centre) * (z + self.distance) / self.focal

    def y_at(self, row: Any, z: Any) -> Any:
        return self.height - (row - self.horizon) * (z + self.distance) / self.focal


def standing(
    size: tuple[int, int],
    *,
    scale: float,
    foot: tuple[float, float],
    reach: float,
    stand: float,
    elevation: float,
    view: float,
) -> Camera:
    """A camera that shows a product of `scale` pixels per metre with the front of its foot at `foot` (column, row).

    `reach` is how far the foot comes forward of its middle, `stand` the height of what the product stands on, metres;
    `elevation` is how far above the foot's middle the lens is seen from it, `view` the angle along the longer side of
    the picture, degrees.
    """
    focal = max(size) / 2 / math.tan(math.radians(view) / 2)
    distance = focal / scale
    above = distance * math.tan(math.radians(elevation))
    horizon = foot[1] - focal * above / max(0.2 * distance, distance - reach)
    return Camera(size, focal, distance, above + stand, foot[0], horizon)
