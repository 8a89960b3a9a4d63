"""What of a picture is looked at: tiles of the product at its own size, and a small copy of the whole."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Box, Rgb

Luma: TypeAlias = NDArray[np.uint8]  # (height, width)
Mask: TypeAlias = NDArray[np.bool_]  # (height, width), where to look
Points: TypeAlias = NDArray[np.uint8]  # (pixel, 3), sRGB-encoded
Counts: TypeAlias = NDArray[np.float64]  # 256, how often each level occurs

SIDE = 128  # of a tile, pixels; a multiple of 8, so that the blocks of a JPEG keep their place in it
ACROSS, DOWN = 5, 3  # tiles: 246,000 pixels are looked at; more of them move no measure by a tenth
POINTS = 50_000  # at most, of the product's pixels, for its tones
_MEAN = np.full((1, 3), 1 / 3, np.float32)
SMALL = 160  # longer side of the small copy, pixels


@dataclass(frozen=True, eq=False)
class View:
    """The product's pixels at their own size (a smaller copy would hide blur), side by side in tiles of `side`.

    `inside` is where the product is. Where it has been `cut` out the pixels at its outline are left out, as the edge of
    a cutout says nothing about the photograph.
    """

    rgb: Rgb
    inside: Mask
    side: int
    cut: bool

    @cached_property
    def luma(self) -> Luma:
        """The mean of the channels: in the eye's weights a blue product would have no edges."""
        return u8(cv2.transform(self.rgb, _MEAN))

    def whole(self, reach: int) -> Mask:
        """The pixels of the product whose neighbours as far as `reach` lie in the same tile."""
        height, width = self.rgb.shape[:2]
        kept = np.zeros((height, width), bool)
        for top in range(0, height, self.side):
            for left in range(0, width, self.side):
                bottom, right = min(top + self.side, height), min(left + self.side, width)
                kept[top + reach : max(bottom - reach, 0), left + reach : max(right - reach, 0)] = True
        return self.inside & kept


@dataclass(frozen=True, eq=False)
class Small:
    """The whole picture, small: where `product` and `ground` surely are, and `near`, the product with its outline.

    There is no ground where it is not plain.
    """

    rgb: Rgb
    product: Mask
    ground: Mask
    near: Mask

    @cached_property
    def levels(self) -> Counts:
        """Of the product's luma."""
        return histogram(u8(cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY)), self.product)

    @cached_property
    def brightest(self) -> Counts:
        """Of the brightest channel of each pixel of the product: a vivid blue is bright at 29 of luma."""
        red, green, blue = cv2.split(self.rgb)
        return histogram(u8(cv2.max(cv2.max(red, green), blue)), self.product)


def u8(array: object) -> Luma:
    """What OpenCV gave back, typed; no copy."""
    return np.asarray(array, dtype=np.uint8)


def histogram(plane: Luma, where: Mask) -> Counts:
    """How often each of the 256 levels occurs there."""
    counted = cv2.calcHist([plane], [0], where.view(np.uint8), [256], [0, 256])
    return np.asarray(counted, np.float64).ravel()


def percentile(counts: Counts, percent: float) -> int:
    """By counting, which is ten times faster than sorting; 0 of nothing."""
    sums = np.cumsum(counts)
    return int(np.searchsorted(sums, sums[-1] * percent / 100)) if sums[-1] > 0 else 0


def place_of(alpha: Alpha) -> Box | None:
    """The smallest box around what is more than half there, or None where nothing is."""
    left, top, width, height = cv2.boundingRect(u8(cv2.threshold(alpha, 127, 1, cv2.THRESH_BINARY)[1]))
    return Box(left, top, left + width, top + height) if width else None


def small_copy(rgb: Rgb, alpha: Alpha | None, place: Box) -> Small:
    """Without `alpha`, the product is what in `place` does not look like a plain surrounding."""
    height, width = rgb.shape[:2]
    stride = max(1, max(height, width) // (4 * SMALL))
    scale = min(1.0, SMALL / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    copy = u8(cv2.resize(_halved(rgb[::stride, ::stride]), size, interpolation=cv2.INTER_AREA))
    if alpha is not None:
        cover = u8(cv2.resize(_halved(alpha[::stride, ::stride]), size, interpolation=cv2.INTER_AREA))
        product = cover > 250
        product = product if product.any() else cover == cover.max()
        return Small(copy, product, np.zeros_like(product), product)
    ground = plain_ground(copy)
    inner = place.scaled(scale, size)
    product = np.zeros(copy.shape[:2], bool)
    product[inner.top : inner.bottom, inner.left : inner.right] = True
    if not product.any():  # a sliver at the very side of a picture that is a sliver itself
        product[:] = True
    wide = np.ones((3, 3), np.uint8)
    ours = product & ~u8(cv2.dilate(ground.astype(np.uint8), wide)).astype(bool)
    if np.count_nonzero(ours) <= 0.02 * np.count_nonzero(product):
        return Small(copy, product, ground, product)
    return Small(copy, ours, ground, product & ~u8(cv2.erode(ground.astype(np.uint8), wide)).astype(bool))


def _halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means of 2 x 2, where there are many; averaging over exactly two is several times as quick as over any number."""
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    if max(height, width) < SMALL or min(height, width) < 1:
        return pixels
    return u8(cv2.resize(pixels[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA))


def points(rgb: Rgb, alpha: Alpha | None, place: Box, small: Small) -> Points:
    """Evenly spread pixels of the product as they are: averages would hide what is blown out."""
    step = max(1, int(np.ceil(np.sqrt(place.width * place.height / POINTS))))
    rows, columns = slice(place.top, place.bottom, step), slice(place.left, place.right, step)
    if alpha is not None:
        part = alpha[rows, columns]
        return rgb[rows, columns][part > min(250, int(part.max()) - 1)]
    y = np.arange(place.top, place.bottom, step) * small.rgb.shape[0] // rgb.shape[0]
    x = np.arange(place.left, place.right, step) * small.rgb.shape[1] // rgb.shape[1]
    return rgb[rows, columns][small.product[np.ix_(y, x)]]


def plain_ground(rgb: Rgb) -> Mask:
    """What hangs together with the frame and has nearly its colour; nothing where the frame has many colours."""
    height, width = rgb.shape[:2]
    nothing = np.zeros((height, width), bool)
    if min(height, width) < 8:
        return nothing
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.int16)
    frame = np.concatenate(
        [lab[:2].reshape(-1, 3), lab[-2:].reshape(-1, 3), lab[:, :2].reshape(-1, 3), lab[:, -2:].reshape(-1, 3)]
    )
    colour = np.median(frame, axis=0)
    away = np.abs(frame - colour).sum(axis=1)
    spread = float(np.percentile(away, 70))
    if spread > 40:
        return nothing
    like = np.abs(lab - colour).sum(axis=2) <= max(20.0, 1.6 * spread)
    _, labels = cv2.connectedComponents(like.astype(np.uint8), connectivity=4)
    edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    ground = np.isin(labels, edge[edge > 0]) & like
    return ground if np.count_nonzero(ground) >= 0.1 * ground.size else nothing


def view(rgb: Rgb, alpha: Alpha | None, place: Box, small: Small) -> View:
    """At most `ACROSS` x `DOWN` tiles, spread over the product; a small product whole."""
    height, width = rgb.shape[:2]
    if place.height * place.width <= ACROSS * DOWN * SIDE * SIDE:
        corners = [(place.top, place.left)]
        shape = place.height, place.width
    else:
        shape = min(SIDE, height), min(SIDE, width)
        cover = _cover(small, (height, width), place) if alpha is None else _solid(alpha, place)
        corners = _spread(cover, place, (height, width), shape)
    parts, masks = [], []
    for y, x in corners:
        rows, columns = slice(y, y + shape[0]), slice(x, x + shape[1])
        parts.append(rgb[rows, columns])
        masks.append(_inside(alpha, rows, columns) if alpha is not None else _likely(small, rows, columns, rgb.shape))
    if len(corners) == 1:
        only = masks[0] if masks[0].any() else np.ones_like(masks[0])
        return View(parts[0], only.astype(bool), max(shape), alpha is not None)
    missing = -len(parts) % ACROSS
    parts += [np.zeros((*shape, 3), np.uint8)] * missing
    masks += [np.zeros(shape, np.uint8)] * missing
    lines = range(0, len(parts), ACROSS)
    mosaic = np.concatenate([np.concatenate(parts[line : line + ACROSS], axis=1) for line in lines])
    inside = np.concatenate([np.concatenate(masks[line : line + ACROSS], axis=1) for line in lines]).astype(bool)
    return View(mosaic, inside, SIDE, alpha is not None)


_GRID = 8  # pixels from one look at the product's shape to the next


def _solid(alpha: Alpha, place: Box) -> Luma:
    """Every eighth pixel of `place`, 1 where the product is."""
    seen = alpha[place.top : place.bottom : _GRID, place.left : place.right : _GRID]
    return (seen > 250).astype(np.uint8)


def _cover(small: Small, size: tuple[int, int], place: Box) -> Luma:
    """The same from the small copy, where there is no alpha."""
    y = np.arange(place.top, place.bottom, _GRID) * small.rgb.shape[0] // size[0]
    x = np.arange(place.left, place.right, _GRID) * small.rgb.shape[1] // size[1]
    return small.product[np.ix_(y, x)].astype(np.uint8)


def _spread(cover: Luma, place: Box, size: tuple[int, int], shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Corners of the tiles that the product covers best, evenly over it.

    They depend on its shape alone and go with it wherever it stands in the frame.
    """
    sums = cv2.integral(cover)
    tops = _steps(place.top, place.bottom, shape[0], size[0])
    lefts = _steps(place.left, place.right, shape[1], size[1])
    corners = [(top, left) for top in tops for left in lefts]
    a, c = _spans(tops, place.top, shape[0], cover.shape[0])
    b, d = _spans(lefts, place.left, shape[1], cover.shape[1])
    inside = sums[np.ix_(c, d)] - sums[np.ix_(a, d)] - sums[np.ix_(c, b)] + sums[np.ix_(a, b)]
    shares = (inside / ((c - a)[:, None] * (d - b))).ravel()
    good = np.flatnonzero(shares >= 0.5)
    count = ACROSS * DOWN
    if good.size < count:
        good = np.sort(np.argsort(-shares, kind="stable")[:count])
    chosen = good[np.unique(np.linspace(0, good.size - 1, count).round().astype(int))]
    return [corners[index] for index in chosen]


def _spans(starts: list[int], origin: int, side: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last line of the grid that each tile covers, one line at least."""
    first = np.clip((np.array(starts) - origin) // _GRID, 0, end - 1)
    last = np.clip((np.array(starts) + side - origin) // _GRID, first + 1, end)
    return first, last


def _steps(start: int, stop: int, side: int, end: int) -> list[int]:
    """Where the tiles begin: whole eights from `start`, where the blocks of a JPEG lie alike in each."""
    last = start + (min(stop, end) - side - start) // 8 * 8 if stop - start > side else start
    if last + side > end:
        last -= -(-(last + side - end) // 8) * 8
    return sorted({max(0, min(step, last)) for step in range(start, stop, side)})


def _inside(alpha: Alpha, rows: slice, columns: slice) -> Luma:
    part = alpha[rows, columns]
    core = u8(cv2.erode((part > 250).astype(np.uint8), np.ones((7, 7), np.uint8), borderValue=1))
    return core if core.any() else (part > 127).astype(np.uint8)


def _likely(small: Small, rows: slice, columns: slice, shape: tuple[int, ...]) -> Luma:
    """Without an alpha: what the small copy took for the product, with its outline, which the camera has drawn."""
    y = np.arange(rows.start, min(rows.stop, shape[0])) * small.rgb.shape[0] // shape[0]
    x = np.arange(columns.start, min(columns.stop, shape[1])) * small.rgb.shape[1] // shape[1]
    return small.near[np.ix_(y, x)].astype(np.uint8)
