"""`packshot explain`, `replay` and `certify`, and `--max-edit`, as commands."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from shell import Said, packshot, photograph


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photographs, made with a strict recipe and with the usual one."""
    folder = tmp_path_factory.mktemp("shop")
    photograph(folder / "photos" / "mug.png")
    photograph(folder / "photos" / "cup.png")
    packshot("run", "strict-white", "photos", "-o", "strict", "--no-contact-sheet", folder=folder)
    packshot("run", "marketplace-white", "photos/mug.png", "-o", "usual", "--no-contact-sheet", folder=folder)
    return folder


def lines(said: Said) -> list[dict[str, object]]:
    return [json.loads(line) for line in said.out.splitlines()]


def test_a_folder_of_results_is_replayed_and_proven(shop: Path) -> None:
    said = packshot("replay", "strict", "usual", folder=shop)

    assert said.code == 0, said.err
    assert said.out.count("byte-identical") == 3


def test_results_are_certified_from_their_files(shop: Path) -> None:
    said = packshot("certify", "strict", "usual/mug.jpg", folder=shop)

    assert said.code == 0, said.err
    assert said.out.count(": identical\n") == 2
    assert "100 % of" in said.out
    assert ": photometric\n" in said.out


def test_one_retouched_picture_is_named_and_the_others_are_still_certified(shop: Path, tmp_path: Path) -> None:
    for path in (shop / "strict").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    pixels = np.array(Pillow.open(tmp_path / "cup.png"))
    middle = pixels.shape[0] // 2, pixels.shape[1] // 2 - 20
    pixels[middle] += 1
    Pillow.fromarray(pixels).save(tmp_path / "cup.png")

    said = packshot("certify", tmp_path, "--photo", shop / "photos", "--json", folder=tmp_path)

    assert said.code == 3
    cup, mug = lines(said)
    assert (cup["picture"], cup["holds"], mug["holds"]) == ("cup.png", False, True)
    assert cup["certificate"]["altered"] == [middle[1], middle[0], middle[1] + 1, middle[0] + 1]  # type: ignore[index]
    assert packshot("replay", tmp_path, "--photo", shop / "photos", folder=tmp_path).code == 3


def test_a_photograph_that_is_not_there_is_asked_for(shop: Path, tmp_path: Path) -> None:
    said = packshot("replay", shop / "strict" / "mug.png.json", folder=tmp_path)

    assert said.code == 2
    assert "--photo" in said.err


def test_one_bad_receipt_never_stops_the_rest(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}")
    for command in ("replay", "certify"):
        said = packshot(command, tmp_path / "bad.json", shop / "strict", "--photo", "photos", folder=shop)
        assert said.code == 3
        assert "bad.json" in said.err
        assert said.out.count("identical\n") == 2
    assert packshot("replay", tmp_path / "bad.json", folder=shop).code == 2


def test_what_came_out_can_be_kept(shop: Path, tmp_path: Path) -> None:
    said = packshot("replay", "strict/mug.png.json", "-o", tmp_path / "again.png", folder=shop)

    assert said.code == 0
    assert (tmp_path / "again.png").read_bytes() == (shop / "strict" / "mug.png").read_bytes()
    assert packshot("replay", "strict", "-o", tmp_path / "x.png", folder=shop).code == 2


def test_a_picture_is_explained_in_words_and_as_data(shop: Path) -> None:
    said = packshot("explain", "usual/mug.jpg", folder=shop)

    assert said.code == 0
    assert said.out.startswith("usual/mug.jpg\n\nWhat came in\n  mug.png, a PNG of 900 x 700 pixels")
    assert "  1. Cut the product out" in said.out
    assert max(map(len, said.out.splitlines())) <= 100
    as_data = lines(packshot("explain", "usual", "--json", folder=shop))
    assert as_data[0]["receipt"] == "usual/mug.jpg.json"


def test_a_receipt_cannot_write_to_the_terminal(shop: Path, tmp_path: Path) -> None:
    text = (shop / "usual" / "mug.jpg.json").read_text().replace('"mug.png"', '"\\u001b[2Jgone.png"')
    (tmp_path / "mug.jpg.json").write_text(text)

    for command in ("explain", "replay", "certify"):
        said = packshot(command, "mug.jpg.json", folder=tmp_path)
        assert "\x1b" not in said.out + said.err


def test_a_recipe_that_does_more_than_is_allowed_is_refused_before_anything_is_done(shop: Path) -> None:
    said = packshot("run", "marketplace-white", "photos", "-o", "out", "--max-edit", "edge-only", folder=shop)

    assert said.code == 2
    assert "step 2 of 7 of marketplace-white, tone, is photometric" in said.err
    assert "use one of" in said.err
    assert "strict-white" in said.err
    assert not (shop / "out").exists()
    allowed = packshot("run", "strict-white", "photos/mug.png", "-o", "m.png", "--max-edit", "edge-only", folder=shop)
    assert allowed.code == 0
