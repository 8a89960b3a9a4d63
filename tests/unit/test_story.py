"""The story of a picture: right in its facts, readable, and unmoved by a receipt that lies."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from packshot.manifest import Manifest
from packshot.models.library import ModelLibrary
from packshot.recipe import Recipe, shipped
from packshot.services import Services
from packshot.settings import Settings
from packshot.tasks.images import process_image
from packshot.tasks.story import story

SAMPLE = Path(__file__).parents[2] / "samples" / "pictures" / "bottle-amber.jpg"


def manifest_of(recipe: Recipe) -> Manifest:
    services = Services(Settings(), ModelLibrary())
    return process_image(SAMPLE.read_bytes(), recipe, services, name="amber.jpg", output="shop.jpg").manifest


@pytest.fixture(scope="module")
def told() -> Manifest:
    return manifest_of(Recipe.named("marketplace-white"))


def words(manifest: Manifest) -> str:
    return "\n".join(line for chapter in story(manifest) for line in (chapter.title, *chapter.sentences))


def test_it_tells_what_came_in_what_was_done_and_what_went_out(told: Manifest) -> None:
    text = words(told)

    assert "amber.jpg, a JPEG of 1200 x 1600 pixels" in text
    assert "after the recipe marketplace-white" in text
    assert "Placed it in a frame of 2000 x 2000 pixels, 85% of which it fills" in text
    assert "Laid pure white beneath it." in text
    assert "shop.jpg, a JPEG of 2000 x 2000 pixels" in text
    assert "altered by algorithm" in text
    assert f"to {told.score['after']['total']:.0f} of 100" in text


def test_it_tells_who_was_asked_before_and_why_they_did_not_answer(told: Manifest) -> None:
    facts = {"answered": "embedded", "declined": [{"model": "birefnet", "because": "its weights are not here"}, "?"]}
    cutout = next(step for step in told.steps if step.op == "cutout")
    other = cutout.model_copy(update={"facts": {**cutout.facts, **facts}})
    text = words(told.model_copy(update={"steps": [other]}))

    assert "birefnet was asked before and did not answer: its weights are not here." in text
    assert "another was asked before" in text


def test_every_step_has_a_sentence_of_its_own(told: Manifest) -> None:
    done = next(chapter for chapter in story(told) if chapter.numbered)

    assert len(done.sentences) == len(told.steps) == len(set(done.sentences))
    assert not any("the step" in sentence for sentence in done.sentences)


@pytest.mark.parametrize("name", sorted(set(shipped()) - {"redraw"}))  # which needs somebody else's model
def test_no_recipe_leaves_a_gap_or_a_bare_value(name: str) -> None:
    text = words(manifest_of(Recipe.named(name)))

    for sign in ("None", "nan", "{", "[", "()", "  ", "..", " ,"):
        assert sign not in text, text


def scored(told: Manifest, **measures: tuple[float, str, float, str]) -> str:
    """The story of measures, each as (score, sentence) before and after."""
    before = {name: {"score": each[0], "sentence": each[1]} for name, each in measures.items()}
    after = {name: {"score": each[2], "sentence": each[3]} for name, each in measures.items()}
    score = {"before": {"total": 60, "measures": before}, "after": {"total": 80, "measures": after}}
    return words(told.model_copy(update={"score": score}))


def test_of_a_measure_that_moved_only_the_number_is_told_twice(told: Manifest) -> None:
    halo = (0.5, "its edges have a halo of 22% of their height", 0.8, "its edges have a halo of 14% of their height")
    none = (0.5, "it shows blocks of 8 pixels", 0.9, "it shows no blocks")

    text = scored(told, halo=halo, blockiness=none)

    assert "Halo is better: its edges have a halo of 14% of their height (22% before)." in text
    assert "Compression is better: it shows no blocks; before, it shows blocks of 8 pixels." in text


def test_what_reads_the_same_before_and_after_did_not_move(told: Manifest) -> None:
    neutral = "its whites are neutral"
    pixels = (0.5, "the photograph gave it 597 px", 0.6, "the photograph gave it 595 px")

    text = scored(told, white_balance=(0.9, neutral, 0.8, neutral), resolution=pixels)

    assert "neutral" not in text
    assert "597" not in text  # no recipe changes what the camera gave


def test_a_doubtful_cutout_says_who_should_look(told: Manifest) -> None:
    doubtful = told.model_copy(update={"verdict": "doubtful", "confidence": 0.41, "reasons": ["two things look alike"]})

    text = words(doubtful)

    assert "41%: doubtful. A person should look" in text
    assert "Because two things look alike." in text


def test_what_a_text_guard_read_is_part_of_it(told: Manifest) -> None:
    worse = {"verdict": "worse", "reasons": ["'PURE': one letter reads otherwise"]}

    text = words(told.model_copy(update={"text": worse}))

    assert "Its label reads worse than in the photograph: 'PURE': one letter reads otherwise." in text
    assert "says the same." in words(told.model_copy(update={"text": {"verdict": "kept", "reasons": ["as before"]}}))


def test_whether_the_marketplace_takes_it_is_told_with_what_it_minds(told: Manifest) -> None:
    misses = [{"rule": "zoom", "status": "warn", "sentence": "the shorter side has 900"}, {"rule": "x", "status": []}]
    stands = {"title": "Walmart", "status": "warn", "on": "2026-11-28", "counts": {"pass": 9}, "misses": misses}

    text = words(told.model_copy(update={"marketplace": stands | {"unknown": ["no-text"]}}))

    assert "Whether Walmart takes it" in text
    assert "9 rules were measured and are met, as they stood on 2026-11-28." in text
    assert "Warned of, zoom: the shorter side has 900." in text
    assert "Could not be told: no-text" in text
    assert "Whether" not in words(told)


def test_what_it_takes_from_the_photograph_is_told() -> None:
    rgb = np.full((300, 200, 3), 120, np.uint8)
    cv2.putText(rgb, "A", (50, 200), cv2.FONT_HERSHEY_DUPLEX, 5, (255, 255, 255), 9)
    recipe = Recipe.named("strict-white").with_({"cutout.otherwise": "keep"})
    done = process_image(
        cv2.imencode(".png", rgb)[1].tobytes(),
        recipe,
        Services(Settings(), ModelLibrary()),
        name="a.png",
        output="b.png",
    )

    assert "nothing of the picture is lost in it" in words(done.manifest)


NONSENSE: list[Any] = [None, -1, 1e308, 10**300, "x" * 10_000, "a\x1b[31mb\nc", [], {}, [[[]]], True, {"a": 1}]


@pytest.mark.parametrize("number", range(len(NONSENSE)))
def test_nonsense_in_the_facts_is_left_out_and_breaks_nothing(told: Manifest, number: int) -> None:
    def spoilt(value: Any) -> Any:
        """Every leaf of free-form data replaced."""
        if isinstance(value, dict):
            return {key: spoilt(each) for key, each in value.items()}
        return NONSENSE[number]

    data = json.loads(told.as_json())
    for step in data["steps"]:
        step["facts"], step["parameters"] = spoilt(step["facts"]), spoilt(step["parameters"])
    data["marketplace"] = {"title": "x", "status": "fail", "counts": {"pass": 1}, "misses": [{"rule": "x"}], "on": ""}
    for name in ("score", "certificate", "provenance", "marketplace"):
        data[name] = spoilt(data[name])
    data["source"]["facts"], data["output"]["facts"] = spoilt({"quality": 1, "off_white": 0}), spoilt({"lossless": 1})
    data["source"]["name"] = "evil\u202e\n\x1b[2Jname" * 100
    data["recipe"]["name"] = NONSENSE[number]

    text = words(Manifest.model_validate(data))

    assert max(map(len, text.split("\n"))) < 2500


def test_numbers_beyond_all_measure_are_told_as_unknown(told: Manifest) -> None:
    source = told.source.model_copy(update={"size": (10**400, 1), "bytes": 10**400})

    assert "unknown size and an unknown number of bytes" in words(told.model_copy(update={"source": source}))
