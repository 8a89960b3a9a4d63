"""Drawn pictures and a context without models, for the tests of the steps."""

import numpy as np

from packshot.image import Image
from packshot.recipe import Context
from packshot.testing import GivenModels


def context() -> Context:
    return Context(models=GivenModels())


def block(left: int, top: int, right: int, bottom: int, size: tuple[int, int] = (100, 80)) -> Image:
    """An opaque grey rectangle in a transparent picture of `size` (width, height)."""
    alpha = np.zeros(size[::-1], np.uint8)
    alpha[top:bottom, left:right] = 255
    return Image(np.full((*size[::-1], 3), 90, np.uint8), alpha)
