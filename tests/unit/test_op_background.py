import numpy as np
import pytest
from op_pictures import context

from packshot.errors import InputError, RecipeError, UnknownName
from packshot.image import Image
from packshot.ops.background import Background, gradient
from packshot.ops.blend import merged, over, over_colour
from packshot.recipe import Recipe


def noise(seed: int, size: tuple[int, int] = (60, 80)) -> Image:
    rng = np.random.default_rng(seed)
    alpha = rng.choice(np.array([0, 0, 255, 255, 128], np.uint8), size)
    return Image(rng.integers(0, 256, (*size, 3)).astype(np.uint8), alpha)


@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#3a7fd1"])
def test_the_background_is_exactly_the_colour_and_the_product_exactly_itself(colour: str) -> None:
    image = noise(1)
    assert image.alpha is not None

    result = Background(colour=colour)(image, context())

    assert result.alpha is None
    assert (result.rgb[image.alpha == 0] == [int(colour[i : i + 2], 16) for i in (1, 3, 5)]).all()
    assert np.array_equal(result.rgb[image.alpha == 255], image.rgb[image.alpha == 255])


def test_half_covered_pixels_lie_half_way() -> None:
    image = noise(2)
    assert image.alpha is not None

    result = Background(colour="#406080")(image, context()).rgb.astype(float)

    expected = image.rgb * (128 / 255) + np.array([0x40, 0x60, 0x80]) * (127 / 255)
    assert np.abs(result - expected)[image.alpha == 128].max() <= 1


@pytest.mark.parametrize("code", [0, 37, 128, 255])
def test_a_colour_over_itself_is_that_colour_at_every_alpha(code: int) -> None:
    alpha = np.arange(256, dtype=np.uint8).reshape(16, 16)
    rgb = np.full((16, 16, 3), code, np.uint8)

    assert (over(rgb, alpha, rgb) == code).all()
    assert (over_colour(rgb, alpha, (code, code, code)) == code).all()


def test_a_misspelt_colour_is_told_the_nearest() -> None:
    with pytest.raises(RecipeError, match="no colour is called 'whit'; did you mean 'white'"):
        Recipe.of({"name": "mine", "steps": [{"background": {"colour": "whit"}}]})


@pytest.mark.parametrize("colour", ["#ff", "#gg0000", "#ffff"])
def test_a_malformed_colour_is_told_the_form(colour: str) -> None:
    with pytest.raises(RecipeError, match="'#rrggbb'"):
        Recipe.of({"name": "mine", "steps": [{"background": {"colour": colour}}]})


def test_names_and_short_forms_are_spelt_out() -> None:
    assert Background(colour="Teal").colour == "#008080"
    assert Background(colour="#fa0").colour == "#ffaa00"


def test_a_gradient_has_no_steps_that_an_eye_could_follow() -> None:
    rows = gradient((256, 2000), "#f0f0f0", "#e0e0e0").astype(float)[:, :, 0].mean(axis=1)

    # 16 codes over 2000 rows: undithered they would jump by 1, dithered they creep.
    assert np.abs(np.diff(rows)).max() < 0.15
    assert rows[0] == pytest.approx(0xF0, abs=0.1)
    assert rows[-1] == pytest.approx(0xE0, abs=0.1)


def test_a_gradient_between_equal_colours_is_that_colour() -> None:
    assert (gradient((33, 17), "#123456", "#123456") == [0x12, 0x34, 0x56]).all()


def test_a_radial_gradient_is_lightest_in_the_middle() -> None:
    rgb = gradient((300, 300), "#ffffff", "#808080", "radial")

    assert rgb[130, 150].min() > 250
    assert rgb[-1, 0].max() < 135


def test_a_picture_covers_the_canvas_with_its_middle() -> None:
    scenery = np.zeros((60, 300, 3), np.uint8)
    scenery[:, 120:180] = 200
    made = context()
    made.pictures = {"room": Image(scenery)}
    empty = Image(np.zeros((50, 50, 3), np.uint8), np.zeros((50, 50), np.uint8))

    assert (Background(picture="room")(empty, made).rgb[5:-5, 5:-5] == 200).all()


def test_a_picture_that_was_not_handed_in_is_asked_for() -> None:
    with pytest.raises(InputError, match="no picture was handed in under 'room'"):
        Background(picture="room")(noise(3), context())


def test_a_misspelt_picture_is_told_the_nearest() -> None:
    made = context()
    made.pictures = {"kitchen": noise(4)}
    with pytest.raises(UnknownName, match="no picture is called 'kitchn'") as caught:
        Background(picture="kitchn")(noise(3), made)
    assert "'kitchen'" in caught.value.hint


def test_gradient_and_picture_together_are_refused() -> None:
    with pytest.raises(RecipeError, match="not both"):
        Recipe.of({"name": "mine", "steps": [{"background": {"gradient": ["white", "grey"], "picture": "room"}}]})


def test_transparent_merges_the_shadow_and_looks_the_same_on_white() -> None:
    image = noise(5).with_(shadow=noise(6))
    assert image.shadow is not None

    kept = Background(colour="transparent")(image, context())

    assert kept.shadow is None
    assert kept.alpha is not None
    flat, direct = (Background()(each, context()).rgb.astype(int) for each in (kept, image))
    assert np.abs(flat - direct).max() <= 2


def test_merging_keeps_the_top_where_it_is_opaque() -> None:
    top, bottom = noise(7), noise(8)
    assert top.alpha is not None

    assert np.array_equal(merged(top, bottom).rgb[top.alpha == 255], top.rgb[top.alpha == 255])


def test_a_picture_that_is_not_cut_out_hides_its_background() -> None:
    image = Image(np.zeros((5, 5, 3), np.uint8))

    assert Background()(image, context()) is image


def test_nothing_handed_in_is_changed() -> None:
    image = noise(9).with_(shadow=noise(10))
    assert image.shadow is not None
    before = image.rgb.copy(), image.shadow.rgb.copy()

    Background(gradient=("white", "navy"))(image, context())

    assert np.array_equal(image.rgb, before[0])
    assert np.array_equal(image.shadow.rgb, before[1])


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1)])
def test_thin_pictures_pass(size: tuple[int, int]) -> None:
    image = Image(np.zeros((*size, 3), np.uint8), np.zeros(size, np.uint8))

    assert (Background(gradient=("white", "white"))(image, context()).rgb == 255).all()
    assert (Background(colour="red")(image, context()).rgb == [255, 0, 0]).all()
