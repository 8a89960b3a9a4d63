"""Connected regions of small masks. A mask here is uint8 (height, width), 1 = yes."""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Mask: TypeAlias = NDArray[np.uint8]  # (height, width), 1 = yes
Labels: TypeAlias = NDArray[np.int32]

CROSS = 4  # neighbours that share a side
STAR = 8  # neighbours that share a corner too
BLOCK = np.ones((3, 3), np.uint8)


def block(side: int) -> Mask:
    """A square structuring element."""
    return np.ones((side, side), np.uint8)


def eroded(mask: Mask, kernel: Mask = BLOCK) -> Mask:
    return np.asarray(cv2.erode(mask, kernel), np.uint8)


def dilated(mask: Mask, kernel: Mask = BLOCK) -> Mask:
    return np.asarray(cv2.dilate(mask, kernel), np.uint8)


def opened(mask: Mask, kernel: Mask = BLOCK) -> Mask:
    """Without what the kernel does not fit into."""
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel), np.uint8)


def regions(mask: Mask, connectivity: int = STAR) -> tuple[Labels, NDArray[np.int32]]:
    """Labels (0 = outside) and, per label, left, top, width, height, area; row 0 is the outside."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def _numbered(mask: Mask, connectivity: int) -> tuple[int, Labels]:
    """As `regions` without their measures, at a third of the cost: how many there are, the outside too, and labels."""
    count, labels = cv2.connectedComponents(mask, connectivity=connectivity)
    return count, np.asarray(labels, np.int32)


def touching(mask: Mask, seeds: Mask, connectivity: int = CROSS) -> Mask:
    """The regions of `mask` that hold at least one seed."""
    count, labels = _numbered(mask, connectivity)
    keep = np.zeros(count, np.uint8)
    keep[labels[seeds > 0]] = 1
    keep[0] = 0
    return np.asarray(keep.take(labels), np.uint8)


def at_least(mask: Mask, area: float, connectivity: int = STAR) -> Mask:
    """The regions of `mask` of `area` pixels or more."""
    _, labels = _numbered(mask, connectivity)
    keep = (np.bincount(labels.ravel()) >= area).astype(np.uint8)
    keep[0] = 0
    return np.asarray(keep.take(labels), np.uint8)


def without_crumbs(mask: Mask, share: float) -> Mask:
    """Without the regions smaller than `share` of the largest."""
    labels, stats = regions(mask)
    if len(stats) <= 2:
        return mask
    keep = (stats[:, cv2.CC_STAT_AREA] >= share * stats[1:, cv2.CC_STAT_AREA].max()).astype(np.uint8)
    keep[0] = 0
    return np.asarray(keep.take(labels), np.uint8)


def product_parts(mask: Mask) -> Mask:
    """The main region and those that may belong to it, on a mask of the whole picture.

    The main one is large and near the middle. Others stay if they are not small beside it, and do not run out of the
    picture where the main one does not: those are the table's edge, the neighbour, the window.
    """
    labels, stats = regions(mask)
    if len(stats) <= 2:
        return mask
    height, width = mask.shape
    left, top, wide, high, area = (stats[:, column].astype(np.float64) for column in range(5))
    off_x, off_y = (left + wide / 2) / width - 0.5, (top + high / 2) / height - 0.5
    framed = (left <= 1) | (top <= 1) | (left + wide >= width - 1) | (top + high >= height - 1)
    worth = area * np.exp(-4 * (off_x**2 + off_y**2)) * np.where(framed, 0.6, 1.0)
    worth[0] = 0
    main = int(np.argmax(worth))
    keep = worth >= 0.04 * worth[main]
    if not framed[main]:
        keep &= ~framed
    keep[main], keep[0] = True, False
    return np.asarray(keep.astype(np.uint8).take(labels), np.uint8)


def holes(mask: Mask) -> tuple[Labels, NDArray[np.int32], list[int]]:
    """The regions outside `mask` that the picture's frame does not touch: labels, stats and the holes' labels."""
    labels, stats = regions((1 - mask).astype(np.uint8), CROSS)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    open_to_frame = set(np.unique(rim).tolist())
    return labels, stats, [label for label in range(1, len(stats)) if label not in open_to_frame]


def ring(height: int, width: int, thickness: int) -> Mask:
    """The outermost `thickness` pixels of a picture."""
    mask = np.ones((height, width), np.uint8)
    mask[thickness : height - thickness, thickness : width - thickness] = 0
    return mask
