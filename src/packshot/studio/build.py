"""A scene for a product of a size: its things as faces for the camera and as blockers for the light."""

from dataclasses import dataclass

import numpy as np

from packshot.studio import faces
from packshot.studio.camera import Camera
from packshot.studio.faces import Face, Flat, Side
from packshot.studio.occlusion import Block, Blocker
from packshot.studio.palette import Light
from packshot.studio.scene import Arch, Post, Scene, Size, Slab, Thing
from packshot.studio.sweep import Bent

FAR = 40.0  # metres: how wide walls and floors are


@dataclass(frozen=True, eq=False)
class Built:
    """Faces from back to front, and what throws shadows.

    `support` is the one that the product stands on, the wall is `behind` metres behind it, and `around` is what colour
    the set throws back.
    """

    faces: tuple[Face, ...]
    blockers: tuple[Blocker, ...]
    owners: dict[int, Blocker]
    support: Face
    behind: float
    around: Light

    def shading(self, face: Face) -> Blocker | None:
        """The blocker that a face belongs to: it does not stand in its own light."""
        return self.owners.get(id(face))


def built(scene: Scene, size: Size, camera: Camera) -> Built:
    unit = max(size.high, 0.6 * size.wide)
    behind = scene.behind * unit
    seen = list(_room(scene, behind, unit, camera))
    blockers: list[Blocker] = []
    owners: dict[int, Blocker] = {}
    stand = scene.stand(size)
    support: Face = seen[-1]
    things = sorted(scene.things(size), key=lambda thing: -thing.z)
    for number, thing in enumerate(things, 1):
        block, parts = _standing(thing, camera, 1000 * number)
        blockers.append(block)
        for part in parts:
            owners[id(part)] = block
            if isinstance(part, Flat) and part.normal[1] > 0 and abs(part.origin[1] - stand) < 1e-6 and _is_under(part):
                support = part
        seen += parts
    return Built(tuple(seen), tuple(blockers), owners, support, behind, _around(scene))


def _is_under(face: Flat) -> bool:
    (left, front), (right, back) = face.outline.min(axis=0), face.outline.max(axis=0)
    return bool(left <= 0 <= right and front <= 0 <= back)


def _around(scene: Scene) -> Light:
    seen = [material.mean for material in (scene.floor, scene.wall, scene.side) if material is not None]
    return np.asarray(np.mean(seen, axis=0), np.float32)


def _room(scene: Scene, behind: float, unit: float, camera: Camera) -> list[Face]:
    front, left = -0.7 * camera.distance, -scene.aside * unit if scene.side is not None else -FAR
    if scene.floor is not None and scene.sweep > 0:
        return [Bent(camera, scene.floor, behind, scene.sweep * unit)]
    room: list[Face] = []
    if scene.wall is not None:
        lowest = FAR if scene.floor is None else 0.0
        room.append(faces.upright(camera, scene.wall, behind, faces.rectangle(left, FAR, -FAR, lowest), 500))
    if scene.side is not None:
        outline = faces.rectangle(front, behind, -FAR, 0.0)
        room.append(faces.sideways(camera, scene.side, left, outline, 1.0, 600))
    if scene.floor is not None:
        room.append(faces.level(camera, scene.floor, 0.0, faces.rectangle(left, FAR, front, behind), 0))
    return room


def _standing(thing: Thing, camera: Camera, salt: int) -> tuple[Blocker, list[Face]]:
    if isinstance(thing, Post):
        return _post(thing, camera, salt)
    if isinstance(thing, Slab):
        return _slab(thing, camera, salt)
    return _arch(thing, camera, salt)


def _post(post: Post, camera: Camera, salt: int) -> tuple[Blocker, list[Face]]:
    top = post.base + post.height
    parts: list[Face] = [Side(camera, post.material, post.x, post.z, post.radius, post.base, top, salt)]
    if camera.height > top:
        parts.append(faces.level(camera, post.material, top, faces.circle(post.x, post.z, post.radius), salt + 1))
    block = Block(post.x, post.z, post.radius, post.radius, post.base, top, round=True)
    return block, parts


def _slab(slab: Slab, camera: Camera, salt: int) -> tuple[Blocker, list[Face]]:
    top, half, deep = slab.base + slab.height, slab.wide / 2, slab.deep / 2
    left, right, front, back = slab.x - half, slab.x + half, slab.z - deep, slab.z + deep
    parts: list[Face] = []
    for x, facing, is_seen in ((left, -1.0, left > 0), (right, 1.0, right < 0)):
        if is_seen:
            outline = faces.rectangle(front, back, -top, -slab.base)
            parts.append(faces.sideways(camera, slab.material, x, outline, facing, salt + 2))
    parts.append(faces.upright(camera, slab.material, front, faces.rectangle(left, right, -top, -slab.base), salt))
    if camera.height > top:
        parts.append(faces.level(camera, slab.material, top, faces.rectangle(left, right, front, back), salt + 1))
    return Block(slab.x, slab.z, half, deep, slab.base, top), parts


def _arch(arch: Arch, camera: Camera, salt: int) -> tuple[Blocker, list[Face]]:
    half = arch.wide / 2
    outline = faces.arched(arch.x - half, arch.x + half, arch.base, arch.height)
    face = faces.upright(camera, arch.material, arch.z, outline, salt)
    # As a card it is a rectangle of the same area.
    top = arch.base + arch.height - (1 - np.pi / 4) * half
    return Block(arch.x, arch.z + arch.thick / 2, half, arch.thick / 2, arch.base, float(top)), [face]
