"""Ways to make a picture worse, each in four strengths from just visible to gross.

Each takes and gives a `Shot`; what it does to the background of a finished picture is undone, so that a measure of the
background alone cannot tell. Lengths are pixels of the picture itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Box, Image, box_of, to_linear, to_srgb

WHITE = (255, 255, 255)
Damage = Callable[["Shot", float, int], "Shot | None"]


@dataclass(frozen=True, eq=False)
class Shot:
    """A photograph, with the product's box or without; or a finished picture, with alpha, on white.

    `product` is the alpha of a photograph's product, where it is known. It tells what is damage and what is none; it is
    not shown to the score.
    """

    image: Image
    box: Box | None = None
    enlarged: float = 1.0
    product: Alpha | None = None

    @property
    def finished(self) -> bool:
        return self.image.alpha is not None

    @property
    def place(self) -> Box | None:
        return self.box if self.image.alpha is None else box_of(self.image.alpha, above=127)


def _with(shot: Shot, rgb: NDArray[Any]) -> Shot:
    """The shot with other colours; around a finished product it stays white."""
    new = rgb if rgb.dtype == np.uint8 else np.clip(np.rint(rgb), 0, 255).astype(np.uint8)
    if shot.image.alpha is not None:
        new = np.where(shot.image.alpha[..., None] == 0, np.uint8(255), new)
    return replace(shot, image=Image(new, shot.image.alpha))


def _seen(shot: Shot) -> float:
    """How many times longer the picture is than 1,000 px, at which it is looked at; at least once."""
    return max(1.0, max(shot.image.size) / 1000)


def blur(shot: Shot, sigma: float, seed: int) -> Shot:
    """Gaussian; `sigma` in pixels of the picture shown 1,000 px long, or its own where it is smaller."""
    return _with(shot, cv2.GaussianBlur(shot.image.rgb, (0, 0), sigma * _seen(shot)))


def noise(shot: Shot, deviation: float, seed: int) -> Shot:
    """Gaussian, in levels; a third of it in colour."""
    rng = np.random.default_rng(seed)
    size = shot.image.rgb.shape
    grain = rng.standard_normal((*size[:2], 1), np.float32) + 0.5 * rng.standard_normal(size, np.float32)
    return _with(shot, shot.image.rgb + np.float32(deviation) * grain)


def exposed(shot: Shot, stops: float, seed: int) -> Shot:
    """By `stops` more or less light, as a camera would, with what is over white lost."""
    return _lit(shot, (2**stops,) * 3)


CASTS = ((1, 0, -1), (-1, 0, 1), (-0.5, 1, -0.5), (0.5, -1, 0.5))  # amber, blue, green, magenta


def cast(shot: Shot, gain: float, seed: int) -> Shot:
    """Light of another colour: channels gain and lose by the factor `gain`, in linear light."""
    factors = np.power(gain, np.array(CASTS[seed % len(CASTS)]))
    factors /= factors @ (0.2126, 0.7152, 0.0722)
    return _lit(shot, factors)


def _lit(shot: Shot, factors: Sequence[float]) -> Shot:
    """Every channel's light by its factor."""
    codes = np.arange(256, dtype=np.uint8)
    curves = np.stack([to_srgb(to_linear(codes) * np.float32(factor)) for factor in factors], axis=-1)
    return _with(shot, cv2.LUT(shot.image.rgb, np.rint(curves).astype(np.uint8)[:, None]))


def shrunk_back(shot: Shot, factor: float, seed: int) -> Shot | None:
    """Made smaller by `factor` and enlarged again."""
    width, height = shot.image.size
    if min(width, height) < 8 * factor:
        return None
    small = cv2.resize(shot.image.rgb, (round(width / factor), round(height / factor)), interpolation=cv2.INTER_AREA)
    return _with(shot, cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))


def smaller(shot: Shot, factor: float, seed: int) -> Shot:
    """Simply smaller."""
    size = (max(1, round(shot.image.size[0] / factor)), max(1, round(shot.image.size[1] / factor)))
    rgb = np.asarray(cv2.resize(shot.image.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    if shot.image.alpha is None:
        return replace(shot, image=Image(rgb), box=shot.box and shot.box.scaled(1 / factor, size))
    alpha = np.asarray(cv2.resize(shot.image.alpha, size, interpolation=cv2.INTER_AREA), np.uint8)
    rgb[alpha == 0] = WHITE
    return Shot(Image(rgb, alpha), None, min(1.0, shot.enlarged) if shot.enlarged <= 1 else shot.enlarged / factor)


def blocks(shot: Shot, quality: float, seed: int) -> Shot:
    """Saved as a JPEG of low quality."""
    _, data = cv2.imencode(".jpg", shot.image.rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return _with(shot, cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def oversharpened(shot: Shot, amount: float, seed: int) -> Shot:
    """Unsharp mask, its radius 1.5 px of the picture shown 1,000 px long."""
    rgb = shot.image.rgb.astype(np.float32)
    return _with(shot, rgb + amount * (rgb - cv2.GaussianBlur(rgb, (0, 0), 1.5 * _seen(shot))))


def fringe(shot: Shot, width: float, seed: int) -> Shot | None:
    """A rim of a backdrop left around a finished product, `width` pixels of 1,000 wide: grey, dark or coloured."""
    if shot.image.alpha is None:
        return None
    wide = width * _seen(shot)
    far = cv2.distanceTransform((shot.image.alpha < 128).astype(np.uint8), cv2.DIST_L2, 5)
    cover = np.clip(wide + 0.5 - far, 0, 1)
    alpha = np.maximum(shot.image.alpha, np.rint(255 * cover).astype(np.uint8))
    share = shot.image.alpha[..., None].astype(np.float32) / 255
    ground = np.array(((168, 168, 170), (70, 66, 62), (150, 120, 90), (215, 214, 210))[seed % 4], np.float32)
    # The finished picture shows a*f + (1 - a)*white; over the backdrop it would be a*f + (1 - a)*ground.
    uncut = shot.image.rgb.astype(np.float32) + (1 - share) * (ground - 255)
    rim = cover[..., None]
    rgb = np.where(share < 1, rim * uncut + (1 - rim) * 255, shot.image.rgb)
    return _with(replace(shot, image=Image(shot.image.rgb, alpha)), rgb)


def off_centre(shot: Shot, share: float, seed: int) -> Shot | None:
    """Moved by `share` of the frame, farther in the direction it stands off already; None where it would be cut."""
    place = shot.place
    if place is None:
        return None
    width, height = shot.image.size
    aside, above = place.left + place.right - width, place.top + place.bottom - height
    along = abs(aside) / width >= abs(above) / height if seed % 2 else place.width / width <= place.height / height
    step = (round(share * width) * (1 if aside >= 0 else -1), 0)
    if not along:
        step = (0, round(share * height) * (1 if above >= 0 else -1))
    moved = Box(place.left + step[0], place.top + step[1], place.right + step[0], place.bottom + step[1])
    if min(moved.left, moved.top) < 0 or moved.right > width or moved.bottom > height:
        return None
    matrix = np.array(((1, 0, step[0]), (0, 1, step[1])), np.float32)
    finished = shot.image.alpha is not None
    edge = {"borderMode": cv2.BORDER_CONSTANT if finished else cv2.BORDER_REFLECT_101, "borderValue": WHITE}
    rgb = np.asarray(cv2.warpAffine(shot.image.rgb, matrix, (width, height), **edge), np.uint8)
    alpha = None
    if shot.image.alpha is not None:
        alpha = np.asarray(cv2.warpAffine(shot.image.alpha, matrix, (width, height)), np.uint8)
    return replace(shot, image=Image(rgb, alpha), box=None if shot.box is None else moved)


DAMAGES: dict[str, tuple[Damage, tuple[float, ...]]] = {
    "blur": (blur, (0.8, 1.3, 2.2, 4)),
    "noise": (noise, (5, 9, 15, 26)),
    "under-exposure": (exposed, (-0.7, -1.1, -1.7, -2.6)),
    "over-exposure": (exposed, (0.7, 1.1, 1.6, 2.2)),
    "cast": (cast, (1.2, 1.35, 1.6, 2.0)),
    "shrunk and enlarged": (shrunk_back, (2, 3, 4.5, 7)),
    "smaller": (smaller, (1.4, 2, 3, 5)),
    "blocks": (blocks, (40, 25, 15, 8)),
    "halo of sharpening": (oversharpened, (2, 3, 4.5, 7)),
    "halo of the cutout": (fringe, (1, 1.7, 2.5, 4)),
    "off centre": (off_centre, (0.04, 0.08, 0.13, 0.2)),
}
