"""The receipt of a rendition: plain data that says how to make it again."""

import json

import cv2
import numpy as np

from packshot.manifest import Manifest, canonical_json, digest_of
from packshot.models.library import ModelLibrary
from packshot.ports import Hints
from packshot.recipe import Recipe
from packshot.services import Services
from packshot.settings import Settings
from packshot.tasks.images import ProcessedImage, Wishes, process_image

SERVICES = Services(Settings(), ModelLibrary())
RECIPE = Recipe.of(
    {"name": "double", "steps": [{"upscale": {"factor": 2}}], "output": {"format": "png", "quality": 100}}
)


def photograph() -> bytes:
    rgb = np.random.default_rng(5).integers(0, 255, (30, 40, 3), np.uint8)
    return cv2.imencode(".png", rgb)[1].tobytes()


def made(recipe: Recipe = RECIPE, wishes: Wishes | None = None) -> ProcessedImage:
    return process_image(photograph(), recipe, SERVICES, wishes or Wishes(), name="a.png", output="b.png")


def test_a_receipt_reads_back_as_it_was_written() -> None:
    receipt = made().manifest
    assert Manifest.model_validate_json(receipt.as_json()) == receipt


def test_the_recipe_in_a_receipt_makes_the_same_bytes_again() -> None:
    first = made()
    again = made(Recipe.of(json.loads(first.manifest.as_json())["recipe"]))
    assert again.data == first.data
    assert digest_of(again.data) == first.manifest.output.digest


def test_a_receipt_names_source_and_output_by_digest_and_size() -> None:
    receipt = made().manifest
    assert receipt.source.digest == digest_of(photograph())
    assert (receipt.source.size, receipt.output.size) == ((40, 30), (80, 60))
    assert receipt.verdict == "doubtful"  # nothing was cut out, but a picture of 40 pixels is nothing to sell with
    assert len(receipt.reasons) == 1
    assert receipt.reasons[0].startswith("the quality score is ")


def test_hints_are_kept_numbers_as_they_are_and_masks_by_digest() -> None:
    mask = np.zeros((30, 40), np.uint8)
    kept = made(wishes=Wishes(hints=Hints(point=(3, 4), mask=mask))).manifest.hints
    assert kept["point"] == [3, 4]
    assert kept["mask"].startswith("sha256:")


def test_one_value_has_one_text() -> None:
    assert canonical_json({"b": 1, "a": [1.5, None, "ü"]}) == '{"a":[1.5,null,"ü"],"b":1}'


def test_the_name_of_a_recipe_does_not_change_its_digest_and_a_parameter_does() -> None:
    assert RECIPE.model_copy(update={"name": "twice"}).digest == RECIPE.digest
    assert RECIPE.with_({"upscale.factor": 3.0}).digest != RECIPE.digest


def test_less_of_the_photograph_may_be_kept_without_a_change_to_what_is_made() -> None:
    whole = process_image(photograph(), RECIPE, SERVICES, name="a.png", output="b.png")
    thinned = process_image(photograph(), RECIPE, SERVICES, name="a.png", output="b.png", kept=20)
    assert thinned.data == whole.data
    assert thinned.manifest.score == whole.manifest.score
    assert thinned.manifest.source == whole.manifest.source
    assert thinned.photo.size == (20, 15)
    assert whole.photo.size == (40, 30)
