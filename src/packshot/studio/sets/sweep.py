"""A roll of seamless paper: floor and wall in one bend."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.paper import Paper
from packshot.studio.scene import Scene
from packshot.studio.sets import Set

_PAPER = Scene(
    floor=Paper(colour="#e9e6e1"),
    sweep=1.1,
    behind=1.9,
    lamps=(Lamp(azimuth=308, elevation=46, size=17, power=0.62, kelvin=5500),),
    room=Room(power=0.38, kelvin=6000),
)

SET = Set(
    "sweep",
    "A roll of seamless paper, lit by one large lamp.",
    {
        "paper": _PAPER,
        "white": replace(_PAPER, floor=Paper(colour="#fbfbfa"), exposure=1.12, vignette=0.04),
        "sage": replace(_PAPER, floor=Paper(colour="#a9b5a0")),
        "terracotta": replace(_PAPER, floor=Paper(colour="#c9825f")),
        "night": replace(_PAPER, floor=Paper(colour="#2b2e34"), exposure=1.15),
    },
    paint=lambda scene, colour: replace(scene, floor=Paper(colour=colour)),
)
