"""What a decoder gives, of any mode and depth, to 8-bit sRGB with straight alpha."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from packshot.errors import UnreadableImage
from packshot.image import Alpha, Image
from packshot.storage.colour import to_srgb
from packshot.storage.opening import CONVERT

# Orientation 1..8 as (swap axes, flip up-down, flip left-right), in this order.
_TURNS = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


def to_image(
    pixels: Pillow.Image | NDArray[np.uint8], profile: bytes, orientation: int
) -> tuple[Image, dict[str, Any]]:
    """The upright sRGB picture, with the facts of what it took."""
    colour, alpha = (pixels, None) if isinstance(pixels, np.ndarray) else _split(pixels)
    rgb, facts = to_srgb(colour, profile)
    if alpha is not None and int(alpha.min()) == 255:
        alpha = None
    return Image(turned(rgb, orientation), None if alpha is None else turned(alpha, orientation)), facts


def turned(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Upright, from pixels that lie as EXIF `orientation` says."""
    swap, flip_rows, flip_columns = _TURNS[orientation]
    if swap:
        pixels = pixels.swapaxes(0, 1)
    return np.ascontiguousarray(pixels[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1])


def _split(loaded: Pillow.Image) -> tuple[Pillow.Image, Alpha | None]:
    """Colour as mode L, RGB, CMYK or LAB, and alpha. Every mode that Pillow can load ends up in one of these."""
    mode = loaded.mode
    if mode.startswith("I") or mode == "F":
        return _deep_grey(loaded), None
    if mode == "La":
        loaded = loaded.convert("LA")
    elif mode == "RGBa" or (mode in ("P", "PA", "1", "L", "RGB") and (mode == "PA" or loaded.has_transparency_data)):
        loaded = loaded.convert("RGBA")
    elif mode == "1":
        loaded = loaded.convert("L")
    elif mode in ("P", "RGBX", "YCbCr", "HSV"):
        loaded = loaded.convert("RGB")
    if loaded.mode in ("LA", "RGBA"):
        return loaded.convert(loaded.mode[:-1]), np.asarray(loaded.getchannel("A"))
    if loaded.mode not in ("L", "RGB", "CMYK", "LAB"):
        raise UnreadableImage(f"a picture of the kind {loaded.mode} cannot be read", hint=CONVERT)
    return loaded, None


def _deep_grey(loaded: Pillow.Image) -> Pillow.Image:
    """Grey of 16 bits or more to 8: 65535 becomes 255."""
    values = np.asarray(loaded)
    lowest, highest = (float(values.min()), float(values.max()))
    if values.dtype.kind == "f" and lowest >= 0 and highest <= 1:
        scale = 255.0
    elif values.dtype.kind != "f" and lowest >= 0 and highest <= 65535:
        scale = 255 / 65535
    else:
        raise UnreadableImage(
            f"grey values from {lowest:g} to {highest:g} are measurements rather than a picture",
            hint="export it with 8 or 16 bits per channel",
        )
    return Pillow.fromarray(np.rint(values * scale).astype(np.uint8))
