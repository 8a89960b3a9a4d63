"""A low step before an arch."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.paper import Plaster
from packshot.studio.palette import Colour, mixed
from packshot.studio.scene import Arch, Post, Scene, Size, Thing
from packshot.studio.sets import Set


def _stand(size: Size) -> float:
    return 0.09 * max(size.high, 0.5 * size.wide)


def _scene(wall: Colour, arch: Colour, step: Colour) -> Scene:
    def things(size: Size) -> tuple[Thing, ...]:
        unit = max(size.high, 0.6 * size.wide)
        radius = max(1.6 * size.foot, 0.66 * size.wide)
        wide = max(0.92 * unit, 2.1 * radius)
        return (
            Post(radius=radius, height=_stand(size), material=Plaster(colour=step, clouds=0.012)),
            Arch(
                wide=wide,
                height=1.1 * unit + 0.12 * wide,
                thick=0.1 * unit,
                material=Plaster(colour=arch, clouds=0.02),
                z=radius + 0.16 * unit,
            ),
        )

    return Scene(
        floor=Plaster(colour=mixed(wall, "#000000", 0.05), clouds=0.015),
        wall=Plaster(colour=wall, clouds=0.025),
        behind=1.5,
        things=things,
        stand=_stand,
        lamps=(Lamp(azimuth=318, elevation=40, size=7, power=0.66, kelvin=5200),),
        room=Room(power=0.36, kelvin=6300),
        elevation=(8.0, 17.0),
    )


SET = Set(
    "arch",
    "A low round step before an arch.",
    {
        "dune": _scene("#e9dccb", "#d9bfa3", "#eee3d5"),
        "rose": _scene("#ecd3cb", "#d99f92", "#f1ddd6"),
        "olive": _scene("#d8d8c4", "#8d9371", "#e4e4d4"),
        "cobalt": _scene("#b7c6de", "#2f4f96", "#c9d5e8"),
    },
    paint=lambda scene, colour: replace(
        scene,
        **{
            name: getattr(_scene(mixed(colour, "#ffffff", 0.62), colour, mixed(colour, "#ffffff", 0.72)), name)
            for name in ("floor", "wall", "things")
        },
    ),
)
