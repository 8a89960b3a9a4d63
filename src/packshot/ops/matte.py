"""From a rough alpha to a fine one, and to the product's own colours: matting in the unknown band only.

Compositing says c = a*f + (1 - a)*b for colour c, alpha a, product colour f and background colour b. In the band around
the rough edge, f and b are sampled along the edge's normal, inwards and outwards (after Wang and Cohen, "Optimized
color sampling for robust matting", CVPR 2007); the pair that explains the pixel best gives its alpha, and f without
the background's bleed. Everything outside the band is left as it was.
"""

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from packshot.errors import InputError
from packshot.image import Alpha, Image, Plane, Rgb
from packshot.recipe import Context, Edit, Step

_DEPTHS = (1.2, 2.0, 3.2)  # how far in and out to sample, in band radii
_NEARER_IS_BETTER = 20.0  # squared sRGB codes that a radius of distance must save
_ODD = 20.0  # sRGB codes off any mixture at which a colour is half taken for the product's own
_DISTINCT = 20.0  # sRGB codes between product and background at which colour alone decides half


@dataclass(frozen=True, eq=False)
class _Band:
    """The pixels whose alpha is in question. All arrays have one entry per pixel."""

    y: NDArray[np.intp]
    x: NDArray[np.intp]
    distance: NDArray[np.float32]  # to the rough edge, pixels, negative inside
    normal_y: NDArray[np.float32]  # unit vector out of the product
    normal_x: NDArray[np.float32]


def refine(rgb: Rgb, alpha: Alpha, coarseness: float) -> tuple[Alpha, Rgb]:
    """Fine alpha, and colours that are the product's own wherever alpha is over 0.

    `coarseness` is how many pixels of `rgb` one step of the rough alpha's making was: 4 for a mask found on a picture a
    quarter as large. Coarse edges are followed from small to large, a factor of three at a time.
    """
    height, width = alpha.shape
    while coarseness > 5:
        factor = max(3 / coarseness, 1 / 3)
        size = max(1, round(width * factor)), max(1, round(height * factor))
        small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        fine, _ = refine(small, np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)), coarseness * factor)
        alpha = np.asarray(cv2.resize(fine, (width, height), interpolation=cv2.INTER_LINEAR))
        coarseness = 1 / factor
    radius = max(2.0, 1.6 * coarseness)
    band, edge_distance = _band(alpha, radius)
    solid = np.where(alpha > 127, 255, 0).astype(np.uint8)
    if band is None:
        return solid, rgb
    found, colours = _solve(rgb, band, edge_distance, radius)
    solid[band.y, band.x] = found
    fine = np.asarray(cv2.medianBlur(solid, 3), np.uint8)
    pure = rgb.copy()
    pure[band.y, band.x] = colours
    return fine, spread_colours(pure, fine)


def spread_colours(rgb: Rgb, alpha: Alpha) -> Rgb:
    """Carry the product's colours outwards over what is transparent, so that resampling draws in no background."""
    height, width = alpha.shape
    size = max(1, width // 8), max(1, height // 8)
    solid = (alpha > 127).astype(np.uint8)
    mass = cv2.resize(solid * np.uint8(255), size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    inside = cv2.bitwise_and(rgb, rgb, mask=solid)
    total = cv2.resize(inside, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    for sigma in (1.5, 6.0):
        near, around = cv2.GaussianBlur(total, (0, 0), sigma), cv2.GaussianBlur(mass, (0, 0), sigma)
        gap = np.clip(1 - mass / 0.05, 0, 1)
        total += gap[..., None] * near
        mass += gap * around
    average = np.clip(total / np.maximum(mass, 1e-4)[..., None], 0, 255).astype(np.uint8)
    outside = cv2.resize(average, (width, height), interpolation=cv2.INTER_LINEAR)
    cv2.copyTo(rgb, (alpha > 0).astype(np.uint8), outside)
    return np.asarray(outside, np.uint8)


def _band(alpha: Alpha, radius: float) -> tuple[_Band | None, Plane]:
    """The pixels within `radius` of the rough edge, and everybody's signed distance to it (negative inside)."""
    height, width = alpha.shape
    step = max(1, int(radius / 2))  # distances this smooth need not be measured at every pixel
    size = max(1, width // step), max(1, height // step)
    small = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA))
    inside = (small > 127).astype(np.uint8)
    if inside.all() or not inside.any():
        return None, np.zeros((height, width), np.float32)
    outwards = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3) - cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    outwards -= np.sign(outwards).astype(np.float32) * 0.5  # the edge runs between the pixels
    smooth = cv2.GaussianBlur(outwards, (0, 0), max(1.0, 0.6 * radius / step), borderType=cv2.BORDER_REPLICATE)
    slope_x, slope_y = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    distance = np.asarray(outwards * step, np.float32)
    if step > 1:
        distance = np.asarray(cv2.resize(distance, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    y, x = np.nonzero(cv2.inRange(distance, -radius, radius))
    if y.size == 0:
        return None, distance
    near_y, near_x = np.minimum(y // step, size[1] - 1), np.minimum(x // step, size[0] - 1)
    along_x, along_y = slope_x[near_y, near_x], slope_y[near_y, near_x]
    norm = np.sqrt(along_x**2 + along_y**2) + 1e-6
    return _Band(y, x, distance[y, x], along_y / norm, along_x / norm), distance


def _solve(rgb: Rgb, band: _Band, distance: Plane, radius: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Alpha and product colour of every pixel of the band."""
    smooth = np.asarray(cv2.blur(rgb, (3, 3)), np.uint8)
    colour = rgb[band.y, band.x].astype(np.float32)
    inner = [_sampled(smooth, band, distance, -depth * radius - 1) for depth in _DEPTHS]
    outer = [_sampled(smooth, band, distance, depth * radius + 1) for depth in _DEPTHS]
    cost = np.full(band.y.size, np.float32(1e9))
    alpha = np.full(band.y.size, np.float32(0.5))
    contrast = np.zeros(band.y.size, np.float32)
    misfit = np.zeros(band.y.size, np.float32)
    product, ground = colour.copy(), colour.copy()
    for depth_in, (front, front_at) in zip(_DEPTHS, inner, strict=True):
        for depth_out, (back, back_at) in zip(_DEPTHS, outer, strict=True):
            across = front - back
            power = np.einsum("nc,nc->n", across, across)
            share = np.clip(np.einsum("nc,nc->n", colour - back, across) / (power + 1e-3), 0, 1)
            off = colour - back - share[:, None] * across
            price = np.einsum("nc,nc->n", off, off)
            price += np.float32(_NEARER_IS_BETTER * (depth_in + depth_out - 2 * _DEPTHS[0]))
            price[(front_at > -0.6 * radius) | (back_at < 0.6 * radius)] += 1e5  # the sample missed its side
            better = price < cost
            misfit[better] = np.einsum("nc,nc->n", off, off)[better]
            cost[better], alpha[better], contrast[better] = price[better], share[better], power[better]
            product[better], ground[better] = front[better], back[better]
    # Where product and background look alike, colour says little and the rough edge is the better guess.
    trust = np.where(cost > 9e4, 0, contrast / (contrast + _DISTINCT**2))
    ramp = np.clip(0.5 - band.distance / (2 * radius), 0, 1)
    alpha = trust * alpha + (1 - trust) * ramp
    # A colour that no mixture explains, before a calm background, is one the product shows only at its rim.
    unseen = misfit / (misfit + (_ODD + 2 * _unrest(outer)) ** 2)
    alpha += (1 - alpha) * unseen
    # f = c + what the background took away; Forte and Pitié, "Approximate fast foreground colour estimation", 2021.
    gain = alpha / (alpha**2 + (1 - alpha) ** 2 + 0.1)
    blend = alpha[:, None] * product + (1 - alpha)[:, None] * ground
    product += gain[:, None] * (colour - blend)
    return (alpha * 255 + 0.5).astype(np.uint8), np.clip(product + 0.5, 0, 255).astype(np.uint8)


def _unrest(samples: list[tuple[NDArray[np.float32], NDArray[np.float32]]]) -> NDArray[np.float32]:
    """How much the sampled colours differ among themselves, sRGB codes."""
    colours = np.stack([colour for colour, _ in samples])
    return np.asarray(np.sqrt(colours.var(axis=0).sum(axis=-1)), np.float32)


def _sampled(
    smooth: Rgb, band: _Band, distance: Plane, depth: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colours at `depth` pixels from the edge along the normal, and how deep they really are."""
    height, width = distance.shape
    reach = depth - band.distance
    y = np.clip(np.rint(band.y + band.normal_y * reach).astype(np.intp), 0, height - 1)
    x = np.clip(np.rint(band.x + band.normal_x * reach).astype(np.intp), 0, width - 1)
    return smooth[y, x].astype(np.float32), distance[y, x]


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
