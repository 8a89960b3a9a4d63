"""From a scene and a product to the picture of the set, without the product: what the step lays beneath it.

Back to front: the wall, the floor, the things from far to near. Light is worked out on every fourth pixel, for it is
soft; texture on every pixel. All is linear light until the end.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Box, Plane
from packshot.studio.build import Built, built
from packshot.studio.camera import Camera, standing
from packshot.studio.contact import creased
from packshot.studio.faces import COARSE, Face, Flat
from packshot.studio.film import developed
from packshot.studio.light import Lit, from_lamp, from_room
from packshot.studio.occlusion import Blocker
from packshot.studio.palette import tint
from packshot.studio.scene import Scene
from packshot.studio.shine import shone, with_product
from packshot.studio.subject import Subject
from packshot.studio.sweep import Bent

Frame = NDArray[np.float32]  # (height, width, 3) linear light


class Rendered(NamedTuple):
    """`codes256` is the picture, sRGB codes times 256, uint16 (height, width, 3); `camera` took it."""

    codes256: NDArray[np.uint16]
    camera: Camera


def render(scene: Scene, subject: Subject, seed: int) -> Rendered:
    """The set around a product. The same scene, product and seed give the same codes."""
    size = subject.size
    stand = scene.stand(size)
    camera = standing(
        subject.image.size,
        scale=subject.scale,
        foot=subject.foot,
        reach=size.reach,
        stand=stand,
        elevation=subject.elevation(*scene.elevation),
        view=scene.view,
    )
    set_ = built(scene, size, camera)
    throws: Blocker = subject.facing() if scene.is_lying else subject.standing(stand)
    shadows = (*((throws,) if subject.present else ()), *set_.blockers)
    width, height = camera.size
    frame = np.zeros((height, width, 3), np.float32)
    for face in set_.faces:
        _lay(frame, face, scene, set_, subject, shadows, seed)
    if subject.present and not scene.is_lying:
        creased(frame, subject)
    return Rendered(developed(frame, scene, seed), camera)


def _lay(
    frame: Frame, face: Face, scene: Scene, set_: Built, subject: Subject, blockers: tuple[Blocker, ...], seed: int
) -> None:
    """Paint a face over what is there."""
    box = face.box
    if box.width == 0 or box.height == 0:
        return
    light, lamps = _light(face, scene, set_, blockers, seed)
    blur = _blur(face, scene)
    finest = max(1.0, float(blur.min()) / 1.5)
    pigment, relief = face.textured(seed, scene.lamps[0].towards if scene.lamps else (0, 1, 0), finest)
    seen = np.multiply(pigment, pigment, out=pigment)
    bright = _fine(light, box)
    if relief is not None:
        bright += _fine(lamps, box) * relief[..., None]
    seen *= np.maximum(bright, 0, out=bright)
    if isinstance(face, Flat) and face.material.gloss > 0 and face.normal[1] > 0:
        shone(seen, face, box, frame, set_.behind, seed)
        if face is set_.support and subject.present:
            with_product(seen, face, box, subject, seed)
    if not isinstance(face, Bent):  # nothing on it could look sharp
        seen = _softened(seen, blur)
    part = frame[box.top : box.bottom, box.left : box.right]
    coverage = face.coverage
    if coverage is None:
        part[:] = seen
        return
    share = coverage.astype(np.float32) / 255
    edge = float(np.mean(blur))
    if edge > 0.6:
        share = np.asarray(cv2.GaussianBlur(share, (0, 0), edge, borderType=cv2.BORDER_REPLICATE), np.float32)
    seen -= part
    seen *= share[..., None]
    part += seen


def _light(face: Face, scene: Scene, set_: Built, blockers: tuple[Blocker, ...], seed: int) -> tuple[Lit, Lit]:
    """All light on the coarse pixels of a face, and that of the first lamp, whose light relief is shaded by."""
    points = face.points()
    own = set_.shading(face)
    others = tuple(blocker for blocker in blockers if blocker is not own)
    room = from_room(scene.room, face.points(2 * COARSE), others, set_.around)
    twice = cv2.resize(room, (2 * room.shape[1], 2 * room.shape[0]), interpolation=cv2.INTER_LINEAR)
    total = np.asarray(twice, np.float32)[: points.z.shape[0], : points.x.shape[1]]
    first: Lit = np.zeros_like(total)
    for number, lamp in enumerate(scene.lamps):
        light = from_lamp(lamp, points, others, seed)[..., None] * tint(lamp.kelvin)
        total = total + light
        if number == 0:
            first = np.asarray(light, np.float32)
    return np.asarray(total, np.float32), first


def _fine(light: Lit, box: Box) -> Lit:
    """Coarse light at the pixels of the box."""
    size = light.shape[1] * COARSE, light.shape[0] * COARSE
    fine = np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_LINEAR), np.float32)
    return fine[: box.height, : box.width]


def _blur(face: Face, scene: Scene) -> Plane:
    """(rows,) deviation, in pixels, of how unsharp each row of a face's box is."""
    camera, box = face.camera, face.box
    z = face.points().z
    depth = np.asarray(z[:, z.shape[1] // 2], np.float64)
    # circle of confusion: aperture x scale x |z| / (distance + z); a disc as wide has a quarter of it as deviation
    wide = 0.25 * scene.aperture * camera.scale * np.abs(depth) / np.maximum(0.05, camera.distance + depth)
    coarse = (np.arange(len(wide)) + 0.5) * COARSE
    return np.asarray(np.interp(np.arange(box.height) + 0.5, coarse, wide), np.float32)


def _softened(seen: Frame, blur: Plane) -> Frame:
    """Out of focus by so much in each row."""
    least, most = float(blur.min()), float(blur.max())
    if most < 0.7:
        return seen
    if most - least < 0.5:
        return _blurred(seen, most)
    # Between three pictures: sharp, half and fully blurred.
    share = blur / np.float32(most) * 2
    half, full = _blurred(seen, most / 2), _blurred(seen, most)
    for row, part in enumerate(share):
        if part < 0.04:
            continue
        lower, upper, more = (seen, half, part) if part < 1 else (half, full, part - 1)
        seen[row] = cv2.addWeighted(lower[row], float(1 - more), upper[row], float(more), 0)
    return seen


def _blurred(seen: Frame, sigma: float) -> Frame:
    shrink = int(max(1, min(sigma / 1.5, min(seen.shape[:2]) / 4)))
    if shrink == 1:
        return np.asarray(cv2.GaussianBlur(seen, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.float32)
    height, width = seen.shape[:2]
    small = cv2.resize(seen, (-(-width // shrink), -(-height // shrink)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / shrink, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
