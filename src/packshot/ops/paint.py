"""Behind the product: a place painted from words, with the product itself laid on last."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from packshot.errors import InputError, ModelError
from packshot.image import Image, Rgb
from packshot.ops.background import laid_on_picture
from packshot.ports import ModelCard, Models
from packshot.recipe import Context, Edit, Names, Step


class Paint(Step):
    """Have a place painted around the product. The product is laid on last and keeps its pixels."""

    op: ClassVar[str] = "paint"
    edit: ClassVar[Edit] = "generative-background"

    prompt: str = Field(min_length=1, max_length=4000, description="the place, in words")
    painter: str = Field(description="who paints; packshot models lists them")
    otherwise: Names = Field(default=(), description="who is asked, in turn, where that one cannot")
    see_product: bool = Field(default=True, description="show the painter the product, so that it paints around it")

    def edit_with(self, models: Models) -> Edit:
        return self.edit_by([models.painter(name).card for name in (self.painter, *self.otherwise)])

    def edit_by(self, opened: Sequence[ModelCard]) -> Edit:
        """Nothing was generated where only the studio answered."""
        return self.edit if any(card.generative for card in opened) else "edge-only"

    def __call__(self, image: Image, context: Context) -> Image:
        if image.alpha is None:
            raise InputError("there is no product to paint a place around", hint="put `- cutout` before `- paint`")

        def painted(name: str) -> Rgb:
            context.progress(0.1, f"{name} paints")
            keep = image.with_(shadow=None) if self.see_product else None
            picture = context.painter(name).paint(self.prompt, image.size, keep=keep, seed=context.seed)
            if picture.size != image.size:
                given, wanted = ("x".join(map(str, size)) for size in (picture.size, image.size))
                raise ModelError(f"{name} painted {given} pixels instead of {wanted}", hint="ask another painter")
            return picture.rgb

        found = context.first_answer((self.painter, *self.otherwise), painted)
        context.note("painter", found.model)
        # A set that was computed around the product has its shadow already.
        is_computed = bool(context.opened) and not context.opened[-1].generative
        layer = image.with_(shadow=None) if is_computed and self.see_product else image
        # A painter that was told to keep the product has changed it all the same, so it is laid on from the photograph.
        return Image(laid_on_picture(layer, found.answer))
