import numpy as np
import pytest
from op_pictures import block, context

from packshot.errors import RecipeError
from packshot.image import Image
from packshot.ops.upscale import Upscale
from packshot.recipe import Context, Recipe


def needing(longest: int) -> Context:
    made = context()
    made.needs = longest
    return made


def test_a_large_picture_is_left_bit_for_bit() -> None:
    image = Image(np.zeros((40, 60, 3), np.uint8))

    assert Upscale(until=40)(image, context()) is image


def test_the_smaller_side_of_a_whole_picture_reaches_the_aim() -> None:
    assert Upscale(until=60)(Image(np.zeros((40, 60, 3), np.uint8)), context()).size == (90, 60)


def test_the_longer_side_of_a_product_reaches_the_aim() -> None:
    # 40 x 20 pixels of product: its longer side decides, or a thin product would grow without end.
    result = Upscale(until=80)(block(30, 20, 70, 40), context())

    assert result.size == (200, 160)


def test_a_later_step_says_how_large() -> None:
    result = Upscale()(block(30, 20, 70, 40), needing(60))

    assert result.size == (150, 120)  # 40 pixels of product become 60


def test_a_product_that_is_hardly_too_small_is_not_resampled() -> None:
    image = block(30, 20, 630, 40, size=(700, 80))

    assert Upscale()(image, needing(601)) is image


def test_the_limit_holds_and_is_noted() -> None:
    notes = context()

    assert Upscale(until=1000, limit=2)(Image(np.zeros((40, 60, 3), np.uint8)), notes).size == (120, 80)
    assert notes.facts["limited_from"] == 25
    assert notes.facts["interpolated_share"] == 0.75


def test_print_gets_no_halo() -> None:
    rgb = np.full((60, 60, 3), 220, np.uint8)
    rgb[20:40, 28:32] = 30

    result = Upscale(factor=2)(Image(rgb), context()).rgb

    assert result.min() >= 30
    assert result.max() <= 220


def test_transparency_lends_no_colour() -> None:
    image = block(30, 20, 70, 40)
    assert image.alpha is not None
    rgb = np.where(image.alpha[:, :, None] > 0, image.rgb, np.uint8(255)).astype(np.uint8)

    result = Upscale(factor=2)(image.with_(rgb=rgb), context())

    assert result.alpha is not None
    assert np.abs(result.rgb[result.alpha > 60].astype(int) - 90).max() <= 4


def test_a_factor_asks_the_cutout_for_less() -> None:
    assert Upscale(factor=2).needs(1000) == 500
    assert Upscale().needs(1000) == 1000


def test_two_aims_are_refused() -> None:
    with pytest.raises(RecipeError, match="'until' or 'factor', not both"):
        Recipe.of({"name": "mine", "steps": [{"upscale": {"until": 10, "factor": 2}}]})


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (30, 1)])
def test_thin_pictures_pass(size: tuple[int, int]) -> None:
    assert Upscale(factor=2)(Image(np.full((*size, 3), 90, np.uint8)), context()).rgb.max() == 90
