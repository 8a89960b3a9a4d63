"""From a rough alpha to a fine one, and to the product's own colours: matting in the unknown band only.

Compositing says c = a*f + (1 - a)*b for colour c, alpha a, product colour f and background colour b. In the band around
the rough edge, f and b are sampled along the edge's normal, inwards and outwards (after Wang and Cohen, "Optimized
color sampling for robust matting", CVPR 2007); the pair that explains the pixel best gives its alpha. The edge is
followed from small to large, the picture doubling from one level to the next, so that the last band is only a few
pixels wide. Then f is averaged from the pixels around, without the background's bleed (Forte and Pitié, "Approximate
fast foreground colour estimation", ICIP 2021). Everything outside the band is left as it was.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, ClassVar, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from packshot.errors import InputError
from packshot.image import Alpha, Image, Rgb
from packshot.recipe import Context, Edit, Step

_Pixels = TypeVar("_Pixels", bound=NDArray[Any])
_Floats = NDArray[np.float32]

_RADIUS = 1.8  # half the band's width where the edge is known to a pixel
_SURE = 2.0  # pixels by which an edge may be off that a single level finds
_TAIL = 0.08  # alpha left at the limits of the band by which it is too narrow
_PROBED = 2000  # pixels of the band, evenly spread, say whether it is too narrow
_DEPTHS = (1.2, 2.4)  # how far in and out to sample, in band radii
_NEARER_IS_BETTER = 20.0  # squared sRGB codes that a radius of distance must save
_ODD = 20.0  # sRGB codes off any mixture at which a colour is half taken for the product's own
_DISTINCT = 20.0  # sRGB codes between product and background at which colour alone decides half
_SOFT = 0.6  # blur that makes a distance of a hard edge, in band radii
CORE = 250  # alpha above is the product's own: 255 then, and its colours are the photograph's to the last digit
_FAINTEST = 10  # of 255 in the blurred edge: 1.75 blurs away from it
_WELL_INSIDE = 205  # of 255 in the blurred edge: a sample from here is the product's
_REACH = 2  # of the averaging of colour, in pixels of a quarter

# How many blurs away from a hard edge a pixel of its blurred picture lies, by the pixel's code; negative inside.
_DISTANCE = np.array([-NormalDist().inv_cdf((code + 0.5) / 256) for code in range(256)], np.float32)


@dataclass(frozen=True, eq=False)
class _Band:
    """The pixels whose alpha is in question. All arrays have one entry per pixel."""

    y: _Floats
    x: _Floats
    place: NDArray[np.int32]  # in the picture's pixels, row by row
    distance: _Floats  # to the rough edge, pixels, negative inside
    normal_y: _Floats  # unit vector out of the product
    normal_x: _Floats

    def thinned(self, every: int) -> "_Band":
        """Every so-manieth pixel of it."""
        some = slice(None, None, every)
        return _Band(
            self.y[some],
            self.x[some],
            self.place[some],
            self.distance[some],
            self.normal_y[some],
            self.normal_x[some],
        )


def halvings(coarseness: float) -> int:
    """How often `refine` halves the picture before the rough alpha's edge is off by no more than it can follow."""
    return max(0, int(np.ceil(np.log2(coarseness / _SURE))))


def refine(rgb: Rgb, alpha: Alpha, coarseness: float) -> tuple[Alpha, Rgb]:
    """Fine alpha, and colours that are the product's own wherever alpha is over 0.

    `coarseness` is how many pixels of `rgb` one step of the rough alpha's making was: 4 for a mask found on a picture a
    quarter as large. `alpha` has the size of `rgb`, or is halved already, `halvings(coarseness)` times.
    """
    pictures, rough = [rgb], alpha
    for _ in range(halvings(coarseness)):
        pictures.append(_halved(pictures[-1]))
        if alpha.shape == rgb.shape[:2]:
            rough = _halved(rough)
    radius = max(_RADIUS, 1.6 * coarseness / 2 ** (len(pictures) - 1))
    below = _halved(pictures[-1])  # samples are taken from the next smaller picture, where noise is averaged
    for picture in reversed(pictures):
        if rough.shape != picture.shape[:2]:
            rough = _doubled(rough, picture.shape[:2])
        fine, places, wider = _level(picture, below, rough, radius)
        rough, smaller, below, radius = fine, below, picture, _RADIUS
    return rough, _purified(rgb, smaller, rough, places, wider)


def _level(rgb: Rgb, below: Rgb, rough: Alpha, radius: float) -> tuple[Alpha, NDArray[np.int32], int]:
    """The alpha at one size, where its band is, and how many times wider than `radius` it had to be."""
    fine = np.asarray(cv2.threshold(rough, 127, 255, cv2.THRESH_BINARY)[1], np.uint8)
    edge, band = _edge(fine, radius)
    wider = 1
    while wider < 4 and _is_too_narrow(rgb, below, band, edge, rough, wider * radius):
        wider *= 2
        edge, band = _edge(fine, wider * radius)
    if band.place.size:
        found = _solve(rgb, below, band, edge, rough, wider * radius)
        found[found > CORE] = 255
        fine.reshape(-1)[band.place] = found
        fine = np.asarray(cv2.medianBlur(fine, 3), np.uint8)
    return fine, band.place, wider


def _edge(hard: Alpha, radius: float) -> tuple[Alpha, _Band]:
    """The edge blurred to the width of a band, and the band."""
    sigma = _SOFT * radius
    across = 2 * int(np.ceil(2 * sigma)) + 1
    edge = np.asarray(cv2.GaussianBlur(hard, (across, across), sigma, borderType=cv2.BORDER_REPLICATE), np.uint8)
    return edge, _band(edge, sigma)


def _is_too_narrow(rgb: Rgb, below: Rgb, band: _Band, edge: Alpha, rough: Alpha, radius: float) -> bool:
    """Whether alpha is still far from empty or solid at the band's limits: a blurred edge, wider than the band."""
    limits = band.thinned(max(8, band.place.size // _PROBED))
    found = _solve(rgb, below, limits, edge, rough, radius)
    far = np.abs(limits.distance) > 0.75 * radius
    if not far.any():
        return False
    rest = np.where(limits.distance > 0, found, 255 - found)[far]
    return float(np.median(rest)) > 255 * _TAIL


def _band(edge: Alpha, sigma: float) -> _Band:
    """The pixels near the edge of which `edge` is a picture blurred by `sigma`."""
    height, width = edge.shape
    near = cv2.inRange(edge, np.array(_FAINTEST), np.array(255 - _FAINTEST))
    place = np.flatnonzero(near.view(np.bool_)).astype(np.int32)
    y = place // np.int32(width)
    x, codes = place - y * np.int32(width), edge.reshape(-1)
    along_x = codes[place - (x > 0)].astype(np.float32) - codes[place + (x < width - 1)]
    along_y = codes[place - width * (y > 0)].astype(np.float32) - codes[place + width * (y < height - 1)]
    norm = 1 / (np.sqrt(along_x * along_x + along_y * along_y) + np.float32(1e-3))
    distance = _DISTANCE[codes[place]] * np.float32(sigma)
    return _Band(y.astype(np.float32), x.astype(np.float32), place, distance, along_y * norm, along_x * norm)


def _solve(rgb: Rgb, below: Rgb, band: _Band, edge: Alpha, rough: Alpha, radius: float) -> NDArray[np.uint8]:
    """Alpha of every pixel of the band; `rough` is what it was."""
    colour = rgb.reshape(-1, 3).take(band.place, axis=0).astype(np.float32)
    inner = [_sampled(below, band, edge, -depth * radius - 1) for depth in _DEPTHS]
    outer = [_sampled(below, band, edge, depth * radius + 1) for depth in _DEPTHS]
    cost = np.full(colour.shape[0], 1e9, np.float32)
    alpha, contrast, misfit = (np.zeros(colour.shape[0], np.float32) for _ in range(3))
    for depth_out, (back, back_at) in zip(_DEPTHS, outer, strict=True):
        lift = colour - back
        lift_squared = _dot(lift, lift)
        for depth_in, (front, front_at) in zip(_DEPTHS, inner, strict=True):
            across = front - back
            power, shared = _dot(across, across), _dot(lift, across)
            share = np.clip(shared / (power + np.float32(1e-3)), 0, 1)
            off = np.maximum(lift_squared - share * (2 * shared - share * power), 0)
            price = off + np.float32(_NEARER_IS_BETTER * (depth_in + depth_out - 2 * _DEPTHS[0]))
            missed = (front_at < _WELL_INSIDE) | (back_at > 255 - _WELL_INSIDE)
            price += missed * np.float32(1e5)
            better = price < cost
            for kept, new in ((cost, price), (alpha, share), (contrast, power), (misfit, off)):
                np.copyto(kept, new, where=better)
    # Where product and background look alike, colour says little and the rough alpha is the better guess.
    trust = (cost < np.float32(9e4)) * (contrast / (contrast + np.float32(_DISTINCT**2)))
    alpha = trust * alpha + (1 - trust) * (rough.reshape(-1).take(band.place) * np.float32(1 / 255))
    # A colour that no mixture explains, before a calm background, is one the product shows only at its rim.
    apart = outer[0][0] - outer[1][0]
    unrest = np.sqrt(_dot(apart, apart)) + np.float32(_texture(misfit[band.distance > 0.4 * radius]))
    alpha += (1 - alpha) * (misfit / (misfit + (np.float32(_ODD) + unrest) ** 2))
    return (alpha * 255 + np.float32(0.5)).astype(np.uint8)


def _texture(misfit: _Floats) -> float:
    """How far the ground's own pattern is off the mixtures, sRGB codes; 0 where it is calm."""
    sample = misfit[:: 1 + misfit.size // 4096]
    return 4 * max(0.0, float(np.sqrt(np.percentile(sample, 85))) - 4) if sample.size else 0.0


_SUM = np.ones((1, 3), np.float32)


def _dot(first: _Floats, second: _Floats) -> _Floats:
    """Of colours, one per row."""
    if not first.size:
        return np.zeros(0, np.float32)
    return np.asarray(cv2.transform((first * second)[None], _SUM), np.float32).reshape(-1)


def _sampled(below: Rgb, band: _Band, edge: Alpha, depth: float) -> tuple[_Floats, NDArray[np.uint8]]:
    """Colours at `depth` pixels from the edge along the normal, and how deep they really are."""
    height, width = edge.shape
    reach = np.float32(depth) - band.distance
    y = np.clip(band.y + band.normal_y * reach + np.float32(0.5), 0, height - 1).astype(np.int32)
    x = np.clip(band.x + band.normal_x * reach + np.float32(0.5), 0, width - 1).astype(np.int32)
    colours = below.reshape(-1, 3).take(_place_below(y, x, below), axis=0)
    return colours.astype(np.float32), edge.reshape(-1).take(y * np.int32(width) + x)


def _place_below(y: NDArray[np.int32], x: NDArray[np.int32], below: Rgb) -> NDArray[np.int32]:
    """Where a pixel lies in a picture half as large."""
    rows, columns = below.shape[:2]
    return np.asarray(np.minimum(y >> 1, rows - 1) * np.int32(columns) + np.minimum(x >> 1, columns - 1), np.int32)


def _purified(rgb: Rgb, half: Rgb, alpha: Alpha, places: NDArray[np.int32], wider: int) -> Rgb:
    """The photograph where alpha is 255; in the rest of the band the product's colours without the background's, and
    these carried outwards over what is transparent, so that resampling draws in no background."""
    if places.size == 0:
        return rgb
    product, ground, outside = _colours(_halved(half), _halved(_halved(alpha)), wider)
    mixed = alpha.reshape(-1).take(places)
    shown = (mixed > 0) & (mixed < 255)
    places, mixed = places[shown], mixed[shown]
    pure = np.asarray(cv2.resize(outside, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
    cv2.copyTo(rgb, alpha, pure)
    if places.size == 0:
        return pure
    y, x = np.divmod(places, np.int32(alpha.shape[1]))
    below = _place_below(y, x, half)
    front = _doubled(product, half.shape[:2]).reshape(-1, 3).take(below, axis=0).astype(np.float32)
    back = _doubled(ground, half.shape[:2]).reshape(-1, 3).take(below, axis=0).astype(np.float32)
    colour = rgb.reshape(-1, 3).take(places, axis=0).astype(np.float32)
    share = mixed[:, None] * np.float32(1 / 255)
    # f = c + what the background took away
    gain = share / (share**2 + (1 - share) ** 2 + np.float32(0.1))
    front += gain * (colour - share * front - (1 - share) * back)
    pure.reshape(-1, 3)[places] = _codes(front)
    return pure


def _colours(rgb: Rgb, alpha: Alpha, wider: int) -> tuple[Rgb, Rgb, Rgb]:
    """The product's colours and the background's, each carried a little beyond the edge, at a quarter of the size; and
    the product's carried everywhere, at an eighth."""
    size = (2 * wider * _REACH + 1, 2 * wider * _REACH + 1)
    colour = rgb.astype(np.float32)
    share = alpha.astype(np.float32) * np.float32(1 / 255)
    shares = cv2.merge((share, share, share))
    mass = cv2.blur(share, size)
    masses = cv2.merge((mass, mass, mass))
    of_product, of_all = cv2.blur(colour * shares, size), cv2.blur(colour, size)
    front = of_product / (masses + np.float32(1e-5))
    back = (of_all - of_product) / (1 - masses + np.float32(1e-5))
    front += shares * (colour - back - shares * (front - back))
    np.clip(front, 0, 255, out=front)
    total, mass = _halved(front * shares), _halved(share)
    for sigma in (1.5, 6.0):
        near, around = cv2.GaussianBlur(total, (0, 0), sigma), cv2.GaussianBlur(mass, (0, 0), sigma)
        gap = np.clip(1 - mass / np.float32(0.05), 0, 1)
        total, mass = total + gap[..., None] * near, mass + gap * around
    everywhere = np.asarray(total / np.maximum(mass, np.float32(1e-4))[..., None], np.float32)
    return _codes(front), _codes(back), _codes(everywhere)


def _codes(colours: _Floats) -> Rgb:
    return np.asarray(cv2.convertScaleAbs(np.maximum(colours, 0)), np.uint8)


def _halved(plane: _Pixels) -> _Pixels:
    """Averaged over blocks of two by two; an odd last row or column is left out."""
    height, width = plane.shape[0] // 2 or 1, plane.shape[1] // 2 or 1
    return cv2.resize(plane[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _doubled(plane: _Pixels, shape: tuple[int, ...]) -> _Pixels:
    """The opposite of `_halved`, to the shape it had."""
    height, width = plane.shape[:2]
    large = cv2.resize(plane, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)[: shape[0], : shape[1]]
    down, right = shape[0] - large.shape[0], shape[1] - large.shape[1]
    if not (down or right):
        return np.ascontiguousarray(large)  # type: ignore[return-value]
    return cv2.copyMakeBorder(large, 0, down, 0, right, cv2.BORDER_REPLICATE)  # type: ignore[return-value]


class RefineMatte(Step):
    """Refine the edge of an alpha that is already there, and clear its colours of the old background."""

    op: ClassVar[str] = "matte"
    edit: ClassVar[Edit] = "edge-only"

    coarseness: float = Field(default=2.0, gt=0, le=64, description="pixels by which the present edge may be off")

    def __call__(self, image: Image, context: Context) -> Image:
        if image.alpha is None:
            raise InputError("there is no alpha to refine", hint="put a `cutout` step before `matte`")
        alpha, rgb = refine(image.rgb, image.alpha, self.coarseness)
        return image.with_(rgb=rgb, alpha=alpha)
