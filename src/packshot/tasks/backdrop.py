"""What a photograph stands before, told from its frame: white, plain, or a place."""

from typing import Any

import cv2
import numpy as np

from packshot.colour import difference, lab
from packshot.image import Image

_SIDE = 320  # pixels of the longer side that is measured
_RING = 0.04  # of the shorter side, the frame that is looked at
_LIGHT = 90.0  # CIE L* from which a backdrop is white; paper in a light tent has 90 to 97
_GREY = 5.0  # CIE chroma up to which it is
_PLAIN = 6.0  # CIEDE2000 from the frame's median that still is the same backdrop
_MOST = 0.9  # of the frame that must be


def backdrop_of(photo: Image) -> dict[str, Any]:
    """`white`, `plain`, the `share` of the frame that is its median colour, and that colour as `#rrggbb`.

    A picture that comes cut out stands before nothing: `transparent`.
    """
    scale = min(1.0, _SIDE / max(photo.size))
    size = max(1, round(photo.size[0] * scale)), max(1, round(photo.size[1] * scale))
    small = np.asarray(cv2.resize(photo.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    ring = np.ones(small.shape[:2], bool)
    width = max(1, round(_RING * min(size)))
    ring[width:-width, width:-width] = False
    if photo.alpha is not None and not photo.alpha[0].any() and not photo.alpha[-1].any():
        return {"white": False, "plain": False, "transparent": True}
    colours = small[ring]
    middle = np.median(colours, axis=0).astype(np.uint8)
    lightness, *tint = lab(middle)
    share = float((difference(lab(colours), lab(middle)) <= _PLAIN).mean())
    plain = share >= _MOST
    white = plain and float(lightness) >= _LIGHT and float(np.hypot(*tint)) <= _GREY
    return {
        "white": bool(white),
        "plain": plain,
        "transparent": False,
        "share": round(share, 3),
        "colour": "#{:02x}{:02x}{:02x}".format(*middle.tolist()),
    }
