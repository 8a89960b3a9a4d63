"""The product drawn anew by a model: another product that looks like it. Nothing in Packshot does this unasked."""

from typing import ClassVar

from pydantic import Field

from packshot.image import Image
from packshot.recipe import Context, Edit, Step


class Redraw(Step):
    """Have a model draw the whole picture anew, the product too: what comes out is not the product any more."""

    op: ClassVar[str] = "redraw"
    edit: ClassVar[Edit] = "generative-product"

    prompt: str = Field(min_length=1, max_length=4000, description="the picture, in words")
    painter: str = Field(description="who draws; packshot models lists them")

    def __call__(self, image: Image, context: Context) -> Image:
        drawn = context.painter(self.painter).paint(self.prompt, image.size, like=(image,), seed=context.seed)
        context.note("painter", self.painter)
        return Image(drawn.rgb)
