"""Where colour and the network part ways about a piece of the product, the picture's edges decide anew."""

import cv2
import numpy as np

from packshot.image import Plane, Rgb
from packshot.models.embedded.regions import Mask, block, dilated, eroded, opened, touching

# What the network sees for sure, and what it does not see at all; from held-out composites (docs/decisions/060).
_SEEN, _UNSEEN = 0.9, 0.03
_DEEPER = block(5)  # a piece that is no deeper is a matter of outlines, and colour draws those better
_ROUND = block(15)  # around such a piece everything is asked anew


def mended(small: Rgb, found: Mask, seen: Plane, *, even: bool) -> tuple[Mask, Mask]:
    """What was found less the pieces that the network does not see at all, and where that changed it.

    On an `even` ground also with the pieces that only the network sees: a clear bottle's window, a white sole before
    white paper. But never a hole, which it likes to fill, nor a thing that stands apart. `seen` is 0..1, of the shape
    of `found`. Both sides are flooded from what nobody disputes and from the middle of the pieces in dispute
    (watershed, Meyer 1992); elsewhere the mask stays as it is.
    """
    extra = _extra(found, seen)
    missed = _missed(found, seen) if even else np.zeros_like(found)
    zone = dilated(missed | extra, _ROUND)
    believed = (seen > 0.5).astype(np.uint8)
    product = eroded(found & believed) | eroded(missed) | (found & (1 - zone))
    ground = eroded((1 - found) & (1 - believed)) | eroded(extra) | ((1 - found) & (1 - zone))
    if not zone.any() or not product.any() or not ground.any():
        return found, np.zeros_like(zone)
    markers = np.zeros(found.shape, np.int32)
    markers[ground > 0] = 1
    markers[product > 0] = 2
    cv2.watershed(small, markers)
    return np.where(zone > 0, markers == 2, found).astype(np.uint8), zone


def disputed(found: Mask, seen: Plane) -> float:
    """The pieces that one sees for sure and the other does not see at all, as a share of what was found.

    Holes are among them: nobody knows whether it is the network that fills a hole or colour that tears one.
    """
    torn = opened((seen > _SEEN).astype(np.uint8) & (1 - found))
    unseen = opened((seen < _UNSEEN).astype(np.uint8) & found)
    return float((torn | unseen).sum()) / max(1, int(found.sum()))


def _extra(found: Mask, seen: Plane) -> Mask:
    """What the network does not see of what was found, where it reaches the outline: it makes no holes."""
    extra = opened((seen < _UNSEEN).astype(np.uint8) & found, _DEEPER)
    return touching(extra, dilated(1 - found, block(5)))


def _missed(found: Mask, seen: Plane) -> Mask:
    """What only the network sees, open to the outside and beside what was found."""
    outlines, _ = cv2.findContours(found, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(found)
    cv2.drawContours(filled, outlines, -1, 1, -1)
    enclosed = dilated(opened(filled & (1 - found)))
    missed = opened((seen > _SEEN).astype(np.uint8) & (1 - found), _DEEPER) & (1 - enclosed)
    return touching(dilated(missed, block(5)) | found, found) & missed
