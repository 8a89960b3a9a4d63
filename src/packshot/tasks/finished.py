"""Where the product is in a finished picture."""

import cv2
import numpy as np

from packshot.image import Alpha, Image, Rgb
from packshot.manifest import Manifest
from packshot.ports import Models

_APART = 6  # codes of 255; compression reaches that far


def product_in(image: Image, models: Models, receipt: Manifest | None) -> Alpha:
    """The product's alpha in a finished picture; an empty one where none can be told from the ground.

    The picture's own alpha, or, where the receipt says that no shadow was laid, what differs from a ground of one
    colour; else what the cutout finds.
    """
    if image.alpha is not None:
        return image.alpha
    apart = _apart_from_ground(image.rgb)
    if apart is not None and receipt is not None and all(step.op != "shadow" for step in receipt.steps):
        return apart
    found = models.cutout("embedded").cutout(image).alpha
    return found if found.any() or apart is None else apart


def _apart_from_ground(rgb: Rgb) -> Alpha | None:
    """What differs from the one colour of the picture's rim; None where the rim has more than one."""
    rim = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])
    ground = np.median(rim, axis=0).astype(np.uint8)
    if (np.abs(rim.astype(np.int16) - ground).max(axis=1) <= 2).mean() < 0.6:
        return None
    low, high = (np.clip(ground.astype(int) + side * _APART, 0, 255) for side in (-1, 1))
    apart = cv2.bitwise_not(cv2.inRange(rgb, low, high))
    return np.asarray(cv2.morphologyEx(apart, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), np.uint8)
