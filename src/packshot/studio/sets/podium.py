"""A round plinth before a wall of the same family of colours."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.paper import Plaster
from packshot.studio.scene import Post, Scene, Size, Thing
from packshot.studio.sets import Set
from packshot.studio.texture import Material


def _height(size: Size) -> float:
    return 0.2 * max(size.high, 0.5 * size.wide)


def _scene(wall: Material, plinth: Material, floor: Material) -> Scene:
    def things(size: Size) -> tuple[Thing, ...]:
        return (Post(radius=max(1.5 * size.foot, 0.62 * size.wide), height=_height(size), material=plinth),)

    return Scene(
        floor=floor,
        wall=wall,
        behind=1.25,
        things=things,
        stand=_height,
        lamps=(Lamp(azimuth=305, elevation=38, size=9, power=0.68, kelvin=5200),),
        room=Room(power=0.34, kelvin=6300),
        elevation=(9.0, 20.0),
    )


_SAND = _scene(
    Plaster(colour="#e6d8c6"), Plaster(colour="#efe4d5", clouds=0.015), Plaster(colour="#dcccb8", clouds=0.02)
)

SET = Set(
    "podium",
    "A round plinth before a plastered wall.",
    {
        "sand": _SAND,
        "blush": _scene(Plaster(colour="#e3bdb1"), Plaster(colour="#efd3c9", clouds=0.015), Plaster(colour="#dcb1a4")),
        "sage": _scene(Plaster(colour="#b5c0a8"), Plaster(colour="#cdd5c0", clouds=0.015), Plaster(colour="#aab69d")),
        "ink": replace(
            _scene(Plaster(colour="#3b4552"), Plaster(colour="#566271", clouds=0.015), Plaster(colour="#333c48")),
            exposure=1.15,
        ),
    },
)
