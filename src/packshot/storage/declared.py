"""How a file holds its pixels: with how many bits, in which colours, one picture or many."""

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

from PIL import ImageCms, ImageFile

from packshot.storage.opening import format_of, opened, quiet

# Pillow's modes by the colours they stand for.
_MODELS: dict[str, Literal["rgb", "grey", "cmyk"]] = {
    **dict.fromkeys(("RGB", "RGBA", "RGBX", "P", "PA"), "rgb"),
    **dict.fromkeys(("L", "LA", "1", "I", "F", "I;16", "I;16B", "I;16L"), "grey"),
    "CMYK": "cmyk",
}
_SRGB = re.compile(r"s-?rgb|iec ?61966", re.IGNORECASE)
_DEEP_JPEG = re.compile(rb"\xff[\xc0-\xc2]..(.)", re.DOTALL)


@dataclass(frozen=True)
class Declared:
    """`bits` are those of a channel. `colour_profile` is none, sRGB or another, by its description."""

    bits: int
    colour_model: Literal["rgb", "grey", "cmyk", "other"]
    colour_profile: Literal["srgb", "none", "other"]
    animated: bool


def declared(data: bytes) -> Declared:
    """From the header alone; nothing is decoded. Raises UnreadableImage where it is no picture."""
    form = format_of(data)
    file = opened(data, form)
    with quiet():
        return Declared(
            bits=_bits(data, file, form),
            colour_model=_MODELS.get(file.mode, "other"),
            colour_profile=_profile(file.info.get("icc_profile")),
            animated=bool(getattr(file, "is_animated", False)) and form in ("gif", "png", "webp", "avif"),
        )


def _bits(data: bytes, file: ImageFile.ImageFile, form: str) -> int:
    if form == "png":
        depth = data[24]
        return max(8, depth)  # a palette or a stencil of fewer bits shows 8-bit colours
    if form == "tiff":
        tags: Any = getattr(file, "tag_v2", {})
        return max((int(bits) for bits in tags.get(258, (8,))), default=8)
    if form in ("heic", "avif"):
        return int(file.info.get("bit_depth") or _av1_bits(data) or 8)
    if form == "jpeg" and (start := _DEEP_JPEG.search(data)):
        return start[1][0] if start[1][0] in (8, 12, 16) else 8
    return 8


def _av1_bits(data: bytes) -> int:
    """Of an AVIF: the item property `pixi`, which counts the bits of each channel."""
    at = data[: 1 << 16].find(b"pixi")
    return data[at + 9] if 0 < at < len(data) - 9 and data[at + 8] in (1, 3, 4) else 0


def _profile(profile: Any) -> Literal["srgb", "none", "other"]:
    if not isinstance(profile, bytes) or not profile:
        return "none"
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return "other"
    return "srgb" if _SRGB.search(name or "") else "other"
