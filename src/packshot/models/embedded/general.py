"""The general path: any ground, by salience and graph cut; with a box, inside it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Box, Plane, Rgb
from packshot.models.embedded import graph
from packshot.models.embedded.colours import Lab, shrunk, to_lab
from packshot.models.embedded.ground import whitened_distance
from packshot.models.embedded.regions import Mask, block, dilated, holes, without_crumbs
from packshot.models.embedded.saliency import centred, salience

_SIDE = 256


def salient(rgb: Rgb) -> Mask:
    """The mask of what stands out, of the shape of a picture shrunk to 256 pixels; empty where nothing does."""
    small = shrunk(rgb, _SIDE)
    height, width = small.shape[:2]
    lab = to_lab(small)
    first = np.asarray(cv2.resize(salience(rgb), (width, height)), np.float32)
    far = whitened_distance(lab, (first < 0.5 * _otsu(first)).astype(np.uint8))
    found = 0.5 * first + 0.5 * (1 - np.exp(-far / 4)) * centred(height, width, 0.5)
    level = _otsu(found)
    labels = np.where(found > level, graph.MAYBE_PRODUCT, graph.MAYBE_BACKGROUND).astype(np.uint8)
    labels[found < 0.3 * level] = graph.BACKGROUND
    mask = graph.cut(_features(lab, far), labels, 2)
    allowed = (found >= 0.2 * level).astype(np.uint8)
    return _tidied(*_second_look(lab, mask, far, allowed))


def boxed(rgb: Rgb, box: Box, rough: Alpha | None = None) -> tuple[Mask, Box]:
    """The mask of the product inside `box`, and the part of the picture that the mask covers.

    What lies around the box shows what the ground looks like. `rough`, a sketch of the product of the shape of `rgb`,
    is where the search starts.
    """
    height, width = rgb.shape[:2]
    view = box.grown(2 + int(0.15 * max(box.width, box.height)), (width, height))
    small = shrunk(rgb[view.top : view.bottom, view.left : view.right], _SIDE)
    rows, columns = small.shape[:2]
    scale_x, scale_y = columns / view.width, rows / view.height
    left, top = int((box.left - view.left) * scale_x), int((box.top - view.top) * scale_y)
    right = min(columns, int(np.ceil((box.right - view.left) * scale_x)))
    bottom = min(rows, int(np.ceil((box.bottom - view.top) * scale_y)))
    inside = np.zeros((rows, columns), np.uint8)
    inside[top:bottom, left:right] = 1
    lab = to_lab(small)
    outside = (1 - inside).astype(np.uint8)
    if not outside.any() or not inside.any():
        outside = np.zeros_like(inside)
        outside[0] = outside[-1] = 1
    far = whitened_distance(lab, outside)
    found = np.zeros((rows, columns), np.float32)
    found[top:bottom, left:right] = centred(bottom - top, right - left, 0.62)
    found *= 1 - np.exp(-far / 4)
    level = _otsu(found[inside > 0])
    labels = np.where(found > 0.8 * level, graph.MAYBE_PRODUCT, graph.MAYBE_BACKGROUND).astype(np.uint8)
    if rough is not None:
        sketch = cv2.resize(rough[view.top : view.bottom, view.left : view.right], (columns, rows))
        labels = np.where(sketch > 127, graph.MAYBE_PRODUCT, graph.MAYBE_BACKGROUND).astype(np.uint8)
    labels[inside == 0] = graph.BACKGROUND
    mask = graph.cut(small, labels, 3)
    return _tidied(*_second_look(lab, mask, far, inside)), view


def _second_look(lab: Lab, mask: Mask, far: Plane, allowed: Mask) -> tuple[Mask, Plane]:
    """Cut again, now that the ground right around the product is known."""
    gap = max(3, int(0.02 * max(mask.shape)))
    around = (dilated(mask, block(gap)) == 0).astype(np.uint8)
    if around.mean() < 0.05 or not mask.any():
        return mask, far
    far = whitened_distance(lab, around)
    labels = np.where(mask > 0, graph.MAYBE_PRODUCT, graph.MAYBE_BACKGROUND).astype(np.uint8)
    near = dilated(mask, block(9)) > 0
    labels[(mask == 0) & (far > 5) & near] = graph.MAYBE_PRODUCT
    labels[(mask > 0) & (far < 1.2)] = graph.MAYBE_BACKGROUND
    labels[allowed == 0] = graph.BACKGROUND
    return graph.cut(_features(lab, far), labels, 2), far


def _features(lab: Lab, far: Plane) -> Rgb:
    """Three channels for the graph cut: how far from the ground, how light, how red or green."""
    channels = [255 * (1 - np.exp(-far / 5)), 2 * lab[..., 0], 128 + lab[..., 1]]
    return np.asarray(np.clip(np.dstack(channels), 0, 255), np.uint8)


def _tidied(mask: Mask, far: Plane) -> Mask:
    """Without crumbs, and with the holes closed that do not show the ground."""
    mask = without_crumbs(mask, 0.05)
    labels, stats, found = holes(mask)
    total = int(mask.sum())
    for hole in found:
        here = labels == hole
        if stats[hole, cv2.CC_STAT_AREA] < 0.003 * total or np.median(far[here]) > 2:
            mask[here] = 1
    return mask


def _otsu(values: NDArray[np.floating]) -> float:
    """The level that best parts the values, all within 0..1, in two (Otsu 1979)."""
    level, _ = cv2.threshold((values * 255).astype(np.uint8).reshape(-1, 1), 0, 255, cv2.THRESH_OTSU)
    return float(level) / 255
