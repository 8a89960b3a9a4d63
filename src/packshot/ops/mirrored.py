"""How much a surface of a photograph mirrors, told from what stands behind it, and the product's faint image in it.

A polished table shows the window frames and legs behind it again, in the same columns, whatever their distance. A matt
one does not. Where nothing is behind it that could be seen again nothing is known, and nothing is mirrored.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Image, Plane, Rgb, to_linear, to_srgb
from packshot.ops.blend import dithered, u8
from packshot.studio.ground import ground_of
from packshot.surface import Surface

_BAND = 0.2  # of the picture's height, how far above and below the far edge is looked at
_WIDE = 1 / 12  # of its width: what changes more slowly is light, not an image
_FEWEST = 30  # columns
_STRUCTURE = 3.0  # L*, deviation of what is behind, from which it would be seen again
_AGREE = 0.5  # correlation from which it is
_MOST = 0.2  # a mirror is another thing


def mirrored_by(rgb: Rgb, surface: Surface) -> float:
    """Share of the light that it mirrors, 0 to `_MOST`; 0 where nothing tells."""
    if surface.view == "top":
        return 0.0
    free = surface.free > 127
    height, width = free.shape
    small = u8(cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA))
    light = np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 0], np.float32)
    band = max(4, round(_BAND * height))
    far = np.argmax(free, axis=0)
    columns = np.flatnonzero((free.sum(axis=0) > 3) & (far > band // 2))
    if len(columns) < max(_FEWEST, 0.1 * width):
        return 0.0
    behind, on = np.empty(len(columns)), np.empty(len(columns))
    for number, column in enumerate(columns):
        edge = far[column]
        behind[number] = light[max(0, edge - band) : edge - 1, column].mean()
        on[number] = light[edge : edge + band, column][free[edge : edge + band, column]].mean()
    behind, on = _changes(behind, columns, width), _changes(on, columns, width)
    if behind.std() < _STRUCTURE or on.std() < 1e-3 or np.corrcoef(behind, on)[0, 1] < _AGREE:
        return 0.0
    return float(np.clip((behind @ on) / (behind @ behind), 0, _MOST))


def _changes(values: NDArray[np.float64], columns: NDArray[np.int64], width: int) -> NDArray[np.float64]:
    """Without what changes slowly from column to column."""
    row = np.interp(np.arange(width), columns, values)[None]
    return np.asarray((row - cv2.GaussianBlur(row, (0, 0), _WIDE * width))[0, columns])


def with_image(beneath: Rgb, product: Image, share: float, on: Plane) -> Rgb:
    """The scene with the product upside down in the surface, softer and fainter the farther from its foot.

    `on` is how much of each pixel is the surface.
    """
    ground = None if product.alpha is None else ground_of(product.alpha)
    if product.alpha is None or ground is None or share <= 0:
        return beneath
    (left, right), height = ground.columns, product.alpha.shape[0]
    reach = float(0.6 * (ground.line.max() - np.flatnonzero(product.alpha.max(axis=1))[0]))
    top, bottom = int(ground.line.min()), min(height, int(ground.line.max() + reach) + 1)
    if reach < 2 or top >= bottom:
        return beneath
    rows = np.arange(top, bottom, dtype=np.float32)[:, None]
    source = np.ascontiguousarray(2 * ground.line[None] - 1 - rows, np.float32)
    across = np.ascontiguousarray(np.broadcast_to(np.arange(right - left, dtype=np.float32)[None], source.shape))
    cover = _seen(np.asarray(product.alpha[:, left:right] / np.float32(255), np.float32), across, source)
    light = _seen(to_linear(product.rgb[:, left:right]), across, source) * cover[..., None]
    away = np.clip((rows - ground.line[None]) / reach, 0, 1)
    soft = max(0.6, 0.02 * reach)
    cover, light = (np.asarray(cv2.GaussianBlur(plane, (0, 0), soft), np.float32) for plane in (cover, light))
    stands = ground.hold * np.exp(-((ground.gap / (0.25 * max(1, right - left))) ** 2))
    faint = share * (1 - away) ** 1.5 * (rows >= ground.line[None] - 1) * stands[None] * on[top:bottom, left:right]
    part = to_linear(beneath[top:bottom, left:right])
    # What the surface would have mirrored there is hidden by the product: about as bright as the surface itself.
    seen = np.clip(part + faint[..., None] * (light - cover[..., None] * part.mean(axis=(0, 1))), 0, 1)
    changed = beneath.copy()
    codes = dithered(np.asarray(to_srgb(np.asarray(seen, np.float32)) * 256 + 0.5, np.uint16))
    where = faint * cover > 0.002
    changed[top:bottom, left:right][where] = codes[where]
    return changed


def _seen(plane: NDArray[np.float32], across: Plane, down: Plane) -> NDArray[np.float32]:
    return np.asarray(cv2.remap(plane, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), np.float32)
