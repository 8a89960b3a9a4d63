"""Drawn pictures and a context without models, for the tests of the steps."""

from typing import NoReturn

import numpy as np

from packshot.image import Image
from packshot.recipe import Context


class NoModels:
    def cutout(self, name: str) -> NoReturn:
        raise AssertionError(f"no model is needed here, least of all {name}")

    def reader(self, name: str) -> NoReturn:
        raise AssertionError(f"no reader is needed here, least of all {name}")


def context() -> Context:
    return Context(models=NoModels())


def block(left: int, top: int, right: int, bottom: int, size: tuple[int, int] = (100, 80)) -> Image:
    """An opaque grey rectangle in a transparent picture of `size` (width, height)."""
    alpha = np.zeros(size[::-1], np.uint8)
    alpha[top:bottom, left:right] = 255
    return Image(np.full((*size[::-1], 3), 90, np.uint8), alpha)
