"""`packshot cutout`: the photograph's own size, straight alpha, and a word on how sure it is."""

import json
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from shell import mug, packshot, photograph


def test_a_cutout_has_the_size_of_the_upright_photograph(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # lies on its side
    Pillow.fromarray(np.rot90(mug()).copy()).save(tmp_path / "mug.jpg", exif=exif, quality=95)
    said = packshot("cutout", "mug.jpg", "-o", "out", "--json", folder=tmp_path)
    assert said.code == 0, said.err
    with Pillow.open(tmp_path / "out/mug.png") as picture:
        assert (picture.mode, picture.size) == ("RGBA", (900, 700))
        pixels = np.asarray(picture)
    assert pixels[350, 400, 3] == 255
    assert pixels[5, 5, 3] == 0
    line = json.loads(said.out)
    assert set(line) >= {"file", "output", "confidence", "reasons", "box", "verdict", "status"}
    left, top, right, bottom = line["box"]
    assert abs(left - 270) < 12
    assert abs(top - 140) < 12
    assert right > 600
    assert abs(bottom - 595) < 12


def test_the_mask_alone_is_grey_with_eight_bits(tmp_path: Path) -> None:
    photograph(tmp_path / "mug.png")
    assert packshot("cutout", "mug.png", "-o", "mask.png", "--mask-only", folder=tmp_path).code == 0
    with Pillow.open(tmp_path / "mask.png") as mask:
        assert (mask.mode, mask.size) == ("L", (900, 700))
        assert mask.getpixel((400, 350)) == 255


def test_a_mask_and_a_cutout_are_not_taken_for_each_other(tmp_path: Path) -> None:
    photograph(tmp_path / "in/mug.png")
    for words, mode in (((), "RGBA"), (("--mask-only",), "L")):
        assert packshot("cutout", "in", "-o", "out", *words, folder=tmp_path).code == 0
        with Pillow.open(tmp_path / "out/mug.png") as picture:
            assert picture.mode == mode


def test_hints_speak_of_one_picture_and_must_lie_in_it(tmp_path: Path) -> None:
    photograph(tmp_path / "in/a.png")
    photograph(tmp_path / "in/b.png")
    cases = {
        ("in", "--box", "1,1,50,50"): "speak of one picture, but there are 2",
        ("in/a.png", "--box", "1,1,5000,50"): "does not lie in the picture of 900x700",
        ("in/a.png", "--box", "50,50,1,1"): "'50,50,1,1' is no box",
        ("in/a.png", "--point", "12"): "'12' is no point",
        ("in/a.png", "-o", "a.jpg"): "a.jpg says jpeg, but this writes png",
        ("in/a.png", "--mask", "gone.png"): "gone.png is not there",
    }
    for words, sentence in cases.items():
        said = packshot("cutout", "-o", "out", *words, folder=tmp_path)
        assert said.code == 2
        assert sentence in said.err


def test_a_box_and_a_mask_find_the_product(tmp_path: Path) -> None:
    photograph(tmp_path / "mug.png")
    mask = np.zeros((700, 900, 3), np.uint8)
    mask[140:595, 270:660] = 255
    photograph(tmp_path / "sketch.png", mask)
    said = packshot(
        "cutout", "mug.png", "-o", "out.png", "--box", "260,130,690,600", "--point", "400,350", folder=tmp_path
    )
    assert said.code == 0, said.err
    assert packshot("cutout", "mug.png", "-o", "rough.png", "--rough", "sketch.png", folder=tmp_path).code == 0
    for name in ("out.png", "rough.png"):
        with Pillow.open(tmp_path / name) as picture:
            assert np.asarray(picture)[350, 400, 3] == 255
