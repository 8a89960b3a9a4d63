"""Enlarge what is too small: with Lanczos, which invents nothing, or with a model, which may."""

from typing import ClassVar

import cv2
from pydantic import Field, model_validator

from packshot.geometry import scaled
from packshot.image import Image
from packshot.ops.blend import resized, u8
from packshot.ops.crop import fitting, product_box
from packshot.ops.lettering import READER, guarded
from packshot.ports import Models
from packshot.recipe import Context, Edit, Names, Step, edit_of, widest

LANCZOS = "lanczos"  # stands for no model

UNTIL = 1500  # pixels, where neither a number nor a later step says otherwise
SAME = 0.005  # a later step takes a product that is this little too small as it is, without the softness of a resample


def scaled_size(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


class Upscale(Step):
    """Enlarge a picture that is too small for what comes after: without halos, or with a model."""

    op: ClassVar[str] = "upscale"
    edit: ClassVar[Edit] = "geometric"

    until: int | None = Field(
        default=None,
        ge=1,
        le=20000,
        description="pixels of the product's longer side, or of a whole picture's smaller one; "
        "null: what later steps can use, or 1500 where they take anything",
    )
    factor: float | None = Field(
        default=None, ge=1, le=8, description="enlarge by this much instead, whatever the size"
    )
    limit: float = Field(default=4.0, ge=1, le=16, description="most times larger; beyond, there is only blur to gain")

    model: str = Field(
        default=LANCZOS, description="an upscaler, as real-esrgan; lanczos needs none and invents no detail"
    )
    otherwise: Names = Field(
        default=(), description="upscalers to ask in turn where the one before fails; lanczos never does"
    )
    guard_text: bool = Field(default=False, description="read the label before and after, and keep it from harm")
    reader: str = Field(default=READER, description="a text reader, for the guard; `packshot models` lists them")

    @model_validator(mode="after")
    def _one_aim(self) -> "Upscale":
        if self.until is not None and self.factor is not None:
            raise ValueError("give 'until' or 'factor', not both")
        return self

    def edit_with(self, models: Models) -> Edit:
        named = [name for name in (self.model, *self.otherwise) if name != LANCZOS]
        return widest([self.edit, *(edit_of(models.upscaler(name).card) for name in named)])

    def needs(self, longest: int | None) -> int | None:
        return longest if longest is None or self.factor is None else max(1, round(longest / self.factor))

    def room(self, asked: tuple[float, float] | None) -> tuple[float, float] | None:
        return asked if asked is None or self.factor is None else (asked[0] / self.factor, asked[1] / self.factor)

    def __call__(self, image: Image, context: Context) -> Image:
        wanted = self._scale(image, context)
        scale = min(wanted, self.limit)
        size = scaled_size(image.size, scale)
        context.note("scale", round(scale, 4))
        context.note("geometry", scaled(image.size, size).rows)
        context.note("native_size", list(image.size))
        context.note("interpolated_share", round(1 - image.size[0] * image.size[1] / (size[0] * size[1]), 4))
        if wanted > self.limit:
            context.note("limited_from", round(wanted, 4))
        large = self._large(image, size, context)
        if not self.guard_text or size == image.size:
            return large
        plain = u8(cv2.resize(image.rgb, size, interpolation=cv2.INTER_LINEAR))
        return guarded(image, large, plain, context, self.reader, scaled(image.size, size))

    def _large(self, image: Image, size: tuple[int, int], context: Context) -> Image:
        if size == image.size:
            return image

        def ask(name: str) -> Image:
            return resized(image, size) if name == LANCZOS else context.upscaler(name).upscale(image)

        # A model has a factor of its own: what it makes is brought to the size asked for.
        return resized(context.first_answer([self.model, *self.otherwise], ask).answer, size)

    def _scale(self, image: Image, context: Context) -> float:
        if self.factor is not None:
            return self.factor
        box = product_box(image)
        longer, smaller = max(box.width, box.height), min(image.size)
        if self.until is None and context.needs is not None:
            scale = context.needs / longer if context.room is None else fitting(box, context.room)
            return scale if scale >= 1 + SAME else 1.0
        # A product will get a canvas around its longer side; a whole picture is its own canvas.
        return max(1.0, (self.until or UNTIL) / (longer if image.is_cut_out else smaller))
