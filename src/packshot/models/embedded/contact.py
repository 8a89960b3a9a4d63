"""What a product throws on the ground where it stands, peeled off a mask that took it along.

Where a thing touches the ground its shadow is as steep as an edge, on a picture of a few hundred pixels. On a larger
copy it is a slope, and the edge behind it a step.
"""

from collections.abc import Callable

import cv2
import numpy as np

from packshot.image import Alpha, Box, Plane, Rgb, box_of, to_linear
from packshot.models.embedded.backdrop import Backdrop
from packshot.models.embedded.colours import Lab, lab_to_linear, steepness
from packshot.models.embedded.regions import CROSS, Mask, block, dilated, eroded, opened, regions
from packshot.models.embedded.shadows import shade_and_tint

_LOW = 0.4  # share of the product's height, from below, where it may stand
_STEEPEST = 5.0  # CIE L* per pixel that a shadow may rise
_LIGHTEST = 0.94  # of the backdrop's light
_DARKEST = (0.35, 0.2, 0.08)  # of the same, in turns: a dark product may be lost in what is dark enough
_TINT = 0.045  # how far its hue may be off: products throw their own colour into it
_LARGEST, _LEAST = 0.2, 0.0005  # of the mask: of one shadow, and of all
_BEHIND = 1.4  # times steeper, the edge that it hides than its own
_HARDLY = 0.4  # alpha of the network, on average, up to which it sees no product
_REACH = 0.035  # of the product's longer side: from a shadow to the edge that it hides, at the most
_RIM = 5  # pixels of the mask beneath a shadow that are its own rim
_LOWEST = 0.7  # share of its columns beneath which there is no more product


def peeled(rgb: Rgb, alpha: Alpha, seen: Backdrop, network: Callable[[], Alpha]) -> Alpha:
    """`alpha` without the shadows at its foot.

    What goes begins at the rim, has the backdrop's hue in a darker shade, rises nowhere steeply, and hides an edge
    that is sharper than its own outline. Dark leather can be all of that, so the `network`, which knows products, has
    to see none there: its alpha is asked for when there is something to ask. `seen` is the whole picture's backdrop.
    """
    box = box_of(alpha, 127)
    if box is None:
        return alpha
    low = box._replace(top=int(box.bottom - _LOW * box.height)).grown(4, (rgb.shape[1], rgb.shape[0]))
    part = np.s_[low.top : low.bottom, low.left : low.right]
    close, mask = np.ascontiguousarray(rgb[part]), (alpha[part] > 127).astype(np.uint8)
    shadow = _shadows(close, mask, seen, _ground(seen, low, (rgb.shape[1], rgb.shape[0])))
    if shadow.sum() < _LEAST * mask.sum():
        return alpha
    shadow = _unseen(shadow, network()[part])
    if not shadow.any():
        return alpha
    found, reach = alpha.copy(), max(5, round(_REACH * max(box.width, box.height)))
    found[part][_up_to_the_edge(close, mask, shadow, reach) == 0] = 0
    return found


def _unseen(shadow: Mask, network: Alpha) -> Mask:
    """The regions in which the network sees hardly any product."""
    labels, stats = regions(shadow, CROSS)
    areas = np.maximum(1, stats[:, cv2.CC_STAT_AREA])
    product = np.bincount(labels.ravel(), weights=network.ravel(), minlength=len(stats)) / areas
    keep = (product < 255 * _HARDLY).astype(np.uint8)
    keep[0] = 0
    return np.asarray(keep[labels], np.uint8)


def _up_to_the_edge(rgb: Rgb, mask: Mask, shadow: Mask, reach: int) -> Mask:
    """The mask without the shadow and what lies between it and the nearest edge (watershed, Meyer 1992)."""
    near, rest = dilated(shadow, block(2 * reach + 1)), mask & (1 - shadow)
    markers = np.zeros(mask.shape, np.int32)
    markers[(mask == 0) | (shadow > 0)] = 1
    markers[(rest > 0) & ((near == 0) | (eroded(rest, block(reach)) > 0))] = 2
    cv2.watershed(rgb, markers)
    return np.asarray(mask & ((near == 0) | opened((markers == 2).astype(np.uint8))), np.uint8)


def _shadows(rgb: Rgb, mask: Mask, seen: Backdrop, ground: Lab) -> Mask:
    shade, tint = shade_and_tint(to_linear(rgb), ground, seen.fall)
    lightness = cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)[..., 0].astype(np.float32) * np.float32(100 / 255)
    slope = steepness(lightness)
    could = (mask > 0) & (shade < _LIGHTEST) & (tint < _TINT) & (slope < _STEEPEST)
    found = np.zeros_like(mask)
    for darkest in _DARKEST:
        rest = mask & (1 - found)
        lowest = rest.shape[0] - 1 - np.argmax(rest[::-1], axis=0)
        labels, stats = regions(opened((could & (rest > 0) & (shade > darkest)).astype(np.uint8)), CROSS)
        for label in range(1, len(stats)):
            left, top, width, height, area = (int(value) for value in stats[label])
            if not 12 <= area < _LARGEST * mask.sum():
                continue
            near = np.s_[max(0, top - 4) : top + height + 4, max(0, left - 4) : left + width + 4]
            region = (labels[near] == label).astype(np.uint8)
            columns = np.flatnonzero(region.any(axis=0))
            bottom = near[0].start + region.shape[0] - 1 - np.argmax(region[::-1, columns], axis=0)
            stands = (bottom >= lowest[near[1]][columns] - _RIM).mean() > _LOWEST
            if stands and _hides_an_edge(region, rest[near], slope[near], tint[near]):
                found[near] |= region
    return found


def _hides_an_edge(region: Mask, mask: Mask, slope: Plane, tint: Plane) -> bool:
    """Whether it meets the rest of the mask at something sharper than what it ends in, or of another hue."""
    beside = dilated(region, block(5)) & (1 - region)
    outside, inside = (beside & (1 - mask)) > 0, (beside & mask) > 0
    if outside.sum() < 4 or inside.sum() < 4:
        return False
    own, behind = float(np.median(slope[outside])), float(np.percentile(slope[inside], 60))
    return behind > _BEHIND * own + 0.5 or float(np.median(tint[inside])) > 1.4 * _TINT


def _ground(seen: Backdrop, here: Box, size: tuple[int, int]) -> Lab:
    """The backdrop's linear light over `here`, in a picture of `size` (width, height)."""
    field = lab_to_linear(seen.field)
    rows, columns = field.shape[:2]
    scale_x, scale_y = columns / size[0], rows / size[1]
    matrix = np.array([[scale_x, 0, (here.left + 0.5) * scale_x - 0.5], [0, scale_y, (here.top + 0.5) * scale_y - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    there = cv2.warpAffine(field, matrix, (here.width, here.height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(there, np.float32) + np.float32(1e-4)
