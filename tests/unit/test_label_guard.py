"""The arithmetic of the text guard, on drawn labels and with a reader that knows them."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lettering import HEIGHT, WORDS, KnowingReader, drawn, painted, place, reading

from packshot.geometry import Affine, scaled, shifted
from packshot.image import Box, Image
from packshot.label.edges import likeness, overshoot, redrawn, rise_distance
from packshot.label.guard import LabelReport, compare
from packshot.label.reading import edits, error_rate, letters
from packshot.label.strips import aligned, mapped, size_of, strip, turned
from packshot.ops.sharpen import Sharpen
from packshot.ops.upscale import Upscale
from packshot.ports import TextLine


def blurred(image: Image, sigma: float) -> Image:
    return Image(np.asarray(cv2.GaussianBlur(image.rgb, (0, 0), sigma), np.uint8))


@pytest.mark.parametrize(
    ("before", "after", "rate"),
    [
        ("NORDVIK", "NORDVIK", 0.0),
        ("Earl Grey", "EARL GREY", 0.0),  # capitals are the reader's guess
        ("No. 04", "No.O4", 0.0),  # so are points, spaces, and O for 0
        ("NORDVIK", "NORDVIX", 1 / 7),
        ("NORDVIK", "", 1.0),
        ("250 ml", "250 mll", 1 / 5),
        ("", "", 0.0),
    ],
)
def test_the_error_rate_counts_letters_and_digits(before: str, after: str, rate: float) -> None:
    assert error_rate(before, after) == pytest.approx(rate)


@pytest.mark.parametrize(("before", "after", "new"), [("tea", "tean", "n"), ("tea", "sea", "s"), ("tea", "te", "")])
def test_new_characters_are_those_put_in(before: str, after: str, new: str) -> None:
    assert edits(before, after).new == new


@given(st.text("abco19", max_size=8), st.text("abco19", max_size=8))
def test_edits_are_symmetric_and_no_more_than_the_longer_text(one: str, other: str) -> None:
    assert edits(one, other).distance == edits(other, one).distance
    assert edits(one, other).distance <= max(len(one), len(other))
    assert (edits(one, other).distance == 0) == (one == other)


def test_letters_fold_what_looks_alike() -> None:
    assert letters("I0 Bags · 1.76 oz") == letters("l O BAGS 176 oz")


@pytest.mark.parametrize("sigma", [1.0, 1.5, 2.5])
def test_the_rise_of_a_blurred_edge_is_what_a_normal_distribution_says(sigma: float) -> None:
    stripes = np.zeros((24, 400), np.uint8)
    stripes[:, (np.arange(400) // 40) % 2 == 1] = 220
    soft = np.asarray(cv2.GaussianBlur(stripes, (0, 0), sigma), np.uint8)
    # From 10 to 90 % of its integral a normal distribution takes 2 x 1.2816 of its deviations.
    assert rise_distance(soft) == pytest.approx(2.563 * sigma, rel=0.12)


def test_of_too_few_edges_nothing_is_said() -> None:
    assert rise_distance(np.full((20, 90), 128, np.uint8)) is None


def test_a_halo_is_what_passes_the_surroundings() -> None:
    paper = np.full((60, 60), 200, np.uint8)
    paper[20:40, 20:40] = 40
    haloed = paper.copy()
    haloed[17:20, 20:40] = 221
    everywhere = np.ones_like(paper)
    assert overshoot(paper, paper, 3, everywhere) == 0
    assert overshoot(paper, haloed, 3, everywhere) == 21


def test_one_letter_that_changed_is_not_lost_among_many() -> None:
    before, after = drawn(["BLACK TEA WITH LEMON"]), drawn(["BLACK TEA WITH MELON"])
    first, second = strip(before.rgb, place(0)), strip(after.rgb, place(0))
    assert likeness(first, first) > 0.99
    assert likeness(first, second) < 0.8


def test_likeness_does_not_mind_the_light() -> None:
    line = strip(drawn().rgb, place(1))
    assert likeness(line, np.rint(line * 0.7 + 20).astype(np.uint8)) > 0.99


def test_new_strokes_are_found_where_they_are() -> None:
    label = drawn()
    changed = redrawn(label.rgb, painted(label.rgb, "77", (350, 225)))
    rows, columns = np.nonzero(changed)
    assert columns.min() > 320
    assert rows.min() > 200
    assert not redrawn(label.rgb, blurred(label, 1.2).rgb).any()


def test_a_strip_is_read_from_the_corner_where_its_text_begins() -> None:
    label = drawn()
    upside_down = Image(np.ascontiguousarray(label.rgb[::-1, ::-1]))
    moved = mapped(place(0), Affine(-1, 0, 420, 0, -1, 280))
    assert np.array_equal(strip(upside_down.rgb, moved), strip(label.rgb, place(0)))
    assert size_of(turned(place(0), 1)) == (HEIGHT, 360)


def test_a_strip_beyond_the_picture_goes_on_with_its_rim() -> None:
    assert (strip(np.full((4, 4, 3), 9, np.uint8), mapped(place(0), shifted(-500, -500))) == 9).all()


@pytest.mark.parametrize("factor", [0.4, 1.0, 2.5])
def test_what_is_aligned_lies_where_the_map_says(factor: float) -> None:
    label = drawn()
    size = round(420 * factor), round(280 * factor)
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    there = np.asarray(cv2.resize(label.rgb, size, interpolation=way), np.uint8)
    view = Box(round(20 * factor), round(20 * factor), round(380 * factor), round(200 * factor))
    ours = aligned(label.rgb, scaled((420, 280), size), view)
    difference = np.abs(ours.astype(int) - there[view.top : view.bottom, view.left : view.right])
    assert difference.mean() < 2.5


def judged(after: Image, *, near: float = 30, **changes: object) -> LabelReport:
    before = drawn()
    reader = KnowingReader.of(before)
    reader.near = near
    reader.learn(drawn([*WORDS[:2], "28 BAGS NET 50 g"]), [*WORDS[:2], "28 BAGS NET 50 g"])
    return compare(before, after, reader, **changes)  # type: ignore[arg-type]


def test_a_picture_keeps_its_own_label() -> None:
    report = judged(drawn())
    assert report.verdict == "kept"
    assert report.error_rate == 0
    assert report.reasons == ("every line reads as before",)
    assert report.as_data()["before"] == list(WORDS)


def test_a_blurred_label_is_worse_though_it_reads_the_same() -> None:
    report = judged(blurred(drawn(), 1.8))
    assert report.verdict == "worse"
    assert report.error_rate == 0
    assert "its edges rise over" in report.reasons[0]


def test_a_digit_that_changed_is_worse_and_named() -> None:
    report = judged(drawn([*WORDS[:2], "28 BAGS NET 50 g"]), near=3)
    assert report.verdict == "worse"
    assert report.new == "8"
    assert [line.before for line in report.worse] == ["20 BAGS NET 50 g"]


def test_a_halo_is_worse() -> None:
    soft = drawn()
    wide = cv2.GaussianBlur(soft.rgb, (0, 0), 3).astype(float)
    haloed = Image(np.clip(soft.rgb + 0.8 * (soft.rgb - wide), 0, 255).astype(np.uint8))
    report = judged(haloed)
    assert report.verdict == "worse"
    assert any("a halo of" in reason for reason in report.reasons)


def test_a_label_of_another_light_is_kept_where_light_may_change() -> None:
    lighter = Image((255 * (drawn().rgb / 255.0) ** 0.8).astype(np.uint8))
    assert judged(lighter, same_light=False).verdict == "kept"


def test_another_white_balance_makes_no_halo() -> None:
    warm = drawn(ink=(20, 60, 140)).rgb
    cooler = np.clip(warm * np.array([0.8, 0.95, 1.12]) + 3, 0, 255).astype(np.uint8)
    reader = KnowingReader.of(Image(warm))
    reader.near = 60
    report = compare(Image(warm), Image(cooler), reader, same_light=False)
    assert report.verdict == "kept"
    assert max(line.halo or 0 for line in report.lines) < 4


def test_a_halo_is_found_in_another_light_too() -> None:
    label = drawn().rgb
    wide = cv2.GaussianBlur(label, (0, 0), 3).astype(float)
    haloed = np.clip((label + 0.9 * (label - wide)) * 0.9 + 4, 0, 255).astype(np.uint8)
    report = judged(Image(haloed), same_light=False)
    assert any("a halo of" in reason for reason in report.reasons)


def test_a_white_ground_beside_the_print_is_no_halo() -> None:
    label = drawn().rgb.copy()
    alpha = np.full(label.shape[:2], 255, np.uint8)
    alpha[:, 385:] = 0
    label[:, 385:] = 255
    assert judged(Image(label), within=alpha, same_light=False).verdict == "kept"


def test_text_that_is_not_on_the_product_is_nobodys_label() -> None:
    alpha = np.zeros((280, 420), np.uint8)
    alpha[:100] = 255
    report = judged(drawn(["NORDVIK", "", ""]), within=alpha)
    assert [line.before for line in report.lines] == ["NORDVIK"]
    assert report.verdict == "kept"


def test_a_line_that_was_cut_away_with_the_ground_is_worse() -> None:
    alpha = np.full((280, 420), 255, np.uint8)
    alpha[100:160, 20:400] = 0  # a hole in the product, where its second line stood
    report = judged(drawn([WORDS[0], "", WORDS[2]]), within=alpha)
    assert report.verdict == "worse"
    assert [line.before for line in report.worse] == [WORDS[1]]
    assert report.reasons == (f"'{WORDS[1]}': it was cut away with the ground",)
    assert report.error_rate > 0.3


def test_a_line_that_was_cropped_away_is_told() -> None:
    after = Image(drawn().rgb[:180])
    report = judged(after)
    assert report.cut_off == (WORDS[2],)
    assert report.verdict == "kept"


def test_a_label_is_followed_into_a_smaller_picture_elsewhere() -> None:
    half = cv2.resize(drawn().rgb, (210, 140), interpolation=cv2.INTER_AREA)
    canvas = np.full((300, 400, 3), 255, np.uint8)
    canvas[100:240, 150:360] = half
    report = judged(Image(canvas), geometry=Affine(0.5, 0, 150, 0, 0.5, 100))
    assert report.error_rate == 0
    assert report.lines[0].box.left == pytest.approx(165, abs=2)


def test_letters_from_what_could_not_be_read_are_made_up_only_for_models_that_make_up() -> None:
    label = drawn()
    reader = KnowingReader.of(label)
    weak = tuple(TextLine("Smokd Eal Gry", line.quad, 0.6) for line in reader.lines[1:2])
    assert compare(label, label, reader, found=weak).verdict == "better"
    strict = compare(label, label, reader, found=weak, strict=True)
    assert strict.verdict == "worse"
    assert strict.new


def test_an_empty_label_has_nothing_to_lose() -> None:
    report = compare(drawn(), drawn(), KnowingReader(()))
    assert report.verdict == "no-text"
    assert report.reasons == ("no text was found",)


def test_sharpen_is_held_back_on_the_line_that_it_would_harm_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    label = drawn()
    broken = drawn([WORDS[0], WORDS[1], "28 BAGS NET 50 g"]).rgb
    monkeypatch.setattr("packshot.ops.sharpen.unsharp", lambda *_, **__: np.minimum(broken, 250))
    reader = KnowingReader.of(label)
    reader.near = 3
    reader.learn(Image(broken), [*WORDS[:2], "28 BAGS NET 50 g"])
    context = reading(reader)
    done = Sharpen(amount=1.0, guard_text=True)(label, context)
    assert np.array_equal(done.rgb[190:234, 34:380], label.rgb[190:234, 34:380])
    assert context.facts["text"]["verdict"] == "kept"
    [held] = context.facts["text"]["held_back"]
    assert held["because"] == ["reads '28 BAGS NET 50 g'"]
    assert [card.name for card in context.opened] == ["knowing"]


def test_upscale_is_guarded_too_and_says_what_it_read() -> None:
    label = drawn()
    context = reading(KnowingReader.of(label))
    plain = Upscale(factor=2)(label, reading(KnowingReader.of(label)))
    done = Upscale(factor=2, guard_text=True)(label, context)
    assert context.facts["text"]["before"] == list(WORDS)
    assert context.facts["text"]["held_back"] == []
    assert np.array_equal(done.rgb, plain.rgb)


def test_nobody_reads_where_nobody_asked() -> None:
    label = drawn()
    context = reading(KnowingReader.of(label))
    Sharpen(amount=1.0)(label, context)
    assert "text" not in context.facts
    assert context.opened == []
