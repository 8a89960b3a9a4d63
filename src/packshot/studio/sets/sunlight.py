"""Outdoor sun on a wall, through leaves, blinds or a window."""

from dataclasses import replace

from packshot.studio.gobo import Blinds, Leaves, Window
from packshot.studio.light import Gobo, Lamp, Room
from packshot.studio.materials.paper import Plaster
from packshot.studio.palette import Colour, mixed
from packshot.studio.scene import Scene
from packshot.studio.sets import Set


def _scene(colour: Colour, gobo: Gobo, azimuth: float = 322, elevation: float = 36, kelvin: float = 4900) -> Scene:
    return Scene(
        floor=Plaster(colour=mixed(colour, "#ffffff", 0.12), clouds=0.02),
        wall=Plaster(colour=colour, clouds=0.03),
        behind=0.75,
        lamps=(Lamp(azimuth=azimuth, elevation=elevation, size=1.4, power=0.76, kelvin=kelvin, away=6.0, gobo=gobo),),
        room=Room(power=0.36, kelvin=7200),
        elevation=(8.0, 20.0),
        aperture=0.006,
        exposure=1.05,
    )


def _painted(scene: Scene, colour: Colour) -> Scene:
    return replace(
        scene,
        wall=Plaster(colour=colour, clouds=0.03),
        floor=Plaster(colour=mixed(colour, "#ffffff", 0.12), clouds=0.02),
    )


SET = Set(
    "sunlight",
    "Sun on a wall, through leaves, blinds or a window.",
    {
        "leaves": _scene("#ead9c3", Leaves()),
        "palm": _scene(
            "#e8c9b6", Leaves(fronds=True, branches=4, leaf=0.10, slender=0.26, soft=0.006, dark=0.8), azimuth=315
        ),
        "blinds": _scene("#ece4d8", Blinds(), azimuth=310, elevation=32),
        "window": _scene("#d8d6cf", Window(wide=0.15, high=0.17, up=0.1, right=0.06), azimuth=316, elevation=34),
    },
    paint=_painted,
)
