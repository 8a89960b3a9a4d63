"""A wooden desk by a window."""

from dataclasses import replace

from packshot.studio.gobo import Window
from packshot.studio.light import Lamp, Room
from packshot.studio.materials.paper import Painted
from packshot.studio.materials.wood import Wood
from packshot.studio.scene import Scene
from packshot.studio.sets import Set

_OAK = Wood(gloss=0.04, rough=0.42)
_WALNUT = Wood(early="#7d5335", late="#4a2d1b", gloss=0.04, rough=0.38)
_ASH = Wood(early="#e0cfae", late="#c2a679", contrast=0.4, gloss=0.04, rough=0.5)

_MORNING = Scene(
    floor=_OAK,
    wall=Painted(colour="#dedad2"),
    behind=2.1,
    lamps=(
        Lamp(
            azimuth=308,
            elevation=30,
            size=3,
            power=0.64,
            kelvin=4700,
            gobo=Window(columns=3, rows=3, wide=0.2, high=0.2, bar=0.028, right=0.02, up=0.07, soft=0.018),
        ),
    ),
    room=Room(power=0.46, kelvin=6300, azimuth=300, lean=0.5),
    elevation=(10.0, 24.0),
)

SET = Set(
    "desk",
    "A wooden desk by a window.",
    {
        "morning": _MORNING,
        "overcast": replace(
            _MORNING,
            floor=_ASH,
            wall=Painted(colour="#e6e6e3"),
            lamps=(Lamp(azimuth=292, elevation=34, size=16, power=0.58, kelvin=6000),),
            room=Room(power=0.42, kelvin=6300),
        ),
        "walnut": replace(
            _MORNING,
            floor=_WALNUT,
            wall=Painted(colour="#b9b1a4"),
            lamps=(Lamp(azimuth=295, elevation=33, size=9, power=0.66, kelvin=4900),),
            room=Room(power=0.34, kelvin=6600),
        ),
        "evening": replace(
            _MORNING,
            floor=_WALNUT,
            wall=Painted(colour="#8f8577"),
            lamps=(Lamp(azimuth=70, elevation=24, size=4, power=0.62, kelvin=3600),),
            room=Room(power=0.30, kelvin=7400),
            exposure=1.05,
        ),
    },
)
