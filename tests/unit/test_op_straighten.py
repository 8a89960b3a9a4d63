import cv2
import numpy as np
import pytest
from op_pictures import context

from packshot.image import Alpha, Image, box_of
from packshot.ops.straighten import Straighten, tilt_of, turned


def bottle() -> Image:
    alpha = np.zeros((700, 500), np.uint8)
    alpha[250:650, 150:350] = 255
    alpha[80:250, 220:280] = 255
    return Image(np.full((700, 500, 3), (150, 60, 40), np.uint8), alpha)


def alpha_of(image: Image) -> Alpha:
    assert image.alpha is not None
    return image.alpha


@pytest.mark.parametrize("degrees", [-6.0, -2.0, 3.0, 7.0])
def test_a_leaning_bottle_is_set_upright(degrees: float) -> None:
    leaning = turned(bottle(), degrees)

    upright = Straighten()(leaning, context())

    assert abs(tilt_of(alpha_of(upright)).degrees) < 0.3


def test_an_upright_bottle_stays_as_it_is() -> None:
    image = bottle()

    assert Straighten()(image, context()) is image


def test_a_ball_has_no_tilt() -> None:
    alpha = np.zeros((400, 400), np.uint8)
    cv2.circle(alpha, (200, 200), 150, 255, -1)
    image = Image(np.zeros((400, 400, 3), np.uint8), alpha)

    assert Straighten()(image, context()) is image


def test_edges_that_lean_against_each_other_are_perspective_and_not_tilt() -> None:
    alpha = np.zeros((600, 600), np.uint8)
    cv2.fillPoly(alpha, [np.array([[150, 100], [450, 80], [410, 520], [195, 500]])], 255)
    image = Image(np.zeros((600, 600, 3), np.uint8), alpha)

    assert Straighten()(image, context()) is image


def test_a_turned_edge_takes_no_colour_from_outside() -> None:
    image = bottle()
    rgb = np.where(alpha_of(image)[:, :, None] > 0, image.rgb, np.uint8(255)).astype(np.uint8)

    result = turned(image.with_(rgb=rgb), 5)

    # Rounding of premultiplied codes: half a code at alpha 60 is two codes of colour.
    seen = result.rgb[alpha_of(result) > 60].astype(int)
    assert np.abs(seen - [150, 60, 40]).max() <= 3


def test_nothing_is_cut_off_by_turning() -> None:
    result = turned(bottle(), 30)

    assert box_of(alpha_of(result), above=127) is not None
    assert alpha_of(result).astype(float).sum() == pytest.approx(alpha_of(bottle()).astype(float).sum(), rel=0.01)


@pytest.mark.parametrize("size", [(1, 1), (900, 2)])
def test_thin_pictures_pass(size: tuple[int, int]) -> None:
    image = Image(np.zeros((*size[::-1], 3), np.uint8), np.full(size[::-1], 255, np.uint8))

    assert Straighten()(image, context()).alpha is not None
    assert Straighten(angle=2)(image, context()).alpha is not None
