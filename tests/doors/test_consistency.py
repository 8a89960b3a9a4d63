"""`packshot consistency`: who stands out in a folder, and what making it again cures."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from shell import mug, packshot, photograph

from packshot.image import Rgb


def mugs(folder: Path) -> None:
    for number in range(4):
        photograph(folder / f"photos/mug-{number}.png", mug((900 + 8 * number, 700)))


def turned(rgb: Rgb, degrees: float) -> Rgb:
    height, width = rgb.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(rgb, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four mugs made alike, and one made smaller by somebody else's settings."""
    folder = tmp_path_factory.mktemp("shop")
    mugs(folder)
    assert packshot("run", "marketplace-white", "photos", "-o", "shop", "--size", "600x600", folder=folder).code == 0
    photograph(folder / "late/odd.png")
    said = packshot(
        "run", "marketplace-white", "late", "-o", "shop", "--size", "600x600", "--padding", "0.25", folder=folder
    )
    assert said.code == 0, said.err
    return folder


def test_the_odd_one_is_named_with_both_figures(shop: Path) -> None:
    said = packshot("consistency", "shop", folder=shop)
    assert said.code == 3
    assert "odd.jpg: the product takes 50% of the frame, the others 85%" in said.out
    assert "mug-" not in said.out


def test_it_is_made_again_from_its_photograph_and_fits_in(shop: Path, tmp_path: Path) -> None:
    said = packshot("consistency", "shop", "--fix", "-o", "alike", "--photo", "late", folder=shop)
    assert said.code == 0, said.err
    assert [path.name for path in sorted((shop / "alike").iterdir())] == ["odd.jpg", "odd.jpg.json"]
    shutil.copytree(shop / "shop", tmp_path / "shop")
    shutil.copytree(shop / "alike", tmp_path / "shop", dirs_exist_ok=True)
    again = packshot("consistency", "shop", "--json", folder=tmp_path)
    assert again.code == 0, again.out
    assert again.json[0]["score"] > 99


def test_a_tilted_one_is_set_upright(tmp_path: Path) -> None:
    mugs(tmp_path)
    photograph(tmp_path / "photos/tilted.png", turned(mug(), 5))
    packshot("run", "marketplace-white", "photos", "-o", "shop", "--size", "600x600", folder=tmp_path)
    said = packshot("consistency", "shop", "--fix", "-o", "alike", "--json", folder=tmp_path)
    assert {outlier["trait"] for outlier in said.json[0]["outliers"]} >= {"tilt"}
    fixed = {one["picture"]: one for one in said.json[0]["fixed"]}
    assert "tilt" in fixed["tilted.jpg"]["cured"]


def test_without_photograph_or_receipt_it_says_so_and_goes_on(shop: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    for path in sorted((shop / "shop").iterdir()):
        if path.suffix in (".jpg", ".json") and path.name != "odd.jpg.json":
            (folder / path.name).write_bytes(path.read_bytes())
    (folder / "broken.jpg").write_bytes(b"\xff\xd8 no more")
    said = packshot("consistency", "shop", "--fix", "-o", "alike", folder=tmp_path)
    assert said.code == 3
    assert "error: there is no receipt at" in said.err
    assert "where: broken.jpg" in said.err
    (folder / "odd.jpg.json").write_bytes((shop / "shop/odd.jpg.json").read_bytes())
    said = packshot("consistency", "shop", "--fix", "-o", "alike", folder=tmp_path)
    assert said.code == 3
    assert "the photograph odd.png that this was made from is neither beside the receipt nor here" in said.err
    assert "--photo" in said.err


def test_bad_use_is_told(tmp_path: Path) -> None:
    photograph(tmp_path / "in/mug.png")
    assert packshot("consistency", "in", "--fix", folder=tmp_path).code == 2
    assert packshot("consistency", "gone", folder=tmp_path).code == 2
    assert "too few to compare" in packshot("consistency", "in", folder=tmp_path).out
