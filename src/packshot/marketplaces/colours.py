"""How far pixels are from a colour, and which colour surrounds a picture."""

from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Rgb

RIM = 0.02  # of the shorter side: the frame of pixels that tells the background's colour
RIM_SAMPLE = 40_000  # pixels of it that are looked at
EVEN = 12  # levels from that colour within which a pixel of the rim counts as background


def rim_of(rgb: Rgb) -> NDArray[np.uint8]:
    """The outermost pixels of a picture, as (number, 3); of a large one evenly spaced lines of them."""
    height, width = rgb.shape[:2]
    thick = max(1, round(RIM * min(height, width)))
    if 2 * thick >= min(height, width):
        return rgb.reshape(-1, 3)
    sides = (rgb[:thick], rgb[-thick:], rgb[thick:-thick, :thick], rgb[thick:-thick, -thick:])
    every = max(1, 2 * thick * (height + width) // RIM_SAMPLE)
    along = (side[:, ::every] if side.shape[1] > side.shape[0] else side[::every] for side in sides)
    return np.concatenate([side.reshape(-1, 3) for side in along])


def rim_colour(rgb: Rgb) -> tuple[tuple[int, int, int], float]:
    """The commonest colour of the rim, and the share of the rim that is about so."""
    rim = rim_of(rgb)
    coarse = (rim >> 3).astype(np.int32)
    codes = (coarse[:, 0] << 10) | (coarse[:, 1] << 5) | coarse[:, 2]
    common = rim[codes == np.bincount(codes).argmax()]
    colour = np.median(common, axis=0)
    low, high = np.ceil(colour - EVEN), np.floor(colour + EVEN)
    about = cv2.inRange(np.ascontiguousarray(rim)[None], tuple(low.tolist()), tuple(high.tolist()))
    share = cv2.countNonZero(about) / len(rim)
    return (int(colour[0]), int(colour[1]), int(colour[2])), share


def distance(rgb: Rgb, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    """How far each pixel is from `colour`, in levels of the channel that is farthest: (height, width)."""
    flat: Any = (float(colour[0]), float(colour[1]), float(colour[2]), 0.0)  # a scalar, which the stubs do not know
    apart = cv2.absdiff(rgb, flat)
    red, green, blue = cv2.split(apart)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


class Distances:
    """How far the pixels of one picture are from its rim's colour, and from others; each worked out once."""

    def __init__(self, rgb: Rgb) -> None:
        self._rgb = rgb
        self._known: dict[tuple[int, int, int], NDArray[np.uint8]] = {}

    @cached_property
    def rim(self) -> tuple[tuple[int, int, int], float]:
        """The commonest colour of the outermost pixels, and the share of them that is about so."""
        return rim_colour(self._rgb)

    def apart(self, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
        """How far each pixel is from a colour, in levels: (height, width)."""
        if colour not in self._known:
            self._known[colour] = distance(self._rgb, colour)
        return self._known[colour]
