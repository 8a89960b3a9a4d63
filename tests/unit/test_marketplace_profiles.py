"""Profiles are typed data: every mistake is named with the nearest word, and the recipe follows from them."""

from typing import Any

import pytest
import yaml

from packshot.errors import ProfileError, UnknownName
from packshot.marketplaces import Profile, encoding_for, profiles, recipe_for, template
from packshot.recipe import Recipe, shipped

ASKED = ["about-you", "amazon", "ebay", "etsy", "google-merchant", "shopify", "walmart", "zalando"]


def mine(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(template())
    data["rules"][0] |= changes
    return data


def test_the_eight_marketplaces_are_there_and_the_template_is_none() -> None:
    assert list(profiles()) == ASKED


@pytest.mark.parametrize("name", ASKED)
def test_every_rule_has_a_source_with_an_address_and_says_itself(name: str) -> None:
    profile = Profile.named(name)
    for rule in profile.rules:
        assert rule.source.address.startswith("http"), rule.id
        assert rule.says, rule.id
        assert rule.limit_in_words, rule.id
    assert profile.name == name


def test_the_template_is_a_profile() -> None:
    profile = Profile.from_yaml(template())

    assert [rule.id for rule in profile.rules] == ["shape", "light-file", "white"]
    assert not profile.rules[2].may_fail


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        ({"check": "aspekt"}, "no check is called 'aspekt'", "did you mean 'aspect'?"),
        ({"severty": "fail"}, "no field is called 'severty'", "did you mean 'severity'?"),
        ({"limit": {"ratio": [[4, 5]]}}, "no field is called 'limit.ratio'", "did you mean 'ratios'?"),
        ({"limit": {"ratios": [[4, 5]], "tolerance": 3}}, "limit.tolerance must be", "explains every field"),
        ({"check": "megabytes", "limit": {}}, "give at_least, at_most or both", ""),
        ({"confidence": "Q"}, "confidence must be 'P', 'S' or 'U', got 'Q'", "explains every field"),
        ({"source": {"titel": "x"}}, "no field is called 'source.titel'", "did you mean 'title'?"),
        ({"checked": "yesterday"}, "checked must be", "explains every field"),
    ],
)
def test_a_mistake_is_named_with_its_rule_and_a_way_out(changes: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(ProfileError) as raised:
        Profile.of(mine(**changes))

    assert message in raised.value.message
    assert hint in raised.value.hint
    assert raised.value.where[:2] == ["profile my-shop", "rule 1, shape"]


def test_two_rules_of_one_name_are_refused() -> None:
    data = mine(id="white")

    with pytest.raises(ProfileError, match="two rules are called 'white'"):
        Profile.of(data)


def test_a_misspelt_marketplace_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName) as raised:
        Profile.named("amazone")

    assert "did you mean 'amazon'?" in raised.value.hint


def test_every_profile_is_a_recipe_by_its_name() -> None:
    for name in ASKED:
        assert Recipe.named(name) == recipe_for(Profile.named(name))
    assert {"amazon", "marketplace-white"} <= set(shipped())


def test_where_interpolated_pixels_are_forbidden_no_step_enlarges() -> None:
    data = recipe_for(Profile.named("google-merchant")).as_data()
    steps = {op: parameters for step in data["steps"] for op, parameters in step.items()}

    assert steps["upscale"]["limit"] == 1
    assert steps["place"]["enlarge"] == 1
    assert steps["place"]["canvas"] == "native"


def test_zalando_gets_its_shape_as_jpeg() -> None:
    recipe = recipe_for(Profile.named("zalando"))
    place = next(step for step in recipe.steps if step.op == "place")

    assert getattr(place, "canvas", None) == (1801, 2600)
    assert recipe.output.format == "jpeg"


def test_writing_a_file_anew_moves_no_pixel() -> None:
    assert [step.op for step in encoding_for(Profile.named("walmart")).steps] == ["background"]
