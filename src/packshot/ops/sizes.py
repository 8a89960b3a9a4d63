"""How large things are: priors of products by category and of surfaces, and how large a product is in a picture.

Heights are of the thing as it is usually shown, in millimetres: (least, usual, most), of what shops in Europe sell.
They were put together by hand from common package sizes and furniture standards (`source`), are meant to keep a mug
smaller than a chair, and lose to every measure that somebody gives.
"""

import math
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
# Of the part of a surface that one sees across, at the product's foot.
_WIDTHS_MM = {
    "slab": Prior(350, 900, 1800, "stools 350, side tables 450, coffee tables 1100, desks 1200 to 1800 mm"),
    "wide": Prior(500, 1300, 3500, "what one sees of a table or floor that runs out of the picture"),
}
_SHOWN = (0.12, 0.30, 0.50)  # of the picture's height: least, usual and most of a product that nothing is known of


@dataclass(frozen=True)
class Size:
    """Height in pixels of the picture: what is chosen, and between what it may be. `basis` says where from."""

    height: float
    least: float
    most: float
    basis: str
    is_known: bool


def size_on(
    surface: Surface,
    aspect: float,
    *,
    height_mm: float | None = None,
    category: str | None = None,
    surface_mm: float | None = None,
) -> Size:
    """Of a product of `aspect` (width over height). `surface_mm` is how wide the surface is where one sees it whole."""
    tall = surface.size[1]
    across = max(1.0, float(surface.box.width))
    product = Prior(height_mm, height_mm, height_mm, "given") if height_mm else HEIGHTS_MM.get(category or "")
    ends_in_sight = surface.box.left > 2 and surface.box.right < surface.size[0] - 2
    place = _WIDTHS_MM["slab" if ends_in_sight else "wide"]
    if surface_mm:
        place = Prior(surface_mm, surface_mm, surface_mm, "given")
    if product is None:
        least, usual, most = (share * tall * min(1.0, 1.4 / max(aspect, 1.4)) for share in _SHOWN)
        return Size(usual, least, most, "a share of the picture: nothing is known of its size", False)
    least, most = product.least * across / place.most, product.most * across / place.least
    usual = math.sqrt(
        product.usual * across / place.usual * _within(product.usual * across / place.usual, _shown(tall))
    )
    known = bool(height_mm and surface_mm)
    if known:
        usual = product.usual * across / place.usual
    return Size(usual, least, most, f"product: {product.source}; surface: {place.source}", known)


def _shown(tall: int) -> tuple[float, float]:
    return 0.09 * tall, _SHOWN[2] * tall


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])
