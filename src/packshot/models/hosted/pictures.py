"""Pictures on their way to a provider and back.

Only pixels leave the house: what is sent is encoded anew and carries no metadata. What comes back is hostile until its
format, size and pixels have been checked.
"""

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from packshot.errors import ModelError, OutputError
from packshot.image import Box, Image
from packshot.models.hosted.failure import nonsense

Pixels: TypeAlias = NDArray[np.uint8]  # (height, width) or (height, width, channels)

LOOKED_AT: Final = 1536  # pixels of the longer side of a picture that is only looked at
MOST_PIXELS: Final = 40_000_000  # of a picture that comes back
_ALIKE: Final = 0.02  # how far the shape of what comes back may be off, as a share


def jpeg(image: Image, longest: int = LOOKED_AT) -> bytes:
    """For a model that looks at it; what is transparent shows white."""
    rgb = image.rgb
    if image.alpha is not None:
        share = image.alpha[..., None].astype(np.float32) / 255
        rgb = np.rint(rgb * share + 255 * (1 - share)).astype(np.uint8)
    return _encoded(_within(rgb, longest), ".jpg", [cv2.IMWRITE_JPEG_QUALITY, 90])


def png(image: Image) -> bytes:
    """With its alpha, for a model that paints around it."""
    planes = image.rgb if image.alpha is None else np.dstack([image.rgb, image.alpha])
    return _encoded(planes, ".png", [])


def grey_png(mask: Pixels) -> bytes:
    done, data = cv2.imencode(".png", mask)
    if not done:
        raise OutputError("a mask could not be encoded for its way to a model")
    return data.tobytes()


def received(data: bytes, provider: str) -> Image:
    """The picture that a provider answered with. Raises ModelError where it is none."""
    return Image(_decoded(data, provider, "RGB"))


def received_grey(data: bytes, provider: str) -> Pixels:
    """A mask that a provider answered with, (height, width). Raises ModelError where it is none."""
    return _decoded(data, provider, "L")


def _decoded(data: bytes, provider: str, mode: str) -> Pixels:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Pillow.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as file:
                width, height = file.size
                if width * height > MOST_PIXELS:
                    raise nonsense(provider, f"a picture of {width}x{height} pixels").error
                return np.asarray(file.convert(mode), np.uint8)
    except ModelError:
        raise
    except Exception as error:  # broken pictures raise nearly anything
        raise nonsense(provider, f"no picture in {len(data)} bytes").error from error


@dataclass(frozen=True)
class Canvas:
    """The size (width, height) at which a model paints, and the part of it that is the picture asked for."""

    size: tuple[int, int]
    part: Box

    @classmethod
    def among(cls, sizes: tuple[tuple[int, int], ...], asked: tuple[int, int]) -> "Canvas":
        """The one of `sizes` that wastes least around a picture of the shape that was `asked` for."""

        def used(size: tuple[int, int]) -> float:
            scale = min(size[0] / asked[0], size[1] / asked[1])
            return asked[0] * asked[1] * scale * scale / (size[0] * size[1])

        return cls.of(max(sizes, key=used), asked)

    @classmethod
    def of(cls, size: tuple[int, int], asked: tuple[int, int]) -> "Canvas":
        scale = min(size[0] / asked[0], size[1] / asked[1])
        width = min(size[0], max(1, round(asked[0] * scale)))
        height = min(size[1], max(1, round(asked[1] * scale)))
        left, top = (size[0] - width) // 2, (size[1] - height) // 2
        return cls(size, Box(left, top, left + width, top + height))

    def around(self, keep: Image) -> Image:
        """`keep` in its place on the canvas; transparent, which is to be painted, around it."""
        part = self.part
        wide = (part.width, part.height)
        rgb = np.full((self.size[1], self.size[0], 3), 255, np.uint8)
        alpha = np.zeros((self.size[1], self.size[0]), np.uint8)
        way = cv2.INTER_AREA if part.width < keep.size[0] else cv2.INTER_CUBIC
        rgb[part.top : part.bottom, part.left : part.right] = cv2.resize(keep.rgb, wide, interpolation=way)
        known = np.full(keep.rgb.shape[:2], 255, np.uint8) if keep.alpha is None else keep.alpha
        alpha[part.top : part.bottom, part.left : part.right] = cv2.resize(known, wide, interpolation=cv2.INTER_AREA)
        return Image(rgb, alpha)

    def cut(self, painted: Image, asked: tuple[int, int], provider: str) -> Image:
        """The picture that was asked for, out of what was painted. Raises ModelError where that has another shape."""
        width, height = painted.size
        shape, wanted = width / height, self.size[0] / self.size[1]
        if abs(shape / wanted - 1) > _ALIKE or width * 4 < self.size[0]:
            what = f"a picture of {width}x{height} pixels where {self.size[0]}x{self.size[1]} were asked for"
            raise nonsense(provider, what).error
        scale = width / self.size[0]
        part = Box(*(round(side * scale) for side in self.part))
        right, bottom = min(width, max(part.right, part.left + 1)), min(height, max(part.bottom, part.top + 1))
        rgb = painted.rgb[part.top : bottom, part.left : right]
        way = cv2.INTER_AREA if rgb.shape[1] > asked[0] else cv2.INTER_CUBIC
        return Image(np.asarray(cv2.resize(rgb, asked, interpolation=way), np.uint8))


def _within(rgb: Pixels, longest: int) -> Pixels:
    height, width = rgb.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return rgb
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _encoded(planes: Pixels, form: str, options: list[int]) -> bytes:
    order = [2, 1, 0, 3][: planes.shape[2]]
    done, data = cv2.imencode(form, np.ascontiguousarray(planes[..., order]), options)
    if not done:
        raise OutputError("a picture could not be encoded for its way to a model")
    return data.tobytes()
