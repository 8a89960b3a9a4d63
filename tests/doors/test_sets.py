"""`packshot sets`: which places there are, and a sheet of them."""

from pathlib import Path

import cv2
import numpy as np
from shell import packshot

from packshot.studio.sets import named, names


def test_every_set_is_listed_with_its_looks(tmp_path: Path) -> None:
    said = packshot("sets", folder=tmp_path)

    assert said.code == 0
    for name in names():
        assert name in said.out
        assert ", ".join(named(name).looks) in said.out


def test_a_sheet_shows_every_look_with_the_product(tmp_path: Path) -> None:
    cut = np.zeros((90, 60, 4), np.uint8)
    cut[10:80, 15:45] = (40, 60, 200, 255)
    cv2.imwrite(str(tmp_path / "jar.png"), cut)

    said = packshot("sets", "jar.png", "-o", "sheet", "--only", "sweep", "--side", "96", folder=tmp_path)

    assert said.code == 0, said.err
    page = (tmp_path / "sheet" / "index.html").read_text()
    for look in named("sweep").looks:
        picture = cv2.imread(str(tmp_path / "sheet" / "sets" / f"sweep-{look}.jpg"))
        assert f"sets/sweep-{look}.jpg" in page
        assert picture is not None
        assert picture.shape == (96, 96, 3)
        blue, _, red = picture[44:52, 44:52].mean((0, 1))
        assert red > blue + 60  # the jar, in the middle
    assert (tmp_path / "sheet" / "sets.jpg").stat().st_size > 1000


def test_a_sheet_without_a_product_shows_the_sets_empty(tmp_path: Path) -> None:
    said = packshot("sets", "-o", "sheet", "--only", "podium", "--side", "80", folder=tmp_path)

    assert said.code == 0, said.err
    assert len(list((tmp_path / "sheet" / "sets").iterdir())) == len(named("podium").looks)


def test_a_product_without_a_folder_is_told_where_to_go(tmp_path: Path) -> None:
    said = packshot("sets", "jar.png", folder=tmp_path)

    assert said.code == 2
    assert "-o" in said.err


def test_an_unknown_set_is_answered_with_the_nearest(tmp_path: Path) -> None:
    said = packshot("sets", "--only", "podum", folder=tmp_path)

    assert said.code == 2
    assert "podium" in said.err


def test_a_look_that_is_not_there_is_told_once_before_any_picture(tmp_path: Path) -> None:
    for name in ("one.jpg", "two.jpg"):
        cv2.imwrite(str(tmp_path / name), np.full((60, 60, 3), 200, np.uint8))

    said = packshot("run", "studio", "one.jpg", "two.jpg", "-o", "out", "--set", "scene.look=sagee", folder=tmp_path)

    assert said.code == 2
    assert "did you mean 'sage'?" in said.err
    assert said.err.count("no look of the set") == 1
    assert not (tmp_path / "out").exists()
