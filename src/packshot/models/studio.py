"""The virtual studio as a painter: the last one to ask, for it needs no key, no network and no money.

It paints nothing: the words choose a set, and the set is rendered, around the product where it is shown one.
"""

from collections.abc import Sequence

from packshot.image import Image
from packshot.ops.background import laid_on_picture
from packshot.ops.blend import dithered
from packshot.ops.scene import empty, subject_of
from packshot.ops.suited import USUAL, Suited, by_words
from packshot.ports import ModelCard
from packshot.studio.render import render
from packshot.studio.sets import named


class StudioPainter:
    """What the words ask for as far as there is a set for it, else the usual one."""

    card = ModelCard(
        name="studio",
        version="1",
        licence="MIT",
        summary="a set of the virtual studio that the words ask for; computed, and nothing is generated",
    )

    def paint(
        self,
        prompt: str,
        size: tuple[int, int],
        *,
        like: Sequence[Image] = (),
        keep: Image | None = None,
        seed: int = 0,
    ) -> Image:
        suited = by_words(prompt) or Suited(USUAL, None, "")
        _, scene = named(suited.set).look(suited.look)
        if keep is None or keep.alpha is None:
            return Image(empty(scene, size, seed))
        beneath = dithered(render(scene, subject_of(keep), seed).codes256)
        return Image(laid_on_picture(keep, beneath))
