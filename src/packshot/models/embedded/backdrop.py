"""What stands behind the product, learnt from the frame inwards: paper sweeps, walls, tables, lightboxes.

Of every pixel it is then asked whether the backdrop, perhaps in shadow, would look like that.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from packshot.image import Plane, Rgb, to_linear
from packshot.models.embedded.colours import Lab, halved, lab_to_linear, length, steepness
from packshot.models.embedded.ground import polynomial_field, smooth_field
from packshot.models.embedded.regions import Mask, block, dilated, ring, touching
from packshot.models.embedded.shadows import Colour, fall_of_shadows, shade_and_tint

SIDE = 320
_CALM = 2.6  # CIE Lab, spread around one smooth surface up to which a frame has no pattern
_QUIETEST = 0.7  # CIE Lab: less spread than this in a backdrop is compression, not calm


@dataclass(frozen=True, eq=False)
class Backdrop:
    """A picture seen as backdrop plus something else. Planes have the shape of the shrunk picture."""

    small: Rgb
    lab: Lab
    mask: Mask  # backdrop for sure: joined to the frame and of its colour
    distance: Plane  # from the backdrop's colour, in its own standard deviations
    shade: Plane  # light relative to the backdrop's; 1 = the same, less = darker
    tint: Plane  # how far the hue is off, relative to the backdrop's brightness
    slope: Plane  # CIE L* per pixel
    field: Lab  # its colour everywhere, at half the size
    fall: Colour  # in what proportion red, green and blue fall in its shadows
    explained: float  # share of the frame that one smooth surface explains
    strange: Mask  # what it does not explain of the frame, at half the size
    spread: float  # CIE Lab, of the backdrop around that surface
    noise: float  # CIE Lab, of the backdrop around its own local colour

    @property
    def is_plain(self) -> bool:
        """Plain enough that the specialist need not ask anybody."""
        return self.explained > 0.85 and self.spread < _CALM and self.noise < 1.1

    def explained_beside(self, product: Mask) -> float:
        """As `explained`, of the frame without the product that it cuts off. `product` has the shape of the planes."""
        rows, columns = self.strange.shape
        covered = cv2.resize(dilated(product, block(5)), (columns, rows), interpolation=cv2.INTER_NEAREST)
        free = _frame(rows, columns) & (1 - np.asarray(covered, np.uint8))
        return 1 - float((self.strange & free).sum()) / max(1, int(free.sum()))


def learn(small: Rgb, lab: Lab) -> Backdrop | None:
    """What the frame says about the backdrop, or None where no colour of the frame reaches inwards.

    `small` is a picture shrunk to `SIDE`, `lab` the same in CIE Lab. A field of colour is smooth: it is learnt at half
    of that size.
    """
    height, width = lab.shape[:2]
    coarse = halved(lab)
    rows, columns = coarse.shape[:2]
    frame = _frame(rows, columns)
    field, spread = polynomial_field(coarse, frame)
    distance = length(coarse - field)
    strange = (distance >= 3 * spread + 1.5).astype(np.uint8) & frame
    explained = 1 - float(strange.sum()) / float(frame.sum())
    # Where the ground has no pattern, it ends at edges: else the field creeps into a product of nearly its colour.
    even = (steepness(coarse[..., 0]) < 2.5) | (spread > _CALM)
    similar = ((distance < 3 * spread + 2) & even).astype(np.uint8)
    for _ in range(3):
        mask = touching(similar, frame)
        if mask.mean() < 0.02:
            return None
        field = smooth_field(coarse, mask)
        distance = length(coarse - field)
        similar = ((distance < 3.2 * _noise(distance, mask) + 0.5) & even).astype(np.uint8)
    coarse_field, field = field, np.asarray(cv2.resize(field, (width, height)), np.float32)
    distance = length(lab - field)
    noise = _noise(distance, np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8))
    mask = touching((distance < 3.2 * noise + 0.5).astype(np.uint8), ring(height, width, 3))
    relative = np.asarray(distance / noise, np.float32)
    light, ground = to_linear(small), lab_to_linear(field) + np.float32(1e-4)
    fall = fall_of_shadows(light, ground, mask)
    shade, tint = shade_and_tint(light, ground, fall)
    slope = steepness(lab[..., 0])
    return Backdrop(
        small, lab, mask, relative, shade, tint, slope, coarse_field, fall, explained, strange, spread, noise
    )


def _frame(rows: int, columns: int) -> Mask:
    return ring(rows, columns, max(3, int(0.04 * max(rows, columns))))


def _noise(distance: Plane, mask: Mask) -> float:
    """CIE Lab, of the backdrop around its own local colour."""
    # The median of a chi distribution with three degrees of freedom is 1.54.
    return max(_QUIETEST, 1.4826 / 1.54 * float(np.median(distance[mask > 0])))
