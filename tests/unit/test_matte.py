import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from packshot.image import Alpha, Rgb
from packshot.ops.matte import CORE, refine

SIDE = 400
PRODUCT = (40, 70, 120)


def disc(blur: float = 1.0, side: int = SIDE) -> tuple[Rgb, Alpha]:
    """A blue disc with a soft rim before a pale gradient, and its alpha."""
    y, x = np.mgrid[:side, :side].astype(np.float32)
    distance = np.hypot(y - side / 2 + 0.3, x - side / 2 - 0.2) - 0.34 * side
    share = cv2.GaussianBlur(np.clip(0.5 - distance, 0, 1).astype(np.float32), (0, 0), blur)[..., None]
    ground = np.stack([180 + 60 * x / side, 190 + 50 * y / side, 200 + 20 * x / side], axis=-1)
    mixed = share * np.array(PRODUCT, np.float32) + (1 - share) * ground
    return np.rint(mixed).astype(np.uint8), np.rint(share[..., 0] * 255).astype(np.uint8)


def rough(alpha: Alpha, coarseness: int) -> Alpha:
    """The mask that a model finds on a picture `coarseness` times smaller."""
    height, width = alpha.shape
    small = cv2.resize(alpha, (width // coarseness, height // coarseness), interpolation=cv2.INTER_AREA)
    mask = np.where(small > 127, 255, 0).astype(np.uint8)
    return np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def rim(alpha: Alpha) -> NDArray[np.bool_]:
    return (alpha > 12) & (alpha < 243)


def off(colours: Rgb, where: NDArray[np.bool_]) -> float:
    return float(np.abs(colours[where].astype(float) - PRODUCT).mean())


@pytest.mark.parametrize("coarseness", [2, 4, 8])
def test_a_rough_mask_becomes_the_soft_edge_it_stood_for(coarseness: int) -> None:
    rgb, truth = disc()

    alpha, _ = refine(rgb, rough(truth, coarseness), coarseness)

    # A rim is about four pixels wide; a tenth of full scale there is an edge a third of a pixel off.
    assert np.abs(alpha.astype(int) - truth)[rim(truth)].mean() < 25
    assert np.abs(alpha.astype(int) - truth).mean() < 0.5


@pytest.mark.parametrize("blur", [2.0, 4.0])
def test_an_edge_out_of_focus_stays_soft(blur: float) -> None:
    rgb, truth = disc(blur)

    alpha, pure = refine(rgb, rough(truth, 4), 4)

    assert np.abs(alpha.astype(int) - truth)[rim(truth)].mean() < 10
    assert off(pure, rim(truth)) < off(rgb, rim(truth)) / 3


def test_the_rim_loses_the_background() -> None:
    rgb, truth = disc()

    alpha, pure = refine(rgb, rough(truth, 4), 4)

    where = rim(truth) & (alpha > 12)
    assert off(pure, where) < 12
    assert off(pure, where) < off(rgb, where) / 3


@pytest.mark.parametrize("blur", [1.0, 4.0])
def test_what_is_product_keeps_the_photographs_colours_to_the_last_digit(blur: float) -> None:
    rgb, truth = disc(blur)

    alpha, pure = refine(rgb, rough(truth, 4), 4)

    assert not ((alpha > CORE) & (alpha < 255)).any()  # no background would show through it by a level
    assert np.array_equal(pure[alpha == 255], rgb[alpha == 255])


def test_what_is_transparent_carries_the_products_colours() -> None:
    rgb, truth = disc()

    alpha, pure = refine(rgb, rough(truth, 4), 4)

    assert off(pure, alpha == 0) < 12


def test_far_from_the_edge_nothing_changes() -> None:
    rgb, truth = disc()
    inside = cv2.erode(truth, np.ones((41, 41), np.uint8)) == 255
    rgb[inside] = np.random.default_rng(1).integers(0, 256, (np.count_nonzero(inside), 3))
    outside = cv2.dilate(truth, np.ones((41, 41), np.uint8)) == 0

    alpha, pure = refine(rgb, rough(truth, 4), 4)

    deep = cv2.erode(truth, np.ones((21, 21), np.uint8)) == 255
    assert (alpha[deep] == 255).all()
    assert (pure[deep] == rgb[deep]).all()
    assert (alpha[outside] == 0).all()


def test_the_same_comes_out_twice_and_the_input_stays() -> None:
    rgb, truth = disc(side=131)
    mask = rough(truth, 3)
    before = rgb.copy(), mask.copy()

    first, second = refine(rgb, mask, 3), refine(rgb, mask, 3)

    assert (first[0] == second[0]).all()
    assert (first[1] == second[1]).all()
    assert (rgb == before[0]).all()
    assert (mask == before[1]).all()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 2), (2, 1), (1, 9), (3, 3), (7, 5), (64, 1), (33, 70)])
@pytest.mark.parametrize("coarseness", [0.5, 2.0, 7.0, 64.0])
def test_any_size_will_do(height: int, width: int, coarseness: float) -> None:
    rng = np.random.default_rng(height * 100 + width)
    rgb = rng.integers(0, 256, (height, width, 3), np.uint8)
    mask = rng.integers(0, 256, (height, width), np.uint8)

    alpha, pure = refine(rgb, mask, coarseness)

    assert alpha.shape == mask.shape
    assert pure.shape == rgb.shape
    assert alpha.dtype == pure.dtype == np.uint8


@pytest.mark.parametrize("size", [1, 2, 50, 301])
@pytest.mark.parametrize("level", [0, 255])
def test_all_solid_and_all_empty_stay_so(size: int, level: int) -> None:
    rgb = np.random.default_rng(size).integers(0, 256, (size, size, 3), np.uint8)

    alpha, pure = refine(rgb, np.full((size, size), level, np.uint8), 6)

    assert (alpha == level).all()
    assert (pure == rgb).all()
