"""The score falls with damage, and each measure answers to the damage it is named after."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from packshot.image import Alpha, Box, Image, Rgb
from packshot.quality import WEIGHTS, Score, score

WHITE = (255, 255, 255)
SIZE = 900
Damage = Callable[[Rgb], Rgb]


def product(size: int = SIZE) -> tuple[Rgb, Alpha]:
    """A box with print on it, standing free in the middle: smooth faces, sharp letters, the least of noise."""
    rgb = np.full((size, size, 3), 255, np.uint8)
    alpha = np.zeros((size, size), np.uint8)
    low, high = size // 10, size - size // 10
    shade = np.linspace(60, 190, high - low).astype(np.uint8)
    rgb[low:high, low:high] = shade[:, None, None]
    for row in range(low + 60, high - 40, 80):
        cv2.putText(rgb, "WASHED OATS 500 g", (low + 40, row), cv2.FONT_HERSHEY_DUPLEX, 1.6, (240, 240, 240), 3)
    alpha[low:high, low:high] = 255
    camera = np.random.default_rng(3).normal(0, 1.6, rgb.shape)
    rgb = np.clip(cv2.GaussianBlur(rgb, (0, 0), 0.6) + camera, 0, 255).astype(np.uint8)
    rgb[alpha == 0] = 255
    return rgb, alpha


LINES = [Box(130, 100 + 80 * line, 640, 160 + 80 * line) for line in range(7)]


def judged(damage: Damage) -> Score:
    rgb, alpha = product()
    worse = damage(rgb)
    worse[alpha == 0] = 255
    return score(Image(worse), alpha=alpha, background=WHITE, text=LINES, confidence=0.9)


def untouched(rgb: Rgb) -> Rgb:
    return rgb.copy()


def blurred(sigma: float) -> Damage:
    return lambda rgb: np.asarray(cv2.GaussianBlur(rgb, (0, 0), sigma), np.uint8)


def grainy(sigma: float) -> Damage:
    grain = np.random.default_rng(7).normal(0, sigma, (SIZE, SIZE, 1))
    return lambda rgb: np.clip(rgb + grain, 0, 255).astype(np.uint8)


def lit(share: float) -> Damage:
    return lambda rgb: np.clip(rgb * np.float32(share), 0, 255).astype(np.uint8)


def flattened(share: float) -> Damage:
    return lambda rgb: (150 + (rgb.astype(np.float32) - 150) * share).astype(np.uint8)


def tinted(blue: float) -> Damage:
    return lambda rgb: (rgb * np.array([1, 1, blue])).astype(np.uint8)


def shrunk_back(factor: float) -> Damage:
    side = round(SIZE / factor)
    return lambda rgb: np.asarray(
        cv2.resize(
            cv2.resize(rgb, (side, side), interpolation=cv2.INTER_AREA), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC
        )
    )


def saved(quality: int) -> Damage:
    def damage(rgb: Rgb) -> Rgb:
        _, data = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.array(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

    return damage


def oversharpened(amount: float) -> Damage:
    def damage(rgb: Rgb) -> Rgb:
        soft = cv2.GaussianBlur(rgb, (0, 0), 2).astype(np.float32)
        return np.clip(rgb + amount * (rgb - soft), 0, 255).astype(np.uint8)

    return damage


def rimmed(width: int) -> Damage:
    """A dark rim of the old background, as wide as `width`, inside the alpha."""

    def damage(rgb: Rgb) -> Rgb:
        worse, low, high = rgb.copy(), SIZE // 10, SIZE - SIZE // 10
        for rows, columns in ((low, 0), (high - width, 0), (0, low), (0, high - width)):
            across = slice(low, high)
            if rows:
                worse[rows : rows + width, across] = 20
            else:
                worse[across, columns : columns + width] = 20
        return worse

    return damage


DAMAGES: list[tuple[str, list[Damage]]] = [
    ("sharpness", [blurred(1.2), blurred(2), blurred(3.5)]),
    ("effective_resolution", [shrunk_back(1.5), shrunk_back(2.5), shrunk_back(5)]),
    ("text", [blurred(1.2), blurred(2), blurred(3.5)]),
    ("noise", [grainy(4), grainy(8), grainy(16)]),
    ("exposure", [lit(0.45), lit(0.3), lit(0.15)]),
    ("exposure", [lit(1.5), lit(2), lit(3)]),
    ("contrast", [flattened(0.4), flattened(0.2), flattened(0.1)]),
    ("white_balance", [tinted(0.92), tinted(0.8), tinted(0.6)]),
    ("blockiness", [saved(30), saved(15), saved(6)]),
    ("halo", [oversharpened(1.5), oversharpened(3), oversharpened(6)]),
    ("fringe", [rimmed(1), rimmed(2), rimmed(4)]),
]


@pytest.mark.parametrize(("measure", "damages"), DAMAGES)
def test_more_damage_means_a_lower_measure(measure: str, damages: list[Damage]) -> None:
    values = [judged(damage).measures[measure].score for damage in [untouched, *damages]]
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0] - 0.05


@pytest.mark.parametrize(("measure", "damages"), DAMAGES)
def test_a_damaged_picture_has_a_lower_total(measure: str, damages: list[Damage]) -> None:
    totals = [judged(damage).total for damage in [untouched, *damages]]
    # A tenth of a point of 100: versions of OpenCV round differently where more of a damage changes nothing any more.
    assert all(after < before + 0.1 for before, after in pairwise(totals))
    assert totals[-1] < totals[0]


@cache
def whole() -> Score:
    return judged(untouched)


def test_a_good_picture_is_approved_with_room_to_spare() -> None:
    assert whole().total > 85


def test_one_bad_thing_cannot_hide_behind_the_good_ones() -> None:
    assert judged(lit(0.05)).total < 50


def test_grain_does_not_count_as_sharpness() -> None:
    assert judged(lambda rgb: grainy(12)(blurred(3)(rgb))).measures["sharpness"].score < 0.8 * (
        whole().measures["sharpness"].score
    )


def test_smoothing_grain_away_until_the_print_is_soft_is_no_gain() -> None:
    noisy = judged(grainy(5))
    smoothed = judged(lambda rgb: blurred(3)(grainy(5)(rgb)))
    assert smoothed.measures["noise"].score > noisy.measures["noise"].score
    assert smoothed.total < noisy.total


def test_a_small_picture_is_not_sharper_for_being_small() -> None:
    rgb, alpha = product()
    rgb = blurred(2)(rgb)
    small = [np.asarray(cv2.resize(each, (450, 450), interpolation=cv2.INTER_AREA), np.uint8) for each in (rgb, alpha)]
    large_one = score(Image(rgb), alpha=alpha).measures["sharpness"]
    small_one = score(Image(small[0]), alpha=small[1]).measures["sharpness"]
    assert small_one.value == pytest.approx(large_one.value, rel=0.35)


def test_darkening_hides_no_noise() -> None:
    light = judged(grainy(8)).measures["noise"].value
    dark = judged(lambda rgb: lit(0.5)(grainy(8)(rgb))).measures["noise"].value
    assert dark == pytest.approx(light, rel=0.15)


def test_what_is_blown_out_stays_so_when_it_is_made_darker() -> None:
    blown, darkened = judged(lit(3)), judged(lambda rgb: lit(0.7)(lit(3)(rgb)))
    assert darkened.measures["exposure"].score < blown.measures["exposure"].score


def striped(colour: tuple[int, int, int]) -> Damage:
    """Broad stripes of a colour and half of it, each beginning with a line: edges of one height, with a line beside."""

    def damage(rgb: Rgb) -> Rgb:
        share = np.where(np.arange(SIZE) // 40 % 2, 1.0, 0.5)
        share[np.arange(SIZE) % 80 == 42] = 1.2
        worse = (np.array(colour) * share[:, None])[None].repeat(SIZE, axis=0)
        return np.asarray(cv2.GaussianBlur(worse, (0, 0), 0.6), np.uint8)

    return damage


def test_a_line_beside_an_edge_is_no_halo_and_a_sharpened_edge_has_one() -> None:
    stripes = striped((160, 160, 160))
    assert judged(stripes).measures["halo"].value < 0.05
    assert judged(lambda rgb: oversharpened(2)(stripes(rgb))).measures["halo"].value > 0.15


def test_a_halo_on_a_product_of_one_vivid_colour_is_seen() -> None:
    stripes = striped((0, 0, 160))
    assert judged(lambda rgb: oversharpened(2)(stripes(rgb))).total < judged(stripes).total


def test_more_light_on_a_vivid_colour_is_no_gain() -> None:
    bright = judged(striped((0, 0, 205))).measures["exposure"]
    assert judged(lambda rgb: lit(2)(striped((0, 0, 205))(rgb))).measures["exposure"].score < bright.score


def test_grain_hides_no_burnt_whites() -> None:
    burnt = judged(lit(2))
    assert judged(lambda rgb: grainy(6)(lit(2)(rgb))).total < burnt.total


def test_darkness_hides_no_cast() -> None:
    light = judged(tinted(0.7)).measures["white_balance"].value
    dark = judged(lambda rgb: lit(0.6)(tinted(0.7)(rgb))).measures["white_balance"].value
    assert dark == pytest.approx(light, rel=0.1)


@pytest.mark.parametrize("move", [(1, 0), (3, 5), (37, 21)])
def test_where_a_product_stands_changes_how_it_stands_and_nothing_else(move: tuple[int, int]) -> None:
    rgb, alpha = product()
    frames = []
    for x, y in ((40, 40), (40 + move[0], 40 + move[1])):
        canvas, shape = np.full((1000, 1000, 3), 255, np.uint8), np.zeros((1000, 1000), np.uint8)
        canvas[y : y + SIZE, x : x + SIZE], shape[y : y + SIZE, x : x + SIZE] = rgb, alpha
        frames.append(score(Image(canvas), alpha=shape).measures)
    for name in ("sharpness", "halo", "effective_resolution"):
        assert frames[0][name].value == frames[1][name].value
    for name in ("noise", "blockiness"):  # times the lights, which a small copy tells
        assert frames[0][name].value == pytest.approx(frames[1][name].value, rel=0.02)


def test_a_stained_background_is_noticed_and_a_pure_one_is_not() -> None:
    rgb, alpha = product()
    pure = score(Image(rgb), alpha=alpha, background=WHITE).measures["background"]
    rgb[:40] = 250
    stained = score(Image(rgb), alpha=alpha, background=WHITE).measures["background"]
    assert (pure.value, pure.score) == (1, 1)
    assert stained.score < 0.8


def test_background_is_not_judged_where_none_was_asked_for() -> None:
    rgb, alpha = product()
    assert "background" not in score(Image(rgb, alpha)).measures


def test_text_is_judged_only_where_somebody_says_that_there_is_some() -> None:
    rgb, alpha = product()
    assert "text" not in score(Image(rgb, alpha)).measures
    assert "text" not in score(Image(rgb, alpha), text=[Box(-50, -50, -10, -10)]).measures


def test_a_small_product_in_a_corner_loses_on_fill_and_centring() -> None:
    rgb, alpha = product()
    canvas, shape = np.full((2000, 2000, 3), 255, np.uint8), np.zeros((2000, 2000), np.uint8)
    canvas[:900, :900], shape[:900, :900] = rgb, alpha
    lost = score(Image(canvas), alpha=shape).measures
    well = score(Image(rgb), alpha=alpha).measures
    assert lost["fill"].score < well["fill"].score
    assert lost["centring"].score < well["centring"].score


def test_pixels_made_by_enlarging_are_no_resolution() -> None:
    rgb, alpha = product()
    native = score(Image(rgb), alpha=alpha).measures["resolution"]
    enlarged = score(Image(rgb), alpha=alpha, enlarged=3).measures["resolution"]
    assert enlarged.value == pytest.approx(native.value / 3, rel=0.01)
    assert enlarged.score < native.score


def test_an_enlarged_picture_that_is_blurred_too_is_softer_still() -> None:
    rgb, alpha = product()
    size = (2 * SIZE, 2 * SIZE)
    large, cover = (
        np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_CUBIC), np.uint8) for each in (rgb, alpha)
    )
    softer = np.asarray(cv2.GaussianBlur(large, (0, 0), 1.2), np.uint8)
    sharp, soft = (score(Image(each), alpha=cover, enlarged=4.0).measures for each in (large, softer))
    assert soft["sharpness"].value > 1.05 * sharp["sharpness"].value
    assert soft["effective_resolution"].score < sharp["effective_resolution"].score


def test_a_weave_is_no_grain() -> None:
    rgb, alpha = product()
    woven, grainy = rgb.astype(np.float32), rgb.astype(np.float32)
    threads = np.random.default_rng(1).normal(0, 14, (SIZE // 3, SIZE // 3))
    woven[200:700, 100:800] += cv2.resize(threads, (SIZE, SIZE), interpolation=cv2.INTER_NEAREST)[
        200:700, 100:800, None
    ]
    grainy += np.random.default_rng(1).normal(0, 14, (SIZE, SIZE, 1))
    cloth, noisy = (
        score(Image(np.clip(each, 0, 255).astype(np.uint8)), alpha=alpha).measures["noise"].value
        for each in (woven, grainy)
    )
    assert cloth < 3 < 10 < noisy


def test_a_yellow_product_before_a_grey_wall_has_the_wall_s_white_balance() -> None:
    rgb = np.full((400, 400, 3), 110, np.uint8)
    rgb[120:280, 120:280] = (240, 205, 40)
    assert score(Image(rgb)).measures["white_balance"].value < 3


def test_pixels_that_hold_nothing_are_found_without_being_told() -> None:
    enlarged = judged(shrunk_back(4)).measures["effective_resolution"].value
    assert enlarged < 0.7 * whole().measures["effective_resolution"].value


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (7, 5), (130, 3000)])
@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("known", ["alpha", "box", "nothing"])
def test_every_size_and_every_blank_picture_has_a_score(size: tuple[int, int], level: int, known: str) -> None:
    height, width = size
    image = Image(np.full((height, width, 3), level, np.uint8))
    alpha = np.full(size, 255, np.uint8) if known == "alpha" else None
    box = Box(0, 0, width, height) if known == "box" else None
    found = score(image, alpha=alpha, box=box, background=WHITE)
    assert 0 <= found.total <= 100
    assert all(0 <= measure.score <= 1 for measure in found.measures.values())


def test_a_product_that_fills_the_frame_has_a_score() -> None:
    rgb, alpha = product()
    low, high = SIZE // 10, SIZE - SIZE // 10
    found = score(Image(rgb[low:high, low:high], alpha[low:high, low:high]), background=WHITE)
    assert found.measures["background"].score == 1
    assert found.total > 50


@pytest.mark.parametrize("size", [(131, 400), (400, 131), (90, 700), (257, 1900)])
def test_a_product_full_of_edges_has_a_score_whatever_its_shape(size: tuple[int, int]) -> None:
    checks = (np.indices(size).sum(axis=0) // 12 % 2 * 200 + 20).astype(np.uint8)
    rgb = np.ascontiguousarray(np.repeat(checks[..., None], 3, axis=2))
    for turned in (rgb, np.ascontiguousarray(rgb[:, ::-1])):
        assert 0 < score(Image(turned)).total < 100
        assert 0 < score(Image(turned), alpha=np.full(size, 255, np.uint8)).total < 100


def test_a_thin_product_has_a_score() -> None:
    alpha = np.zeros((800, 800), np.uint8)
    cv2.line(alpha, (40, 40), (760, 700), 255, 3)
    found = score(Image(np.where(alpha[..., None] > 0, np.uint8(60), np.uint8(255)).repeat(3, 2), alpha))
    assert 0 < found.total < 100


def test_a_picture_without_a_product_scores_nothing() -> None:
    found = score(Image(np.full((40, 40, 3), 255, np.uint8), np.zeros((40, 40), np.uint8)), background=WHITE)
    assert found.total == 0


def test_a_box_is_enough_to_know_where_to_look() -> None:
    rgb, _ = product()
    found = score(Image(rgb), box=Box(90, 90, 810, 810))
    assert found.measures["fill"].value == pytest.approx(0.8)


def test_the_same_picture_has_the_same_score() -> None:
    assert judged(grainy(6)) == judged(grainy(6))


def test_every_measure_has_a_weight_and_a_sentence_in_one_line() -> None:
    found = judged(untouched).measures
    assert set(found) == set(WEIGHTS)
    assert all(measure.sentence and "\n" not in measure.sentence for measure in found.values())


def test_the_sentences_name_the_values() -> None:
    said = {name: measure.sentence for name, measure in judged(grainy(8)).measures.items()}
    assert said["noise"].startswith("its smooth parts have a grain of ")
    assert said["fill"] == "it fills 80% of the frame"
    assert said["resolution"] == "the photograph gave it 720 px"


def test_the_score_is_plain_data() -> None:
    data = whole().as_data()
    assert data["measures"]["sharpness"]["sentence"].startswith("its edges are")


@pytest.mark.parametrize("seed", range(40))
def test_any_piece_with_any_product_in_it_has_a_score(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rgb, _ = product()
    height, width = (int(side) for side in np.exp(rng.uniform(0, np.log(SIZE), 2)))
    top, left = int(rng.integers(0, SIZE - height + 1)), int(rng.integers(0, SIZE - width + 1))
    piece = Image(np.ascontiguousarray(rgb[top : top + height, left : left + width]))
    x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
    box = Box(x, y, int(rng.integers(x + 1, width + 1)), int(rng.integers(y + 1, height + 1)))
    alpha = np.zeros((height, width), np.uint8)
    cv2.ellipse(alpha, (x, y), (box.width, box.height), 0, 0, 360, int(rng.integers(1, 256)), -1)
    for found in (score(piece, box=box, text=[box]), score(piece, alpha=alpha, background=WHITE)):
        assert 0 <= found.total <= 100
        assert all(np.isfinite(measure.value) and 0 <= measure.score <= 1 for measure in found.measures.values())


def test_a_picture_of_which_nobody_knows_that_it_is_whole_is_no_good_picture() -> None:
    rgb, alpha = product()
    sure, unsure = (
        score(Image(rgb), alpha=alpha, background=WHITE, confidence=confidence).total for confidence in (0.95, 0.1)
    )
    assert unsure < 40 < sure
