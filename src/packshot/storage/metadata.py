"""What a picture file says besides its pixels: EXIF, XMP, IPTC, and which way is up."""

import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from PIL import Image as Pillow
from PIL import ImageFile, TiffImagePlugin

_ORIENTATION = 0x0112
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_ABOUT = (
    0x010E,
    0x010F,
    0x0110,
    0x0131,
    0x0132,
    0x013B,
    0x8298,
)  # description, make, model, software, date, artist, rights
_SIZE_TAGS = (0xA002, 0xA003)  # PixelXDimension, PixelYDimension: no longer true of a new picture
_XMP_ORIENTATION = re.compile(rb"""(tiff:Orientation\s*(?:=\s*["']|>\s*))([0-9])""")
_IPTC_OF_TIFF = 33723
_IPTC = 0x0404  # the Photoshop resource that holds it


@dataclass(frozen=True)
class Metadata:
    """Blocks as they are embedded. The orientation in them is 1, since the pixels are upright; no colour profile, since
    the pixels are sRGB; no thumbnail, since it shows another picture."""

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""


def orientation_of(image: ImageFile.ImageFile, form: str) -> int:
    """1..8 as EXIF counts, of the pixels that lie in the file; what is not in 1..8 is taken for 1.

    Of a PNG that is not loaded yet this is what stands before the pixels.
    """
    if form == "heic":
        return 1  # the decoder turns the picture, and EXIF may not turn it again (ISO 23008-12, 6.5.10)
    if form in ("avif", "png") and "exif" in image.info:
        # For AVIF, Pillow puts irot and imir here in place of the file's own word. For PNG, getexif() would decode.
        exif = Pillow.Exif()
        exif.load(image.info["exif"])
    elif form == "avif" or (form == "png" and image.tile):
        return 1
    else:
        exif = image.getexif()
    value: Any = exif.get(_ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def metadata_of(image: ImageFile.ImageFile) -> Metadata:
    """EXIF, XMP and IPTC, made to say that the picture is upright."""
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if isinstance(xmp, str):
        xmp = xmp.encode()
    resources = image.info.get("photoshop")
    iptc = resources.get(_IPTC, b"") if isinstance(resources, dict) else b""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        iptc = image.tag_v2.get(_IPTC_OF_TIFF, iptc)
    return Metadata(
        exif=_upright_exif(image),
        xmp=_XMP_ORIENTATION.sub(rb"\g<1>1", xmp.rstrip(b"\0")),
        iptc=iptc if isinstance(iptc, bytes) else b"",
    )


def _upright_exif(image: ImageFile.ImageFile) -> bytes:
    exif = Pillow.Exif()
    raw = image.info.get("exif", b"")
    if raw:
        exif.load(raw)
    elif image.format == "TIFF":
        source = image.getexif()  # in a TIFF these stand among the tags that say where the pixels are
        exif.update({tag: source[tag] for tag in _ABOUT if tag in source})
        for ifd in (_EXIF_IFD, _GPS_IFD):
            if block := source.get_ifd(ifd):
                exif.get_ifd(ifd).update(block)
    if not exif and not exif.get_ifd(_EXIF_IFD):
        return b""
    exif[_ORIENTATION] = 1
    for tag in _SIZE_TAGS:
        exif.get_ifd(_EXIF_IFD).pop(tag, None)
    blocks: tuple[MutableMapping[int, Any], ...] = (exif, exif.get_ifd(_EXIF_IFD))
    for written in blocks:
        for tag, value in list(written.items()):
            if isinstance(value, str) and not value.isascii():
                # Read as Latin-1 whatever it was, and written as ASCII: given back as bytes it stays what it was.
                written[tag] = value.encode("latin-1", "replace")
    return exif.tobytes()


def iptc_segment(iptc: bytes) -> bytes:
    """The JPEG segment (APP13) that carries an IPTC block, or nothing where it is absent or too long for one."""
    if not iptc or len(iptc) > 65000:
        return b""
    block = b"8BIM" + _IPTC.to_bytes(2, "big") + b"\0\0" + len(iptc).to_bytes(4, "big") + iptc + b"\0" * (len(iptc) % 2)
    body = b"Photoshop 3.0\0" + block
    return b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body
