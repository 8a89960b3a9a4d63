"""The cutout network: what ships with it, and that it does what its card says."""

import hashlib
import zipfile
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest

from packshot.errors import PackshotError
from packshot.image import Box, Image
from packshot.models.network import NetworkCutout, looking, weights
from packshot.ports import Hints

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bottle() -> Image:
    """A dark bottle on a light table before a darker wall."""
    rgb = np.full((300, 400, 3), (205, 200, 190), np.uint8)
    rgb[:120] = (120, 125, 130)
    cv2.rectangle(rgb, (165, 110), (235, 260), (40, 70, 45), -1)
    cv2.rectangle(rgb, (185, 60), (215, 110), (40, 70, 45), -1)
    return Image(np.asarray(cv2.GaussianBlur(rgb, (0, 0), 1), np.uint8))


def test_the_weights_are_those_of_the_card_and_small() -> None:
    content = files("packshot.models.network").joinpath("cutout.onnx").read_bytes()
    assert hashlib.sha256(content).hexdigest() == weights.described()["sha256"]
    assert NetworkCutout().card.weights == "sha256:" + weights.described()["sha256"]
    assert len(content) <= 4_000_000


def test_what_the_training_material_asks_for_ships_beside_the_weights() -> None:
    attribution = files("packshot.models.network").joinpath("ATTRIBUTION.md").read_text(encoding="utf-8")
    for name in ("CC-BY-4.0", "Microsoft", "Google", "MIT"):
        assert name in attribution


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "described", lambda: {"sha256": "0" * 64})
    with pytest.raises(PackshotError, match="not those that its card describes"):
        weights._network.__wrapped__()


def test_the_wheel_holds_weights_card_and_attribution(tmp_path: Path) -> None:
    builders = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is not installed here")
    (wheel,) = builders.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    held = set(zipfile.ZipFile(wheel).namelist())
    for name in ("cutout.onnx", "card.json", "CARD.md", "ATTRIBUTION.md"):
        assert f"packshot/models/network/{name}" in held


def test_the_answer_is_that_of_the_network_where_it_was_trained() -> None:
    """A photo of one tone holds nothing, whatever engine runs the network: weights read as zeros would say one half."""
    alpha, trust = weights.answer(
        np.full((4, weights.SIDE, weights.SIDE), 0.5, np.float32) * np.array([1, 1, 1, 0])[:, None, None]
    )
    assert alpha.shape == (weights.SIDE // 2, weights.SIDE // 2)
    assert 0 <= trust <= 1
    assert alpha.mean() < 0.3


def test_the_weights_stay_what_they_are_in_a_busy_memory(bottle: Image) -> None:
    """OpenCV 5 loses the weights of a network that it reads from memory."""
    before = looking.whole(bottle.rgb)
    weights._network.cache_clear()
    junk = [np.full(100_000, 0.5, np.float32) for _ in range(50)]
    after = looking.whole(bottle.rgb)
    assert len(junk) == 50
    assert np.array_equal(before.alpha, after.alpha)
    assert 0.01 < before.trust < 0.999


def test_a_box_says_what_is_meant(bottle: Image) -> None:
    rgb = bottle.rgb.copy()
    cv2.circle(rgb, (330, 220), 35, (170, 60, 30), -1)
    matte = NetworkCutout().cutout(Image(rgb), Hints(box=Box(290, 180, 370, 260)))
    assert matte.alpha[220, 330] > 127
    assert not matte.alpha[:, :270].any()


def test_a_point_keeps_one_region_only(bottle: Image) -> None:
    matte = NetworkCutout().cutout(bottle, Hints(point=(200, 190)))
    count, _ = cv2.connectedComponents((matte.alpha > 127).astype(np.uint8))
    assert matte.alpha[190, 200] > 127
    assert count == 2


def test_a_given_mask_is_taken_as_it_is(bottle: Image) -> None:
    mask = np.zeros((300, 400), np.uint8)
    mask[50:80, 60:90] = 255
    assert np.array_equal(NetworkCutout().cutout(bottle, Hints(mask=mask)).alpha, mask)


def test_a_sight_lies_where_its_view_does(bottle: Image) -> None:
    sight = looking.look(bottle.rgb, Box(100, 40, 300, 290))
    spread = sight.spread(bottle.size)
    assert spread.shape == (300, 400)
    assert not spread[:, :100].any()
    assert not spread[:, 300:].any()
