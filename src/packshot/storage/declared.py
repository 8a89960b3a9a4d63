"""What a finished file says of itself besides its pixels: bits, colours, whether it moves, how it came to be."""

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
# Iptc4xmpExt:DigitalSourceType, as an attribute, as an element, or as a resource of one.
_SOURCE_TYPE = re.compile(rb"""DigitalSourceType(?:\s*=\s*["']|\s*>\s*|\s+rdf:resource\s*=\s*["'])([^"'<>\s]{3,200})""")
_DEEP_JPEG = re.compile(rb"\xff[\xc0-\xc2]..(.)", re.DOTALL)


@dataclass(frozen=True)
class Declared:
    """`bits` are those of a channel. `colour_profile` is none, sRGB or another, by its description. `source_type` is
    the last word of the IPTC DigitalSourceType in the XMP, "" where there is none."""

    bits: int
    colour_model: Literal["rgb", "grey", "cmyk", "other"]
    colour_profile: Literal["srgb", "none", "other"]
    animated: bool
    source_type: str


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
            source_type=source_type(_xmp(file)),
        )


def source_type(xmp: bytes) -> str:
    """`trainedAlgorithmicMedia` of an address that ends so; "" where the packet says nothing of it."""
    found = _SOURCE_TYPE.search(xmp)
    return found[1].decode("ascii", "replace").rstrip("/").rpartition("/")[2] if found else ""


def _xmp(file: ImageFile.ImageFile) -> bytes:
    said = file.info.get("xmp") or file.info.get("XML:com.adobe.xmp") or b""
    return said.encode() if isinstance(said, str) else bytes(said)


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
