"""`Image` to bytes: one file, sRGB-tagged, within its byte budget, the same bytes every time."""

import math
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image as Pillow

from packshot.errors import RecipeError, TargetSizeUnreachable
from packshot.image import Image, Rgb
from packshot.recipe import Encoding
from packshot.storage.budget import Bounds, Fit, best_within
from packshot.storage.metadata import Metadata
from packshot.storage.white import off_white, white_of
from packshot.storage.writers import LONGEST_BLOCK, LOSSLESS, WRITERS, Draft, Made


@dataclass(frozen=True)
class Encoded:
    """A finished file, with the facts: format, size, quality, `encodes` of the whole picture, what was `probed` besides
    in such encodes (an eighth of it is 0.125), and `off_white`, the share of a white background that is not."""

    data: bytes
    facts: dict[str, Any] = field(default_factory=dict)


def encode(image: Image, encoding: Encoding, metadata: Metadata | None = None, *, reserve: int = 0) -> Encoded:
    """The file, with all of `metadata` in it. A shadow is laid under the product first, since no format keeps layers.

    `reserve` bytes of the budget stay free, for a signature.

    Raises RecipeError for a JPEG of a cutout, and TargetSizeUnreachable (with the nearest there is as `best`) where the
    budget cannot be met at `encoding.min_quality`.
    """
    flat = flattened(image)
    if encoding.format == "jpeg" and flat.alpha is not None:
        raise RecipeError(
            "a JPEG cannot be transparent, and this picture is cut out",
            hint="add the step background: {colour: '#ffffff'}, or choose png, webp or avif",
        )
    white = white_of(flat.rgb) if flat.alpha is None and encoding.format != "png" else None
    kept, facts = _kept(metadata, encoding)
    top, floor = (LOSSLESS, 0.0) if encoding.format == "png" else (encoding.quality, encoding.min_quality)
    limit = max(1, math.floor(encoding.max_kilobytes * 1000) - reserve) if encoding.max_kilobytes else math.inf
    search = _Search(WRITERS[encoding.format](flat, white, kept))
    fit = search.best(Bounds(limit, top, min(floor, top)))
    made = search.made[fit.quality]
    if not fit.fits:
        raise _unreachable(made.data, fit.quality, encoding, flat.size, reserve)
    facts |= {"format": encoding.format, "size": list(flat.size), "encodes": len(search.made)}
    if search.probed:
        facts["probed"] = round(search.probed, 3)
    if encoding.format == "png":
        facts["lossless"] = fit.quality >= LOSSLESS
        return Encoded(made.data, facts)
    facts["quality"] = fit.quality
    if white is not None:
        # Of the background's pixels: the share that does not come out as 255, 255, 255.
        off = off_white(_decoded(made.data), white) if made.off_white is None else made.off_white
        facts["off_white"] = off / int(np.count_nonzero(white))
    return Encoded(made.data, facts)


def _decoded(data: bytes) -> Rgb:
    return np.asarray(Pillow.open(BytesIO(data)).convert("RGB"))


class _Search:
    """The best encode of one picture within a limit; none is made twice, and all are kept."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self.made: dict[float, Made] = {}
        self.probed = 0.0  # in encodes of the whole picture

    def best(self, asked: Bounds) -> Fit:
        probe, curve = self._draft.probe, self._draft.curve
        if probe is None or (asked.limit >= probe.ample and self._size(asked.top) <= asked.limit):
            return best_within(self._size, asked, curve)

        def tried(quality: float) -> float:
            self.probed += probe.share
            return probe.size(quality)

        # Probes are cheap and a little off: they find where to begin, in the middle of what is good enough.
        near = best_within(tried, replace(asked, limit=asked.limit * 0.99, fill=probe.fill), curve)
        return best_within(self._size, asked, curve, start=near.quality)

    def _size(self, quality: float) -> int:
        if quality not in self.made:
            self.made[quality] = self._draft.make(quality)
        return len(self.made[quality].data)


def _kept(metadata: Metadata | None, encoding: Encoding) -> tuple[Metadata, dict[str, Any]]:
    """What goes into the file: in a JPEG only what one segment can hold."""
    if metadata is None:
        return Metadata(), {}
    most = LONGEST_BLOCK if encoding.format == "jpeg" else 2**31
    blocks = {"exif": metadata.exif, "xmp": metadata.xmp, "iptc": metadata.iptc}
    too_long = sorted(name for name, block in blocks.items() if len(block) > most)
    kept = Metadata(**{name: b"" if name in too_long else block for name, block in blocks.items()})
    return kept, {"metadata_too_long": too_long} if too_long else {}


def flattened(image: Image) -> Image:
    """The product over its shadow, as one layer of straight alpha."""
    if image.shadow is None or image.alpha is None:
        return Image(image.rgb, image.alpha)
    under = flattened(image.shadow)
    lower = np.full(image.alpha.shape, 255, np.uint8) if under.alpha is None else under.alpha
    # Porter and Duff's "over": a = ap + as (1 - ap); c = (cp ap + cs as (1 - ap)) / a
    product = image.alpha.astype(np.float32) / 255
    shade = lower.astype(np.float32) / 255 * (1 - product)
    total = product + shade
    share = np.divide(product, total, out=np.ones_like(total), where=total > 0)[..., None]
    rgb = image.rgb * share + under.rgb * (1 - share)
    return Image(np.rint(rgb).astype(np.uint8), np.rint(total * 255).astype(np.uint8))


def _unreachable(
    data: bytes, quality: float, encoding: Encoding, size: tuple[int, int], reserve: int
) -> TargetSizeUnreachable:
    kilobytes = encoding.max_kilobytes or 0.0
    length = len(data) + reserve
    # Bytes go nearly with the number of pixels.
    factor = math.sqrt(kilobytes * 1000 / length) * 0.97
    width, height = (max(1, math.floor(side * factor)) for side in size)
    how = "with a palette" if encoding.format == "png" else f"at quality {quality:g}, the lowest allowed"
    others = "another format" if encoding.format == "png" else "a lower min_quality"
    return TargetSizeUnreachable(
        f"the {encoding.format} has {length / 1000:.0f} kB {how}; the budget is {kilobytes:g} kB",
        hint=f"allow {math.ceil(length / 1000)} kB, or about {width}x{height} pixels, or {others}",
        best=data,
    )
