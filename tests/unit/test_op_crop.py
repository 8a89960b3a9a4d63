import numpy as np
import pytest
from op_pictures import block, context

from packshot.errors import RecipeError
from packshot.image import Image
from packshot.ops.crop import Crop, cut_sides
from packshot.recipe import Recipe


def test_a_crop_keeps_the_product_and_its_margin() -> None:
    image = Crop(margin_fraction=0.1)(block(30, 20, 70, 40), context())

    assert image.size == (40 + 2 * 4, 20 + 2 * 4)  # a tenth of the longer side, 40, on every side


def test_a_margin_beyond_the_frame_is_transparent_but_not_where_the_frame_cut_the_product() -> None:
    image = Crop(margin_fraction=0.5)(block(0, 20, 40, 60), context())

    assert image.size == (40 + 20, 40 + 2 * 20)
    assert image.alpha is not None
    assert image.alpha[40, 0] == 255


def test_dust_does_not_widen_the_box() -> None:
    image = block(30, 20, 70, 40)
    assert image.alpha is not None
    dusty = image.alpha.copy()
    dusty[0, 0] = 5

    assert Crop(margin_fraction=0)(image.with_(alpha=dusty), context()).size == (40, 20)


def test_an_aspect_widens_and_never_narrows() -> None:
    assert Crop(margin_fraction=0, aspect=1.0)(block(30, 20, 70, 40), context()).size == (40, 40)


def test_a_given_box_is_cut_exactly() -> None:
    image = Crop(box=(10, 5, 30, 25))(Image(np.zeros((50, 60, 3), np.uint8)), context())

    assert image.size == (20, 20)


def test_a_box_outside_the_picture_says_so() -> None:
    with pytest.raises(RecipeError, match="lies outside the picture of 60x50"):
        Crop(box=(100, 100, 120, 120))(Image(np.zeros((50, 60, 3), np.uint8)), context())


def test_a_box_without_room_is_refused_in_the_recipe() -> None:
    with pytest.raises(RecipeError, match="with room inside"):
        Recipe.of({"name": "mine", "steps": [{"crop": {"box": [30, 5, 10, 25]}}]})


def test_a_product_cut_by_the_frame_is_seen_on_that_side_only() -> None:
    assert cut_sides(block(0, 20, 40, 60).alpha) == ("left",)
    assert cut_sides(block(30, 20, 70, 40).alpha) == ()
    assert cut_sides(None) == ()
