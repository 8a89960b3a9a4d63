"""One writer per format: a picture becomes a `Draft`, which makes bytes at any quality."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFile, PngImagePlugin

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
_AMPLE = 0.25  # bytes a pixel: a product on white seldom takes more
_PROBED_ROWS = 30  # of blocks: enough to tell the size of the whole
_PROBED_STRIPS, _STRIP = 12, 16  # of WebP and AVIF: so many strips of so many pixels
_STRANGERS = 1.09  # strips that are no neighbours take so much more than in the picture, where each foretells the next


@dataclass(frozen=True)
class Made:
    """A file, and where the writer knows it, how many of the background's pixels do not decode to white."""

    data: bytes
    off_white: int | None = None


@dataclass(frozen=True, eq=False)
class Probe:
    """The number of bytes at a quality, told by encoding only a `share` of the picture.

    What is aimed at with it is between `fill` of a limit and nearly all. Where the limit is `ample` bytes or more, the
    top quality is worth an encode without it.
    """

    size: Callable[[float], float]
    share: float
    fill: float
    ample: float


@dataclass(frozen=True, eq=False)
class Draft:
    """A picture made ready for a format. `curve` says how its bytes go with the quality."""

    curve: Curve
    make: Callable[[float], Made]
    probe: Probe | None = None


def _jpeg_step(quality: float) -> float:
    """The IJG scale of the quantiser tables, in percent."""
    return math.log(max(ijg_percent(quality), 1))


def _webp_step(quality: float) -> float:
    """libwebp: the quantiser's index goes with the cube root of a bent quality; its step runs from 4 to 284."""
    linear = quality / 100 * 2 / 3 if quality < 75 else 2 * quality / 100 - 1
    index = 127 * (1 - linear ** (1 / 3))
    return math.log(4 + index * (1 + 1.2 * index / 127))


# Of AVIF: what its bytes fall to from quality 92 on, as a logarithm; the mean of fifteen photographs of products.
_AVIF_QUALITIES = (100, 92, 86, 80, 75, 69, 60, 52, 44, 40, 0)
_AVIF_FALLS = (-1.1, 0.0, 0.27, 0.42, 0.55, 0.70, 0.95, 1.26, 1.68, 1.83, 3.4)


def _avif_step(quality: float) -> float:
    """libavif: of four qualities in a row two are the same."""
    lower = quality - 1 if quality % 4 == 1 else quality
    return float(np.interp(-lower, np.negative(_AVIF_QUALITIES), _AVIF_FALLS))


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
        with _room_for(picture):
            picture.save(out, form, icc_profile=srgb_profile(), **blocks, **options)
    except (OSError, ValueError, MemoryError) as error:
        raise OutputError(
            f"a {form} of {picture.width}x{picture.height} pixels could not be made: {error}",
            hint="choose another format, fewer pixels, or metadata: drop",
        ) from error
    return out.getvalue()


@contextmanager
def _room_for(picture: Pillow.Image) -> Iterator[None]:
    """A JPEG with Huffman tables of its own must fit into Pillow's buffer whole, which has a byte for each pixel; of
    grain at a high quality there are more."""
    before = ImageFile.MAXBLOCK
    ImageFile.MAXBLOCK = max(before, 4 * picture.width * picture.height)
    try:
        yield
    finally:
        ImageFile.MAXBLOCK = before


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
        _blocks_probe(image.rgb, lambda rows, quality: save(Pillow.fromarray(rows), tables(quality))),
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

    probe = _blocks_probe(ready.planes, lambda rows, quality: saved(rows, Tables.at(quality, vividness)))
    return Draft(_WHITE_JPEG, make, probe)


def _blocks_probe(pixels: Planes, save: Callable[[Planes, float], bytes]) -> Probe:
    """Of a JPEG: evenly spread rows of its blocks. None depends on another row, so it is only 1 % or so off."""
    every = max(1, len(pixels) // 8 // _PROBED_ROWS)
    some = _every(pixels, 8, every)

    def size(quality: float) -> float:
        data = save(some, quality)
        head = head_of(data)
        return head + (len(data) - head) * len(pixels) / len(some)

    return Probe(size, 1 / every, fill=0.975, ample=_AMPLE * pixels.shape[0] * pixels.shape[1])


def _strips_probe(
    pixels: NDArray[np.uint8], metadata: Metadata, save: Callable[[NDArray[np.uint8], float], bytes]
) -> Probe | None:
    """Of WebP and AVIF: evenly spread strips, which tell the size to 5 % or so; None where there are too few."""
    every = len(pixels) // _STRIP // _PROBED_STRIPS
    if every < 3:
        return None
    some = _every(pixels, _STRIP, every)
    head = len(srgb_profile()) + len(metadata.exif) + len(metadata.xmp)

    def size(quality: float) -> float:
        return head + (len(save(some, quality)) - head) / _STRANGERS * len(pixels) / len(some)

    return Probe(size, 1 / every, fill=0.95, ample=2 * _AMPLE * pixels.shape[0] * pixels.shape[1])


def _every(pixels: NDArray[np.uint8], rows: int, every: int) -> NDArray[np.uint8]:
    """One of `every` strips of so many rows; all there is where that is less."""
    used = len(pixels) // rows // every * every * rows
    if used == 0:
        return pixels
    strips = pixels[:used].reshape(-1, every, rows, *pixels.shape[1:])[:, every // 2]
    return strips.reshape(-1, *pixels.shape[1:])


def _pixels(image: Image) -> NDArray[np.uint8]:
    return image.rgb if image.alpha is None else np.dstack([image.rgb, image.alpha])


def _webp(image: Image, _: Mask | None, metadata: Metadata) -> Draft:
    def save(pixels: NDArray[np.uint8], quality: float) -> bytes:
        return _save(pixels, "WEBP", metadata, quality=quality, method=4)

    pixels = _pixels(image)
    return Draft(_WEBP, lambda quality: Made(save(pixels, quality)), _strips_probe(pixels, metadata, save))


def _avif(image: Image, _: Mask | None, metadata: Metadata) -> Draft:
    # One thread: with more, the bytes would depend on the machine.
    options = {"speed": 8, "subsampling": "4:4:4", "max_threads": 1}

    def save(pixels: NDArray[np.uint8], quality: float) -> bytes:
        return _save(pixels, "AVIF", metadata, quality=round(quality), **options)

    pixels = _pixels(image)
    return Draft(_AVIF, lambda quality: Made(save(pixels, quality)), _strips_probe(pixels, metadata, save))


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
