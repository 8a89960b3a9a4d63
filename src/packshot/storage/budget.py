"""The best quality within a number of bytes, in few encodes.

The logarithm of the size is nearly a straight line over the logarithm of the quantiser's step. So the first encode and
a typical slope place the second, and each further one goes where the line through two of them says.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

GOOD_FILL = 0.95  # of the budget: nearer costs an encode and shows nothing


@dataclass(frozen=True)
class Curve:
    """Of a codec: the logarithm of its quantiser's step at a quality, the typical slope of log size over it, and the
    smallest step of quality that makes a difference."""

    log_step: Callable[[float], float]
    slope: float
    grain: float = 1.0


@dataclass(frozen=True)
class Bounds:
    """What is asked: a size of at most `limit`, and of `fill` of it if that can be had, with a quality in a range."""

    limit: float
    top: float
    floor: float
    fill: float = GOOD_FILL


@dataclass(frozen=True)
class Fit:
    """The size is within the limit, or, where `fits` is false, the smallest there is: at the floor."""

    quality: float
    size: float
    fits: bool


def best_within(size: Callable[[float], float], asked: Bounds, curve: Curve, start: float | None = None) -> Fit:
    """The highest quality whose `size` is within what is asked, or nearly. The search begins at `start`, or at the top
    quality."""
    over: Fit | None = None
    under: Fit | None = None
    slope = curve.slope
    following: float | None = asked.top if start is None else start
    while following is not None:
        made = Fit(following, size(following), True)
        slope = _slope(made, over or under, curve)
        if made.size > asked.limit:
            over = replace(made, fits=False)
            if made.quality <= asked.floor:
                return over
        else:
            under = made
            if made.quality >= asked.top or made.size >= asked.fill * asked.limit:
                break
        following = _next(over, under, asked, replace(curve, slope=slope))
    return under or Fit(asked.floor, math.inf, False)


def _next(over: Fit | None, under: Fit | None, asked: Bounds, curve: Curve) -> float | None:
    """Where the model sees the limit met, on the grain, strictly between what is known and with another step; None
    where nothing is left."""
    high = over.quality if over else asked.top + curve.grain
    low = under.quality if under else asked.floor - curve.grain
    known = over or under
    if known is None or high - low <= curve.grain * 1.001:
        return None
    slope = curve.slope if over is None or under is None else _slope(under, over, curve)
    aim = asked.limit * (1 + asked.fill) / 2
    wanted = curve.log_step(known.quality) + (math.log(aim) - math.log(known.size)) / slope
    known_steps = {curve.log_step(each.quality) for each in (over, under) if each}
    between = [
        each
        for each in _grid(high, low, asked.floor, curve.grain)
        if each == asked.floor or curve.log_step(each) not in known_steps
    ]
    return next((each for each in between if curve.log_step(each) >= wanted), between[-1] if between else None)


def _slope(one: Fit, other: Fit | None, curve: Curve) -> float:
    """Of this picture, by two of its sizes; the typical one where they do not tell."""
    along = 0.0 if other is None else curve.log_step(one.quality) - curve.log_step(other.quality)
    if other is None or along == 0:
        return curve.slope
    return min(max((math.log(one.size) - math.log(other.size)) / along, 3 * curve.slope), curve.slope / 3)


def _grid(high: float, low: float, floor: float, grain: float) -> list[float]:
    """The qualities strictly between two, downwards."""
    count = math.ceil((high - low) / grain - 1.001)
    return [max(high - grain * number, floor) for number in range(1, count + 1)]
