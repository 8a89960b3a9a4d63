"""One writer per format: pixels, a quality and metadata to bytes."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image as Pillow

from packshot.errors import OutputError
from packshot.storage.budget import Curve
from packshot.storage.colour import srgb_profile
from packshot.storage.metadata import Metadata, iptc_segment


@dataclass(frozen=True)
class Writer:
    """`save(picture, quality, metadata)`, and how its bytes go with the quality."""

    save: Callable[[Pillow.Image, float, Metadata], bytes]
    curve: Curve


def _save(picture: Pillow.Image, form: str, metadata: Metadata, **options: Any) -> bytes:
    out = BytesIO()
    blocks = {name: block for name, block in (("exif", metadata.exif), ("xmp", metadata.xmp)) if block}
    try:
        picture.save(out, form, icc_profile=srgb_profile(), **blocks, **options)
    except (OSError, ValueError, MemoryError) as error:
        raise OutputError(
            f"a {form} of {picture.width}x{picture.height} pixels could not be made: {error}",
            hint="choose another format, or fewer pixels",
        ) from error
    return out.getvalue()


def _jpeg(picture: Pillow.Image, quality: float, metadata: Metadata) -> bytes:
    return _save(
        picture,
        "JPEG",
        metadata,
        quality=round(quality),
        subsampling="4:4:4",
        optimize=True,
        progressive=True,
        extra=iptc_segment(metadata.iptc),
    )


def _webp(picture: Pillow.Image, quality: float, metadata: Metadata) -> bytes:
    return _save(picture, "WEBP", metadata, quality=quality, method=4)


def _avif(picture: Pillow.Image, quality: float, metadata: Metadata) -> bytes:
    # One thread: with more, the bytes would depend on the machine.
    return _save(picture, "AVIF", metadata, quality=round(quality), speed=8, subsampling="4:4:4", max_threads=1)


def _png(picture: Pillow.Image, quality: float, metadata: Metadata) -> bytes:
    """Lossless at quality 100; below, a palette of 256 colours."""
    if quality < 100:
        picture = picture.quantize(256, method=Pillow.Quantize.FASTOCTREE)
    return _save(picture, "PNG", metadata, compress_level=6)


def _jpeg_step(quality: float) -> float:
    """The IJG scale of the quantiser tables, in percent."""
    return math.log(5000 / quality if quality < 50 else max(200 - 2 * quality, 1))


def _webp_step(quality: float) -> float:
    """libwebp: the quantiser's index goes with the cube root of a bent quality; its step runs from 4 to 284."""
    linear = quality / 100 * 2 / 3 if quality < 75 else 2 * quality / 100 - 1
    index = 127 * (1 - linear ** (1 / 3))
    return math.log(4 + index * (1 + 1.2 * index / 127))


def _avif_step(quality: float) -> float:
    """AV1's step grows exponentially with its index, and that goes with the quality."""
    return (100 - quality) * 0.05


WRITERS = {
    "jpeg": Writer(_jpeg, Curve(_jpeg_step, slope=-0.75)),
    "webp": Writer(_webp, Curve(_webp_step, slope=-0.9)),
    "avif": Writer(_avif, Curve(_avif_step, slope=-0.9)),
    "png": Writer(_png, Curve(lambda quality: quality, slope=-0.9, grain=100)),
}
