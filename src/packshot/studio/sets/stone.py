"""A slab of stone on the table of a studio."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.paper import Painted, Plaster
from packshot.studio.materials.stone import Stone
from packshot.studio.scene import Scene, Size, Slab, Thing
from packshot.studio.sets import Set

_LIME = Stone(colour="#cdc4b6", clouds=0.045, pits=0.55, lump=0.03)
_SLATE = Stone(colour="#4c5054", clouds=0.09, relief=0.0004, layers=3.0, pits=0.0)
_CONCRETE = Stone(colour="#a9a7a3", clouds=0.05, relief=0.00012, pits=0.4)


def _stand(size: Size) -> float:
    return 0.085 * max(size.high, 0.6 * size.wide)


def _scene(slab: Stone, table: Stone, wall: Plaster | Painted) -> Scene:
    def things(size: Size) -> tuple[Thing, ...]:
        unit = max(size.high, 0.6 * size.wide)
        wide = max(3.4 * size.foot, 1.5 * size.wide)
        return (
            Slab(wide=wide, deep=max(0.7 * wide, 3 * size.reach), height=_stand(size), material=slab, z=0.04 * unit),
        )

    return Scene(
        floor=table,
        wall=wall,
        behind=1.5,
        things=things,
        stand=_stand,
        lamps=(Lamp(azimuth=296, elevation=28, size=6, power=0.7, kelvin=5200),),
        room=Room(power=0.32, kelvin=6400),
        elevation=(9.0, 20.0),
    )


SET = Set(
    "stone",
    "A slab of stone.",
    {
        "limestone": _scene(_LIME, replace(_LIME, colour="#b9b0a3"), Plaster(colour="#d9d1c4")),
        "slate": _scene(_SLATE, replace(_SLATE, colour="#3e4144"), Plaster(colour="#5b5f62", clouds=0.05)),
        "concrete": _scene(_CONCRETE, replace(_CONCRETE, colour="#8f8d8a"), Plaster(colour="#bcb9b4")),
    },
)
