"""Make edges and small print crisper, without halo, rim or louder noise."""

from math import erf
from typing import Annotated, ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from packshot.image import Alpha, Image, Rgb
from packshot.ops.blend import in_strips, u8
from packshot.ops.denoise import luma, noise_of, sampled
from packshot.ops.lettering import READER, guarded
from packshot.recipe import Context, Edit, Step

OVERSHOOT = 4  # codes that an edge may pass its surroundings by: a hint of bite, no halo


def blur_of(plane: NDArray[np.uint8], alpha: Alpha | None = None) -> float | None:
    """Gaussian sigma in pixels that would explain the sharpest edges; None where there are no edges to judge by."""
    tiles = sampled(plane, alpha, most=48)
    if len(tiles) == 0:
        return None
    slopes = np.maximum(
        _apart(tiles[:, 1:-1, 2:], tiles[:, 1:-1, :-2]), _apart(tiles[:, 2:, 1:-1], tiles[:, :-2, 1:-1])
    )
    rises = _ranges(tiles)[:, 1:-1, 1:-1]
    sigmas = []
    for slope, rise, strong in zip(slopes, rises, (rises > 40) & (slopes > 12), strict=True):
        # A step of height H blurred by s rises over two pixels by H * erf(1 / (s * sqrt 2)), at its steepest.
        if np.count_nonzero(strong) >= 12:
            shares = np.sort(slope[strong].astype(np.float32) / rise[strong])
            sigmas.append(_sigma(float(np.interp(0.98 * (len(shares) - 1), np.arange(len(shares)), shares))))
    return float(np.percentile(sigmas, 20)) if len(sigmas) >= 2 else None


def _apart(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.maximum(first, second) - np.minimum(first, second)


def _ranges(tiles: NDArray[np.uint8], reach: int = 4) -> NDArray[np.uint8]:
    """From the darkest to the lightest within `reach` pixels; no tile of (n, side, side) sees the next."""
    number, side, _ = tiles.shape
    around = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)

    def apart(between: int) -> NDArray[np.uint8]:
        stack = np.full((number, side + reach, side), between, np.uint8)
        stack[:, :side] = tiles
        return stack.reshape(-1, side)

    lightest, darkest = u8(cv2.dilate(apart(0), around)), u8(cv2.erode(apart(255), around))
    return (lightest - darkest).reshape(number, -1, side)[:, :side]


_SIGMAS = np.linspace(4.0, 0.3, 75)
_RISES = np.array([erf(1 / (sigma * 2**0.5)) for sigma in _SIGMAS])  # rising


def _sigma(rise: float) -> float:
    return float(np.interp(rise, _RISES, _SIGMAS))


def unsharp(rgb: Rgb, amount: float, sigma: float, *, quiet: float = 0.0, alpha: Alpha | None = None) -> Rgb:
    """Add back `amount` times what a blur of `sigma` pixels takes from the brightness.

    Differences within `quiet` codes count as noise and stay as they are. No pixel passes the range of its neighbours
    by more than OVERSHOOT. Nothing changes within reach of what `alpha` does not call product.
    """
    gain = _gain(amount, quiet)
    reach = int(np.ceil(4 * sigma)) + 2
    return in_strips(lambda strip, solid: _unsharp(strip, solid, gain, sigma), rgb, alpha, reach=reach)


def _unsharp(rgb: Rgb, alpha: Alpha | None, gain: NDArray[np.uint8], sigma: float) -> Rgb:
    brightness = luma(rgb)
    taps = 2 * int(np.ceil(2.5 * sigma)) + 1
    smooth = cv2.GaussianBlur(brightness, (taps, taps), sigma)
    lighter = cv2.LUT(cv2.subtract(brightness, smooth), gain)
    darker = cv2.LUT(cv2.subtract(smooth, brightness), gain)
    around = np.ones((3, 3), np.uint8)
    ceiling = cv2.add(cv2.dilate(brightness, around), OVERSHOOT)  # type: ignore[call-overload]
    floor = cv2.subtract(cv2.erode(brightness, around), OVERSHOOT)  # type: ignore[call-overload]
    lighter = cv2.min(lighter, cv2.subtract(ceiling, brightness))
    darker = cv2.min(darker, cv2.subtract(brightness, floor))
    if alpha is not None:
        inner = inside(alpha, reach=int(np.ceil(3 * sigma)) + 1)
        lighter, darker = cv2.bitwise_and(lighter, inner), cv2.bitwise_and(darker, inner)
    # The same step in red, green and blue changes brightness and keeps hue.
    spread = cv2.COLOR_GRAY2RGB
    return u8(cv2.subtract(cv2.add(rgb, cv2.cvtColor(lighter, spread)), cv2.cvtColor(darker, spread)))


def inside(alpha: Alpha, reach: int) -> Alpha:
    """255 where all within `reach` pixels is opaque, else 0."""
    solid = cv2.threshold(alpha, 250, 255, cv2.THRESH_BINARY)[1]
    return u8(cv2.erode(solid, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)))


def _gain(amount: float, quiet: float) -> NDArray[np.uint8]:
    """By how much to go further, from how far a pixel is from its smoothed self."""
    far = np.arange(256, dtype=np.float64)
    return np.clip(np.rint(amount * np.maximum(far - quiet, 0)), 0, 127).astype(np.uint8)


class Sharpen(Step):
    """Make edges and small print crisper, without halo, rim or louder noise."""

    op: ClassVar[str] = "sharpen"
    edit: ClassVar[Edit] = "photometric"

    amount: Annotated[float, Field(ge=0, le=3)] | Literal["auto"] = Field(
        default="auto", description="0 leaves the picture alone; auto measures how soft the edges are"
    )
    sigma: Annotated[float, Field(gt=0.2, le=10)] | Literal["auto"] = Field(
        default="auto", description="pixels of blur to undo; auto takes the blur it measured"
    )
    guard_text: bool = Field(default=False, description="read the label before and after, and keep it from harm")
    reader: str = Field(default=READER, description="a text reader, for the guard; `packshot models` lists them")

    def __call__(self, image: Image, context: Context) -> Image:
        if self.amount == 0:
            return image
        brightness = luma(image.rgb)
        blur = blur_of(brightness, image.alpha) if "auto" in (self.amount, self.sigma) else None
        noise = noise_of(brightness, image.alpha)
        amount = _amount(blur) if self.amount == "auto" else self.amount
        sigma = float(np.clip(blur or 1.0, 0.8, 2.0)) if self.sigma == "auto" else self.sigma
        context.note("blur", None if blur is None else round(blur, 2))
        context.note("amount", round(amount, 2))
        context.note("sigma", round(sigma, 2))
        sharp = unsharp(image.rgb, amount, sigma, quiet=1.5 * noise, alpha=image.alpha)
        crisp = image.with_(rgb=sharp)
        return guarded(image, crisp, image.rgb, context, self.reader) if self.guard_text else crisp


def _amount(blur: float | None) -> float:
    """A crisp picture gets a touch, a soft one about all that looks natural."""
    return float(np.interp(1.0 if blur is None else blur, [0.5, 0.9, 1.6], [0.25, 0.65, 1.4]))
