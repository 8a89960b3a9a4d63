"""What every text reader must keep to, ours and other people's; and the guard with each on real and drawn labels."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

import packshot
from packshot import plugins
from packshot.errors import ModelError
from packshot.image import Image
from packshot.label.guard import compare
from packshot.label.reading import error_rate
from packshot.label.strips import size_of
from packshot.models.library import ModelLibrary
from packshot.models.rapidocr import RapidOcrReader
from packshot.models.tesseract import TesseractReader
from packshot.ops.sharpen import unsharp
from packshot.ports import TextReader

READERS = sorted(plugins.offers("packshot.reader"))
SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "pictures"


def _need_rapidocr() -> None:
    if find_spec("rapidocr") is None or find_spec("onnxruntime") is None:
        pytest.skip("no text reader here: pip install 'packshot[text]'")


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest) -> TextReader:
    if request.param == "rapidocr":
        _need_rapidocr()
    if request.param == "tesseract" and shutil.which("tesseract") is None:
        pytest.skip("no tesseract here: apt install tesseract-ocr")
    return ModelLibrary().reader(request.param)


@pytest.fixture(scope="module")
def rapidocr() -> RapidOcrReader:
    _need_rapidocr()
    return RapidOcrReader()


def label(*words: str, size: tuple[int, int] = (640, 360), turn: float = 0) -> Image:
    paper = Pillow.new("RGB", size, (240, 238, 232))
    draw = ImageDraw.Draw(paper)
    for row, text in enumerate(words):
        draw.text((60, 60 + 90 * row), text, (30, 30, 40), ImageFont.load_default(48))
    return Image(np.asarray(paper.rotate(turn, fillcolor=(240, 238, 232), expand=True), np.uint8))


def test_the_card_is_complete(reader: TextReader) -> None:
    card = reader.card
    assert card.name
    assert card.version
    assert card.licence
    assert card.summary
    assert not card.changes_product


def test_print_is_read_where_it_stands(reader: TextReader) -> None:
    lines = reader.read(label("GREEN TEA", "250 grams"))
    assert error_rate("GREEN TEA 250 grams", " ".join(line.text for line in lines)) == 0
    (left, top), (right, _), _, (_, bottom) = lines[0].quad
    assert 40 < left < 75
    assert 45 < top < 85
    assert right > 250
    assert bottom < 140
    assert all(0 < line.confidence <= 1 for line in lines)


def test_the_same_places_read_the_same_in_the_order_asked(reader: TextReader) -> None:
    picture = label("GREEN TEA", "250 grams")
    lines = reader.read(picture)
    again = reader.read(picture, at=[line.quad for line in reversed(lines)])
    assert [error_rate(old.text, new.text) for old, new in zip(reversed(lines), again, strict=True)] == [0] * len(lines)
    assert [line.quad for line in again] == [line.quad for line in reversed(lines)]


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 300), (10, 4000), (7, 9), (64, 64)])
def test_any_size_is_looked_at(reader: TextReader, height: int, width: int) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (height, width, 3), np.uint8)
    whole = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
    assert all(line.text and 0 <= line.confidence <= 1 for line in reader.read(Image(noise)))
    assert len(reader.read(Image(noise), at=[whole])) == 1


@pytest.mark.parametrize("grey", [0, 255])
def test_where_there_is_no_text_none_is_read(reader: TextReader, grey: int) -> None:
    blank = Image(np.full((200, 300, 3), grey, np.uint8))
    assert reader.read(blank) == ()
    [nothing] = reader.read(blank, at=[((20, 20), (220, 20), (220, 60), (20, 60))])
    assert nothing.confidence < 0.5 or not nothing.text


def test_the_input_stays_untouched_and_the_answer_is_the_same_side_by_side(reader: TextReader) -> None:
    picture = label("GREEN TEA")
    kept = picture.rgb.copy()
    alone = reader.read(picture)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(reader.read, [picture, picture])) == [alone, alone]
    assert np.array_equal(picture.rgb, kept)


@pytest.mark.parametrize("turn", [90, 180, 270, 12])
def test_turned_print_is_read_from_where_it_begins(rapidocr: RapidOcrReader, turn: float) -> None:
    [line] = rapidocr.read(label("GREEN TEA WITH LEMON", turn=turn))
    assert error_rate("GREEN TEA WITH LEMON", line.text) == 0
    width, height = size_of(line.quad)
    assert width > 4 * height


def test_print_in_a_huge_picture_is_read_from_its_own_pixels(rapidocr: RapidOcrReader) -> None:
    small = label("GREEN TEA WITH LEMON", "ingredients: tea 84 %")
    huge = np.full((6000, 9000, 3), 238, np.uint8)
    huge[2000:2720, 3000:4280] = cv2.resize(small.rgb, (1280, 720), interpolation=cv2.INTER_CUBIC)
    text = " ".join(line.text for line in rapidocr.read(Image(huge)))
    assert error_rate("GREEN TEA WITH LEMON ingredients: tea 84 %", text) < 0.05


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("carton-tea", ("NORDVIK", "TEA MERCHANTS", "Smoked Earl Grey", "black tea with bergamot & lapsang")),
        ("bottle-amber", ("HALDEN & MOSS", "cedar & bergamot", "HAND AND BODY WASH", "250 ml e 8.4 fl oz")),
        ("cream-desk", ("aurelle", "barrier", "repair cream", "ceramides + squalane", "48h")),
    ],
)
def test_our_samples_read_as_they_were_printed(rapidocr: RapidOcrReader, name: str, printed: tuple[str, ...]) -> None:
    read = [line.text for line in rapidocr.read(packshot.read(SAMPLES / f"{name}.jpg"))]
    assert [min(error_rate(words, line) for line in read) for words in printed] == [0] * len(printed)


@pytest.fixture(scope="module")
def carton() -> Image:
    whole = packshot.read(SAMPLES / "carton-tea.jpg")
    return Image(whole.rgb[440:1180, 340:880])


def test_a_clean_sharpen_keeps_a_real_label(rapidocr: RapidOcrReader, carton: Image) -> None:
    report = compare(carton, Image(unsharp(carton.rgb, 0.8, 1.0)), rapidocr)
    assert report.verdict in ("kept", "better")
    assert report.error_rate == 0
    assert "NORDVIK" in report.as_data()["before"]


def test_blur_of_a_real_label_is_caught(rapidocr: RapidOcrReader, carton: Image) -> None:
    soft = Image(np.asarray(cv2.GaussianBlur(carton.rgb, (0, 0), 3), np.uint8))
    report = compare(carton, soft, rapidocr)
    assert report.verdict == "worse"
    assert report.error_rate > 0.1


def test_characters_that_somebody_painted_are_caught(rapidocr: RapidOcrReader, carton: Image) -> None:
    picture = Pillow.fromarray(carton.rgb)
    ImageDraw.Draw(picture).text((120, 330), "NEW 9", (235, 225, 200), ImageFont.load_default(44))
    report = compare(carton, Image(np.asarray(picture, np.uint8)), rapidocr)
    assert report.verdict == "worse"
    assert report.new == "new9"


def test_a_strict_look_everywhere_takes_no_known_line_for_a_new_one(rapidocr: RapidOcrReader, carton: Image) -> None:
    assert compare(carton, carton, rapidocr, strict=True).verdict == "kept"


def test_a_word_that_was_redrawn_is_caught(rapidocr: RapidOcrReader) -> None:
    before, after = label("GREEN TEA", "250 grams"), label("GREEN TEA", "260 grams")
    report = compare(before, after, rapidocr)
    assert report.verdict == "worse"
    assert report.new == "6"


def test_halo_around_a_real_label_is_caught(rapidocr: RapidOcrReader, carton: Image) -> None:
    wide = cv2.GaussianBlur(carton.rgb, (0, 0), 2).astype(float)
    haloed = Image(np.clip(carton.rgb + 2.0 * (carton.rgb - wide), 0, 255).astype(np.uint8))
    report = compare(carton, haloed, rapidocr)
    assert report.verdict == "worse"
    assert any("a halo of" in reason for reason in report.reasons)


def test_without_the_library_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rapidocr", None)
    with pytest.raises(ModelError) as caught:
        RapidOcrReader().read(label("GREEN TEA"))
    assert "pip install 'packshot[text]'" in caught.value.hint


def test_without_the_program_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ModelError) as caught:
        TesseractReader().read(label("GREEN TEA"))
    assert "apt install tesseract-ocr" in caught.value.hint
    assert TesseractReader().card.version == "not installed"
