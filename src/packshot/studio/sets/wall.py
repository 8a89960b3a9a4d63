"""A wall that something hangs on."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.paper import Painted, Plaster
from packshot.studio.materials.stone import Stone
from packshot.studio.scene import Scene
from packshot.studio.sets import Set

_PLASTER = Scene(
    floor=None,
    wall=Plaster(colour="#e3dacd", clouds=0.03),
    behind=0.07,
    is_lying=True,
    lamps=(Lamp(azimuth=312, elevation=40, size=5, power=0.78, kelvin=5000),),
    room=Room(power=0.58, kelvin=6500),
    elevation=(0.0, 0.0),
    aperture=0.0,
    exposure=1.12,
    vignette=0.18,
)

SET = Set(
    "wall",
    "A wall, for what hangs.",
    {
        "plaster": _PLASTER,
        "sage": replace(_PLASTER, wall=Painted(colour="#9fab97")),
        "white": replace(_PLASTER, wall=Painted(colour="#edeae5"), exposure=1.0),
        "concrete": replace(_PLASTER, wall=Stone(colour="#a9a8a4")),
        "night": replace(_PLASTER, wall=Plaster(colour="#3c434c", clouds=0.03), exposure=1.2),
    },
    paint=lambda scene, colour: replace(scene, wall=Plaster(colour=colour, clouds=0.03)),
)
