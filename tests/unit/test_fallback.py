"""Second choices that a recipe writes down."""

import numpy as np
import pytest

from packshot.errors import ModelUnavailable, NoClearProduct, RecipeError, UnknownName
from packshot.fallback import first_answer
from packshot.image import Alpha, Image
from packshot.ops.cutout import Cutout
from packshot.ports import NO_HINTS, Hints, Matte, ModelCard
from packshot.recipe import Context, Recipe, run
from packshot.testing import GivenModels

PHOTO = Image(np.full((60, 80, 3), 200, np.uint8))
SQUARE = np.zeros((60, 80), np.uint8)
SQUARE[20:40, 30:50] = 255


class Finds:
    """Answers with the alpha it was given, and remembers the hints."""

    def __init__(self, name: str, alpha: Alpha) -> None:
        self.card = ModelCard(name=name, version="1", licence="MIT", summary="Given.")
        self.alpha = alpha
        self.hints = NO_HINTS

    def cutout(self, image: Image, hints: Hints = NO_HINTS) -> Matte:
        self.hints = hints
        found = bool(self.alpha.any())
        return Matte(self.alpha, 0.9 if found else 0.0, ("found" if found else f"{self.card.name} finds nothing",))


class Missing(Finds):
    def cutout(self, image: Image, hints: Hints = NO_HINTS) -> Matte:
        raise ModelUnavailable("its weights are not here", hint="packshot models pull big")


NOTHING = np.zeros_like(SQUARE)
MODELS = GivenModels(
    cutout={
        "big": Missing("big", SQUARE),
        "shy": Finds("shy", NOTHING),
        "shyer": Finds("shyer", NOTHING),
        "sure": Finds("sure", SQUARE),
    }
)


def recipe(**parameters: object) -> Recipe:
    return Recipe.of({"name": "test", "steps": [{"cutout": parameters}]})


def test_the_first_that_answers_is_noted_with_why_the_others_did_not() -> None:
    done = run(recipe(model="big", otherwise=["shy", "sure"]), PHOTO, Context(models=MODELS))

    [record] = done.records
    assert record.facts["answered"] == "sure"
    assert record.facts["declined"] == [
        {"model": "big", "code": "model-unavailable", "because": "its weights are not here"},
        {"model": "shy", "code": "no-clear-product", "because": "shy finds nothing"},
    ]
    assert [card["name"] for card in record.models] == ["sure"]


def test_the_first_choice_that_answers_declines_nobody() -> None:
    [record] = run(recipe(model="sure", otherwise=["big"]), PHOTO, Context(models=MODELS)).records

    assert record.facts["answered"] == "sure"
    assert record.facts["declined"] == []


def test_where_none_can_the_error_tells_what_each_said() -> None:
    with pytest.raises(ModelUnavailable) as caught:
        run(recipe(model="shy", otherwise=["big"]), PHOTO, Context(models=MODELS))

    assert "shy: shy finds nothing; big: its weights are not here" in caught.value.message
    assert caught.value.hint == "packshot models pull big"


def test_where_all_abstain_the_picture_is_refused_or_kept_as_the_recipe_says() -> None:
    with pytest.raises(NoClearProduct, match="shyer finds nothing"):
        run(recipe(model="shy", otherwise=["shyer"]), PHOTO, Context(models=MODELS))

    done = run(recipe(model="shy", otherwise=["shyer", "keep"]), PHOTO, Context(models=MODELS))
    assert done.image.rgb is PHOTO.rgb


def test_keeping_is_for_pictures_without_a_product_not_for_models_that_fail() -> None:
    with pytest.raises(ModelUnavailable):
        run(recipe(model="big", otherwise=["keep"]), PHOTO, Context(models=MODELS))


def test_a_misspelt_name_is_a_mistake_and_no_reason_to_ask_the_next() -> None:
    with pytest.raises(UnknownName):
        run(recipe(model="biig", otherwise=["sure"]), PHOTO, Context(models=MODELS))


def test_nothing_can_stand_behind_the_end() -> None:
    with pytest.raises(RecipeError, match="nothing can stand after them"):
        recipe(otherwise=["keep", "sure"])


def test_a_written_fallback_survives_yaml_and_counts_in_the_digest() -> None:
    one = recipe(model="big", otherwise=["sure", "keep"])

    assert Recipe.from_yaml(one.to_yaml()) == one
    assert one.digest != recipe(model="big").digest


def test_the_phrase_of_the_step_reaches_the_model() -> None:
    sure = Finds("sure", SQUARE)
    Cutout(model="sure", phrase="the white mug")(PHOTO, Context(models=GivenModels(cutout=sure)))

    assert sure.hints.phrase == "the white mug"


def test_to_ask_nobody_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no model"):
        first_answer([], lambda name: name)
