"""A product in words, and what a painter is asked for."""

import cv2
import numpy as np
import pytest

from packshot.image import Image
from packshot.models.understanding import EmbeddedOrientation
from packshot.ops.describing import describe, scene_prompt
from packshot.ports import Orientation, TextLine


def cylinder(colour: tuple[int, int, int] = (30, 60, 170), look_down: float = 20.0) -> Image:
    """A can seen from `look_down` degrees above: straight sides, elliptical foot and lid."""
    rgb, alpha = np.zeros((300, 200, 3), np.uint8), np.zeros((300, 200), np.uint8)
    high = round(70 * float(np.sin(np.radians(look_down))))
    cv2.rectangle(alpha, (30, 60), (170, 240), 255, -1)
    for y in (60, 240):
        cv2.ellipse(alpha, (100, y), (70, high), 0, 0, 360, 255, -1)
    rgb[:] = colour
    return Image(rgb, alpha)


def line(text: str, confidence: float) -> TextLine:
    return TextLine(text, ((0, 0), (9, 0), (9, 3), (0, 3)), confidence)


def test_a_colour_is_called_by_its_name_with_its_share() -> None:
    half = np.array(cylinder().rgb)
    half[150:] = (245, 245, 243)
    colours = describe(Image(half, cylinder().alpha)).colours
    assert {colour.name for colour in colours} == {"blue", "white"}
    assert sum(colour.share for colour in colours) == pytest.approx(1, abs=0.05)


def test_print_is_told_where_it_was_read_for_certain() -> None:
    assert describe(cylinder(), lines=[line("HALDEN", 0.97), line("ha11?", 0.4)]).text == ("HALDEN",)


def test_a_can_is_upright_and_symmetric() -> None:
    said = describe(cylinder())
    assert said.kind.word == "upright"
    assert "symmetric" in said.shape


def test_nothing_is_said_of_nothing() -> None:
    empty = Image(np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), np.uint8))
    assert describe(empty).kind.confidence == 0
    assert EmbeddedOrientation().orient(empty).confidence == 0


@pytest.mark.parametrize("degrees", [10.0, 20.0, 35.0])
def test_a_round_foot_tells_how_far_one_looks_down(degrees: float) -> None:
    assert EmbeddedOrientation().orient(cylinder(look_down=degrees)).elevation == pytest.approx(degrees, abs=6)


def test_a_symmetric_product_faces_us_and_one_outline_is_never_proof() -> None:
    found = EmbeddedOrientation().orient(cylinder())
    assert found.azimuth == 0
    assert found.roll == 0
    assert 0.4 < found.confidence <= 0.75


def test_a_product_that_lies_askew_is_rolled_clockwise() -> None:
    turn = cv2.getRotationMatrix2D((150, 150), -20, 1)  # OpenCV turns counterclockwise
    stick = np.zeros((300, 300), np.uint8)
    cv2.rectangle(stick, (130, 40), (170, 260), 255, -1)
    tilted = np.asarray(cv2.warpAffine(stick, turn, (300, 300)), np.uint8)
    found = EmbeddedOrientation().orient(Image(np.full((300, 300, 3), 90, np.uint8), tilted))
    assert found.roll == pytest.approx(20, abs=2)


def test_the_prompt_asks_for_an_empty_place_seen_as_the_product_is_seen() -> None:
    prompt = scene_prompt(describe(cylinder()), Orientation(0, 21, 0, 0.7), place="oak desk")
    assert prompt.startswith("An empty oak desk")
    assert "20 degrees above" in prompt
    assert "No product" in prompt


def test_the_prompt_never_asks_for_the_products_print() -> None:
    said = describe(cylinder(), lines=[line("HALDEN", 0.97)])
    assert "HALDEN" not in scene_prompt(said)


def test_a_white_product_gets_darker_surroundings_and_a_black_one_light_ones() -> None:
    assert "darker than the product" in scene_prompt(describe(cylinder((247, 247, 245))))
    assert "Light" in scene_prompt(describe(cylinder((18, 18, 20))))


def test_an_orientation_nobody_trusts_does_not_set_the_camera() -> None:
    assert "slightly above eye level" in scene_prompt(describe(cylinder()), Orientation(0, 70, 0, 0.2))
