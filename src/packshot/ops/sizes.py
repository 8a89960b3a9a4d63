"""How large things are: priors of products by category and of surfaces, and how large a product is in a picture.

Heights are of the thing as it is usually shown, in millimetres: (least, usual, most), of what shops in Europe sell.
They were put together by hand from common package sizes and furniture standards (`source`), are meant to keep a mug
smaller than a chair, and lose to every measure that somebody gives. Of a product that nothing is known of, its shape
says a little: what is chosen then is rather too small than too large.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from packshot.surface import Surface


class Prior(NamedTuple):
    least: float
    usual: float
    most: float
    source: str


_PACKAGES = "common package sizes"
_GOODS = "sizes of goods on sale"
HEIGHTS_MM: dict[str, Prior] = {
    "mug": Prior(80, 95, 120, _GOODS),
    "glass": Prior(80, 130, 240, _GOODS),
    "can": Prior(88, 115, 170, "beverage cans, 150 to 500 ml"),
    "bottle": Prior(120, 230, 340, "bottles, 100 ml to 1.5 l"),
    "jar": Prior(50, 100, 180, _PACKAGES),
    "carton": Prior(90, 190, 300, _PACKAGES),
    "box": Prior(60, 180, 400, _PACKAGES),
    "tube": Prior(90, 150, 220, _PACKAGES),
    "bowl": Prior(50, 80, 140, _GOODS),
    "candle": Prior(60, 100, 250, _GOODS),
    "vase": Prior(120, 250, 450, _GOODS),
    "plant": Prior(100, 300, 800, _GOODS),
    "lamp": Prior(250, 420, 700, "table lamps"),
    "clock": Prior(80, 130, 300, "alarm and table clocks"),
    "camera": Prior(65, 95, 150, _GOODS),
    "headphones": Prior(160, 195, 230, _GOODS),
    "phone": Prior(130, 150, 175, _GOODS),
    "watch": Prior(60, 110, 240, _GOODS),
    "sunglasses": Prior(40, 50, 70, _GOODS),
    "ring": Prior(18, 22, 30, _GOODS),
    "shoe": Prior(90, 120, 350, "shoes, seen from the side; boots are the most"),
    "bag": Prior(200, 320, 550, _GOODS),
    "backpack": Prior(380, 460, 600, _GOODS),
    "book": Prior(150, 210, 300, "paper sizes A6 to A4"),
    "toy": Prior(60, 180, 450, _GOODS),
    "teapot": Prior(90, 150, 230, _GOODS),
    "furniture": Prior(400, 800, 1200, "seat height 430 to 470, table height 720 to 760 mm"),
}
# Of the longer side of what is photographed for a shop, by the first word of its shape that is known: low ends, for a
# large thing shown small is taken for a small one, and a small thing shown large for a mistake.
SHAPES_MM: dict[str, Prior] = {
    "tall": Prior(90, 200, 400, "bottles, tubes, vases, lamps"),
    "rectangular": Prior(50, 160, 400, "cartons, boxes, books"),
    "wide": Prior(90, 210, 450, "glasses, shoes, appliances that lie or stand low"),
    "with open parts": Prior(20, 150, 400, "rings, headphones, bags"),
    "compact": Prior(50, 110, 350, "mugs, jars, bowls, boxes"),
}
_UNKNOWN = Prior(20, 120, 500, "goods of every kind")
# Of a surface that one sees whole, from its left to its right end.
_WHOLE_MM = Prior(350, 900, 1800, "stools 350, side tables 450, coffee tables 1100, desks 1200 to 1800 mm")
# Of what the longer side of a picture shows at its surface, by how one looks at it.
_SHOWN_MM = {
    "whole": Prior(700, 1500, 3200, "a piece of furniture and what is around it"),
    "open": Prior(450, 1250, 3000, "a part of a table or floor that runs out of the picture"),
    "top": Prior(280, 600, 1600, "the part of a table that one looks straight down on"),
}
_SEEN = (0.09, 0.50)  # of the picture's height: what a product in an advertisement is hardly below or above


@dataclass(frozen=True)
class Size:
    """Height in pixels of the picture: what is chosen, and between what it may be. `basis` says where from.

    `product` is the same of the thing itself, millimetres. `is_guess` says that only its shape told of it.
    """

    height: float
    least: float
    most: float
    basis: str
    product: Prior
    is_known: bool
    is_guess: bool


def size_on(
    surface: Surface,
    aspect: float,
    *,
    height_mm: float | None = None,
    between_mm: tuple[float, float] | None = None,
    category: str | None = None,
    shape: Sequence[str] = (),
    surface_mm: float | None = None,
) -> Size:
    """Of a product of `aspect` (width over height); of what is said of it, the first counts.

    `between_mm` are heights that somebody thinks likely, `shape` are words for its outline, and `surface_mm` is how
    wide the surface is where one sees it whole.
    """
    product = _product(aspect, height_mm, between_mm, category, shape)
    place = _place(surface, surface_mm)
    usual = product.usual / place.usual
    known = bool(height_mm and surface_mm)
    if not known:
        usual = math.sqrt(usual * _within(usual, (_SEEN[0] * surface.size[1], _SEEN[1] * surface.size[1])))
    return Size(
        usual,
        product.least / place.most,
        product.most / place.least,
        f"product: {product.source}; surface: {place.source}",
        product,
        known,
        not (height_mm or between_mm or category),
    )


def _product(
    aspect: float,
    height_mm: float | None,
    between_mm: tuple[float, float] | None,
    category: str | None,
    shape: Sequence[str],
) -> Prior:
    """Of its height, millimetres."""
    if height_mm:
        return Prior(height_mm, height_mm, height_mm, "given")
    if between_mm:
        least, most = between_mm
        return Prior(least, math.sqrt(least * most), most, "what a model says of it")
    if category is not None:
        return HEIGHTS_MM[category]
    word = next((word for word in SHAPES_MM if word in shape), None)
    longer = _UNKNOWN if word is None else SHAPES_MM[word]
    least, usual, most = (side * min(1.0, 1 / aspect) for side in longer[:3])
    said = "nothing is known of it" if word is None else f"only its shape is known, {word}"
    return Prior(least, usual, most, f"{said} ({longer.source})")


def _place(surface: Surface, surface_mm: float | None) -> Prior:
    """Of one pixel of the picture at the surface, millimetres."""
    across = max(1.0, float(surface.box.width))
    if surface_mm:
        return Prior(surface_mm / across, surface_mm / across, surface_mm / across, "given")
    is_whole = surface.box.left > 2 and surface.box.right < surface.size[0] - 2 and surface.view != "top"
    shown = _SHOWN_MM["top" if surface.view == "top" else "whole" if is_whole else "open"]
    longer = max(surface.size)
    least, usual, most = (side / longer for side in shown[:3])
    if is_whole:
        # Two guesses at one thing: the middle of both, and the span that both allow.
        least, most = max(least, _WHOLE_MM.least / across), min(most, _WHOLE_MM.most / across)
        usual = math.sqrt(usual * _WHOLE_MM.usual / across)
        least, most = min(least, usual), max(most, usual)
    source = f"{_WHOLE_MM.source}; {shown.source}" if is_whole else shown.source
    return Prior(least, usual, most, source)


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])
