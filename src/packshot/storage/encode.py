"""`Image` to bytes: one file, sRGB-tagged, within its byte budget, the same bytes every time."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image as Pillow

from packshot.errors import RecipeError, TargetSizeUnreachable
from packshot.image import Image
from packshot.recipe import Encoding
from packshot.storage.budget import Fit, best_within
from packshot.storage.metadata import Metadata
from packshot.storage.writers import WRITERS


@dataclass(frozen=True)
class Encoded:
    """A finished file, with the facts: format, quality, encodes tried, size."""

    data: bytes
    facts: dict[str, Any] = field(default_factory=dict)


def encode(image: Image, encoding: Encoding, metadata: Metadata | None = None) -> Encoded:
    """The file. A shadow is laid under the product first, since no format keeps layers.

    Raises RecipeError for a JPEG of a cutout, and TargetSizeUnreachable (with the nearest there is as `best`) where the
    budget cannot be met at `encoding.min_quality`.
    """
    flat = flattened(image)
    if encoding.format == "jpeg" and flat.alpha is not None:
        raise RecipeError(
            "a JPEG cannot be transparent, and this picture is cut out",
            hint="add the step background: {colour: '#ffffff'}, or choose png, webp or avif",
        )
    blocks = (metadata or Metadata()) if encoding.metadata == "keep" else Metadata()
    writer = WRITERS[encoding.format]
    pixels = flat.rgb if flat.alpha is None else np.dstack([flat.rgb, flat.alpha])
    picture = Pillow.fromarray(pixels)
    limit = math.floor(encoding.max_kilobytes * 1000) if encoding.max_kilobytes else None
    if limit is None:
        fit = Fit(writer.save(picture, encoding.quality, blocks), encoding.quality, 1, True)
    else:
        fit = best_within(
            lambda quality: writer.save(picture, quality, blocks),
            limit,
            encoding.quality,
            encoding.min_quality,
            writer.curve,
        )
    facts = {"format": encoding.format, "quality": fit.quality, "encodes": fit.encodes, "size": list(flat.size)}
    if not fit.fits:
        raise _unreachable(fit, encoding, flat.size)
    return Encoded(fit.data, facts)


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


def _unreachable(fit: Fit, encoding: Encoding, size: tuple[int, int]) -> TargetSizeUnreachable:
    kilobytes = encoding.max_kilobytes or 0.0
    # Bytes go nearly with the number of pixels.
    factor = math.sqrt(kilobytes * 1000 / len(fit.data)) * 0.97
    width, height = (max(1, math.floor(side * factor)) for side in size)
    return TargetSizeUnreachable(
        f"{len(fit.data) / 1000:.0f} kB at quality {fit.quality:g}, the lowest allowed; the budget is {kilobytes:g} kB",
        hint=f"{math.ceil(len(fit.data) / 1000)} kB would do, or about {width}x{height} pixels, or a lower min_quality",
        best=fit.data,
    )
