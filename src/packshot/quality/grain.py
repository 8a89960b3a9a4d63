"""What grain, compression, blur and enlarging do to the smallest detail."""

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.quality.measure import Measure, falling
from packshot.quality.view import Luma, Mask, View, histogram, percentile, u8

_LAPLACES = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_NEAR = 9  # pixels, side of what is looked at together
_TENTH = 1.23  # mean of the responses to white noise, over the lowest tenth of their means over so many pixels
_LEVELS = 4  # of the pyramid
_CODES = 0.25  # energy that rounding to whole levels brings into each band


def deviation(luma: Luma, places: Mask) -> float:
    """Deviation of the noise in levels, where it is calmest in these `places` (Immerkær 1996).

    Noise is everywhere, so it is in the calmest tenth too; a weave is not.
    """
    smooth = (places & (cv2.inRange(luma, 4, 251) > 0)).astype(np.uint8)
    response = np.minimum(np.abs(cv2.filter2D(luma, cv2.CV_16S, _LAPLACES)), 400).astype(np.float32)
    counted = cv2.blur(smooth.astype(np.float32), (_NEAR, _NEAR))
    around = cv2.blur(response * smooth, (_NEAR, _NEAR))
    told = smooth.astype(bool) & (counted >= 0.5)
    if np.count_nonzero(told) < 16:
        return 0.0
    means = around[told] / counted[told]
    # The kernel multiplies the deviation of white noise by 6; a mean of absolutes is sqrt(2 / pi) deviations.
    return float(np.percentile(means, 10)) * _TENTH / 6 * float(np.sqrt(np.pi / 2))


def whiteness(view: View, sigma: float) -> float:
    """What of a deviation of `sigma` is as white as noise, in levels.

    Averaged over 2 x 2 pixels, white noise keeps half of its deviation. Texture, a knit above all, keeps more: the more
    it keeps, the less of it is taken for noise.
    """
    height, width = view.luma.shape
    if min(height, width) < 16:
        return sigma
    half = u8(cv2.resize(view.luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    places = np.ascontiguousarray(view.whole(7)[: height // 2 * 2 : 2, : width // 2 * 2 : 2])
    return sigma * min(1.0, sigma / max(2 * deviation(half, places), 0.1))


def noise(sigma: float) -> Measure:
    """`sigma` in levels, as they would be with the lights at white."""
    sentence = "its smooth parts have no grain" if sigma < 1 else f"its smooth parts have a grain of {sigma:.1f} levels"
    return Measure(round(sigma, 3), falling(sigma, 16, 1.5), sentence)


def blocks(view: View) -> float:
    """Levels by which the steps between every eighth column, or row, are higher than the other steps.

    A step is what is left of the difference of two neighbours when the slope on either side is taken away, after Wang,
    Bovik and Evans (2000). The blocks may begin anywhere.
    """
    places = view.whole(2)
    luma = view.luma.astype(np.int16)
    return (_excess(luma, places) + _excess(luma.T, places.T)) / 2


def _excess(luma: NDArray[np.int16], places: Mask) -> float:
    if luma.shape[1] < 32 or luma.shape[0] < 8:
        return 0.0
    step = np.abs(3 * (luma[:, 2:-1] - luma[:, 1:-2]) - (luma[:, 3:] - luma[:, :-3]))
    kept = places[:, 2:-1]
    step = np.minimum(step, 60) * kept
    columns, counts = step.sum(axis=0, dtype=np.int64), kept.sum(axis=0)
    full = columns.size // 8 * 8
    sums, weights = columns[:full].reshape(-1, 8).sum(axis=0), counts[:full].reshape(-1, 8).sum(axis=0)
    if weights.min() < 64:
        return 0.0
    means = sums / weights / 3
    return float(means.max() - np.median(means))


def blockiness(levels: float) -> Measure:
    """`levels` as they would be with the lights at white."""
    sentence = "it shows no blocks" if levels < 1 else f"its blocks of 8 x 8 pixels stand out by {levels:.1f} levels"
    return Measure(round(levels, 3), falling(levels, 12, 1.2), sentence)


_HALF = (0.55, 0.5, 0.5)  # of the energy of the next octave, where an octave counts as half there


def octaves(view: View, sigma: float, steps: float) -> NDArray[np.float64]:
    """Root mean square of the detail beside the product's edges, in levels, in four octaves, the finest first.

    By a Laplacian pyramid (Burt and Adelson 1983), less what noise of `sigma` and blocks of so many `steps` bring into
    it: neither is detail.
    """
    planes = [view.luma]
    for _ in range(_LEVELS - 1):
        height, width = planes[-1].shape
        size = max(1, width // 2), max(1, height // 2)
        planes.append(u8(cv2.resize(planes[-1], size, interpolation=cv2.INTER_AREA)))
    rough = planes[2]
    inside = np.ascontiguousarray(view.whole(10)[: 4 * rough.shape[0] : 4, : 4 * rough.shape[1] : 4])
    busy = u8(cv2.morphologyEx(rough, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
    if inside.shape != busy.shape or not inside.any():
        return np.zeros(_LEVELS)
    where = (inside & (busy >= max(1, percentile(histogram(busy, inside), 85)))).astype(np.uint8)
    energies = []
    for level, plane in enumerate(planes):
        band = cv2.absdiff(plane, cv2.GaussianBlur(plane, (5, 5), 1.0))
        places = u8(cv2.resize(where, plane.shape[::-1], interpolation=cv2.INTER_NEAREST)).astype(bool)
        values = band[places].astype(np.int32)
        # White noise keeps 0.76 of its energy in the band, and loses three quarters of it with each octave.
        idle = 1.1 * (sigma / 2**level) ** 2 + 4 * steps**2 + _CODES
        energies.append(max(float(np.mean(values**2)) - idle, 0.0) if values.size else 0.0)
    return np.sqrt(np.array(energies, np.float64))


def empty_octaves(rms: NDArray[np.float64]) -> float:
    """How many of the finest octaves hold nothing, 0 to 3.

    The bands of a step hold nearly the same, each; of a blurred or an enlarged one the finer hold ever less.
    """
    ratios = rms[:-1] / np.maximum(rms[1:], 0.3)
    return float(sum(falling(float(ratio), half, 3) for ratio, half in zip(ratios, _HALF, strict=True)))
