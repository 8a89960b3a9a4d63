"""One code for a picture, from what was done to it and what it was before."""

import pytest

from packshot.provenance import MEANINGS, OF_AI, action_of, code_of, digital_source_type, uri

MOVED = {"geometric"}
FINISHED = {"geometric", "photometric", "edge-only"}
SCENE = {"edge-only", "generative-background"}


@pytest.mark.parametrize(
    ("edits", "ground", "source", "code"),
    [
        (MOVED, "none", "", ""),  # who took the picture is not known, and moving it says nothing of that
        (MOVED, "none", "digitalCapture", "digitalCapture"),
        (set(), "none", "negativeFilm", "negativeFilm"),
        (FINISHED, "plain", "", "algorithmicallyEnhanced"),
        (FINISHED, "plain", "digitalCapture", "algorithmicallyEnhanced"),
        (FINISHED, "none", "humanEdits", "algorithmicallyEnhanced"),
        (FINISHED, "plain", "digitalCreation", "digitalCreation"),
        (FINISHED, "gradient", "digitalCapture", "composite"),
        (FINISHED, "set", "digitalCapture", "composite"),  # a computed set is no AI
        (FINISHED, "set", "trainedAlgorithmicMedia", "trainedAlgorithmicMedia"),
        (FINISHED, "picture", "", "composite"),
        (FINISHED, "picture", "compositeCapture", "composite"),
        (SCENE, "none", "digitalCapture", "compositeWithTrainedAlgorithmicMedia"),
        ({"generative-product"}, "none", "", "compositeWithTrainedAlgorithmicMedia"),
        (SCENE, "none", "trainedAlgorithmicMedia", "trainedAlgorithmicMedia"),
        (FINISHED, "picture", "trainedAlgorithmicMedia", "compositeSynthetic"),
    ],
)
def test_what_was_done_and_what_it_was_give_the_code(edits: set[str], ground: str, source: str, code: str) -> None:
    assert digital_source_type(edits, ground, source) == code  # type: ignore[arg-type]


@pytest.mark.parametrize("source", sorted(OF_AI))
@pytest.mark.parametrize("edits", [set(), MOVED, FINISHED, SCENE])
@pytest.mark.parametrize("ground", ["none", "plain", "gradient", "set", "picture"])
def test_what_an_ai_made_stays_marked_whatever_is_done_to_it(source: str, edits: set[str], ground: str) -> None:
    assert digital_source_type(edits, ground, source) in OF_AI  # type: ignore[arg-type]
    code = digital_source_type(edits, ground, source, profile="google-merchant")  # type: ignore[arg-type]
    assert code == "trainedAlgorithmicMedia"


def test_a_picture_of_ai_beneath_the_product_is_said() -> None:
    said = digital_source_type(FINISHED, "picture", "digitalCapture", beneath="trainedAlgorithmicMedia")
    assert said == "compositeSynthetic"
    assert digital_source_type(FINISHED, "picture", "digitalCapture", beneath="digitalCapture") == "compositeCapture"


def test_google_wants_its_code_on_a_generated_scene_and_not_on_a_photograph() -> None:
    assert digital_source_type(SCENE, profile="google-merchant") == "trainedAlgorithmicMedia"
    assert digital_source_type(FINISHED, "plain", profile="google-merchant") == "algorithmicallyEnhanced"


@pytest.mark.parametrize(
    "said",
    [
        "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "https://cv.iptc.org/newscodes/digitalsourcetype/TrainedAlgorithmicMedia/",
        "digsrctype:trainedAlgorithmicMedia",
        " trainedalgorithmicmedia ",
    ],
)
def test_a_code_is_known_however_it_is_spelt(said: str) -> None:
    assert code_of(said) == "trainedAlgorithmicMedia"


def test_another_word_is_no_code() -> None:
    assert code_of("http://example.org/photograph") == ""
    assert all(code_of(uri(code)) == code for code in MEANINGS)


def test_c2pa_hears_of_generated_pixels_as_such() -> None:
    assert action_of("scene", "generative-background")["digitalSourceType"].endswith("WithTrainedAlgorithmicMedia")
    assert action_of("scene", "edge-only")["digitalSourceType"].endswith("/algorithmicMedia")
    assert action_of("crop", "geometric")["action"] == "c2pa.cropped"
    assert action_of("denoise", "photometric") == {"action": "c2pa.enhanced", "description": "denoise"}
