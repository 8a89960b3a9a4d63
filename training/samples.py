"""From packed pictures to the tensors of one training step: hints, views, colours."""

import cv2
import numpy as np
from numpy.random import Generator

from training.material import Picture

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels


def example(
    rng: Generator, rgb: Picture, first: Picture, second: Picture, second_is_product: bool, side: int
) -> tuple[Picture, Picture, Picture, bool]:
    """RGB, hint map and truth, uint8 of `side` pixels, and whether a hint was given."""
    hinted = bool(rng.random() < 0.5) and max(first.max(), second.max()) > 127
    both = np.maximum(first, second) if second_is_product else first
    truth = both
    if hinted:
        choice = rng.random()
        if second.max() > 127 and choice < (0.35 if second_is_product else 0.4):
            truth = second
        elif second_is_product and choice < 0.7:
            truth = first
    box = _extent(truth)
    hint = np.zeros_like(truth)
    view: Box = (0.0, 0.0, float(truth.shape[1]), float(truth.shape[0]))
    if hinted and box is not None:
        kind = rng.random()
        if kind < 0.7:
            box = _shaken(rng, box)
            left, top, right, bottom = (round(edge) for edge in box)
            hint[max(0, top) : max(1, bottom), max(0, left) : max(1, right)] = 255
        elif kind < 0.85:
            hint = _point(rng, truth)
        else:
            hint = _sketch(rng, truth)
        if kind < 0.7 or kind >= 0.85:
            view = _around(rng, box, truth.shape[0]) if rng.random() < 0.75 else view
    elif rng.random() < 0.4:
        view = _part(rng, truth.shape[0])
    matrix = _to_square(view, side)
    if rng.random() < 0.5:
        matrix = np.array([[-1.0, 0, side - 1], [0, 1, 0], [0, 0, 1]]) @ np.vstack([matrix, [0, 0, 1]])
        matrix = matrix[:2]
    shrinks = matrix[1, 1] < 0.95
    if shrinks:
        rgb = cv2.GaussianBlur(rgb, (0, 0), 0.35 / matrix[1, 1])
    planes = [
        cv2.warpAffine(plane, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=border)
        for plane, border in ((rgb, cv2.BORDER_REPLICATE), (hint, cv2.BORDER_CONSTANT), (truth, cv2.BORDER_CONSTANT))
    ]
    return _recoloured(rng, planes[0]), planes[1], planes[2], hinted


def plain_example(
    rgb: Picture, first: Picture, second: Picture, second_is_product: bool, side: int, boxed: bool
) -> tuple[Picture, Picture, Picture]:
    """The same for validation: nothing random; with `boxed`, the box of the truth as inference would use it."""
    truth = np.maximum(first, second) if second_is_product and not boxed else first
    hint = np.zeros_like(truth)
    view: Box = (0.0, 0.0, float(truth.shape[1]), float(truth.shape[0]))
    box = _extent(truth)
    if boxed and box is not None:
        left, top, right, bottom = (round(edge) for edge in box)
        hint[top:bottom, left:right] = 255
        view = _grown(box, 0.2, truth.shape[0])
    matrix = _to_square(view, side)
    planes = [
        cv2.warpAffine(plane, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE) for plane in (rgb, hint, truth)
    ]
    return planes[0], planes[1], planes[2]


def _extent(alpha: Picture) -> Box | None:
    rows, columns = np.nonzero(alpha > 127)
    if rows.size == 0:
        return None
    return float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)


def _shaken(rng: Generator, box: Box) -> Box:
    """As a person draws a box: a little off, more often too large than too small."""
    wide, tall = box[2] - box[0], box[3] - box[1]
    off = rng.normal(0.01, 0.025, 4)
    return box[0] - off[0] * wide, box[1] - off[1] * tall, box[2] + off[2] * wide, box[3] + off[3] * tall


def _grown(box: Box, share: float, side: int) -> Box:
    more = share * max(box[2] - box[0], box[3] - box[1]) + 2
    return max(0.0, box[0] - more), max(0.0, box[1] - more), min(side, box[2] + more), min(side, box[3] + more)


def _around(rng: Generator, box: Box, side: int) -> Box:
    return _grown(box, rng.uniform(0.08, 0.4), side)


def _part(rng: Generator, side: int) -> Box:
    wide, tall = rng.uniform(0.75, 1.0, 2) * side
    left, top = rng.uniform(0, side - wide), rng.uniform(0, side - tall)
    return left, top, left + wide, top + tall


def _to_square(view: Box, side: int) -> np.ndarray:
    across, down = side / max(8.0, view[2] - view[0]), side / max(8.0, view[3] - view[1])
    return np.array(
        [[across, 0, -view[0] * across + 0.5 * across - 0.5], [0, down, -view[1] * down + 0.5 * down - 0.5]]
    )


def _point(rng: Generator, truth: Picture) -> Picture:
    inner = cv2.erode((truth > 127).astype(np.uint8), np.ones((5, 5), np.uint8))
    rows, columns = np.nonzero(inner if inner.any() else truth > 127)
    hint = np.zeros_like(truth)
    number = rng.integers(rows.size)
    cv2.circle(hint, (int(columns[number]), int(rows[number])), round(0.04 * truth.shape[0]), 255, -1)
    return hint


def _sketch(rng: Generator, truth: Picture) -> Picture:
    size = int(rng.integers(3, 22)) | 1
    change = cv2.dilate if rng.random() < 0.5 else cv2.erode
    rough = change((truth > 127).astype(np.uint8) * 255, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    coarse = cv2.resize(rough, (20, 20), interpolation=cv2.INTER_AREA) if rng.random() < 0.5 else rough
    blurred = cv2.resize(coarse, truth.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray((blurred > 127) * np.uint8(255), np.uint8)


def _recoloured(rng: Generator, rgb: Picture) -> Picture:
    if rng.random() < 0.6:
        ramp = np.arange(256, dtype=np.float32)
        gamma = np.exp(rng.normal(0, 0.12))
        gains = np.exp(rng.normal(0, 0.1)) * np.exp(rng.normal(0, 0.03, 3))
        table = np.clip(255 * (ramp[:, None] / 255) ** gamma * gains, 0, 255).astype(np.uint8)
        rgb = cv2.LUT(rgb, np.ascontiguousarray(table[:, None, :]))
    if rng.random() < 0.08:
        rgb = cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return rgb
