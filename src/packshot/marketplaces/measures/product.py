"""Of the product: how much of the frame it fills, whether it is whole, sharp, and how much of it was photographed."""

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Box
from packshot.marketplaces.facts import FileFacts, Product
from packshot.marketplaces.limits import Range
from packshot.marketplaces.measures.measured import ESTIMATE, UNSURE, Measured, met, missed, unknown

SURE = 0.75  # confidence of a cutout below which what is measured by it is an estimate
_LOST = "where the product is cannot be told"


def shares(facts: FileFacts) -> tuple[float, float]:
    """What the product takes of the frame: of the side that it fills most, and of the area."""
    if facts.product is None:
        return 0.0, 0.0
    width, height = facts.size
    box = facts.product.box
    area = cv2.countNonZero(facts.product.mask) / (width * height)
    told = [step.facts["fill_area"] for step in facts.steps if "fill_area" in step.facts]
    area = float(told[-1]) if told else area  # the receipt knew the alpha, and so a white product before white
    return max(box.width / width, box.height / height), area


def fill(facts: FileFacts, limit: Range) -> Measured:
    """The longest-side ratio: the larger of box width over frame width and box height over frame height."""
    return _filled(facts, limit, 0)


def fill_area(facts: FileFacts, limit: Range) -> Measured:
    """The area ratio: pixels of the product over pixels of the frame."""
    return _filled(facts, limit, 1)


def _filled(facts: FileFacts, limit: Range, which: int) -> Measured:
    if facts.product is None:
        return unknown(_LOST)
    both = shares(facts)
    value = {"longest_side": round(both[0], 4), "area": round(both[1], 4), "box": list(facts.product.box)}
    sentence = f"the product fills {both[0]:.1%} of the frame along its side, {both[1]:.0%} of its area"
    # A pixel more or less is the edge's softness, and nobody's mistake.
    pixel = 1.5 / min(facts.size)
    if any(limit.holds(both[which] + nudge) for nudge in (0, pixel, -pixel)):
        return met(value, sentence)
    larger = limit.at_least is not None and both[which] < limit.at_least
    fix = f"place the product {'larger' if larger else 'smaller'} in the frame"
    return missed(value, sentence, fix, doubt=_doubt(facts.product))


def whole(facts: FileFacts, _: bool) -> Measured:
    """Whether the product ends inside the frame: less than 2 % of its extent lies along each edge."""
    if facts.product is None:
        return unknown(_LOST)
    mask, box = facts.product.mask, facts.product.box
    lines = {
        "left": (mask[:, 0], box.height),
        "top": (mask[0], box.width),
        "right": (mask[:, -1], box.height),
        "bottom": (mask[-1], box.width),
    }
    cut = [name for name, (line, extent) in lines.items() if np.count_nonzero(line) > max(2, 0.02 * extent)]
    if not cut:
        return met([], "all of the product is in the frame")
    sentence = f"the product runs out of the frame: {', '.join(cut)}"
    fix = "a photograph that shows all of it, or more room in the frame"
    return missed(cut, sentence, fix, doubt=_doubt(facts.product))


def _doubt(product: Product) -> str:
    return "" if product.confidence >= SURE else UNSURE


def blur(facts: FileFacts, limit: Range) -> Measured:
    """Blur of the sharpest edges, in pixels when the picture is seen 1000 pixels long."""
    part, inside = _part(facts)
    grey = np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.uint8)
    sigma = softness(grey, inside)
    if sigma is None:
        return unknown("it is too smooth to tell how sharp it is")
    value = round(sigma * 1000 / max(facts.size), 3)
    sentence = f"its sharpest edges are blurred over {value:.1f} pixels in a thousand"
    if limit.holds(value):
        return met(value, sentence)
    return missed(value, sentence, "a sharper photograph; no recipe brings back what the lens did not see")


def softness(grey: NDArray[np.uint8], inside: NDArray[np.bool_]) -> float | None:
    """Sigma in pixels of the blur that a perfect step would need to be as soft as the sharpest edges are.

    For a step of height h blurred by a Gaussian, the steepest slope is h / (sigma sqrt(2 pi)). None without edges.
    """
    window = np.ones((25, 25), np.uint8)
    rise = np.asarray(cv2.subtract(cv2.dilate(grey, window), cv2.erode(grey, window)), np.uint8)
    if not inside.any():
        return None
    tall = max(24.0, 0.6 * float(np.percentile(rise[inside], 90)))
    edges = inside & (rise >= tall)
    if np.count_nonzero(edges) < 30:
        return None
    across = np.abs(cv2.Sobel(grey, cv2.CV_16S, 1, 0, ksize=1))
    down = np.abs(cv2.Sobel(grey, cv2.CV_16S, 0, 1, ksize=1))
    slope = np.maximum(across, down)[edges] / (2.0 * rise[edges])
    steep = max(0.01, float(np.percentile(slope, 95)))
    return float(1 / (steep * np.sqrt(2 * np.pi)))


def _part(facts: FileFacts) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The pixels around the product, at their own size, and where in them the product is.

    The outline belongs to it: before a plain background a cutout made it, and it says nothing of the photograph, so it
    is left out where the receipt tells of one.
    """
    box = facts.product.box if facts.product else Box(0, 0, *facts.size)
    part = np.ascontiguousarray(facts.rgb[box.top : box.bottom, box.left : box.right])
    if facts.product is None:
        return part, np.ones(part.shape[:2], np.bool_)
    inside = facts.product.mask[box.top : box.bottom, box.left : box.right]
    if facts.manifest is not None:
        core = cv2.erode(inside, np.ones((9, 9), np.uint8), borderValue=255)
        inside = np.asarray(core, np.uint8) if np.any(core) else inside
    return part, inside > 0


def enlarged(facts: FileFacts, limit: Range) -> Measured:
    """How many times larger than photographed, along a side. 1 and less: every pixel was seen by the camera."""
    told = facts.enlarged
    if told is not None:
        times = round(max(told, 1.0), 3)
        native = max(facts.size) / times
        value = {"times": times, "interpolated_share": round(1 - 1 / times**2, 4), "effective_pixels": round(native)}
        sentence = (
            "no pixel is interpolated"
            if times <= 1.005
            else f"it was enlarged {times:.2f} times, as the receipt says: {1 - 1 / times**2:.0%} is interpolated, "
            f"and {native:.0f} pixels would hold all there is"
        )
        if limit.holds(times) or (limit.at_most is not None and times <= limit.at_most + 0.005):
            return met(value, sentence)
        return missed(value, sentence, "a larger photograph, or a smaller picture")
    seen = _estimated(facts)
    if seen is None:
        return unknown("it is too smooth to tell whether it was enlarged")
    native = max(facts.size) / seen
    value = {"times": seen, "effective_pixels": round(native), "estimated": True}
    if limit.holds(seen):
        return met(value, "it shows detail as fine as its pixels")
    sentence = f"it holds no more detail than {native:.0f} pixels would: enlarged, or not sharp (an estimate)"
    return missed(value, sentence, "a larger photograph, or a smaller picture", doubt=ESTIMATE)


def _estimated(facts: FileFacts) -> float | None:
    """The most times that the picture can be made smaller and larger again with hardly a trace at its edges."""
    part, inside = _part(facts)
    grey = np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.uint8)
    grey, inside = _middle(grey, inside)
    slope = np.abs(cv2.Sobel(grey, cv2.CV_16S, 1, 0)) + np.abs(cv2.Sobel(grey, cv2.CV_16S, 0, 1))
    edges = inside & (slope >= max(80.0, float(np.percentile(slope, 97))))
    if np.count_nonzero(edges) < 60:
        return None
    height, width = grey.shape
    found = 1.0
    for times in (1.25, 1.5, 2.0, 3.0, 4.0):
        small = max(1, round(width / times)), max(1, round(height / times))
        less = cv2.resize(grey, small, interpolation=cv2.INTER_AREA)
        back = cv2.resize(less, (width, height), interpolation=cv2.INTER_CUBIC)
        lost = cv2.absdiff(np.asarray(back, np.uint8), grey)[edges].astype(np.float64)
        if np.sqrt((lost**2).mean()) > 0.02 * float(slope[edges].mean()):
            break
        found = times
    return found


def _middle(grey: NDArray[np.uint8], inside: NDArray[np.bool_]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """At most a million pixels of it: more of them do not change the answer."""
    height, width = grey.shape
    if height * width <= 1_000_000:
        return grey, inside
    share = (1_000_000 / (height * width)) ** 0.5
    top, left = round(height * (1 - share) / 2), round(width * (1 - share) / 2)
    rows, columns = slice(top, height - top), slice(left, width - left)
    return np.ascontiguousarray(grey[rows, columns]), inside[rows, columns]
