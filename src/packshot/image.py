"""The picture that everything speaks: `Image`, and the `Box` that measures it."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rgb: TypeAlias = NDArray[np.uint8]  # (height, width, 3), sRGB-encoded
Alpha: TypeAlias = NDArray[np.uint8]  # (height, width), 255 = product
Plane: TypeAlias = NDArray[np.float32]  # (height, width)


class Box(NamedTuple):
    """A rectangle of pixels, half-open: `right` and `bottom` are one past the last."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def grown(self, pixels: int, size: tuple[int, int]) -> "Box":
        """Larger by `pixels` on every side, kept inside a picture of `size` (width, height)."""
        width, height = size
        return Box(
            max(0, self.left - pixels),
            max(0, self.top - pixels),
            min(width, self.right + pixels),
            min(height, self.bottom + pixels),
        )

    def scaled(self, factor: float, size: tuple[int, int]) -> "Box":
        """The same place in a picture `factor` times as large, of `size` (width, height); rounded outwards."""
        width, height = size
        return Box(
            max(0, int(np.floor(self.left * factor))),
            max(0, int(np.floor(self.top * factor))),
            min(width, int(np.ceil(self.right * factor))),
            min(height, int(np.ceil(self.bottom * factor))),
        )


@dataclass(frozen=True, eq=False)
class Image:
    """An upright picture with straight alpha.

    `rgb` is uint8 (height, width, 3), sRGB-encoded; `alpha` is uint8 (height, width), 255 where all is product, or None
    when nothing has been cut out. `shadow` is what lies under the product, a shadow or a reflection, as a picture of
    the same size with its own alpha; it stays a layer of its own until a background is laid beneath. `origin` is a
    small copy of the photograph that the product was cut from: its backdrop tells of what colour the light was.
    The arrays are read-only: an op gives back new ones.
    """

    rgb: Rgb
    alpha: Alpha | None = None
    shadow: "Image | None" = None
    origin: Rgb | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "rgb", _frozen(self.rgb, (3,), "rgb"))
        if self.alpha is not None:
            object.__setattr__(self, "alpha", _frozen(self.alpha, (), "alpha"))
            self._same_size(self.alpha, "alpha")
        if self.shadow is not None:
            self._same_size(self.shadow.rgb, "shadow")
        if self.origin is not None:
            object.__setattr__(self, "origin", _frozen(self.origin, (3,), "origin"))

    def _same_size(self, other: NDArray[np.uint8], name: str) -> None:
        if other.shape[:2] != self.rgb.shape[:2]:
            expected, actual = self.rgb.shape[:2], other.shape[:2]
            raise ValueError(f"{name} must be as large as rgb: expected {expected}, got {actual}")

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]

    @property
    def is_cut_out(self) -> bool:
        return self.alpha is not None

    def with_(self, **changes: Any) -> "Image":
        """A copy with other `rgb`, `alpha`, `shadow` or `origin`."""
        return replace(self, **changes)

    def __repr__(self) -> str:
        width, height = self.size
        parts = [f"{width}x{height}"] + [name for name in ("alpha", "shadow") if getattr(self, name) is not None]
        return f"Image({', '.join(parts)})"


def _frozen(array: NDArray[np.uint8], trailing: tuple[int, ...], name: str) -> NDArray[np.uint8]:
    if array.dtype != np.uint8 or array.shape[2:] != trailing or array.ndim != 2 + len(trailing) or 0 in array.shape:
        wanted = "(height, width, 3)" if trailing else "(height, width)"
        raise ValueError(f"{name} must be uint8 {wanted} and not empty, got {array.dtype} {array.shape}")
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def box_of(alpha: Alpha, above: int = 0) -> Box | None:
    """The smallest box around every pixel with alpha over `above`, or None where there is none."""
    solid = alpha > above
    columns, rows = np.flatnonzero(solid.any(axis=0)), np.flatnonzero(solid.any(axis=1))
    if columns.size == 0:
        return None
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


# IEC 61966-2-1: the sRGB transfer function, as a table over the 256 codes.
_CODES = np.arange(256, dtype=np.float64) / 255
SRGB_TO_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_linear(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """sRGB codes 0..255 to linear light 0..1, any shape."""
    return np.take(SRGB_TO_LINEAR, rgb)


def to_srgb(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear light to sRGB, 0..255 as float (not rounded, so that the caller may dither)."""
    clipped = np.clip(linear, 0.0, 1.0)
    high = 1.055 * np.power(np.maximum(clipped, 1e-8), 1 / 2.4) - 0.055
    return (np.where(clipped <= 0.0031308, clipped * 12.92, high) * 255).astype(np.float32)
