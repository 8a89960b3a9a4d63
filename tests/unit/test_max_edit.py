"""How much a recipe may do to the product: what goes beyond is refused before anything is done."""

import numpy as np
import pytest

import packshot
from packshot.errors import RecipeError, UnknownName
from packshot.recipe import EDITS, Edit, Recipe, shipped
from packshot.tasks.recipes import check_edits
from packshot.testing import GivenModels

NO_MODELS = GivenModels()


@pytest.mark.parametrize(
    ("recipe", "least"),
    [
        ("optimize", "geometric"),
        ("upscale", "geometric"),
        ("strict-white", "edge-only"),
        ("strict-transparent", "edge-only"),
        ("sharpen", "photometric"),
        ("marketplace-white", "photometric"),
    ],
)
def test_a_recipe_passes_from_its_own_class_on(recipe: str, least: Edit) -> None:
    for edit in EDITS:
        if EDITS.index(edit) >= EDITS.index(least):
            check_edits(Recipe.named(recipe), edit, NO_MODELS)
        else:
            with pytest.raises(RecipeError):
                check_edits(Recipe.named(recipe), edit, NO_MODELS)


def test_the_refusal_names_the_step_and_two_ways_out() -> None:
    with pytest.raises(RecipeError) as caught:
        check_edits(Recipe.named("marketplace-white"), "edge-only", NO_MODELS)

    said = "step 2 of 7 of marketplace-white, tone, is photometric, and no more than edge-only is allowed"
    assert caught.value.message == said
    assert "strict-transparent, strict-white" in caught.value.hint
    assert caught.value.hint.endswith("or allow it with --max-edit photometric")


def test_an_unknown_class_is_told_all_there_are() -> None:
    with pytest.raises(UnknownName) as caught:
        check_edits(Recipe.named("optimize"), "none", NO_MODELS)
    assert "geometric, edge-only, photometric" in caught.value.hint


def test_every_shipped_recipe_stays_within_photometric_but_the_one_that_says_it_is_not_your_product() -> None:
    beyond = [name for name in shipped() if Recipe.named(name).beyond("photometric", NO_MODELS) is not None]
    assert beyond == ["redraw"]
    assert Recipe.named("redraw").summary.startswith("NOT YOUR PRODUCT")


def test_python_refuses_as_the_command_line_does() -> None:
    image = packshot.Image(np.full((20, 20, 3), 90, np.uint8))
    with pytest.raises(RecipeError, match="sharpen, is photometric"):
        packshot.run("sharpen", image, max_edit="geometric")
    packshot.run("optimize", image, max_edit="geometric")
