"""`packshot place` as one types it."""

import json
from pathlib import Path

import cv2
import numpy as np
from shell import packshot, photograph

from scenes_drawn import table_before_wall


def test_a_product_comes_in_every_format_with_its_receipt(tmp_path: Path) -> None:
    photograph(tmp_path / "mug.jpg")
    photograph(tmp_path / "kitchen.jpg", np.ascontiguousarray(table_before_wall((400, 300)).rgb[..., ::-1]))
    said = packshot(
        "place",
        "mug.jpg",
        "--background",
        "kitchen.jpg",
        "--formats",
        "1:1,4:5",
        "--longest",
        "300",
        "-o",
        "ads",
        folder=tmp_path,
    )
    assert said.code == 0, said.err
    picture = cv2.imread(str(tmp_path / "ads" / "mug-1-4x5.jpg"))
    assert picture is not None
    assert picture.shape == (300, 240, 3)
    receipt = json.loads((tmp_path / "ads" / "mug-1-1x1.jpg.json").read_text())
    assert receipt["output"]["name"] == "mug-1-1x1.jpg"
    assert receipt["certificate"]["verdict"] == "resampled"
    assert (tmp_path / "ads" / "contact-sheet.jpg").is_file()


def test_no_place_and_two_places_are_refused_with_the_way_out(tmp_path: Path) -> None:
    photograph(tmp_path / "mug.jpg")
    for words in ([], ["--set", "desk", "--scene", "a desk"]):
        said = packshot("place", "mug.jpg", *words, "-o", "ads", folder=tmp_path)
        assert said.code == 2
        assert "give --scene, --set or --background" in said.err


def test_a_photograph_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mug.jpg").write_bytes(b"no picture")
    assert packshot("place", "mug.jpg", "--set", "desk", "-o", "ads", folder=tmp_path).code == 2
