"""Lists of recipes, shapes and grounds as requests."""

import pytest
from pydantic import ValidationError

from packshot.tasks.variants import Variants, form_of


def test_every_photograph_comes_in_every_form_the_forms_of_one_together() -> None:
    wanted = Variants(
        images=["a", "b"], recipes=["full", "auto"], ratios=["1:1", "4:5"], backgrounds=["#fff", "#000"], longest=1000
    )
    requests = list(wanted.requests(list(wanted.images)))
    assert len(requests) == 2 * wanted.forms == 16
    assert [each["image"] for each in requests] == ["a"] * 8 + ["b"] * 8
    assert requests[2] == {"image": "a", "recipe": "full", "size": [800, 1000], "background": "#fff"}
    assert len({form_of(each) for each in requests}) == 8


def test_what_is_asked_for_twice_is_made_once() -> None:
    wanted = Variants(images=["a"], recipes=["full"], ratios=["1:1", "2:2", "1:1"], wishes={"format": "webp"})
    assert list(wanted.requests(["a", "a"])) == [
        {"image": "a", "recipe": "full", "size": [2000, 2000], "format": "webp"}
    ]


def test_without_shapes_and_grounds_the_recipe_decides() -> None:
    assert list(Variants(skus=["S"]).requests(["a"])) == [{"image": "a", "recipe": "marketplace-white"}]


@pytest.mark.parametrize(
    "wrong",
    [{}, {"images": ["a"], "skus": ["S"]}, {"images": ["a"], "ratios": ["0:1"]}, {"images": ["a"], "recipes": []}],
)
def test_what_stands_for_nothing_is_refused(wrong: dict[str, list[str]]) -> None:
    with pytest.raises(ValidationError):
        Variants.model_validate(wrong)


def test_a_form_has_a_name_that_a_file_can_have() -> None:
    request = {"image": "a", "recipe": {"name": "mine"}, "size": [10, 20], "background": "#f4f1ec"}
    assert form_of(request) == "mine-10x20-f4f1ec"
