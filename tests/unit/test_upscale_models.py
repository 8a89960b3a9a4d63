"""Upscale with a model: its factor is brought to the size asked for, and what it may do to the product is declared."""

from dataclasses import replace

import numpy as np
import pytest

from packshot.errors import ModelUnavailable, RecipeError
from packshot.image import Image
from packshot.ops.blend import resized
from packshot.ops.upscale import Upscale
from packshot.ports import ModelCard, TextLine
from packshot.recipe import Context, Recipe, run
from packshot.tasks.recipes import check_edits
from packshot.testing import GivenModels

PHOTO = Image(np.random.default_rng(5).integers(0, 255, (40, 60, 3), np.uint8))
CARD = ModelCard(name="big", version="1", licence="MIT", summary="Given.", generative=True, changes_product=True)


class Enlarges:
    """Four times, each pixel again, and inverted, so that one sees who did it."""

    def __init__(self, card: ModelCard = CARD, factor: int = 4) -> None:
        self.card, self.factor = card, factor

    def upscale(self, image: Image) -> Image:
        size = image.size[0] * self.factor, image.size[1] * self.factor
        return resized(image, size).with_(rgb=255 - np.repeat(np.repeat(image.rgb, self.factor, 0), self.factor, 1))


class Missing(Enlarges):
    def upscale(self, image: Image) -> Image:
        raise ModelUnavailable("its weights are not here")


def recipe(**parameters: object) -> Recipe:
    return Recipe.of({"name": "test", "steps": [{"upscale": parameters}]})


def test_a_models_factor_is_brought_to_the_size_asked_for() -> None:
    for factor in (2.5, 4, 6):
        done = run(recipe(factor=factor, limit=16, model="big"), PHOTO, Context(GivenModels(upscaler=Enlarges())))
        assert done.image.size == (round(60 * factor), round(40 * factor))
    whole = run(recipe(factor=4, model="big"), PHOTO, Context(GivenModels(upscaler=Enlarges()))).image
    assert np.array_equal(whole.rgb[::4, ::4], 255 - PHOTO.rgb)


def test_a_picture_that_is_large_enough_asks_no_model() -> None:
    [record] = run(recipe(until=40, model="big"), PHOTO, Context(GivenModels(upscaler=Missing()))).records
    assert record.models == []
    assert record.edit == "geometric"


def test_lanczos_as_a_written_second_choice_stays_geometric() -> None:
    context = Context(GivenModels(upscaler=Missing()))
    done = run(recipe(factor=2, model="big", otherwise=["lanczos"]), PHOTO, context)

    [record] = done.records
    assert record.edit == "geometric"
    assert record.facts["answered"] == "lanczos"
    assert record.facts["declined"][0]["because"] == "its weights are not here"
    assert np.array_equal(done.image.rgb, run(recipe(factor=2), PHOTO, context).image.rgb)


def test_without_a_second_choice_a_model_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ModelUnavailable):
        run(recipe(factor=2, model="big"), PHOTO, Context(GivenModels(upscaler=Missing())))


@pytest.mark.parametrize(
    ("card", "edit"),
    [
        (CARD, "generative-product"),
        (replace(CARD, generative=False), "photometric"),
        (replace(CARD, generative=False, changes_product=False), "geometric"),
    ],
)
def test_what_is_edited_is_what_the_card_says(card: ModelCard, edit: str) -> None:
    models = GivenModels(upscaler=Enlarges(card))
    [record] = run(recipe(factor=2, model="big"), PHOTO, Context(models)).records

    assert record.edit == edit
    check_edits(recipe(factor=2, model="big"), edit, models)


def test_a_generative_upscaler_is_refused_before_anything_is_done_where_less_is_allowed() -> None:
    models = GivenModels(upscaler=Enlarges())
    with pytest.raises(RecipeError, match="upscale, is generative-product"):
        check_edits(recipe(factor=2, model="big"), "photometric", models)
    with pytest.raises(RecipeError, match="is generative-product"):
        check_edits(recipe(factor=2, otherwise=["big"]), "photometric", models)
    check_edits(recipe(factor=2), "geometric", models)


class Reads:
    """Sees one line, and misreads it where the picture was inverted."""

    card = replace(CARD, name="reads", generative=False, changes_product=False)

    def read(self, image: Image, at: object = None) -> tuple[TextLine, ...]:
        width, height = image.size
        right, below = width * 0.8, height * 0.6
        quad = ((width * 0.2, height * 0.4), (right, height * 0.4), (right, below), (width * 0.2, below))
        inverted = float(image.rgb[:, : width // 2].mean()) > 127
        return (TextLine("GREEN TFA" if inverted else "GREEN TEA", quad, 0.9),)


def test_the_text_guard_holds_a_model_back_too() -> None:
    dark = Image(np.full((80, 160, 3), 60, np.uint8))
    models = GivenModels(upscaler=Enlarges(), reader=Reads())
    done = run(recipe(factor=4, model="big", guard_text=True, reader="reads"), dark, Context(models))

    [record] = done.records
    assert record.facts["text"]["held_back"]
    assert np.abs(done.image.rgb[160, 320].astype(int) - 60).max() <= 1  # where the label is: enlarged plainly
    assert done.image.rgb[10, 10, 0] > 180  # elsewhere: the model's
    assert Upscale(model="big").model == "big"
