"""How a product lies to the camera, from its outline and its shading alone; unsure of itself, and saying so."""

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Image, box_of
from packshot.ports import ModelCard, Orientation

_SIDE = 256  # pixels of the longer side of the copy that is measured
_MIRRORED = 0.9  # overlap with the mirror image from which a product faces us


class EmbeddedOrientation:
    """Azimuth from how far the outline is from its mirror image, elevation from how round the foot looks, roll from the
    main axis. One outline fits many bodies, so the confidence stays below one half unless the outline is symmetric.
    """

    card = ModelCard(
        name="embedded",
        version="1",
        licence="MIT",
        summary="azimuth, elevation and roll from outline, symmetry and shading",
    )

    def orient(self, cutout: Image) -> Orientation:
        box = None if cutout.alpha is None else box_of(cutout.alpha, 127)
        if cutout.alpha is None or box is None or min(box.width, box.height) < 8:
            return Orientation(0.0, 0.0, 0.0, 0.0)
        part = np.s_[box.top : box.bottom, box.left : box.right]
        scale = min(1.0, _SIDE / max(box.width, box.height))
        size = max(8, round(box.width * scale)), max(8, round(box.height * scale))
        alpha = np.asarray(cv2.resize(cutout.alpha[part], size, interpolation=cv2.INTER_AREA), np.uint8)
        grey = cv2.cvtColor(np.ascontiguousarray(cutout.rgb[part]), cv2.COLOR_RGB2GRAY)
        light = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
        roll, longish = _roll(alpha)
        same = _mirrored(alpha)
        azimuth = 0.0 if same >= _MIRRORED else _turned(alpha, light) * float(np.degrees(np.arccos(max(0.3, same))))
        elevation, round_foot = _elevation(alpha)
        sure = 0.25 + 0.35 * float(np.clip((same - 0.75) / 0.2, 0, 1)) + 0.1 * longish + 0.1 * round_foot
        return Orientation(round(azimuth, 1), round(elevation, 1), round(roll, 1), round(min(0.75, sure), 2))


def _mirrored(alpha: Alpha) -> float:
    """Overlap of the outline with its mirror image, 0..1."""
    solid = alpha > 127
    turned = solid[:, ::-1]
    return int(np.count_nonzero(solid & turned)) / max(1, int(np.count_nonzero(solid | turned)))


def _roll(alpha: Alpha) -> tuple[float, float]:
    """Degrees clockwise by which the main axis is off the nearer of upright and level; how clear that axis is, 0..1."""
    moments = cv2.moments((alpha > 127).astype(np.uint8), binaryImage=True)
    across, down, both = (moments[name] / max(1.0, moments["m00"]) for name in ("mu20", "mu02", "mu11"))
    length = float(np.hypot(across - down, 2 * both))
    clear = length / max(1e-6, across + down)
    angle = 0.5 * float(np.degrees(np.arctan2(2 * both, across - down)))  # of the long axis, clockwise from level
    nearest = (angle + 45) % 90 - 45
    # A shoe's axis leans though it stands: only what clearly lies askew is rolled.
    return (nearest if clear > 0.35 and abs(nearest) > 4 else 0.0), float(np.clip(clear, 0, 1))


def _turned(alpha: Alpha, light: NDArray[np.uint8]) -> float:
    """1 where its larger face looks to our right, -1 to our left: of two faces the larger is turned towards us."""
    solid = alpha > 127
    middle = solid.shape[1] // 2
    mass = float(solid[:, middle:].sum()) - float(solid[:, :middle].sum())
    if abs(mass) < 0.02 * solid.sum():
        left, right = (float(light[:, part][solid[:, part]].mean()) for part in (np.s_[:middle], np.s_[middle:]))
        mass = right - left
    return -1.0 if mass > 0 else 1.0


def _elevation(alpha: Alpha) -> tuple[float, float]:
    """Degrees that one looks down on it: the foot of a round thing is an ellipse, whose sag over half its width is the
    sine. And how well an ellipse fits, 0..1."""
    solid = alpha > 127
    columns = np.flatnonzero(solid.any(axis=0))
    lower = len(solid) - 1 - np.argmax(solid[::-1][:, columns], axis=0)
    foot = lower.max()
    standing = columns[lower > foot - 0.25 * len(solid)]
    if len(standing) < 8:
        return 15.0, 0.0
    half = (standing[-1] - standing[0] + 1) / 2
    x = (columns - (standing[0] + standing[-1]) / 2) / half
    inside = np.abs(x) < 0.85
    bow = 1 - np.sqrt(1 - x[inside] ** 2)
    rise = (foot - lower[inside]).astype(np.float64)
    sag = float((bow @ rise) / max(1e-6, bow @ bow))
    misfit = float(np.sqrt(np.mean((rise - sag * bow) ** 2))) / half
    return float(np.degrees(np.arcsin(np.clip(sag / half, 0, 1)))), float(np.clip(1 - misfit / 0.1, 0, 1))
