"""Any colour space to sRGB, and the profile that says a file is sRGB."""

from functools import cache, lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageCms

# Which kind of profile belongs to which of Pillow's modes.
_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}

# Relative colorimetric keeps colours that sRGB can show as they are; black point compensation keeps shadows open.
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION

SRGB = "srgb"
SAME_WITHIN = 2  # codes of 255: a profile that moves no colour further than this is sRGB by another name


@cache
def srgb_profile() -> bytes:
    """A small sRGB profile, the same bytes every time."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = b"".join(part.to_bytes(2, "big") for part in (2000, 1, 1, 0, 0, 0))  # when it was made
    profile[84:100] = bytes(16)  # the profile id, a digest that nobody need keep
    return bytes(profile)


def to_srgb(picture: Pillow.Image | NDArray[np.uint8], profile: bytes) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """Grey or RGB pixels, or a picture of mode L, RGB, CMYK or LAB, as sRGB pixels (height, width, 3).

    With the facts: which profile the file has, and what became of it.
    """
    facts: dict[str, Any] = {}
    if profile and not (isinstance(picture, Pillow.Image) and picture.mode == "LAB"):
        image = picture if isinstance(picture, Pillow.Image) else None
        mode = image.mode if image else ("L" if picture.ndim == 2 else "RGB")  # type: ignore[union-attr]
        name, transform = _transform(profile, mode)
        if name:
            facts["colour_profile"] = name
        if isinstance(transform, ImageCms.ImageCmsTransform):
            source = image or Pillow.fromarray(np.asarray(picture))
            return _applied(transform, source), facts | {"colour_converted": True}
        if transform != SRGB:
            facts["colour_profile_ignored"] = transform
    if isinstance(picture, Pillow.Image) and picture.mode == "LAB":
        return _applied(_from_lab(), picture), facts | {"colour_converted": True}
    pixels = np.asarray(picture)
    if pixels.ndim == 2:
        return np.repeat(pixels[..., None], 3, axis=2), facts
    if pixels.shape[2] == 4:
        facts.setdefault("colour_profile", "none: typical offset inks")
        return inks_to_srgb(pixels), facts | {"colour_converted": True}
    return pixels, facts


def _applied(transform: ImageCms.ImageCmsTransform, image: Pillow.Image) -> NDArray[np.uint8]:
    return np.asarray(ImageCms.applyTransform(image, transform))


def _from_lab() -> ImageCms.ImageCmsTransform:
    target = ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), target, "LAB", "RGB", _INTENT)


@lru_cache(maxsize=8)
def _transform(profile: bytes, mode: str) -> tuple[str, ImageCms.ImageCmsTransform | str]:
    """The profile's name, and: a transform to sRGB, or SRGB where none is needed, or why the profile is no use."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        name = " ".join((ImageCms.getProfileDescription(source) or "unnamed").split())[:100]
        space = source.profile.xcolor_space.strip()
        if space != _SPACES[mode]:
            return name, f"a profile for {space} in a {mode} picture"
        target = ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(source, target, mode, "RGB", _INTENT, _FLAGS)
        if mode != "CMYK" and _changes_little(transform, mode):
            return name, SRGB
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        return "", f"broken: {' '.join(str(error).split())[:100]}"
    return name, transform


def _changes_little(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    if mode == "L":
        before = np.broadcast_to(steps[None, :, None], (1, 9, 3)).copy()
        sample = Pillow.fromarray(before[..., 0].copy())
    else:
        before = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3).copy()
        sample = Pillow.fromarray(before)
    after = np.asarray(ImageCms.applyTransform(sample, transform))
    return int(np.abs(after.astype(np.int16) - before).max()) <= SAME_WITHIN


# What full coats of typical offset inks look like on coated paper, as sRGB. Order of the bits: cyan, magenta, yellow,
# black; so row 6 (0110) is magenta and yellow, a red.
_OVERPRINTS = np.array(
    [
        [255, 255, 255], [35, 31, 32], [255, 242, 0], [29, 26, 10],
        [236, 0, 140], [28, 10, 20], [237, 28, 36], [26, 8, 6],
        [0, 174, 239], [8, 20, 28], [0, 166, 81], [6, 18, 10],
        [46, 49, 146], [8, 6, 18], [54, 53, 52], [0, 0, 0],
    ],
    dtype=np.float32,
)  # fmt: skip


def inks_to_srgb(cmyk: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """CMYK without a profile, 255 = full ink: each pixel a mixture of the sixteen overprints (Neugebauer, 1937).

    Mixed in sRGB codes rather than in light, which stands in for the gain of the dots on paper (Yule and Nielsen).
    """
    out = np.empty((*cmyk.shape[:2], 3), dtype=np.uint8)
    for top in range(0, cmyk.shape[0], 64):  # in strips: sixteen weights for every pixel are a lot of memory
        strip = cmyk[top : top + 64]
        ink = strip.reshape(-1, 4).astype(np.float32) / 255
        weights = np.ones((len(ink), 1), dtype=np.float32)
        for coat in ink.T:
            pair = np.stack([1 - coat, coat], axis=1)
            weights = (weights[:, :, None] * pair[:, None, :]).reshape(len(ink), -1)
        out[top : top + 64] = np.rint(weights @ _OVERPRINTS).reshape(*strip.shape[:2], 3)
    return out
