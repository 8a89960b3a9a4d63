"""Pieces that only the network or only colour and light see, decided at the picture's edges."""

import cv2
import numpy as np

from packshot.image import Plane, Rgb
from packshot.models.embedded.joining import disputed, mended
from packshot.models.embedded.regions import Mask


def scene() -> tuple[Rgb, Mask]:
    """A dark block with a white cap, before white paper: the cap is a faint grey line away from the paper."""
    rgb = np.full((240, 320, 3), 244, np.uint8)
    cv2.rectangle(rgb, (110, 110), (210, 200), (60, 70, 90), -1)
    cv2.rectangle(rgb, (110, 50), (210, 109), (238, 238, 236), -1)
    whole = np.zeros((240, 320), np.uint8)
    whole[50:201, 110:211] = 1
    return rgb, whole


def overlap(first: Mask, second: Mask) -> float:
    return float((first & second).sum() / (first | second).sum())


def sight(mask: Mask) -> Plane:
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 2), np.float32)


def test_a_white_cap_before_white_paper_comes_back_with_an_outline_of_its_own() -> None:
    rgb, whole = scene()
    found = whole.copy()
    found[:110] = 0
    better, zone = mended(rgb, found, sight(whole), even=True)
    assert overlap(better, whole) > 0.97 > overlap(found, whole)
    assert zone.any()


def test_before_a_ground_that_is_not_even_nothing_is_added() -> None:
    rgb, whole = scene()
    found = whole.copy()
    found[:110] = 0
    better, zone = mended(rgb, found, sight(whole), even=False)
    assert np.array_equal(better, found)
    assert not zone.any()


def test_a_hole_stays_open_though_the_network_fills_it() -> None:
    rgb, whole = scene()
    found = whole.copy()
    rgb[130:170, 140:180] = 244
    found[130:170, 140:180] = 0
    better, _ = mended(rgb, found, sight(whole), even=True)
    assert better[150, 160] == 0


def test_a_thing_beside_the_product_is_dropped_where_the_network_sees_none() -> None:
    rgb, whole = scene()
    rgb[140:201, 225:290] = (120, 60, 40)
    rgb[190:201, 211:225] = (100, 65, 60)
    found = whole.copy()
    found[140:201, 225:290] = 1
    found[190:201, 211:225] = 1
    better, _ = mended(rgb, found, sight(whole), even=False)
    assert better[170, 260] == 0
    assert overlap(better, whole) > 0.95


def test_the_network_cuts_no_hole_into_a_product() -> None:
    rgb, whole = scene()
    doubtful = whole.copy()
    doubtful[130:170, 140:180] = 0
    better, _ = mended(rgb, whole, sight(doubtful), even=True)
    assert np.array_equal(better, whole)


def test_where_both_see_the_same_thing_its_outline_stays_to_the_pixel() -> None:
    rgb, whole = scene()
    rough = np.asarray(cv2.dilate(whole, np.ones((3, 3), np.uint8)), np.uint8)
    better, zone = mended(rgb, whole, sight(rough), even=True)
    assert np.array_equal(better, whole)
    assert not zone.any()


def test_a_hole_that_the_network_fills_and_a_piece_that_it_does_not_see_are_in_dispute() -> None:
    _, whole = scene()
    torn, more = whole.copy(), whole.copy()
    torn[130:170, 140:180] = 0
    more[140:201, 225:290] = 1
    assert disputed(torn, sight(whole)) > 0.08
    assert disputed(more, sight(whole)) > 0.15
    assert disputed(whole, sight(whole)) < 0.005
