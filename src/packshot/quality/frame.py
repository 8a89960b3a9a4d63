"""How the product stands in its frame: background, fill, centring, resolution."""

import cv2
import numpy as np

from packshot.image import Alpha, Box, Rgb
from packshot.quality.measure import Measure, falling, rising


def purity(rgb: Rgb, alpha: Alpha, colour: tuple[int, int, int]) -> Measure:
    """Share of the pixels with no product in them that are exactly `colour`."""
    rgb, alpha = rgb[::4], alpha[::4]  # every fourth row tells enough
    outside = cv2.inRange(alpha, 0, 0)
    around = cv2.countNonZero(outside)
    if around == 0:
        return Measure(1.0, 1.0, "there is no background to be seen")
    shown = cv2.bitwise_and(cv2.inRange(rgb, colour, colour), outside)
    share = cv2.countNonZero(shown) / around
    return Measure(round(share, 5), share**4, f"{share:.1%} of the background is exactly the colour asked for")


def fill(place: Box, size: tuple[int, int]) -> Measure:
    """Share of the frame, along the side it fills most, that the product takes."""
    share = max(place.width / size[0], place.height / size[1])
    grade = rising(share, 0.3, 2.5) * (1.0 if share <= 0.97 else 0.9)
    return Measure(round(share, 4), grade, f"it fills {share:.0%} of the frame")


def centring(place: Box, size: tuple[int, int]) -> Measure:
    """Distance from the middle of the product to the middle of the frame, as a share of the frame."""
    aside = abs(place.left + place.right - size[0]) / (2 * size[0])
    above = abs(place.top + place.bottom - size[1]) / (2 * size[1])
    off = float(np.hypot(aside, above))
    return Measure(round(off, 4), falling(off, 0.22, 1.4), f"it stands {off:.0%} of the frame off the middle")


def resolution(size: float, photographed: float) -> Measure:
    """Pixels of the photograph along the product's longer side; the picture's own, `size`, must be enough besides."""
    grade = rising(photographed, 200, 1.0) * rising(size, 120, 1.0)
    return Measure(round(photographed, 1), grade, f"the photograph gave it {photographed:.0f} px")


def effective_resolution(size: float, empty: float, photographed: float) -> Measure:
    """Pixels along the product's longer side that would hold all the detail there is.

    Each empty octave halves them; half an octave is always empty, as no lens and no sensor fills the last.
    """
    pixels = float(1 / np.hypot(1 / (size * 2 ** -max(0.0, empty - 0.45)), 0.6 / photographed))
    return Measure(round(pixels, 1), rising(pixels, 250, 1.0), f"its detail would fit into {pixels:.0f} px")
