"""`packshot run`: a folder of photographs becomes finished pictures."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from shell import finished, mug, packshot, photograph

HOSTILE = "a'b\"c <i>&%41#?.jpg"


def test_a_folder_becomes_finished_pictures_with_receipts_and_a_contact_sheet(tmp_path: Path) -> None:
    photograph(tmp_path / "in/mug.png")
    photograph(tmp_path / "in/sub" / HOSTILE)
    said = packshot("run", "marketplace-white", "in", "-o", "out", folder=tmp_path)
    assert said.code == 0, said.err
    assert set(finished(tmp_path / "out")) == {"mug.jpg", f"sub/{HOSTILE}"}
    assert "contact sheet: out/index.html" in said.out
    assert (tmp_path / "out/contact-sheet.jpg").is_file()
    receipt = json.loads((tmp_path / "out/mug.jpg.json").read_text())
    assert receipt["source"]["name"] == "mug.png"
    assert receipt["verdict"] in ("sure", "doubtful")
    assert 0 <= receipt["score"]["after"]["total"] <= 100


def test_the_product_comes_out_on_pure_white(tmp_path: Path) -> None:
    photograph(tmp_path / "mug.png")
    assert packshot("run", "marketplace-white", "mug.png", "-o", "mug.jpg", folder=tmp_path).code == 0
    with Pillow.open(tmp_path / "mug.jpg") as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (2000, 2000, 3)
    assert (pixels[:100] == 255).all()
    assert (pixels[1000, 900] < 250).any()


def test_the_words_of_a_shop_shape_the_result(tmp_path: Path) -> None:
    photograph(tmp_path / "in/mug.png")
    words = ("--size", "800x1000", "--background", "#102030", "--padding", "0.1", "--format", "webp", "--max-kb", "60")
    said = packshot("run", "marketplace-white", "in", "-o", "out", *words, "--json", folder=tmp_path)
    assert said.json["counts"]["failed"] == 0
    path = tmp_path / "out/mug.webp"
    assert path.stat().st_size <= 60_000
    with Pillow.open(path) as picture:
        assert picture.size == (800, 1000)
        corner = np.asarray(picture.convert("RGB"))[2, 2].astype(int)
    assert np.abs(np.subtract(corner, (0x10, 0x20, 0x30))).max() <= 3


def test_the_same_command_again_skips_what_is_done_and_another_does_not(tmp_path: Path) -> None:
    for name in ("a", "b"):
        photograph(tmp_path / f"in/{name}.png", mug(ground=200 if name == "a" else 240))
    run = ("run", "sharpen", "in", "-o", "out", "--json")

    def counts(*more: str) -> dict[str, int]:
        found = packshot(*run, *more, folder=tmp_path).json["counts"]
        return {status: count for status, count in found.items() if count}

    assert counts() == {"done": 2}
    assert counts() == {"skipped": 2}
    photograph(tmp_path / "in/a.png", mug(ground=210))
    (tmp_path / "out/b.jpg").write_bytes(b"somebody was here")
    assert counts() == {"done": 2}
    assert counts("--set", "sharpen.amount=0.9") == {"done": 2}
    assert counts("--set", "sharpen.amount=0.9", "--again") == {"done": 2}


def test_one_worker_and_many_make_the_same_bytes(tmp_path: Path) -> None:
    for number in range(4):
        photograph(tmp_path / f"in/{number}.png", mug(size=(500 + 40 * number, 400)))
    for workers in ("1", "3"):
        words = ("--workers", workers, "--size", "500x500")
        said = packshot("run", "marketplace-white", "in", "-o", f"out{workers}", *words, folder=tmp_path)
        assert said.code == 0, said.err
    assert finished(tmp_path / "out1") == finished(tmp_path / "out3")
    assert len(finished(tmp_path / "out1")) == 4


def test_a_recipe_of_ones_own_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nsteps: [{upscale: {factor: 2}}]\noutput: {format: png, quality: 100}\n"
    )
    photograph(tmp_path / "mug.png", mug(size=(90, 70)))
    assert packshot("run", "mine.yaml", "mug.png", "-o", "out", folder=tmp_path).code == 0
    with Pillow.open(tmp_path / "out/mug.png") as picture:
        assert picture.size == (180, 140)


def test_a_recipe_may_speak_of_a_picture_by_name(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(
        "name: desk\nsteps: [cutout, {place: {canvas: [400, 400]}}, {background: {picture: desk}}]\n"
    )
    photograph(tmp_path / "mug.png")
    photograph(tmp_path / "desk.png", np.full((50, 50, 3), (20, 90, 160), np.uint8))
    run = ("run", "desk.yaml", "mug.png", "-o", "out.jpg")
    said = packshot(*run, "--picture", "desk=desk.png", folder=tmp_path)
    assert said.code == 0, said.err
    with Pillow.open(tmp_path / "out.jpg") as picture:
        corner = np.asarray(picture)[3, 3].astype(int)
    assert np.abs(corner - (20, 90, 160)).max() < 6
    missing = packshot(*run[:-1], "other.jpg", folder=tmp_path)
    assert "--picture desk=FILE" in missing.err


def test_a_budget_that_cannot_be_met_is_a_failure_with_the_nearest_result(tmp_path: Path) -> None:
    grain = np.random.default_rng(3).integers(0, 255, (400, 400, 3), np.uint8)
    photograph(tmp_path / "in/noise.png", grain)
    said = packshot("run", "optimize", "in", "-o", "out", "--max-kb", "5", folder=tmp_path)
    assert said.code == 3
    assert "the budget is 5 kB" in said.err
    assert "noise.over-budget.jpg" in said.err
    assert list(finished(tmp_path / "out")) == ["noise.over-budget.jpg"]
    assert packshot("run", "optimize", "in", "-o", "out", "--max-kb", "500", folder=tmp_path).code == 0
    assert list(finished(tmp_path / "out")) == ["noise.jpg"]


@pytest.mark.parametrize("keep", [True, False])
def test_metadata_are_kept_where_asked_for(tmp_path: Path, keep: bool) -> None:
    exif = Pillow.Exif()
    exif[0x010F] = "A camera"
    Pillow.fromarray(mug()).save(tmp_path / "mug.jpg", exif=exif)
    words = ["--keep-metadata"] if keep else []
    assert packshot("run", "optimize", "mug.jpg", "-o", "out", *words, folder=tmp_path).code == 0
    with Pillow.open(tmp_path / "out/mug.jpg") as picture:
        assert (picture.getexif().get(0x010F) == "A camera") is keep


def test_the_contact_sheet_shows_what_lies_in_the_folder_not_only_the_last_batch(tmp_path: Path) -> None:
    for name in ("first", "second"):
        photograph(tmp_path / f"{name}.png")
        assert packshot("run", "optimize", f"{name}.png", "-o", "out/", folder=tmp_path).code == 0
    page = (tmp_path / "out/index.html").read_text()
    assert "second.png</h3>" in page
    assert "first.png</h3>" in page
    assert "Done before, by optimize" in page
    assert "1 picture: 1 done; 1 from before" in page
