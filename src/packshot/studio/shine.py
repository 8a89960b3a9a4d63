"""What level surfaces mirror: the wall behind them, and the product on them.

The camera is level, so a mirror image is the picture upside down about the row where it meets the surface. How much is
mirrored goes by Fresnel's law as Schlick wrote it: little head-on, much where one looks along the surface.

Schlick, "An inexpensive BRDF model for physically-based rendering", Computer Graphics Forum 13 (1994).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Box, Plane, to_linear
from packshot.studio.faces import Flat
from packshot.studio.noise import layered
from packshot.studio.subject import Subject

Frame = NDArray[np.float32]


def mirrored_share(face: Flat, box: Box) -> Plane:
    """(rows, 1) share of light that the surface mirrors towards the camera, of the rows of a box."""
    camera, material = face.camera, face.material
    slope = np.maximum((np.arange(box.top, box.bottom) + 0.5 - camera.horizon) / camera.focal, 1e-3)
    facing = slope / np.sqrt(1 + slope * slope)
    share = material.gloss + (1 - material.gloss) * (1 - facing) ** 5
    return np.asarray((share * (1 - material.rough) ** 1.5)[:, None], np.float32)


def shone(seen: Frame, face: Flat, box: Box, frame: Frame, behind: float, seed: int) -> None:
    """Add what the surface mirrors of the picture behind it to `seen`, the colours of its box."""
    camera = face.camera
    base = float(camera.row(face.origin[1], behind))
    rows = 2 * base - 1 - np.arange(box.top, box.bottom, dtype=np.float32)[:, None]
    shape = (box.height, box.width)
    columns = np.arange(box.left, box.right, dtype=np.float32)[None]
    if face.material.ripple:
        # Far off one looks along the waves: what they mirror there is the far edge, whichever way they lean.
        away = np.clip((np.arange(box.top, box.bottom, dtype=np.float32)[:, None] - base) / (0.35 * box.height), 0, 1)
        moved = _rippled(face, box, seed) * away
        rows, columns = rows + moved, columns + np.float32(0.22) * moved
    rows = np.clip(np.broadcast_to(rows, shape), 0, min(frame.shape[0] - 1.0, max(0.0, base)))
    columns = np.clip(np.broadcast_to(columns, shape), 0, frame.shape[1] - 1.0)
    around = cv2.remap(
        frame, np.ascontiguousarray(columns, np.float32), np.ascontiguousarray(rows, np.float32), cv2.INTER_LINEAR
    )
    sigma = face.material.rough * 0.16 * box.height
    around = _soft(np.asarray(around, np.float32), 0.3 * sigma, sigma)
    share = mirrored_share(face, box)[..., None]
    seen *= 1 - share
    around *= share
    seen += around


def with_product(seen: Frame, face: Flat, box: Box, subject: Subject, seed: int) -> None:
    """The product upside down in the surface that it stands on."""
    ground, alpha = subject.ground, subject.alpha
    height = alpha.shape[0]
    rough = face.material.rough
    reach = min(0.9 * subject.box.height, float(height))
    top, bottom = max(box.top, int(ground.line.min()) - 1), min(box.bottom, int(ground.line.max() + reach) + 1)
    left, right = max(box.left, ground.columns[0]), min(box.right, ground.columns[1])
    if top >= bottom or left >= right:
        return
    line = ground.line[left - ground.columns[0] : right - ground.columns[0]][None]
    rows = np.arange(top, bottom, dtype=np.float32)[:, None]
    source = np.asarray(2 * line - 1 - rows, np.float32)
    shape = source.shape
    columns = np.broadcast_to(np.arange(left, right, dtype=np.float32)[None], shape)
    if face.material.ripple:
        moved = _rippled(face, Box(left, top, right, bottom), seed) * np.clip((rows - line) / 40, 0, 1)
        source, columns = source + moved, columns + np.float32(0.22) * moved
    first = max(0, int(source.min()) - 2)
    last = min(height, int(source.max()) + 3)
    across, down = np.ascontiguousarray(columns, np.float32), np.ascontiguousarray(source - first, np.float32)
    light = to_linear(subject.image.rgb[first:last])
    cover = alpha[first:last].astype(np.float32) * np.float32(1 / 255)
    light *= cover[..., None]
    light, cover = (
        np.asarray(cv2.remap(plane, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), np.float32)
        for plane in (light, cover)
    )
    away = np.clip((rows - line) / np.float32(max(1.0, reach)), 0, 1)
    # A surface that scatters shows what is near it clearly, and the rest as a glow.
    wide = max(0.5, 0.15 * rough * subject.box.height)
    far = np.clip(away * 5, 0, 1) if rough > 0.02 else np.zeros_like(away)
    light = light + far[..., None] * (_soft(light, 0.6 * wide, wide) - light)
    cover = cover + far * (_soft(cover, 0.6 * wide, wide) - cover)
    hang = ground.hold * np.exp(-((ground.gap / (0.25 * subject.box.width)) ** 2))
    hang = hang[left - ground.columns[0] : right - ground.columns[0]][None]
    share = mirrored_share(face, Box(left, top, right, bottom))
    share = share * hang * (rows >= line - 1) * (1 - away) ** (1 + 4 * rough)
    part = seen[top - box.top : bottom - box.top, left - box.left : right - box.left]
    ground_light = part.mean(axis=(0, 1))
    # What the surface would have mirrored there is hidden by the product.
    part += share[..., None] * (light - cover[..., None] * ground_light)
    np.maximum(part, 0, out=part)


def _rippled(face: Flat, box: Box, seed: int) -> Plane:
    """Rows by which waves move what each pixel mirrors."""
    camera = face.camera
    grid = face.grid(seed, 3.0)
    waves = layered(grid, 0.035, 71, octaves=3, gain=0.4, stretch=2.6)
    size = box.width, box.height
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    matrix = face.texel_map(grid, box)
    shown = cv2.warpPerspective(waves, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(shown, np.float32) * np.float32(face.material.ripple * camera.scale)


def _soft(plane: Frame, across: float, down: float) -> Frame:
    if max(across, down) < 0.5:
        return plane
    shrink = int(max(1, min(down / 2, min(plane.shape[:2]) / 8)))
    height, width = plane.shape[:2]
    small = cv2.resize(plane, (-(-width // shrink), -(-height // shrink)), interpolation=cv2.INTER_AREA)
    sigmas = max(0.3, across / shrink), max(0.3, down / shrink)
    small = cv2.GaussianBlur(small, (0, 0), sigmaX=sigmas[0], sigmaY=sigmas[1], borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
