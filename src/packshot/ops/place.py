"""Stand the product on a canvas: size, fill, alignment; what the frame cut off goes flush to the canvas edge."""

from typing import ClassVar, Literal, NamedTuple

import cv2
import numpy as np
from pydantic import Field

from packshot.errors import RecipeError
from packshot.geometry import Affine, scaled, shifted
from packshot.image import Alpha, Box, Image
from packshot.ops.blend import resized
from packshot.ops.crop import cut_sides, inside, product_box, window
from packshot.recipe import Context, Edit, Size, Step

Align = Literal["centre", "bottom", "top", "left", "right"]
MOST_MEGAPIXELS = 400  # of a canvas that grows with the product: as many as one that is given can have
SAME = 0.005  # a change of scale below this is not worth the softness of a resample


class Spot(NamedTuple):
    """Where the product goes: times its size, and its box's left and top on the canvas."""

    scale: float
    left: int
    top: int


def native_canvas(box: Box, area: tuple[float, float], aspect: float | None, largest: int | None) -> tuple[int, int]:
    """A canvas that shows `box` at its own size, filling the share `area`; no side longer than `largest`.

    Raises RecipeError for one that no memory holds.
    """
    margin = max(box.width, box.height) * (1 / max(area) - 1)
    width, height = box.width + margin, box.height + margin
    if aspect is not None:
        width, height = max(width, height * aspect), max(height, width / aspect)
    shrink = 1.0 if largest is None else min(1.0, largest / max(width, height))
    if width * height * shrink * shrink > MOST_MEGAPIXELS * 1e6:
        raise RecipeError(
            f"the canvas would have {width * height * shrink * shrink / 1e6:.0f} megapixels; at most {MOST_MEGAPIXELS}",
            hint="raise 'fill', or give 'largest' in pixels",
        )
    return max(1, round(width * shrink)), max(1, round(height * shrink))


def optical_shift(alpha: Alpha | None, box: Box) -> float:
    """How far, in box widths, to move right so that the weight and not only the outline sits in the middle."""
    if alpha is None:
        return 0.0
    product = alpha[box.top : box.bottom, box.left : box.right]
    weights = np.asarray(cv2.reduce(product, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S), np.float64)[0]
    if weights.sum() == 0:
        return 0.0
    centre = float((weights * (np.arange(box.width) + 0.5)).sum() / weights.sum()) / box.width
    return float(np.clip(0.5 * (0.5 - centre), -0.06, 0.06))


def spot_for(
    box: Box,
    canvas: tuple[int, int],
    room: tuple[float, float],
    *,
    align: Align = "centre",
    cut: tuple[str, ...] = (),
    shift: float = 0.0,
    enlarge: float = 4.0,
) -> Spot:
    """The largest spot whose sides stay within `room` pixels, aligned, with the `cut` sides on the canvas edge."""
    allowed_x = canvas[0] if {"left", "right"} <= set(cut) else room[0]
    allowed_y = canvas[1] if {"top", "bottom"} <= set(cut) else room[1]
    scale = min(allowed_x / box.width, allowed_y / box.height, enlarge)
    if abs(scale - 1) < SAME and box.width <= canvas[0] and box.height <= canvas[1]:
        scale = 1.0
    width, height = max(1, round(box.width * scale)), max(1, round(box.height * scale))
    left = _offset(canvas[0], width, room[0], ("left", "right"), align, cut)
    top = _offset(canvas[1], height, room[1], ("top", "bottom"), align, cut)
    if align not in ("left", "right") and not {"left", "right"} & set(cut):
        free = (canvas[0] - width) / 2
        left += round(float(np.clip(shift * width, -0.4 * free, 0.4 * free)))
    return Spot(scale, left, top)


def _offset(canvas: int, length: int, room: float, sides: tuple[str, str], align: Align, cut: tuple[str, ...]) -> int:
    free = canvas - length
    margin = min(round((canvas - room) / 2), free)
    near, far = sides
    if near in cut and far in cut:
        return free // 2
    if near in cut:
        return 0
    if far in cut:
        return free
    return {near: margin, far: free - margin}.get(align, free // 2)


def on_canvas(image: Image, left: int, top: int, canvas: tuple[int, int]) -> Image:
    """`image` on a transparent canvas of `canvas` (width, height); what leaves it is cut off."""
    width, height = canvas
    seen = inside(Box(-left, -top, width - left, height - top), image.size)
    part = window(image, seen)
    rows = slice(top + seen.top, top + seen.bottom)
    columns = slice(left + seen.left, left + seen.right)
    rgb = np.zeros((height, width, 3), np.uint8)
    alpha = np.zeros((height, width), np.uint8)
    rgb[rows, columns] = part.rgb
    alpha[rows, columns] = 255 if part.alpha is None else part.alpha
    shadow = None if part.shadow is None else on_canvas(part.shadow, left + seen.left, top + seen.top, canvas)
    return Image(rgb, alpha, shadow)


class Place(Step):
    """Stand the product on a canvas of a given size, shape and padding."""

    op: ClassVar[str] = "place"
    edit: ClassVar[Edit] = "geometric"

    canvas: Size | Literal["native"] = Field(
        default=(2000, 2000), description="[width, height] in pixels; native keeps the product's own size"
    )
    aspect: float | None = Field(
        default=None, gt=0.05, lt=20, description="width / height of a native canvas; null follows the product"
    )
    fill: float = Field(default=0.85, gt=0.05, le=1, description="share of the canvas side that the product takes")
    margin: int = Field(default=0, ge=0, le=5000, description="pixels to keep free on every side, whatever the fill")
    align: Align = Field(default="centre", description="where the free space is not")
    centring: Literal["optical", "box"] = Field(
        default="optical", description="optical gives a handle or strap less weight than the body"
    )
    snap: bool = Field(default=True, description="put a side that the photograph cut off on the canvas edge")
    enlarge: float = Field(default=4.0, ge=1, le=16, description="most times larger than it comes")
    largest: int | None = Field(
        default=4000,
        ge=1,
        le=20000,
        description="pixels of the longer side of a native canvas; null: as large as it takes, nothing is scaled",
    )

    smallest: int = Field(
        default=1,
        ge=1,
        le=20000,
        description="pixels of the shorter side of a native canvas; a smaller one gets more air around the product",
    )

    def needs(self, longest: int | None) -> int | None:
        if self._keeps_scale:
            return None
        canvas = (self.largest or 1, self.largest or 1) if self.canvas == "native" else self.canvas
        return max(1, round(max(self._room(canvas))))

    def room(self, asked: tuple[float, float] | None) -> tuple[float, float] | None:
        return None if self.canvas == "native" else self._room(self.canvas)

    def _room(self, canvas: tuple[int, int]) -> tuple[float, float]:
        width, height = (max(1.0, min(side * self.fill, side - 2 * self.margin)) for side in canvas)
        return width, height

    def __call__(self, image: Image, context: Context) -> Image:
        if self.canvas == "native" and not image.is_cut_out and self.aspect is None:
            context.note("canvas", list(image.size))  # a whole picture, and no shape asked for: it is its own canvas
            return image
        box = product_box(image)
        cut = cut_sides(image.alpha) if self.snap else ()
        canvas = self._canvas(box, cut)
        # A picture that was not cut out has no outline to give air to: it goes up to the canvas edge.
        room = self._room(canvas) if image.is_cut_out else (float(canvas[0]), float(canvas[1]))
        shift = optical_shift(image.alpha, box) if self.centring == "optical" else 0.0
        enlarge = self.enlarge
        if self._keeps_scale:  # that a canvas has whole pixels is no reason to scale
            room, enlarge = (max(room[0], box.width), max(room[1], box.height)), 1.0
        spot = spot_for(box, canvas, room, align=self.align, cut=cut, shift=shift, enlarge=enlarge)
        placed, moved = laid(image, box, spot, canvas)
        context.note("geometry", moved.rows)
        width, height = round(box.width * spot.scale), round(box.height * spot.scale)
        context.note("scale", round(spot.scale, 4))
        context.note("offset", [spot.left, spot.top])
        context.note("canvas", list(canvas))
        context.note("fill", round(max(width / canvas[0], height / canvas[1]), 4))
        if placed.alpha is not None:
            context.note("fill_area", round(np.count_nonzero(placed.alpha > 127) / placed.alpha.size, 4))
        context.note("snapped", list(cut))
        context.note("enlarged", round(max(1.0, spot.scale), 4))
        return placed

    @property
    def _keeps_scale(self) -> bool:
        return self.canvas == "native" and self.largest is None

    def _canvas(self, box: Box, cut: tuple[str, ...]) -> tuple[int, int]:
        if self.canvas != "native":
            return self.canvas
        length = max(box.width, box.height)
        share = min(self.fill, length / (length + 2 * self.margin))
        width, height = native_canvas(box, (share, share), self.aspect, self.largest)
        if self._keeps_scale and self.aspect is None:  # what goes flush to both edges gets no air there
            width = box.width if {"left", "right"} <= set(cut) else width
            height = box.height if {"top", "bottom"} <= set(cut) else height
        more = max(1.0, self.smallest / min(width, height))
        return round(width * more), round(height * more)


def laid(image: Image, box: Box, spot: Spot, canvas: tuple[int, int]) -> tuple[Image, Affine]:
    """`image` scaled, with the corner of `box` on the spot, and where its pixels went."""
    if spot.scale == 1:
        left, top = spot.left - box.left, spot.top - box.top
        return on_canvas(image, left, top, canvas), shifted(left, top)
    # Only the product and the few pixels that its resampled edge reads are worth resizing.
    reach = box.grown(8, image.size)
    part = window(image, reach)
    size = max(1, round(part.size[0] * spot.scale)), max(1, round(part.size[1] * spot.scale))
    left = spot.left - round((box.left - reach.left) * spot.scale)
    top = spot.top - round((box.top - reach.top) * spot.scale)
    moved = shifted(-reach.left, -reach.top).then(scaled(part.size, size)).then(shifted(left, top))
    return on_canvas(resized(part, size), left, top, canvas), moved
