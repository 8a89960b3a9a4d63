"""How different two colours look: CIE Lab and CIEDE2000."""

import numpy as np
from numpy.typing import NDArray

from packshot.image import to_linear

Lab = NDArray[np.float64]  # (..., 3): L* 0..100, a*, b*

# IEC 61966-2-1: linear sRGB to CIE XYZ; its white is D65.
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = _TO_XYZ.sum(axis=1)
_FAR = 25.0**7


def lab(rgb: NDArray[np.uint8]) -> Lab:
    """CIE Lab under D65 of sRGB codes (..., 3)."""
    ratio = to_linear(rgb).astype(np.float64) @ (_TO_XYZ / _WHITE[:, None]).T
    # CIE 15: the cube root, and a line where it is too steep
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def difference(first: Lab, second: Lab) -> NDArray[np.float64]:
    """CIEDE2000 between colours (..., 3), with all weights 1; about 1 is what an eye just sees.

    Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", Color Research and Application 30 (2005), equations
    (2) to (22).
    """
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(first, -1, 0), np.moveaxis(second, -1, 0)
    mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1 + 0.5 * (1 - np.sqrt(mean7 / (mean7 + _FAR)))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = c1 * c2 == 0
    apart = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    apart = np.where((apart == -180) & (h2 > h1), 180, apart)
    by_light, by_chroma = l2 - l1, c2 - c1
    by_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(apart) / 2)
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    total = h1 + h2
    around = np.abs(h1 - h2) > 180
    hue = np.where(grey, total, np.where(around, (total + np.where(total < 360, 360, -360)) / 2, total / 2))
    weight = (
        1
        - 0.17 * _cosine(hue - 30)
        + 0.24 * _cosine(2 * hue)
        + 0.32 * _cosine(3 * hue + 6)
        - 0.20 * _cosine(4 * hue - 63)
    )
    turn = 30 * np.exp(-(((hue - 275) / 25) ** 2))
    bent = 2 * np.sqrt(chroma**7 / (chroma**7 + _FAR))
    of_light = by_light / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    of_chroma = by_chroma / (1 + 0.045 * chroma)
    of_hue = by_hue / (1 + 0.015 * chroma * weight)
    crossed = -np.sin(np.radians(2 * turn)) * bent * of_chroma * of_hue
    return np.asarray(np.sqrt(np.maximum(of_light**2 + of_chroma**2 + of_hue**2 + crossed, 0)))


def _cosine(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.cos(np.radians(degrees))
