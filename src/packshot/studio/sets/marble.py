"""Polished marble before a quiet wall."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.marble import Marble
from packshot.studio.materials.paper import Painted
from packshot.studio.scene import Scene
from packshot.studio.sets import Set

_CARRARA = Scene(
    floor=Marble(),
    wall=Painted(colour="#e2e1de"),
    behind=2.0,
    lamps=(Lamp(azimuth=300, elevation=42, size=10, power=0.6, kelvin=5400),),
    room=Room(power=0.4, kelvin=6200),
    elevation=(10.0, 24.0),
)

SET = Set(
    "marble",
    "A table of polished marble.",
    {
        "carrara": _CARRARA,
        "nero": replace(
            _CARRARA,
            floor=Marble(ground="#1f2023", shade="#2e3034", vein="#c9c6c0", clouds=0.5, strength=0.5),
            wall=Painted(colour="#4a4b4f"),
            exposure=1.1,
        ),
        "verde": replace(
            _CARRARA,
            floor=Marble(ground="#2f5547", shade="#3f6c5a", vein="#b9cdbf", clouds=0.7, strength=0.42, veins=0.11),
            wall=Painted(colour="#c5cdc4"),
        ),
        "rosa": replace(
            _CARRARA, floor=Marble(ground="#e9cfc4", shade="#dcb3a6", vein="#a4695d"), wall=Painted(colour="#efe2da")
        ),
    },
)
