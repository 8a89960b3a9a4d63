"""A kitchen counter before glazed tiles."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.marble import Marble
from packshot.studio.materials.stone import Stone
from packshot.studio.materials.tile import Tile
from packshot.studio.materials.wood import Wood
from packshot.studio.scene import Scene
from packshot.studio.sets import Set

_WHITE = Scene(
    floor=Wood(early="#c99e6c", late="#98683a", board=0.045, length=0.5, tones=0.1, knots=0, gloss=0.04, rough=0.4),
    wall=Tile(wide=0.15, high=0.075, bond=0.5),
    behind=1.7,
    lamps=(Lamp(azimuth=290, elevation=30, size=11, power=0.6, kelvin=5300),),
    room=Room(power=0.4, kelvin=6400, azimuth=290, lean=0.4),
    elevation=(9.0, 22.0),
    aperture=0.014,
)

SET = Set(
    "kitchen",
    "A kitchen counter before glazed tiles.",
    {
        "metro": _WHITE,
        "zellige": replace(
            _WHITE,
            floor=Marble(strength=0.45),
            wall=Tile(colour="#9fb8a8", joint="#b9c0b4", tones=0.16, askew=0.016, waves=0.0006),
        ),
        "terracotta": replace(
            _WHITE,
            floor=Stone(colour="#c9c0b2", clouds=0.04, gloss=0.04, rough=0.5, pits=0.1, relief=0.00005),
            wall=Tile(colour="#c67b58", joint="#d8c4b0", tones=0.14, askew=0.012, waves=0.0005),
        ),
    },
)
