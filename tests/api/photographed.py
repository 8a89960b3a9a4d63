"""Photographs for requests."""

import cv2
import numpy as np


def bottle(shade: int = 40, size: tuple[int, int] = (420, 360)) -> bytes:
    """A bottle on light paper, as a PNG; another shade is another photograph."""
    rgb = np.full((size[1], size[0], 3), 238, np.uint8)
    left, right = size[0] * 2 // 5, size[0] * 3 // 5
    cv2.rectangle(rgb, (left, size[1] // 4), (right, size[1] * 5 // 6), (shade, 60, 110), -1)
    cv2.rectangle(rgb, (left, size[1] // 2), (right, size[1] // 2 + 40), (200, 190, 160), -1)
    done, data = cv2.imencode(".png", cv2.GaussianBlur(rgb, (0, 0), 1)[..., ::-1])
    assert done
    return data.tobytes()
