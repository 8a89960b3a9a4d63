"""Makes training pictures: products laid into grounds as a camera might have seen them, with the truth.

Everything follows from the generator that is given, so a seed names a picture. What the truth says: shadow, reflection
and distractors are ground; glass is product (see `material.solid_alpha`).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training import staging
from training.material import Foreground, Material, Picture

Plane = NDArray[np.float32]

STAGED = 0.3  # share of the pictures whose product lies in, on or before something larger


@dataclass(frozen=True, eq=False)
class Sample:
    """A square picture and the alphas of up to two things in it, as far as they are seen.

    `first` is the product. `second` is another product of the same picture, or a distractor that a hint may point at.
    """

    rgb: Picture
    first: Picture
    second: Picture
    second_is_product: bool
    quality: int  # of the JPEG it is kept as


@dataclass(frozen=True, eq=False)
class _Layer:
    rgb: Plane
    alpha: Plane  # what is seen through
    truth: Plane  # what counts as product


def compose(rng: Generator, material: Material, side: int) -> Sample:
    """A picture of `side` pixels. Pictures that nobody could see the product in are made anew."""
    while True:
        made = _compose(rng, material, side)
        if made is not None:
            return made


def _compose(rng: Generator, material: Material, side: int) -> Sample | None:
    plain = rng.random() < 0.45
    ground = plain_ground(rng, side) if plain else _photo_ground(rng, material, side)
    chances = material.chances
    blank = np.zeros((side, side), np.float32)
    first, second, second_is_product = blank, blank, False
    layers: list[_Layer] = []  # from back to front
    product: _Layer | None = None
    ground, staged, behind = _staged(rng, material, ground)
    if behind is not None:
        layers.append(behind)
    if staged is not None or rng.random() >= 0.04:
        entry = material.foregrounds[rng.choice(len(chances), p=chances)]
        product = _placed(rng, material, entry, side, staged or _product_box(rng))
        if plain and rng.random() < 0.18:
            product = _alike(rng, product, ground)
    distractors = (0.33 if not plain else 0.04) > rng.random()
    if product is not None and staged is None and rng.random() < 0.1:
        second_is_product = True
        layers.append(_placed(rng, material, _any(rng, material), side, _beside(rng)))
    elif distractors:
        for _ in range(int(rng.integers(1, 4))):
            where = _at_the_border(rng) if rng.random() < 0.6 else _behind(rng)
            layers.append(_placed(rng, material, _any(rng, material), side, where))
    others = len(layers)
    if product is not None:
        layers.append(product)
    shadowed = rng.random() < 0.8
    light = _Light(rng)
    picture = ground
    for layer in layers:
        if shadowed:
            picture = light.shadow(picture, layer.truth)
        picture = light.reflection(picture, layer)
        picture = light.blend(picture, layer)
    if product is not None:
        first = product.truth
        inside = first > 0.5
        if inside.mean() < 0.004:
            return None
        if float(np.abs(picture - ground)[inside].mean()) < 5:
            return None
    seen = 1.0 - first
    for number in range(others - 1, -1, -1):
        visible = layers[number].truth * seen
        if (
            second.max() == 0
            and visible.sum() > 0.01 * side * side
            and visible.sum() > 0.4 * layers[number].truth.sum()
        ):
            second = visible
        seen = seen * (1 - layers[number].truth)
    if second_is_product and second.max() == 0:
        return None
    return Sample(
        camera(rng, picture), _bytes(255 * first), _bytes(255 * second), second_is_product, int(rng.integers(35, 96))
    )


# Where things stand: centre x and y, and the longer side, as shares of the frame.


def _product_box(rng: Generator) -> tuple[float, float, float]:
    size = rng.uniform(0.4, 0.97) if rng.random() < 0.9 else rng.uniform(0.15, 0.45)
    slack = max(0.0, 1 - size) / 2
    x = 0.5 + rng.normal(0, 0.35) * slack
    y = 0.5 + (0.25 + rng.normal(0, 0.4)) * slack
    if rng.random() < 0.15:  # cut by the frame
        side = rng.integers(4)
        size = rng.uniform(0.6, 1.25)
        x, y = [(0.5 - 0.5 * size, 0.5), (0.5 + 0.5 * size, 0.5), (0.5, 0.5 - 0.4 * size), (0.5, 0.5 + 0.45 * size)][
            side
        ]
        x, y = 0.5 + 0.6 * (x - 0.5) + rng.normal(0, 0.08), 0.5 + 0.6 * (y - 0.5) + rng.normal(0, 0.08)
    return float(x), float(y), float(size)


def _beside(rng: Generator) -> tuple[float, float, float]:
    return float(0.5 + rng.choice((-1, 1)) * rng.uniform(0.15, 0.33)), rng.uniform(0.35, 0.65), rng.uniform(0.3, 0.6)


def _at_the_border(rng: Generator) -> tuple[float, float, float]:
    along, size = rng.uniform(0, 1), rng.uniform(0.2, 0.6)
    across = rng.choice((-1, 1)) * rng.uniform(0.38, 0.52)
    if rng.random() < 0.6:
        return float(0.5 + across), along, size
    return along, float(0.5 + across), size


def _behind(rng: Generator) -> tuple[float, float, float]:
    """Not in the middle, and smaller than the product mostly is."""
    across = rng.choice((-1, 1)) * rng.uniform(0.2, 0.42)
    return float(0.5 + across), rng.uniform(0.3, 0.65), rng.uniform(0.15, 0.45)


def _staged(rng: Generator, material: Material, ground: Plane) -> tuple[Plane, staging.Place | None, _Layer | None]:
    """The ground with something on it that the product lies in or on, where it lies, and a large thing behind it."""
    side, kind = ground.shape[0], rng.random()
    if kind >= STAGED:
        return ground, None, None
    if kind < 0.4 * STAGED:
        far, near = staging.before_a_thing(rng)
        return ground, near, _placed(rng, material, _any(rng, material), side, far)
    texture = _crop(rng, material.grounds[rng.integers(len(material.grounds))], side).astype(np.float32)
    stage = staging.in_a_box if kind < 0.75 * STAGED else staging.on_a_board
    ground, place = stage(rng, ground, texture)
    return ground, place, None


def _any(rng: Generator, material: Material) -> Foreground:
    return material.foregrounds[rng.integers(len(material.foregrounds))]


def _placed(
    rng: Generator, material: Material, entry: Foreground, side: int, box: tuple[float, float, float]
) -> _Layer:
    premultiplied, solid = entry.premultiplied, entry.solid
    height, width = premultiplied.shape[:2]
    kind = rng.random()
    angle = 0.0 if kind < 0.35 else rng.normal(0, 6) if kind < 0.82 else rng.uniform(-180, 180)
    stretch = np.exp(rng.normal(0, 0.13))
    scale = box[2] * side / max(width * stretch, height / stretch)
    turn = np.deg2rad(angle)
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    across, down = scale * stretch, scale / stretch
    matrix = np.array(
        [
            [mirror * across * np.cos(turn), -down * np.sin(turn), 0],
            [mirror * across * np.sin(turn), down * np.cos(turn), 0],
        ]
    )
    matrix[:, 2] = np.array(box[:2]) * side - matrix[:, :2] @ (np.array([width, height]) / 2)
    if scale < 0.6:  # no aliasing
        smaller = (max(4, int(width * scale * 1.3)), max(4, int(height * scale * 1.3)))
        shrink = np.array([width / smaller[0], height / smaller[1]])
        premultiplied = cv2.resize(premultiplied, smaller, interpolation=cv2.INTER_AREA)
        solid = cv2.resize(solid, smaller, interpolation=cv2.INTER_AREA)
        matrix[:, :2] *= shrink
    warped = cv2.warpAffine(premultiplied, matrix, (side, side), flags=cv2.INTER_LINEAR).astype(np.float32)
    truth = cv2.warpAffine(solid, matrix, (side, side), flags=cv2.INTER_LINEAR).astype(np.float32) / 255
    alpha = warped[..., 3] / 255
    rgb = warped[..., :3] / np.maximum(alpha, 1 / 255)[..., None]
    return _Layer(_repainted(rng, material, np.clip(rgb, 0, 255), side), np.asarray(alpha), np.asarray(truth))


def _repainted(rng: Generator, material: Material, rgb: Plane, side: int) -> Plane:
    """Other colours, and now and then a photograph's texture: nothing may be found by looking like a render."""
    choice = rng.random()
    if choice < 0.15:
        texture = _crop(rng, material.grounds[rng.integers(len(material.grounds))], side).astype(np.float32)
        grey = _grey(rgb)
        rgb = texture * (0.35 + grey / 160) if rng.random() < 0.6 else 0.5 * texture + 0.5 * rgb
    elif choice < 0.4:
        texture = _crop(rng, material.grounds[rng.integers(len(material.grounds))], side).astype(np.float32)
        rgb = rgb * (1 + rng.uniform(0.1, 0.5) * (texture / max(1.0, float(texture.mean())) - 1))
    if rng.random() < 0.5:
        rgb = rgb * _gains(rng, 0.15, 0.2)
    if rng.random() < 0.15:  # grey
        grey = _grey(rgb)
        rgb = grey + rng.uniform(0, 0.3) * (rgb - grey)
    if rng.random() < 0.3:
        ramp = np.linspace(rng.uniform(0.6, 1), rng.uniform(0.9, 1.3), side, dtype=np.float32)
        rgb = rgb * (ramp[None, :, None] if rng.random() < 0.6 else ramp[:, None, None])
    return np.asarray(np.clip(rgb, 0, 255), np.float32)


def _alike(rng: Generator, layer: _Layer, ground: Plane) -> _Layer:
    """White on white, black on black: most of the product takes the ground's tone."""
    inside = layer.truth > 0.5
    if not inside.any():
        return layer
    off = layer.rgb - layer.rgb[inside].mean(axis=0)
    tone = ground[inside].mean(axis=0) + np.float32(rng.choice((-1, -1, 1)) * rng.uniform(6, 28))
    return _Layer(np.clip(tone + rng.uniform(0.15, 0.6) * off, 0, 255).astype(np.float32), layer.alpha, layer.truth)


def _grey(rgb: Plane) -> Plane:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[..., None], np.float32)


def _gains(rng: Generator, cast: float, exposure: float, brighter: float = 0.0) -> NDArray[np.float32]:
    return np.asarray(np.exp(rng.normal(0, cast, 3) + rng.normal(brighter, exposure)), np.float32)


# Grounds.


def plain_ground(rng: Generator, side: int) -> Plane:
    """One colour with what light does to it: a fall-off, a vignette, or a sweep with a soft horizon."""
    kind = rng.random()
    if kind < 0.5:
        colour = rng.uniform(225, 256) + rng.normal(0, 2.5, 3)
    elif kind < 0.75:
        colour = rng.uniform(10, 225) + rng.normal(0, 4, 3)
    else:
        colour = rng.uniform(20, 250, 3)
    picture = np.empty((side, side, 3), np.float32)
    picture[:] = np.clip(colour, 0, 255)
    x = np.arange(side, dtype=np.float32)[None] / side
    y = x.T
    kind = rng.random()
    if kind < 0.35:  # sweep
        horizon, soft = rng.uniform(0.25, 0.75), rng.uniform(0.01, 0.25)
        share = 1 / (1 + np.exp(-(y - horizon) / soft))
        other = colour * rng.uniform(0.72, 1.1) + rng.normal(0, 3, 3)
        picture += share[:, :, None] * (np.clip(other, 0, 255) - np.clip(colour, 0, 255)).astype(np.float32)
    if rng.random() < 0.5:
        slope = rng.normal(0, 0.14, 2)
        picture *= (1 + slope[0] * (x - 0.5) + slope[1] * (y - 0.5))[..., None]
    if rng.random() < 0.35:
        centre = rng.uniform(0.2, 0.8, 2)
        far = (x - centre[0]) ** 2 + (y - centre[1]) ** 2
        picture *= (1 - rng.uniform(0.05, 0.6) * far)[..., None]
    if rng.random() < 0.12:  # paper, cloth, plaster
        grain = rng.normal(0, 1, (side, side)).astype(np.float32)
        grain = cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.6, 3))
        picture += (grain * rng.uniform(2, 7) / max(1e-3, float(grain.std())))[..., None]
    return np.asarray(np.clip(picture, 0, 255), np.float32)


def _photo_ground(rng: Generator, material: Material, side: int) -> Plane:
    picture = _crop(rng, material.grounds[rng.integers(len(material.grounds))], side).astype(np.float32)
    if rng.random() < 0.1:  # a wall above a table of another picture
        other = _crop(rng, material.grounds[rng.integers(len(material.grounds))], side).astype(np.float32)
        line = int(rng.uniform(0.3, 0.75) * side)
        picture[line:] = other[line:]
    if rng.random() < 0.33:
        picture = _blurred(picture, float(np.exp(rng.uniform(0, 2.3))))
    if rng.random() < 0.5:
        picture = picture * _gains(rng, 0.12, 0.2)
    if rng.random() < 0.25:
        mean = picture.mean()
        picture = mean + rng.uniform(0.4, 1.4) * (picture - mean)
    return np.asarray(np.clip(picture, 0, 255), np.float32)


def _crop(rng: Generator, picture: Picture, side: int) -> Picture:
    height, width = picture.shape[:2]
    share = rng.uniform(0.45, 1)
    size = int(share * min(height, width))
    tall, wide = (
        min(height, int(size * np.exp(rng.normal(0, 0.15)))),
        min(width, int(size * np.exp(rng.normal(0, 0.15)))),
    )
    top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
    part = picture[top : top + tall, left : left + wide]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    return np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)


# Light.


class _Light:
    """One light for all things of a picture."""

    def __init__(self, rng: Generator) -> None:
        self.kind = rng.random()
        self.strength = float(rng.uniform(0.15, 0.75))
        self.soft = float(rng.uniform(0.01, 0.06))
        self.shear = float(rng.normal(0, 0.7))
        self.squash = float(rng.uniform(0.15, 0.6))
        self.shift = rng.normal(0, 0.03, 2)
        self.mirror = float(rng.uniform(0.06, 0.35)) if rng.random() < 0.15 else 0.0
        self.wrap = float(rng.uniform(0.05, 0.3)) if rng.random() < 0.35 else 0.0
        self.spill = float(rng.uniform(0.05, 0.25)) if rng.random() < 0.3 else 0.0
        self.tint = np.clip(1 + rng.normal(0, 0.05, 3), 0.8, 1).astype(np.float32)

    def shadow(self, ground: Plane, truth: Plane) -> Plane:
        """Cast on the table (the silhouette sheared, squashed about its foot) or on the wall, and where it touches."""
        side = truth.shape[0]
        base = _foot(truth)
        if base is None:
            return ground
        small = cv2.resize(truth, (side // 2, side // 2), interpolation=cv2.INTER_AREA)
        half, foot = side // 2, base / 2
        if self.kind < 0.65:
            matrix = np.array([[1, self.shear, -self.shear * foot], [0, self.squash, foot * (1 - self.squash)]])
        else:
            matrix = np.array([[1, 0, self.shift[0] * side], [0, 1, abs(self.shift[1]) * side]])
        cast = cv2.warpAffine(small, matrix, (half, half))
        cast = _blurred(cast, max(0.6, self.soft * half)) * self.strength
        squat = np.array([[1, 0, 0], [0, 0.12, foot * 0.88 + 0.008 * half]])
        touch = cv2.GaussianBlur(cv2.warpAffine(small, squat, (half, half)), (0, 0), max(0.6, 0.012 * half))
        dark = np.maximum(cast, touch * min(0.8, 1.3 * self.strength))
        dark = cv2.resize(dark, (side, side), interpolation=cv2.INTER_LINEAR)[..., None]
        return np.asarray(ground * (1 - dark * self.tint), np.float32)

    def reflection(self, ground: Plane, layer: _Layer) -> Plane:
        base = _foot(layer.truth) if self.mirror else None
        if base is None:
            return ground
        side = layer.truth.shape[0]
        matrix = np.array([[1.0, 0, 0], [0, -1, 2 * base]])
        alpha = cv2.warpAffine(layer.alpha, matrix, (side, side))
        rgb = cv2.warpAffine(layer.rgb, matrix, (side, side))
        fade = np.clip(1 - (np.arange(side, dtype=np.float32) - base) / (0.4 * side), 0, 1)
        share = (cv2.GaussianBlur(alpha, (0, 0), 1.5) * fade[:, None] * self.mirror)[..., None]
        return np.asarray(ground + share * (cv2.GaussianBlur(rgb, (0, 0), 1.5) - ground), np.float32)

    def blend(self, ground: Plane, layer: _Layer) -> Plane:
        rgb, alpha = layer.rgb, layer.alpha[..., None]
        if self.wrap:
            side = alpha.shape[0]
            halo = _blurred(1 - layer.alpha, 0.02 * side)[..., None] * self.wrap
            rgb = rgb + halo * (cv2.blur(ground, (side // 8, side // 8)) - rgb)
        if self.spill:
            rgb = rgb + np.float32(0.5 * self.spill) * (np.array(cv2.mean(ground)[:3], np.float32) - 128)
        return np.asarray(ground + alpha * (np.clip(rgb, 0, 255) - ground), np.float32)


def _blurred(picture: Plane, sigma: float) -> Plane:
    """A Gaussian; a wide one on a smaller copy."""
    factor = max(1, int(sigma / 1.5))
    side = picture.shape[0]
    small = cv2.resize(picture, (side // factor, side // factor), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / factor)
    return np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def _foot(truth: Plane) -> float | None:
    rows = np.nonzero((truth > 0.5).any(axis=1))[0]
    return float(rows[-1]) if rows.size else None


def camera(rng: Generator, picture: Plane) -> Picture:
    """What the camera and the file make of it: exposure, cast, focus, a smaller or larger original, noise."""
    side = picture.shape[0]
    if rng.random() < 0.6:
        picture = picture * _gains(rng, 0.05, 0.14, 0.06)
    if rng.random() < 0.4:
        table = 255 * (np.arange(256, dtype=np.float32) / 255) ** np.float32(np.exp(rng.normal(0, 0.2)))
        picture = cv2.LUT(_bytes(picture), table)
    kind = rng.random()
    if kind < 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.3))
    elif kind < 0.45:
        less = int(side * rng.uniform(0.4, 0.9))
        small = cv2.resize(picture, (less, less), interpolation=cv2.INTER_AREA)
        picture = cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR)
    elif kind < 0.6:  # sharpened by a phone
        picture = picture + rng.uniform(0.2, 0.9) * (picture - cv2.GaussianBlur(picture, (0, 0), 1.2))
    if rng.random() < 0.6:
        sigma = np.exp(rng.uniform(-0.5, 2.1))
        colourful = rng.random() < 0.5
        grain = rng.standard_normal((side, side, 3 if colourful else 1), dtype=np.float32)
        picture = picture + grain * np.float32(sigma)
    return _bytes(picture)


def _bytes(values: NDArray[np.floating]) -> Picture:
    return np.asarray(np.clip(values + 0.5, 0, 255), np.uint8)
