"""How alike the pictures of one group are: what each shows, what most of them share, and who stands out.

A shop page looks calm when its products have one size, one foot line, one light and one ground. Each trait is
measured on every picture, the middle one of the group is taken for what is meant, and a picture that is further from
it than anybody would overlook stands out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Box, Image, Rgb, box_of
from packshot.ops.place import optical_shift
from packshot.ops.straighten import SURE, tilt_of

FEWEST = 3  # pictures: of two nobody can say which is the odd one
_FAR = 3.5  # robust standard deviations (Iglewicz and Hoaglin 1993)
_NEUTRAL = 12.0  # CIE chroma: what is greyer than this tells of the light
_NEUTRAL_SHARE = 0.02  # of the product; less of it says nothing


@dataclass(frozen=True)
class Trait:
    """What is compared. Nobody minds a difference below `tolerance`, which is in the trait's own unit; `tells` is the
    sentence about one picture, with {value} and {typical} in it."""

    name: str
    tolerance: float
    tells: str
    percent: bool = False

    def sentence(self, value: "Value", typical: "Value") -> str:
        return self.tells.format(value=self._shown(value), typical=self._shown(typical))

    def _shown(self, value: "Value") -> str:
        if len(value) > 1:
            return "(" + ", ".join(f"{part:.0f}" for part in value) + ")"
        return f"{value[0]:.0%}" if self.percent else f"{value[0]:.1f}"


Value = tuple[float, ...]

TRAITS = (
    Trait("fill", 0.04, "the product takes {value} of the frame, the others {typical}", percent=True),
    Trait("middle", 0.03, "its middle stands at {value} of the width, the others' at {typical}", percent=True),
    Trait("balance", 0.03, "its weight stands at {value} of the width, the others' at {typical}", percent=True),
    Trait("foot", 0.03, "it stands at {value} of the height, the others at {typical}", percent=True),
    Trait("level", 0.03, "its middle stands at {value} of the height, the others' at {typical}", percent=True),
    Trait("tilt", 1.5, "it leans {value} degrees, the others {typical}"),
    Trait("shape", 0.02, "the picture is {value} times as wide as high, the others {typical}"),
    Trait("ground", 3.0, "its ground has the CIE Lab colour {value}, the others' {typical}"),
    Trait("light", 4.0, "its greys are of the CIE a and b {value}, the others' {typical}"),
    Trait("shadow", 1.2, "its shadow has the strength {value}, the others' {typical}"),
    Trait("shadow_side", 0.15, "its shadow lies {value} product widths to the right, the others' {typical}"),
)

# Products of all shapes either stand on one line or hang around one, and either outlines or weights stand in
# the middle: the group is held to what it keeps better.
_EITHER = (("level", "foot"), ("balance", "middle"))


@dataclass(frozen=True)
class Outlier:
    """One picture that differs in one trait; `distance` is in tolerances."""

    picture: str
    trait: str
    value: Value
    typical: Value
    distance: float
    sentence: str


@dataclass(frozen=True)
class Consistency:
    """`score` is 0..100, the mean over the pictures of how well each fits in by its worst trait: 100 where none differs
    in anything by more than its tolerance. None for a group too small to compare. `typical` is what the group shares,
    by trait."""

    score: float | None
    typical: dict[str, Value]
    looks: dict[str, dict[str, Value]]
    outliers: tuple[Outlier, ...] = field(default=())

    def as_data(self) -> dict[str, Any]:
        return {
            "score": self.score,
            "typical": {name: list(value) for name, value in self.typical.items()},
            "pictures": {
                picture: {name: list(value) for name, value in look.items()} for picture, look in self.looks.items()
            },
            "outliers": [vars(outlier) for outlier in self.outliers],
        }


def look_of(image: Image, alpha: Alpha) -> dict[str, Value]:
    """The traits of one finished picture that can be told of it. `alpha` says where the product is; an empty one gives
    only the picture's shape."""
    width, height = image.size
    look: dict[str, Value] = {"shape": (width / height,)}
    box = box_of(alpha, above=127)
    if box is None:
        return look
    look["fill"] = (max(box.width / width, box.height / height),)
    look["middle"] = ((box.left + box.right) / 2 / width,)
    look["balance"] = (look["middle"][0] - optical_shift(alpha, box) * box.width / width,)
    look["foot"] = (box.bottom / height,)
    look["level"] = ((box.top + box.bottom) / 2 / height,)
    tilt = tilt_of(alpha)
    if tilt.share >= SURE:
        look["tilt"] = (tilt.degrees,)
    lab = _lab(image.rgb)
    light = _light(lab, alpha)
    if light is not None:
        look["light"] = light
    if image.alpha is None:
        ground = _ground(lab, alpha)
        if ground is not None:
            look["ground"] = ground
            look |= _shadow(lab[..., 0], alpha, box, ground[0])
    return {name: tuple(round(part, 4) for part in value) for name, value in look.items()}


def compare(looks: Mapping[str, Mapping[str, Value]]) -> Consistency:
    """The group's middle in every trait, and who is far from it."""
    listed = {picture: dict(look) for picture, look in looks.items()}
    spreads = {trait.name: _spread(trait, listed) for trait in TRAITS}
    loose = {max(pair, key=lambda name: spread.looseness if (spread := spreads[name]) else 0.0) for pair in _EITHER}
    held = {name: spread for name, spread in spreads.items() if spread is not None and name not in loose}
    fits = {picture: 1.0 for spread in held.values() for picture in spread.distances}
    outliers: list[Outlier] = []
    for trait in TRAITS:
        if (spread := held.get(trait.name)) is None:
            continue
        for picture, distance in spread.distances.items():
            # Full marks up to the tolerance, none from three times that on.
            fits[picture] = min(fits[picture], float(np.clip(1.5 - distance / 2, 0, 1)))
            if distance > max(1.0, _FAR * spread.usual):
                value = listed[picture][trait.name]
                sentence = trait.sentence(value, spread.typical)
                outliers.append(Outlier(picture, trait.name, value, spread.typical, round(distance, 2), sentence))
    score = round(100 * float(np.mean(list(fits.values()))), 1) if fits else None
    outliers.sort(key=lambda outlier: (outlier.picture, -outlier.distance))
    typical = {name: spread.typical for name, spread in held.items()}
    return Consistency(score, typical, listed, tuple(outliers))


@dataclass(frozen=True)
class _Spread:
    """The middle of a group in one trait, how far each picture is from it, and how far is usual; in tolerances."""

    typical: Value
    distances: dict[str, float]
    usual: float

    @property
    def looseness(self) -> float:
        """0 where all are at the middle, 1 where none is within the tolerance; one far away counts no more than one."""
        return float(np.mean([min(distance, 1.0) for distance in self.distances.values()]))


def _spread(trait: Trait, looks: Mapping[str, Mapping[str, Value]]) -> _Spread | None:
    known = {picture: look[trait.name] for picture, look in looks.items() if trait.name in look}
    if len(known) < FEWEST:
        return None
    middle = np.median(np.array(list(known.values())), axis=0)
    distances = {
        picture: float(np.linalg.norm(np.subtract(value, middle))) / trait.tolerance for picture, value in known.items()
    }
    usual = 1.4826 * float(np.median(list(distances.values())))
    return _Spread(tuple(round(float(part), 4) for part in middle), distances, usual)


def _lab(rgb: Rgb) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


def _light(lab: NDArray[np.float32], alpha: Alpha) -> Value | None:
    """The colour of the product's greys: what is meant to be neutral shows the light's own tint."""
    inside = alpha > 250
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    greys = inside & (chroma < _NEUTRAL) & (lab[..., 0] > 20) & (lab[..., 0] < 96)
    if np.count_nonzero(greys) < _NEUTRAL_SHARE * np.count_nonzero(inside) or not greys.any():
        return None
    return float(np.median(lab[..., 1][greys])), float(np.median(lab[..., 2][greys]))


def _ground(lab: NDArray[np.float32], alpha: Alpha) -> Value | None:
    """The colour of the frame's rim, where no product is."""
    height, width = alpha.shape
    rim = max(2, round(0.04 * min(height, width)))
    outside = _far_from(alpha, 3)
    outside[rim : height - rim, rim : width - rim] = False
    if np.count_nonzero(outside) < 0.2 * 2 * rim * (height + width):
        return None
    return tuple(float(np.median(lab[..., channel][outside])) for channel in range(3))


def _shadow(lightness: NDArray[np.float32], alpha: Alpha, box: Box, ground: float) -> dict[str, Value]:
    """How much darker than the ground it is around the product (CIE L* summed, by the product's area), and on which
    side of its foot (in product widths)."""
    height, width = alpha.shape
    near = box.grown(round(0.4 * max(box.width, box.height)), (width, height))
    view = np.s_[near.top : near.bottom, near.left : near.right]
    darker = np.clip(ground - lightness[view] - 1.5, 0, None) * _far_from(alpha, 3)[view]
    strength = float(darker.sum() / max(1, np.count_nonzero(alpha > 127)))
    found: dict[str, Value] = {"shadow": (strength,)}
    if strength > 0.3:
        foot = alpha[box.bottom - max(1, box.height // 10) : box.bottom].sum(axis=0, dtype=np.float64)
        stands = float((foot * (np.arange(width) + 0.5)).sum() / foot.sum())
        falls = float((darker.sum(axis=0) * (np.arange(near.left, near.right) + 0.5)).sum() / darker.sum())
        found["shadow_side"] = ((falls - stands) / box.width,)
    return found


def _far_from(alpha: Alpha, pixels: int) -> NDArray[np.bool_]:
    size = 2 * pixels + 1
    grown = cv2.dilate((alpha > 8).astype(np.uint8), np.ones((size, size), np.uint8))
    return np.asarray(grown == 0)
