"""The product's strongest edges, each as a profile across it: how soft they are, and how far they overshoot."""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.quality.measure import Measure, falling
from packshot.quality.view import View, histogram, percentile

Profiles: TypeAlias = NDArray[np.float32]  # (edge, 2 * REACH + 1), levels, dark side first

REACH = 10  # pixels to either side
_MOST = 3000  # edges
_FEW = 12  # edges, too few to go by
_NATURAL = 0.05  # overshoot that a resize and a mild sharpening leave, and nobody minds
_LENS = 0.025  # overshoot of most pictures that nobody has sharpened
_BOUGHT = 5.0  # steepness gained with each overshoot: an unsharp mask gives 3 to 8, the more the softer the edge was
_EYE = 0.8  # sigma in pixels of the product shown 1,000 px large: what is thinner than that an eye hardly sees
_LINE = 0.8  # of the step: what goes beyond it by more is a line beside the edge
_SPREAD = 0.2  # sigma of a pixel of the photograph, in its own pixels
_ROOM = 0.4  # of the step, beyond its end: less leaves no room for an overshoot
_SETTLED = 0.15  # of the step: what an end may vary by and still count half
_PROOF = 8  # edges that make an overshoot half certain
_LIT, _DARK = 230, 60  # levels: what the lights should reach, and what they are taken to reach at least
_STEEP = 24.0  # of the Sobel kernel, where an edge begins
_TALL = 12.0  # levels from one side to the other
_STEP = 10.0  # levels between two ends at which a halo can be told


@dataclass(frozen=True, eq=False)
class Edges:
    """`profiles` with the `height` in levels between their two ends; `own` are those that do not leave a cutout.

    `light` is how much light there is, 1 where the lights are as light as whites should be: heights are judged by it.
    """

    profiles: Profiles
    height: NDArray[np.float32]
    own: NDArray[np.bool_]
    light: float


def edges(view: View) -> Edges:
    """Profiles along the gradient of up to 1,500 edges, each at the steepest place of its slope."""
    blurred = cv2.GaussianBlur(view.luma, (5, 5), 1.0)
    across = cv2.Sobel(blurred, cv2.CV_16S, 1, 0, ksize=3)
    down = cv2.Sobel(blurred, cv2.CV_16S, 0, 1, ksize=3)
    steep = cv2.add(np.abs(across), np.abs(down))
    where = np.flatnonzero(view.whole(REACH + 1))
    slopes = steep.ravel()[where]
    if where.size == 0:
        return _NONE
    light = max(percentile(histogram(view.luma, view.inside), 99), _DARK) / _LIT
    least = max(_STEEP * light, float(np.percentile(slopes[:: max(1, slopes.size // 20_000)], 90)))
    where = where[slopes >= least]
    gx, gy = across.ravel()[where].astype(np.float32), down.ravel()[where].astype(np.float32)
    length = np.maximum(np.hypot(gx, gy), 1e-3)
    ux, uy = gx / length, gy / length
    # On the ridge of the slope no neighbour across the edge is steeper.
    step = np.rint(ux).astype(np.int64) + np.rint(uy).astype(np.int64) * steep.shape[1]
    flat = steep.ravel()
    ridge = np.flatnonzero((flat[where] >= flat[where + step]) & (flat[where] > flat[where - step]))
    if ridge.size == 0:
        return _NONE
    if ridge.size > _MOST:
        ridge = ridge[np.linspace(0, ridge.size - 1, _MOST).round().astype(np.int64)]
    y, x = np.divmod(where[ridge], steep.shape[1])
    offsets = np.arange(-REACH, REACH + 1, dtype=np.float32)
    map_x = (x[:, None] + ux[ridge, None] * offsets).astype(np.float32)
    map_y = (y[:, None] + uy[ridge, None] * offsets).astype(np.float32)
    profiles = np.asarray(cv2.remap(view.luma, map_x, map_y, cv2.INTER_LINEAR), np.float32)
    height = profiles[:, -3:].mean(axis=1) - profiles[:, :3].mean(axis=1)
    if not view.cut:
        return Edges(profiles, height.astype(np.float32), np.ones(len(profiles), bool), light)
    own = view.inside[np.rint(map_y[:, ::5]).astype(np.int64), np.rint(map_x[:, ::5]).astype(np.int64)]
    return Edges(profiles, height.astype(np.float32), np.asarray(own.all(axis=1), bool), light)


_NONE = Edges(np.zeros((0, 2 * REACH + 1), np.float32), np.zeros(0, np.float32), np.zeros(0, bool), 1.0)


def softness(found: Edges, deviation: float, empty: float, enlarged: float = 1.0) -> float:
    """Sigma, in pixels, of the Gaussian blur that would make a perfect step rise as slowly as the steeper half does.

    For a step of height h blurred by sigma the steepest slope is h / (sigma sqrt(2 pi)). Slopes are taken less what
    noise of that `deviation` adds to the greater of two. Grain and the borders of blocks can pass for sharp edges all
    the same; so it is never less than what the number of `empty` octaves allows. What a pixel of the photograph
    spreads over, in a picture that was `enlarged` so many times, comes on top: blurs add in their squares.
    """
    return float(np.hypot(_softness(found, deviation, 0.3 * 2 ** (1.35 * empty)), _SPREAD * enlarged))


def _softness(found: Edges, deviation: float, least: float) -> float:
    near = found.profiles[:, REACH - 6 : REACH + 7]
    calm = (near[:, :-2] + near[:, 1:-1] + near[:, 2:]) / 3
    rise = calm.max(axis=1) - calm.min(axis=1)
    slope = np.maximum(near[:, 7] - near[:, 6], near[:, 6] - near[:, 5]) - 0.56 * deviation
    tall = rise >= _TALL * found.light + 4 * deviation
    if np.count_nonzero(tall) < _FEW:
        return least
    share = np.sort(slope[tall] / rise[tall])
    steepest = max(float(share[share.size // 2 :].mean()), 0.02)
    return max(1 / (steepest * float(np.sqrt(2 * np.pi))), least)


def sharpness(sigma: float) -> Measure:
    """`sigma` in pixels of the product shown 1,000 px large: a small picture is not sharper for being small."""
    sentence = f"its edges are {sigma:.1f} px soft where it is shown 1000 px large"
    return Measure(round(sigma, 3), falling(sigma, 2.5, 1.3), sentence)


def halo(beyond: float) -> Measure:
    """What an `overshoot` is worth."""
    sentence = "its edges have no halo" if beyond < 0.08 else f"its edges have a halo of {beyond:.0%} of their height"
    return Measure(round(beyond, 4), 0.3 + 0.7 * falling(max(beyond - _NATURAL, 0.0), 0.08, 2.0), sentence)


def steepened(beyond: float) -> float:
    """By how much the sharpening that left an `overshoot` has steepened the edges, 1 where it is a lens's own."""
    return 1 + _BOUGHT * max(beyond - _LENS, 0.0)


def overshoot(found: Edges, shown: float) -> float:
    """How far the profiles go beyond the levels that they settle at, as a share of the step.

    The ringing that Marziliano and others (2002) measure, but on the side of each edge that has less of it: a halo lies
    on both, a line that runs beside an edge on one. Black leaves no room for it, nor do the lights, wherever they were
    cut off; there the other side tells. The 60th percentile of the edges, each counted by how well it settles; few that
    settle prove little.
    """
    tall = found.own & (found.height >= _STEP * found.light)
    if not tall.any():
        return 0.0
    profiles, height = _as_seen(found.profiles[tall], shown), found.height[tall]
    unsettled = np.maximum(np.ptp(profiles[:, :4], axis=1), np.ptp(profiles[:, -4:], axis=1)) / height
    dark, light = profiles[:, :3].mean(axis=1), profiles[:, -3:].mean(axis=1)
    over = (profiles[:, REACH + 1 : REACH + 7].max(axis=1) - light) / height
    under = (dark - profiles[:, REACH - 6 : REACH].min(axis=1)) / height
    top = float(np.percentile(profiles[::4], 99.8))
    above, below = top - light >= _ROOM * height, dark >= _ROOM * height
    both = np.where(above, np.minimum(over, under), np.maximum(over, under))
    beyond = np.where(above == below, both, np.where(above, over, under))
    counted = (beyond < _LINE) / (1 + (unsettled / _SETTLED) ** 2)
    if counted.sum() < 1:
        return 0.0
    return float(np.average(np.clip(beyond, 0, 0.5), weights=counted) * counted.sum() / (counted.sum() + _PROOF))


def _as_seen(profiles: Profiles, shown: float) -> Profiles:
    """As the eye has them, which sees no halo of half a pixel of the product shown 1,000 px large."""
    sigma = _EYE / shown
    if sigma < 0.2:
        return profiles
    smooth = cv2.GaussianBlur(profiles, (2 * REACH + 1, 1), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, np.float32)
