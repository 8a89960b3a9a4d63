"""Which recipe is meant, and the changes that have names of their own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from packshot.errors import InputError, RecipeError, UnknownName
from packshot.recipe import Recipe
from packshot.settings import Settings
from packshot.tasks.order import Adjustments
from packshot.tasks.recipes import adjusted, open_recipe, with_defaults

PLAIN = Recipe.of(
    {
        "name": "plain",
        "steps": ["upscale", {"place": {"canvas": [2000, 1000], "fill": 0.8}}, {"background": {"colour": "white"}}],
    }
)
NATIVE = Recipe.of({"name": "native", "steps": [{"upscale": {"until": 1500}}, {"place": {"canvas": "native"}}]})


def data_of(recipe: Recipe) -> dict[str, Mapping[str, Any]]:
    data = recipe.as_data()
    return {op: fields for step in data["steps"] for op, fields in step.items()} | {"output": data["output"]}


def test_a_file_is_a_recipe_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nsteps: [sharpen]\n")
    assert open_recipe(str(path), Settings()).name == "mine"


@pytest.mark.parametrize("content", [b"steps: [sharpen", b"\xff\xfe", b"- sharpen\n", b"name: x\nsteps: [sharpne]\n"])
def test_a_file_that_is_no_recipe_is_an_error_with_its_place(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_recipe(path, Settings())
    assert str(path) in str(caught.value)


def test_a_photograph_in_place_of_a_recipe_is_answered_with_the_whole_command() -> None:
    with pytest.raises(UnknownName) as caught:
        open_recipe("mug.jpg", Settings())
    assert "packshot run marketplace-white mug.jpg -o OUT" in caught.value.hint


@pytest.mark.parametrize(
    ("asked", "op", "field", "value"),
    [
        (Adjustments(background="#eee"), "background", "colour", "#eeeeee"),
        (Adjustments(size=(800, 600)), "place", "canvas", [800, 600]),
        (Adjustments(aspect=0.8), "place", "canvas", [1600, 2000]),
        (Adjustments(aspect=2.5), "place", "canvas", [2000, 800]),
        (Adjustments(size=(1000, 1000), aspect=0.5), "place", "canvas", [500, 1000]),
        (Adjustments(padding=0.05), "place", "fill", 0.9),
        (Adjustments(min_dimension=1500), "place", "canvas", [3000, 1500]),
        (Adjustments(min_dimension=500), "place", "canvas", [2000, 1000]),
        (Adjustments(max_kilobytes=200), "output", "max_kilobytes", 200),
        (Adjustments(format="webp"), "output", "format", "webp"),
        (Adjustments(quality=50), "output", "min_quality", 50),
        (Adjustments(keep_metadata=True), "output", "metadata", "keep"),
        (Adjustments(background="transparent"), "output", "format", "png"),
        (Adjustments(padding=0.1, changes={"place.fill": 0.7}), "place", "fill", 0.7),
    ],
)
def test_the_words_of_a_shop_become_parameters(asked: Adjustments, op: str, field: str, value: object) -> None:
    assert data_of(adjusted(PLAIN, asked))[op][field] == value


def test_on_a_canvas_that_follows_the_product_shape_and_size_are_asked_of_the_steps() -> None:
    changed = data_of(adjusted(NATIVE, Adjustments(aspect=0.8, min_dimension=1800)))
    assert changed["place"]["aspect"] == 0.8
    assert changed["upscale"]["until"] == 1800


def test_what_nothing_could_apply_to_is_an_error_naming_recipes_where_it_could() -> None:
    with pytest.raises(InputError) as caught:
        adjusted(NATIVE, Adjustments(background="white"))
    assert "marketplace-white" in caught.value.hint


def test_a_misspelt_parameter_is_answered_with_the_nearest() -> None:
    with pytest.raises(RecipeError) as caught:
        adjusted(PLAIN, Adjustments(changes={"place.fil": 0.7}))
    assert caught.value.hint == "did you mean 'fill'?"


def test_the_deployments_colour_and_size_reach_the_shipped_recipes_only() -> None:
    settings = Settings(background_colour="#fafafa", target_min_dimension=2500)
    shipped = data_of(with_defaults(PLAIN, settings))
    assert shipped["background"]["colour"] == "#fafafa"
    assert shipped["place"]["canvas"] == [5000, 2500]
    assert open_recipe(PLAIN, settings) is PLAIN


def test_the_deployments_colour_does_not_replace_a_gradient() -> None:
    graded = Recipe.of({"name": "graded", "steps": [{"background": {"gradient": ["#ffffff", "#dddddd"]}}]})
    assert with_defaults(graded, Settings(background_colour="#000000")) == graded
