"""How well the print on the product can be read, where somebody says where it is."""

from collections.abc import Sequence

import cv2
import numpy as np

from packshot.image import Box, Rgb
from packshot.quality.measure import Measure, falling, rising
from packshot.quality.view import u8

_MOST = 24  # regions looked at, the largest first


def legibility(rgb: Rgb, lines: Sequence[Box], deviation: float) -> Measure | None:
    """How soft the strokes are for the height of their letters, and how they stand out; None where no line is inside.

    A stroke's edge of height h rises over h / steepest slope pixels (the edge width of Marziliano and others, 2002); a
    letter has to hold several such widths. `deviation` is the noise, in levels, which steepens every slope.
    """
    height, width = rgb.shape[:2]
    found = []
    for line in sorted(lines, key=lambda box: -box.width * box.height)[:_MOST]:
        left, top, right, bottom = max(0, line.left), max(0, line.top), min(width, line.right), min(height, line.bottom)
        if right - left >= 4 and bottom - top >= 4:
            found.append(_line(rgb[top:bottom, left:right], deviation))
    if not found:
        return None
    softness, contrast = np.median(np.array(found), axis=0)
    grade = falling(float(softness), 0.35, 2) * rising(float(contrast), 20, 2)
    sentence = f"the edges of its letters take {softness:.0%} of their height, {contrast:.0f} levels off their ground"
    return Measure(round(float(softness), 4), grade, sentence)


def _line(rgb: Rgb, deviation: float) -> tuple[float, float]:
    luma = u8(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY))
    dark, bright = np.percentile(luma, (5, 95))
    contrast = float(bright - dark)
    across = np.abs(np.diff(luma.astype(np.int16), axis=1))
    down = np.abs(np.diff(luma.astype(np.int16), axis=0))
    steepest = max(float(np.percentile(across, 97)), float(np.percentile(down, 97))) - 2 * deviation
    letters = min(luma.shape)
    return min(contrast / max(steepest, 0.5) / letters, 2.0), contrast
