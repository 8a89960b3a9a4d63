"""Stand the product on a surface of a given picture: where it is free, at a size one believes, in the picture's light.

The scene is prepared beneath, its shadow laid in linear light; the original product is pasted last.
"""

from typing import Annotated, Any, ClassVar

import cv2
import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, PositiveFloat

from packshot.errors import InputError, NoSurface
from packshot.geometry import Affine, scaled, shifted
from packshot.image import Box, Image, Plane, Rgb, box_of, to_linear, to_srgb
from packshot.ops.background import handed_in, laid_on_picture
from packshot.ops.blend import dithered, u8
from packshot.ops.describing import shape_of
from packshot.ops.groundshade import kept_from
from packshot.ops.mirrored import mirrored_by, with_image
from packshot.ops.place import Spot as Corner
from packshot.ops.place import laid
from packshot.ops.scenelight import SceneLight, light_in
from packshot.ops.sizes import HEIGHTS_MM, Size, size_on
from packshot.ops.spots import Spot, spot_on, squash_at
from packshot.recipe import Context, Edit, Step
from packshot.surface import SURFACE_NAMES, Surface, Wish

_FAINT = 0.002  # share of the light, kept from it, that nobody sees
_TIGHT = 0.34  # of the canvas height that a small product is brought up to by cropping
_LEAST_CROP = 0.5  # of the largest crop of that shape
_SMALLER = 0.7  # of the size wished for: below it one should look
_BEFORE = 0.35  # sine of how far one looks down, up to which a product photographed from its side fits


def aspect_of(shape: str) -> float:
    """Width over height of `4:5`. Raises InputError."""
    try:
        across, down = (float(part) for part in shape.split(":"))
        ratio = across / down
    except (ValueError, ZeroDivisionError):
        ratio = 0.0
    if not 0.2 <= ratio <= 5:
        raise InputError(f"'{shape}' is no format", hint="write width:height, as 4:5, at most 5:1")
    return ratio


def _in_order(pair: tuple[float, float]) -> tuple[float, float]:
    return min(pair), max(pair)


def _tuples(value: Any) -> Any:
    """As YAML and JSON have them: lists."""
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value


Point = Annotated[tuple[float, float], BeforeValidator(_tuples)]
Sides = Annotated[tuple[float, float, float, float], BeforeValidator(_tuples)]
Heights = Annotated[tuple[PositiveFloat, PositiveFloat], BeforeValidator(_tuples), AfterValidator(_in_order)]
Corners = Annotated[tuple[Point, ...], BeforeValidator(_tuples), Field(min_length=3, max_length=200)]


class Stand(Step):
    """Stand the product on a surface of a picture that was handed in."""

    op: ClassVar[str] = "stand"
    edit: ClassVar[Edit] = "edge-only"

    picture: str = Field(description="the picture to stand in, by the name it was handed in under")
    surface: str = Field(default="", description="table, shelf, floor, or a word for the detector; empty: the surest")
    point: Point | None = Field(default=None, description="where it is to stand, pixels of that picture")
    box: Sides | None = Field(default=None, description="around the surface: l, t, r, b")
    polygon: Corners | None = Field(default=None, description="the surface's outline, [[x, y], ...]")
    height_mm: float | None = Field(default=None, gt=0, le=5000, description="how high the product is")
    between_mm: Heights | None = Field(
        default=None, description="between which heights it probably is; null: by its category, or its shape"
    )
    category: str | None = Field(default=None, description="a word for what it is, where its height is not known")
    surface_mm: float | None = Field(
        default=None, gt=0, le=50000, description="how wide the surface is, as one sees it"
    )
    scale: float = Field(default=1.0, ge=0.1, le=10, description="times the size that would be chosen")
    format: str = Field(
        default="scene", max_length=20, description="width:height of the canvas, cropped around the product; or scene"
    )
    longest: int | None = Field(
        default=None, ge=64, le=12000, description="pixels of the longer side; null: the scene's"
    )
    shadow: float = Field(
        default=0.75, ge=0, le=1, description="0 none to 1 full; with none, nothing is mirrored either"
    )
    finder: str = Field(default="embedded", description="a surface finder")
    detector: str = Field(default="embedded", description="finds surfaces by other words")
    layers: bool = Field(default=False, description="leave product and scene apart, for `harmonise`")

    def __call__(self, image: Image, context: Context) -> Image:
        box = None if image.alpha is None else box_of(image.alpha, 127)
        if image.alpha is None or box is None:
            raise InputError("there is no cut-out product to stand anywhere", hint="put a `cutout` step before `stand`")
        if self.category is not None and self.category not in HEIGHTS_MM:
            raise InputError(f"no size is known of a '{self.category}'", hint=f"there are: {', '.join(HEIGHTS_MM)}")
        scene = Image(handed_in(self.picture, context).rgb)
        surface = self.surface_in(scene, context)
        size = size_on(
            surface,
            box.width / box.height,
            height_mm=self.height_mm,
            between_mm=self.between_mm,
            category=self.category,
            shape=shape_of(image.alpha),
            surface_mm=self.surface_mm,
        )
        height = size.height * self.scale
        spot = spot_on(surface, height * box.width / box.height, height, self.point)
        if spot is None:
            raise NoSurface(
                "there is no room for the product on the surface", hint="make it smaller with `stand.scale`"
            )
        height *= spot.shrink
        aspect = None if self.format == "scene" else aspect_of(self.format)
        view = crop_around(scene.size, spot, (height * box.width / box.height, height), aspect)
        canvas = canvas_for(view, aspect, self.longest)
        to_canvas = shifted(-view.left, -view.top).then(scaled((view.width, view.height), canvas))
        product, moved = _placed(image, box, spot, height, to_canvas, canvas)
        beneath = _cropped(scene.rgb, view, canvas)
        light, mirrors = light_in(scene.rgb, surface), mirrored_by(scene.rgb, surface)
        if product.alpha is not None and self.shadow > 0:
            kept = kept_from(product.alpha, surface, light, to_canvas)
            on = _on(surface, to_canvas, canvas)
            beneath = with_image(beneath, product, mirrors, on)
            beneath = shadowed(beneath, self.shadow * kept * on)
        context.note("mirrored", round(mirrors, 3))
        self._note(context, surface, size, spot, light, to_canvas, moved, canvas)
        if self.layers:
            return Image(product.rgb, product.alpha, shadow=Image(beneath), origin=image.origin)
        return Image(laid_on_picture(Image(product.rgb, product.alpha), beneath))

    def surface_in(self, scene: Image, context: Context) -> Surface:
        """The one to stand on. Raises NoSurface."""
        finder = context.surface_finder(self.finder)
        named = self.surface.strip().lower()
        wishes = [Wish(name=named if named in SURFACE_NAMES else "", point=self.point)]
        if self.polygon is not None:
            wishes = [Wish(polygon=self.polygon)]
        elif self.box is not None:
            wishes = [Wish(box=Box(*(round(side) for side in self.box)))]
        elif named and named not in SURFACE_NAMES and self.point is None:
            wishes = [Wish(box=found.box) for found in context.detector(self.detector).find(named, scene)]
        for wish in wishes:
            found = finder.surfaces(scene, wish)
            if found:
                return found[0]
        raise NoSurface(
            f"nothing in '{self.picture}' is a surface to stand on" + (f" that is a {named}" if named else ""),
            hint="say where it is with `stand.polygon`, or give another picture",
        )

    def _note(
        self,
        context: Context,
        surface: Surface,
        size: Size,
        spot: Spot,
        light: SceneLight,
        to_canvas: Affine,
        moved: Affine,
        canvas: tuple[int, int],
    ) -> None:
        confidence, reasons = surface.confidence, list(surface.reasons)
        if spot.shrink < _SMALLER and not size.is_known:
            confidence, reasons = 0.9 * confidence, [*reasons, "there is only room for a smaller one"]
        if size.is_known and spot.shrink < 1:
            confidence, reasons = 0.5 * confidence, [*reasons, "at its true size it does not fit"]
        if surface.view == "top" or squash_at(surface, spot.y) > 2 * _BEFORE:
            confidence, reasons = (
                0.75 * confidence,
                [*reasons, "the surface is seen from above, the product perhaps not"],
            )
        if size.is_guess:
            confidence = 0.95 * confidence
            reasons.append("its size is a guess from its shape: give height_mm or category")
        elif not size.is_known:
            reasons.append("its size is estimated")
        x, y = (to_canvas.xx * spot.x + to_canvas.x0, to_canvas.yy * spot.y + to_canvas.y0)
        facts: dict[str, Any] = {
            "geometry": moved.rows,
            "scale": round(moved.scale, 6),
            "canvas": list(canvas),
            "surface": {
                "polygon": [
                    [round(to_canvas.xx * px + to_canvas.x0, 1), round(to_canvas.yy * py + to_canvas.y0, 1)]
                    for px, py in surface.polygon
                ],
                "view": surface.view,
                "name": surface.name,
                "confidence": surface.confidence,
            },
            "contact": [round(x, 1), round(y, 1)],
            "size": {
                "height": round(size.height * self.scale * spot.shrink, 1),
                "between": [round(size.least, 1), round(size.most, 1)],
                "mm": [round(each) for each in size.product[:3]],
                "basis": size.basis,
            },
            "light": vars(light),
            "confidence": round(confidence, 3),
            "reasons": [f"the surface: {reason}" for reason in reasons],
        }
        for name, fact in facts.items():
            context.note(name, fact)


def crop_around(size: tuple[int, int], spot: Spot, product: tuple[float, float], aspect: float | None) -> Box:
    """The part of a scene of `size` to show: as much as the shape allows, tighter around a small product."""
    width, height = size
    if aspect is None:
        return Box(0, 0, width, height)
    wide, high = min(width, height * aspect), min(height, width / aspect)
    tight = max(_LEAST_CROP, min(1.0, product[1] / _TIGHT / high), 1.25 * product[0] / wide)
    wide, high = wide * min(1.0, tight), high * min(1.0, tight)
    # The product's middle a little below the canvas's; what is over it gives air.
    left = min(max(spot.x - wide / 2, 0), width - wide)
    top = min(max(spot.y - 0.5 * product[1] - 0.56 * high, 0), height - high)
    return Box(round(left), round(top), round(left + wide), round(top + high))


def canvas_for(view: Box, aspect: float | None, longest: int | None) -> tuple[int, int]:
    """The size at which to show `view`: exactly of the shape asked for, though no view of whole pixels may be."""
    longest = longest or max(view.width, view.height)
    ratio = aspect or view.width / view.height
    shorter = max(1, round(longest * min(ratio, 1 / ratio)))
    return (longest, shorter) if ratio >= 1 else (shorter, longest)


def _placed(
    image: Image, box: Box, spot: Spot, height: float, to_canvas: Affine, canvas: tuple[int, int]
) -> tuple[Image, Affine]:
    scale = height / box.height * to_canvas.yy
    foot_x, foot_y = (to_canvas.xx * spot.x + to_canvas.x0, to_canvas.yy * spot.y + to_canvas.y0)
    left, top = round(foot_x - box.width * scale / 2), round(foot_y - box.height * scale)
    return laid(Image(image.rgb, image.alpha), box, Corner(scale, left, top), canvas)


def _cropped(rgb: Rgb, view: Box, canvas: tuple[int, int]) -> Rgb:
    part = rgb[view.top : view.bottom, view.left : view.right]
    if (view.width, view.height) == canvas:
        return np.ascontiguousarray(part)
    how = cv2.INTER_AREA if canvas[0] < view.width else cv2.INTER_CUBIC
    return u8(cv2.resize(part, canvas, interpolation=how))


def _on(surface: Surface, to_canvas: Affine, canvas: tuple[int, int]) -> Plane:
    """How much of each pixel of the canvas is the surface, 0..1: a shadow ends where its table does."""
    corners = np.array(
        [[to_canvas.xx * x + to_canvas.x0, to_canvas.yy * y + to_canvas.y0] for x, y in surface.polygon], np.float32
    )
    mask = np.zeros((canvas[1], canvas[0]), np.uint8)
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 255)
    soft = max(0.6, 0.002 * max(canvas))
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), soft), np.float32)


def shadowed(beneath: Rgb, kept: Plane) -> Rgb:
    """The scene with so much of its light kept away, in linear light."""
    rows = np.flatnonzero(kept.max(axis=1, initial=0) > _FAINT)
    if not rows.size:
        return beneath
    band = slice(int(rows[0]), int(rows[-1]) + 1)
    shade = to_srgb(to_linear(beneath[band]) * (1 - kept[band])[..., None])
    changed = beneath.copy()
    changed[band] = dithered(np.asarray(shade * 256 + 0.5, np.uint16))
    # Dither only where there is shadow: elsewhere the photograph stays what it was.
    untouched = kept[band] <= _FAINT
    changed[band][untouched] = beneath[band][untouched]
    return changed
