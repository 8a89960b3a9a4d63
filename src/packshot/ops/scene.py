"""Stand the product in a set of the virtual studio: known camera, known light, and its own shadow on it.

The set is rendered around the product's outline; the product is laid on last, and keeps its pixels.
"""

from typing import Annotated, ClassVar, Self

import cv2
import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from packshot.errors import InputError, RecipeError
from packshot.fidelity import core_of
from packshot.image import Alpha, Box, Image, Rgb
from packshot.ops.background import laid_on_picture, spelt
from packshot.ops.blend import dithered, u8
from packshot.ops.crop import cut_sides, product_box
from packshot.ops.describing import main_colour
from packshot.ops.place import Spot, laid, optical_shift, spot_for
from packshot.recipe import Context, Edit, Size, Step
from packshot.studio.palette import ground_for
from packshot.studio.render import render
from packshot.studio.scene import Scene as Place
from packshot.studio.sets import named
from packshot.studio.subject import Subject

OF_PRODUCT = "product"
_ANY = "#808080"


def _spelt(colour: object) -> object:
    return colour if colour in (None, OF_PRODUCT) else spelt(colour)


def spot_in(scene: Place, image: Image, box: Box, canvas: tuple[int, int], fill: float, enlarge: float) -> Spot:
    """Where the product goes on the canvas: in the middle to the side, and as high as the set wants it."""
    room = canvas[0] * fill, canvas[1] * fill
    shift = optical_shift(image.alpha, box)
    cut = cut_sides(image.alpha)
    spot = spot_for(box, canvas, room, cut=cut, shift=shift, enlarge=enlarge)
    if {"top", "bottom"} & set(cut):
        return spot
    free = canvas[1] - round(box.height * spot.scale)
    return spot._replace(top=round(np.clip((0.5 + scene.lower) * free, 0.06 * free, 0.94 * free)))


def subject_of(product: Image, longer_mm: float = 200) -> Subject:
    """A product that stands on its canvas already. Raises InputError where nothing of it is left."""
    subject = Subject.of(product, longer_mm / 1000)
    if subject is None:
        raise InputError("nothing of the product is left to stand in a set", hint="look at the cutout")
    return subject


def empty(scene: Place, size: tuple[int, int], seed: int) -> Rgb:
    """The set as it waits for a product half as high as the picture."""
    width, height = size
    alpha: Alpha = np.zeros((height, width), np.uint8)
    high = max(1.0, 0.56 * min(size))
    top, left = round(0.78 * height - high), round((width - high / 2) / 2)
    alpha[max(0, top) : round(0.78 * height) + 1, left : left + max(1, round(high / 2))] = 255
    subject = Subject.of(Image(np.zeros((height, width, 3), np.uint8), alpha), 0.2, present=False)
    assert subject is not None  # noqa: S101 - it was just drawn
    return dithered(render(scene, subject, seed).codes256)


def wrapped(rgb: Rgb, alpha: Alpha, beneath: Rgb, strength: float = 0.35) -> Rgb:
    """The product with the light of its surroundings creeping around its edge, as a lens sees it; its core stays."""
    core = core_of(alpha, (alpha.shape[1], alpha.shape[0]))
    edge = alpha > 0 if core is None else (alpha > 0) & (core == 0)
    rows, columns = np.flatnonzero(edge.any(axis=1)), np.flatnonzero(edge.any(axis=0))
    if rows.size == 0:
        return rgb
    sigma = max(2.0, 0.004 * max(alpha.shape))
    whole = (alpha.shape[1], alpha.shape[0])
    box = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1).grown(int(3 * sigma), whole)
    part = slice(box.top, box.bottom), slice(box.left, box.right)
    around = cv2.GaussianBlur(beneath[part], (0, 0), sigma)
    # How much of what is near is not product.
    open_ = 1 - cv2.GaussianBlur(alpha[part], (0, 0), sigma).astype(np.float32) / 255
    share = (np.clip(open_ * 2 * strength, 0, strength) * edge[part])[..., None]
    lit = rgb.copy()
    lit[part] = u8(np.rint(rgb[part] + share * (around.astype(np.float32) - rgb[part])))
    return lit


class Scene(Step):
    """Stand the product in a set of the virtual studio, with its shadow and its reflection."""

    op: ClassVar[str] = "scene"
    edit: ClassVar[Edit] = "edge-only"

    set: str = Field(default="sweep", description="which set; packshot sets lists them")
    look: str | None = Field(default=None, description="one of the set's looks; null for its usual one")
    canvas: Size = Field(default=(2000, 2000), description="[width, height] in pixels")
    fill: float = Field(default=0.62, gt=0.05, le=1, description="share of the canvas side that the product takes")
    colour: Annotated[str | None, BeforeValidator(_spelt)] = Field(
        default=None,
        description="'#rrggbb' or a name to paint the set in; product for one that suits it; null for the look's own",
    )
    longer_mm: float = Field(
        default=200, ge=5, le=3000, description="millimetres of the product's longer side; wood and weave go by it"
    )
    mirror: bool = Field(default=False, description="the light from the other side")
    strict: bool = Field(default=True, description="leave the product's pixels alone; else light wraps around its edge")
    enlarge: float = Field(default=4.0, ge=1, le=16, description="most times larger than it comes")

    @model_validator(mode="after")
    def _is_there(self) -> Self:
        """That set, look and paint exist is told with the recipe, not with every picture."""
        found = named(self.set)
        _, scene = found.look(self.look)
        if self.colour is not None:
            found.painted(scene, _ANY if self.colour == OF_PRODUCT else self.colour)
        return self

    def needs(self, longest: int | None) -> int | None:
        # On a canvas that is not square it depends on the product's shape; made smaller for the longer side it would be
        # scaled twice, which blurs its print.
        return round(self.canvas[0] * self.fill) if self.canvas[0] == self.canvas[1] else None

    def __call__(self, image: Image, context: Context) -> Image:
        found = named(self.set)
        look, scene = found.look(self.look)
        if self.colour is not None:
            colour = ground_for(main_colour(image)) if self.colour == OF_PRODUCT else self.colour
            scene = found.painted(scene, colour)
            context.note("colour", colour)
        if self.mirror:
            scene = scene.mirrored()
        if image.alpha is None:
            raise RecipeError("only a product that was cut out can stand in a set", hint="put `- cutout` before it")
        box = product_box(image)
        spot = spot_in(scene, image, box, self.canvas, self.fill, self.enlarge)
        placed, moved = laid(image.with_(shadow=None), box, spot, self.canvas)
        context.progress(0.2, f"{self.set}, {look}")
        subject = subject_of(placed, self.longer_mm)
        rendered = render(scene, subject, context.seed)
        beneath = dithered(rendered.codes256)
        rgb = placed.rgb if self.strict else wrapped(placed.rgb, subject.alpha, beneath)
        context.note("geometry", moved.rows)
        context.note("scale", round(spot.scale, 4))
        context.note("offset", [spot.left, spot.top])
        context.note("canvas", list(self.canvas))
        width, height = round(box.width * spot.scale), round(box.height * spot.scale)
        context.note("fill", round(max(width / self.canvas[0], height / self.canvas[1]), 4))
        context.note("enlarged", round(max(1.0, spot.scale), 4))
        context.note("set", self.set)
        context.note("look", look)
        context.note("seed", context.seed)
        context.note("light", [lamp.as_data() for lamp in scene.lamps])
        context.note("contact", [round(each, 1) for each in (*subject.touching, subject.foot[1])])
        context.note("camera", rendered.camera.as_data())
        return Image(laid_on_picture(placed.with_(rgb=rgb), beneath))
