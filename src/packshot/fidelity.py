"""What became of the product's own pixels: the certificate.

The core of the product is where its alpha is over 250, eroded by two pixels. Every pixel of it is compared with the
pixel of the photograph that the recorded geometry says it came from. Where nothing but whole pixels was shifted, the
comparison is one of integers; else the photograph is resampled once by the same map, and the figures hold as far as one
way to resample agrees with another.

Pure: it knows two pictures, an alpha and a map, and believes nothing else.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.colour import difference, lab
from packshot.geometry import Affine, shifted
from packshot.image import Alpha, Box, Image, Rgb, box_of

Verdict: TypeAlias = Literal["identical", "resampled", "photometric", "compressed", "generated", "altered", "unknown"]
Compared: TypeAlias = Literal["rendition", "file"]
_Plane: TypeAlias = NDArray[np.float32]

SOLID = 250  # alpha over it is product and nothing else
MARGIN = 2  # pixels by which the core stays away from the edge
EXACT = "pixel by pixel"
RESAMPLED = "with the photograph resampled once"

_ROWS = 64  # compared at a time, so that what lies between stays in the cache
_COLOURS = 6_000  # pixels at which colours are compared where many differ: their mean is within 2 % of that of all
_REACH = 512  # pixels beyond the core in which a row that falls on a whole pixel is looked for
_ALIGNED = 0.01  # pixels by which it may miss it
_SIDE = 256  # pixels of the smaller side of the core on which structure is compared (Wang et al. suggest 256)
_FAINT = 3.0  # levels of deviation below which a patch has no pattern to keep
_GRAIN = 1.5  # times the deviation of the calmest fifth, below which there may be nothing but grain
_KEPT = 0.7  # correlation from which a patch shows the same pattern
_MOSTLY = 0.998  # share of the patches that light, noise reduction and sharpening leave alike
_SEEN = 2.0  # mean CIEDE2000 that resampling or compression alone do not reach


@dataclass(frozen=True)
class Certificate:
    """How the product of a rendition compares with the photograph.

    `identical` is the share of the core's pixels that did not change by a single level; it is 1 only where `different`
    is 0. `largest` is the largest difference of a channel, in levels of 255. `delta_e` is the mean CIEDE2000 and `ssim`
    the mean structural similarity of luma (Wang et al. 2004, on pixels averaged to about 256 along the smaller side).
    `structure` is the share of the product's patterned patches whose pattern is still the photograph's, whatever was
    done to light and contrast. `altered` is the place of the largest difference, in pixels of the rendition. `foreign`
    counts the pixels of the core that lie outside the photograph.
    """

    verdict: Verdict
    sentence: str
    compared: Compared = "rendition"
    method: str = EXACT
    scale: float | None = None
    pixels: int = 0
    different: int = 0
    foreign: int = 0
    identical: float | None = None
    largest: int | None = None
    delta_e: float | None = None
    ssim: float | None = None
    structure: float | None = None
    altered: Box | None = None
    text: dict[str, Any] | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing happened to the product that was not declared."""
        return self.verdict not in ("altered", "unknown")

    def as_data(self) -> dict[str, Any]:
        """Plain data, as a manifest keeps it."""
        return asdict(self) | {"altered": None if self.altered is None else list(self.altered)}


def certify(
    source: Image,
    finished: Image,
    product_alpha: Alpha | None,
    geometry: Affine | None,
    *,
    edits: Collection[str] = (),
    compared: Compared = "rendition",
    lossy: bool = False,
    text: Mapping[str, Any] | None = None,
) -> Certificate:
    """Compare the product of a finished picture with the photograph it was made from.

    `product_alpha` is of the size of `finished`; None says that the whole picture is product. `geometry` leads from
    `source` to `finished`; None says that nobody knows. `edits` are the classes that the steps declared, `lossy` says
    that the finished picture was decoded from a lossy file, `text` is what a text guard read.
    """
    said = None if text is None else dict(text)
    if geometry is None:
        why = "A step moved the pixels without saying where to, so nothing can be compared."
        return Certificate("unknown", why, compared, text=said)
    core = core_of(product_alpha, finished.size)
    if core is None:
        why = "The product is too small or too thin to have a core to compare."
        return Certificate("unknown", why, compared, scale=round(geometry.scale, 6), text=said)
    left, top, width, height = cv2.boundingRect(core)
    place = Box(left, top, left + width, top + height)
    core = np.ascontiguousarray(core[place.top : place.bottom, place.left : place.right])
    shift = geometry.shift()
    if shift is not None:
        before, inside = _shifted(source.rgb, shift, place)
    else:
        before, inside = _resampled(source.rgb, geometry, place)
    after = finished.rgb[place.top : place.bottom, place.left : place.right]
    foreign = 0
    if inside is not None:
        foreign = int(cv2.countNonZero(cv2.bitwise_and(core, cv2.bitwise_not(inside))))
        core = np.asarray(cv2.bitwise_and(core, inside), np.uint8)
    found = _compared(before, after, core)
    verdict, sentence = _verdict(found, shift is not None, foreign, edits, lossy)
    return Certificate(
        verdict=verdict,
        sentence=sentence,
        compared=compared,
        method=EXACT if shift is not None else RESAMPLED,
        scale=round(geometry.scale, 6),
        pixels=found.pixels,
        different=found.different,
        foreign=foreign,
        identical=found.identical,
        largest=found.largest,
        delta_e=found.delta_e,
        ssim=found.ssim,
        structure=found.structure,
        altered=None if found.altered is None else _moved(found.altered, place),
        text=said,
    )


def core_of(alpha: Alpha | None, size: tuple[int, int]) -> Alpha | None:
    """255 at the pixels that are the product's alone, 0 elsewhere; None where there are none."""
    if alpha is None:
        return np.full(size[::-1], 255, np.uint8)
    solid = cv2.threshold(alpha, SOLID, 255, cv2.THRESH_BINARY)[1]
    reach = 2 * MARGIN + 1
    # Beyond the picture's border the product goes on: what the frame cut off is no edge of the product.
    core = cv2.erode(solid, np.ones((reach, reach), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=255)
    return np.asarray(core, np.uint8) if cv2.countNonZero(core) else None


@dataclass(frozen=True)
class _Found:
    pixels: int
    different: int
    largest: int
    delta_e: float
    ssim: float
    structure: float
    altered: Box | None

    @property
    def identical(self) -> float:
        return 1 - self.different / self.pixels if self.pixels else 0.0


def _compared(before: Rgb, after: Rgb, core: Alpha) -> _Found:
    pixels = cv2.countNonZero(core)
    apart = np.empty_like(core)  # the largest difference of a channel
    for top in range(0, len(core), _ROWS):
        rows = slice(top, top + _ROWS)
        red, green, blue = cv2.split(cv2.absdiff(before[rows], after[rows]))
        apart[rows] = cv2.bitwise_and(cv2.max(cv2.max(red, green), blue), core[rows])
    different = cv2.countNonZero(apart)
    if different == 0:
        return _Found(pixels, 0, 0, 0.0, 1.0 if pixels else 0.0, 1.0 if pixels else 0.0, None)
    _, largest, _, (x, y) = cv2.minMaxLoc(apart)
    ssim, structure = _likeness(before, after, core)
    mean = _mean_difference(before, after, apart, core, pixels, different)
    return _Found(pixels, different, int(largest), mean, ssim, structure, _around(apart, x, y))


def _around(apart: Alpha, x: int, y: int, reach: int = 64) -> Box:
    """The box of what differs at least half as much as the pixel (x, y), within `reach` of it."""
    left, top = max(0, x - reach), max(0, y - reach)
    near = apart[top : y + reach + 1, left : x + reach + 1]
    box = box_of(near, above=(int(apart[y, x]) - 1) // 2) or Box(x - left, y - top, x - left + 1, y - top + 1)
    return _moved(box, Box(left, top, left, top))


def _moved(box: Box, by: Box) -> Box:
    return Box(box.left + by.left, box.top + by.top, box.right + by.left, box.bottom + by.top)


def _mean_difference(before: Rgb, after: Rgb, apart: Alpha, core: Alpha, pixels: int, different: int) -> float:
    """Mean CIEDE2000 over the core: exact where few pixels differ, else of a regular grid of them."""
    if different <= _COLOURS:
        places, among = apart > 0, pixels
        total = difference(lab(before[places]), lab(after[places])).sum()
        return round(float(total / among), 6)
    step = max(1, math.isqrt(pixels // _COLOURS))
    grid = (slice(step // 2, None, step), slice(step // 2, None, step))
    places = core[grid] > 0
    if not places.any():
        grid, places = (slice(None), slice(None)), core > 0
    return round(float(difference(lab(before[grid][places]), lab(after[grid][places])).mean()), 4)


def _likeness(before: Rgb, after: Rgb, core: Alpha) -> tuple[float, float]:
    """Mean SSIM of luma, and the share of patterned patches that kept their pattern.

    Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to structural similarity", IEEE
    Transactions on Image Processing 13 (2004): windows of 11 x 11, sigma 1.5, K1 = 0.01, K2 = 0.03; equation (13), and
    (10) alone for the pattern. A pattern is lost where at least 3 x 3 windows side by side lack it.
    """
    shrink = max(1, round(min(core.shape) / _SIDE))
    size = core.shape[1] // shrink, core.shape[0] // shrink
    whole = slice(size[1] * shrink), slice(size[0] * shrink)  # whole blocks are averaged much quicker
    share = np.asarray(cv2.resize(core[whole], size, interpolation=cv2.INTER_AREA))
    inner = share > 254 if (share > 254).any() else share > 0
    first, second = (_luma(rgb[whole], size) for rgb in (before, after))
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    # Windows look at the core alone: what lies beyond it was meant to change.
    mask = inner.astype(np.float32)
    weight = 1 / np.maximum(_windowed(mask), np.float32(1e-3))
    first, second = first * mask, second * mask
    mean1, mean2 = _windowed(first) * weight, _windowed(second) * weight
    var1 = np.maximum(_windowed(first * first) * weight - mean1 * mean1, 0)
    var2 = np.maximum(_windowed(second * second) * weight - mean2 * mean2, 0)
    shared = _windowed(first * second) * weight - mean1 * mean2
    ssim = (2 * mean1 * mean2 + c1) * (2 * shared + c2) / ((mean1**2 + mean2**2 + c1) * (var1 + var2 + c2))
    # Grain is no pattern: what the calmest parts of the photograph show is not asked for elsewhere.
    faint = max(_FAINT**2, _GRAIN**2 * float(np.percentile(var1[inner], 20)))
    patterned = inner & (np.maximum(var1, var2) > faint)
    kept = 1.0
    if patterned.any():
        pattern = (shared + c2 / 2) / (np.sqrt(var1 * var2) + c2 / 2)
        # What somebody altered hangs together; grain that was taken away is missed in a pixel here and there.
        missed = (patterned & (pattern < _KEPT)).astype(np.uint8)
        lost = cv2.morphologyEx(missed, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        kept = 1 - cv2.countNonZero(lost) / int(np.count_nonzero(patterned))
    return round(float(ssim[inner].mean()), 5), round(kept, 5)


def _luma(rgb: Rgb, size: tuple[int, int]) -> _Plane:
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)


def _windowed(plane: _Plane) -> _Plane:
    return np.asarray(cv2.GaussianBlur(plane, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT), np.float32)


def _shifted(rgb: Rgb, shift: tuple[int, int], place: Box) -> tuple[Rgb, Alpha | None]:
    """The photograph's pixels behind `place`, and where there are any (None: everywhere)."""
    height, width = rgb.shape[:2]
    right, down = shift
    wanted = Box(place.left - right, place.top - down, place.right - right, place.bottom - down)
    seen = Box(max(0, wanted.left), max(0, wanted.top), min(width, wanted.right), min(height, wanted.bottom))
    if seen == wanted:
        return rgb[seen.top : seen.bottom, seen.left : seen.right], None
    behind = np.zeros((place.height, place.width, 3), np.uint8)
    inside = np.zeros((place.height, place.width), np.uint8)
    if seen.left < seen.right and seen.top < seen.bottom:
        rows = slice(seen.top - wanted.top, seen.bottom - wanted.top)
        columns = slice(seen.left - wanted.left, seen.right - wanted.left)
        behind[rows, columns] = rgb[seen.top : seen.bottom, seen.left : seen.right]
        inside[rows, columns] = 255
    return behind, inside


def _resampled(rgb: Rgb, geometry: Affine, place: Box) -> tuple[Rgb, Alpha | None]:
    """The photograph as the geometry shows it in `place`, and where it reaches (None: everywhere)."""
    across = _straight(geometry.xx, geometry.x0, rgb.shape[1], place.left, place.right)
    down = _straight(geometry.yy, geometry.y0, rgb.shape[0], place.top, place.bottom)
    if across is None or down is None or geometry.xy != 0 or geometry.yx != 0:
        return _warped(rgb, geometry, place)
    part = rgb[down.first : down.last, across.first : across.last]
    size = across.end - across.start, down.end - down.start
    smaller = size[0] * 2 < part.shape[1] or size[1] * 2 < part.shape[0]
    shown = cv2.resize(part, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    return np.asarray(shown, np.uint8)[
        place.top - down.start : place.bottom - down.start, place.left - across.start : place.right - across.start
    ], None


class _Span(NamedTuple):
    """Pixels `first` to `last` of the photograph become pixels `start` to `end` of the rendition, along one side."""

    first: int
    last: int
    start: int
    end: int


def _straight(scale: float, offset: float, length: int, start: int, end: int) -> _Span | None:
    """Whole pixels of the photograph that become whole pixels around `start` to `end`; None where there are none near.

    A step that scales takes whole pixels to whole pixels; resizing just these is ten times as quick as warping.
    """
    if scale <= 0:
        return None
    lowest, highest = math.floor((start - offset) / scale + 1e-6), math.ceil((end - offset) / scale - 1e-6)
    if lowest < 0 or highest > length:
        return None
    firsts = np.arange(lowest, max(-1, lowest - _REACH), -1)
    lasts = np.arange(highest, min(length, highest + _REACH) + 1)
    spans = []
    for places in (firsts, lasts):
        shown = scale * places + offset
        off = np.abs(shown - np.rint(shown))
        best = int(np.argmax(off < _ALIGNED))
        if off[best] >= _ALIGNED:
            return None
        spans.append((int(places[best]), round(float(shown[best]))))
    (first, begins), (last, ends) = spans
    return _Span(first, last, begins, ends)


def _warped(rgb: Rgb, geometry: Affine, place: Box) -> tuple[Rgb, Alpha | None]:
    """The same for any map. Much smaller, the photograph is averaged over whole blocks first; then cubic."""
    back = shifted(place.left, place.top).then(geometry.inverse())
    height, width = rgb.shape[:2]
    corners = [(0, 0), (place.width, 0), (0, place.height), (place.width, place.height)]
    xs = [back.xx * x + back.xy * y + back.x0 for x, y in corners]
    ys = [back.yx * x + back.yy * y + back.y0 for x, y in corners]
    block = max(1, int(1 / max(geometry.scale, 1e-6)))
    near = Box(
        *(max(0, math.floor(min(each)) - 4 * block) for each in (xs, ys)),
        *(min(most, math.ceil(max(each)) + 4 * block) for each, most in ((xs, width), (ys, height))),
    )
    size = place.width, place.height
    if near.left >= near.right or near.top >= near.bottom:
        return np.zeros((*size[::-1], 3), np.uint8), np.zeros(size[::-1], np.uint8)
    part = rgb[near.top : near.bottom, near.left : near.right]
    block = min(block, *part.shape[:2])
    blocks = part.shape[1] // block, part.shape[0] // block
    back = back.then(shifted(-near.left, -near.top)).then(Affine(xx=1 / block, yy=1 / block))
    if block > 1:
        part = part[: blocks[1] * block, : blocks[0] * block]
        part = np.asarray(cv2.resize(part, blocks, interpolation=cv2.INTER_AREA), np.uint8)
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    shown = cv2.warpAffine(part, back.centred(), size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    slack = 1e-6
    if min(xs) >= -slack and min(ys) >= -slack and max(xs) <= width + slack and max(ys) <= height + slack:
        return np.asarray(shown, np.uint8), None
    full = np.full(part.shape[:2], 255, np.uint8)
    inside = cv2.warpAffine(full, back.centred(), size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.asarray(shown, np.uint8), np.asarray(cv2.threshold(inside, 254, 255, cv2.THRESH_BINARY)[1], np.uint8)


def _verdict(found: _Found, exact: bool, foreign: int, edits: Collection[str], lossy: bool) -> tuple[Verdict, str]:
    if found.pixels == 0:
        return "altered", "Nothing of the product lies where the photograph has it."
    if exact and found.different == 0 and foreign == 0:
        return "identical", f"All {found.pixels:,} pixels inside the product are exactly those of the photograph."
    if "generative-product" in edits:
        return "generated", "A model was asked to draw on the product, and the recipe says so."
    if foreign:
        return "altered", f"{foreign:,} pixels of the product lie outside the photograph."
    alike = found.structure >= _MOSTLY
    near = found.delta_e < _SEEN
    if "photometric" in edits and alike:
        return "photometric", (
            "The light, colour or sharpness of the product was changed, as the recipe says, by a colour difference of "
            f"{found.delta_e:.1f} on average (an eye just sees 1); its shape and its print are the photograph's."
        )
    if not exact and alike and near:
        return "resampled", "The product was only scaled or turned; its colours, shape and print are the photograph's."
    if exact and lossy and alike and near:
        return "compressed", "The product differs from the photograph only as far as the file's compression goes."
    if exact and alike:
        return "altered", (
            f"{found.different:,} of {found.pixels:,} pixels inside the product are not those of the photograph, and "
            "no step was to change them."
        )
    return "altered", f"{1 - found.structure:.0%} of the product's pattern is not that of the photograph."
