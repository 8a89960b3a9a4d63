"""Product and scene come into one light within limits, and no line shows where they meet."""

import numpy as np
import pytest

from packshot.image import Image, Rgb, to_linear
from packshot.ops.harmonise import BlendIn, Harmonise, change_between, changed, clean_edge, look_of
from packshot.recipe import Context
from packshot.testing import GivenModels


def lit(colour: tuple[float, float, float], size: tuple[int, int] = (80, 80)) -> Rgb:
    """A grey ramp under a coloured light, with a white in it."""
    ramp = np.linspace(40, 235, size[0])[None, :, None] * np.ones((size[1], 1, 1))
    return np.asarray(np.clip(ramp * np.array(colour), 0, 255), np.uint8)


def layered(product_light: tuple[float, float, float], scene_light: tuple[float, float, float]) -> Image:
    alpha = np.zeros((80, 80), np.uint8)
    alpha[20:60, 20:60] = 255
    return Image(lit((1, 0.3, 0.3)), alpha, shadow=Image(lit(scene_light)), origin=lit(product_light))


def context() -> Context:
    return Context(models=GivenModels())


def test_the_scene_comes_nearer_to_the_products_light_and_the_product_stays() -> None:
    image = layered((1, 1, 1), (1, 0.93, 0.82))
    here = context()
    done = Harmonise()(image, here)
    assert image.alpha is not None
    inside = image.alpha == 255
    assert np.array_equal(done.rgb[inside], image.rgb[inside])
    blue, red = (done.rgb[5, 70].astype(float)[i] for i in (2, 0))
    before = lit((1, 0.93, 0.82))[5, 70].astype(float)
    assert blue / red > before[2] / before[0]
    assert here.facts["scene"]["gains"][2] > 1


@pytest.mark.parametrize("field", ["stops", "balance"])
def test_a_limit_of_nothing_changes_nothing(field: str) -> None:
    mine, theirs = look_of(lit((1, 0.9, 0.7))), look_of(lit((0.6, 0.6, 0.6)))
    assert mine is not None
    assert theirs is not None
    limits = {"stops": 0.5, "balance": 0.2, "contrast": 0.0, field: 0.0}
    change = change_between(mine, theirs, **limits)
    if field == "balance":
        assert max(change.gains) == pytest.approx(min(change.gains))
    else:
        assert change.gains[1] == pytest.approx(1)


def test_no_gain_goes_beyond_its_limit() -> None:
    mine, theirs = look_of(lit((1, 0.95, 0.8))), look_of(lit((0.7, 0.75, 0.8)))
    assert mine is not None
    assert theirs is not None
    change = change_between(mine, theirs, stops=0.2, balance=0.05, contrast=0.1)
    assert all(2**-0.2 * 0.95 - 1e-9 <= gain <= 2**0.2 * 1.05 + 1e-9 for gain in change.gains)
    assert 0.9 <= change.contrast <= 1.1


def test_the_tables_rise_and_keep_black_and_white() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    mine, theirs = look_of(lit((0.6, 0.6, 0.6))), look_of(lit((1, 1, 1)))
    assert mine is not None
    assert theirs is not None
    brighter = changed(ramp, change_between(mine, theirs, stops=0.5, balance=0.0, contrast=0.2))
    assert (np.diff(brighter[0, :, 0].astype(int)) >= 0).all()
    assert brighter[0, 0].tolist() == [0, 0, 0]
    assert brighter[0, 255].tolist() == [255, 255, 255]
    assert to_linear(brighter).mean() > to_linear(ramp).mean()


def test_where_nothing_is_white_nothing_is_changed_and_that_is_said() -> None:
    image = layered((1, 1, 1), (1, 1, 1)).with_(origin=np.full((40, 40, 3), (160, 20, 20), np.uint8))
    here = context()
    Harmonise()(image, here)
    assert "unchanged" in here.facts


def test_blending_in_changes_the_product_half_of_the_way_and_says_so() -> None:
    image = layered((1, 1, 1), (1, 0.93, 0.82))
    here = context()
    done = BlendIn()(image, here)
    assert not np.array_equal(done.rgb[40, 40], image.rgb[40, 40])
    assert BlendIn.edit == "photometric"
    assert here.facts["product"]["gains"][2] < 1 < here.facts["scene"]["gains"][2]


@pytest.mark.parametrize(("old", "new"), [(255, 20), (0, 235)])
def test_no_light_or_dark_line_runs_along_the_edge(old: int, new: int) -> None:
    """A product of one grey, cut from white or black ground whose light is still in its soft edge."""
    alpha = np.zeros((40, 60), np.uint8)
    ramp = np.clip(np.linspace(1.2, -0.2, 8), 0, 1) * 255
    alpha[:, :26], alpha[:, 26:34] = 255, ramp.astype(np.uint8)
    share = alpha.astype(float)[..., None] / 255
    contaminated = np.rint(120 * share + old * (1 - share)).astype(np.uint8) * np.ones((1, 1, 3), np.uint8)
    image = Image(contaminated, alpha, shadow=Image(np.full((40, 60, 3), new, np.uint8)))
    row = Harmonise()(image, context()).rgb[20, :, 0].astype(int)
    low, high = sorted((120, new))
    assert row.min() >= low - 3
    assert row.max() <= high + 3
    steps = np.diff(row)
    assert (steps <= 2).all() or (steps >= -2).all()


def test_opaque_pixels_keep_their_colours_when_the_edge_is_cleaned() -> None:
    rng = np.random.default_rng(1)
    rgb = rng.integers(0, 256, (30, 30, 3), dtype=np.uint8)
    alpha = np.full((30, 30), 255, np.uint8)
    alpha[:, 20:24], alpha[:, 24:] = 128, 0
    clean = clean_edge(rgb, alpha)
    assert np.array_equal(clean[alpha == 255], rgb[alpha == 255])
