"""Photographs with known truth, made from real cutouts: a product before a backdrop, with shadow, light and noise.

Shadows, fall-off and noise work on linear light, as in a camera; product and ground are mixed in sRGB codes at the
edge, since that is how the cutouts' own alphas were made. Everything follows from the seed.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import to_linear, to_srgb

Floats = NDArray[np.float32]
Kind = Literal["plain", "graded"]

# sRGB of paper, card, walls and cloth that products stand before
PLAIN = {
    "near-white": (247, 247, 246),
    "pale grey": (222, 223, 225),
    "white card in warm light": (243, 236, 224),
    "mid grey": (150, 151, 153),
    "sand": (206, 187, 160),
    "sky": (166, 197, 219),
    "sage": (158, 176, 150),
    "rose": (224, 186, 184),
    "charcoal": (62, 63, 66),
}
# Lighter end, darker end: a paper sweep, or a wall lit from one side
GRADED = {
    "white to grey": ((250, 250, 250), (178, 180, 184)),
    "grey to dark": ((196, 197, 200), (84, 86, 90)),
    "cream to tan": ((245, 236, 219), (186, 160, 128)),
    "blue": ((202, 222, 238), (96, 130, 168)),
    "near-white": ((252, 252, 251), (226, 227, 229)),
}


@dataclass(frozen=True, eq=False)
class Scene:
    """A made photograph and its truth: alpha, and the product's own colours wherever alpha is over 0."""

    photo: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    product: NDArray[np.uint8]
    ground: str


def scene(rgba: NDArray[np.uint8], kind: Kind, seed: int, *, room: float = 0.18, upto: int = 1400) -> Scene:
    """The cutout `rgba` before a backdrop, with air of 60 % to 140 % of `room` around it, as decoded from a JPEG."""
    rng = np.random.default_rng([seed, kind == "graded"])
    product, alpha = _placed(rgba, rng, room, upto)
    name, light = backdrop(kind, alpha.shape, rng, index=seed)
    light = light * cast_shadow(alpha, rng)[..., None]
    glow = falloff(alpha.shape, rng, 0.10 if kind == "plain" else 0.22)
    photo = mixed(to_srgb(light * glow[..., None]), product, alpha)
    photo = developed(photo, rng, noise=float(rng.uniform(0.6, 2.2)))
    return Scene(as_jpeg(photo, int(rng.integers(84, 96))), alpha, product, name)


def backdrop(kind: Kind, shape: tuple[int, ...], rng: np.random.Generator, *, index: int) -> tuple[str, Floats]:
    """A name, and linear light (height, width, 3). The index goes round the colours, so that all are met equally."""
    height, width = shape[:2]
    if kind == "plain":
        name = list(PLAIN)[index % len(PLAIN)]
        flat = to_linear(np.array(PLAIN[name], np.uint8)).astype(np.float32)
        return name, np.broadcast_to(flat, (height, width, 3)).copy()
    name = list(GRADED)[index % len(GRADED)]
    light, dark = (to_linear(np.array(colour, np.uint8)) for colour in GRADED[name])
    angle = rng.uniform(0, 2 * np.pi) if rng.random() < 0.5 else np.pi / 2
    y = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None]
    along = x * np.cos(angle) + y * np.sin(angle)
    along = (along - along.min()) / (along.max() - along.min())
    # A sweep bends somewhere: the light changes faster there than above and below.
    bend, width_of_bend = rng.uniform(0.45, 0.75), rng.uniform(0.12, 0.4)
    share = 0.4 * along + 0.6 / (1 + np.exp(-(along - bend) / (0.5 * width_of_bend)))
    share = ((share - share.min()) / (share.max() - share.min()))[..., None]
    return name, np.asarray(light + (dark - light) * share, np.float32)


def cast_shadow(alpha: NDArray[np.uint8], rng: np.random.Generator) -> Floats:
    """What share of the light reaches the ground: a dark seam where the product stands, a soft shadow to one side."""
    height, width = alpha.shape
    solid = alpha.astype(np.float32) / 255
    tall = float(np.ptp(np.nonzero(alpha.max(axis=1))[0])) + 1
    foot = int(np.nonzero(alpha.max(axis=1))[0][-1])
    # The silhouette laid down: squashed towards its foot and slanted.
    squash, slant = rng.uniform(0.10, 0.35), rng.uniform(-0.7, 0.7)
    lying = np.array([[1, slant * squash, -slant * squash * foot], [0, squash, foot * (1 - squash)]], np.float32)
    soft = cv2.GaussianBlur(cv2.warpAffine(solid, lying, (width, height)), (0, 0), rng.uniform(0.012, 0.04) * tall)
    # The seam: the silhouette moved down a little, close and dark.
    drop = max(1.0, 0.012 * tall)
    moved = cv2.warpAffine(solid, np.array([[1, 0, 0], [0, 1, drop]], np.float32), (width, height))
    seam = cv2.GaussianBlur(moved, (0, 0), max(1.0, 0.008 * tall))
    reach = np.clip((np.arange(height, dtype=np.float32) - (foot - 0.22 * tall)) / (0.22 * tall), 0, 1)[:, None]
    taken = 1 - (1 - rng.uniform(0.15, 0.45) * soft) * (1 - rng.uniform(0.25, 0.55) * seam * reach)
    return np.asarray(1 - taken, np.float32)


def falloff(shape: tuple[int, ...], rng: np.random.Generator, most: float) -> Floats:
    """A vignette, and light that comes a little from one side; 1 in the middle."""
    height, width = shape[:2]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    vignette = 1 - rng.uniform(0.2, 1) * most * (x**2 + y**2) / 2
    lean = 1 + rng.uniform(-0.5, 0.5) * most * x
    return np.asarray(vignette * lean, np.float32)


def mixed(ground: Floats, product: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> Floats:
    """c = a*f + (1 - a)*b, sRGB codes as float."""
    share = (alpha.astype(np.float32) / 255)[..., None]
    return np.asarray(product * share + ground * (1 - share), np.float32)


def developed(photo: Floats, rng: np.random.Generator, *, noise: float) -> Floats:
    """With sensor noise of about `noise` codes at mid grey: shot noise on linear light, less of it after the sRGB curve
    in the lights; slightly smeared, as demosaicing leaves it."""
    light = to_linear(np.clip(np.rint(photo), 0, 255).astype(np.uint8))
    # One code at mid grey (0.21 of the light) is about 0.0037 of the light.
    grain = rng.standard_normal(photo.shape, dtype=np.float32)
    grain = cv2.GaussianBlur(grain, (0, 0), 0.6) * np.float32(2.0)  # the blur halves its deviation
    deviation = noise * 0.0037 * np.sqrt((light + 0.01) / 0.22)
    return to_srgb(np.asarray(light + grain * deviation, np.float32))


def as_jpeg(photo: Floats, quality: int) -> NDArray[np.uint8]:
    """Through a JPEG and back."""
    codes = np.clip(np.rint(photo), 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", codes[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def clean(rgba: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Colours and alpha cropped to what is there."""
    rows = np.flatnonzero(rgba[..., 3].max(axis=1) > 8)
    columns = np.flatnonzero(rgba[..., 3].max(axis=0) > 8)
    part = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.ascontiguousarray(part[..., :3]), np.ascontiguousarray(part[..., 3])


def enlarged(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8], scale: float) -> tuple[NDArray[np.uint8], ...]:
    """Both at another size; what is transparent lends no colour."""
    size = max(1, round(alpha.shape[1] * scale)), max(1, round(alpha.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    weight = alpha.astype(np.float32) / 255
    share = np.clip(cv2.resize(weight, size, interpolation=how), 0, 1)
    light = cv2.resize(rgb * weight[..., None], size, interpolation=how) / np.maximum(share, 1e-3)[..., None]
    return np.clip(np.rint(light), 0, 255).astype(np.uint8), np.rint(share * 255).astype(np.uint8)


def _placed(
    rgba: NDArray[np.uint8], rng: np.random.Generator, room: float, upto: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rgb, alpha = clean(rgba)
    if max(alpha.shape) * (1 + 2 * room) > upto:
        rgb, alpha = enlarged(rgb, alpha, upto / (max(alpha.shape) * (1 + 2 * room)))
    left, right, top, bottom = (round(max(alpha.shape) * room * rng.uniform(0.6, 1.4)) for _ in range(4))
    sides = ((top, bottom), (left, right))
    return np.pad(rgb, (*sides, (0, 0))), np.pad(alpha, sides)
