"""Groups of drawn bottles: who stands out, in what, and what is said of it."""

import cv2
import numpy as np
import pytest

from packshot.consistency import FEWEST, compare, look_of
from packshot.image import Alpha, Image, Rgb


def bottle(
    *,
    fill: float = 0.8,
    lean: float = 0.0,
    foot: float = 0.9,
    middle: float = 0.5,
    ground: tuple[int, int, int] = (255, 255, 255),
    tint: tuple[int, int, int] = (128, 128, 128),
    shadow: float | None = None,
    size: tuple[int, int] = (400, 400),
) -> tuple[Rgb, Alpha]:
    """A grey bottle, as high as `fill` of the frame; `shadow` is where its shadow lies, in bottle widths."""
    width, height = size
    tall, wide = fill * height, 0.3 * fill * height
    left, bottom = middle * width - wide / 2, foot * height
    corners = np.array([[left, bottom - tall], [left + wide, bottom - tall], [left + wide, bottom], [left, bottom]])
    angle = np.radians(lean)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = corners.mean(axis=0)
    corners = (corners - centre) @ turn.T + centre
    rgb = np.full((height, width, 3), ground, np.uint8)
    if shadow is not None:
        spot = (round(middle * width + shadow * wide), round(bottom))
        shade = np.zeros((height, width), np.float32)
        cv2.ellipse(shade, spot, (round(wide), round(0.06 * tall)), 0, 0, 360, 0.35, -1)
        rgb = (rgb * (1 - cv2.GaussianBlur(shade, (0, 0), 4))[..., None]).astype(np.uint8)
    alpha = np.zeros((height, width), np.uint8)
    cv2.fillPoly(alpha, [np.round(corners * 16).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=4)
    share = alpha[..., None].astype(np.float32) / 255
    return np.rint(rgb * (1 - share) + np.array(tint) * share).astype(np.uint8), alpha


def look(**how: object) -> dict[str, tuple[float, ...]]:
    rgb, alpha = bottle(**how)  # type: ignore[arg-type]
    return look_of(Image(rgb), alpha)


def test_measures_what_was_drawn() -> None:
    found = look(fill=0.7, lean=4.0, foot=0.85, middle=0.4, ground=(250, 250, 250), shadow=0.5)
    assert found["fill"][0] == pytest.approx(0.71, abs=0.02)
    assert found["foot"][0] == pytest.approx(0.85, abs=0.02)
    assert found["middle"][0] == pytest.approx(0.4, abs=0.01)
    assert found["tilt"][0] == pytest.approx(4.0, abs=0.3)
    assert found["ground"][0] == pytest.approx(98.3, abs=0.3)
    assert found["shadow_side"][0] > 0.2


def test_a_shadow_on_the_other_side_has_the_other_sign() -> None:
    assert look(shadow=-0.6)["shadow_side"][0] < -0.2 < 0.2 < look(shadow=0.6)["shadow_side"][0]


def test_pictures_that_are_alike_have_no_outlier_and_a_full_score() -> None:
    done = compare({f"{number}": look(fill=0.80 + 0.005 * number) for number in range(5)})
    assert done.outliers == ()
    assert done.score == 100


@pytest.mark.parametrize(
    ("trait", "odd"),
    [
        ("fill", {"fill": 0.6}),
        ("foot", {"foot": 0.82}),
        ("middle", {"middle": 0.35}),
        ("tilt", {"lean": 5.0}),
        ("shape", {"size": (500, 400)}),
        ("ground", {"ground": (232, 232, 228)}),
        ("light", {"tint": (140, 128, 118)}),
        ("shadow", {"shadow": 0.0}),
    ],
)
def test_the_odd_one_out_is_named(trait: str, odd: dict[str, object]) -> None:
    looks = {f"{number}": look() for number in range(5)} | {"odd": look(**odd)}
    done = compare(looks)
    found = {(outlier.picture, outlier.trait) for outlier in done.outliers}
    assert ("odd", trait) in found
    assert {picture for picture, _ in found} == {"odd"}
    assert done.score is not None
    assert done.score < 100


def test_what_hangs_level_stands_on_no_common_foot_and_need_not() -> None:
    tall = {f"tall {number}": look(fill=0.8, foot=0.9) for number in range(4)}
    done = compare(tall | {f"flat {number}": look(fill=0.3, foot=0.65) for number in range(2)})
    assert {outlier.trait for outlier in done.outliers} == {"fill"}
    assert done.typical["level"][0] == pytest.approx(0.5, abs=0.01)


def test_a_shadow_that_falls_the_other_way_stands_out() -> None:
    looks = {f"{number}": look(shadow=0.6) for number in range(4)} | {"odd": look(shadow=-0.6)}
    assert ("odd", "shadow_side") in {(outlier.picture, outlier.trait) for outlier in compare(looks).outliers}


def test_a_sentence_has_both_figures() -> None:
    looks = {f"{number}": look(fill=0.8) for number in range(4)} | {"odd": look(fill=0.5)}
    sentences = [outlier.sentence for outlier in compare(looks).outliers if outlier.trait == "fill"]
    assert sentences == ["the product takes 50% of the frame, the others 80%"]


def test_two_pictures_are_no_group() -> None:
    done = compare({f"{number}": look(fill=0.3 + 0.4 * number) for number in range(FEWEST - 1)})
    assert done.score is None
    assert done.outliers == ()


def test_a_group_without_a_common_look_scores_low_and_blames_nobody_alone() -> None:
    done = compare({f"{number}": look(fill=0.3 + 0.1 * number) for number in range(6)})
    assert done.score is not None
    assert done.score < 50
    assert not [outlier for outlier in done.outliers if outlier.trait == "fill"]


@pytest.mark.parametrize("level", [0, 255])
def test_without_a_product_there_is_still_a_shape(level: int) -> None:
    rgb = np.full((3, 2, 3), level, np.uint8)
    assert look_of(Image(rgb), np.zeros((3, 2), np.uint8)) == {"shape": (2 / 3,)}


def test_a_product_that_fills_the_frame_has_no_ground() -> None:
    found = look_of(Image(np.full((20, 20, 3), 90, np.uint8)), np.full((20, 20), 255, np.uint8))
    assert found["fill"] == (1.0,)
    assert "ground" not in found
