"""Bytes to an opened Pillow file: the format is told by the content, and only formats on the list are opened."""

import logging
import re
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL import Image as Pillow

from packshot.errors import ImageTooLarge, PackshotError, UnreadableImage

CONVERT = "save it as JPEG, PNG, WebP or TIFF and give it again"
RAISE_MEGAPIXELS = "scale it down, or raise PACKSHOT_LIMITS__MAX_MEGAPIXELS"

# Known by sight, and not opened: what to call them in the error.
_REFUSED: dict[str, re.Pattern[bytes]] = {
    "a PSD (Photoshop) file": re.compile(rb"8BPS"),
    "a PDF or Illustrator file": re.compile(rb"%PDF"),
    "an EPS file": re.compile(rb"%!PS|\xc5\xd0\xd3\xc6"),
    "an SVG drawing": re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|!DOCTYPE|svg)"),
    "a JPEG XL file": re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "),
    "a JPEG 2000 file": re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"),
    "an OpenEXR file": re.compile(rb"\x76\x2f\x31\x01"),
    "an icon": re.compile(rb"\0\0[\x01\x02]\0"),
    "a Netpbm file": re.compile(rb"P[1-7]\s"),
    "a camera raw file": re.compile(rb"FUJIFILMCCD|II\x1a\0|IIU\0|IIRO|....ftypcrx ", re.DOTALL),
    "a video": re.compile(rb"....ftyp(?:isom|iso2|mp4|M4V|qt  |avc1|3gp)|\x1a\x45\xdf\xa3", re.DOTALL),
    "an archive": re.compile(rb"PK\x03\x04|\x1f\x8b"),
    "a web page": re.compile(rb"\s*<(?:!doctype )?html", re.IGNORECASE),
}

_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")


def format_of(data: bytes) -> str:
    """The format by its first bytes. Raises UnreadableImage naming what it is instead."""
    head = data[:64]
    if head[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if head[:2] == b"BM":
        return "bmp"
    if head[4:8] == b"ftyp" and (named := _format_of_brands(data)):
        return named
    for name, sign in _REFUSED.items():
        if sign.match(head):
            raise UnreadableImage(f"this is {name}, which cannot be opened", hint=CONVERT)
    if not data:
        raise UnreadableImage("the file is empty", hint="copy or download it again")
    raise UnreadableImage("this is not a picture of a known format", hint=CONVERT)


def _format_of_brands(data: bytes) -> str | None:
    """AVIF and HEIC share a container and its general brand `mif1`; the list of brands tells them apart."""
    length = min(struct.unpack(">I", data[:4])[0], 1024)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, length, 4))]
    if any(brand in (b"avif", b"avis") for brand in brands):
        return "avif"
    return "heic" if any(brand in _HEIC_BRANDS for brand in brands) else None


def opened(data: bytes, form: str) -> ImageFile.ImageFile:
    """The file with its header read and nothing decoded. Raises UnreadableImage."""
    with foreign_errors(), quiet():
        file = _OPENERS[form](BytesIO(data))
    if isinstance(file, TiffImagePlugin.TiffImageFile):
        _check_strips(file, len(data))
    return file


def size_in_boxes(data: bytes) -> tuple[int, int] | None:
    """Of AVIF and HEIC: the largest picture that the header speaks of, found without the decoder's help."""
    found = re.finditer(rb"\0\0\0\x14ispe\0\0\0\0(.{4})(.{4})", data[: 1 << 20], re.DOTALL)
    sizes = [(int.from_bytes(sign[1], "big"), int.from_bytes(sign[2], "big")) for sign in found]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _check_strips(file: TiffImagePlugin.TiffImageFile, length: int) -> None:
    """Refuse a TIFF whose pixels lie beyond its end; libtiff would say so on stderr, past everybody."""
    for offsets, counts in ((273, 279), (324, 325)):  # strips, tiles
        for offset, count in zip(file.tag_v2.get(offsets, ()), file.tag_v2.get(counts, ()), strict=False):
            if offset + count > length:
                raise UnreadableImage("the file ends before the picture does", hint="copy or download it again")


def _heif(file: BytesIO) -> ImageFile.ImageFile:
    # Opened directly rather than registered: what other code's Pillow opens is not for us to change.
    from pi_heif import as_plugin

    picture: ImageFile.ImageFile = as_plugin.HeifImageFile(file)
    return picture


# Pillow's classes, not Image.open: this is the list, whatever plugins somebody else registered. Of a JPEG with more
# pictures behind the first (MPO, Ultra HDR gain map) the first is the base picture, and the one we want.
_OPENERS: dict[str, Callable[[BytesIO], ImageFile.ImageFile]] = {
    "jpeg": JpegImagePlugin.JpegImageFile,
    "png": PngImagePlugin.PngImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "avif": AvifImagePlugin.AvifImageFile,
    "heic": _heif,
    "gif": GifImagePlugin.GifImageFile,
    "tiff": TiffImagePlugin.TiffImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
}


@contextmanager
def foreign_errors() -> Iterator[None]:
    """Translate whatever a decoder raises. Only calls into Pillow and its like belong inside."""
    try:
        yield
    except PackshotError:
        raise
    except Pillow.DecompressionBombError as error:
        raise ImageTooLarge(f"the picture is too large: {_words(error)}", hint=RAISE_MEGAPIXELS) from error
    except MemoryError as error:
        raise ImageTooLarge("there is not enough memory for this picture", hint=RAISE_MEGAPIXELS) from error
    except Exception as error:  # A damaged file makes decoders raise nearly anything.
        truncated = any(word in str(error).lower() for word in ("truncated", "premature", "unexpected end"))
        what = "the file ends before the picture does" if truncated else f"the file is damaged: {_words(error)}"
        raise UnreadableImage(what, hint="copy or download it again, or export it anew") from error


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


_lock = threading.Lock()
_inside = 0
_unheard = logging.NullHandler()
_silence: "warnings.catch_warnings[None] | None" = None


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Pillow's warnings about odd files off stderr.

    `warnings.catch_warnings` changes the whole process and must be left in the order it was entered, which threads do
    not keep to; so the first thread in enters it and the last one out leaves it.
    """
    global _inside, _silence
    with _lock:
        if _inside == 0:
            # Pillow logs some errors that it also raises; without any handler logging prints them.
            logging.getLogger("PIL").addHandler(_unheard)
            _silence = warnings.catch_warnings()
            _silence.__enter__()
            warnings.filterwarnings("ignore", module=r"(PIL|pi_heif)\b")
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _silence is not None:
                _silence.__exit__(None, None, None)
                _silence = None
