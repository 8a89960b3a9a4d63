"""The product before a plain or graded backdrop.

What cannot be backdrop is product; what grows smoothly out of the backdrop is backdrop or shadow; between the two, the
sharpest edge decides.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Rgb, box_of
from packshot.models.embedded import graph
from packshot.models.embedded.backdrop import Backdrop
from packshot.models.embedded.ground import blurred
from packshot.models.embedded.regions import (
    BLOCK,
    CROSS,
    Mask,
    at_least,
    block,
    dilated,
    eroded,
    holes,
    opened,
    regions,
    touching,
    without_crumbs,
)

Yes = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Parted:
    """A picture parted at its edges, between what is product for sure and what is ground for sure."""

    mask: Mask  # the product, before it is tidied up
    product: Mask  # for sure
    ground: Mask  # for sure
    could_be_shadow: Yes


def product_mask(backdrop: Backdrop) -> Mask:
    """The product in front of the backdrop; empty where nothing stands out."""
    return tidied(backdrop, parted(backdrop))


def parted(backdrop: Backdrop) -> Parted:
    """Enough to see where the product is."""
    could_be_shadow = (backdrop.shade < 1.05) & (backdrop.shade > 0.22)
    could_be_shadow &= backdrop.tint < 0.01 + 0.02 * backdrop.shade
    smooth = backdrop.slope < 3
    product = _surely_product(backdrop, could_be_shadow)
    product |= _lines(backdrop, product)
    ground = _surely_ground(backdrop, could_be_shadow & smooth & (product == 0))
    ground |= _shaded_holes(backdrop, could_be_shadow & (ground == 0) & (product == 0), ground, product)
    ground |= _cast_shadows(backdrop, could_be_shadow & (ground == 0) & (product == 0))
    if not product.any():
        product = (backdrop.distance > 8).astype(np.uint8) & (1 - ground)
    mask = np.zeros_like(product)
    if product.any():
        mask = _parted_at_edges(backdrop.small, ground, product)
        mask |= ((backdrop.distance > 6) & ~could_be_shadow & (ground == 0)).astype(np.uint8) & dilated(mask)
    return Parted(mask, product, ground, could_be_shadow)


def tidied(backdrop: Backdrop, parts: Parted) -> Mask:
    """The product's mask with an outline that follows its colours, its holes open and its pockets of print closed."""
    mask, dim = parts.mask, parts.could_be_shadow & (backdrop.shade > 0.35)
    if not mask.any():
        return mask
    labels = np.where(mask > 0, graph.MAYBE_PRODUCT, graph.MAYBE_BACKGROUND).astype(np.uint8)
    labels[dim] = graph.MAYBE_BACKGROUND
    labels[(parts.ground > 0) | (dilated(mask, block(9)) == 0)] = graph.BACKGROUND
    labels[parts.product > 0] = graph.PRODUCT
    mask = _closed(_cut_nearby(backdrop.small, labels, mask), parts.ground, backdrop)
    if not backdrop.is_plain:
        return mask
    shadows = opened((dim & (backdrop.shade < 0.75)).astype(np.uint8), block(5))  # wider than a stroke of print
    printed = (backdrop.distance > 4) & (backdrop.slope >= 3) & (dilated(shadows, block(5)) == 0)
    return mask | _printed_pockets(mask, printed)


def _cut_nearby(small: Rgb, labels: Mask, mask: Mask) -> Mask:
    """The graph cut where it can change something: around the mask. Its cost goes with the area."""
    height, width = mask.shape
    box = box_of(mask)
    if box is None:
        return mask
    view = box.grown(16, (width, height))
    here = np.s_[view.top : view.bottom, view.left : view.right]
    found = np.zeros_like(mask)
    found[here] = graph.cut_once(np.ascontiguousarray(small[here]), labels[here])
    return found


def _surely_product(backdrop: Backdrop, could_be_shadow: Yes) -> Mask:
    """Pixels no shadow explains, less the rim that blends with the ground; and patches of texture."""
    other = ((backdrop.distance > 6) & ~could_be_shadow).astype(np.uint8)
    core = eroded(other)
    thin = other & (1 - dilated(core, block(5)))
    product = core | opened(thin, block(2))
    lightness = backdrop.lab[..., 0]
    detail = cv2.blur(np.abs(lightness - cv2.GaussianBlur(lightness, (0, 0), 1.5)), (5, 5))
    calm = float(np.median(detail[backdrop.mask > 0])) + 0.15
    textured = ((detail > 4 * calm + 0.6) & (backdrop.distance > 5)).astype(np.uint8)
    return at_least((product | eroded(textured, block(5))).astype(np.uint8), 6)


def _lines(backdrop: Backdrop, product: Mask) -> Mask:
    """Dark lines that leave the product: laces, straps, wires, of which the rules for areas keep nothing.

    A line is narrow and far darker than what lies on both sides of it, as no shadow of a broad thing is. One that hugs
    the product is its shadow, and one that ends at the frame may be a seam of the backdrop.
    """
    rises = backdrop.distance - cv2.morphologyEx(backdrop.distance, cv2.MORPH_OPEN, block(7))
    narrow = ((rises > 8) & (backdrop.shade < 0.6)).astype(np.uint8)
    near = dilated(product, block(5))
    lines = touching(narrow | near, near) & narrow & (1 - product)
    joined = cv2.morphologyEx(lines | product, cv2.MORPH_CLOSE, BLOCK) & (backdrop.distance > 4).astype(np.uint8)
    labels, stats = regions(joined & (1 - product))
    height, width = product.shape
    left, top, wide, tall, area = stats.T
    kept = (left > 1) & (top > 1) & (left + wide < width - 1) & (top + tall < height - 1)
    kept &= (area >= 8) & (np.maximum(wide, tall) >= 8)
    away = np.zeros(len(stats), bool)
    away[np.unique(labels[dilated(product, block(13)) == 0])] = True
    kept &= away
    kept[0] = False
    return np.asarray(kept[labels], np.uint8)


def _surely_ground(backdrop: Backdrop, smooth_shadow: Yes) -> Mask:
    """The backdrop itself, its like behind holes, and the shadows that grow smoothly out of it."""
    area = backdrop.mask.size
    calm = opened((cv2.blur(backdrop.distance, (3, 3)) < 1.9).astype(np.uint8))
    ground = eroded(backdrop.mask) | eroded(at_least(calm, 0.0006 * area, CROSS))
    shadow = (smooth_shadow & (backdrop.shade > 0.35)).astype(np.uint8) | ground
    shadow = opened(shadow, block(5)) | ground  # no leaking through narrow gaps
    return opened(touching(shadow, ground)) | ground


def _shaded_holes(backdrop: Backdrop, dim: Yes, ground: Mask, product: Mask) -> Mask:
    """Holes that show the backdrop in the product's own shadow: enclosed, untextured, of a believable shade."""
    lightness = backdrop.lab[..., 0]
    grain = np.abs(cv2.Laplacian(lightness, cv2.CV_32F))
    smooth = 1.3 * (float(np.median(grain[backdrop.mask > 0])) + 0.1) + 0.4
    known = ground.astype(np.float32)
    sigma = 0.05 * max(ground.shape)
    nearby_shade = (blurred(backdrop.shade * known, sigma) + 1e-3) / (blurred(known, sigma) + 1e-3)
    candidates = opened((dim & (backdrop.shade > 0.4)).astype(np.uint8))
    labels, stats = regions(candidates, CROSS)
    found = np.zeros_like(ground)
    for label in range(1, len(stats)):
        area = int(stats[label, cv2.CC_STAT_AREA])
        if area < 0.0006 * ground.size:
            continue
        here = (labels == label).astype(np.uint8)
        core = eroded(here) > 0
        rim = (dilated(here, block(5)) > 0) & (here == 0)
        if core.sum() < 6 or ground[rim].mean() > 0.2 or np.median(grain[core]) > smooth:
            continue
        darker = float(np.median((nearby_shade - backdrop.shade)[core]))
        if darker < 0.12 or (darker < 0.45 and area < 0.08 * product.sum()):
            found[core] = 1
    return found


def _cast_shadows(backdrop: Backdrop, dim: Yes) -> Mask:
    """Shadows with hard edges, and holes that show the ground in the product's own shadow.

    Each region of `dim` pixels between edges is asked as a whole: a shadow has the ground's hue almost to a hair, one
    shade, no texture of its own, and an outline that shows. The limits part regions of composites with hard shadows
    best (docs/decisions/040).
    """
    lightness = backdrop.lab[..., 0]
    grain = np.abs(cv2.Laplacian(lightness, cv2.CV_32F))
    coarsest = 1.6 * (float(np.median(grain[backdrop.mask > 0])) + 0.1)
    candidates = opened(
        (dim & (backdrop.slope < 2) & (backdrop.distance > 2.5) & (backdrop.shade > 0.25)).astype(np.uint8)
    )
    labels, stats = regions(candidates, CROSS)
    found = np.zeros_like(candidates)
    for label in np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= 0.0006 * found.size) + 1:
        left, top, width, height = stats[label, :4]
        near = np.s_[max(0, top - 2) : top + height + 2, max(0, left - 2) : left + width + 2]
        here = (labels[near] == label).astype(np.uint8)
        core = eroded(here) > 0
        if core.sum() < 6 or np.median(backdrop.tint[near][core]) > 0.0075 or np.median(grain[near][core]) > coarsest:
            continue
        least, most = np.percentile(backdrop.shade[near][core], (10, 90))
        rim = (dilated(here, block(5)) > 0) & (here == 0)
        if most - least < 0.06 and np.percentile(backdrop.slope[near][rim], 75) > 2.5:
            found[near] |= core
    return found


def _parted_at_edges(small: Rgb, ground: Mask, product: Mask) -> Mask:
    """Flood from both sides; they meet on the steepest edge between them (watershed, Meyer 1992)."""
    markers = np.zeros(ground.shape, np.int32)
    markers[ground > 0] = 1
    markers[product > 0] = 2
    cv2.watershed(small, markers)
    return np.asarray(markers == 2, np.uint8)


def _closed(mask: Mask, ground: Mask, backdrop: Backdrop) -> Mask:
    """Without crumbs, and without holes but those that show the ground behind a rim."""
    labels, stats, found = holes(mask)
    total = int(mask.sum())
    for hole in found:
        left, top, width, height, area = stats[hole]
        near = np.s_[max(0, top - 2) : top + height + 2, max(0, left - 2) : left + width + 2]
        here = labels[near] == hole
        rim = (dilated(here.astype(np.uint8), block(5)) > 0) & ~here
        sharpness = float(np.median(backdrop.slope[near][rim]))
        seen = ground[near][here].mean()
        alike = np.median(backdrop.distance[near][here]) < 4
        if area < 0.002 * total or sharpness < 1.2 or (seen < 0.3 and not (alike and sharpness > 4)):
            mask[near][here] = 1
    return without_crumbs(mask, 0.03)


def _printed_pockets(mask: Mask, odd: Yes) -> Mask:
    """Pockets in the product's outline that hold detached print: a white label before a white backdrop.

    A pocket that shows the backdrop is empty; letters and lines that touch nothing need something to stand on.
    """
    mask = without_crumbs(mask, 0.03)
    outline, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outline:
        return np.zeros_like(mask)
    hull = np.zeros_like(mask)
    cv2.fillPoly(hull, [cv2.convexHull(np.concatenate(outline))], 1)
    labels, stats = regions(hull & (1 - mask), CROSS)
    print_ = odd.astype(np.uint8) & (1 - dilated(mask, block(7)))
    found = np.zeros_like(mask)
    large = np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= 0.02 * mask.sum()) + 1
    for label in large:
        here = (labels == label).astype(np.uint8)
        letters = print_ & here
        if not 0.02 < letters.sum() / here.sum() < 0.6:
            continue
        rim = (dilated(here) > 0) & (here == 0)
        if mask[rim].mean() > 0.45 and hull[rim].mean() > 0.5 and len(regions(letters)[1]) > 3:
            found |= here
    return found
