"""The score falls with damage, and each measure answers to the damage it is named after."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from packshot.image import Alpha, Box, Image, Rgb
from packshot.quality import Score, score

WHITE = (255, 255, 255)


def product(size: int = 900) -> tuple[Rgb, Alpha]:
    """A box with print on it, standing free in the middle; its faces are smooth, its letters sharp."""
    rgb = np.full((size, size, 3), 255, np.uint8)
    alpha = np.zeros((size, size), np.uint8)
    low, high = size // 10, size - size // 10
    shade = np.linspace(60, 190, high - low).astype(np.uint8)
    rgb[low:high, low:high] = shade[:, None, None]
    for row in range(low + 60, high - 40, 80):
        cv2.putText(rgb, "WASHED OATS 500 g", (low + 40, row), cv2.FONT_HERSHEY_DUPLEX, 1.6, (240, 240, 240), 3)
    alpha[low:high, low:high] = 255
    rgb[alpha == 0] = 255
    return cv2.GaussianBlur(rgb, (0, 0), 0.6).astype(np.uint8), alpha


def judged(damage: Callable[[Rgb], Rgb]) -> Score:
    rgb, alpha = product()
    worse = damage(rgb)
    worse[alpha == 0] = 255
    return score(Image(worse), alpha=alpha, background=WHITE)


def untouched(rgb: Rgb) -> Rgb:
    return rgb.copy()


def blurred(sigma: float) -> Callable[[Rgb], Rgb]:
    return lambda rgb: np.asarray(cv2.GaussianBlur(rgb, (0, 0), sigma), np.uint8)


def grainy(sigma: float) -> Callable[[Rgb], Rgb]:
    grain = np.random.default_rng(7).normal(0, sigma, (900, 900, 1))
    return lambda rgb: np.clip(rgb + grain, 0, 255).astype(np.uint8)


def darkened(share: float) -> Callable[[Rgb], Rgb]:
    return lambda rgb: (rgb * share).astype(np.uint8)


def flattened(share: float) -> Callable[[Rgb], Rgb]:
    return lambda rgb: (150 + (rgb.astype(np.float32) - 150) * share).astype(np.uint8)


@pytest.mark.parametrize(
    ("measure", "damages"),
    [
        ("sharpness", [blurred(1.2), blurred(2), blurred(3.5)]),
        ("noise", [grainy(4), grainy(8), grainy(16)]),
        ("exposure", [darkened(0.45), darkened(0.3), darkened(0.15)]),
        ("contrast", [flattened(0.4), flattened(0.2), flattened(0.1)]),
    ],
)
def test_more_damage_means_a_lower_measure_and_a_lower_total(measure: str, damages: list[Callable[[Rgb], Rgb]]) -> None:
    found = [judged(damage) for damage in [untouched, *damages]]
    values = [each.measures[measure].score for each in found]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == len(values)
    totals = [each.total for each in found]
    assert totals == sorted(totals, reverse=True)


def test_a_good_picture_scores_high() -> None:
    assert judged(untouched).total > 85


def test_one_bad_thing_cannot_hide_behind_the_good_ones() -> None:
    assert judged(darkened(0.05)).total < 50


def test_a_stained_background_is_noticed_and_a_pure_one_is_not() -> None:
    rgb, alpha = product()
    rgb[alpha == 0] = 255
    pure = score(Image(rgb), alpha=alpha, background=WHITE).measures["background"]
    rgb[:40] = 250
    stained = score(Image(rgb), alpha=alpha, background=WHITE).measures["background"]
    assert (pure.value, pure.score) == (1, 1)
    assert stained.score < 0.8


def test_background_is_not_judged_where_none_was_asked_for() -> None:
    rgb, alpha = product()
    assert "background" not in score(Image(rgb, alpha)).measures


def test_a_small_product_in_a_corner_loses_on_fill_and_centring() -> None:
    rgb, alpha = product()
    canvas, shape = np.full((2000, 2000, 3), 255, np.uint8), np.zeros((2000, 2000), np.uint8)
    canvas[:900, :900], shape[:900, :900] = rgb, alpha
    lost = score(Image(canvas), alpha=shape).measures
    well = score(Image(rgb), alpha=alpha).measures
    assert lost["fill"].score < well["fill"].score
    assert lost["centring"].score < well["centring"].score


def test_pixels_made_by_enlarging_are_no_resolution() -> None:
    rgb, alpha = product()
    native = score(Image(rgb), alpha=alpha).measures["resolution"]
    enlarged = score(Image(rgb), alpha=alpha, enlarged=3).measures["resolution"]
    assert enlarged.value == pytest.approx(native.value / 3, rel=0.01)
    assert enlarged.score < native.score


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (7, 5)])
def test_every_size_has_a_score(size: tuple[int, int]) -> None:
    height, width = size
    found = score(Image(np.zeros((height, width, 3), np.uint8)))
    assert 0 <= found.total <= 100


def test_a_picture_without_a_product_scores_nothing() -> None:
    found = score(Image(np.full((40, 40, 3), 255, np.uint8), np.zeros((40, 40), np.uint8)), background=WHITE)
    assert found.total == 0


def test_a_box_is_enough_to_know_where_to_look() -> None:
    rgb, _ = product()
    found = score(Image(rgb), box=Box(90, 90, 810, 810))
    assert found.measures["fill"].value == pytest.approx(0.8)


def test_the_score_is_plain_data() -> None:
    data = judged(untouched).as_data()
    assert data["measures"]["sharpness"]["sentence"].startswith("its sharpest edges")
