"""Small pictures and the colour spaces that the embedded cutout thinks in."""

from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Plane, Rgb, to_linear

_Picture = TypeVar("_Picture", bound=NDArray[Any])
_SUM = np.ones((1, 3), np.float32)
Lab = NDArray[np.float32]  # (height, width, 3), CIE L* 0..100, a*, b*


def shrunk(rgb: Rgb, side: int) -> Rgb:
    """No longer than `side` pixels; smaller pictures stay as they are."""
    while max(rgb.shape[:2]) >= 2 * side:
        rgb = halved(rgb)  # OpenCV is quick at this, and slow at averaging over blocks of a broken size
    height, width = rgb.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return np.ascontiguousarray(rgb)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def halved(picture: _Picture) -> _Picture:
    """Averaged over blocks of two by two; an odd last row or column is left out."""
    height, width = picture.shape[0] // 2 or 1, picture.shape[1] // 2 or 1
    size = width, height
    return cv2.resize(picture[: 2 * height, : 2 * width], size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def to_lab(rgb: Rgb) -> Lab:
    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab), np.float32)


def lab_to_linear(lab: Lab) -> NDArray[np.float32]:
    """Linear light 0..1 of CIE Lab colours."""
    codes = np.clip(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB) * 255 + 0.5, 0, 255).astype(np.uint8)
    return to_linear(codes)


def dot(first: NDArray[np.float32], second: NDArray[np.float32]) -> Plane:
    """Of vectors of three along the last axis."""
    products = (first * second).reshape(1, -1, 3)
    if not products.size:
        return np.zeros(first.shape[:-1], np.float32)
    return np.asarray(cv2.transform(products, _SUM), np.float32).reshape(first.shape[:-1])


def length(vectors: NDArray[np.float32]) -> Plane:
    """Euclidean length along the last axis."""
    return np.sqrt(dot(vectors, vectors))


def steepness(lightness: Plane) -> Plane:
    """CIE L* per pixel."""
    across = cv2.Sobel(lightness, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(lightness, cv2.CV_32F, 0, 1, scale=1 / 8)
    return np.asarray(cv2.magnitude(across, down), np.float32)
