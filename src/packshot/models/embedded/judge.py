"""How far to trust a mask: what its outline, its surroundings and a second opinion say."""

from dataclasses import dataclass

import cv2
import numpy as np

from packshot.models.embedded.colours import Lab, halved, length, steepness
from packshot.models.embedded.ground import whitened_distance
from packshot.models.embedded.regions import Mask, at_least, block, dilated, eroded, regions

_FAINT = 1.2  # CIE L* per pixel; what is softer than this is light that falls off
_PATTERN = 0.03  # share of the ground that edges cover from which on they belong to it
_FINE_ENOUGH = 60  # pixels of the shorter side at which surroundings still show


@dataclass(frozen=True)
class Outline:
    """How the mask's edge sits in the picture."""

    contrast: float  # 0..1, mean colour step across the outline
    weakest: float  # CIE Lab, the step that 15 % of the outline does not reach
    framed: float  # share of the picture's frame that the mask covers
    area: float  # share of the picture


def outline(lab: Lab, mask: Mask) -> Outline:
    """The mask has the shape of `lab`."""
    area = float(mask.mean())
    framed = float(np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean())
    core = eroded(mask)
    inside, outside = core.astype(np.float32), 1 - dilated(mask).astype(np.float32)
    mass_in, mass_out = cv2.blur(inside, (7, 7)), cv2.blur(outside, (7, 7))
    edge = (mask > core) & (mass_in > 0.05) & (mass_out > 0.05)
    if edge.sum() < 12:
        return Outline(0.0, 0.0, framed, area)
    colour_in = cv2.blur(lab * inside[..., None], (7, 7))[edge] / mass_in[edge][:, None]
    colour_out = cv2.blur(lab * outside[..., None], (7, 7))[edge] / mass_out[edge][:, None]
    step = length(np.asarray(colour_in - colour_out, np.float32))
    return Outline(float(np.minimum(step, 40).mean() / 40), float(np.percentile(step, 15)), framed, area)


@dataclass(frozen=True)
class Surroundings:
    """What stands around the mask."""

    odd: float  # share of what is not product that does not look like the ground around it
    leftover: float  # odd pixels right beside or inside the product, as a share of it: pieces that were left behind
    parts: int  # regions of the mask that are not small beside the largest
    lines: float  # pixels of edges away from the product, by the root of its area; 0 where the ground has a pattern


def surroundings(lab: Lab, mask: Mask) -> Surroundings:
    """The mask has the shape of `lab`."""
    outside = (1 - dilated(mask, block(9))).astype(np.uint8)
    total = max(1, int(mask.sum()))
    areas = regions(mask)[1][1:, cv2.CC_STAT_AREA]
    parts = int((areas >= 0.1 * areas.max(initial=1)).sum())
    if outside.mean() < 0.02:
        return Surroundings(1.0, 1.0, parts, 0.0)
    lines = _lines(lab, outside) / np.sqrt(total)
    if min(lab.shape[:2]) > 2 * _FINE_ENOUGH:
        lab, mask = halved(lab), (halved(255 * mask) > 127).astype(np.uint8)
        outside = (halved(255 * outside) > 254).astype(np.uint8)
        total = max(1, int(mask.sum()))
    here = outside > 0
    odd = (whitened_distance(lab, outside) > 4) & here
    reach = 2 * int(0.1 * np.sqrt(total)) + 5
    leftover = float((odd & (dilated(mask, block(reach)) > 0)).sum()) / total
    return Surroundings(float(odd[here].mean()), leftover, parts, float(lines))


def _lines(lab: Lab, outside: Mask) -> int:
    """Edges, however faint, on a ground that has hardly any: a glass, a white thing before white, a shadow's rim."""
    edges = at_least((steepness(lab[..., 0]) > _FAINT).astype(np.uint8) & outside, 12)
    found = int(edges.sum())
    return found if found < _PATTERN * int(outside.sum()) else 0


def overlap(first: Mask, second: Mask) -> float:
    """Intersection over union; 1 where both are empty."""
    union = int((first | second).sum())
    return float((first & second).sum() / union) if union else 1.0
