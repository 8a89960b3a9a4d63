"""A sweep between two coloured lights."""

from dataclasses import dataclass, replace

import numpy as np

from packshot.studio.light import Lamp, Room
from packshot.studio.noise import Grid, layered
from packshot.studio.palette import Colour, Light, linear, pigment
from packshot.studio.scene import Scene
from packshot.studio.sets import Set
from packshot.studio.texture import Material, Texture, blend


@dataclass(frozen=True, kw_only=True)
class Graded(Material):
    """Paper that goes from one colour to another across the picture: what two gelled lamps make of a white sweep."""

    upper: Colour
    lower: Colour
    lean: float = 0.55

    def texture(self, grid: Grid) -> Texture:
        x = (np.arange(grid.columns, dtype=np.float32)[None] + 0.5) / grid.columns
        y = (np.arange(grid.rows, dtype=np.float32)[:, None] + 0.5) / grid.rows
        along = y * np.float32(1 - self.lean / 2) + x * np.float32(self.lean / 2)
        share = np.clip((along - np.float32(0.12)) / np.float32(0.76), 0, 1)
        share = share * share * (3 - 2 * share)
        fibre = 1 + np.float32(0.004) * layered(grid, 0.0009, 1, octaves=2)
        colour = blend(pigment(self.upper), pigment(self.lower), np.asarray(share, np.float32))
        return Texture(colour * fibre[..., None])

    @property
    def mean(self) -> Light:
        return np.asarray((linear(self.upper) + linear(self.lower)) / 2, np.float32)


def _scene(upper: Colour, lower: Colour, exposure: float = 1.0) -> Scene:
    return Scene(
        floor=Graded(upper=upper, lower=lower),
        sweep=1.2,
        behind=2.0,
        lamps=(Lamp(azimuth=312, elevation=52, size=18, power=0.5),),
        room=Room(power=0.5, kelvin=6000),
        exposure=exposure,
        vignette=0.16,
    )


SET = Set(
    "gradient",
    "A sweep that fades from one colour into another.",
    {
        "electric": _scene("#46227f", "#7f9cf2", 1.06),
        "dawn": _scene("#f2b8a0", "#f6e3c8"),
        "mint": _scene("#7cc4b4", "#e3f1e6"),
        "graphite": _scene("#202228", "#565b66", 1.1),
    },
    paint=lambda scene, colour: replace(scene, floor=Graded(upper=colour, lower="#f3f1ee")),
)
