"""Take out noise where there is some, and leave small print alone."""

from typing import Annotated, ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from packshot.image import Alpha, Image, Rgb
from packshot.ops.blend import in_strips, u8
from packshot.recipe import Context, Edit, Step

VISIBLE = 1.6  # codes of luma noise that an eye finds at full size
BLOCK = 16
# Immerkaer 1996, "Fast noise variance estimation": blind to flats and ramps, answers 6 sigma to noise.
LAPLACIANS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def luma(rgb: Rgb) -> NDArray[np.uint8]:
    return u8(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))


def sampled(plane: NDArray[np.uint8], alpha: Alpha | None, most: int = 96, side: int = 64) -> NDArray[np.uint8]:
    """(n, side, side) evenly spread opaque tiles at full resolution; none in a small or empty picture."""
    height, width = plane.shape
    rows, columns = range(0, height - side + 1, side), range(0, width - side + 1, side)
    places = [(top, left) for top in rows for left in columns]
    if alpha is not None:
        places = [(t, x) for t, x in places if alpha[t : t + side : 9, x : x + side : 9].min() > 250]
    chosen = places[:: max(1, -(-len(places) // most))]
    return np.array([plane[t : t + side, x : x + side] for t, x in chosen], np.uint8).reshape(-1, side, side)


def noise_of(plane: NDArray[np.uint8], alpha: Alpha | None = None) -> float:
    """Standard deviation of the noise in codes, from the flattest opaque parts; 0 where none is large enough."""
    tiles = sampled(plane, alpha)
    if len(tiles) == 0:
        return 0.0
    answers = np.array([np.abs(cv2.filter2D(tile, cv2.CV_32F, LAPLACIANS))[1:-1, 1:-1] for tile in tiles])
    per_side = answers.shape[1] // BLOCK
    used = per_side * BLOCK
    shape = (-1, per_side, BLOCK, per_side, BLOCK)
    blocks = answers[:, :used, :used].reshape(shape).mean(axis=(2, 4))
    means = tiles[:, 1 : used + 1, 1 : used + 1].reshape(shape).mean(axis=(2, 4))
    honest = blocks[(means > 16) & (means < 240)]  # clipping hides noise
    if honest.size < 8:
        return 0.0
    return float(np.sqrt(np.pi / 2) / 6 * np.percentile(honest, 15))


def smoothed(rgb: Rgb, luma_codes: float, chroma_codes: float) -> Rgb:
    """Bilateral: differences well under so many codes go, larger ones stay. Colour is smoothed at half size."""
    return in_strips(lambda strip, _: _smoothed(strip, luma_codes, chroma_codes), rgb, reach=16)


def _smoothed(rgb: Rgb, luma_codes: float, chroma_codes: float) -> Rgb:
    ycc = u8(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb))
    brightness = np.ascontiguousarray(ycc[:, :, 0])
    if luma_codes > 0:
        brightness = u8(cv2.bilateralFilter(brightness, 5, luma_codes, 1.6))
    size = ycc.shape[1], ycc.shape[0]
    half = (max(1, size[0] // 2), max(1, size[1] // 2))
    channels = [brightness]
    for channel in (1, 2):
        colour = np.ascontiguousarray(ycc[:, :, channel])
        small = u8(cv2.resize(colour, half, interpolation=cv2.INTER_AREA))
        calm = cv2.resize(cv2.bilateralFilter(small, 5, chroma_codes, 2.5), size, interpolation=cv2.INTER_LINEAR)
        # What half size lost is noise where it is small, and a colour edge where it is large.
        edges = cv2.LUT(u8(cv2.addWeighted(colour, 1, calm, -1, 128)), _cored(0.8 * chroma_codes))
        channels.append(u8(cv2.addWeighted(calm, 1, edges, 1, -128)))
    return u8(cv2.cvtColor(cv2.merge(channels), cv2.COLOR_YCrCb2RGB))


def _cored(quiet: float) -> NDArray[np.uint8]:
    """Differences around 128: none up to `quiet` codes, all from twice that on."""
    change = np.arange(256, dtype=np.float64) - 128
    share = np.clip(np.abs(change) / max(quiet, 0.1) - 1, 0, 1)
    return np.rint(128 + change * share).astype(np.uint8)


class Denoise(Step):
    """Take out noise where there is some, more of it in colour than in brightness."""

    op: ClassVar[str] = "denoise"
    edit: ClassVar[Edit] = "photometric"

    strength: Annotated[float, Field(ge=0, le=1)] | Literal["auto"] = Field(
        default="auto", description="0 leaves the picture alone; auto measures, and skips a clean picture"
    )

    def __call__(self, image: Image, context: Context) -> Image:
        if self.strength == 0:
            return image
        if self.strength != "auto":
            return image.with_(rgb=smoothed(image.rgb, 40 * self.strength, 40 * self.strength))
        noise = noise_of(luma(image.rgb), image.alpha)
        context.note("noise", round(noise, 2))
        context.note("skipped", noise < VISIBLE)
        if noise < VISIBLE:
            return image
        noise = min(noise, 12.0)
        return image.with_(rgb=smoothed(image.rgb, 2.8 * noise, 4 * noise))
