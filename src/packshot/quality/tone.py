"""Light and its colour: exposure, contrast, white balance."""

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.quality.measure import Measure, falling, rising
from packshot.quality.view import Counts, Points, Small, percentile

_LIT = 230  # level that whites are brought to, so that darkness hides no cast
_CLIPPED = 252  # a channel from here on up: it may have been cut off there
_NOT_WHITE = 90  # levels between the channels of what can be no white thing in any light of a room
_WHITE = 250  # all channels from here on up: blown out


def exposure(small: Small, points: Points, grain: float) -> Measure:
    """Lights of the product (95th percentile of the brightest channel), lowered by the share that is blown out.

    A black product has no lights, and is not to blame; one in which nothing can be seen is. A vivid blue is as bright
    as a light can make it where its blue is. `grain` is the noise, in levels.
    """
    lights = percentile(small.brightest, 95)
    white, one = blown_out(points, grain)
    sentence = f"its lights reach {lights} of 255"
    if white >= 0.01:
        sentence += f", {white:.0%} of it is blown out"
    bright = (0.25 + 0.75 * rising(lights, 85, 1.6)) * rising(lights, 12, 3)
    return Measure(lights, bright * falling(white + 0.3 * one, 0.13, 1.25), sentence)


def blown_out(points: Points, grain: float) -> tuple[float, float]:
    """Share of the pixels that lie flat at the top in all channels, and in one of them on average.

    A vivid colour is at the top of one channel by its nature, and a blown-out one as well.
    """
    if len(points) == 0:
        return 0.0, 0.0
    counts = [np.bincount(values, minlength=256) for values in (_darkest(points), *points.T)]
    white, *each = (_flat(values.astype(np.float64), grain) for values in counts)
    return white, float(np.mean(each))


def _darkest(pixels: Points) -> NDArray[np.uint8]:
    """The least of each pixel's channels; four times as quick as `min` along an axis of three."""
    return np.minimum(np.minimum(pixels[:, 0], pixels[:, 1]), pixels[:, 2])


def _brightest(pixels: Points) -> NDArray[np.uint8]:
    return np.maximum(np.maximum(pixels[:, 0], pixels[:, 1]), pixels[:, 2])


def _flat(counts: Counts, grain: float) -> float:
    """Share at the top, less what lies as deep again below: tones that fade away are not lost.

    The top of what was white is `_WHITE` and more, and deeper by the `grain` on it, in levels; where all has been made
    darker since it lies lower. It breaks off at its very top, which tells it from a white label.
    """
    top = percentile(counts, 99.95)
    deep = max(2, round((256 - _WHITE + 2.5 * grain) * top / 255))
    heap, below = counts[top - deep + 1 :].sum(), counts[max(0, top - 2 * deep + 1) : top - deep + 1].sum()
    brink = counts[254:].sum() if top >= _WHITE else 0.0
    heap = min(heap, (2.5 + grain) * counts[top:].sum())
    return float(max(heap - below, brink, 0.0) / max(counts.sum(), 1)) if top > 16 else 0.0


def contrast(small: Small) -> Measure:
    """Levels between the darkest and the lightest twentieth of the product; one of a single tone is not to blame."""
    span = percentile(small.levels, 95) - percentile(small.levels, 5)
    return Measure(span, 0.4 + 0.6 * rising(span, 40, 1.2), f"its tones span {span} of 255 levels")


def white_balance(small: Small) -> Measure:
    """CIE Lab chroma of the lightest and least coloured five hundredth of the product and of a plain ground.

    Highlights, paper and print show the colour of the light, whatever the colour of the product: the white patch of
    Land (1977), with the dichromatic model of Shafer (1985) for its reason. Where nothing is near grey there is little
    to go by, so the score is never under a half. What lacks a channel's light has another colour than its own, so what
    is at the top is asked only where all else is vivid; the top is lower where all was made darker since.
    """
    pixels = small.rgb[small.product | small.ground]
    brightest = _brightest(pixels)
    told = brightest < np.percentile(brightest, 99.9) * (_CLIPPED / 255)
    best = _greyest(pixels[told] if told.any() else pixels)
    if np.ptp(best) > _NOT_WHITE:
        best = _greyest(pixels)
    lit = (best * min(_LIT / max(float(best.max()), 1.0), _LIT / 110)).astype(np.float32)
    _, *tints = cv2.cvtColor(lit[None, None] / 255, cv2.COLOR_RGB2LAB)[0, 0]
    tint = float(np.hypot(*tints))
    sentence = "its whites are neutral" if tint < 3 else f"its whites have a cast of {tint:.0f} (chroma in CIE Lab)"
    return Measure(round(tint, 2), 1 - 0.5 * rising(tint, 10, 3), sentence)


def _greyest(pixels: Points) -> NDArray[np.float64]:
    """Mean colour of the lightest and least coloured five hundredth."""
    lab = cv2.cvtColor(pixels[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    grey = lab[:, 0] - np.hypot(lab[:, 1], lab[:, 2])
    count = max(1, grey.size // 500)
    return np.asarray(pixels[np.argpartition(grey, -count)[-count:]].mean(axis=0))
