"""One writer per format: a picture becomes a `Draft`, which makes bytes at any quality."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import PngImagePlugin

from packshot.errors import OutputError
from packshot.image import Image
from packshot.recipe import Format
from packshot.storage.budget import Curve
from packshot.storage.colour import srgb_profile
from packshot.storage.lattice import Mask, Steps
from packshot.storage.metadata import Metadata, iptc_segment
from packshot.storage.white import (
    COLOUR_TABLE,
    LUMA_TABLE,
    Planes,
    Tables,
    WhitePicture,
    finished,
    head_of,
    ijg_percent,
    ijg_table,
)

LOSSLESS = 100.0  # of PNG, which knows only this and a palette
LONGEST_BLOCK = 65_000  # bytes of metadata that a JPEG segment holds, less what stands in front of them
_PROBED_ROWS = 30  # of blocks: enough to tell the size of the whole


@dataclass(frozen=True)
class Made:
    """A file, and where the writer knows it, how many of the background's pixels do not decode to white."""

    data: bytes
    off_white: int | None = None


@dataclass(frozen=True, eq=False)
class Draft:
    """A picture made ready for a format.

    `curve` says how its bytes go with the quality. Where there is a `probe`, it encodes only the share `probed` of the
    picture and tells the number of bytes to 1 % or so.
    """

    curve: Curve
    make: Callable[[float], Made]
    probe: Callable[[float], float] | None = None
    probed: float = 0.0


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

    def save(picture: Pillow.Image, tables: tuple[Steps, ...], optimize: bool = True) -> bytes:
        # Its own Huffman tables save 2 to 15 % for 20 ms; progressive saves another 4 % and takes twice as long again.
        options = {"subsampling": "4:4:4", "optimize": optimize, "extra": extra}
        return _save(picture, "JPEG", metadata, qtables=[table.tolist() for table in tables], **options)

    if white is not None:
        return _white_jpeg(WhitePicture.of(image.rgb, white), save)

    def tables(quality: float) -> tuple[Steps, Steps]:
        return ijg_table(LUMA_TABLE, quality), ijg_table(COLOUR_TABLE, quality)

    return Draft(
        _JPEG,
        lambda quality: Made(save(Pillow.fromarray(image.rgb), tables(quality))),
        _probe(image.rgb, lambda rows, quality: save(Pillow.fromarray(rows), tables(quality))),
        1 / _every(image.rgb),
    )


def _white_jpeg(ready: WhitePicture, save: Callable[..., bytes]) -> Draft:
    vividness = ready.vividness

    def saved(planes: Planes, tables: Tables, optimize: bool = True) -> bytes:
        picture = Pillow.new("YCbCr", (planes.shape[1], planes.shape[0]), None)  # not cleared, for all of it is set
        picture.frombytes(np.ascontiguousarray(planes).data)
        return save(picture, (tables.half_luma, tables.colour), optimize)

    def make(quality: float) -> Made:
        tables = Tables.at(quality, vividness)

        def quick(planes: Planes) -> bytes:
            return finished(saved(planes, tables, optimize=False), (planes.shape[1], planes.shape[0]))

        off = ready.settle(tables, quick)
        return Made(finished(saved(ready.planes, tables), ready.size), off)

    probe = _probe(ready.planes, lambda rows, quality: saved(rows, Tables.at(quality, vividness)))
    return Draft(_WHITE_JPEG, make, probe, 1 / _every(ready.planes))


def _every(pixels: Planes) -> int:
    """One in so many rows of blocks is probed."""
    return max(1, len(pixels) // 8 // _PROBED_ROWS)


def _probe(pixels: Planes, save: Callable[[Planes, float], bytes]) -> Callable[[float], float]:
    """The size of a JPEG by every fourth row of its blocks; by more of them where it has few."""
    every = _every(pixels)

    def size(quality: float) -> float:
        height, width = pixels.shape[0] // 8 // every * every * 8, pixels.shape[1]
        if height == 0:
            rows = pixels
        else:
            rows = pixels[:height].reshape(-1, every, 8, width, 3)[:, every // 2].reshape(-1, width, 3)
        data = save(rows, quality)
        head = head_of(data)
        return head + (len(data) - head) * len(pixels) / len(rows)

    return size


def _pixels(image: Image) -> NDArray[np.uint8]:
    return image.rgb if image.alpha is None else np.dstack([image.rgb, image.alpha])


def _webp(image: Image, _: Mask | None, metadata: Metadata) -> Draft:
    picture = Pillow.fromarray(_pixels(image))
    return Draft(_WEBP, lambda quality: Made(_save(picture, "WEBP", metadata, quality=quality, method=4)))


def _avif(image: Image, _: Mask | None, metadata: Metadata) -> Draft:
    picture = Pillow.fromarray(_pixels(image))
    # One thread: with more, the bytes would depend on the machine.
    options = {"speed": 8, "subsampling": "4:4:4", "max_threads": 1}
    return Draft(_AVIF, lambda quality: Made(_save(picture, "AVIF", metadata, quality=round(quality), **options)))


def _png(image: Image, _: Mask | None, metadata: Metadata) -> Draft:
    picture = Pillow.fromarray(_pixels(image))

    texts = PngImagePlugin.PngInfo()
    if metadata.xmp:
        texts.add_itxt("XML:com.adobe.xmp", metadata.xmp.decode(errors="replace"))

    def save(quality: float) -> Made:
        """Lossless at the top; below, a palette of 256 colours."""
        few = picture if quality >= LOSSLESS else picture.quantize(256, method=Pillow.Quantize.FASTOCTREE)
        return Made(_save(few, "PNG", Metadata(exif=metadata.exif), compress_level=6, pnginfo=texts))

    return Draft(_PNG, save)


WRITERS: dict[Format, Callable[[Image, Mask | None, Metadata], Draft]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "avif": _avif,
}
