"""One writer per format: a picture becomes a `Draft`, which makes bytes at any quality."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import PngImagePlugin

from packshot.errors import OutputError
from packshot.image import Image
from packshot.recipe import Format
from packshot.storage.budget import Curve
from packshot.storage.colour import srgb_profile
from packshot.storage.metadata import Metadata, iptc_segment
from packshot.storage.white import (
    COLOUR_TABLE,
    LUMA_TABLE,
    TRIES,
    Mask,
    Tables,
    WhitePicture,
    finished,
    ijg_percent,
    ijg_table,
    off_white,
)

LOSSLESS = 100.0  # of PNG, which knows only this and a palette
LONGEST_BLOCK = 65_000  # bytes of metadata that a JPEG segment holds, less what stands in front of them


@dataclass(frozen=True, eq=False)
class Draft:
    """A picture made ready for a format.

    `curve` says how its bytes go with the quality. Where there is a `final`, it takes longer than `quick` and gives
    nearly as many bytes; with them comes the number of encodes it took. It need not be finished where it is over the
    limit, its second argument.
    """

    curve: Curve
    quick: Callable[[float], bytes]
    final: Callable[[float, float], tuple[bytes, int]] | None = None


def _jpeg_step(quality: float) -> float:
    """The IJG scale of the quantiser tables, in percent."""
    return math.log(max(ijg_percent(quality), 1))


def _webp_step(quality: float) -> float:
    """libwebp: the quantiser's index goes with the cube root of a bent quality; its step runs from 4 to 284."""
    linear = quality / 100 * 2 / 3 if quality < 75 else 2 * quality / 100 - 1
    index = 127 * (1 - linear ** (1 / 3))
    return math.log(4 + index * (1 + 1.2 * index / 127))


def _avif_step(quality: float) -> float:
    """AV1's step grows exponentially with its index, and that goes with the quality; faster at the top."""
    return (100 - quality) * 0.03 - max(0.0, quality - 80) * 0.02


_JPEG = Curve(_jpeg_step, slope=-0.5, grain=0.25)
_WHITE_JPEG = Curve(_jpeg_step, slope=-0.38, grain=0.25)  # the fine steps of its colours cost the same at any quality
_WEBP = Curve(_webp_step, slope=-0.7, grain=0.5)
_AVIF = Curve(_avif_step, slope=-1.0)
_PNG = Curve(lambda quality: 100 - quality, slope=-0.01, grain=LOSSLESS)


def _save(pixels: NDArray[np.uint8] | Pillow.Image, form: str, metadata: Metadata, **options: Any) -> bytes:
    picture = pixels if isinstance(pixels, Pillow.Image) else Pillow.fromarray(pixels)
    out = BytesIO()
    blocks = {name: block for name, block in (("exif", metadata.exif), ("xmp", metadata.xmp)) if block}
    try:
        picture.save(out, form, icc_profile=srgb_profile(), **blocks, **options)
    except (OSError, ValueError, MemoryError) as error:
        raise OutputError(
            f"a {form} of {picture.width}x{picture.height} pixels could not be made: {error}",
            hint="choose another format, fewer pixels, or metadata: drop",
        ) from error
    return out.getvalue()


def _jpeg(image: Image, white: Mask | None, metadata: Metadata) -> Draft:
    # 4:4:4 always: halving the colour's resolution smears red labels by two pixels and saves a fifth of the bytes.
    extra = iptc_segment(metadata.iptc)

    def save(picture: Pillow.Image, tables: tuple[NDArray[np.int64], ...]) -> bytes:
        steps = [table.tolist() for table in tables]
        # Its own Huffman tables save 6 % for a few milliseconds; progressive saves another 4 % and takes six times as long.
        options = {"qtables": steps, "subsampling": "4:4:4", "optimize": True, "extra": extra}
        return _save(picture, "JPEG", metadata, **options)

    if white is None:
        picture = Pillow.fromarray(image.rgb)
        return Draft(
            _JPEG, lambda quality: save(picture, (ijg_table(LUMA_TABLE, quality), ijg_table(COLOUR_TABLE, quality)))
        )

    ready = WhitePicture.of(image.rgb, white)
    vividness = ready.vividness

    def made(planes: NDArray[np.uint8], tables: Tables) -> bytes:
        picture = Pillow.frombytes("YCbCr", (planes.shape[1], planes.shape[0]), planes.tobytes())
        return finished(save(picture, (tables.half_luma, tables.colour)), ready.size)

    def final(quality: float, limit: float) -> tuple[bytes, int]:
        tables = Tables.at(quality, vividness)
        planes = ready.planes.copy()
        care = np.zeros(len(ready.white), dtype=np.int64)
        unsolved = np.zeros(len(ready.white), dtype=np.bool_)
        for encodes in range(1, TRIES + 1):
            unsolved |= ready.solve(planes, tables, care)
            data = made(planes, tables)
            if len(data) > limit:
                break
            failed = ready.failed(off_white(simplejpeg.decode_jpeg(data), white)) & ~unsolved
            if not failed.any():
                break
            care = np.where(failed, np.maximum(care, encodes), -1)
        return data, encodes

    return Draft(_WHITE_JPEG, lambda quality: made(ready.planes, Tables.at(quality, vividness)), final)


def _pixels(image: Image) -> NDArray[np.uint8]:
    return image.rgb if image.alpha is None else np.dstack([image.rgb, image.alpha])


def _webp(image: Image, _: Mask | None, metadata: Metadata) -> Draft:
    picture = Pillow.fromarray(_pixels(image))
    return Draft(_WEBP, lambda quality: _save(picture, "WEBP", metadata, quality=quality, method=4))


def _avif(image: Image, _: Mask | None, metadata: Metadata) -> Draft:
    picture = Pillow.fromarray(_pixels(image))
    # One thread: with more, the bytes would depend on the machine.
    options = {"speed": 8, "subsampling": "4:4:4", "max_threads": 1}
    return Draft(_AVIF, lambda quality: _save(picture, "AVIF", metadata, quality=round(quality), **options))


def _png(image: Image, _: Mask | None, metadata: Metadata) -> Draft:
    picture = Pillow.fromarray(_pixels(image))

    texts = PngImagePlugin.PngInfo()
    if metadata.xmp:
        texts.add_itxt("XML:com.adobe.xmp", metadata.xmp.decode(errors="replace"))

    def save(quality: float) -> bytes:
        """Lossless at the top; below, a palette of 256 colours."""
        few = picture if quality >= LOSSLESS else picture.quantize(256, method=Pillow.Quantize.FASTOCTREE)
        return _save(few, "PNG", Metadata(exif=metadata.exif), compress_level=6, pnginfo=texts)

    return Draft(_PNG, save)


WRITERS: dict[Format, Callable[[Image, Mask | None, Metadata], Draft]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "avif": _avif,
}
