"""What a decoder gives, of any mode and depth, to 8-bit sRGB with straight alpha."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from packshot.errors import UnreadableImage
from packshot.image import Alpha, Image
from packshot.storage.colour import to_srgb
from packshot.storage.opening import CONVERT

# From pixels that lie as an EXIF orientation says to upright ones; by OpenCV, several times quicker than numpy's copy.
_TURNS: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    1: np.ascontiguousarray,
    2: lambda lying: cv2.flip(lying, 1),
    3: lambda lying: cv2.rotate(lying, cv2.ROTATE_180),
    4: lambda lying: cv2.flip(lying, 0),
    5: lambda lying: cv2.transpose(lying),
    6: lambda lying: cv2.rotate(lying, cv2.ROTATE_90_CLOCKWISE),
    7: lambda lying: cv2.rotate(cv2.transpose(lying), cv2.ROTATE_180),
    8: lambda lying: cv2.rotate(lying, cv2.ROTATE_90_COUNTERCLOCKWISE),
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
    return _TURNS[orientation](pixels)


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
