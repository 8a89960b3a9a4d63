"""What holds a product in a training picture is drawn on the ground, and the product lies within it."""

import numpy as np
import pytest
from training.staging import Plane, before_a_thing, in_a_box, on_a_board

SIDE = 160


def ground() -> Plane:
    return np.full((SIDE, SIDE, 3), 200, np.float32)


@pytest.mark.parametrize("seed", range(6))
def test_the_product_lies_on_the_floor_of_its_box(seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture, (x, y, size) = in_a_box(rng, ground(), ground())
    assert picture.shape == (SIDE, SIDE, 3)
    assert 0 <= picture.min() <= picture.max() <= 255
    changed = np.abs(picture - 200).max(axis=2) > 2
    assert changed.mean() > 0.15
    assert changed[int(y * SIDE), int(x * SIDE)]
    assert 0.1 < size < 0.95


@pytest.mark.parametrize("seed", range(6))
def test_a_board_is_larger_than_nothing_and_under_the_product(seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture, (x, y, size) = on_a_board(rng, ground(), ground())
    changed = np.abs(picture - 200).max(axis=2) > 2
    assert changed.mean() > 0.05
    assert 0 < x < 1
    assert 0 < y < 1
    assert size <= 0.9


def test_the_same_seed_draws_the_same_box() -> None:
    first, place = in_a_box(np.random.default_rng(3), ground(), ground())
    again, same = in_a_box(np.random.default_rng(3), ground(), ground())
    assert np.array_equal(first, again)
    assert place == same


def test_what_stands_behind_is_mostly_larger_than_the_product() -> None:
    rng = np.random.default_rng(1)
    pairs = [before_a_thing(rng) for _ in range(200)]
    assert np.mean([far[2] > near[2] for far, near in pairs]) > 0.85
