import json

import numpy as np
import pytest
from op_pictures import block, context

from packshot.errors import InputError, RecipeError, UnknownName
from packshot.fidelity import certify
from packshot.geometry import Affine
from packshot.image import Image
from packshot.ops.scene import Scene
from packshot.recipe import Recipe, run
from packshot.studio.sets import named, names

SIDE = 240
EVERY = [(name, look) for name in names() for look in named(name).looks]


def bottle(seed: int = 4) -> Image:
    """40 x 100 pixels of patterned product."""
    image = block(30, 20, 70, 120, size=(100, 140))
    rgb = np.random.default_rng(seed).integers(20, 235, image.rgb.shape).astype(np.uint8)
    return image.with_(rgb=rgb)


def scene(**parameters: object) -> Scene:
    return Scene.model_validate({"canvas": [SIDE, SIDE], "fill": 0.5, **parameters})


@pytest.mark.parametrize(("name", "look"), EVERY)
def test_every_look_stands_the_product_in_a_finished_picture(name: str, look: str) -> None:
    notes = context()

    result = scene(set=name, look=look)(bottle(), notes)

    assert result.size == (SIDE, SIDE)
    assert result.alpha is None
    assert result.rgb.std() > 2  # there is something to see
    json.dumps(notes.facts)


def test_the_product_keeps_every_pixel_at_its_own_size() -> None:
    notes, photo = context(), bottle()
    step = scene(set="podium", fill=100 / SIDE)

    result = step(photo, notes)

    assert notes.facts["scale"] == 1
    alpha = np.zeros((SIDE, SIDE), np.uint8)
    left, top = notes.facts["offset"]
    alpha[top : top + 100, left : left + 40] = 255
    certificate = certify(photo, result, alpha, Affine.of(notes.facts["geometry"]), edits=[step.edit])
    assert (certificate.verdict, certificate.different) == ("identical", 0)


def test_scaled_the_product_is_certified_as_resampled_and_nothing_else() -> None:
    smooth = np.linspace(30, 220, 100 * 140 * 3).reshape(140, 100, 3).astype(np.uint8)
    photo = bottle().with_(rgb=smooth)
    recipe = Recipe.of({"name": "one", "steps": [{"scene": {"set": "sweep", "canvas": [SIDE, SIDE], "fill": 0.7}}]})

    done = run(recipe, photo, context())

    certificate = certify(photo, done.image, done.product, Affine.of(done.fact("geometry")), edits=["edge-only"])
    assert certificate.verdict == "resampled"


def test_one_seed_is_one_picture_and_another_seed_another() -> None:
    here, again, other = context(), context(), context()
    other.seed = 9

    first = scene(set="desk")(bottle(), here).rgb

    assert np.array_equal(first, scene(set="desk")(bottle(), again).rgb)
    assert not np.array_equal(first, scene(set="desk")(bottle(), other).rgb)


def test_without_strict_only_the_edge_of_the_product_changes() -> None:
    photo, notes = bottle(), context()
    strict = scene(set="sweep", look="night", fill=100 / SIDE)(photo, notes).rgb
    wrapped = scene(set="sweep", look="night", fill=100 / SIDE, strict=False)(photo, context()).rgb
    left, top = notes.facts["offset"]

    changed = (strict != wrapped).any(axis=-1)

    assert changed.any()
    inside = changed[top : top + 100, left : left + 40]
    assert not inside[2:-2, 2:-2].any()
    assert np.count_nonzero(inside) == np.count_nonzero(changed)


def test_the_shadow_falls_away_from_the_light() -> None:
    lit_from_left = scene(set="sweep")(bottle(), context()).rgb.astype(int)
    lit_from_right = scene(set="sweep", mirror=True)(bottle(), context()).rgb.astype(int)
    foot = 0.5 * SIDE + 0.25 * SIDE  # the product fills half, in the middle

    def beside(rgb: np.ndarray, column: float) -> float:
        row = round(foot) - 6
        return float(rgb[row - 4 : row + 4, round(column) - 6 : round(column) + 6].mean())

    left, right = 0.5 * SIDE - 36, 0.5 * SIDE + 36
    assert beside(lit_from_left, right) < beside(lit_from_left, left) - 2
    assert beside(lit_from_right, left) < beside(lit_from_right, right) - 2


def test_it_is_darkest_where_the_product_stands() -> None:
    notes = context()
    rgb = scene(set="sweep")(bottle(), notes).rgb.astype(int)
    left, right, row = notes.facts["contact"]
    below = rgb[round(row) : round(row) + 60, round((left + right) / 2) - 5 : round((left + right) / 2) + 5].mean(
        (1, 2)
    )

    assert below[0] < 0.75 * below[-1]
    assert below[:2].mean() < below[8:12].mean() < below[40:].mean()


def test_a_sweep_takes_the_colour_asked_for() -> None:
    rgb = scene(set="sweep", colour="#3366aa")(bottle(), context()).rgb
    red, green, blue = rgb[-20:, :40].mean((0, 1))

    assert blue > green + 30 > red + 50


@pytest.mark.parametrize("colour", ["#33", "blau"])
def test_a_colour_that_is_none_is_refused(colour: str) -> None:
    with pytest.raises(RecipeError, match="colour"):
        Recipe.of({"name": "x", "steps": [{"scene": {"colour": colour}}]})


def test_an_unknown_set_or_look_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="no set is called 'desc'") as error:
        scene(set="desc")(bottle(), context())
    assert "desk" in str(error.value.hint)
    with pytest.raises(UnknownName, match="look"):
        scene(set="desk", look="mornin")(bottle(), context())


def test_only_what_was_cut_out_can_stand_in_a_set() -> None:
    with pytest.raises(RecipeError, match="cut out"):
        scene()(Image(np.zeros((20, 20, 3), np.uint8)), context())
    with pytest.raises(InputError, match="nothing of the product"):
        scene()(Image(np.zeros((20, 20, 3), np.uint8), np.zeros((20, 20), np.uint8)), context())


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (300, 300)])
@pytest.mark.parametrize("canvas", [(64, 64), (50, 201), (333, 90)])
def test_thin_products_and_odd_canvases_pass(size: tuple[int, int], canvas: tuple[int, int]) -> None:
    image = Image(np.zeros((*size, 3), np.uint8), np.full(size, 255, np.uint8))

    for name in names():
        assert scene(set=name, canvas=list(canvas))(image, context()).size == canvas


def test_it_asks_for_no_more_pixels_than_the_canvas_shows() -> None:
    assert scene(canvas=[2000, 2000], fill=0.6).needs(None) == 1200


def test_where_the_product_decides_its_size_it_asks_for_all_pixels_and_scales_once() -> None:
    assert scene(canvas=[2000, 1000], fill=0.6).needs(None) is None
