"""Where the light of a photograph comes from, as far as its surfaces tell."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Plane, Rgb
from packshot.ops.blend import u8
from packshot.surface import Surface

_LOOK = 256  # pixels of the copy on which light is looked for
_TELLS = 5.0  # L* from one side of the picture to the other, from which a side can be told
_CLEAR = 18.0  # L* at which nobody would doubt it


@dataclass(frozen=True)
class SceneLight:
    """`side` is -1 from the left to 1 from the right, 0 from above and in front. `height` is the light's, in degrees
    over the surface; `hardness` 0 is an overcast sky, 1 a bare lamp. `known` is 0..1."""

    side: float
    height: float
    hardness: float
    known: float


def light_in(rgb: Rgb, surface: Surface) -> SceneLight:
    """From how lightness falls off along the surface, and along what is behind it: nearer to the light is lighter."""
    scale = min(1.0, _LOOK / max(rgb.shape[:2]))
    size = max(2, round(rgb.shape[1] * scale)), max(2, round(rgb.shape[0] * scale))
    small = u8(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    lightness = np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 0], np.float32)
    free = u8(cv2.resize(surface.free, size, interpolation=cv2.INTER_NEAREST)) > 127
    falls = [_fall(lightness, free)]
    if surface.view != "top":
        behind = np.zeros(free.shape, np.bool_)
        top = max(1, int(surface.box.top * scale))
        behind[max(0, top - len(behind) // 3) : top] = True
        falls.append(0.6 * _fall(lightness, behind))
    fall = sum(falls) / len(falls) if all(np.sign(one) == np.sign(falls[0]) for one in falls) else 0.5 * sum(falls)
    known = float(np.clip((abs(fall) - _TELLS) / (_CLEAR - _TELLS), 0, 1))
    side = float(np.clip(fall / _CLEAR, -1, 1)) if known else 0.0
    return SceneLight(round(side, 3), 55.0 - 12.0 * abs(side), round(0.3 + 0.3 * known, 3), round(known, 3))


def _fall(lightness: Plane, where: NDArray[np.bool_]) -> float:
    """How much lighter the right side is than the left one, L*; of the medians of the columns, so that things and
    stains say little."""
    columns = np.flatnonzero(where.sum(axis=0) > 2)
    if len(columns) < 0.2 * lightness.shape[1]:
        return 0.0
    middles = np.array([np.median(lightness[where[:, column], column]) for column in columns])
    slope = np.polyfit(columns / lightness.shape[1], middles, 1)[0]
    return float(slope * (columns[-1] - columns[0]) / lightness.shape[1])
