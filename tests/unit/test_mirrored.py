"""A polished table shows what stands behind it again, and then the product too; a matt one shows neither."""

import numpy as np
import pytest

from packshot.image import Image, Rgb, to_linear
from packshot.ops.mirrored import mirrored_by, with_image
from packshot.surface import Surface

WIDE, HIGH, EDGE = 400, 300, 150


def table(share: float, seed: int = 3) -> Rgb:
    """Bars before a wall, and below row EDGE a table that shows them again in `share` of its light; in CIE L* about."""
    rng = np.random.default_rng(seed)
    bars = 60 + 25 * np.sign(np.sin(np.arange(WIDE) / 9 + rng.normal(0, 0.4, WIDE).cumsum() / 10))
    light = np.empty((HIGH, WIDE))
    light[:EDGE] = bars
    light[EDGE:] = 70 + share * (bars - bars.mean())
    light += rng.normal(0, 1, light.shape)
    codes = np.clip(light * 2.55, 0, 255)
    return np.repeat(codes[..., None], 3, axis=2).astype(np.uint8)


def surface(view: str = "front") -> Surface:
    free = np.zeros((HIGH, WIDE), np.uint8)
    free[EDGE:] = 255
    corners = ((0.0, float(EDGE)), (float(WIDE), float(EDGE)), (float(WIDE), float(HIGH)), (0.0, float(HIGH)))
    return Surface(corners, free, (WIDE, HIGH), view, "table or floor", 20.0, 0.0, 0.9)  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [0.06, 0.12])
def test_a_polished_table_is_told_by_what_it_shows_again(share: float) -> None:
    assert mirrored_by(table(share), surface()) == pytest.approx(share, abs=0.02)


def test_a_matt_table_mirrors_nothing() -> None:
    assert mirrored_by(table(0.0), surface()) == 0


def test_where_nothing_is_behind_it_nothing_is_known() -> None:
    plain = np.full((HIGH, WIDE, 3), 190, np.uint8)
    plain[EDGE:] = 120
    assert mirrored_by(plain, surface()) == 0


def test_seen_from_above_nothing_is_behind_it() -> None:
    assert mirrored_by(table(0.12), surface("top")) == 0


def test_a_dark_product_makes_a_polished_table_darker_under_its_foot_and_nowhere_else() -> None:
    alpha = np.zeros((HIGH, WIDE), np.uint8)
    alpha[120:220, 180:230] = 255
    product = Image(np.full((HIGH, WIDE, 3), 20, np.uint8), alpha)
    beneath = np.full((HIGH, WIDE, 3), 200, np.uint8)
    on = np.zeros((HIGH, WIDE), np.float32)
    on[EDGE:] = 1
    seen = with_image(beneath, product, 0.1, on)
    foot = to_linear(seen[222:226, 185:225]).mean() / to_linear(beneath[222:226, 185:225]).mean()
    assert 0.89 < foot < 0.93
    assert np.array_equal(seen[:, :170], beneath[:, :170])
    assert np.array_equal(seen[290:], beneath[290:])
    assert np.array_equal(with_image(beneath, product, 0.0, on), beneath)
