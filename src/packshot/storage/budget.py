"""The best quality within a number of bytes, in few encodes.

The logarithm of the size is nearly a straight line over the logarithm of the quantiser's step. So the first encode and
a typical slope place the second, and each further one goes where the line through its neighbours says.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

GOOD_FILL = 0.95  # of the budget: nearer costs an encode and shows nothing
AIM = 0.975


@dataclass(frozen=True)
class Curve:
    """Of a codec: the logarithm of its quantiser's step at a quality, the typical slope of log size over it, and the
    smallest step of quality that makes a difference."""

    log_step: Callable[[float], float]
    slope: float
    grain: float = 1.0


@dataclass(frozen=True)
class Fit:
    """`data` is within the limit, or, where `fits` is false, the smallest there is: at the floor."""

    data: bytes
    quality: float
    fits: bool


def best_within(encode: Callable[[float], bytes], limit: float, top: float, floor: float, curve: Curve) -> Fit:
    """The highest quality from `floor` to `top` whose bytes are at most `limit`; `GOOD_FILL` of it is high enough."""
    floor = min(floor, top)
    data = encode(top)
    if len(data) <= limit or top == floor:
        return Fit(data, top, len(data) <= limit)
    over = (top, len(data))
    under: tuple[float, int] | None = None
    best = Fit(data, top, False)
    while (quality := _next(over, under, limit, floor, curve)) is not None:
        data = encode(quality)
        if len(data) > limit:
            over = (quality, len(data))
            if quality <= floor:
                return Fit(data, quality, False)
            continue
        under, best = (quality, len(data)), Fit(data, quality, True)
        if len(data) >= GOOD_FILL * limit:
            break
    return best


def _next(
    over: tuple[float, int], under: tuple[float, int] | None, limit: float, floor: float, curve: Curve
) -> float | None:
    """Where the model sees `limit` met, on the grain and strictly between what is known; None where nothing is left."""
    high, size = over
    low = under[0] if under else floor - curve.grain
    if high - low <= curve.grain * 1.001:
        return None
    at = curve.log_step(high)
    slope = curve.slope
    if under:
        slope = (math.log(under[1]) - math.log(size)) / (curve.log_step(low) - at)
    wanted = at + (math.log(limit * AIM) - math.log(size)) / min(slope, -0.05)
    quality = high - curve.grain
    while quality - curve.grain > low and curve.log_step(quality) < wanted:
        quality -= curve.grain
    return max(quality, floor)
