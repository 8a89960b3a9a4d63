"""Exposure, contrast and white balance in one pass: one table of 256 entries, or one per channel.

What a picture needs is easier to say of the whole photograph than of the product alone: a pale backdrop shows how
bright and of what colour the light was, while a product may be grey by nature or by under-exposure. The `cutout` step
leaves a small copy of the photograph behind for that; on a product that came cut out, `tone` knows less, and does less
(docs/decisions/021).
"""

from typing import Annotated, ClassVar, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from packshot.image import SRGB_TO_LINEAR, Alpha, Image, Rgb, to_srgb
from packshot.ops.blend import u8
from packshot.recipe import Context, Edit, Step

MOST_STOPS = 0.6  # that `auto` dares; the product's own colour matters more than a bright picture
SURE_STOPS = 0.9  # where a pale backdrop bears it out
MOST_BLACK = 10  # codes that `auto` takes off a hazy shadow
MOST_GAIN = 1.10  # of a channel, for white balance
ENOUGH = 200  # pixels, below which nothing is measured
BRIGHT = 238  # code that highlights and a pale backdrop are brought near
Pixels = NDArray[np.uint8]  # (n, 3)
Gains = tuple[float, float, float]
NEUTRAL: Gains = (1.0, 1.0, 1.0)


class Levels(NamedTuple):
    """What is done to the light. `gains` are of red, green and blue."""

    stops: float = 0.0
    black: int = 0
    gamma: float = 1.0
    gains: Gains = NEUTRAL


def seen_pixels(rgb: Rgb, alpha: Alpha | None, most: int = 80_000) -> Pixels:
    """The opaque pixels, evenly spread, at most about `most`."""
    sparse, seen = _sparse(rgb, most), None if alpha is None else _sparse(alpha, most)
    return sparse.reshape(-1, 3) if seen is None else sparse[seen > 250]


def rim_pixels(rgb: Rgb, most: int = 80_000) -> Pixels:
    """The outermost 4 % of a picture on every side: what is backdrop, if there is one."""
    sparse = _sparse(rgb, most)
    reach = max(1, round(0.04 * max(sparse.shape[:2])))
    rim = np.ones(sparse.shape[:2], bool)
    rim[reach:-reach, reach:-reach] = False
    return sparse[rim]


def _sparse(array: Rgb | Alpha, most: int) -> NDArray[np.uint8]:
    step = max(1, int(np.sqrt(array.shape[0] * array.shape[1] / most)))
    return array[::step, ::step]


def backdrop_of(rim: Pixels) -> NDArray[np.float64] | None:
    """The linear colour of a pale, even, nearly neutral backdrop; None where the rim shows none."""
    if len(rim) < ENOUGH:
        return None
    most, chroma = _most_and_chroma(rim)
    pale = (most > 105) & (chroma < 0.24 * most)
    if pale.mean() < 0.6:
        return None
    low, high = np.percentile(most[pale], [25, 75])
    if high - low > 55:
        return None
    # Its brighter half: the darker one may lie in the product's shadow.
    return np.asarray(SRGB_TO_LINEAR[rim[pale & (most >= low + 0.5 * (high - low))]].mean(axis=0), np.float64)


def levels_of_photograph(rgb: Rgb) -> Levels:
    """What the whole picture asks for; its backdrop decides where it has one."""
    pixels, backdrop = seen_pixels(rgb, None), backdrop_of(rim_pixels(rgb))
    if len(pixels) < ENOUGH:
        return Levels()
    low, middle, high, top = _marks(pixels)
    if backdrop is None:
        if top - low < 16:
            return Levels()  # one flat tone: nothing tells a dark thing from a dark photograph
        return Levels(
            _stops(SRGB_TO_LINEAR[high], top, 0.75, MOST_STOPS), _black(low, middle), _gamma(middle, high, top)
        )
    return Levels(
        _stops(float(backdrop.max()), top, 0.95, SURE_STOPS), _black(low, middle), 1.0, backdrop_gains(backdrop)
    )


def levels_of_product(pixels: Pixels) -> Levels:
    """What product pixels ask for: less the darker they are, for that may be the product's own colour."""
    if len(pixels) < ENOUGH:
        return Levels()
    low, _, high, top = _marks(pixels)
    if top - low < 16:
        return Levels()
    trust = float(np.clip((high - 90) / 110, 0, 1))
    return Levels(trust * _stops(SRGB_TO_LINEAR[high], top, 0.6, MOST_STOPS), 0, 1.0, highlight_gains(pixels))


def _marks(pixels: Pixels) -> tuple[int, int, int, int]:
    """Codes that 0.5, 50, 97 and 99.8 % of the pixels lie at or below."""
    # The largest channel, not the luminance: a pure red is fully exposed at 30 % luminance.
    shares = np.cumsum(np.bincount(_most_and_chroma(pixels)[0], minlength=256)) / len(pixels)
    low, middle, high, top = (int(np.searchsorted(shares, share)) for share in (0.005, 0.5, 0.97, 0.998))
    return low, middle, high, top


def _most_and_chroma(pixels: Pixels) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    red, green, blue = pixels[:, 0], pixels[:, 1], pixels[:, 2]
    most = np.maximum(np.maximum(red, green), blue)
    return most, most - np.minimum(np.minimum(red, green), blue)


def _stops(light: float, top: int, share: float, most: float) -> float:
    """`share` of the way from `light` to BRIGHT, `most` at most; what already shines is not pushed over the edge."""
    wanted = share * np.log2(SRGB_TO_LINEAR[BRIGHT] / max(light, 1e-3))
    room = np.log2(SRGB_TO_LINEAR[253] / max(SRGB_TO_LINEAR[top], 1e-3)) + 0.3
    return float(np.clip(min(wanted, room), 0, most))


def _black(low: int, middle: int) -> int:
    # Haze lifts the shadows of a picture that has shadows. One that is pale all over keeps what it has.
    return 0 if middle > 215 else int(np.clip(0.6 * (low - 14), 0, MOST_BLACK) * np.clip((72 - low) / 24, 0, 1))


def _gamma(middle: int, high: int, top: int) -> float:
    # Dark middles under dull highlights are under-exposure; under bright highlights they are a dark product.
    dark = np.clip((90 - middle) / 60, 0, 1) * np.clip((225 - high) / 80, 0, 1) * np.clip((top - 60) / 60, 0, 1)
    return float(1 - 0.15 * dark)


def backdrop_gains(backdrop: NDArray[np.float64]) -> Gains:
    """What makes a backdrop neutral, if its colour can be that of light.

    Lamps and skies differ from blue to amber, where green follows red and blue: log(R/G) is near -0.45 log(B/G) from
    D65 to a light bulb. A pink or green backdrop is off that line and is left as it is.
    """
    red, green, blue = np.log(np.maximum(backdrop, 1e-3))
    if abs((red - green) + 0.45 * (blue - green)) > 0.07:
        return NEUTRAL
    return _limited(np.exp(0.8 * (np.log(backdrop.mean()) - np.array([red, green, blue]))), MOST_GAIN)


def highlight_gains(pixels: Pixels) -> Gains:
    """White balance from near-neutral highlights beside a colour of another kind; NEUTRAL without that evidence.

    White print or gloss on a coloured product shows the colour of the light. A product that is cream all over shows
    its own, and cannot be told from white in warm light: it is left alone.
    """
    most, chroma = _most_and_chroma(pixels)
    bright = (most > 200) & (most < 253) & (chroma < 0.12 * most)
    coloured = chroma > 0.35 * np.maximum(most, 40)
    if bright.mean() < 0.02 or coloured.mean() < 0.25:
        return NEUTRAL
    light = SRGB_TO_LINEAR[pixels[bright]].mean(axis=0)
    return _limited((light.mean() / light) ** 0.7, 1.05)


def _limited(gains: NDArray[np.float64], most: float) -> Gains:
    red, green, blue = (round(float(gain), 4) for gain in np.clip(gains, 1 / most, most))
    return (red, green, blue)


def temperature_gains(temperature: float) -> Gains:
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


KNEE = 0.75  # linear light above which a gain bends


def _shouldered(light: NDArray[np.float64], gain: float) -> NDArray[np.float64]:
    """light x gain, bent above KNEE so that 1 stays 1 and highlights keep their drawing."""
    raised = light * gain
    if gain <= 1:
        return raised
    # h(u) = s*u / (1 + (s - 1)*u) rises from 0 to 1, with slope s at 0: the gain goes on where it stood.
    over = np.clip((raised - KNEE) / (gain - KNEE), 0, 1)
    slope = (gain - KNEE) / (1 - KNEE)
    bent = KNEE + (1 - KNEE) * slope * over / (1 + (slope - 1) * over)
    return np.where(raised < KNEE, raised, bent)


def _s_curve(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values * values * (3 - 2 * values)


def mapped(rgb: Rgb, codes: NDArray[np.uint8]) -> Rgb:
    """`rgb` through a (256, 3) table."""
    same = (codes[:, 0] == codes[:, 1]).all() and (codes[:, 0] == codes[:, 2]).all()
    return u8(cv2.LUT(rgb, np.ascontiguousarray(codes[:, 0]) if same else codes[None]))


class Tone(Step):
    """Correct exposure, contrast and white balance gently, judging by the backdrop where there was one."""

    op: ClassVar[str] = "tone"
    edit: ClassVar[Edit] = "photometric"

    strength: float = Field(default=1.0, ge=0, le=1, description="share of the correction; 0 leaves the picture alone")
    exposure: Annotated[float, Field(ge=-2, le=2)] | Literal["auto"] = Field(
        default="auto", description="stops; auto dares 0 to 0.6, or 0.9 before a pale backdrop"
    )
    contrast: float = Field(default=0.0, ge=-1, le=1, description="-1 flatter to 1 steeper around the middle")
    temperature: Annotated[float, Field(ge=-1, le=1)] | Literal["auto"] = Field(
        default="auto",
        description="-1 colder to 1 warmer; auto needs a pale backdrop or white highlights",
    )

    def __call__(self, image: Image, context: Context) -> Image:
        if self.strength == 0:
            return image
        levels = self._levels(image)
        for name, value in levels._asdict().items():
            context.note(name, list(value) if isinstance(value, tuple) else round(value, 4))
        codes = table(levels, self.contrast, self.strength)
        if np.array_equal(codes, np.arange(256, dtype=np.uint8)[:, None].repeat(3, axis=1)):
            return image
        return image.with_(rgb=mapped(image.rgb, codes))

    def _levels(self, image: Image) -> Levels:
        levels = Levels()
        if "auto" in (self.exposure, self.temperature):
            photograph = image.rgb if image.alpha is None else image.origin
            if photograph is None:
                levels = levels_of_product(seen_pixels(image.rgb, image.alpha))
            else:
                levels = levels_of_photograph(photograph)
        if self.exposure != "auto":
            levels = Levels(stops=self.exposure, gains=levels.gains)
        if self.temperature != "auto":
            levels = levels._replace(gains=temperature_gains(self.temperature))
        return levels
