"""What follows from what a person says of a picture."""

import pytest

from packshot.catalog.results import Plan
from packshot.catalog.rework import REASONS, reworked
from packshot.errors import InputError, UnknownName
from packshot.recipe import Recipe, shipped
from packshot.settings import Settings
from packshot.tasks.enhance import EnhanceImage
from packshot.wiring import open_services


def parameter(recipe: Recipe, name: str) -> object:
    op, _, field = name.partition(".")
    return next(getattr(step, field) for step in recipe.steps if step.op == op)


@pytest.mark.parametrize("reason", [name for name, each in REASONS.items() if each.changes])
def test_every_reason_that_changes_something_changes_some_shipped_recipe_and_stays_valid(reason: str) -> None:
    changed = 0
    for name in shipped():
        recipe = Recipe.named(name)
        ops = {step.op for step in recipe.steps}
        if not any(change.parameter.partition(".")[0] in ops for change in REASONS[reason].changes):
            continue
        try:
            done = reworked(recipe, [reason] * 12)  # as often as anybody would say it: it stays within its limits
        except InputError:
            continue  # it stands at its limit already, as a sharpening of nothing
        changed += done.digest != recipe.digest
    assert changed


def test_the_same_reason_twice_goes_twice_as_far_and_its_opposite_back() -> None:
    recipe = Recipe.named("marketplace-white").with_({"tone.exposure": 0.0})
    assert parameter(reworked(recipe, ["too-dark"]), "tone.exposure") == 0.4
    assert parameter(reworked(recipe, ["too-dark", "too-dark"]), "tone.exposure") == 0.8
    with pytest.raises(InputError, match="cannot be changed"):
        reworked(recipe, ["too-dark", "too-bright"])


def test_a_product_that_is_too_small_fills_more() -> None:
    recipe = Recipe.named("marketplace-white")
    assert parameter(reworked(recipe, ["too-small"]), "place.fill") == 0.92
    assert parameter(recipe, "place.fill") == 0.85


def test_what_a_recipe_cannot_do_is_said_with_a_way_out() -> None:
    with pytest.raises(InputError, match="another product") as caught:
        reworked(Recipe.named("marketplace-white"), ["wrong-product"])
    assert "another photograph" in caught.value.hint


def test_no_reason_changes_nothing_and_an_unknown_one_is_named() -> None:
    recipe = Recipe.named("auto")
    assert reworked(recipe, []) == recipe
    with pytest.raises(UnknownName, match="'to-dark'"):
        reworked(recipe, ["to-dark"])


def test_what_the_group_wants_comes_before_what_is_asked_and_what_reviewers_say_last() -> None:
    services = open_services(Settings())
    plan = Plan("full", {"place.fill": 0.7, "shadow.opacity": 0.1}, ("too-small",))  # full has no shadow to change
    assert parameter(EnhanceImage(image="x").chosen(services, plan), "place.fill") == 0.77
    asked = EnhanceImage(image="x", recipe="auto", changes={"place.fill": 0.8})
    chosen = asked.chosen(services, plan)
    assert chosen.name == "auto"
    assert parameter(chosen, "place.fill") == 0.87
