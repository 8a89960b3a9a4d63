"""Small pictures and the colour spaces that the embedded cutout thinks in."""

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Plane, Rgb, to_linear

Lab = NDArray[np.float32]  # (height, width, 3), CIE L* 0..100, a*, b*


def shrunk(rgb: Rgb, side: int) -> Rgb:
    """No longer than `side` pixels; smaller pictures stay as they are."""
    height, width = rgb.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return np.ascontiguousarray(rgb)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def to_lab(rgb: Rgb) -> Lab:
    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


def lab_to_linear(lab: Lab) -> NDArray[np.float32]:
    """Linear light 0..1 of CIE Lab colours."""
    codes = np.clip(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB) * 255 + 0.5, 0, 255).astype(np.uint8)
    return to_linear(codes)


def length(vectors: NDArray[np.float32]) -> Plane:
    """Euclidean length along the last axis."""
    return np.asarray(np.sqrt(np.einsum("...i,...i->...", vectors, vectors)), np.float32)


def steepness(lightness: Plane) -> Plane:
    """CIE L* per pixel."""
    across = cv2.Sobel(lightness, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(lightness, cv2.CV_32F, 0, 1, scale=1 / 8)
    return np.asarray(cv2.magnitude(across, down), np.float32)
