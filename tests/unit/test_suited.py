"""Words and products choose a set; what decided is said."""

import pytest

from packshot.ops.describing import Colour, Guess, ProductDescription
from packshot.ops.suited import by_kind, by_product, by_words
from packshot.studio.sets import named, names


@pytest.mark.parametrize(
    ("words", "chosen", "look"),
    [
        ("a sunny kitchen", "kitchen", None),
        ("Kitchen counters, terracotta tiles", "kitchen", "terracotta"),
        ("on black marble", "marble", "nero"),
        ("a wooden table in the evening", "desk", "evening"),
        ("in the garden, summer", "sunlight", None),
        ("flat lay on linen", "linen", None),
        ("seen overhead", "flat-lay", None),
        ("a dark studio", "sweep", "night"),
        ("a pink podium", "podium", "blush"),
        ("An empty beach at dusk. Soft daylight, a calm space on the table.", "water", "dusk"),
    ],
)
def test_a_place_in_words_is_the_set_that_is_nearest_to_it(words: str, chosen: str, look: str | None) -> None:
    suited = by_words(words)
    assert suited is not None
    assert (suited.set, suited.look) == (chosen, look)
    assert suited.because.startswith("the word ")


def test_words_that_speak_of_no_place_choose_none() -> None:
    assert by_words("something nice for Christmas") is None
    assert by_words("") is None


def test_every_set_can_be_asked_for_by_its_own_name() -> None:
    for name in names():
        suited = by_words(f"a {name}")
        assert suited is not None, name
        assert named(suited.set).name == name


def described(kind: str, sure: float = 0.8) -> ProductDescription:
    return ProductDescription(
        kind=Guess(word=kind, confidence=sure),
        colours=(Colour(name="grey", share=1.0),),
        shape=("tall",),
        material=Guess(word="matt", confidence=0.4),
    )


def test_what_hangs_gets_a_wall_and_what_lies_is_looked_down_upon() -> None:
    chosen = [by_product(described(kind)).set for kind in ("hanging", "flat-lay", "flat", "upright")]
    assert chosen == ["wall", "flat-lay", "flat-lay", "podium"]


def test_a_guess_that_is_not_sure_of_itself_decides_nothing() -> None:
    assert by_kind(described("hanging", 0.3)) is None
    assert by_product(described("hanging", 0.3)).set == "podium"
