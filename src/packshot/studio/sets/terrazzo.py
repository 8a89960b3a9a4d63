"""A table of terrazzo before a painted wall."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.paper import Painted
from packshot.studio.materials.terrazzo import Terrazzo
from packshot.studio.scene import Scene
from packshot.studio.sets import Set

_WARM = Scene(
    floor=Terrazzo(),
    wall=Painted(colour="#d9a68c"),
    behind=1.5,
    lamps=(Lamp(azimuth=302, elevation=40, size=7, power=0.64, kelvin=5200),),
    room=Room(power=0.36, kelvin=6300),
    elevation=(11.0, 24.0),
)

SET = Set(
    "terrazzo",
    "A table of terrazzo.",
    {
        "warm": _WARM,
        "mint": replace(
            _WARM,
            floor=Terrazzo(ground="#eceae4", chips=("#7fa896", "#2f4a44", "#c9b79a", "#a9b3ad", "#f8f6f1")),
            wall=Painted(colour="#a9c3b4"),
        ),
        "night": replace(
            _WARM,
            floor=Terrazzo(ground="#35383d", chips=("#e6e1d8", "#8c8f94", "#b98d6a", "#5c6068", "#1f2125")),
            wall=Painted(colour="#6a6d73"),
            exposure=1.08,
        ),
    },
    paint=lambda scene, colour: replace(scene, wall=Painted(colour=colour)),
)
