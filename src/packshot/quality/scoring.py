"""The measures of a picture, and their total."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from packshot.image import Alpha, Box, Image
from packshot.quality.edges import edges, halo, overshoot, sharpness, softness, steepened
from packshot.quality.frame import centring, effective_resolution, fill, purity, resolution
from packshot.quality.grain import blockiness, blocks, deviation, empty_octaves, noise, octaves, whiteness
from packshot.quality.measure import Measure, falling, rising
from packshot.quality.outline import fringe
from packshot.quality.text import legibility
from packshot.quality.tone import contrast, exposure, white_balance
from packshot.quality.view import percentile, place_of, points, small_copy, view

WEIGHTS = {
    "sharpness": 2.5,
    "effective_resolution": 2.5,
    "resolution": 1.5,
    "exposure": 2.2,
    "contrast": 1.0,
    "white_balance": 1.5,
    "noise": 1.5,
    "blockiness": 1.3,
    "halo": 1.3,
    "fringe": 1.0,
    "background": 1.5,
    "fill": 1.0,
    "centring": 1.2,
    "text": 1.0,
    "cutout": 2.5,
}

SEEN = 1000  # pixels: how large the product is shown when softness is judged
_WHITE = 230  # level that the lights are taken to be at when noise and blocks are judged
_LOWEST = 0.01  # a score of 0 would make the total 0 whatever else is good


@dataclass(frozen=True)
class Score:
    """`total` is 0..100, `measures` go by name."""

    total: float
    measures: dict[str, Measure]

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    def in_words(self, approved_above: float) -> str:
        """Why a person should look, for a total that is not over what approves: the measure that costs most."""
        costs = {name: WEIGHTS[name] * np.log(max(one.score, _LOWEST)) for name, one in self.measures.items()}
        worst = min(costs, key=lambda name: costs[name])
        return f"the quality score is {self.total:.0f}, not over {approved_above:g}: {self.measures[worst].sentence}"


def score(
    image: Image,
    *,
    alpha: Alpha | None = None,
    box: Box | None = None,
    background: tuple[int, int, int] | None = None,
    enlarged: float = 1.0,
    text: Sequence[Box] = (),
    confidence: float | None = None,
) -> Score:
    """How good a product picture is.

    The product is where `alpha` says (the image's own by default), else in `box`, else everywhere. `background` is the
    colour that was meant to surround it, where it was meant to be plain. `enlarged` says how many pixels the picture
    spends, along a side, on one pixel of the photograph: pixels made by enlarging are not counted as resolution. `text`
    are the lines of print on the product, where they are known, in pixels. `confidence` is that of the cutout, 0..1,
    where something was cut out: a fine picture of half a product is no fine picture.
    """
    alpha = image.alpha if alpha is None else alpha
    place = place_of(alpha) if alpha is not None else box or Box(0, 0, *image.size)
    if place is None:
        return Score(0.0, {"fill": Measure(0.0, 0.0, "there is no product in it")})
    rgb = image.rgb
    size = max(place.width, place.height)
    photographed = size / max(enlarged, 1e-6)
    small = small_copy(rgb, alpha, place)
    seen = view(rgb, alpha, place, small)
    grain, steps = deviation(seen.luma, seen.whole(3)), blocks(seen)
    empty = empty_octaves(octaves(seen, grain, steps))
    found = edges(seen)
    beyond = overshoot(found, SEEN / size)
    # A sharpening steepens edges and lifts the finest octave: neither is detail that the photograph holds.
    bought = steepened(beyond)
    # Levels are judged as if the lights were white: a dark picture hides its noise and has it all the same.
    lift = _WHITE / max(110, percentile(small.levels, 97))
    measures = {
        "sharpness": sharpness(softness(found, grain, empty, enlarged) * bought * SEEN / size),
        "exposure": exposure(small, points(rgb, alpha, place, small), grain),
        "contrast": contrast(small),
        "white_balance": white_balance(small),
        "noise": noise(whiteness(seen, grain) * lift),
        "blockiness": blockiness(steps * lift),
        "halo": halo(beyond),
        "resolution": resolution(size, photographed),
        "effective_resolution": effective_resolution(size, empty + float(np.log2(bought)), photographed),
    }
    legible = legibility(rgb, text, grain) if text else None
    if legible is not None:
        measures["text"] = legible
    if alpha is not None:
        measures["fringe"] = fringe(rgb, alpha, place, lift)
        if background is not None:
            measures["background"] = purity(rgb, alpha, background)
    if alpha is not None or box is not None:
        measures["fill"] = fill(place, image.size)
        measures["centring"] = centring(place, image.size)
    if confidence is not None:
        measures["cutout"] = cutout(confidence)
    return Score(_total(measures), measures)


def cutout(confidence: float) -> Measure:
    """How sure the model is of the outline."""
    return Measure(confidence, rising(confidence, 0.45, 4.0), f"the cutout is {confidence:.0%} sure")


def _total(measures: dict[str, Measure]) -> float:
    """From the weighted mean of the logarithms, so that one bad thing cannot hide behind twelve good ones.

    What the mean lacks of a perfect picture is graded like any measure: half the marks where it is down to exp(-0.38).
    """
    weights = [WEIGHTS[name] for name in measures]
    logs = [np.log(max(measure.score, _LOWEST)) for measure in measures.values()]
    return round(100 * falling(-float(np.average(logs, weights=weights)), 0.38, 2.0), 2)
