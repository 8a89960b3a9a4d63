"""Small pictures for the tests of hosted models."""

import cv2
import numpy as np

from packshot.image import Image


def photo(width: int = 120, height: int = 90) -> Image:
    """A dark disc on a light ground that grows lighter to the right."""
    y, x = np.mgrid[:height, :width]
    ground = np.repeat((200 + 40 * x / width)[..., None], 3, 2)
    inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (0.3 * height) ** 2
    return Image(np.where(inside[..., None], (40, 90, 160), ground).astype(np.uint8))


def cut_out(width: int = 120, height: int = 90) -> Image:
    y, x = np.mgrid[:height, :width]
    inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (0.3 * height) ** 2
    return photo(width, height).with_(alpha=np.where(inside, 255, 0).astype(np.uint8))


def png(width: int, height: int, colour: tuple[int, int, int] = (10, 120, 200)) -> bytes:
    """One colour (red, green, blue), with a white left half."""
    pixels = np.full((height, width, 3), colour[::-1], np.uint8)
    pixels[:, : width // 2] = 255
    return cv2.imencode(".png", pixels)[1].tobytes()


def grey_png(mask: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    return cv2.imencode(".png", mask)[1].tobytes()
