"""What a product can stand on in a photograph: a plane, how one looks at it, and where nothing stands."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from packshot.image import Alpha, Box

Point: TypeAlias = tuple[float, float]  # (x, y), continuous pixels of the picture
View: TypeAlias = Literal["front", "oblique", "top"]  # seen nearly from its side, from well above, straight from above
SURFACE_NAMES = ("table", "shelf", "floor")  # that a wish may ask for; whatever else is a word for a detector


@dataclass(frozen=True, eq=False)
class Surface:
    """A horizontal plane in a picture of `size` (width, height).

    `polygon` is its outline and `free` where on it nothing stands: a small raster of the whole picture, 255 = free.
    `things`, of the size of `free`, is 255 where something stands that had better stay in sight.
    `horizon` is the row in which its parallel lines meet (negative above the picture), None where one looks straight
    down. `slope` is by how many degrees its level lines are turned clockwise in the picture. `confidence` is 0..1, and
    `reasons` say in short phrases what lowered or raised it.
    """

    polygon: tuple[Point, ...]
    free: Alpha
    size: tuple[int, int]
    view: View
    name: str
    horizon: float | None
    slope: float
    confidence: float
    reasons: tuple[str, ...] = ()
    things: Alpha | None = None

    @property
    def box(self) -> Box:
        across, down = zip(*self.polygon, strict=True)
        return Box(int(min(across)), int(min(down)), int(np.ceil(max(across))), int(np.ceil(max(down))))

    @property
    def scale(self) -> float:
        """Pixels of the picture per pixel of `free`."""
        return self.size[0] / float(self.free.shape[1])


@dataclass(frozen=True)
class Wish:
    """What a person or a detector says about where the surface is, in pixels of the picture; at most one of them."""

    name: str = ""
    point: Point | None = None
    box: Box | None = None
    polygon: tuple[Point, ...] = field(default=())


ANYWHERE = Wish()
