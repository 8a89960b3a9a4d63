"""A product in words, from its cutout alone: kind, colours, shape, a guess at its material, what is printed on it. And
the prompt for a painter that follows from it: a pure function, so that the same product asks for the same scene.
"""

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from packshot.colour import difference, lab
from packshot.image import Alpha, Box, Image, box_of
from packshot.ports import Orientation, TextLine

Kind = Literal["upright", "flat-lay", "hanging", "flat"]

# Names that a shop would use, at typical places of sRGB.
NAMES: dict[str, tuple[int, int, int]] = {
    "black": (22, 22, 24),
    "charcoal": (64, 66, 70),
    "grey": (128, 128, 128),
    "silver": (190, 192, 195),
    "white": (246, 246, 244),
    "cream": (240, 228, 205),
    "beige": (212, 190, 160),
    "tan": (196, 150, 100),
    "brown": (108, 70, 45),
    "amber": (190, 105, 25),
    "red": (200, 30, 35),
    "burgundy": (110, 25, 45),
    "pink": (235, 150, 175),
    "orange": (240, 130, 40),
    "yellow": (245, 210, 50),
    "olive": (115, 115, 50),
    "green": (50, 140, 70),
    "dark green": (25, 70, 50),
    "mint": (170, 220, 195),
    "teal": (20, 130, 135),
    "turquoise": (80, 195, 200),
    "light blue": (165, 205, 235),
    "blue": (40, 90, 190),
    "navy": (25, 35, 80),
    "purple": (115, 60, 150),
    "lilac": (195, 170, 215),
    "gold": (200, 165, 85),
}
_LEAST_SHARE = 0.06  # of the product, from which a colour is told
_MOST_COLOURS = 4
_STRONG = 30.0  # CIE chroma of which a pixel counts twice as much as a grey one
_READ = 0.8  # confidence from which print is taken for read
_LOOK = 160  # pixels of the longer side that is measured


class Colour(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    share: float  # of the product, 0..1


class Guess(BaseModel):
    """A word and how far to trust it, 0..1."""

    model_config = ConfigDict(frozen=True)

    word: str
    confidence: float


class ProductDescription(BaseModel):
    """What can be said of a product without knowing it. Nothing is taken for sure that is only a guess."""

    model_config = ConfigDict(frozen=True)

    kind: Guess
    colours: tuple[Colour, ...]
    shape: tuple[str, ...]
    material: Guess
    text: tuple[str, ...] = ()


def describe(
    cutout: Image, orientation: Orientation | None = None, lines: Sequence[TextLine] = ()
) -> ProductDescription:
    """`lines` are what a text reader read on it."""
    box = None if cutout.alpha is None else box_of(cutout.alpha, 127)
    if cutout.alpha is None or box is None:
        nothing = Guess(word="unknown", confidence=0.0)
        return ProductDescription(kind=nothing, colours=(), shape=(), material=nothing)
    solid = _solid(cutout.alpha, box)
    part = np.ascontiguousarray(cutout.rgb[box.top : box.bottom, box.left : box.right])
    rgb = np.asarray(cv2.resize(part, solid.shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    read = tuple(line.text.strip() for line in lines if line.confidence >= _READ and line.text.strip())
    return ProductDescription(
        kind=_kind(solid, orientation),
        colours=_colours(rgb[solid]),
        shape=_shape(solid),
        material=_material(rgb, solid),
        text=read,
    )


def main_colour(cutout: Image) -> str:
    """'#rrggbb' of what one would call its colour: what there is much of, strong ones counting for more."""
    box = None if cutout.alpha is None else box_of(cutout.alpha, 127)
    if cutout.alpha is None or box is None:
        return "#808080"
    solid = _solid(cutout.alpha, box)
    part = np.ascontiguousarray(cutout.rgb[box.top : box.bottom, box.left : box.right])
    pixels = np.asarray(cv2.resize(part, solid.shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)[solid]
    names = _nearest(pixels)
    strong = 1 + np.hypot(*lab(np.array(list(NAMES.values()), np.uint8))[:, 1:].T) / _STRONG
    most = int(np.argmax(np.bincount(names, minlength=len(NAMES)) * strong))
    return "#" + "".join(f"{round(float(code)):02x}" for code in np.median(pixels[names == most], axis=0))


def _nearest(pixels: NDArray[np.uint8]) -> NDArray[np.intp]:
    """For each pixel, which of NAMES it is nearest to."""
    places, known = lab(pixels), lab(np.array(list(NAMES.values()), np.uint8))
    return np.asarray(np.argmin(np.stack([difference(places, one) for one in known]), axis=0))


def shape_of(alpha: Alpha) -> tuple[str, ...]:
    """Words for an outline, as tall, round, rectangular, with open parts; none where there is nothing."""
    box = box_of(alpha, 127)
    return () if box is None else _shape(_solid(alpha, box))


def _solid(alpha: Alpha, box: Box) -> NDArray[np.bool_]:
    """What of the box is surely product, at the size that is measured."""
    scale = min(1.0, _LOOK / max(box.width, box.height))
    size = max(1, round(box.width * scale)), max(1, round(box.height * scale))
    part = np.ascontiguousarray(alpha[box.top : box.bottom, box.left : box.right])
    solid = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8) > 200
    return solid if solid.any() else np.ones_like(solid)


def _colours(pixels: NDArray[np.uint8]) -> tuple[Colour, ...]:
    shares = np.bincount(_nearest(pixels), minlength=len(NAMES)) / len(pixels)
    names = list(NAMES)
    ranked = [int(i) for i in np.argsort(-shares) if shares[i] >= _LEAST_SHARE] or [int(np.argmax(shares))]
    return tuple(Colour(name=names[i], share=round(float(shares[i]), 3)) for i in ranked[:_MOST_COLOURS])


def _shape(solid: NDArray[np.bool_]) -> tuple[str, ...]:
    height, width = solid.shape
    aspect = width / height
    words = ["tall" if aspect < 0.55 else "wide" if aspect > 1.5 else "compact"]
    filled = float(solid.mean())
    contours, _ = cv2.findContours(solid.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    hull = max(1.0, cv2.contourArea(cv2.convexHull(np.concatenate(contours))))
    if filled > 0.9:
        words.append("rectangular")
    elif 0.72 < filled < 0.84 and np.count_nonzero(solid) / hull > 0.95:
        words.append("round")
    elif np.count_nonzero(solid) / hull < 0.7:
        words.append("with open parts")
    both, either = (int(np.count_nonzero(part)) for part in (solid & solid[:, ::-1], solid | solid[:, ::-1]))
    mirrored = both / max(1, either)
    if mirrored > 0.92:
        words.append("symmetric")
    return tuple(words)


def _kind(solid: NDArray[np.bool_], orientation: Orientation | None) -> Guess:
    """Upright stands on a foot; flat-lay is looked down upon; hanging is widest near its top and thins out below; flat
    is a sheet or a band that could only lie."""
    height, width = solid.shape
    rows = solid.sum(axis=1) / max(1, width)
    top, foot = float(rows[: max(1, height // 4)].mean()), float(rows[-max(1, height // 8) :].mean())
    if orientation is not None and orientation.elevation > 60 and orientation.confidence > 0.4:
        return Guess(word="flat-lay", confidence=round(orientation.confidence, 2))
    if width / height > 3.5:
        return Guess(word="flat", confidence=0.45)
    if foot < 0.25 and top > 0.6:
        return Guess(word="hanging", confidence=0.4)
    return Guess(word="upright", confidence=round(0.45 + 0.35 * min(1.0, foot / 0.6), 2))


def _material(rgb: NDArray[np.uint8], solid: NDArray[np.bool_]) -> Guess:
    """From how sharp its highlights are and how rough the rest is; a guess, and never a sure one."""
    places = lab(rgb)
    light = places[..., 0]
    inside = np.asarray(cv2.erode(solid.astype(np.uint8), np.ones((3, 3), np.uint8)), np.uint8) > 0
    if not inside.any():
        return Guess(word="unknown", confidence=0.0)
    chroma = float(np.median(np.hypot(places[..., 1], places[..., 2])[inside]))
    fine = light - cv2.GaussianBlur(light, (0, 0), 2)
    rough = float(1.4826 * np.median(np.abs(fine[inside])))
    glints = float((light[inside] > np.median(light[inside]) + 35).mean())
    if rough > 3.5:
        return Guess(word="textile", confidence=round(min(0.6, 0.3 + rough / 20), 2))
    if chroma < 8 and glints > 0.03 and float(light[inside].std()) > 18:
        return Guess(word="metal", confidence=0.4)
    if glints > 0.01:
        return Guess(word="glossy", confidence=round(min(0.6, 0.35 + 3 * glints), 2))
    return Guess(word="matt", confidence=0.4)


def scene_prompt(
    description: ProductDescription, orientation: Orientation | None = None, *, place: str = "", style: str = ""
) -> str:
    """What to ask a painter for: an empty place, seen as the product is seen, in colours that let it stand out.

    The product itself is not asked for, and its text never is: a painter would draw another one.
    """
    asked = [f"An empty {place or _place(description)}, photographed for an advertisement"]
    asked.append(_camera(description, orientation))
    asked.append(f"{_palette(description)}, so that {_spoken(description)} stands out")
    asked.append("soft daylight from the side, a calm clear space in the middle for a product, natural depth of field")
    if style:
        asked.append(style)
    return ". ".join(asked) + ". No product, no people, no text, no logo."


def _place(description: ProductDescription) -> str:
    if description.kind.word in ("flat-lay", "flat"):
        return "table top"
    return "wall with a plain hook" if description.kind.word == "hanging" else "table before a quiet wall"


def _camera(description: ProductDescription, orientation: Orientation | None) -> str:
    if description.kind.word == "flat-lay":
        return "Seen straight from above"
    if orientation is None or orientation.confidence < 0.4:
        return "Seen from slightly above eye level"
    down = max(0, round(orientation.elevation / 5) * 5)
    return "Seen from the height of the surface" if down < 5 else f"Seen from {down} degrees above the surface"


def _palette(description: ProductDescription) -> str:
    dark = {"black", "charcoal", "navy", "burgundy", "brown", "dark green", "purple"}
    light = {"white", "cream", "silver", "mint", "light blue", "beige", "lilac"}
    main = {colour.name for colour in description.colours[:2]}
    if main & light and not main & dark:
        return "Mid-toned, warm surroundings, darker than the product"
    if main & dark and not main & light:
        return "Light, airy surroundings"
    return "Neutral, muted surroundings"


def _spoken(description: ProductDescription) -> str:
    colours = " and ".join(colour.name for colour in description.colours[:2])
    material = description.material.word if description.material.confidence >= 0.5 else ""
    words = [word for word in (*description.shape[:1], colours, material) if word]
    return f"a {' '.join(words)} product" if words else "a product"
