"""A table from straight above, for what lies on it."""

from dataclasses import replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.linen import Linen
from packshot.studio.materials.marble import Marble
from packshot.studio.materials.paper import Paper
from packshot.studio.materials.stone import Stone
from packshot.studio.materials.wood import Wood
from packshot.studio.scene import Scene
from packshot.studio.sets import Set

# Looked down upon, a table is a wall: the camera faces it squarely, and up in the picture is away from who sits there.
_OAK = Scene(
    floor=None,
    wall=Wood(board=0.19, length=2.4),
    behind=0.06,
    is_lying=True,
    lamps=(Lamp(azimuth=318, elevation=34, size=9, power=0.72, kelvin=5300),),
    room=Room(power=0.62, kelvin=6300),
    elevation=(0.0, 0.0),
    aperture=0.0,
    exposure=1.1,
)

SET = Set(
    "flat-lay",
    "A table from straight above, for what lies.",
    {
        "oak": _OAK,
        "linen": replace(_OAK, wall=Linen()),
        "white": replace(_OAK, wall=Paper(colour="#eeebe6"), exposure=1.0),
        "marble": replace(_OAK, wall=Marble(gloss=0.0)),
        "slate": replace(_OAK, wall=Stone(colour="#4b5056"), exposure=1.16),
    },
    paint=lambda scene, colour: replace(scene, wall=Paper(colour=colour)),
)
