"""From the planes of a small picture to the surfaces of the large one; what is wished for is checked all the same."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Box, Rgb
from packshot.models.network import looking
from packshot.models.surfaces.lying import lying_in
from packshot.models.surfaces.outline import outline_of
from packshot.models.surfaces.planes import Plane, Share, beside, best_of, planes_in, with_texture
from packshot.models.surfaces.tree import Tree, tree_of
from packshot.models.surfaces.vanishing import horizon_of
from packshot.surface import ANYWHERE, Point, Surface, View, Wish

LONGEST = 448  # pixels of the copy that is looked at
SMALLEST = 32  # pixels of a side, below which nothing is to be seen
LEAST = 0.25  # a score below it is no surface, only a guess
_MOST = 0.95  # nothing that was found rather than given is surer
_OCCUPIED = 0.45  # share of product from which something stands there
_IN_BOX = 0.6  # share of a plane that must lie in a detector's box
_KINDS = {"floor": ("ground",), "shelf": ("slab",), "table": ("slab", "ground", "lying")}


@dataclass(frozen=True, eq=False)
class Sight:
    """What was seen of one picture: its regions, where things are, and what may be a plane, the surest first."""

    tree: Tree
    product: Share
    planes: list[Plane]
    size: tuple[int, int]

    @property
    def scale(self) -> float:
        """Small pixels per pixel of the picture."""
        return float(self.tree.labels.shape[1]) / self.size[0]


def surfaces_in(seen: Sight, wish: Wish = ANYWHERE) -> list[Surface]:
    """Every surface that was found and checked, the surest first; with a wish those that fit it."""
    if wish.polygon:
        return [_surface(_drawn(wish.polygon, seen), seen, ("a person drew it",), given=True)]
    if wish.point is not None:
        return [_surface(plane, seen, ("a person pointed at it",), given=True) for plane in _at(wish.point, seen)]
    planes = [plane for plane in seen.planes if plane.score >= LEAST]
    if wish.box is not None:
        planes = [plane for plane in planes if _share_in(wish.box, plane, seen) >= _IN_BOX]
    planes = [plane for plane in planes if plane.kind in _KINDS.get(wish.name, _KINDS["table"])]
    return [_surface(plane, seen, ()) for plane in planes]


def look(rgb: Rgb) -> Sight:
    """All that does not depend on a wish, and most of the time."""
    height, width = rgb.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    size = max(16, round(width * scale)), max(16, round(height * scale))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    tree = tree_of(small)
    sight = looking.whole(small)
    product = sight.spread(size).astype(np.float32) * np.float32(sight.trust / 255)
    lying = lying_in(tree, product)
    planes = best_of(with_texture(beside(planes_in(tree, product), lying) + lying, tree.lab))
    return Sight(tree, product, planes, (width, height))


def _at(point: Point, seen: Sight) -> list[Plane]:
    """The planes at a point; where none was found there, the region there is one if nothing rules it out."""
    x, y = (int(part * seen.scale) for part in point)
    height, width = seen.tree.labels.shape
    x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
    reach = max(2, width // 60)
    around = np.s_[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
    return [plane for plane in seen.planes if plane.outline.mask[around].any()]


def _share_in(box: Box, plane: Plane, seen: Sight) -> float:
    left, top, right, bottom = (round(side * seen.scale) for side in box)
    mask = plane.outline.mask
    return float(np.count_nonzero(mask[max(0, top) : bottom, max(0, left) : right]) / np.count_nonzero(mask))


def _drawn(polygon: tuple[Point, ...], seen: Sight) -> Plane:
    """What a person drew is a plane; that it is of one material is checked, for the rest stands on it."""
    height, width = seen.tree.labels.shape
    canvas = np.zeros((height, width), np.uint8)
    corners = np.array([[[round(part * seen.scale) for part in point] for point in polygon]], np.int32)
    cv2.fillPoly(canvas, [corners[0]], 1)
    if not canvas.any():
        x, y = corners[0, 0]
        canvas[min(max(y, 0), height - 1), min(max(x, 0), width - 1)] = 1
    inside = seen.tree.lab[canvas > 0]
    middle = np.median(inside, axis=0)
    off = np.linalg.norm((inside - middle) * (0.5, 1, 1), axis=1)
    plain = float((off < 14).mean())
    is_whole = bool(canvas.all())
    kind = "lying" if is_whole else "ground" if canvas[-3:].mean() > 0.5 else "slab"
    return Plane(
        outline_of(canvas > 0), kind, -1, {"much of it is of another material": float(np.clip(2 * plain, 0.3, 1))}
    )


def _surface(plane: Plane, seen: Sight, said: tuple[str, ...], *, given: bool = False) -> Surface:
    shape = plane.outline
    horizon = horizon_of(np.ascontiguousarray(seen.tree.lab[..., 0]), shape)
    tilt = shape.lower_line if plane.kind == "slab" else shape.upper_line
    slope = float(np.degrees(np.arctan(tilt.slope))) if tilt.share > 0.3 else 0.0
    view = _view(plane, slope)
    reasons = (*said, *plane.doubts)
    if view != "top" and horizon.agreement == 0:
        reasons = (*reasons, "its horizon is a guess")
    confidence = min(_MOST, plane.score)
    return Surface(
        polygon=_polygon(shape.mask, seen.scale),
        free=_free(plane, seen),
        size=seen.size,
        view=view,
        name={"ground": "table or floor", "slab": "table or shelf", "lying": "table from above"}[plane.kind],
        horizon=None if view == "top" else round(horizon.row / seen.scale, 1),
        slope=0.0 if view == "top" else round(slope, 2),
        confidence=round(0.6 + 0.4 * confidence if given else confidence, 3),
        reasons=reasons,
        things=np.where((seen.product >= _OCCUPIED) & ~shape.mask, 255, 0).astype(np.uint8),
    )


def _view(plane: Plane, slope: float) -> View:
    if plane.kind == "lying":
        return "top"
    return "oblique" if abs(slope) > 8 or plane.outline.flatness < 2.2 else "front"


def _free(plane: Plane, seen: Sight) -> Alpha:
    """Where nothing stands: the plane's own material, without what the network takes for a product."""
    mask = plane.outline.mask
    if plane.node < 0:  # given, or the whole picture: what looks other stands on it
        lab = seen.tree.lab
        off = np.linalg.norm((lab - np.median(lab[mask], axis=0)) * (0.5, 1, 1), axis=2)
        mask = mask & (off < 14 + 1.5 * np.median(off[mask]))
    if plane.kind == "slab":
        mask = mask & ~_built_on(plane, seen)
    if plane.kind == "ground" or (plane.kind == "lying" and plane.node < 0):
        mask = mask & (seen.product < _OCCUPIED)
    return np.asarray(mask, np.uint8) * np.uint8(255)


def _built_on(plane: Plane, seen: Sight) -> NDArray[np.bool_]:
    """Columns over which something other than the background rises: it stands on the plane, or right behind it."""
    shape, lab = plane.outline, seen.tree.lab
    rows = shape.upper - max(4, len(lab) // 50)
    mask = np.zeros(shape.mask.shape, np.bool_)
    if (rows < 0).any():
        return mask
    above = lab[rows, shape.columns]
    off = np.linalg.norm((above - np.median(above, axis=0)) * (0.7, 1, 1), axis=1)
    rises = off > 12 + 2 * np.median(off)
    if rises.mean() < 0.6:
        mask[:, shape.columns[rises]] = True
    return mask


def _polygon(mask: NDArray[np.bool_], scale: float) -> tuple[Point, ...]:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    # One outline around all its parts: what stands in front of a plane does not end it.
    hull = cv2.convexHull(np.concatenate(contours)) if len(contours) > 1 else contours[0]
    corners = cv2.approxPolyDP(hull, max(1.0, 0.006 * max(mask.shape)), True).reshape(-1, 2)
    # A pixel covers one unit: the far side of the last one is the outline.
    return tuple((round((x + 0.5) / scale, 1), round((y + 0.5) / scale, 1)) for x, y in corners.tolist())
