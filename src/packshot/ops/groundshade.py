"""The shadow that a product throws on a plane of a photograph, worked out as the studio works out its own.

Lamps and a room, a camera that looks over the plane, and the product as a card that turns to the light.
"""

import cv2
import numpy as np

from packshot.geometry import Affine
from packshot.image import Alpha, Image, Plane, box_of
from packshot.ops.blend import u8
from packshot.ops.scenelight import SceneLight
from packshot.ops.shadow import contact, drop
from packshot.ops.spots import FOCAL
from packshot.studio.camera import Camera
from packshot.studio.contact import creased
from packshot.studio.faces import level, rectangle
from packshot.studio.light import Lamp, Room, from_lamp, from_room
from packshot.studio.materials.paper import Paper
from packshot.studio.subject import Subject
from packshot.surface import Surface

_PRODUCT = 360  # pixels of the product's longer side on the copy where shadows are worked out
_LONGER = 0.2  # metres that it is taken for: only what stands in relation to it counts
_ROUND = 2.2  # of its longer side, how far to each side its shadow is followed
_FAR = 30.0  # metres: how far the plane goes
_BACK = np.full(3, 0.25, np.float32)  # what the things around throw back


def kept_from(alpha: Alpha, surface: Surface, light: SceneLight, to_canvas: Affine) -> Plane:
    """Share of the light kept from the surface by the product of `alpha`, 0..1, on the canvas.

    `to_canvas` brings pixels of the surface's picture there.
    """
    kept = np.zeros(alpha.shape, np.float32)
    found = box_of(alpha, 127)
    if found is None:
        return kept
    size = alpha.shape[1], alpha.shape[0]
    longer = max(found.width, found.height)
    window = found.grown(round(_ROUND * longer), size)
    scale = min(4.0, _PRODUCT / longer)
    small = max(8, round(window.width * scale)), max(8, round(window.height * scale))
    part = np.ascontiguousarray(alpha[window.top : window.bottom, window.left : window.right])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    outline = u8(cv2.resize(part, small, interpolation=how))
    if surface.horizon is None:
        shade = drop(outline, 1.0, 90 - 60 * light.side)
    else:
        horizon = (to_canvas.yy * surface.horizon + to_canvas.y0 - window.top) * scale
        shade = on_plane(outline, horizon, FOCAL * max(surface.size) * to_canvas.yy * scale, light)
    shade = np.asarray(cv2.resize(shade, (window.width, window.height), interpolation=cv2.INTER_LINEAR), np.float32)
    kept[window.top : window.bottom, window.left : window.right] = shade
    return kept


def on_plane(alpha: Alpha, horizon: float, focal: float, light: SceneLight) -> Plane:
    """The same on a plane whose lines meet in row `horizon`, seen with a lens of `focal` pixels."""
    subject = Subject.of(Image(np.zeros((*alpha.shape, 3), np.uint8), alpha), _LONGER)
    if subject is None:
        return np.zeros(alpha.shape, np.float32)
    column, row = subject.foot
    # A plane that is seen edge-on shows no shadow; one that is seen so from a step away does.
    horizon = min(horizon, row - 0.06 * focal)
    distance = focal / subject.scale
    above = (row - horizon) / focal * max(0.2 * distance, distance - subject.size.reach)
    camera = Camera(subject.image.size, focal, distance, above, column, horizon)
    plane = level(camera, Paper(), 0.0, rectangle(-_FAR, _FAR, -0.9 * distance, _FAR), 0)
    box = plane.box
    standing = (subject.standing(0.0),)
    lamps, room = lights(light)
    points, coarse = plane.points(), plane.points(8)
    shape = points.z.shape[0], points.x.shape[1]
    lit, open_ = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for total, blockers in ((lit, standing), (open_, ())):
        around = np.asarray(from_room(room, coarse, blockers, _BACK)[..., 1], np.float32)
        total += cv2.resize(around, shape[::-1], interpolation=cv2.INTER_LINEAR)
        for lamp in lamps:
            total += from_lamp(lamp, points, blockers, 0)
    share = np.asarray(np.clip(lit / np.maximum(open_, 1e-6), 0, 1), np.float32)
    size = subject.image.size
    frame = np.ones((size[1], size[0], 1), np.float32)
    fine = cv2.resize(share, (4 * shape[1], 4 * shape[0]), interpolation=cv2.INTER_LINEAR)
    frame[box.top : box.bottom, box.left : box.right, 0] = fine[: box.height, : box.width]
    creased(frame, subject)
    # The room's 24 beams are coarse beside a foot: what keeps light from the nearest ground is drawn.
    touch = contact(subject.alpha, 0.8, 90 - 60 * light.side)
    return np.asarray(1 - frame[..., 0] * (1 - 0.8 * touch), np.float32)


def lights(light: SceneLight) -> tuple[tuple[Lamp, ...], Room]:
    """The lamps and the room that a photograph's light is taken for: the less is known of its side, the more evenly it
    comes from both."""
    aside = 50 + 30 * abs(light.side)
    way = -1 if light.side < 0 else 1
    power, size = 0.45 + 0.3 * light.hardness, 16 - 14 * light.hardness
    lamps = tuple(
        Lamp(azimuth=way * aside % 360, elevation=light.height - 10, size=size, power=power * share, away=8.0)
        for way, share in ((way, (1 + light.known) / 2), (-way, (1 - light.known) / 2))
        if share > 0
    )
    return lamps, Room(power=0.6 - 0.3 * light.hardness)
