"""Shallow water that mirrors the product and the sky."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.paper import Plaster
from packshot.studio.materials.water import Water
from packshot.studio.palette import Colour, mixed
from packshot.studio.scene import Scene
from packshot.studio.sets import Set


def _scene(water: Colour, wall: Colour) -> Scene:
    return Scene(
        floor=Water(colour=water),
        wall=Plaster(colour=wall, clouds=0.03, relief=0.0),
        behind=2.4,
        lamps=(Lamp(azimuth=318, elevation=40, size=10, power=0.55, kelvin=5600),),
        room=Room(power=0.45, kelvin=6200),
        elevation=(6.0, 14.0),
        aperture=0.014,
    )


SET = Set(
    "water",
    "Still water.",
    {
        "lagoon": _scene("#7fb3bd", "#bcd9dc"),
        "dusk": _scene("#8b7396", "#e6b7a5"),
        "ink": _scene("#141a24", "#39475c"),
    },
    paint=lambda scene, colour: replace(
        scene, floor=Water(colour=colour), wall=Plaster(colour=mixed(colour, "#ffffff", 0.45), clouds=0.03, relief=0.0)
    ),
)
