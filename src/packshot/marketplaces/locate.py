"""Finds the product in a finished picture: what is not transparent, or what is not the colour of the rim.

A picture whose rim is not of one colour, or that fades into it, has no plain background; then somebody who knows more
(a cutout model) must say where the product is, and `subject_of_alpha` takes the answer.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Box, box_of
from packshot.marketplaces.colours import EVEN, Distances
from packshot.marketplaces.facts import FoundBy, Product

PALE = 0.04  # share of the picture that is neither background nor clear; more of it is a shadow or a gradient
PLAIN = 0.7  # share of the rim that must: a product may run out of the frame
CLEAR = 24  # levels from that colour from which a pixel is certainly something
SPECK = 6e-5  # of the picture: smaller things are dust, and do not widen the product's box
EDGE = 0.012  # of the longer side: the soft edge of a cutout that was enlarged reaches this far
PART = 0.08  # of the largest thing: what is as large as this belongs to the product, one shoe and the other
LARGE = 500_000  # pixels
SOLID = 8  # alpha above which a pixel is something


def subject(distances: Distances, alpha: Alpha | None, *, soft: bool = False) -> Product | None:
    """The product before a plain or transparent background; None where the background is neither, or all there is.

    `soft` says that the background is known to have been laid, flat and without a shadow: then whatever hangs together
    with something clear is product, however pale it is. Else pale things beside the product may be its shadow, and
    only what is clear, or enclosed by it, is product.
    """
    if alpha is not None and int(alpha.min()) <= SOLID:
        return _parted((alpha > SOLID).astype(np.uint8) * 255, "transparency")
    colour, share = distances.rim
    if share < PLAIN:
        return None
    far = distances.apart(colour)
    clear = (far > CLEAR).astype(np.uint8) * 255
    if not clear.any() or (not soft and float(((far > EVEN // 2) & (far <= CLEAR)).mean()) > PALE):
        return None
    return _parted(_with_pale(far, clear) if soft else _closed(clear), "background")


def subject_of_alpha(alpha: Alpha, confidence: float) -> Product | None:
    """The product as a cutout model sees it."""
    return _parted((alpha > 127).astype(np.uint8) * 255, "cutout", confidence)


def _with_pale(far: NDArray[np.uint8], clear: Alpha) -> Alpha:
    """`clear`, every pixel of another colour than the background that hangs together with it or is its soft edge."""
    whole = np.zeros_like(clear)
    left, top, width, height = cv2.boundingRect(far)
    part = slice(top, top + height), slice(left, left + width)  # all around it there is nothing but background
    far, clear = np.ascontiguousarray(far[part]), np.ascontiguousarray(clear[part])
    reach = 2 * max(4, round(EDGE * max(whole.shape))) + 1
    found = clear
    for beyond in (False, True):
        if beyond:  # pale parts that go on: a white sole, a paper label
            number, labels = cv2.connectedComponents((far > 1).astype(np.uint8), connectivity=8)
            kept = np.zeros(number, np.uint8)
            kept[labels[clear > 0]] = 255
            kept[0] = 0
            found = np.maximum(kept[labels], clear)
        near = np.asarray(cv2.dilate(found, np.ones((reach, reach), np.uint8)), np.uint8)
        shown = np.asarray(cv2.threshold(far, 0, 255, cv2.THRESH_BINARY)[1], np.uint8)
        found = np.asarray(cv2.bitwise_or(found, cv2.bitwise_and(near, shown)), np.uint8)
        if cv2.countNonZero(found) == cv2.countNonZero(shown):
            break  # everything there is belongs to it
    whole[part] = found
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
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    # Four times as quick as flooding from the rim, and the same to the last pixel.
    return np.asarray(cv2.drawContours(np.zeros_like(mask), outlines, -1, 255, cv2.FILLED), np.uint8)


def _things(solid: Alpha) -> list[tuple[int, Box]]:
    """Each thing in a mask without holes: its pixels and its box.

    Pick's theorem on its outline, whose corners are centres of pixels: area + steps / 2 + 1. Ten times as quick as
    labelling every pixel.
    """
    found = []
    for outline in cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]:
        left, top, width, height = cv2.boundingRect(outline)
        steps = len(outline) if len(outline) > 1 else 0
        pixels = round(cv2.contourArea(outline) + steps / 2 + 1)
        found.append((pixels, Box(left, top, left + width, top + height)))
    return found


def _labelled(mask: Alpha) -> list[tuple[int, Box]]:
    """The same of any mask."""
    number, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    return [
        (int(area), Box(int(left), int(top), int(left + width), int(top + height)))
        for left, top, width, height, area in stats[1:number]
    ]


def _is_one(part: Alpha) -> bool:
    """Whether a large mask, cut to its bounds, is one thing; every other pixel of every other row can tell."""
    if part.size < LARGE:
        return False
    coarse = np.ascontiguousarray(part[::2, ::2])
    left, top, width, height = cv2.boundingRect(coarse)
    bounds_kept = max(left, top, coarse.shape[1] - left - width, coarse.shape[0] - top - height) <= 1
    return bounds_kept and cv2.connectedComponents(coarse)[0] == 2


def _parted(mask: Alpha, found_by: FoundBy, confidence: float = 1.0) -> Product | None:
    """The large things in `mask` are the product; what is small beside the largest of them are bits."""
    at_x, at_y, across, down = cv2.boundingRect(mask)
    part = np.ascontiguousarray(mask[at_y : at_y + down, at_x : at_x + across])
    if found_by == "background":  # its holes are filled
        things = _things(part)
    elif _is_one(part):
        bounds = Box(at_x, at_y, at_x + across, at_y + down)
        return Product(mask, bounds, found_by, (bounds,), (), confidence)
    else:
        things = _labelled(part)
    least = max(4.0, SPECK * mask.size)
    boxes = [
        (area, Box(left + at_x, top + at_y, right + at_x, bottom + at_y))
        for area, (left, top, right, bottom) in things
        if area >= least
    ]
    if not boxes:
        whole = box_of(mask)
        return None if whole is None else Product(mask, whole, found_by, (whole,), (), confidence)
    boxes.sort(key=lambda one: (-one[0], one[1].top, one[1].left))
    largest = boxes[0][0]
    main = [box for area, box in boxes if area >= PART * largest]
    lefts, tops, rights, bottoms = zip(*main, strict=True)
    around = Box(min(lefts), min(tops), max(rights), max(bottoms))
    bits = tuple(box for area, box in boxes if area < PART * largest)
    return Product(mask, around, found_by, tuple(main), bits, confidence)
