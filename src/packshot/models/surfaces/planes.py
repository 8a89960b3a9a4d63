"""Which regions of a picture may be horizontal planes, and how much speaks for each.

A plane that reaches the picture's lower side is ground: a floor, or a table whose front edge is out of sight. One that
ends before is a slab: wide and thin, with a level front edge, lighter on top than below it, and not the continuation of
what is above. Every piece of evidence is a factor of at most 1, and the weak ones give the reasons.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.models.surfaces.outline import Outline, across, outline_of
from packshot.models.surfaces.tree import Tree

_LEAST, _MOST = 0.004, 0.8  # share of the picture
_BRIEF = 4.0  # a region that is merged away before this price is a crumb of another
_WEAK = 0.75  # evidence below it is told
Share = NDArray[np.float32]  # (height, width), 0..1

_ALIKE = 6.0  # CIE Lab distance, lightness at a third, of one material in two lights


@dataclass(frozen=True, eq=False)
class Plane:
    """A region, what it may be, and what speaks for it, by phrase: 0 rules it out, 1 is all one can ask."""

    outline: Outline
    kind: str  # "ground" | "slab"
    node: int
    evidence: dict[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float:
        return float(np.prod(list(self.evidence.values())) ** 0.5)

    @property
    def doubts(self) -> tuple[str, ...]:
        weak = sorted((value, phrase) for phrase, value in self.evidence.items() if value < _WEAK)
        return tuple(phrase for _, phrase in weak)


def planes_in(tree: Tree, product: Share) -> list[Plane]:
    """Every region that may be ground or a slab.

    `product` says 0..1 where the things in the picture are: a plane is not a part of one.
    """
    size = tree.labels.size
    lasting = (tree.dies > _BRIEF) & (tree.dies > 1.1 * tree.born)
    nodes = np.flatnonzero((tree.area > _LEAST * size) & (tree.area < _MOST * size) & lasting)
    outlines = {int(node): outline_of(tree.mask(int(node))) for node in nodes}
    grounds = best_of(
        [_ground(node, shape, tree.lab, product) for node, shape in outlines.items() if shape.sides[3] > 0.1]
    )
    slabs = best_of(
        [_slab(node, shape, tree.lab, product) for node, shape in outlines.items() if shape.sides[3] < 0.25]
    )
    slabs = [_among(slab, slabs, grounds, tree.lab) for slab in slabs]
    return [_under(ground, slabs) for ground in grounds] + slabs


def step(value: float, none: float, full: float) -> float:
    return float(np.clip((value - none) / (full - none), 0, 1))


def _ground(node: int, seed: Outline, lab: NDArray[np.float32], product: Share) -> Plane:
    far = seed.upper_line
    shape = _below_its_far_edge(seed, lab)
    _, top, _, bottom = seed.sides[0], shape.sides[1], shape.sides[2], shape.sides[3]
    beyond = across(lab, seed, "upper")
    wall = np.median(lab[: max(2, len(lab) // 20)].reshape(-1, 3), axis=0)
    # Less of lightness: under a table a wall is darker than above it.
    other = float(np.linalg.norm((np.median(lab[shape.mask], axis=0) - wall) * (0.35, 1, 1)))
    return Plane(
        shape,
        "ground",
        node,
        {
            "it does not span the foot of the picture": step(bottom, 0.2, 0.65) * step(shape.width, 0.4, 0.8),
            "it reaches the top of the picture": 1 - step(top, 0.02, 0.1),
            "it reaches high": 1 - step(1 - shape.top, 0.55, 0.95),
            "there is little of it": step(shape.area, 0.01, 0.06),
            "its far edge is not level": 0.3 + 0.7 * step(far.share, 0.2, 0.6),
            "its far edge is faint": 0.0 if beyond is None else step(beyond.apart, 2, 9),
            "it slopes": 1 - 0.6 * step(abs(far.slope), 0.15, 0.6),
            "it looks like what is above it": 0.3 + 0.7 * step(other, 0.5 * _ALIKE, 1.5 * _ALIKE),
            "it is of several materials": _calm(lab[shape.mask]),
            "it may be a part of a thing": 1 - 0.8 * step(float(product[shape.mask].mean()), 0.3, 0.7),
        },
    )


def _below_its_far_edge(seed: Outline, lab: NDArray[np.float32]) -> Outline:
    """The ground goes on where it looks the same, on the other side of what stands on it; it ends at its far edge."""
    height, width = seed.mask.shape
    inside = lab[seed.mask]
    middle = np.median(inside, axis=0)
    near = np.float32(2) * np.median(np.abs(inside - middle), axis=0) + np.float32(3)
    alike = (np.abs(lab - middle) < near * np.array([2, 1, 1], np.float32)).all(axis=2)
    rows, columns = np.mgrid[:height, :width]
    below = rows >= seed.upper_line.slope * columns + seed.upper_line.offset - 1
    whole = ((alike | seed.mask) & below).astype(np.uint8)
    whole = np.asarray(cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(whole)
    large = stats[:, cv2.CC_STAT_AREA] > 0.1 * stats[1:, cv2.CC_STAT_AREA].max(initial=0)
    large[0] = False
    mask = large[labels]
    return outline_of(np.asarray(mask, np.bool_)) if mask.any() else seed


def _slab(node: int, shape: Outline, lab: NDArray[np.float32], product: Share) -> Plane:
    _, top, _, bottom = shape.sides
    below, above = across(lab, shape, "lower"), across(lab, shape, "upper")
    lighter, under = (0.0, 0.0) if below is None else (below.lighter, below.apart)
    behind = 0.0 if above is None else above.apart
    return Plane(
        shape,
        "slab",
        node,
        {
            "it reaches the top of the picture": 1 - step(top, 0.0, 0.03),
            "it runs out of the picture": 1 - 0.8 * step(bottom, 0.02, 0.25),
            "it is high up in the picture": step(shape.bottom, 0.2, 0.5),
            "it is narrow": step(shape.width, 0.12, 0.32),
            "it is too thick to be seen from its side": step(shape.flatness, 1.8, 4.5),
            "its front edge is not level": step(shape.lower_line.share, 0.35, 0.7),
            "it is ragged": step(shape.solidity, 0.55, 0.85),
            "it is not lit from above": 0.4 + 0.6 * step(lighter, -2, 12),
            "its front edge is faint": step(under, 4, 14),
            "its far edge is faint": step(behind, 3, 10),
            "it slopes": 1 - 0.8 * step(abs(shape.lower_line.slope), 0.1, 0.5),
            "it is of several materials": _calm(lab[shape.mask]),
            "it may be a part of a thing": _no_part(shape, product),
        },
    )


def _calm(colours: NDArray[np.float32]) -> float:
    light, *chroma = np.std(colours, axis=0)
    return (1 - 0.7 * step(float(np.hypot(*chroma)), 5, 11)) * (1 - 0.7 * step(float(light), 12, 24))


def _no_part(shape: Outline, product: Share) -> float:
    """A pot or a pile is product, and so is what is above its front; above a table's top there is nothing."""
    inside = float(product[shape.mask].mean())
    rows = shape.upper - max(4, len(product) // 40)
    seen = rows >= 0
    above = float(product[rows[seen], shape.columns[seen]].mean()) if seen.any() else 0.0
    return 1 - 0.85 * step(min(inside, above), 0.3, 0.65)


def _among(slab: Plane, slabs: list[Plane], grounds: list[Plane], lab: NDArray[np.float32]) -> Plane:
    """The same slab, seen beside the others: a skirting board lies along the floor, a drawer's front under its top."""
    shape = slab.outline
    more = {}
    for ground in grounds[:2]:
        along = _share_at(ground.outline.mask, shape.lower + 4, shape.columns)
        if ground.score > 0.4 and along > 0.5:
            more["it runs along the floor, as the foot of a wall does"] = 1 - 0.8 * step(along, 0.5, 0.8)
    own = np.median(lab[shape.mask], axis=0)
    for other in slabs:
        if other is slab or other.score < 0.9 * slab.score:
            continue
        over = _share_over(other.outline, shape, len(lab) // 12)
        if over > 0.5 and np.median(lab[other.outline.mask], axis=0)[0] > own[0] - 2:
            more["it is under another plane"] = 1 - 0.7 * step(over, 0.5, 0.8)
    return Plane(shape, slab.kind, slab.node, {**slab.evidence, **more})


def _under(ground: Plane, slabs: list[Plane]) -> Plane:
    """What begins right under a table is the wall behind it as often as the floor."""
    shape = ground.outline
    for slab in slabs:
        over = _share_over(slab.outline, shape, len(shape.mask) // 5)
        if slab.score > 0.65 and slab.outline.flatness > 4 and over > 0.2:
            weak = {"it begins right under a table": 1 - 0.6 * step(over, 0.2, 0.35)}
            return Plane(shape, ground.kind, ground.node, {**ground.evidence, **weak})
    return ground


def with_texture(planes: list[Plane], lab: NDArray[np.float32]) -> list[Plane]:
    """Leaves, gravel and waves are rougher than what one stands a product on; grain, that runs one way, is not."""
    light = np.ascontiguousarray(lab[..., 0])
    fine = np.abs(light - cv2.GaussianBlur(light, (0, 0), 2))
    across, down = (cv2.Sobel(light, cv2.CV_32F, *way, scale=0.25) for way in ((1, 0), (0, 1)))
    return [_textured(plane, fine, np.asarray(across, np.float32), np.asarray(down, np.float32)) for plane in planes]


def _textured(plane: Plane, fine: Share, across: Share, down: Share) -> Plane:
    inner = cv2.erode(plane.outline.mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    if np.count_nonzero(inner) < 50:
        return plane
    x, y = across[inner], down[inner]
    # Eigenvalues of the structure tensor, their difference over their sum: 1 where all of it runs one way.
    apart, both = float(np.mean(x * x) - np.mean(y * y)), 2 * float(np.mean(x * y))
    one_way = float(np.hypot(apart, both)) / max(1e-6, float(np.mean(x * x) + np.mean(y * y)))
    rough = 1.4826 * float(np.median(fine[inner])) * (1 - 0.5 * one_way)
    weak = {"it is rougher than tables are": 1 - 0.65 * step(rough, 1.9, 3.2)}
    return Plane(plane.outline, plane.kind, plane.node, {**plane.evidence, **weak})


def beside(planes: list[Plane], lying: list[Plane]) -> list[Plane]:
    """Where one looks into a box, a slab that is no part of its floor is one of its walls."""
    floors = [plane for plane in lying if plane.node >= 0 and plane.score > 0.5]
    for floor in floors:
        planes = [plane if plane.kind != "slab" else _wall_of(floor.outline.mask, plane) for plane in planes]
    return planes


def _wall_of(floor: NDArray[np.bool_], slab: Plane) -> Plane:
    outside = 1 - float(floor[slab.outline.mask].mean())
    weak = {"it may be the wall of a box": 1 - 0.6 * step(outside, 0.5, 0.9)}
    return Plane(slab.outline, slab.kind, slab.node, {**slab.evidence, **weak})


def _share_at(mask: NDArray[np.bool_], rows: NDArray[np.int64], columns: NDArray[np.int64]) -> float:
    seen = (rows >= 0) & (rows < len(mask))
    return float(mask[rows[seen], columns[seen]].mean()) if seen.any() else 0.0


def _share_over(upper: Outline, lower: Outline, within: int) -> float:
    """Of the lower one's columns, how many have the upper one at most so many rows above."""
    _, mine, theirs = np.intersect1d(lower.columns, upper.columns, return_indices=True)
    gap = lower.upper[mine] - upper.lower[theirs]
    return float(((gap >= 0) & (gap < within)).sum() / len(lower.columns))


def _rank(plane: Plane) -> tuple[float, str]:
    """A product goes on a table rather than on the floor beside it, where the table is as good as sure."""
    return -(plane.score + (0.1 if plane.kind == "slab" and plane.score > 0.8 else 0.0)), plane.kind


def best_of(planes: list[Plane]) -> list[Plane]:
    """The better of those that share most of their area, best first."""
    kept: list[Plane] = []
    for plane in sorted(planes, key=_rank):
        if plane.score < 0.1:
            break
        mask = plane.outline.mask
        area = np.count_nonzero(mask)
        shared = (
            np.count_nonzero(mask & other.outline.mask) / min(area, np.count_nonzero(other.outline.mask))
            for other in kept
        )
        if all(share < 0.5 for share in shared):
            kept.append(plane)
    return kept
