"""Finds the product in a finished picture: what is not transparent, or what is not the colour of the rim.

A picture whose rim is not of one colour, or that fades into it, has no plain background; then somebody who knows more
(a cutout model) must say where the product is, and `subject_of_alpha` takes the answer.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Box, Rgb, box_of
from packshot.marketplaces.facts import FoundBy, Product

RIM = 0.02  # of the shorter side: the frame of pixels that tells the background's colour
EVEN = 12  # levels from that colour within which a pixel of the rim counts as background
PALE = 0.04  # share of the picture that is neither background nor clear; more of it is a shadow or a gradient
PLAIN = 0.7  # share of the rim that must: a product may run out of the frame
CLEAR = 24  # levels from that colour from which a pixel is certainly something
SPECK = 6e-5  # of the picture: smaller things are dust, and do not widen the product's box
EDGE = 0.012  # of the longer side: the soft edge of a cutout that was enlarged reaches this far
PART = 0.08  # of the largest thing: what is as large as this belongs to the product, one shoe and the other
SOLID = 8  # alpha above which a pixel is something


def rim_of(rgb: Rgb) -> NDArray[np.uint8]:
    """The outermost pixels of a picture, as (number, 3)."""
    height, width = rgb.shape[:2]
    thick = max(1, round(RIM * min(height, width)))
    if 2 * thick >= min(height, width):
        return rgb.reshape(-1, 3)
    sides = (rgb[:thick], rgb[-thick:], rgb[thick:-thick, :thick], rgb[thick:-thick, -thick:])
    return np.concatenate([side.reshape(-1, 3) for side in sides])


def rim_colour(rgb: Rgb) -> tuple[tuple[int, int, int], float]:
    """The commonest colour of the rim, and the share of the rim that is about so."""
    rim = rim_of(rgb)
    coarse = (rim >> 3).astype(np.int32)
    codes = (coarse[:, 0] << 10) | (coarse[:, 1] << 5) | coarse[:, 2]
    common = rim[codes == np.bincount(codes).argmax()]
    colour = np.median(common, axis=0)
    share = float((np.abs(rim - colour).max(axis=1) <= EVEN).mean())
    return (int(colour[0]), int(colour[1]), int(colour[2])), share


def distance(rgb: Rgb, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    """How far each pixel is from `colour`, in levels of the channel that is farthest: (height, width)."""
    flat: Any = (float(colour[0]), float(colour[1]), float(colour[2]), 0.0)  # a scalar, which the stubs do not know
    apart = cv2.absdiff(rgb, flat)
    red, green, blue = (cv2.extractChannel(apart, channel) for channel in range(3))
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def subject(rgb: Rgb, alpha: Alpha | None, *, soft: bool = False) -> Product | None:
    """The product before a plain or transparent background; None where the background is neither, or all there is.

    `soft` says that the background is known to have been laid, flat and without a shadow: then whatever hangs together
    with something clear is product, however pale it is. Else pale things beside the product may be its shadow, and
    only what is clear, or enclosed by it, is product.
    """
    if alpha is not None and int(alpha.min()) <= SOLID:
        return _parted((alpha > SOLID).astype(np.uint8) * 255, "transparency")
    colour, share = rim_colour(rgb)
    if share < PLAIN:
        return None
    far = distance(rgb, colour)
    clear = (far > CLEAR).astype(np.uint8) * 255
    if not clear.any() or (not soft and float(((far > EVEN // 2) & (far <= CLEAR)).mean()) > PALE):
        return None
    return _parted(_with_pale(far, clear) if soft else _closed(clear), "background")


def subject_of_alpha(alpha: Alpha, confidence: float) -> Product | None:
    """The product as a cutout model sees it."""
    return _parted((alpha > 127).astype(np.uint8) * 255, "cutout", confidence)


def _with_pale(far: NDArray[np.uint8], clear: Alpha) -> Alpha:
    """`clear`, every pixel of another colour than the background that hangs together with it or is its soft edge."""
    _, labels = cv2.connectedComponents((far > 1).astype(np.uint8), connectivity=8)
    kept = np.zeros(int(labels.max()) + 1, np.uint8)
    kept[np.unique(labels[clear > 0])] = 255
    kept[0] = 0
    whole = np.maximum(kept[labels], clear)
    reach = 2 * max(4, round(EDGE * max(clear.shape))) + 1
    near = np.asarray(cv2.dilate(whole, np.ones((reach, reach), np.uint8)), np.uint8)
    whole[(near > 0) & (far > 0)] = 255
    return _filled(whole)


def _closed(clear: Alpha) -> Alpha:
    """`clear` with small gaps in its outline closed, and what it encloses filled."""
    across = max(3, round(0.012 * max(clear.shape)) | 1)
    kernel = np.ones((across, across), np.uint8)  # a square: five times as quick as a disc
    padded = cv2.copyMakeBorder(clear, across, across, across, across, cv2.BORDER_CONSTANT, value=0)
    closed = np.asarray(cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel), np.uint8)
    inside = _filled(closed)[across:-across, across:-across]
    # Closing also bridges to what stands near by; only what lies inside the outline is wanted.
    return np.asarray(np.maximum(clear, inside), np.uint8)


def _filled(mask: Alpha) -> Alpha:
    """`mask` without holes: what the rim cannot reach."""
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    flooded = np.asarray(padded, np.uint8).copy()
    cv2.floodFill(flooded, None, (0, 0), 255)
    holes = cv2.bitwise_not(flooded)[1:-1, 1:-1]
    return np.asarray(cv2.bitwise_or(mask, np.ascontiguousarray(holes)), np.uint8)


def _parted(mask: Alpha, found_by: FoundBy, confidence: float = 1.0) -> Product | None:
    """The large things in `mask` are the product; what is small beside the largest of them are bits."""
    number, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    least = max(4.0, SPECK * mask.size)
    boxes = [
        (int(area), Box(int(left), int(top), int(left + width), int(top + height)))
        for left, top, width, height, area in stats[1:number]
        if area >= least
    ]
    if not boxes:
        whole = box_of(mask)
        return None if whole is None else Product(mask, whole, found_by, (whole,), (), confidence)
    boxes.sort(key=lambda one: -one[0])
    largest = boxes[0][0]
    main = [box for area, box in boxes if area >= PART * largest]
    lefts, tops, rights, bottoms = zip(*main, strict=True)
    around = Box(min(lefts), min(tops), max(rights), max(bottoms))
    bits = tuple(box for area, box in boxes if area < PART * largest)
    return Product(mask, around, found_by, tuple(main), bits, confidence)
