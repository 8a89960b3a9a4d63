import numpy as np
import pytest

from packshot.studio.noise import Grid, at, cells, grain, layered


def grid(u: float = 0.0, v: float = 0.0, step: float = 0.001, columns: int = 200, rows: int = 120) -> Grid:
    return Grid(u, v, step, step, columns, rows, seed=3)


def test_the_noise_of_a_place_is_the_same_whatever_is_asked_for_around_it() -> None:
    whole = layered(grid(), 0.02, 5, octaves=3)
    part = layered(grid(u=0.05, v=0.03, columns=80, rows=60), 0.02, 5, octaves=3)

    # Lattices are laid on whole pixels, so they may be half a pixel off.
    assert np.abs(whole[30:90, 50:130] - part).max() < 0.35
    assert np.corrcoef(whole[30:90, 50:130].ravel(), part.ravel())[0, 1] > 0.99


def test_a_picture_twice_as_large_shows_the_same_lumps() -> None:
    small, large = layered(grid(), 0.02, 5), layered(grid(step=0.0005, columns=400, rows=240), 0.02, 5)

    assert np.corrcoef(small.ravel(), large[::2, ::2].ravel())[0, 1] > 0.95


@pytest.mark.parametrize("stretch", [1.0, 20.0])
def test_noise_is_even_and_as_strong_as_it_says(stretch: float) -> None:
    noise = layered(grid(columns=800, rows=800), 0.004, 5, stretch=stretch)

    assert abs(float(noise.mean())) < 0.15
    assert 0.5 < float(noise.std()) < 1.1


def test_what_is_finer_than_a_pixel_averages_out() -> None:
    fine = layered(grid(step=0.01), 0.001, 5, octaves=1)

    assert float(fine.std()) < 0.3


def test_another_seed_is_another_noise() -> None:
    rows, columns = np.arange(64), np.arange(64)

    assert abs(np.corrcoef(at(rows, columns, 1).ravel(), at(rows, columns, 2).ravel())[0, 1]) < 0.05


def test_white_noise_fills_its_range_evenly_and_knows_no_direction() -> None:
    noise = at(np.arange(-200, 200), np.arange(-200, 200), 8)

    assert np.allclose(np.histogram(noise, 10, (0, 1))[0], 16_000, rtol=0.05)
    for first, second in ((noise[1:], noise[:-1]), (noise[:, 1:], noise[:, :-1]), (noise, noise.T)):
        assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.01


def test_cells_have_their_points_within_reach() -> None:
    near, after, name = cells(grid(), 0.01, 2)

    assert (near <= after).all()
    assert float(near.max()) < 1.5
    assert len(np.unique(name)) > 100


def test_grain_has_the_deviation_of_a_level() -> None:
    assert abs(float(grain((600, 700), 4).std()) - 256) < 40
