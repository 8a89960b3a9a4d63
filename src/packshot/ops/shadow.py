"""A shadow or a reflection beneath the product, made from its outline alone, as a layer of its own.

The ground is where the lower outline would stand: its hull from below, not steeper than a box in perspective. What
touches the ground darkens it; what hangs over it does so less. All is worked out small, for shadows are soft.
"""

from typing import Any, ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from packshot.image import Alpha, Image, Plane, Rgb, box_of, to_srgb
from packshot.ops.blend import dithered, premultiplied, straight, u8
from packshot.recipe import Context, Edit, Step
from packshot.studio.ground import ground_of

WORK = 640  # pixels of the longer side of the canvas on which a shadow is worked out
SQUASH = 0.38  # height of a circle on the ground, seen by a camera looking down by some 20 degrees

Kind = Literal["none", "contact", "drop", "reflection"]


def contact(alpha: Alpha, softness: float, direction: float) -> Plane:
    """Share of the light kept from the ground, 0..1: a dark line where it stands, and a wide soft fall-off.

    `direction` is where the light comes from, in degrees: 90 above, 0 right, 180 left; the fall-off leans away.
    """
    dark = np.zeros(alpha.shape, np.float32)
    ground = ground_of(alpha)
    if ground is None:
        return dark
    first, last = ground.columns
    width = last - first
    height = max(1.0, float(ground.line.max() - _top_of(alpha)))
    # A tall thing keeps light from further around than it is wide, a flat one from less.
    length = min(max(width, (width * height) ** 0.5), 1.6 * width, 1.6 * height)
    touch = ground.hold * np.exp(-((ground.gap / (0.015 * length + 0.5)) ** 2))  # where it stands
    hover = ground.hold * np.exp(-ground.gap / (0.05 * length))  # where it nearly does
    lean = -float(np.cos(np.radians(direction)))
    rows = np.arange(alpha.shape[0], dtype=np.float32)[:, None]
    line = ground.line[None, :]

    def band(weight: NDArray[np.float32], depth: float, spread: float, shift: float) -> Plane:
        """The strip of ground from the line back by `depth`, blurred by `spread`."""
        # Half a pixel of ramp on either side, so that a slanted line does not come out as stairs.
        strip = np.clip(rows - (line - depth) + 0.5, 0, 1) * np.clip(line - rows + 0.5, 0, 1) * weight[None, :]
        plane = np.zeros(alpha.shape, np.float32)
        plane[:, first:last] = strip
        blurred = _blurred(plane, spread, spread * SQUASH)
        return _moved(blurred, shift, 0.0)

    crease = band(touch, 0.024 * length, 0.008 * length, 0.0)
    core = band(hover, 0.07 * length, 0.022 * length * softness, lean * 0.02 * length)
    skirt = band(hover, 0.16 * length, 0.060 * length * softness, lean * 0.06 * length)
    halo = band(hover, 0.24 * length, 0.105 * length * softness, lean * 0.12 * length)
    for share, part in ((1.0, crease), (0.85, core), (0.8, skirt), (0.6, halo)):
        dark = np.asarray(1 - (1 - dark) * (1 - share * part), np.float32)
    return dark


def _top_of(alpha: Alpha) -> int:
    box = box_of(alpha, above=127)
    return 0 if box is None else box.top


def drop(alpha: Alpha, softness: float, direction: float) -> Plane:
    """Share of the light kept from a wall close behind: the outline, shifted away from the light and softened."""
    box = box_of(alpha, above=127)
    shape = np.asarray(alpha / np.float32(255), np.float32)
    if box is None:
        return np.zeros_like(shape)
    length = float(np.sqrt(box.width * box.height))
    angle = np.radians(direction)
    away_x, away_y = -float(np.cos(angle)), float(np.sin(angle))
    key = _moved(_blurred(shape, 0.040 * length * softness), away_x * 0.035 * length, away_y * 0.035 * length)
    close = _moved(_blurred(shape, 0.012 * length), away_x * 0.008 * length, away_y * 0.008 * length)
    return np.asarray(1 - (1 - 0.55 * key) * (1 - 0.30 * close), np.float32)


def _blurred(plane: Any, across: float, along: float | None = None) -> Any:
    """Gaussian of so many pixels to the side and up and down; a wide one is worked out on a smaller plane."""
    along = across if along is None else along
    shrink = max(1, int(min(across, along) / 3))
    height, width = plane.shape[:2]
    small = plane
    if shrink > 1:
        size = max(1, round(width / shrink)), max(1, round(height / shrink))
        small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    sigmas = max(0.4, across / shrink), max(0.4, along / shrink)
    soft = cv2.GaussianBlur(small, (0, 0), sigmaX=sigmas[0], sigmaY=sigmas[1], borderType=cv2.BORDER_CONSTANT)
    return cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC) if shrink > 1 else soft


def _moved(plane: Plane, right: float, down: float) -> Plane:
    if right == 0 and down == 0:
        return plane
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    return np.asarray(cv2.warpAffine(plane, matrix, (plane.shape[1], plane.shape[0])), np.float32)


def faded_at_the_rim(plane: Plane) -> Plane:
    """Brought to 0 over the last 7 % before the canvas edge, so that a shadow without room ends, and is not cut."""
    height, width = plane.shape
    reach = max(1.0, 0.07 * max(height, width))
    columns = np.minimum(np.arange(width), np.arange(width)[::-1]) / reach
    rows = np.minimum(np.arange(height), np.arange(height)[::-1]) / reach
    fade = [np.clip(distance, 0, 1) ** 2 * (3 - 2 * np.clip(distance, 0, 1)) for distance in (rows, columns)]
    return np.asarray(plane * fade[0][:, None] * fade[1][None, :], np.float32)


def shadow_layer(
    image: Image, kind: Literal["contact", "drop"], opacity: float, softness: float, direction: float
) -> Image:
    """Black, with the shadow as its alpha."""
    width, height = image.size
    alpha = np.zeros((height, width), np.uint8) if image.alpha is None else image.alpha
    scale = min(1.0, WORK / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = u8(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA))
    make = contact if kind == "contact" else drop
    kept = np.asarray(faded_at_the_rim(make(small, softness, direction)) * opacity, np.float32)
    # Light that is kept away is a share of linear light; alpha is a share of sRGB codes. On white, the two agree when
    # 255 * (1 - alpha) = srgb(1 - kept).
    coverage = np.asarray((255 - to_srgb(1 - kept)) * 256, np.float32).astype(np.uint16)
    fine = cv2.resize(coverage, (width, height), interpolation=cv2.INTER_LINEAR)
    return Image(np.zeros((height, width, 3), np.uint8), dithered(np.asarray(fine, np.uint16)))


def reflection_layer(image: Image, opacity: float, softness: float) -> Image:
    """The product mirrored at the line where it stands, fading and softening with the distance."""
    width, height = image.size
    empty = Image(np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8))
    box = None if image.alpha is None else box_of(image.alpha, above=127)
    if image.alpha is None or box is None:
        return empty
    ground = ground_of(image.alpha)
    if ground is None or box.bottom >= height:
        return empty
    # A polished floor keeps about a third of the product's height in sight, and no more than there is room for.
    reach = min(0.38 * box.height, 0.98 * (height - float(ground.line.max())))
    blur = max(0.4, 0.012 * box.width * softness)
    first, last = ground.columns
    left, right = max(0, first - int(3 * blur)), min(width, last + int(3 * blur))
    sides = (first - left, right - last)
    line = np.pad(ground.line, sides, mode="edge")[None, :]
    # Where the product hangs over, its mirror image stands off from it, and a floor shows it less.
    hold = ground.hold * np.exp(-((ground.gap / (0.12 * box.width)) ** 2))
    hold = np.pad(hold, sides, mode="edge")[None, :]
    top = max(0, int(ground.line.min()) - 1)
    bottom = min(height, int(np.ceil(float(ground.line.max()) + reach)))
    rows = np.arange(top, bottom, dtype=np.float32)[:, None]
    shape = (bottom - top, right - left)
    mirrored = np.asarray(2 * line - 1 - rows, np.float32)
    source = slice(max(0, int(mirrored.min()) - 1), min(height, int(mirrored.max()) + 2))
    above = image.alpha[source, left:right]
    across = np.ascontiguousarray(np.broadcast_to(np.arange(right - left, dtype=np.float32)[None, :], shape))
    light, alpha = (
        u8(cv2.remap(plane, across, mirrored - source.start, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT))
        for plane in (premultiplied(image.rgb[source, left:right], above), above)
    )
    distance = np.asarray(np.clip((rows - line + 0.5) / max(1.0, reach), 0, 1), np.float32)
    light, alpha = (_softer_below(plane, distance, blur) for plane in (light, alpha))
    weight = opacity * hold * (1 - distance) ** 1.8 * (rows >= line - 1)
    rgb, seen = empty.rgb.copy(), np.zeros((height, width), np.uint8)
    inside = slice(top, bottom), slice(left, right)
    rgb[inside] = straight(light, alpha)
    seen[inside] = (alpha * weight + 0.5).astype(np.uint8)
    return Image(rgb, seen)


def _softer_below(plane: Rgb, distance: NDArray[np.float32], sigma: float) -> Rgb:
    share = np.minimum(distance * 2, 1)
    return u8(cv2.blendLinear(plane, _blurred(plane, sigma), 1 - share, share))


class Shadow(Step):
    """Give the product a shadow or a reflection, so that it stands and does not float."""

    op: ClassVar[str] = "shadow"
    edit: ClassVar[Edit] = "edge-only"

    kind: Kind = Field(
        default="contact",
        description="contact: stands on a floor; drop: lies before a wall; reflection: polished floor",
    )
    opacity: float | None = Field(default=None, ge=0, le=1, description="0 none to 1 full; null what suits the kind")
    softness: float = Field(default=1.0, ge=0.1, le=4, description="1 is a large studio light, less is a harder one")
    direction: float = Field(default=90, ge=0, le=360, description="degrees where the light stands: 0 right, 90 above")

    def __call__(self, image: Image, context: Context) -> Image:
        if self.kind == "none" or image.alpha is None:
            return image.with_(shadow=None)
        opacity = {"contact": 0.8, "drop": 0.6, "reflection": 0.35}[self.kind] if self.opacity is None else self.opacity
        context.note("opacity", opacity)
        if opacity == 0:
            return image.with_(shadow=None)
        if self.kind == "reflection":
            return image.with_(shadow=reflection_layer(image, opacity, self.softness))
        return image.with_(shadow=shadow_layer(image, self.kind, opacity, self.softness, self.direction))
