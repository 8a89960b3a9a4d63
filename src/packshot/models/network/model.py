"""The network as a cutout model of its own."""

from functools import cached_property

import cv2
import numpy as np

from packshot.image import Alpha, Image, Rgb, box_of
from packshot.models.network import looking, weights
from packshot.ports import NO_HINTS, Hints, Matte, ModelCard

_LEAST_TRUST = 0.2  # below it an answer would be invented


class NetworkCutout:
    """Finds the product by what it looks like. Shadow is ground, glass is product."""

    @cached_property
    def card(self) -> ModelCard:
        said = weights.described()
        return ModelCard(
            name="network",
            version=said["version"],
            licence=said["licence"],
            summary=said["summary"],
            weights=f"sha256:{said['sha256']}",
        )

    def cutout(self, image: Image, hints: Hints = NO_HINTS) -> Matte:
        if hints.mask is not None:
            return Matte(hints.mask, 1.0, ("the mask was given",))
        if min(image.rgb.shape[:2]) < 8:
            return _nothing(image.rgb, "the picture is too small to tell anything apart")
        alpha, trust, reasons = self._found(image.rgb, hints)
        share = float((alpha > 127).mean())
        if share < 0.001 or trust < _LEAST_TRUST:
            return _nothing(image.rgb, "the network finds no product")
        if float(image.rgb.std(axis=(0, 1)).max()) < 1:
            return _nothing(image.rgb, "nothing stands out from the background")
        return Matte(alpha, round(trust, 3), reasons)

    def _found(self, rgb: Rgb, hints: Hints) -> tuple[Alpha, float, tuple[str, ...]]:
        size = rgb.shape[1], rgb.shape[0]
        box = hints.box or (box_of(hints.rough, 127) if hints.rough is not None else None)
        if box is not None:
            seen = looking.closer(rgb, box, hints.rough)
            return looking.main_parts(seen.spread(size)), seen.trust, _doubts(seen.trust, 1.0)
        if hints.point is not None:
            return self._pointed(rgb, hints.point)
        first, second = looking.twice(rgb)
        whole = looking.main_parts(first.spread(size))
        if second is None:
            return whole, first.trust, _doubts(first.trust, 1.0)
        near = looking.main_parts(second.spread(size))
        same = overlap(whole, near)
        trust = min(first.trust, second.trust) * (0.5 + 0.5 * same)
        return near if same > 0.5 else whole, trust, _doubts(trust, same)

    def _pointed(self, rgb: Rgb, point: tuple[int, int]) -> tuple[Alpha, float, tuple[str, ...]]:
        size = rgb.shape[1], rgb.shape[0]
        first = looking.at(rgb, point)
        alpha = region_at(first.spread(size), point)
        box = box_of(alpha, 127)
        if box is None:
            return alpha, 0.0, ()
        second = looking.closer(rgb, box)
        near = region_at(second.spread(size), point)
        same = overlap(alpha, near)
        trust = min(first.trust, second.trust) * (0.5 + 0.5 * same)
        return near if near.any() and same > 0.5 else alpha, trust, _doubts(trust, same)


def region_at(alpha: Alpha, point: tuple[int, int]) -> Alpha:
    """The region of `alpha` that holds `point` (x, y); nothing where that is ground."""
    _, labels = cv2.connectedComponents((alpha > 127).astype(np.uint8))
    here = labels[point[1], point[0]]
    return np.where(labels == here, alpha, 0).astype(np.uint8) if here else np.zeros_like(alpha)


def overlap(first: Alpha, second: Alpha) -> float:
    """Intersection over union of what is over one half; 1 where both are empty."""
    a, b = first > 127, second > 127
    union = np.count_nonzero(a | b)
    return float(np.count_nonzero(a & b) / union) if union else 1.0


def _doubts(trust: float, same: float) -> tuple[str, ...]:
    doubts = []
    if trust < 0.8:
        doubts.append("the network doubts its own answer")
    if same < 0.85:
        doubts.append("a closer look changed the answer")
    return tuple(doubts)


def _nothing(rgb: Rgb, reason: str) -> Matte:
    return Matte(np.zeros(rgb.shape[:2], np.uint8), 0.0, (reason,))
