"""Pictures taken straight from above: the plane is the whole picture, or the floor of a box.

All four sides of such a picture look alike, for none of them is farther away. That alone does not tell a table from a
wall: grain, or lines that run across the whole picture, speak for a table.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.models.surfaces.outline import outline_of
from packshot.models.surfaces.planes import Plane, Share, step
from packshot.models.surfaces.tree import Tree

_STRIP = 0.035  # of the longer side, how thick a strip along a side is looked at
_SHOULDER = 0.12  # of the longer side, what is left out at the corners
_DEPTHS = (0.0, 0.05, 0.1)
_ALIKE, _OTHER = 4.0, 10.0  # CIE Lab distance between sides beyond their own unrest, lightness at 0.6


def lying_in(tree: Tree, product: Share) -> list[Plane]:
    """The plane one looks straight down on, or nothing."""
    both = (_spread_out(tree, product), _floor_of_a_box(tree))
    return sorted((plane for plane in both if plane is not None), key=lambda plane: -plane.score)[:1]


def _spread_out(tree: Tree, product: Share) -> Plane | None:
    lab = tree.lab
    apart, unrest, middle = _sides(lab, 0.0)
    if apart - unrest > _OTHER:
        return None
    light = np.array([0.6, 1, 1], np.float32)
    off = np.linalg.norm((lab - middle) * light, axis=2)
    mask = (off < max(8.0, 2.5 * unrest) + apart).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    inner = np.s_[len(mask) // 4 : -len(mask) // 4, mask.shape[1] // 4 : -mask.shape[1] // 4]
    if mask.mean() < 0.45 or np.mean((mask[inner] > 0) | (product[inner] > 0.5)) < 0.6:
        return None
    shape = outline_of(mask > 0)
    grain = _grain(lab[..., 0], mask > 0)
    lines = _lines_across(lab[..., 0])
    is_empty = float(mask.mean()) > 0.9 and float((product > 0.5).mean()) < 0.03
    doubt = "nothing tells a table from a wall" if is_empty else "what is in it may stand before a wall"
    known = max(step(grain, 0.8, 2.0), lines)
    return Plane(
        shape,
        "lying",
        -1,
        {
            "its sides differ": 1 - step(apart - unrest, _ALIKE, _OTHER),
            "it is restless": 1 - step(unrest, 9, 18),
            doubt: (0.45 if is_empty else 0.08) + (0.55 if is_empty else 0.72) * known,
        },
    )


def _floor_of_a_box(tree: Tree) -> Plane | None:
    lab = tree.lab
    height, width = lab.shape[:2]
    sides = [_sides(lab, depth) for depth in _DEPTHS[1:]]
    apart, unrest, _ = min(sides, key=lambda side: side[0])
    if apart > 20 or unrest > 9:
        return None
    inner = np.zeros((height, width), np.bool_)
    inner[height // 4 : height - height // 4, width // 4 : width - width // 4] = True
    best: tuple[float, int] | None = None
    for node in np.flatnonzero((tree.area > 0.08 * lab[..., 0].size) & (tree.area < 0.75 * lab[..., 0].size)):
        mask = tree.mask(int(node))
        if mask[:3].any() or mask[-3:].any() or mask[:, :3].any() or mask[:, -3:].any():
            continue
        middle = float(mask[inner].mean())
        if middle > 0.4 and (best is None or middle > best[0]):
            best = middle, int(node)
    mask = inner if best is None else np.asarray(_filled(tree.mask(best[1])), np.bool_)
    shape = outline_of(mask)
    return Plane(
        shape,
        "lying",
        -1 if best is None else best[1],
        {
            "the walls around it differ": 1 - 0.8 * step(apart, 6, 22),
            "it may not be the floor of a box": 0.45,
            "its outline is unclear": 0.5 if best is None else step(_boxiness(mask), 0.5, 0.75),
        },
    )


def _sides(lab: NDArray[np.float32], depth: float) -> tuple[float, float, NDArray[np.float64]]:
    """How far the four sides are apart, how restless they are, and their common colour, at so much from the rim."""
    height, width = lab.shape[:2]
    longest = max(height, width)
    near, far, corner = int(depth * longest), int((depth + _STRIP) * longest), int(_SHOULDER * longest)
    strips = (
        lab[near:far, corner : width - corner],
        lab[height - far : height - near, corner : width - corner],
        lab[corner : height - corner, near:far],
        lab[corner : height - corner, width - far : width - near],
    )
    light = np.array([0.6, 1, 1])
    spread = np.array([np.percentile(strip.reshape(-1, 3), (20, 50, 80), axis=0) for strip in strips])
    middles = spread[:, 1] * light
    apart = max(float(np.linalg.norm(a - b)) for a in middles for b in middles)
    unrest = float(np.linalg.norm((spread[:, 2] - spread[:, 0]) * light, axis=1).mean()) / 2
    return apart, unrest, np.asarray(spread[:, 1].mean(axis=0))


def _grain(light: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    """Deviation of lightness between neighbours some pixels apart, less what a smooth fall-off makes."""
    fine = light - cv2.GaussianBlur(light, (0, 0), 4)
    return float(1.4826 * np.median(np.abs(fine[mask]))) if mask.any() else 0.0


def _lines_across(light: NDArray[np.float32]) -> float:
    """0..1: whether straight lines cross the whole picture in its upper and in its lower part, or left and right."""
    found = 0.0
    for plane in (light, light.T):
        edges = np.abs(cv2.Sobel(np.ascontiguousarray(plane), cv2.CV_32F, 0, 1, scale=0.25))
        profile = np.percentile(edges, 40, axis=1)
        strong = np.maximum(0, profile - np.median(profile))
        third = len(strong) // 3
        weakest = min(float(strong[3:third].max(initial=0)), float(strong[-third:-3].max(initial=0)))
        found = max(found, step(weakest, 0.8, 2.5))
    return found


def _boxiness(mask: NDArray[np.bool_]) -> float:
    """Its area over that of the smallest box around it, however turned."""
    places = np.argwhere(mask)[:, ::-1].astype(np.float32)
    (_, (width, height), _) = cv2.minAreaRect(places)
    return float(len(places) / max(1.0, (width + 1) * (height + 1)))


def _filled(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    canvas = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(canvas, contours, -1, 1, -1)
    return np.asarray(canvas > 0, np.bool_)
