"""Coloured boards set up as a corner, in hard sun."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.paper import Paper
from packshot.studio.palette import Colour, mixed
from packshot.studio.scene import Scene
from packshot.studio.sets import Set


def _scene(floor: Colour, wall: Colour, side: Colour) -> Scene:
    return Scene(
        floor=Paper(colour=floor),
        wall=Paper(colour=wall),
        side=Paper(colour=side),
        aside=0.62,
        behind=0.85,
        lamps=(Lamp(azimuth=38, elevation=42, size=2.6, power=0.72, kelvin=5300),),
        room=Room(power=0.32, kelvin=6600),
        elevation=(10.0, 22.0),
        aperture=0.006,
    )


def _painted(scene: Scene, colour: Colour) -> Scene:
    parts = (mixed(colour, "#ffffff", 0.18), colour, mixed(colour, "#000000", 0.12))
    floor, wall, side = (Paper(colour=part) for part in parts)
    return replace(scene, floor=floor, wall=wall, side=side)


SET = Set(
    "corner",
    "A corner of coloured boards in hard light.",
    {
        "coral": _scene("#f0907a", "#ea7f68", "#dd6f59"),
        "butter": _scene("#f3d98b", "#efcf77", "#e6c267"),
        "sky": _scene("#a9c8e6", "#9abddf", "#8aaed2"),
        "duo": _scene("#f2c4b3", "#3f5f57", "#365349"),
    },
    paint=_painted,
)
