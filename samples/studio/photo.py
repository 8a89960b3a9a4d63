"""What the camera and the phone do to a picture after the light: photometric faults only.

Nothing here moves a pixel, so the coverage rendered with the picture stays exact. The one exception is the
EXIF orientation: pixels are stored turned and tagged, and every reader that honours the tag sees them upright.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

STORED_TURN = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
LARGEST_FILE = 450_000


@dataclass(frozen=True)
class Faults:
    """An amateur's mistakes and a small sensor's limits."""

    stops: float = 0.0
    """Exposure error."""
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """White-balance error as channel gains on linear light."""
    vignette: float = 0.12
    """Light lost in the corners."""
    noise: float = 0.008
    """Sensor noise at mid grey, as a share of full scale."""
    glare: float = 0.008
    """Veiling glare: share of the light spread over the frame."""
    sharpen: float = 40.0
    """The camera's own sharpening, in percent."""

    def words(self) -> str:
        """The faults in a few words, for the list of pictures."""
        said = [f"{self.stops:+.2f} stop"] if self.stops else []
        if self.cast != (1.0, 1.0, 1.0):
            said.append("cast x" + "/".join(f"{gain:.2f}" for gain in self.cast))
        said += [f"vignette {self.vignette:.0%}", f"noise {self.noise:.1%}", f"glare {self.glare:.0%}"]
        return ", ".join(said)


def develop(render: Path, faults: Faults, seed: int) -> Image.Image:
    """Apply the faults to a finished render."""
    image = Image.open(render).convert("RGB")
    light = (np.asarray(image, dtype=np.float32) / 255.0) ** 2.2
    light = _glare(light, faults.glare)
    light *= np.array(faults.cast, dtype=np.float32) * np.float32(2.0**faults.stops)
    light *= _falloff(light.shape[:2], faults.vignette)[..., None]
    light = _shoulder(light)
    value = np.clip(light, 0, 1) ** (1 / 2.2)
    value = _sensor_noise(value, faults.noise, np.random.default_rng(seed))
    result = Image.fromarray((np.clip(value, 0, 1) * 255 + 0.5).astype(np.uint8))
    return result.filter(ImageFilter.UnsharpMask(1.2, round(faults.sharpen), 2))


def _glare(light: np.ndarray, share: float) -> np.ndarray:
    height, width = light.shape[:2]
    small = Image.fromarray((np.clip(light, 0, 1) * 255).astype(np.uint8)).resize((width // 8, height // 8))
    wide = small.filter(ImageFilter.GaussianBlur(width / 8 * 0.06)).resize((width, height), Image.Resampling.BICUBIC)
    return light * (1 - share) + np.asarray(wide, dtype=np.float32) / 255 * share


def _falloff(shape: tuple[int, int], amount: float) -> np.ndarray:
    height, width = shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = ((x - width / 2) ** 2 + (y - height / 2) ** 2) / ((width / 2) ** 2 + (height / 2) ** 2)
    return 1 - amount * radius


def _shoulder(light: np.ndarray, knee: float = 0.9) -> np.ndarray:
    """Roll highlights off softly in place of a hard clip."""
    over = np.maximum(light - knee, 0)
    return np.minimum(light, knee) + (1 - knee) * (1 - np.exp(-over / (1 - knee)))


def _sensor_noise(value: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    """Fine luminance grain and blotchy colour noise, stronger in the shadows."""
    height, width = value.shape[:2]
    strength = amount * (1.35 - 0.9 * value.mean(axis=2, keepdims=True))
    grain = rng.standard_normal((height, width, 1), dtype=np.float32)
    grain = 0.75 * grain + 0.5 * (np.roll(grain, 1, 0) + np.roll(grain, 1, 1)) * 0.5
    coarse = rng.standard_normal((height // 3 + 1, width // 3 + 1, 3), dtype=np.float32)
    blotch = coarse.repeat(3, axis=0).repeat(3, axis=1)[:height, :width]
    blotch = (blotch + np.roll(blotch, 1, 0) + np.roll(blotch, 1, 1) + np.roll(blotch, (1, 1), (0, 1))) / 4
    return value + strength * (grain + 0.45 * blotch)


def save_jpeg(image: Image.Image, path: Path, orientation: int = 1, quality: int = 90) -> None:
    """Save as a phone would: turned and tagged if asked, quality lowered only to keep the file small."""
    turn = STORED_TURN[orientation]
    stored = image if turn is None else image.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    while True:
        buffer = io.BytesIO()
        stored.save(buffer, "JPEG", quality=quality, subsampling=2, optimize=True, exif=exif)
        if buffer.tell() <= LARGEST_FILE or quality <= 70:
            break
        quality -= 2
    path.write_bytes(buffer.getvalue())


def save_truth(render: Path, path: Path) -> tuple[int, int, int, int]:
    """Keep the coverage as 8-bit grey; returns the product's box (left, top, right, bottom)."""
    alpha = Image.open(render).getchannel("A")
    alpha.save(path, optimize=True)
    return alpha.point(lambda a: 255 if a > 127 else 0).getbbox()
