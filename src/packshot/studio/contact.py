"""Where product and set meet: the dark crease under the foot."""

import numpy as np
from numpy.typing import NDArray

from packshot.studio.subject import Subject

Frame = NDArray[np.float32]


def creased(frame: Frame, subject: Subject) -> None:
    """Darken the narrow gap under the foot, which light hardly enters."""
    ground = subject.ground
    first, last = ground.columns
    length = (subject.box.width * subject.box.height) ** 0.5
    reach = max(2.0, 0.05 * length)
    top = max(0, int(ground.line.min()) - 4)
    bottom = min(frame.shape[0], int(ground.line.max() + reach) + 1)
    if top >= bottom:
        return
    rows = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5)
    below = rows - ground.line[None, :]
    touch = ground.hold * np.exp(-((ground.gap / (0.012 * length + 0.5)) ** 2))
    near, far = max(1.0, 0.0035 * length), 0.016 * length
    depth = np.maximum(below, 0)
    dark = np.float32(0.62) * np.exp(-depth / np.float32(near)) + np.float32(0.30) * np.exp(-depth / np.float32(far))
    dark *= (below > -np.float32(6 * near)) * touch[None, :]
    frame[top:bottom, first:last] *= (1 - np.clip(dark, 0, 0.9))[..., None]
