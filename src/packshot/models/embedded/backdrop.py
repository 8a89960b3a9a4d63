"""The specialist for plain and graded backdrops: paper sweeps, walls, tables, lightboxes.

It learns the backdrop from the frame inwards, then asks of every pixel whether the backdrop, perhaps in shadow, would
look like that. What cannot be backdrop is product; what grows smoothly out of the backdrop is backdrop or shadow;
between the two, the sharpest edge decides.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Plane, Rgb, box_of, to_linear
from packshot.models.embedded import graph
from packshot.models.embedded.colours import Lab, dot, halved, lab_to_linear, length, steepness
from packshot.models.embedded.ground import blurred, polynomial_field, smooth_field
from packshot.models.embedded.regions import (
    CROSS,
    Mask,
    at_least,
    block,
    dilated,
    eroded,
    holes,
    opened,
    regions,
    ring,
    touching,
    without_crumbs,
)

SIDE = 320
_COLOURED = 1.3  # strongest over weakest channel, linear light, from which a backdrop lends its colour to shadows
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
    explained: float  # share of the frame that one smooth surface explains
    spread: float  # CIE Lab, of the backdrop around that surface
    noise: float  # CIE Lab, of the backdrop around its own local colour

    @property
    def is_plain(self) -> bool:
        """Plain enough that the specialist need not ask anybody."""
        return self.explained > 0.85 and self.spread < _CALM and self.noise < 1.1


def learn(small: Rgb, lab: Lab) -> Backdrop | None:
    """What the frame says about the backdrop, or None where no colour of the frame reaches inwards.

    `small` is a picture shrunk to `SIDE`, `lab` the same in CIE Lab. A field of colour is smooth: it is learnt at half
    of that size.
    """
    height, width = lab.shape[:2]
    coarse = halved(lab)
    rows, columns = coarse.shape[:2]
    frame = ring(rows, columns, max(3, int(0.04 * max(rows, columns))))
    field, spread = polynomial_field(coarse, frame)
    distance = length(coarse - field)
    explained = float((distance[frame > 0] < 3 * spread + 1.5).mean())
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
    field = np.asarray(cv2.resize(field, (width, height)), np.float32)
    distance = length(lab - field)
    noise = _noise(distance, np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8))
    mask = touching((distance < 3.2 * noise + 0.5).astype(np.uint8), ring(height, width, 3))
    relative = np.asarray(distance / noise, np.float32)
    shade, tint = _shade_and_tint(small, lab_to_linear(field) + np.float32(1e-4), mask)
    return Backdrop(small, lab, mask, relative, shade, tint, explained, spread, noise)


def _shade_and_tint(small: Rgb, ground: Lab, mask: Mask) -> tuple[Plane, Plane]:
    """How much light there is beside the backdrop's, and how far the hue is off what a shadow would have there.

    `ground` is the backdrop's linear light. Shadows are not grey: what lights them is the sky or the room, and the
    camera's curve deepens them. In logarithms the channels fall in proportion (after Finlayson et al., PAMI 2006);
    the proportion is read from where the backdrop darkens smoothly, and is 1:1:1 where it does not.
    """
    light = to_linear(small)
    power = dot(ground, ground)
    shade = dot(light, ground) / power
    direction = _fall_of_shadows(light, ground, shade, mask)
    shadowed = shade[..., None] * ground
    if np.ptp(direction) > 0:
        depth = np.log(np.clip(shade, 0.05, 1.5))[..., None] * direction
        shadowed = ground * np.exp(depth)
        # One step of Gauss and Newton along the depth.
        along = shadowed * direction
        depth += (dot(light - shadowed, along) / dot(along, along))[..., None] * direction
        shadowed = ground * np.exp(np.minimum(depth, 1))
    tint = length(light - shadowed) / np.sqrt(power)
    return np.asarray(shade, np.float32), np.asarray(tint, np.float32)


def _fall_of_shadows(light: Lab, ground: Lab, shade: Plane, mask: Mask) -> NDArray[np.float32]:
    """In what proportion red, green and blue fall in a shadow, their mean 1.

    Light that has met a coloured backdrop before deepens its colour in shadows:
    the channel that is weakest falls most. By how much is asked of what is dim and joined to the backdrop.
    """
    grey, hue = np.ones(3, np.float32), ground[mask > 0].mean(axis=0)
    if hue.max() < _COLOURED * hue.min():
        return grey
    slope = steepness(np.asarray(100 * shade, np.float32))
    dark = ((slope < 10) & (shade > 0.3) & (shade < 1.02)).astype(np.uint8)
    joined = touching(opened(dark | mask, block(5)), mask)
    dim = (joined > 0) & (shade < 0.93) & (slope > 0.3)
    if dim.sum() < 0.002 * dim.size:
        return grey
    every = 1 + int(dim.sum()) // 4000
    falls = np.log((light[dim][::every] + np.float32(2e-3)) / (ground[dim][::every] + np.float32(2e-3)))
    proportions = falls / np.minimum(falls.mean(axis=1, keepdims=True), -0.03)

    def agreed(proportion: NDArray[np.float32]) -> float:
        return float((length(proportions - proportion) < 0.2).mean())

    deepened = [np.asarray(1 - share * (hue / hue.mean() - 1), np.float32) for share in (0.25, 0.5, 0.75, 1, 1.25)]
    best = max(deepened, key=agreed)
    for reach in (0.4, 0.3, 0.2):
        near = length(proportions - best) < reach
        best = proportions[near].mean(axis=0) if near.any() else best
    return best / best.mean() if agreed(best) > agreed(grey) + 0.2 else grey


def _noise(distance: Plane, mask: Mask) -> float:
    """CIE Lab, of the backdrop around its own local colour."""
    # The median of a chi distribution with three degrees of freedom is 1.54.
    return max(_QUIETEST, 1.4826 / 1.54 * float(np.median(distance[mask > 0])))


def product_mask(backdrop: Backdrop) -> Mask:
    """The product in front of the backdrop; empty where nothing stands out."""
    smooth = steepness(backdrop.lab[..., 0]) < 3
    could_be_shadow = (backdrop.shade < 1.05) & (backdrop.shade > 0.22)
    could_be_shadow &= backdrop.tint < 0.01 + 0.02 * backdrop.shade
    product = _surely_product(backdrop, could_be_shadow)
    ground = _surely_ground(backdrop, could_be_shadow & smooth & (product == 0))
    ground |= _shaded_holes(backdrop, could_be_shadow & (ground == 0) & (product == 0), ground, product)
    ground |= _cast_shadows(backdrop, could_be_shadow & (ground == 0) & (product == 0))
    if not product.any():
        product = (backdrop.distance > 8).astype(np.uint8) & (1 - ground)
    if not product.any():
        return np.zeros_like(product)
    mask = _parted_at_edges(backdrop.small, ground, product)
    mask |= ((backdrop.distance > 6) & ~could_be_shadow & (ground == 0)).astype(np.uint8) & dilated(mask)
    labels = np.where(mask > 0, graph.MAYBE_PRODUCT, graph.MAYBE_BACKGROUND).astype(np.uint8)
    labels[could_be_shadow & (backdrop.shade > 0.35)] = graph.MAYBE_BACKGROUND
    labels[(ground > 0) | (dilated(mask, block(9)) == 0)] = graph.BACKGROUND
    labels[product > 0] = graph.PRODUCT
    mask = _closed(_cut_nearby(backdrop.small, labels, mask), ground, backdrop)
    if not backdrop.is_plain:
        return mask
    shadows = (could_be_shadow & (backdrop.shade > 0.35) & (backdrop.shade < 0.75)).astype(np.uint8)
    shadows = dilated(opened(shadows, block(5)), block(5))  # what is wider than a stroke of print, with its edges
    printed = (backdrop.distance > 4) & ~smooth & (shadows == 0)
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


def _surely_product(backdrop: Backdrop, could_be_shadow: NDArray[np.bool_]) -> Mask:
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


def _surely_ground(backdrop: Backdrop, smooth_shadow: NDArray[np.bool_]) -> Mask:
    """The backdrop itself, its like behind holes, and the shadows that grow smoothly out of it."""
    area = backdrop.mask.size
    calm = opened((cv2.blur(backdrop.distance, (3, 3)) < 1.9).astype(np.uint8))
    ground = eroded(backdrop.mask) | eroded(at_least(calm, 0.0006 * area, CROSS))
    shadow = (smooth_shadow & (backdrop.shade > 0.35)).astype(np.uint8) | ground
    shadow = opened(shadow, block(5)) | ground  # no leaking through narrow gaps
    return opened(touching(shadow, ground)) | ground


def _shaded_holes(backdrop: Backdrop, dim: NDArray[np.bool_], ground: Mask, product: Mask) -> Mask:
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


def _cast_shadows(backdrop: Backdrop, dim: NDArray[np.bool_]) -> Mask:
    """Shadows with hard edges, and holes that show the ground in the product's own shadow.

    Each region of `dim` pixels between edges is asked as a whole: a shadow has the ground's hue almost to a hair, one
    shade, no texture of its own, and an outline that shows. The limits part regions of composites with hard shadows
    best (docs/decisions/040).
    """
    lightness = backdrop.lab[..., 0]
    slope = steepness(lightness)
    grain = np.abs(cv2.Laplacian(lightness, cv2.CV_32F))
    coarsest = 1.6 * (float(np.median(grain[backdrop.mask > 0])) + 0.1)
    candidates = opened((dim & (slope < 2) & (backdrop.distance > 2.5) & (backdrop.shade > 0.25)).astype(np.uint8))
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
        if most - least < 0.06 and np.percentile(slope[near][rim], 75) > 2.5:
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
    slope = steepness(backdrop.lab[..., 0])
    for hole in found:
        left, top, width, height, area = stats[hole]
        near = np.s_[max(0, top - 2) : top + height + 2, max(0, left - 2) : left + width + 2]
        here = labels[near] == hole
        rim = (dilated(here.astype(np.uint8), block(5)) > 0) & ~here
        sharpness = float(np.median(slope[near][rim]))
        seen = ground[near][here].mean()
        alike = np.median(backdrop.distance[near][here]) < 4
        if area < 0.002 * total or sharpness < 1.2 or (seen < 0.3 and not (alike and sharpness > 4)):
            mask[near][here] = 1
    return without_crumbs(mask, 0.03)


def _printed_pockets(mask: Mask, odd: NDArray[np.bool_]) -> Mask:
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
