"""A table laid with linen."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.linen import Linen
from packshot.studio.materials.paper import Plaster
from packshot.studio.scene import Scene
from packshot.studio.sets import Set

_FLAX = Scene(
    floor=Linen(),
    wall=Plaster(colour="#ddd3c4"),
    behind=1.9,
    lamps=(Lamp(azimuth=294, elevation=30, size=10, power=0.66, kelvin=5000),),
    room=Room(power=0.36, kelvin=6500),
    elevation=(11.0, 24.0),
)

SET = Set(
    "linen",
    "A table laid with linen.",
    {
        "flax": _FLAX,
        "white": replace(_FLAX, floor=Linen(colour="#f0ede8", uneven=0.06), wall=Plaster(colour="#e6e4e0")),
        "indigo": replace(_FLAX, floor=Linen(colour="#3f5270"), wall=Plaster(colour="#9aa5b3")),
        "moss": replace(_FLAX, floor=Linen(colour="#77795a"), wall=Plaster(colour="#c6c5b2")),
    },
    paint=lambda scene, colour: replace(scene, floor=Linen(colour=colour)),
)
