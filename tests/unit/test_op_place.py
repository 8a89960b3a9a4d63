import numpy as np
import pytest
from op_pictures import block, context

from packshot.errors import RecipeError
from packshot.image import Alpha, Box, Image, box_of
from packshot.models.embedded import EmbeddedCutout
from packshot.ops.place import Place
from packshot.recipe import Context, Recipe, run
from packshot.testing import GivenModels


def alpha_of(image: Image) -> Alpha:
    assert image.alpha is not None
    return image.alpha


def place_of(image: Image) -> Box:
    box = box_of(alpha_of(image), above=127)
    assert box is not None
    return box


def test_the_longer_side_fills_what_was_asked() -> None:
    result = Place(canvas=(400, 400), fill=0.85, enlarge=16)(block(30, 20, 70, 40), context())

    box = place_of(result)
    assert result.size == (400, 400)
    assert abs(box.width - 340) <= 1
    assert abs(box.left - 30) <= 1
    assert abs(box.top + box.bottom - 400) <= 2


def test_a_product_of_the_right_size_is_not_resampled() -> None:
    rgb = np.random.default_rng(5).integers(0, 255, (80, 100, 3)).astype(np.uint8)
    image = block(30, 20, 70, 40).with_(rgb=rgb)

    result = Place(canvas=(50, 50), fill=0.8)(image, context())

    assert np.array_equal(result.rgb[alpha_of(result) > 0], rgb[alpha_of(image) > 0])


def test_a_side_cut_by_the_frame_lies_flush_on_the_canvas_edge() -> None:
    cut = block(20, 30, 70, 80)  # runs out of the bottom
    notes = context()

    result = Place(canvas=(200, 200), fill=0.5)(cut, notes)

    assert place_of(result).bottom == 200
    assert notes.facts["snapped"] == ["bottom"]


@pytest.mark.parametrize("side", ["left", "top", "right", "bottom"])
def test_alignment_leaves_the_margin_of_the_fill(side: str) -> None:
    result = Place.model_validate({"canvas": [200, 200], "fill": 0.8, "align": side})(block(40, 30, 60, 50), context())

    box = place_of(result)
    distance = {"left": box.left, "top": box.top, "right": 200 - box.right, "bottom": 200 - box.bottom}[side]
    assert abs(distance - (200 - 0.8 * 200) / 2) <= 1


def test_the_weight_and_not_the_handle_sits_in_the_middle() -> None:
    alpha = np.zeros((100, 140), np.uint8)
    alpha[20:80, 20:80] = 255  # a mug
    alpha[45:55, 80:120] = 255  # and its handle
    image = Image(np.zeros((100, 140, 3), np.uint8), alpha)

    optical = Place(canvas=(400, 400))(image, context())
    boxed = Place(canvas=(400, 400), centring="box")(image, context())

    assert place_of(optical).left > place_of(boxed).left + 5


def test_a_native_canvas_keeps_the_size_of_the_product() -> None:
    result = Place(canvas="native", fill=0.8, aspect=1)(block(30, 20, 70, 40), context())

    assert result.size == (50, 50)
    assert (place_of(result).width, place_of(result).height) == (40, 20)


def test_a_whole_picture_goes_up_to_the_canvas_edge() -> None:
    result = Place(canvas=(100, 100))(Image(np.full((40, 80, 3), 9, np.uint8)), context())

    assert place_of(result) == Box(0, 25, 100, 75)


def test_a_native_canvas_that_is_too_small_gets_more_air_and_no_larger_product() -> None:
    place = Place(canvas="native", fill=0.8, aspect=1, enlarge=1, smallest=120)

    result = place(block(30, 20, 70, 40), context())

    assert result.size == (120, 120)
    assert place_of(result).width == 40


def test_a_whole_picture_is_its_own_native_canvas() -> None:
    image = Image(np.zeros((40, 80, 3), np.uint8))

    assert Place(canvas="native")(image, context()) is image


def test_a_tiny_product_is_enlarged_no_further_than_allowed() -> None:
    notes = context()

    result = Place(canvas=(1000, 1000), enlarge=3)(block(30, 20, 70, 40), notes)

    assert place_of(result).width == 120
    assert notes.facts["fill"] == 0.12


def test_the_shadow_moves_with_the_product() -> None:
    image = block(30, 20, 70, 40)

    result = Place(canvas=(300, 300))(image.with_(shadow=image), context())

    assert result.shadow is not None
    assert np.array_equal(alpha_of(result.shadow), alpha_of(result))


def test_it_asks_for_no_more_pixels_than_the_canvas_shows() -> None:
    assert Place(canvas=(2000, 1000), fill=0.85).needs(None) == 1700
    assert Place(canvas=(2000, 1000), fill=0.85, margin=300).needs(None) == 1400


@pytest.mark.parametrize("canvas", [(400, 600), (600, 400), (500, 500), (300, 900)])
def test_on_a_canvas_of_any_shape_the_cutout_makes_it_as_large_as_it_gets(canvas: tuple[int, int]) -> None:
    picture = np.full((1200, 1500, 3), 236, np.uint8)
    picture[200:1000, 500:900] = (30, 60, 110)
    steps = ["cutout", {"place": {"canvas": list(canvas)}}]
    models = GivenModels(cutout=EmbeddedCutout())
    done = run(Recipe.of({"name": "t", "steps": steps}), Image(picture), Context(models=models))
    first, second = (record.facts["scale"] for record in done.records)
    assert first == pytest.approx(0.85 * min(canvas[0] / 400, canvas[1] / 800), rel=0.02)
    assert second == pytest.approx(1, abs=0.03)  # its outline is known to a pixel of a smaller picture only


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1)])
def test_thin_pictures_pass(size: tuple[int, int]) -> None:
    image = Image(np.zeros((*size, 3), np.uint8), np.full(size, 255, np.uint8))

    assert Place(canvas=(64, 64))(image, context()).size == (64, 64)


def test_an_empty_cutout_gives_an_empty_canvas() -> None:
    image = Image(np.zeros((20, 20, 3), np.uint8), np.zeros((20, 20), np.uint8))

    assert alpha_of(Place(canvas=(64, 64))(image, context())).max() == 0


@pytest.mark.parametrize("fill", [0.3, 0.85, 0.97, 1.0])
@pytest.mark.parametrize(
    "box", [(30, 20, 70, 40), (30, 20, 37, 75), (0, 20, 100, 60), (0, 0, 100, 80), (30, 20, 31, 21)]
)
def test_without_a_largest_side_the_canvas_grows_and_the_product_keeps_its_pixels(
    box: tuple[int, int, int, int], fill: float
) -> None:
    rgb = np.random.default_rng(5).integers(0, 255, (80, 100, 3)).astype(np.uint8)
    image, notes = block(*box).with_(rgb=rgb), context()
    place = Place(canvas="native", largest=None, fill=fill)

    result = place(image, notes)

    assert notes.facts["scale"] == 1
    assert np.array_equal(result.rgb[alpha_of(result) > 0], rgb[alpha_of(image) > 0])
    assert place.needs(500) is None  # the steps before must not work smaller for it


def test_a_canvas_that_no_memory_holds_is_refused() -> None:
    alpha = np.full((900, 1200), 255, np.uint8)
    large = Image(np.zeros((900, 1200, 3), np.uint8), alpha)

    with pytest.raises(RecipeError, match="would have 429 megapixels; at most 400"):
        Place(canvas="native", largest=None, fill=0.0575, snap=False)(large, context())
