"""Measures of a picture and its score.

Each measure has a value in its own unit, a score 0..1 and a sentence for people. The total is their weighted geometric
mean, 0..100: one thing that is bad cannot hide behind seven that are good. All are measured on the product where it
is known, never on the whole frame, and every one falls as the damage it stands for grows.
"""

from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Box, Image, Rgb, box_of

Luma: TypeAlias = NDArray[np.uint8]  # (height, width)
Mask: TypeAlias = NDArray[np.bool_]  # (height, width), where to look

WEIGHTS = {
    "sharpness": 2.0,
    "exposure": 2.0,
    "contrast": 1.0,
    "noise": 1.0,
    "background": 1.5,
    "fill": 1.0,
    "centring": 0.5,
    "resolution": 1.5,
}

_LOWEST = 0.02  # a score of 0 would make the mean 0 whatever else is good
_SAMPLE = 300_000  # pixels looked at; more of them move no measure by a tenth


@dataclass(frozen=True)
class Measure:
    """`value` in the unit that `sentence` names, `score` 0..1."""

    value: float
    score: float
    sentence: str


@dataclass(frozen=True)
class Score:
    """`total` is 0..100."""

    total: float
    measures: dict[str, Measure]

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def score(
    image: Image,
    *,
    alpha: Alpha | None = None,
    box: Box | None = None,
    background: tuple[int, int, int] | None = None,
    enlarged: float = 1.0,
) -> Score:
    """How good a product picture is.

    The product is where `alpha` says (the image's own by default), else in `box`, else everywhere. `background` is the
    colour that was meant to surround it, where it was meant to be plain. `enlarged` says how many pixels the picture
    spends, along a side, on one pixel of the photograph: pixels made by enlarging are not counted as resolution.
    """
    alpha = image.alpha if alpha is None else alpha
    place = box_of(alpha, above=127) if alpha is not None else box or Box(0, 0, *image.size)
    if place is None:
        return Score(0.0, {"fill": Measure(0.0, 0.0, "there is no product in it")})
    rgb, inside = _sample(image.rgb, alpha, place)
    luma = _u8(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))
    measures = {
        "sharpness": sharpness(luma, inside),
        "exposure": exposure(luma, inside),
        "contrast": contrast(luma, inside),
        "noise": noise(luma, inside),
        "resolution": resolution(max(place.width, place.height) / max(enlarged, 1e-6)),
    }
    if background is not None and alpha is not None:
        measures["background"] = purity(image.rgb, alpha, background)
    if alpha is not None or box is not None:
        measures["fill"] = fill(place, image.size)
        measures["centring"] = centring(place, image.size)
    return Score(_total(measures), measures)


def _total(measures: dict[str, Measure]) -> float:
    weights = [WEIGHTS[name] for name in measures]
    logs = [np.log(max(measure.score, _LOWEST)) for measure in measures.values()]
    return round(float(100 * np.exp(np.average(logs, weights=weights))), 1)


def sharpness(luma: Luma, inside: Mask) -> Measure:
    """Width of the sharpest edges of the product, in pixels (the sigma of the blur a perfect edge would need).

    For a step of height h blurred by a Gaussian, the steepest slope is h / (sigma sqrt(2 pi)).
    """
    window = np.ones((13, 13), np.uint8)
    rise = _u8(cv2.subtract(cv2.dilate(luma, window), cv2.erode(luma, window)))
    tall = max(24.0, 0.6 * _percentile(rise[inside], 90))
    edges = inside & (rise >= tall)
    if int(np.count_nonzero(edges)) < 30:
        return Measure(0.0, 0.5, "too smooth to tell how sharp it is")
    steep = float(np.percentile(_slope(luma)[edges] / (2.0 * rise[edges]), 95))
    sigma = 1 / (max(steep, 0.01) * np.sqrt(2 * np.pi))
    return Measure(round(sigma, 2), _falling(sigma, 1.0, 5.0), f"its sharpest edges are blurred over {sigma:.1f} px")


def _slope(luma: Luma) -> NDArray[np.int16]:
    """Twice the levels per pixel, the greater of both directions, by central difference."""
    across = cv2.absdiff(cv2.Sobel(luma, cv2.CV_16S, 1, 0, ksize=1), np.zeros(4))
    down = cv2.absdiff(cv2.Sobel(luma, cv2.CV_16S, 0, 1, ksize=1), np.zeros(4))
    return np.asarray(cv2.max(across, down), dtype=np.int16)


def exposure(luma: Luma, inside: Mask) -> Measure:
    """Level of the product's lights (95th percentile), lowered by the share that is blown out."""
    values = luma[inside]
    lights = _percentile(values, 95)
    lost = float(np.count_nonzero(values >= 254) / values.size)
    sentence = f"its lights reach {lights} of 255"
    if lost >= 0.01:
        sentence += f", {lost:.0%} of it is pure white"
    return Measure(lights, round(_rising(lights, 20, 120) * _falling(lost, 0.1, 0.9), 4), sentence)


def contrast(luma: Luma, inside: Mask) -> Measure:
    """Levels between the darkest and the lightest twentieth of the product."""
    values = luma[inside]
    span = _percentile(values, 95) - _percentile(values, 5)
    return Measure(span, _rising(span, 4, 90), f"its tones span {span} of 255 levels")


def noise(luma: Luma, inside: Mask) -> Measure:
    """Grain where the product is smooth, as the standard deviation in levels (Immerkær 1996)."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    smooth = inside & (cv2.inRange(luma, 5, 250) > 0)
    if not smooth.any():
        return Measure(0.0, 1.0, "no grain to be seen")
    busy = np.minimum(_slope(_u8(cv2.blur(luma, (5, 5)))), 255).astype(np.uint8)
    calm = smooth & (busy <= _percentile(busy[smooth], 40))
    grain = np.abs(cv2.filter2D(luma, cv2.CV_16S, kernel)[calm])
    # The kernel multiplies the deviation of white noise by 6; a mean of absolutes is sqrt(2 / pi) deviations.
    sigma = float(np.minimum(grain, 120).mean()) / 6 * np.sqrt(np.pi / 2)
    return Measure(round(sigma, 2), _falling(sigma, 1.5, 14), f"grain of {sigma:.1f} levels in its smooth parts")


def purity(rgb: Rgb, alpha: Alpha, colour: tuple[int, int, int]) -> Measure:
    """Share of the pixels with no product in them that are exactly `colour`."""
    outside = alpha == 0
    if not outside.any():
        return Measure(1.0, 1.0, "there is no background to be seen")
    shown = cv2.inRange(rgb, colour, colour) > 0
    share = float(np.count_nonzero(shown & outside) / np.count_nonzero(outside))
    return Measure(round(share, 5), share**4, f"{share:.1%} of the background is exactly the colour asked for")


def fill(place: Box, size: tuple[int, int]) -> Measure:
    """Share of the frame, along the side it fills most, that the product takes."""
    share = max(place.width / size[0], place.height / size[1])
    grade = _rising(share, 0.2, 0.75) * (1.0 if share <= 0.97 else 0.8)
    return Measure(round(share, 4), grade, f"it fills {share:.0%} of the frame")


def centring(place: Box, size: tuple[int, int]) -> Measure:
    """Distance from the middle of the product to the middle of the frame, as a share of the frame."""
    aside = abs(place.left + place.right - size[0]) / (2 * size[0])
    above = abs(place.top + place.bottom - size[1]) / (2 * size[1])
    off = max(aside, above)
    return Measure(round(off, 4), _falling(off, 0.05, 0.4), f"it stands {off:.0%} of the frame off the middle")


def resolution(pixels: float) -> Measure:
    """Pixels of the photograph along the product's longer side."""
    return Measure(round(pixels, 1), _rising(pixels, 100, 1400), f"the photograph gave it {pixels:.0f} px")


def _u8(array: object) -> Luma:
    """What OpenCV gave back, typed; no copy."""
    return np.asarray(array, dtype=np.uint8)


def _percentile(levels: Luma, percent: float) -> int:
    """By counting, which is ten times faster than sorting."""
    if levels.size == 0:
        return 0
    sums = np.cumsum(np.bincount(levels.ravel(), minlength=256))
    return int(np.searchsorted(sums, sums[-1] * percent / 100))


def _rising(value: float, worst: float, best: float) -> float:
    """0 at `worst`, 1 at `best`, straight between."""
    return round(float(np.clip((value - worst) / (best - worst), 0.0, 1.0)), 4)


def _falling(value: float, best: float, worst: float) -> float:
    return round(1.0 - _rising(value, best, worst), 4)


def _sample(rgb: Rgb, alpha: Alpha | None, place: Box) -> tuple[Rgb, Mask]:
    """The product's own pixels at their own size (a smaller picture would hide blur), and which of them to look at.

    A large product is looked at in evenly spaced strips. The pixels next to the outline are left out: the edge of the
    cutout says nothing about the photograph.
    """
    rows, columns = slice(place.top, place.bottom), slice(place.left, place.right)
    part = rgb[rows, columns]
    solid = alpha[rows, columns] if alpha is not None else None
    strips = _strips(place.height, place.width)
    part = np.concatenate([part[strip] for strip in strips])
    inside = np.full(part.shape[:2], 255, np.uint8)
    if solid is not None:
        inside = np.concatenate([solid[strip] for strip in strips])
        core = _u8(cv2.erode((inside > 250).astype(np.uint8), np.ones((9, 9), np.uint8), borderValue=1))
        inside = core if core.any() else (inside > 127).astype(np.uint8)
    seams = inside.astype(bool)
    edge = 0
    for strip in strips[:-1]:  # no edge is made where two strips meet
        edge += strip.stop - strip.start
        seams[max(0, edge - 7) : edge + 7] = False
    return part, seams if seams.any() else inside.astype(bool)


def _strips(height: int, width: int) -> list[slice]:
    if height * width <= _SAMPLE:
        return [slice(0, height)]
    count = 8
    tall = max(32, _SAMPLE // width // count)
    if tall * count >= height:
        return [slice(0, height)]
    starts = np.linspace(0, height - tall, count).astype(int)
    return [slice(int(start), int(start) + tall) for start in starts]
