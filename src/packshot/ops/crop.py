"""Cut the picture down to the product, or to a given rectangle."""

from typing import Annotated, ClassVar

import cv2
from pydantic import BeforeValidator, Field, model_validator

from packshot.errors import RecipeError
from packshot.geometry import shifted
from packshot.image import Alpha, Box, Image, box_of
from packshot.recipe import Context, Edit, Step

SOLID = 8  # alpha up to here is dust, and does not widen the product's box


def fitting(box: Box, room: tuple[float, float]) -> float:
    """Times its size that `box` just fits into `room` (width, height)."""
    return min(room[0] / box.width, room[1] / box.height)


def product_box(image: Image) -> Box:
    """Around the product; the whole picture where nothing is cut out or nothing is left."""
    whole = Box(0, 0, *image.size)
    return whole if image.alpha is None else box_of(image.alpha, above=SOLID) or whole


def cut_sides(alpha: Alpha | None) -> tuple[str, ...]:
    """The sides where the product runs out of the picture: opaque along the border for over 2 % of its extent."""
    box = None if alpha is None else box_of(alpha, above=SOLID)
    if alpha is None or box is None:
        return ()
    borders = {
        "left": (alpha[:, 0], box.height),
        "top": (alpha[0], box.width),
        "right": (alpha[:, -1], box.height),
        "bottom": (alpha[-1], box.width),
    }
    return tuple(name for name, (line, extent) in borders.items() if (line >= 128).sum() > max(1, 0.02 * extent))


def widened(box: Box, aspect: float) -> Box:
    """The smallest box of that width / height around `box`, with the same centre; it may leave the picture."""
    width, height = max(box.width, round(box.height * aspect)), max(box.height, round(box.width / aspect))
    left, top = box.left - (width - box.width) // 2, box.top - (height - box.height) // 2
    return Box(left, top, left + width, top + height)


def inside(box: Box, size: tuple[int, int]) -> Box:
    """The part of `box` that lies in a picture of `size`."""
    width, height = size
    return Box(max(0, box.left), max(0, box.top), min(width, box.right), min(height, box.bottom))


def window(image: Image, box: Box) -> Image:
    """What `box` frames. Where it leaves a cut-out picture it frames transparency; else it must lie inside."""
    seen = inside(box, image.size)
    rgb = image.rgb[seen.top : seen.bottom, seen.left : seen.right]
    alpha = None if image.alpha is None else image.alpha[seen.top : seen.bottom, seen.left : seen.right]
    if seen != box:
        edges = seen.top - box.top, box.bottom - seen.bottom, seen.left - box.left, box.right - seen.right
        rgb = cv2.copyMakeBorder(rgb, *edges, cv2.BORDER_REPLICATE)  # type: ignore[assignment]
        if alpha is not None:
            alpha = cv2.copyMakeBorder(alpha, *edges, cv2.BORDER_CONSTANT, value=0)  # type: ignore[assignment]
    return Image(rgb, alpha, None if image.shadow is None else window(image.shadow, box))


class Crop(Step):
    """Cut the picture down to the product and a margin, or to a given rectangle."""

    op: ClassVar[str] = "crop"
    edit: ClassVar[Edit] = "geometric"

    margin_fraction: float = Field(default=0.04, ge=0, le=1, description="left around the product, of its longer side")
    aspect: float | None = Field(default=None, gt=0.05, lt=20, description="width / height to widen to; null as it is")
    box: Annotated[
        tuple[int, int, int, int] | None,
        BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
    ] = Field(default=None, description="[left, top, right, bottom] in pixels instead of the product")

    @model_validator(mode="after")
    def _box_is_a_box(self) -> "Crop":
        if self.box is not None and (min(self.box) < 0 or self.box[0] >= self.box[2] or self.box[1] >= self.box[3]):
            raise ValueError(f"box must be [left, top, right, bottom] with room inside, got {list(self.box)}")
        return self

    def __call__(self, image: Image, context: Context) -> Image:
        box = self._wanted(image)
        context.note("box", list(box))
        context.note("geometry", shifted(-box.left, -box.top).rows)
        return image if box == Box(0, 0, *image.size) else window(image, box)

    def _wanted(self, image: Image) -> Box:
        if self.box is not None:
            box = inside(Box(*self.box), image.size)
            if box.width < 1 or box.height < 1:
                raise RecipeError(f"box {list(self.box)} lies outside the picture of {image.size[0]}x{image.size[1]}")
            return box
        box = product_box(image)
        margin = round(self.margin_fraction * max(box.width, box.height))
        cut = cut_sides(image.alpha)
        # Transparency beyond the frame is real where the product ended before it, but not where the frame cut it.
        box = Box(
            box.left - margin * ("left" not in cut),
            box.top - margin * ("top" not in cut),
            box.right + margin * ("right" not in cut),
            box.bottom + margin * ("bottom" not in cut),
        )
        if self.aspect is not None:
            box = widened(box, self.aspect)
        return box if image.is_cut_out else inside(box, image.size)
