"""Plinths of several heights, the product on the one in front."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.paper import Plaster
from packshot.studio.palette import Colour, mixed
from packshot.studio.scene import Post, Scene, Size, Slab, Thing
from packshot.studio.sets import Set


def _stand(size: Size) -> float:
    return 0.16 * max(size.high, 0.5 * size.wide)


def _scene(wall: Colour, plinth: Colour, accent: Colour) -> Scene:
    light, dark = Plaster(colour=plinth, clouds=0.012), Plaster(colour=accent, clouds=0.012)

    def things(size: Size) -> tuple[Thing, ...]:
        unit = max(size.high, 0.6 * size.wide)
        reach = max(1.35 * size.foot, 0.56 * size.wide)
        return (
            Slab(wide=2.2 * reach, deep=2.0 * reach, height=_stand(size), material=light),
            Slab(wide=0.42 * unit, deep=0.42 * unit, height=0.62 * unit, material=dark, x=-0.36 * unit, z=0.75 * unit),
            Post(radius=0.20 * unit, height=0.34 * unit, material=light, x=0.52 * unit, z=0.62 * unit),
        )

    return Scene(
        floor=Plaster(colour=mixed(wall, "#000000", 0.04), clouds=0.015),
        wall=Plaster(colour=wall, clouds=0.025),
        behind=1.35,
        things=things,
        stand=_stand,
        lamps=(Lamp(azimuth=306, elevation=36, size=6, power=0.68, kelvin=5200),),
        room=Room(power=0.34, kelvin=6300),
        elevation=(9.0, 18.0),
        aperture=0.012,
    )


SET = Set(
    "plinths",
    "Plinths of several heights.",
    {
        "chalk": _scene("#e7e3dc", "#f0ece6", "#d8d2c8"),
        "clay": _scene("#dba98d", "#e7bfa6", "#c58468"),
        "lagoon": _scene("#9fb9b8", "#bcd0ce", "#7d9e9d"),
        "plum": _scene("#6f5566", "#8a6d80", "#54404f"),
    },
    paint=lambda scene, colour: replace(
        scene,
        **{
            name: getattr(_scene(colour, mixed(colour, "#ffffff", 0.3), mixed(colour, "#000000", 0.18)), name)
            for name in ("floor", "wall", "things")
        },
    ),
)
