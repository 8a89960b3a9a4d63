"""Bring a product and the scene it stands in together: exposure, white balance and contrast, within declared limits.

What light each was taken in is read from what is nearly white in it: for the product, in the photograph that it was cut
from. Where nothing tells, nothing is changed. `harmonise` changes the scene and never the product; `blend-in` lets both
meet halfway, which changes the product's colours and is declared so.
"""

from typing import ClassVar, NamedTuple

import cv2
import numpy as np
from pydantic import Field

from packshot.image import Alpha, Image, Rgb, to_linear, to_srgb
from packshot.ops.background import laid_on_picture
from packshot.ops.blend import u8
from packshot.recipe import Context, Edit, Step

_LOOK = 200  # pixels of the copy that is measured
_PALE = 22.0  # CIE Lab chroma up to which a light pixel may be white in a coloured light
_FEW = 0.01  # share of the picture that must be nearly white, to tell of the light
_CORE = 250  # alpha from which a colour is the product's alone


class Look(NamedTuple):
    """Of a picture: linear red, green and blue of what is white in it, and the deviation of its lightness, L*."""

    white: tuple[float, float, float]
    contrast: float


class Change(NamedTuple):
    """Gains of linear red, green and blue, and of contrast around the middle grey."""

    gains: tuple[float, float, float]
    contrast: float

    @property
    def is_none(self) -> bool:
        return max(abs(gain - 1) for gain in self.gains) < 0.004 and abs(self.contrast - 1) < 0.004


def look_of(rgb: Rgb) -> Look | None:
    """None where nothing in it is nearly white."""
    scale = min(1.0, _LOOK / max(rgb.shape[:2]))
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    small = u8(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    lab = np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    light, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    burnt = small.min(axis=2) >= 254
    pale = (chroma < _PALE) & (light > 55) & ~burnt
    if pale.mean() < _FEW:
        return None
    bright = pale & (light >= np.percentile(light[pale], 70))
    white = to_linear(small[bright]).mean(axis=0)
    return Look((float(white[0]), float(white[1]), float(white[2])), float(light.std()))


def change_between(
    of: Look, towards: Look, *, stops: float, balance: float, contrast: float, share: float = 1.0
) -> Change:
    """What brings `of` towards the other, by `share` of the way and no further than the limits allow.

    `stops` limits exposure, `balance` the gain of one channel beside green, `contrast` the gain of contrast.
    """
    mine, theirs = np.array(of.white), np.array(towards.white)
    exposure = float(np.clip(share * np.log2(theirs.mean() / mine.mean()), -stops, stops))
    tint = (theirs / theirs[1]) / (mine / mine[1])
    tint = np.clip(tint**share, 1 - balance, 1 + balance)
    gains = 2**exposure * tint
    steeper = (towards.contrast / max(of.contrast, 1.0)) ** share if towards.contrast > 1 else 1.0
    return Change(
        (float(gains[0]), float(gains[1]), float(gains[2])), float(np.clip(steeper, 1 - contrast, 1 + contrast))
    )


def changed(rgb: Rgb, change: Change) -> Rgb:
    """By one table a channel; black stays black, and nothing is clipped."""
    if change.is_none:
        return rgb
    codes = np.arange(256, dtype=np.uint8)
    linear = to_linear(codes).astype(np.float64)
    table = np.empty((1, 256, 3), np.uint8)
    for channel, gain in enumerate(change.gains):
        # (1 - (1 - v)^gain) has slope `gain` at black and ends at 1; below 1 a plain product keeps whites whiter.
        bent = 1 - (1 - linear) ** gain if gain > 1 else linear * gain
        light = to_srgb(np.asarray(bent, np.float32)) / 255
        # An S through the middle, whose ends stay.
        steep = light + (change.contrast - 1) * 4 * light * (1 - light) * (light - 0.46)
        table[0, :, channel] = np.clip(np.rint(steep * 255), 0, 255)
    return u8(cv2.LUT(rgb, table))


def clean_edge(rgb: Rgb, alpha: Alpha) -> Rgb:
    """The product's own colours carried over its soft edge, so that nothing of its old ground makes a line in the new
    one. Opaque pixels stay what they are."""
    soft = (alpha > 0) & (alpha < _CORE)
    if not soft.any():
        return rgb
    core = (alpha >= _CORE).astype(np.float32)
    colour, mass = rgb.astype(np.float32) * core[..., None], core
    carried = np.zeros(rgb.shape, np.float32)
    known = np.zeros(alpha.shape, np.bool_)
    for reach in (1.2, 3.0, 8.0):
        weight = np.asarray(cv2.GaussianBlur(mass, (0, 0), reach), np.float32)
        near = np.asarray(cv2.GaussianBlur(colour, (0, 0), reach), np.float32)
        fresh = ~known & (weight > 0.02)
        carried[fresh] = near[fresh] / weight[fresh][:, None]
        known |= fresh
    clean = rgb.copy()
    here = soft & known
    # The more transparent, the less of the pixel's colour is the product's.
    share = (1 - alpha[here].astype(np.float32) / 255)[:, None]
    clean[here] = np.rint(rgb[here] * (1 - share) + carried[here] * share).astype(np.uint8)
    return clean


class _Brought(Step):
    """What both steps share: their limits, and when there is anything to do."""

    stops: float = Field(default=0.3, ge=0, le=2, description="most by which either gets lighter or darker, f-stops")
    balance: float = Field(
        default=0.06, ge=0, le=0.5, description="most by which red or blue change beside green, share"
    )
    contrast: float = Field(default=0.08, ge=0, le=0.5, description="most by which contrast changes, share")
    edge: bool = Field(default=True, description="carry the product's colours over its soft edge, against halos")

    def __call__(self, image: Image, context: Context) -> Image:
        if image.alpha is None or image.shadow is None:
            return image
        scene, rgb = image.shadow.rgb, image.rgb
        of_product = None if image.origin is None else look_of(image.origin)
        of_scene = look_of(scene)
        if of_product is None or of_scene is None:
            context.note("unchanged", "nothing nearly white tells of the light")
        else:
            for name, change in self._changes(of_product, of_scene).items():
                context.note(name, {"gains": _rounded(change.gains), "contrast": round(change.contrast, 4)})
                if name == "scene":
                    scene = changed(scene, change)
                else:
                    rgb = changed(rgb, change)
        rgb = clean_edge(rgb, image.alpha) if self.edge else rgb
        return laid_in(Image(rgb, image.alpha), image.shadow.with_(rgb=scene))

    def _changes(self, of_product: Look, of_scene: Look) -> dict[str, Change]:
        """What changes in the scene and in the product, by these names."""
        raise NotImplementedError


class Harmonise(_Brought):
    """Bring the scene into the product's light, within limits, and lay the product, unchanged, on it."""

    op: ClassVar[str] = "harmonise"
    edit: ClassVar[Edit] = "edge-only"

    def _changes(self, of_product: Look, of_scene: Look) -> dict[str, Change]:
        limits = {"stops": self.stops, "balance": self.balance, "contrast": self.contrast}
        return {"scene": change_between(of_scene, of_product, **limits)}


class BlendIn(_Brought):
    """Bring product and scene into one light, each half of the way within limits; the product's colours change."""

    op: ClassVar[str] = "blend-in"
    edit: ClassVar[Edit] = "photometric"

    def _changes(self, of_product: Look, of_scene: Look) -> dict[str, Change]:
        limits = {"stops": self.stops, "balance": self.balance, "share": 0.5}
        return {
            "scene": change_between(of_scene, of_product, contrast=self.contrast, **limits),
            "product": change_between(of_product, of_scene, contrast=0.0, **limits),
        }


def laid_in(product: Image, scene: Image) -> Image:
    """Opaque where the scene is; a scene that is itself transparent stays the layer beneath."""
    if scene.alpha is None:
        return Image(laid_on_picture(product, scene.rgb))
    return product.with_(shadow=scene)


def _rounded(gains: tuple[float, float, float]) -> list[float]:
    return [round(gain, 4) for gain in gains]
