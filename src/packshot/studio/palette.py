"""Colours of a set: as light, as pigment, and families of them around a brand's or a product's own colour."""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.colour import lab
from packshot.image import SRGB_TO_LINEAR

Colour: TypeAlias = str  # '#rrggbb'
Light: TypeAlias = NDArray[np.float32]  # (3,) linear red, green, blue
_GREY = 9.0  # CIE chroma up to which a product has no colour of its own
_MUTED = 24.0  # CIE chroma of a ground at most
_LIGHT = 66.0  # L* from which a product stands out from something darker
_PALE, _DEEP = 84.0, 46.0  # L* of the grounds


def linear(colour: Colour) -> Light:
    """Linear light 0..1 of '#rrggbb'."""
    codes = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return np.asarray(SRGB_TO_LINEAR[codes], np.float32)


def pigment(colour: Colour) -> Light:
    """The root of linear light, in which textures are mixed: close to what the eye calls halfway."""
    return np.sqrt(linear(colour))


def of_light(light: Light) -> Colour:
    """'#rrggbb' of linear light."""
    x = np.clip(np.asarray(light, np.float64), 0, 1)
    codes = np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(code) * 255):02x}" for code in codes)


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """From `first` to `second`, as paints mix."""
    return of_light((pigment(first) * (1 - share) + pigment(second) * share) ** 2)


def ground_for(colour: Colour) -> Colour:
    """A ground of the same hue that a product of `colour` stands out from: muted, and lighter where it is not light."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    light, a, b = (float(part) for part in lab(np.array([red, green, blue], np.uint8)))
    chroma = float(np.hypot(a, b))
    level = _PALE if light < _LIGHT else _DEEP
    # Greys get a little of the warmth of paper; a colour loses what would compete with the product.
    wanted = (2.0, 7.0) if chroma < _GREY else tuple(part * min(0.6, _MUTED / chroma) for part in (a, b))
    place = np.array([[[level, *wanted]]], np.float32)
    codes = np.clip(np.rint(cv2.cvtColor(place, cv2.COLOR_LAB2RGB) * 255), 0, 255).astype(int).ravel()
    return "#" + "".join(f"{code:02x}" for code in codes)


def luminance(light: Light) -> float:
    return float(light @ np.array([0.2126, 0.7152, 0.0722], np.float32))


def blackbody(kelvin: float) -> Light:
    """Linear light of a lamp of so many kelvin (1,667 to 25,000), of luminance 1.

    Kang et al., "Design of advanced color temperature control system for HDTV applications", Journal of the Korean
    Physical Society 41 (2002): the Planckian locus as cubics in 1/T.
    """
    t = float(np.clip(kelvin, 1667, 25000))
    if t <= 4000:
        x = -0.2661239e9 / t**3 - 0.2343589e6 / t**2 + 0.8776956e3 / t + 0.179910
    else:
        x = -3.0258469e9 / t**3 + 2.1070379e6 / t**2 + 0.2226347e3 / t + 0.240390
    if t <= 2222:
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif t <= 4000:
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    xyz = np.array([x / y, 1.0, (1 - x - y) / y])
    # IEC 61966-2-1: XYZ to linear sRGB
    rgb = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]) @ xyz
    return np.asarray(np.maximum(rgb, 0.02), np.float32)


def tint(kelvin: float, balance: float = 5600) -> Light:
    """What a lamp of `kelvin` looks like to a camera balanced for `balance`; luminance 1."""
    ratio = blackbody(kelvin) / blackbody(balance)
    return np.asarray(ratio / luminance(np.asarray(ratio, np.float32)), np.float32)
