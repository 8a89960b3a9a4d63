"""What a set is made of, as data: floor, wall, things, lamps and a camera. Lengths are metres."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from packshot.studio.light import Lamp, Room
from packshot.studio.materials.paper import Paper
from packshot.studio.texture import Material


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What stands at (`x`, `z`), from `base` up by `height`."""

    height: float
    material: Material
    x: float = 0.0
    z: float = 0.0
    base: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Post(Standing):
    """A round plinth."""

    radius: float


@dataclass(frozen=True, kw_only=True)
class Slab(Standing):
    """A plinth or board with right angles, `wide` x `deep`."""

    wide: float
    deep: float


@dataclass(frozen=True, kw_only=True)
class Arch(Standing):
    """An upright panel with a round top, its face at depth `z`."""

    wide: float
    thick: float = 0.03


Thing = Post | Slab | Arch


@dataclass(frozen=True)
class Size:
    """Of the product, in metres: its width and height in the picture, and how far its foot reaches to the side and
    forwards from the middle."""

    wide: float
    high: float
    foot: float
    reach: float


def nothing(size: Size) -> tuple[Thing, ...]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One set in one look.

    `wall` stands `behind` the product, in heights of the product; where `sweep` is set, wall and floor are one piece
    bent with that radius, also in heights. A `side` wall stands `aside` to the left. `things` builds what stands around
    for a product of a size, and `stand` says how high the product stands. `elevation` is from where to where, in
    degrees, the camera may look down, `view` its angle; `aperture` the width of its lens in metres. `lower` is how much
    lower than in the middle the product stands, as a share of the room that is free above and below it. Where it
    `is_lying`, the wall is what it lies on or hangs at, and it has no foot.
    """

    floor: Material | None = field(default_factory=Paper)
    wall: Material | None = field(default_factory=Paper)
    side: Material | None = None
    aside: float = 0.9
    behind: float = 2.2
    sweep: float = 0.0
    things: Callable[[Size], tuple[Thing, ...]] = nothing
    stand: Callable[[Size], float] = lambda size: 0.0
    lamps: tuple[Lamp, ...] = (Lamp(),)
    room: Room = field(default_factory=Room)
    elevation: tuple[float, float] = (8.0, 22.0)
    view: float = 24.0
    aperture: float = 0.010
    exposure: float = 1.0
    vignette: float = 0.12
    grain: float = 1.0
    lower: float = 0.0
    is_lying: bool = False

    def mirrored(self) -> "Scene":
        """With the light from the other side."""
        room = replace(self.room, azimuth=(360 - self.room.azimuth) % 360)
        return replace(self, lamps=tuple(lamp.mirrored() for lamp in self.lamps), room=room)
