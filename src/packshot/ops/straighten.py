"""Set a slightly tilted product upright, when its outline says so clearly."""

from typing import Annotated, ClassVar, Literal, NamedTuple

import cv2
import numpy as np
from pydantic import Field

from packshot.geometry import Affine, from_centred
from packshot.image import Alpha, Image
from packshot.ops.blend import bled, u8
from packshot.recipe import Context, Edit, Step

MOST = 8.0  # degrees; a larger tilt is a pose, not a mistake
LEAST = 0.3  # degrees; a smaller one nobody sees
WORK = 640  # pixels of the longer side on which the outline is measured
SURE = 0.45  # share of the outline that must run along the tilted axes


class Tilt(NamedTuple):
    """Degrees that the product leans, clockwise positive, and the share of its outline that agrees within 1 degree."""

    degrees: float
    share: float


def tilt_of(alpha: Alpha) -> Tilt:
    """The lean that the straight parts of the outline share; (0, 0) without an outline.

    In perspective left and right edges lean against each other: then no angle gets a large share.
    """
    scale = min(1.0, WORK / max(alpha.shape))
    size = max(1, round(alpha.shape[1] * scale)), max(1, round(alpha.shape[0] * scale))
    small = u8(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA))
    solid = cv2.threshold(small, 127, 255, cv2.THRESH_BINARY)[1]
    outlines = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    if not outlines:
        return Tilt(0.0, 0.0)
    points = max(outlines, key=len).reshape(-1, 2).astype(np.float64)
    stride = max(6, len(points) // 60)
    if len(points) < 8 * stride:
        return Tilt(0.0, 0.0)
    # A pixel staircase has no direction: average it out, and measure chords over `stride` of what remains.
    window = np.ones(stride) / stride
    padded = np.pad(points, ((stride, stride), (0, 0)), mode="wrap")
    smooth = np.stack([np.convolve(padded[:, axis], window, "same") for axis in (0, 1)], axis=1)[stride:-stride]
    chords = np.roll(smooth, -stride, axis=0) - smooth
    lengths = np.hypot(chords[:, 0], chords[:, 1])
    angles = (np.degrees(np.arctan2(chords[:, 1], chords[:, 0])) + 45) % 90 - 45
    total = float(lengths.sum())
    candidates = np.arange(-MOST - 1, MOST + 1.01, 0.25)
    shares = [float(lengths[np.abs(angles - angle) < 1].sum()) / total for angle in candidates]
    best = int(np.argmax(shares))
    near = np.abs(angles - candidates[best]) < 1
    degrees = float(np.average(angles[near], weights=lengths[near])) if near.any() else 0.0
    return Tilt(degrees, shares[best])


def turn_of(image: Image, degrees: float) -> tuple[Affine, tuple[int, int]]:
    """Counter-clockwise about the centre, and the size (width, height) of what comes out."""
    width, height = image.size
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    if image.alpha is None:
        return from_centred(matrix), image.size
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = int(np.ceil(width * cosine + height * sine)), int(np.ceil(width * sine + height * cosine))
    matrix[:, 2] += np.array([(size[0] - width) / 2, (size[1] - height) / 2])
    return from_centred(matrix), size


def turned(image: Image, degrees: float) -> Image:
    """Counter-clockwise about the centre, on a picture just large enough; what comes in is transparent.

    A picture that is not cut out keeps its size, and its corners repeat the border.
    """
    turn, size = turn_of(image, degrees)
    matrix = turn.centred()
    if image.alpha is None:
        rgb = cv2.warpAffine(image.rgb, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return Image(u8(rgb), None, None if image.shadow is None else turned(image.shadow, degrees))
    rgb = cv2.warpAffine(
        bled(image.rgb, image.alpha), matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    alpha = u8(cv2.warpAffine(image.alpha, matrix, size, flags=cv2.INTER_CUBIC))
    shadow = None if image.shadow is None else turned(image.shadow, degrees)
    return Image(u8(rgb), alpha, shadow)


class Straighten(Step):
    """Set a slightly tilted product upright, when its outline is straight and says so clearly."""

    op: ClassVar[str] = "straighten"
    edit: ClassVar[Edit] = "geometric"

    angle: Annotated[float, Field(ge=-45, le=45)] | Literal["auto"] = Field(
        default="auto", description="degrees to turn counter-clockwise; auto stays within 8"
    )

    def __call__(self, image: Image, context: Context) -> Image:
        degrees = self._degrees(image, context)
        context.note("turned", round(degrees, 2))
        if degrees == 0:
            return image
        context.note("geometry", turn_of(image, degrees)[0].rows)
        return turned(image, degrees)

    def _degrees(self, image: Image, context: Context) -> float:
        if self.angle != "auto":
            return self.angle
        if image.alpha is None:
            return 0.0
        tilt = tilt_of(image.alpha)
        context.note("tilt", round(tilt.degrees, 2))
        context.note("share", round(tilt.share, 3))
        return tilt.degrees if tilt.share >= SURE and LEAST <= abs(tilt.degrees) <= MOST else 0.0
