"""A board on a wall."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.paper import Painted, Plaster
from packshot.studio.materials.wood import Wood
from packshot.studio.scene import Scene, Size, Slab, Thing
from packshot.studio.sets import Set
from packshot.studio.texture import Material

_THICK = 0.024


def _scene(board: Material, wall: Material) -> Scene:
    def things(size: Size) -> tuple[Thing, ...]:
        unit = max(size.high, 0.6 * size.wide)
        deep = 0.42 * unit + 2.4 * size.reach
        return (Slab(wide=9 * unit, deep=deep, height=_THICK, material=board, base=-_THICK, z=0.42 * unit - deep / 2),)

    return Scene(
        floor=None,
        wall=wall,
        behind=0.42,
        things=things,
        lamps=(Lamp(azimuth=318, elevation=46, size=6, power=0.66, kelvin=5100),),
        room=Room(power=0.36, kelvin=6400),
        elevation=(5.0, 13.0),
        aperture=0.008,
        lower=-0.04,
    )


SET = Set(
    "shelf",
    "A shelf on a wall.",
    {
        "oak": _scene(Wood(board=0.2, length=3.0), Plaster(colour="#e4ddd2")),
        "white": _scene(Painted(colour="#f1efeb"), Painted(colour="#c9d0cf")),
        "walnut": _scene(Wood(early="#7d5335", late="#4a2d1b", board=0.2, length=3.0), Plaster(colour="#a9b09c")),
    },
    paint=lambda scene, colour: replace(scene, wall=Plaster(colour=colour)),
)
