"""Take out noise where there is some, and leave small print alone."""

from typing import Annotated, Any, ClassVar, Literal

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
    rows, columns = (length // side for length in plane.shape)
    tiles = plane[: rows * side, : columns * side].reshape(rows, side, columns, side)
    down, across = np.divmod(np.arange(rows * columns), max(1, columns))
    if alpha is not None:
        probes = alpha[: rows * side, : columns * side].reshape(rows, side, columns, side)[:, ::9, :, ::9]
        down, across = np.nonzero((probes > 250).all(axis=(1, 3)))
    every = max(1, -(-len(down) // most))
    return np.ascontiguousarray(tiles[down[::every], :, across[::every]])


def noise_of(plane: NDArray[np.uint8], alpha: Alpha | None = None) -> float:
    """Standard deviation of the noise in codes, from the flattest opaque parts; 0 where none is large enough."""
    tiles = sampled(plane, alpha)
    if len(tiles) == 0:
        return 0.0
    side = tiles.shape[1]
    used = slice(1, 1 + (side - 2) // BLOCK * BLOCK)  # a tile's rim would look at the next tile
    answers = np.asarray(cv2.filter2D(tiles.reshape(-1, side), cv2.CV_32F, LAPLACIANS)).reshape(tiles.shape)
    blocks, means = _block_means(np.abs(answers[:, used, used])), _block_means(tiles[:, used, used])
    honest = blocks[(means > 16) & (means < 240)]  # clipping hides noise
    if honest.size < 8:
        return 0.0
    return float(np.sqrt(np.pi / 2) / 6 * np.percentile(honest, 15))


def _block_means(tiles: NDArray[Any]) -> NDArray[np.float32]:
    """Of each BLOCK x BLOCK pixels of tiles (n, side, side)."""
    whole = np.ascontiguousarray(tiles, np.float32).reshape(-1, tiles.shape[2])
    size = whole.shape[1] // BLOCK, whole.shape[0] // BLOCK
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.float32)


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
