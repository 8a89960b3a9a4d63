"""The product's outline against its background: what the cutout left there of the old one."""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Box, Rgb
from packshot.quality.measure import Measure, falling
from packshot.quality.view import u8

Points: TypeAlias = NDArray[np.float32]  # (point, 2), x and y in pixels

_MOST = 600  # places on the outline
_RIM = np.arange(0, 5, 0.5)  # depths, in pixels of the product shown 1,000 px large
_DEEP = np.arange(6, 10, 1.0)


def fringe(rgb: Rgb, alpha: Alpha, place: Box, lift: float) -> Measure:
    """Levels by which the rim of the product differs from what lies deeper, where that is smooth.

    A light or dark rim, a few pixels wide and fully opaque, is either the old background or the halo of a sharpening
    that knew the new one. Levels are multiplied by `lift`, which brings the lights to white.
    """
    levels = _rim(rgb, alpha, place) * lift
    sentence = "its outline has no rim" if levels < 12 else f"its outline has a rim that differs by {levels:.0f} levels"
    return Measure(round(levels, 2), falling(levels, 50, 1.5), sentence)


def _rim(rgb: Rgb, alpha: Alpha, place: Box) -> float:
    where, inwards = _outline(alpha, place)
    if len(where) == 0:
        return 0.0
    seen = max(1.0, max(place.width, place.height) / 1000)
    depths = np.concatenate([_RIM, _DEEP]).astype(np.float32) * np.float32(seen)
    x = where[:, :1] + inwards[:, :1] * depths
    y = where[:, 1:] + inwards[:, 1:] * depths
    cover = u8(cv2.remap(alpha, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    colours = cv2.remap(rgb, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    deep = colours[:, _RIM.size :]
    settled = deep.mean(axis=1)
    smooth = np.abs(deep - settled[:, None]).max(axis=(1, 2)) < 30
    told = smooth & (cover[:, _RIM.size :].min(axis=1) >= 250)
    if np.count_nonzero(told) < 8:
        return 0.0
    opaque = cover[told, : _RIM.size] >= 250
    away = np.abs(colours[told, : _RIM.size] - settled[told, None]).max(axis=2) * opaque
    return float(np.minimum(away.max(axis=1), 80).mean())


def _outline(alpha: Alpha, place: Box) -> tuple[Points, Points]:
    """Places along the outline, and the direction inwards at each."""
    step = max(1, max(place.width, place.height) // 500)
    part = alpha[place.top : place.bottom : step, place.left : place.right : step]
    # A frame around it, so that a product that is cut by the picture has an outline there too, which is left out below.
    solid = cv2.copyMakeBorder(cv2.threshold(part, 127, 1, cv2.THRESH_BINARY)[1], 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    contours, _ = cv2.findContours(solid, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    long = [contour[:, 0, :].astype(np.float32) for contour in contours if len(contour) >= 24]
    every = max(1, sum(map(len, long)) // _MOST)
    where, inwards = [np.zeros((0, 2), np.float32)], [np.zeros((0, 2), np.float32)]
    for line in long:
        along = (np.roll(line, -5, axis=0) - np.roll(line, 5, axis=0))[::every]
        length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-3)
        # OpenCV goes round what is solid so that it lies to the left of the way in a picture whose y points down.
        inwards.append(np.stack([along[:, 1], -along[:, 0]], axis=1) / length[:, None])
        where.append((line[::every] - 1) * step + (place.left, place.top))
    return np.concatenate(where).astype(np.float32), np.concatenate(inwards).astype(np.float32)
