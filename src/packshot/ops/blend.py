"""Layers: "over", resampling with transparency, and dithering. The one place where alpha is multiplied.

Colours are mixed in sRGB codes, as in every picture editor (docs/decisions/020); 8-bit throughout, so that alpha 255
gives exactly the product and alpha 0 exactly what lies beneath.
"""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Image, Rgb

Codes = NDArray[np.uint8]  # of any shape

WHITE = (255, 255, 255)
LITTLE = 1.05  # times larger: up to here, no eye tells cubic from Lanczos


def u8(array: object) -> Codes:
    """What OpenCV gave back, typed; no copy."""
    return np.asarray(array, dtype=np.uint8)


def spread(alpha: Alpha) -> Rgb:
    """The same alpha in three channels."""
    return u8(cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB))


def premultiplied(rgb: Rgb, alpha: Alpha) -> Rgb:
    """rgb x alpha."""
    return u8(cv2.multiply(rgb, spread(alpha), scale=1 / 255))


def straight(light: Rgb, alpha: Alpha) -> Rgb:
    """The inverse of `premultiplied`; black where alpha is 0. `light` is black there too, and right where it is 255."""
    places = cv2.findNonZero(cv2.inRange(alpha, np.array(1), np.array(254)))
    if places is None:
        return light
    columns, rows = np.asarray(places).reshape(-1, 2).T  # (n, 1, 2) in OpenCV 4, (n, 2) in 5
    rgb = light.copy()
    factor = 255 / alpha[rows, columns][:, None].astype(np.float32)
    rgb[rows, columns] = np.minimum(light[rows, columns] * factor + np.float32(0.5), 255)
    return rgb


def over(rgb: Rgb, alpha: Alpha, beneath: Rgb) -> Rgb:
    """`rgb` laid over an opaque picture of the same size."""
    # c = a*f + (1 - a)*b. Each product is rounded once; 255 is odd, so no half can fall between two equal colours.
    mask = spread(alpha)
    return u8(cv2.add(cv2.multiply(rgb, mask, scale=1 / 255), cv2.multiply(beneath, 255 - mask, scale=1 / 255)))


def over_colour(rgb: Rgb, alpha: Alpha, colour: tuple[int, int, int]) -> Rgb:
    """`rgb` laid over one colour."""
    mask = spread(alpha)
    product = cv2.multiply(rgb, mask, scale=1 / 255)
    if colour == WHITE:
        return u8(cv2.add(product, cv2.bitwise_not(mask)))
    codes = 255 - np.arange(256)
    table = np.stack([np.round(codes * channel / 255) for channel in colour], axis=-1).astype(np.uint8)
    return u8(cv2.add(product, cv2.LUT(mask, table[None])))


def merged(top: Image, bottom: Image) -> Image:
    """Two layers as one, still transparent; each layer's own shadow is left out."""
    if top.alpha is None or bottom.alpha is None:
        rgb = top.rgb if top.alpha is None else over(top.rgb, top.alpha, bottom.rgb)
        return Image(rgb)
    beneath = premultiplied(bottom.rgb, bottom.alpha)
    rest = 255 - top.alpha
    alpha = cv2.add(top.alpha, cv2.multiply(bottom.alpha, rest, scale=1 / 255))
    light = cv2.add(premultiplied(top.rgb, top.alpha), cv2.multiply(beneath, spread(rest), scale=1 / 255))
    return Image(straight(u8(light), u8(alpha)), u8(alpha))


def bled(rgb: Rgb, alpha: Alpha) -> Rgb:
    """The product's colours carried 5 pixels outwards, for filters that read across its edge."""
    # Sums over 11 x 11 pixels stay under 65,536.
    weight = np.asarray(cv2.boxFilter(alpha, cv2.CV_16U, (11, 11), normalize=False))
    outside = cv2.inRange(alpha, np.array(0), np.array(31))
    places = cv2.findNonZero(cv2.bitwise_and(outside, cv2.inRange(weight, np.array(1), np.array(65535))))
    if places is None:
        return rgb
    columns, rows = np.asarray(places).reshape(-1, 2).T
    light = np.asarray(cv2.boxFilter(premultiplied(rgb, alpha), cv2.CV_16U, (11, 11), normalize=False))
    wide = rgb.copy()
    factor = 255 / weight[rows, columns][:, None].astype(np.float32)
    wide[rows, columns] = np.minimum(light[rows, columns] * factor + np.float32(0.5), 255)
    return wide


def resized(image: Image, size: tuple[int, int]) -> Image:
    """The picture and its layers at `size` (width, height); what is transparent lends no colour to the rest.

    Smaller is an average over areas, larger is Lanczos without its ringing.
    """
    if size == image.size:
        return image
    shadow = None if image.shadow is None else resized(image.shadow, size)
    smaller = size[0] <= image.size[0] and size[1] <= image.size[1]
    if image.alpha is None:
        return Image(_area(image.rgb, size) if smaller else _lanczos(image.rgb, size), None, shadow)
    if smaller:
        alpha = _area(image.alpha, size)
        return Image(straight(_area(premultiplied(image.rgb, image.alpha), size), alpha), alpha, shadow)
    # Cubic is enough for alpha: where it overshoots, 0 and 255 stop it. Colour overshoots otherwise, so the two are
    # enlarged apart.
    alpha = u8(cv2.resize(image.alpha, size, interpolation=cv2.INTER_CUBIC))
    return Image(_lanczos(bled(image.rgb, image.alpha), size), alpha, shadow)


def _area(codes: Codes, size: tuple[int, int]) -> Codes:
    return u8(cv2.resize(codes, size, interpolation=cv2.INTER_AREA))


def _lanczos(codes: Codes, size: tuple[int, int]) -> Codes:
    """Enlarged without halos: no pixel leaves the range of the source pixels around it."""
    # For a few percent, cubic gives the same to less than half a code (57 dB on a photograph), nine times as fast.
    little = size[0] <= LITTLE * codes.shape[1] and size[1] <= LITTLE * codes.shape[0]
    sharp = cv2.resize(codes, size, interpolation=cv2.INTER_CUBIC if little else cv2.INTER_LANCZOS4)
    around = np.ones((3, 3), np.uint8)
    darkest = cv2.resize(cv2.erode(codes, around), size, interpolation=cv2.INTER_LINEAR)
    lightest = cv2.resize(cv2.dilate(codes, around), size, interpolation=cv2.INTER_LINEAR)
    return u8(cv2.min(cv2.max(sharp, darkest), lightest))


def spans(alpha: Alpha, rows: int) -> Iterator[tuple[slice, slice]]:
    """(rows, columns) of a picture, strip by strip of so many rows: each what is not wholly transparent."""
    for top in range(0, len(alpha), rows):
        left, above, width, height = cv2.boundingRect(alpha[top : top + rows])
        if width:
            yield slice(top + above, top + above + height), slice(left, left + width)


def in_strips(change: Callable[..., Rgb], rgb: Rgb, alpha: Alpha | None = None, *, reach: int, rows: int = 128) -> Rgb:
    """`change(rgb, alpha)` strip by strip, where no pixel reads more than `reach` pixels away.

    The same answer in less than half the time: what lies between the passes of `change` stays in the cache. With an
    alpha, what is wholly transparent on either side of the product stays as it is.
    """
    height, width = rgb.shape[:2]
    if alpha is None:
        changed = np.empty_like(rgb)
        places = [(slice(top, min(height, top + rows)), slice(0, width)) for top in range(0, height, rows)]
    else:
        changed = rgb.copy()
        places = list(spans(alpha, rows))
    for down, across in places:
        top, left = max(0, down.start - reach), max(0, across.start - reach)
        around = slice(top, min(height, down.stop + reach)), slice(left, min(width, across.stop + reach))
        strip = change(rgb[around], None if alpha is None else alpha[around])
        changed[down, across] = strip[down.start - top : down.stop - top, across.start - left : across.stop - left]
    return changed


TILE = 128


def _grain(width: int) -> NDArray[np.uint16]:
    """(TILE, width) noise, every value of 0..255 equally often, the same on every call."""
    # Every row holds each step of two once, so that no row comes out darker than the next.
    steps = np.arange(TILE)[:, None] % 2 + np.arange(0, 256, 256 // TILE)[None, :]
    tile = np.random.default_rng(20).permuted(steps, axis=1).astype(np.uint16)
    return np.ascontiguousarray(np.tile(tile, (1, -(-width // TILE)))[:, :width])


def dithered(codes256: NDArray[np.uint16]) -> Codes:
    """Codes times 256, of (height, width) or (height, width, 3), to codes; noise below the last digit hides the steps.

    Whole codes stay what they are.
    """
    noise = _grain(codes256.shape[1])
    if codes256.ndim == 3:
        noise = np.repeat(noise[:, :, None], 3, axis=2)
    codes = np.empty(codes256.shape, np.uint8)
    for top in range(0, len(codes), TILE):
        part = codes256[top : top + TILE]
        # floor((c + n) / 256) as a rounding: a whole code c lands within k - 0.498 .. k + 0.498.
        codes[top : top + TILE] = cv2.addWeighted(part, 1 / 256, noise[: len(part)], 1 / 256, -0.498, dtype=cv2.CV_8U)
    return codes
