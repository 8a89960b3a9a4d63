"""Light and its colour: exposure, contrast, white balance."""

import cv2
import numpy as np

from packshot.quality.measure import Measure, falling, rising
from packshot.quality.view import Counts, Points, Small, percentile

_WHITE = 250  # all channels from here on up: blown out


def exposure(small: Small, points: Points) -> Measure:
    """Lights of the product (95th percentile of luma), lowered by the share that is blown out."""
    lights = percentile(small.levels, 95)
    lost = blown_out(points)
    sentence = f"its lights reach {lights} of 255"
    if lost >= 0.01:
        sentence += f", {lost:.0%} of it is blown out"
    return Measure(lights, rising(lights, 75, 1.6) * falling(lost, 0.25, 0.8), sentence)


def blown_out(points: Points) -> float:
    """Share of the values, mean of the channels, that lie flat at the top of their channel.

    The top is looked for and not taken to be 255: what has been lost stays lost when the picture is made darker.
    """
    counts = [np.bincount(channel, minlength=256).astype(np.float64) for channel in points.T]
    return float(np.mean([_flat(each) for each in counts])) if len(points) else 0.0


def _flat(counts: Counts) -> float:
    """Share at the top, less what lies as deep again below: tones that fade away are not lost.

    The top of what was white is `_WHITE` and more, for the noise on it. Where all has been made darker since, it is a
    spike of two levels that stands over its neighbours.
    """
    top = percentile(counts, 99.95)
    white = top >= _WHITE
    deep = 256 - _WHITE if white else 2
    heap, below = counts[top - deep + 1 :].sum(), counts[max(0, top - 2 * deep + 1) : top - deep + 1].sum()
    lost = max(heap - below, counts[254:].sum()) if white else max(heap - 3 * below, 0.0)
    return float(lost / max(counts.sum(), 1)) if top > 16 else 0.0


def contrast(small: Small) -> Measure:
    """Levels between the darkest and the lightest twentieth of the product."""
    span = percentile(small.levels, 95) - percentile(small.levels, 5)
    return Measure(span, rising(span, 25, 1.2), f"its tones span {span} of 255 levels")


def white_balance(small: Small) -> Measure:
    """CIE Lab chroma of the lightest and least coloured five hundredth of the product and of a plain ground.

    Highlights, paper and print show the colour of the light, whatever the colour of the product: the white patch of
    Land (1977), with the dichromatic model of Shafer (1985) for its reason. Where nothing is near grey there is little
    to go by, so the score is never under a half.
    """
    pixels = small.rgb[small.product | small.ground]
    told = pixels[pixels.min(axis=1) < _WHITE]  # what is blown out is white in any light
    pixels = told if len(told) else pixels
    lab = cv2.cvtColor(pixels[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    grey = lab[:, 0] - 0.5 * np.hypot(lab[:, 1], lab[:, 2])
    count = max(1, grey.size // 500)
    best = lab[np.argpartition(grey, -count)[-count:]]
    tint = float(np.hypot(*best[:, 1:].mean(axis=0)))
    sentence = "its whites are neutral" if tint < 3 else f"its whites have a cast of {tint:.0f} (chroma in CIE Lab)"
    return Measure(round(tint, 2), 1 - 0.5 * rising(tint, 15, 1.2), sentence)
