"""Every form in which Gemini was seen to answer with a mask, and every one that is none."""

import base64
import json
from typing import Any

import gemini_wire
import numpy as np
import pytest
from drawn import grey_png, photo, png
from server import Server

from doors import DOORS, opened
from packshot.errors import ModelError
from packshot.image import Box
from packshot.models.hosted.gemini_masks import segments
from packshot.ports import Hints

BOX = [100, 200, 600, 700]  # ymin, xmin, ymax, xmax, of 1000
SIZE = (200, 100)  # the box is 40..140 across and 10..60 down
LEFT = np.repeat([[255] * 32 + [0] * 32], 64, 0).astype(np.uint8)  # the left half of the box
LEFT_PNG = base64.b64encode(grey_png(LEFT)).decode()
TOKENS = "".join(f"<seg_{byte}>" for byte in np.packbits(LEFT > 0))
TRIANGLE = [[100, 200], [600, 200], [600, 700]]  # y before x: lower left half of the box


def alpha_of(mask: Any, **more: Any) -> np.ndarray[Any, np.dtype[np.uint8]]:
    (found,) = segments([{"box_2d": BOX, "mask": mask, "label": "cup", **more}], SIZE)
    return found.alpha


@pytest.mark.parametrize(
    "mask",
    [
        f"data:image/png;base64,{LEFT_PNG}",
        f"data:image/png;base64, {LEFT_PNG[:60]}\n{LEFT_PNG[60:]}",
        LEFT_PNG,
        TOKENS,
        f"<start_of_mask>{TOKENS}<end_of_mask>",
        " ".join(TOKENS.replace("><", "> <").split()),
        (LEFT > 0).astype(int).tolist(),
        {"mask": LEFT_PNG},
    ],
    ids=[
        "data-uri",
        "data-uri-broken-over-lines",
        "bare",
        "tokens",
        "framed-tokens",
        "spaced-tokens",
        "rows",
        "nested",
    ],
)
def test_the_left_half_of_the_box_is_found_in_every_form(mask: Any) -> None:
    alpha = alpha_of(mask)
    wanted = np.zeros((100, 200), np.uint8)
    wanted[10:60, 40:90] = 255
    assert (alpha != wanted).sum() <= 2 * 50  # a column or two at the seam
    assert alpha[:, :40].max() == alpha[:, 140:].max() == 0


@pytest.mark.parametrize(
    "entry",
    [
        {"mask": TRIANGLE},
        {"polygon": TRIANGLE},
        {"mask": [TRIANGLE]},
        {"mask": [side for point in TRIANGLE for side in point]},
        {"mask": [{"y": y, "x": x} for y, x in TRIANGLE]},
        {"mask": [[x, y] for y, x in TRIANGLE]},  # the other way round: its own box says so
        {"segmentation": {"polygon": TRIANGLE}},
    ],
    ids=["pairs", "by-its-name", "one-of-several", "flat", "named", "x-first", "nested"],
)
def test_a_polygon_is_found_in_every_form(entry: dict[str, Any]) -> None:
    (found,) = segments([{"box_2d": BOX, **entry}], SIZE)
    assert found.form == "polygon"
    assert found.alpha[55, 60] == 255  # lower left
    assert found.alpha[15, 120] == 0  # upper right
    # Half of 100 times 50, and half a pixel more along an outline of 262.
    assert abs(int((found.alpha > 0).sum()) - 2500 - 131) < 50


@pytest.mark.parametrize("key", ["masks", "segments", "objects"])
def test_a_list_may_come_under_a_name(key: str) -> None:
    assert len(segments({key: [{"box_2d": BOX, "mask": LEFT_PNG}] * 2}, SIZE)) == 2


def test_nothing_found_is_an_empty_list() -> None:
    assert segments([], SIZE) == []


@pytest.mark.parametrize(
    ("mask", "told"),
    [
        ("".join(f"<seg_{n}>" for n in (35, 65, 4, 66, 3, 94, 77, 34, 42, 51, 27, 3, 73, 50, 42, 22)), "codebook"),
        ("<seg_1><seg_2>", "2 mask tokens"),
        ("<seg_999>" * 512, "mask tokens"),
        ("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAASAAAAG4CAYAAAB3" + "Pj4+Pj4+" * 500, "no picture"),
        ("iVBORw0KGgoAAAANSUhEUgAAASAAAAG4CAYAAAB3Pj4+P", "base64 that breaks off|no picture"),
        (LEFT_PNG[: len(LEFT_PNG) // 2 // 4 * 4], "no picture"),
        ("a cup, left of the middle", "begins with"),
        ("", "no mask"),
        (None, "no mask"),
        (7, "no mask"),
        ([[1, 2]], "polygon"),
        ([[-400, 200], [600, 200], [600, 700]], "outside"),
        ([1, 2, 3], "half a point"),
        ([["a", "b"], ["c", "d"], ["e", "f"]], "points that are none"),
        ({"size": [64, 64], "counts": "abc"}, "no mask"),
    ],
)
def test_what_is_no_mask_is_an_error_that_says_so(mask: Any, told: str) -> None:
    with pytest.raises(ModelError, match=told):
        alpha_of(mask)


@pytest.mark.parametrize("box", [None, [1, 2, 3], [500, 500, 500, 500], ["a", "b", "c", "d"], "whole"])
def test_a_bitmap_without_a_sound_box_is_an_error(box: Any) -> None:
    with pytest.raises(ModelError, match="box"):
        segments([{"box_2d": box, "mask": LEFT_PNG}], SIZE)


def test_a_mask_that_claims_to_be_huge_is_not_unpacked() -> None:
    bomb = base64.b64encode(png(9000, 9000)).decode()
    with pytest.raises(ModelError, match="9000x9000"):
        alpha_of(bomb)


def _cutout(entries: Any, hints: Hints = Hints()) -> Any:  # noqa: B008 - frozen
    with Server(gemini_wire.masks(entries)) as server:
        door = next(door for door in DOORS if door.name == "gemini-cutout")
        return opened(door, server.address).model.cutout(photo(*SIZE), hints)


SMALL = {"box_2d": [0, 0, 200, 100], "mask": LEFT_PNG, "label": "lid"}
LARGE = {"box_2d": BOX, "mask": f"data:image/png;base64,{LEFT_PNG}", "label": "cup"}


def test_the_largest_thing_is_cut_out_and_never_called_sure() -> None:
    matte = _cutout([SMALL, LARGE])
    assert matte.alpha[30, 60] == 255
    assert matte.alpha[5, 5] == 0
    assert matte.confidence <= 0.7
    assert "as a PNG" in matte.reasons[0]


def test_a_person_who_points_at_another_thing_gets_that() -> None:
    for hints in (Hints(box=Box(0, 0, 20, 20)), Hints(point=(3, 10))):
        matte = _cutout([SMALL, LARGE], hints)
        assert matte.alpha[10, 3] == 255
        assert matte.alpha[30, 60] == 0


def test_where_gemini_finds_nothing_the_cutout_abstains() -> None:
    matte = _cutout([])
    assert not matte.alpha.any()
    assert matte.confidence == 0


def test_an_answer_that_never_ends_is_an_error_and_is_not_kept() -> None:
    endless = '[{"box_2d": [100, 200, 600, 700], "mask": "data:image/png;base64,iVBORw0KGgo' + "Pj4+" * 2000
    with Server(lambda asked: gemini_wire.said(endless, "MAX_TOKENS")) as server:
        door = next(door for door in DOORS if door.name == "gemini-cutout")
        found = opened(door, server.address)
        with pytest.raises(ModelError, match="answer without end"):
            found.model.cutout(photo())
        assert len(server.asked) == 1
        assert [call.settled for call in found.ledger.calls()] == [True]


def test_json_without_a_fence_is_read_too() -> None:
    with Server(gemini_wire.saying(json.dumps([LARGE]))) as server:
        door = next(door for door in DOORS if door.name == "gemini-cutout")
        assert opened(door, server.address).model.cutout(photo(*SIZE)).alpha.any()
