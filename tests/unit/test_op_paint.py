"""A place painted around the product, and the trap: a product that is drawn anew (mission T-05, T-24)."""

from dataclasses import replace
from typing import ClassVar

import cv2
import numpy as np
import pytest

from packshot.errors import InputError, ModelError, ModelTimedOut, RecipeError
from packshot.image import Image, to_linear
from packshot.models.embedded import EmbeddedCutout
from packshot.models.studio import StudioPainter
from packshot.ops.redraw import Redraw
from packshot.ports import ModelCard, Painter
from packshot.recipe import Context, Edit, Recipe
from packshot.services import Services
from packshot.settings import Settings
from packshot.tasks.images import Rendition, render
from packshot.tasks.recipes import check_edits
from packshot.testing import GivenModels
from painters_drawn import DrawnPainter


class Brush(DrawnPainter):
    """Paints `factor` times too large, with a product of its own."""

    card = ModelCard("brush", "1", "MIT", "Paints.", generative=True)

    def __init__(self, error: ModelError | None = None, factor: int = 1) -> None:
        super().__init__(error)
        self.factor = factor

    def draw(self, size: tuple[int, int]) -> Image:
        rgb = np.full((size[1] * self.factor, size[0] * self.factor, 3), (200, 180, 150), np.uint8)
        cv2.circle(rgb, (size[0] // 2, size[1] // 2), size[0] // 4, (20, 90, 30), -1)
        return Image(rgb)


def product() -> Image:
    """A striped red box on transparency."""
    alpha = np.zeros((200, 240), np.uint8)
    alpha[50:160, 70:170] = 255
    rgb = np.full((200, 240, 3), 120, np.uint8)
    rgb[50:160, 70:170] = (180, 40, 40)
    rgb[90:110, 70:170] = (240, 230, 220)
    return Image(rgb, alpha)


def made(steps: list[object], **painters: Painter) -> Rendition:
    recipe = Recipe.of({"name": "t", "steps": steps})
    return render(recipe, product(), Services(Settings(), GivenModels(painter=painters)))


def test_not_one_pixel_of_the_product_is_the_painters() -> None:
    before = product()
    after = made([{"paint": {"prompt": "a shelf", "painter": "brush"}}], brush=Brush())
    assert before.alpha is not None
    inside = before.alpha == 255
    assert np.array_equal(after.image.rgb[inside], before.rgb[inside])
    assert tuple(after.image.rgb[5, 5]) == (200, 180, 150)
    assert (after.certificate.verdict, after.certificate.different) == ("identical", 0)


def test_the_painter_sees_the_product_unless_told_otherwise() -> None:
    brush = Brush()
    made([{"paint": {"prompt": "a shelf", "painter": "brush"}}], brush=brush)
    made([{"paint": {"prompt": "a shelf", "painter": "brush", "see_product": False}}], brush=brush)
    assert [asked.keep is not None for asked in brush.asked] == [True, False]


def test_the_next_painter_is_asked_and_the_receipt_says_why() -> None:
    late = Brush(ModelTimedOut("late did not answer in 60 s"))
    done = made([{"paint": {"prompt": "a", "painter": "late", "otherwise": ["brush"]}}], late=late, brush=Brush())
    facts = done.records[0].facts
    assert facts["painter"] == "brush"
    assert [(each["model"], each["code"]) for each in facts["declined"]] == [("late", "model-timed-out")]


def test_the_studio_paints_where_nobody_else_can_and_edits_no_more_than_the_edge() -> None:
    late = Brush(ModelTimedOut("late did not answer in 60 s"))
    steps: list[object] = [{"paint": {"prompt": "a marble table", "painter": "late", "otherwise": ["studio"]}}]
    done = made(steps, late=late, studio=StudioPainter())
    assert done.records[0].facts["painter"] == "studio"
    assert done.records[0].edit == "edge-only"
    assert done.certificate.verdict == "identical"
    # Its shadow makes the ground darker beside the foot than far from it.
    light = to_linear(done.image.rgb).mean(axis=2)
    assert light[161:164, 80:160].mean() < 0.8 * light[190:, 80:160].mean()


def test_alone_the_studio_is_no_generative_edit_even_before_it_has_run() -> None:
    models = GivenModels(painter={"studio": StudioPainter(), "brush": Brush()})
    alone, second = (
        Recipe.of({"name": "t", "steps": [{"paint": {"prompt": "a", "painter": "studio", "otherwise": others}}]})
        for others in ([], ["brush"])
    )
    assert alone.steps[0].edit_with(models) == "edge-only"
    assert second.steps[0].edit_with(models) == "generative-background"


@pytest.mark.parametrize("size", [(1, 1), (40, 900), (900, 40), (300, 300)])
def test_the_studio_paints_an_empty_place_of_any_size_the_same_each_time(size: tuple[int, int]) -> None:
    first, again = (StudioPainter().paint("a kitchen", size, seed=3) for _ in range(2))
    assert first.size == size
    assert np.array_equal(first.rgb, again.rgb)


def test_a_painter_that_paints_another_size_has_not_answered() -> None:
    done = made(
        [{"paint": {"prompt": "a", "painter": "large", "otherwise": ["brush"]}}], large=Brush(factor=2), brush=Brush()
    )
    assert done.records[0].facts["painter"] == "brush"
    with pytest.raises(ModelError, match="painted 480x400 pixels instead of 240x200"):
        made([{"paint": {"prompt": "a", "painter": "large"}}], large=Brush(factor=2))


def test_without_a_cutout_there_is_nothing_to_paint_around() -> None:
    recipe = Recipe.of({"name": "t", "steps": [{"paint": {"prompt": "a", "painter": "brush"}}]})
    with pytest.raises(InputError, match="no product"):
        recipe.steps[0](replace(product(), alpha=None), Context(models=GivenModels(painter={"brush": Brush()})))


class CallsItBackground(Redraw):
    """A step that draws the product anew and says it only drew behind it."""

    edit: ClassVar[Edit] = "generative-background"


def test_a_product_that_was_drawn_anew_is_certified_as_drawn_and_as_nothing_better() -> None:
    done = made([{"redraw": {"prompt": "this product in a studio", "painter": "brush"}}], brush=Brush())
    assert done.certificate.verdict == "generated"
    assert done.certificate.identical is not None
    assert done.certificate.identical < 0.01


def test_the_certificate_fails_where_a_step_draws_the_product_anew_and_does_not_say_so() -> None:
    done = made([CallsItBackground(prompt="this product in a studio", painter="brush")], brush=Brush())
    assert done.certificate.verdict == "altered"
    assert not done.certificate.holds


def test_a_recipe_that_draws_the_product_anew_says_so_and_is_refused_where_the_product_is_to_stay() -> None:
    recipe, models = Recipe.named("redraw"), GivenModels(cutout=EmbeddedCutout(), painter=Brush())
    assert recipe.summary.startswith("NOT YOUR PRODUCT")
    with pytest.raises(RecipeError, match="redraw, is generative-product"):
        check_edits(recipe, "generative-background", models)
    check_edits(recipe, "generative-product", models)
