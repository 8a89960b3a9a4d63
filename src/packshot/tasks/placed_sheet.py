"""The pictures of a placement side by side, in one JPEG."""

from collections.abc import Sequence

import cv2
import numpy as np

from packshot.errors import OutputError

_SIDE = 420  # pixels of a cell
_GAP = 16
_COLUMNS = 4


def write_sheet(pictures: Sequence[bytes]) -> bytes:
    """Each fitted into a square cell, in rows of four on light grey."""
    columns = min(_COLUMNS, len(pictures))
    rows = -(-len(pictures) // columns)
    step = _SIDE + _GAP
    sheet = np.full((rows * step + _GAP, columns * step + _GAP, 3), 238, np.uint8)
    for number, data in enumerate(pictures):
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            continue
        scale = _SIDE / max(picture.shape[:2])
        size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        top = _GAP + (number // columns) * step + (_SIDE - size[1]) // 2
        left = _GAP + (number % columns) * step + (_SIDE - size[0]) // 2
        sheet[top : top + size[1], left : left + size[0]] = small
    done, encoded = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 88])
    if not done:
        raise OutputError("the contact sheet could not be encoded")
    return encoded.tobytes()
