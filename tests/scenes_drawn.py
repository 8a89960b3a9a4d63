"""Places drawn for tests, so that where their surfaces are is known."""

import cv2
import numpy as np

from packshot.image import Image


def grained(size: tuple[int, int], colour: tuple[int, int, int], strength: float, seed: int) -> np.ndarray:
    width, height = size
    noise = np.random.default_rng(seed).normal(0, strength, (height, width, 1))
    return np.clip(np.array(colour) + cv2.blur(noise, (9, 1)).reshape(height, width, 1) * 2, 0, 255)


def table_before_wall(size: tuple[int, int] = (600, 450), far_edge: float = 0.6) -> Image:
    """A wooden table from `far_edge` of the height down, before a light wall."""
    height = size[1]
    picture = grained(size, (225, 222, 215), 1.5, 1)
    row = int(far_edge * height)
    picture[row:] = grained(size, (150, 105, 70), 8, 2)[row:] * np.linspace(0.85, 1.1, height - row)[:, None, None]
    return Image(np.clip(picture, 0, 255).astype(np.uint8))


def side_table(size: tuple[int, int] = (600, 450)) -> Image:
    """A white table top, x 0.25..0.75 and y 0.55..0.60 of the picture, on dark legs before a grey-green wall."""
    width, height = size
    picture = grained(size, (150, 165, 150), 1.5, 3)
    left, right, top, front, foot = (
        int(part) for part in (0.25 * width, 0.75 * width, 0.55 * height, 0.60 * height, height)
    )
    corners = np.array([[left + 15, top], [right - 15, top], [right, front], [left, front]], np.int32)
    cv2.fillPoly(picture, [corners], (240, 238, 235))
    picture[front : front + 12, left:right] = (175, 172, 170)
    for x in (left + 12, right - 24):
        picture[front + 12 : foot, x : x + 12] = (70, 60, 55)
    return Image(np.clip(picture, 0, 255).astype(np.uint8))


def wall(size: tuple[int, int] = (600, 450)) -> Image:
    return Image(np.clip(grained(size, (200, 195, 185), 0.4, 5), 0, 255).astype(np.uint8))


def heap(size: tuple[int, int] = (600, 450)) -> Image:
    """Things of every colour over and beside each other: nothing to stand on."""
    width, height = size
    rng = np.random.default_rng(8)
    picture = np.zeros((height, width, 3), np.uint8)
    for _ in range(700):
        centre = int(rng.integers(0, width)), int(rng.integers(0, height))
        axes = int(rng.integers(8, 42)), int(rng.integers(8, 42))
        colour = tuple(int(channel) for channel in rng.integers(20, 235, 3))
        cv2.ellipse(picture, centre, axes, float(rng.integers(0, 180)), 0, 360, colour, -1, cv2.LINE_AA)
    return Image(picture)
