"""Lay a colour, a gradient or a picture beneath the product; what comes out is opaque."""

from typing import Annotated, ClassVar, Literal

import cv2
import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from packshot.errors import InputError, UnknownName
from packshot.image import Alpha, Image, Rgb
from packshot.ops.blend import dithered, merged, over, over_colour, spans, u8
from packshot.recipe import Context, Edit, Step

# CSS 2.1 basic colours, and the greys that studios ask for
COLOURS = {
    "aqua": "#00ffff",
    "beige": "#f5f5dc",
    "black": "#000000",
    "blue": "#0000ff",
    "fuchsia": "#ff00ff",
    "gray": "#808080",
    "green": "#008000",
    "grey": "#808080",
    "ivory": "#fffff0",
    "lightgray": "#d3d3d3",
    "lightgrey": "#d3d3d3",
    "lime": "#00ff00",
    "maroon": "#800000",
    "navy": "#000080",
    "olive": "#808000",
    "orange": "#ffa500",
    "purple": "#800080",
    "red": "#ff0000",
    "silver": "#c0c0c0",
    "teal": "#008080",
    "white": "#ffffff",
    "whitesmoke": "#f5f5f5",
    "yellow": "#ffff00",
}
TRANSPARENT = "transparent"
COARSE = 8  # a gradient is worked out on every eighth pixel, and is linear between
STRIP = 32  # rows that are laid at a time: what lies between the passes stays in the cache


def channels(colour: str) -> tuple[int, int, int]:
    """(red, green, blue) of '#rrggbb'."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def spelt(colour: object) -> object:
    """'#rrggbb' of a name, '#rgb' or '#rrggbb'. Raises ValueError with the nearest name."""
    if not isinstance(colour, str):
        return colour
    word = colour.strip().lower()
    if word in COLOURS:
        return COLOURS[word]
    digits = word.removeprefix("#")
    if len(digits) in (3, 6) and set(digits) <= set("0123456789abcdef"):
        return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))
    if word.startswith("#"):
        raise ValueError(f"a colour is written '#rrggbb' with digits 0 to f, got '{colour}'")
    unknown = UnknownName.of("colour", word, COLOURS)
    raise ValueError(f"{unknown.message}; {unknown.hint} A colour may also be written '#rrggbb'")


def _spelt_or_transparent(colour: object) -> object:
    return TRANSPARENT if colour == TRANSPARENT else spelt(colour)


def _pair(colours: object) -> object:
    return tuple(spelt(colour) for colour in colours) if isinstance(colours, list | tuple) else colours


Shape = Literal["linear", "radial"]


def gradient(size: tuple[int, int], first: str, second: str, shape: Shape = "linear", angle: float = 90) -> Rgb:
    """From `first` to `second`, along `angle` (0 to the right, 90 downwards) or from the middle out; dithered."""
    width, height = size
    columns, rows = -(-width // COARSE), -(-height // COARSE)
    x = (((np.arange(columns) + 0.5) * COARSE - 0.5) / max(1, width - 1) - 0.5)[None, :]
    y = (((np.arange(rows) + 0.5) * COARSE - 0.5) / max(1, height - 1) - 0.5)[:, None]
    if shape == "radial":
        # The light stands a little above the middle, and the corner is its far end.
        along = np.hypot(x, y + 0.06) / np.hypot(0.5, 0.56)
    else:
        cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        along = (x * cosine + y * sine) / (abs(cosine) + abs(sine)) + 0.5
    along = np.clip(along, 0, 1)
    eased = (along * along * (3 - 2 * along))[:, :, None]
    ends = np.array([channels(first), channels(second)], np.float64)
    coarse = np.rint((ends[0] + (ends[1] - ends[0]) * eased) * 256).astype(np.uint16)
    fine = cv2.resize(coarse, (columns * COARSE, rows * COARSE), interpolation=cv2.INTER_LINEAR)
    return dithered(np.asarray(fine[:height, :width], np.uint16))


def covering(picture: Rgb, size: tuple[int, int]) -> Rgb:
    """`picture` scaled to cover `size` (width, height), its middle kept."""
    width, height = size
    tall, wide = picture.shape[:2]
    scale = max(width / wide, height / tall)
    span_x, span_y = min(wide, max(1, round(width / scale))), min(tall, max(1, round(height / scale)))
    left, top = (wide - span_x) // 2, (tall - span_y) // 2
    middle = picture[top : top + span_y, left : left + span_x]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return u8(cv2.resize(middle, size, interpolation=how))


def laid_on_colour(image: Image, colour: tuple[int, int, int]) -> Rgb:
    """The product and its shadow on one colour."""
    width, height = image.size
    row = np.tile(np.array(colour, np.uint8), (width, 1))
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[:] = row  # whole rows: ten times as fast as pixel by pixel
    lowest, *higher = [layer for layer in (image.shadow, image) if layer is not None]
    alpha = _opaque(lowest)
    for part in spans(alpha, STRIP):
        rgb[part] = over_colour(lowest.rgb[part], alpha[part], colour)
    for layer in higher:
        _lay(layer, rgb)
    return rgb


def laid_on_picture(image: Image, beneath: Rgb) -> Rgb:
    """The product and its shadow on an opaque picture of the same size."""
    rgb = beneath.copy()
    for layer in (image.shadow, image):
        if layer is not None:
            _lay(layer, rgb)
    return rgb


def _lay(layer: Image, rgb: Rgb) -> None:
    """Lay it over an opaque picture, which changes. Where it is wholly transparent nothing need be touched."""
    alpha = _opaque(layer)
    for part in spans(alpha, STRIP):
        rgb[part] = over(layer.rgb[part], alpha[part], rgb[part])


def _opaque(layer: Image) -> Alpha:
    return np.full(layer.rgb.shape[:2], 255, np.uint8) if layer.alpha is None else layer.alpha


def handed_in(name: str, context: Context) -> Image:
    """The picture that a recipe calls so. Raises InputError and UnknownName where there is none."""
    if name in context.pictures:
        return context.pictures[name]
    if not context.pictures:
        raise InputError(f"no picture was handed in under '{name}'", hint=f"--picture {name}=FILE")
    raise UnknownName.of("picture", name, context.pictures)


class Background(Step):
    """Lay a colour, a gradient or a picture beneath the product."""

    op: ClassVar[str] = "background"
    edit: ClassVar[Edit] = "edge-only"

    colour: Annotated[str, BeforeValidator(_spelt_or_transparent)] = Field(
        default="#ffffff",
        description="'#rrggbb' or a name; transparent merges product and shadow and stays see-through",
    )
    gradient: Annotated[tuple[str, str] | None, BeforeValidator(_pair)] = Field(
        default=None, description="two colours instead of one: [top, bottom] or [middle, rim]"
    )
    shape: Shape = Field(default="linear", description="of the gradient")
    angle: float = Field(default=90, ge=-360, le=360, description="degrees a linear gradient runs: 0 right, 90 down")
    picture: str | None = Field(default=None, description="a picture by the name it was handed in under")

    @model_validator(mode="after")
    def _one_kind(self) -> "Background":
        if self.gradient is not None and self.picture is not None:
            raise ValueError("give 'gradient' or 'picture', not both")
        return self

    def __call__(self, image: Image, context: Context) -> Image:
        if image.alpha is None and image.shadow is None:
            return image  # nothing to lie beneath
        if self.picture is not None:
            return Image(laid_on_picture(image, covering(handed_in(self.picture, context).rgb, image.size)))
        if self.gradient is not None:
            return Image(laid_on_picture(image, gradient(image.size, *self.gradient, self.shape, self.angle)))
        if self.colour == TRANSPARENT:
            return image if image.shadow is None else merged(image, image.shadow)
        return Image(laid_on_colour(image, channels(self.colour)))
