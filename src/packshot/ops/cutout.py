"""Cut the product out: a model finds it on a small copy, the edge is refined on the large one."""

from dataclasses import replace
from typing import ClassVar, Literal

import cv2
import numpy as np
from pydantic import Field, field_validator

from packshot.errors import NoClearProduct
from packshot.geometry import scaled, shifted
from packshot.image import Alpha, Box, Image, Rgb, box_of
from packshot.ops.crop import fitting
from packshot.ops.matte import CORE, halvings, refine
from packshot.ports import Hints, Matte
from packshot.recipe import Context, Edit, Names, Step

_PROXY = 1024  # longer side of the copy that the model sees, pixels


def proxy_of(rgb: Rgb, longest: int = _PROXY) -> tuple[Rgb, int]:
    """A copy no longer than `longest`, smaller by a whole factor (quick and exact), and that factor."""
    height, width = rgb.shape[:2]
    factor = -(-max(height, width) // longest)
    if factor == 1:
        return rgb, 1
    rows, columns = max(1, height // factor), max(1, width // factor)
    return block_means(rgb[: rows * factor, : columns * factor], (columns, rows)), factor


def block_means(rgb: Rgb, size: tuple[int, int]) -> Rgb:
    """The means over whole blocks, at a `size` of which `rgb` is a multiple.

    In halves as long as that goes: OpenCV has quick code for blocks of two by two, and for no other.
    """
    while rgb.shape[0] % (2 * size[1]) == 0 and rgb.shape[1] % (2 * size[0]) == 0:
        rgb = np.asarray(
            cv2.resize(rgb, (rgb.shape[1] // 2, rgb.shape[0] // 2), interpolation=cv2.INTER_AREA), np.uint8
        )
    return (
        rgb if rgb.shape[1::-1] == size else np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    )


class Cutout(Step):
    """Find the product, give it an alpha with a fine edge, and clear its colours of the old background."""

    op: ClassVar[str] = "cutout"
    edit: ClassVar[Edit] = "edge-only"

    model: str = Field(default="embedded", description="a cutout model; `packshot models` lists them")
    otherwise: Literal["refuse", "keep"] | Names = Field(
        default="refuse",
        description="where there is no clear product: refuse the picture, or keep it whole; or models to ask in turn "
        "where the one before fails or finds none, and `keep` as the last where the picture is to be kept then",
    )
    phrase: str = Field(default="", max_length=200, description="names the product, for models that read")
    crop: bool = Field(default=True, description="keep only the product, no larger than the next steps need")
    margin: float = Field(default=0.03, ge=0, le=1, description="kept around the product when cropping, share of it")

    @field_validator("otherwise")
    @classmethod
    def _ends_in_an_end(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not isinstance(value, str) and any(name in ("keep", "refuse") for name in value[:-1]):
            raise ValueError("'keep' and 'refuse' are the end: nothing can stand after them")
        return value

    def __call__(self, image: Image, context: Context) -> Image:
        if image.alpha is not None and not context.hints:
            context.note("confidence", 1.0)
            context.note("reasons", ["the picture came with its alpha"])
            return self._finished(image, image.alpha, None, None, context)
        small, factor = proxy_of(image.rgb)
        size = small.shape[1], small.shape[0]
        matte = self._matte(Image(small), replace(context.hints.scaled(image.size, size), phrase=self.phrase), context)
        context.note("confidence", matte.confidence)
        context.note("reasons", list(matte.reasons))
        if not matte.alpha.any():
            return self._without(image, matte, context)
        return self._finished(image, matte.alpha, factor, small, context)

    def _matte(self, small: Image, hints: Hints, context: Context) -> Matte:
        """Of the first model that finds something; where all abstain, of the last. Raises what the last one raises."""
        if isinstance(self.otherwise, str):
            return context.cutout_model(self.model).cutout(small, hints)
        names = [self.model, *(name for name in self.otherwise if name not in ("keep", "refuse"))]

        def ask(name: str) -> Matte:
            matte = context.cutout_model(name).cutout(small, hints)
            if not matte.alpha.any() and name != names[-1]:
                raise NoClearProduct(_reason(matte))
            return matte

        return context.first_answer(names, ask).answer

    @property
    def _keeps(self) -> bool:
        return self.otherwise == "keep" or self.otherwise[-1:] == ("keep",)

    def _without(self, image: Image, matte: Matte, context: Context) -> Image:
        reason = _reason(matte)
        if not self._keeps:
            hint = "say where it is with --box LEFT,TOP,RIGHT,BOTTOM, or use a plainer background"
            if context.hints:
                hint = "make the box larger, so that it holds the whole product and a little ground around it"
            raise NoClearProduct(f"no clear product: {reason}", hint=hint)
        context.note("kept_whole", reason)
        return image

    def _finished(self, image: Image, alpha: Alpha, factor: int | None, small: Rgb | None, context: Context) -> Image:
        """Crop, scale and refine. `factor` is how much smaller alpha and `small` are; None where alpha is final."""
        step = factor or 1
        box = box_of(alpha, 8)
        if box is None:
            return self._without(image, Matte(alpha, 0.0, ("the alpha is empty",)), context)
        box = box.scaled(step, image.size)
        context.note("box", list(box))
        view = Box(0, 0, *image.size)
        if self.crop:
            view = box.grown(round(self.margin * max(box.width, box.height)) + 2 * step, image.size)
        scale = 1.0
        if self.crop and context.needs is not None:
            fits = context.needs / max(box.width, box.height) if context.room is None else fitting(box, context.room)
            scale = min(1.0, fits)
            view = _whole_blocks(view, int(1 / scale))
        rgb = image.rgb[view.top : view.bottom, view.left : view.right]
        size = max(1, round(view.width * scale)), max(1, round(view.height * scale))
        context.note("view", list(view))
        context.note("scale", round(scale, 6))
        moved = shifted(-view.left, -view.top).then(scaled((view.width, view.height), size))
        context.note("geometry", moved.rows)
        rgb = shrunk(rgb, size) if scale < 1 else rgb
        if factor is None:
            fitted = _fitted(alpha, view, step, size)
            return Image(rgb, np.where(fitted > CORE, np.uint8(255), fitted))
        # The embedded model thinks at about 300 pixels along the product.
        coarseness = max(1.0, max(box.width, box.height) * scale / 280)
        rough = _fitted(alpha, view, step, size, smaller=2 ** halvings(coarseness))
        fine, pure = refine(np.ascontiguousarray(rgb), rough, coarseness)
        return Image(pure, fine, origin=small)


def _reason(matte: Matte) -> str:
    return "; ".join(matte.reasons) or "the model abstained"


def shrunk(rgb: Rgb, size: tuple[int, int]) -> Rgb:
    """`rgb` at a smaller `size`: averaged over whole blocks first, then cubic.

    Five times quicker than averaging over blocks of broken size, and nearer to Lanczos.
    """
    factor = min(rgb.shape[1] // size[0], rgb.shape[0] // size[1])
    if factor > 1 and rgb.shape[0] % factor == 0 and rgb.shape[1] % factor == 0:
        blocks = rgb.shape[1] // factor, rgb.shape[0] // factor
        rgb = block_means(rgb, blocks)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def _whole_blocks(view: Box, factor: int) -> Box:
    """Smaller by at most a block, so that it holds whole blocks of `factor` pixels only."""
    right, bottom = view.right - view.width % factor, view.bottom - view.height % factor
    return view._replace(right=right, bottom=bottom) if right > view.left and bottom > view.top else view


def _fitted(alpha: Alpha, view: Box, step: int, size: tuple[int, int], smaller: int = 1) -> Alpha:
    """The part of a small alpha that `view` (in large pixels) shows, at `size`, or so many times smaller."""
    if step == smaller == 1 and size == (view.width, view.height):
        return alpha[view.top : view.bottom, view.left : view.right]
    scale_x, scale_y = size[0] / view.width / smaller, size[1] / view.height / smaller
    size = max(1, size[0] // smaller), max(1, size[1] // smaller)
    # Pixel centres: small u shows at x = ((u + 0.5) * step - left) * scale - 0.5.
    matrix = np.array(
        [
            [step * scale_x, 0, (0.5 * step - view.left) * scale_x - 0.5],
            [0, step * scale_y, (0.5 * step - view.top) * scale_y - 0.5],
        ]
    )
    return np.asarray(
        cv2.warpAffine(alpha, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
