"""Exposure, contrast and white balance in one pass: one table of 256 entries, or one per channel."""

from typing import ClassVar, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from packshot.image import SRGB_TO_LINEAR, Alpha, Image, Rgb, to_srgb
from packshot.ops.blend import u8
from packshot.recipe import Context, Edit, Step

MOST_STOPS = 0.6  # that `auto` dares; the product's own colour matters more than a bright picture
MOST_BLACK = 14  # codes that `auto` takes off a hazy shadow
ENOUGH = 200  # product pixels, below which nothing is measured


class Levels(NamedTuple):
    """What is done to the light. `gains` are of red, green and blue."""

    stops: float = 0.0
    black: int = 0
    gamma: float = 1.0
    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)


def product_pixels(rgb: Rgb, alpha: Alpha | None, most: int = 250_000) -> NDArray[np.uint8]:
    """(n, 3) opaque pixels, evenly spread, at most about `most`."""
    step = max(1, int(np.sqrt(rgb.shape[0] * rgb.shape[1] / most)))
    sparse = rgb[::step, ::step]
    return sparse.reshape(-1, 3) if alpha is None else sparse[alpha[::step, ::step] > 250]


def measured(pixels: NDArray[np.uint8]) -> Levels:
    """The gentle correction that these product pixels ask for; none where they look right or say too little."""
    if len(pixels) < ENOUGH:
        return Levels()
    # The largest channel, not the luminance: a pure red is fully exposed at 30 % luminance.
    values = np.bincount(pixels.max(axis=1), minlength=256)
    shares = np.cumsum(values) / len(pixels)
    low, middle, high, top = (int(np.searchsorted(shares, share)) for share in (0.005, 0.5, 0.97, 0.998))
    if top - low < 16:
        return Levels()  # one flat tone: nothing tells a dark product from a dark photograph
    return Levels(_stops(high, top), _black(low, middle), _gamma(middle, high, top))


def _stops(high: int, top: int) -> float:
    """Towards highlights at 235, three quarters of the way; what already shines is not pushed over the edge."""
    wanted = np.log2(SRGB_TO_LINEAR[235] / max(SRGB_TO_LINEAR[high], 1e-3))
    room = np.log2(SRGB_TO_LINEAR[253] / max(SRGB_TO_LINEAR[top], 1e-3)) + 0.25
    return float(np.clip(min(0.75 * wanted, room), 0, MOST_STOPS))


def _black(low: int, middle: int) -> int:
    # Haze lifts the shadows of a picture that has shadows. A white mug has none, and keeps what it has.
    if middle > 190:
        return 0
    return int(np.clip(low - 10, 0, MOST_BLACK) * np.clip((72 - low) / 24, 0, 1))


def _gamma(middle: int, high: int, top: int) -> float:
    # Dark middles under dark highlights are under-exposure; under bright highlights they are a dark product.
    dark = np.clip((90 - middle) / 60, 0, 1) * np.clip((225 - high) / 80, 0, 1) * np.clip((top - 60) / 60, 0, 1)
    return float(1 - 0.15 * dark)


def highlight_gains(pixels: NDArray[np.uint8]) -> tuple[float, float, float]:
    """White balance from near-neutral highlights beside a colour of another kind; (1, 1, 1) without that evidence.

    White print or gloss on a coloured product shows the colour of the light. A product that is cream all over shows
    its own, and cannot be told from white in warm light: it is left alone.
    """
    none = (1.0, 1.0, 1.0)
    if len(pixels) < ENOUGH:
        return none
    most, least = pixels.max(axis=1).astype(np.int16), pixels.min(axis=1).astype(np.int16)
    chroma = most - least
    bright = (most > 200) & (most < 253) & (chroma < 0.12 * most)
    coloured = chroma > 0.35 * np.maximum(most, 40)
    if bright.mean() < 0.02 or coloured.mean() < 0.25:
        return none
    light = SRGB_TO_LINEAR[pixels[bright]].mean(axis=0)
    gains = (light.mean() / light) ** 0.7
    gains = np.clip(gains, 0.95, 1.05)
    red, green, blue = (round(float(gain), 4) for gain in gains)
    return (red, green, blue)


def temperature_gains(temperature: float) -> tuple[float, float, float]:
    """-1 is a quarter colder, 1 a quarter warmer; green stays."""
    return (1.25**temperature, 1.0, 1.25**-temperature)


def table(levels: Levels, contrast: float = 0.0, strength: float = 1.0) -> NDArray[np.uint8]:
    """(256, 3): what each code becomes. Rising everywhere; highlights bend into white rather than clip."""
    codes = np.arange(256, dtype=np.float32)
    raised = np.clip((codes - levels.black) / (255 - levels.black), 0, 1)
    light = np.interp(raised * 255, codes, SRGB_TO_LINEAR)[:, None] * np.asarray(levels.gains)
    curve = to_srgb(_shouldered(light, 2.0**levels.stops).astype(np.float32)).astype(np.float64) / 255
    curve = curve**levels.gamma
    curve = curve + contrast * 0.5 * (_s_curve(curve) - curve)
    mixed = codes[:, None] + strength * (curve * 255 - codes[:, None])
    rising = np.maximum.accumulate(mixed, axis=0)
    return np.clip(np.rint(rising), 0, 255).astype(np.uint8)


def _shouldered(light: NDArray[np.float64], gain: float) -> NDArray[np.float64]:
    """light x gain, of which the part over the knee bends so that 1 stays 1."""
    if gain <= 1:
        return light * gain
    # y = g*x / (1 + (g - 1)*x^p): slope g at black, 1 at white. A larger p keeps the middles proportional for longer.
    return light * gain / (1 + (gain - 1) * np.clip(light, 0, 1) ** 1.5)


def _s_curve(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values * values * (3 - 2 * values)


def mapped(rgb: Rgb, codes: NDArray[np.uint8]) -> Rgb:
    """`rgb` through a (256, 3) table."""
    same = (codes[:, 0] == codes[:, 1]).all() and (codes[:, 0] == codes[:, 2]).all()
    return u8(cv2.LUT(rgb, np.ascontiguousarray(codes[:, 0]) if same else codes[None]))


class Tone(Step):
    """Correct exposure, contrast and white balance gently, measured on the product alone."""

    op: ClassVar[str] = "tone"
    edit: ClassVar[Edit] = "photometric"

    strength: float = Field(default=1.0, ge=0, le=1, description="share of the correction; 0 leaves the picture alone")
    exposure: float | Literal["auto"] = Field(default="auto", ge=-2, le=2, description="stops; auto dares 0 to 0.6")
    contrast: float = Field(default=0.0, ge=-1, le=1, description="-1 flatter to 1 steeper around the middle")
    temperature: float | Literal["auto"] = Field(
        default="auto",
        ge=-1,
        le=1,
        description="-1 colder to 1 warmer; auto needs white highlights on a coloured product",
    )

    def __call__(self, image: Image, context: Context) -> Image:
        if self.strength == 0:
            return image
        pixels = product_pixels(image.rgb, image.alpha)
        levels = measured(pixels) if self.exposure == "auto" else Levels(stops=self.exposure)
        gains = highlight_gains(pixels) if self.temperature == "auto" else temperature_gains(self.temperature)
        levels = levels._replace(gains=gains)
        for name, value in levels._asdict().items():
            context.note(name, [round(v, 4) for v in value] if isinstance(value, tuple) else round(value, 4))
        codes = table(levels, self.contrast, self.strength)
        if np.array_equal(codes, np.arange(256, dtype=np.uint8)[:, None].repeat(3, axis=1)):
            return image
        return image.with_(rgb=mapped(image.rgb, codes))
