"""Bytes to `Image`: any picture file a shop may send, upright, sRGB, within the limits; or an error that says why not.

    sniffed -> header read -> limits -> decoded -> upright -> sRGB

What had to be done on the way is told in `Decoded.facts`. A picture of which a part is missing is refused: a product
that is half grey in the shop is worse than none.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFile

from packshot.errors import ImageTooLarge, UnreadableImage
from packshot.image import Image
from packshot.settings import Limits
from packshot.storage.jpeg import check_scans, fast_decode
from packshot.storage.metadata import Metadata, metadata_of, orientation_of
from packshot.storage.opening import RAISE_MEGAPIXELS, foreign_errors, format_of, opened, quiet, size_in_boxes
from packshot.storage.pixels import to_image

__all__ = ["Decoded", "Header", "Metadata", "decode", "probe"]

LONGEST_SIDE = 65500  # pixels; libjpeg's own limit, and above every other format's use


@dataclass(frozen=True)
class Header:
    """What a file says of itself. `size` is upright; `orientation` is EXIF's, 1 = as it lies."""

    format: str
    size: tuple[int, int]
    mode: str
    orientation: int


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture, and where it came from. `size` is the upright size in the file, before any scaling."""

    image: Image
    format: str
    size: tuple[int, int]
    facts: dict[str, Any] = field(default_factory=dict)
    metadata: Metadata = field(default_factory=Metadata)


def probe(data: bytes, limits: Limits | None = None) -> Header:
    """The header, with nothing decoded. Raises UnreadableImage and ImageTooLarge as `decode` does."""
    return _header(data, limits or Limits())[0]


def decode(data: bytes, limits: Limits | None = None, *, longest: int | None = None) -> Decoded:
    """The upright sRGB picture.

    Where the caller needs no more than `longest` pixels on the picture's longer side, a JPEG is decoded at the smallest
    of a half, a quarter and an eighth of its size that still gives at least that. Raises UnreadableImage and
    ImageTooLarge.
    """
    header, file = _header(data, limits or Limits())
    facts: dict[str, Any] = {}
    profile = file.info.get("icc_profile") or b""
    with quiet():
        pixels = _pixels(data, header, file, longest)
        orientation = header.orientation if header.format == "tiff" else _orientation(file, header.format)
        with foreign_errors():
            # A TIFF is turned by Pillow itself while it loads.
            turn = 1 if header.format == "tiff" else orientation
            image, colour_facts = to_image(pixels, profile if isinstance(profile, bytes) else b"", turn)
        metadata, metadata_facts = _metadata(file)
    if orientation != 1:
        facts["turned_from_orientation"] = orientation
    facts |= colour_facts | metadata_facts
    if header.format in ("png", "webp", "avif", "gif") and getattr(file, "is_animated", False):
        facts["first_frame_of_animation"] = True
    size = header.size if orientation == header.orientation else image.size
    if image.size != size:
        facts["decoded_at"] = list(image.size)
    return Decoded(image, header.format, size, facts, metadata)


def _header(data: bytes, limits: Limits) -> tuple[Header, ImageFile.ImageFile]:
    if len(data) > limits.max_megabytes * 1_000_000:
        raise ImageTooLarge(
            f"the file has {len(data) / 1e6:.1f} MB; at most {limits.max_megabytes:g} MB are read",
            hint="compress it, or raise PACKSHOT_LIMITS__MAX_MEGABYTES",
        )
    form = format_of(data)
    if form in ("avif", "heic") and (told := size_in_boxes(data)):
        _check_size(told, limits)  # these decoders set to work while they open
    file = opened(data, form)
    _check_size(file.size, limits)
    width, height = file.size
    with quiet():
        orientation = _orientation(file, form)
    if orientation >= 5 and form != "tiff":  # Pillow gives a TIFF's size upright
        width, height = height, width
    return Header(form, (width, height), file.mode, orientation), file


def _check_size(size: tuple[int, int], limits: Limits) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise UnreadableImage(f"the file says that it has {width}x{height} pixels", hint="export it anew")
    if width * height > limits.max_megapixels * 1_000_000 or max(width, height) > LONGEST_SIDE:
        raise ImageTooLarge(
            f"{width}x{height} pixels are {width * height / 1e6:.0f} megapixels; at most "
            f"{limits.max_megapixels:g} megapixels and {LONGEST_SIDE} pixels a side are read",
            hint=RAISE_MEGAPIXELS,
        )


def _orientation(file: ImageFile.ImageFile, form: str) -> int:
    try:
        return orientation_of(file, form)
    except Exception:  # noqa: BLE001 - odd EXIF raises nearly anything, and then does not say which way is up
        return 1


def _metadata(file: ImageFile.ImageFile) -> tuple[Metadata, dict[str, Any]]:
    try:
        return metadata_of(file), {}
    except Exception as error:  # noqa: BLE001 - the picture is sound; odd metadata raise nearly anything
        return Metadata(), {"metadata_ignored": f"broken: {type(error).__name__}"}


def _pixels(
    data: bytes, header: Header, file: ImageFile.ImageFile, longest: int | None
) -> Pillow.Image | NDArray[np.uint8]:
    """The pixels as they lie in the file: grey or RGB as an array, everything else as Pillow has it."""
    if header.format == "jpeg":
        check_scans(data)
        if file.mode in ("RGB", "L"):
            pixels = fast_decode(data, grey=file.mode == "L", longest=longest)
            if pixels is not None:
                return pixels
    with foreign_errors():
        file.load()
    return file
