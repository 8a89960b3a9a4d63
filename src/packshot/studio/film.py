"""From linear light to codes: exposure, a shoulder for what is too bright, vignette, the sensor's grain."""

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import to_srgb
from packshot.studio.noise import grain
from packshot.studio.scene import Scene

_LARGEST = 4.0  # the brightest light that is told from a brighter one
_SHOULDER = 0.72  # linear light from which the curve bends, towards 1
_STRIP = 256


def curve() -> NDArray[np.uint16]:
    """sRGB codes times 256 of 65,536 steps of the root of linear light, 0 to the root of `_LARGEST`."""
    light = np.linspace(0, _LARGEST**0.5, 65536) ** 2
    room = 1 - _SHOULDER
    bent = np.where(light < _SHOULDER, light, _SHOULDER + room * (1 - np.exp(-(light - _SHOULDER) / room)))
    return np.rint(to_srgb(bent.astype(np.float32)) * 256).astype(np.uint16)


def developed(frame: NDArray[np.float32], scene: Scene, seed: int) -> NDArray[np.uint16]:
    """Codes times 256 of a frame of linear light, which is used up."""
    height, width = frame.shape[:2]
    table = curve()
    codes = np.empty(frame.shape, np.uint16)
    noise = grain((height, width), seed)
    x = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
    top_factor = np.float32(65535**2 / _LARGEST)
    for top in range(0, height, _STRIP):
        part = frame[top : top + _STRIP]
        y = (np.arange(top, top + len(part), dtype=np.float32) + 0.5) / height - 0.5
        # cos^4 falls off with the square near the middle
        fall = 1 - np.float32(2 * scene.vignette) * (x[None] ** 2 + y[:, None] ** 2)
        part *= (fall * np.float32(scene.exposure) * top_factor)[..., None]
        np.clip(part, 0, 65535.0**2, out=part)
        root = np.asarray(cv2.sqrt(part), np.float32).astype(np.uint16)
        strip = np.take(table, root)
        if scene.grain:
            rough = (noise[top : top + len(part)] * np.float32(scene.grain)).astype(np.int32)
            strip = np.clip(strip + rough[..., None], 0, 65280).astype(np.uint16)
        codes[top : top + _STRIP] = strip
    return codes
