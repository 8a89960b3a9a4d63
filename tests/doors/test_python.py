"""The Python door: read, run, write."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from shell import mug, photograph
from shell import packshot as command_line

import packshot
from packshot.errors import InputError, RecipeError, TargetSizeUnreachable, UnreadableImage
from packshot.recipe import Encoding


def test_the_three_lines_of_the_readme_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photograph(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    photo = packshot.read("photo.jpg")
    packshot.write(packshot.run("marketplace-white", photo), "packshot.jpg")
    with Pillow.open("packshot.jpg") as picture:
        assert picture.size == (2000, 2000)


def test_a_rendition_tells_how_sure_it_is_and_what_was_done(tmp_path: Path) -> None:
    made = packshot.run("marketplace-white", packshot.read(photograph(tmp_path / "mug.png")))
    assert made.verdict in ("sure", "doubtful")
    assert made.confidence is not None
    assert [record.op for record in made.records] == [step.op for step in made.recipe.steps]
    assert made.score.total > 0


def test_python_and_the_command_line_make_the_same_bytes(tmp_path: Path) -> None:
    photo = photograph(tmp_path / "mug.png")
    made = packshot.write(packshot.run("marketplace-white", packshot.read(photo)), tmp_path / "python.jpg")
    command_line("run", "marketplace-white", "mug.png", "-o", "shell.jpg", folder=tmp_path)
    assert made.read_bytes() == (tmp_path / "shell.jpg").read_bytes()


def test_bytes_are_read_like_a_file(tmp_path: Path) -> None:
    path = photograph(tmp_path / "mug.png")
    assert np.array_equal(packshot.read(path).rgb, packshot.read(path.read_bytes()).rgb)


def test_parameters_change_by_name() -> None:
    made = packshot.run("sharpen", packshot.Image(mug()), changes={"sharpen.amount": 1.5})
    assert made.records[0].parameters["amount"] == 1.5


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif"])
def test_the_suffix_says_the_format(tmp_path: Path, suffix: str) -> None:
    path = packshot.write(packshot.Image(mug()), tmp_path / f"mug{suffix}")
    with Pillow.open(path) as picture:
        assert picture.format == {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".avif": "AVIF"}[suffix]


def test_what_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    image = packshot.Image(mug())
    with pytest.raises(UnreadableImage, match="is not there"):
        packshot.read(tmp_path / "gone.jpg")
    with pytest.raises(InputError, match="names no format"):
        packshot.write(image, tmp_path / "mug.xyz")
    with pytest.raises(InputError, match="says png, the encoding says jpeg"):
        packshot.write(image, tmp_path / "mug.png", Encoding(format="jpeg"))
    with pytest.raises(RecipeError, match="cannot be transparent"):
        packshot.write(image.with_(alpha=np.zeros((700, 900), np.uint8)), tmp_path / "mug.jpg")


def test_a_budget_that_cannot_be_met_comes_with_the_nearest_bytes(tmp_path: Path) -> None:
    grain = packshot.Image(np.random.default_rng(3).integers(0, 255, (400, 400, 3), np.uint8))
    with pytest.raises(TargetSizeUnreachable) as caught:
        packshot.write(grain, tmp_path / "x.jpg", Encoding(max_kilobytes=5))
    assert len(caught.value.best) > 5000
    assert not (tmp_path / "x.jpg").exists()
