"""Where the light of a photograph comes from, as far as its surfaces tell, and the shadow a product throws in it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Plane, Rgb
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


def cast(alpha: Alpha, foot: float, light: SceneLight, squash: float) -> Plane:
    """Share of the light kept from the surface by the product's silhouette, 0..1: crisp where it stands and soft far
    off. `foot` is the row it stands on, `squash` the height over width of a circle on the surface there.
    """
    height, width = alpha.shape
    reach = 1 / np.tan(np.radians(light.height))
    # The light stands a little in front of the product, so the shadow falls behind it, to the other side.
    aside = -light.side * reach
    back = reach * float(np.sqrt(max(0.15, 1 - light.side**2))) * squash
    # A point so high above the foot throws its shadow that far aside and back: x' = x + aside h, y' = foot - back h.
    shear = np.array([[1, -aside, aside * foot], [0, back, foot * (1 - back)]], np.float64)
    thrown = cv2.warpAffine(alpha, shear, (width, height), flags=cv2.INTER_LINEAR)
    shape = np.asarray(thrown, np.float32) / np.float32(255)
    far = np.clip((foot - np.arange(height)) / max(1.0, back * foot), 0, 1)[:, None]
    box = cv2.boundingRect((alpha > 127).astype(np.uint8))
    length = max(2.0, float(box[3]))
    soft = 1.6 - light.hardness
    near = _blurred(shape, 0.008 * length * soft)
    middle = _blurred(shape, 0.035 * length * soft)
    wide = _blurred(shape, 0.09 * length * soft)
    distance = np.clip(far * foot / (length * max(back, 0.08)), 0, 1).astype(np.float32)
    share = np.clip(2 * distance, 0, 1)
    rest = np.clip(2 * distance - 1, 0, 1)
    mixed = (near * (1 - share) + middle * share) * (1 - rest) + wide * rest
    return np.asarray(mixed * (1 - 0.6 * distance), np.float32)


def _blurred(plane: Plane, sigma: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), max(0.5, sigma)), np.float32)
