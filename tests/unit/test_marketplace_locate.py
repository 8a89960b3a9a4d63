"""The product of a finished picture is found by outlines; labelling and flooding every pixel would find the same."""

import cv2
import numpy as np
import pytest

from packshot.image import Alpha, Box
from packshot.marketplaces.colours import rim_colour, rim_of
from packshot.marketplaces.locate import _filled, _labelled, _things


def scattered(seed: int) -> Alpha:
    """Specks, lines and blots, some of them with holes, some at the border."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 60, 2)
    mask = np.where(rng.random((height, width)) < rng.random(), 255, 0).astype(np.uint8)
    return mask if seed % 2 else np.asarray(cv2.dilate(mask, np.ones((2, 3), np.uint8)), np.uint8)


def flooded(mask: Alpha) -> Alpha:
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(padded, None, (0, 0), 128)
    return np.where(padded == 128, 0, 255).astype(np.uint8)[1:-1, 1:-1]


@pytest.mark.parametrize("seed", range(60))
def test_holes_are_filled_to_the_last_pixel(seed: int) -> None:
    mask = scattered(seed)

    assert np.array_equal(_filled(mask), flooded(mask))


@pytest.mark.parametrize("seed", range(60))
def test_an_outline_tells_every_thing_its_pixels_and_its_box(seed: int) -> None:
    solid = _filled(scattered(seed))

    assert sorted(_things(solid)) == sorted(_labelled(solid))


def test_a_thing_of_one_pixel_has_one_pixel() -> None:
    mask = np.zeros((5, 7), np.uint8)
    mask[2, 3] = 255

    assert _things(mask) == [(1, Box(3, 2, 4, 3))]


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (5, 250, 128)])
def test_the_share_of_the_rim_is_that_of_the_pixels_within_twelve_levels(colour: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(4)
    rgb = np.clip(np.array(colour) + rng.integers(-14, 15, (90, 120, 3)), 0, 255).astype(np.uint8)

    found, share = rim_colour(rgb)

    rim = rim_of(rgb)
    coarse = (rim >> 3).astype(np.int32) @ np.array([1 << 10, 1 << 5, 1])
    median = np.median(rim[coarse == np.bincount(coarse).argmax()], axis=0)
    assert found == tuple(int(channel) for channel in median)
    assert share == pytest.approx(float((np.abs(rim - median).max(axis=1) <= 12).mean()))
