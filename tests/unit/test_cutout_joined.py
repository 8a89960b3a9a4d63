"""How the embedded cutout weighs what the network says; the network's words are put into its mouth here."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from packshot.image import Alpha, Box, Image, Plane
from packshot.models.embedded import EmbeddedCutout
from packshot.models.network import looking, weights
from packshot.ports import Hints


@pytest.fixture
def two_things() -> tuple[Image, Alpha, Alpha]:
    """A large dark disc and a small red one on grained grey paper, and their alphas."""
    rgb = np.full((300, 400, 3), 210, np.uint8)
    large, small = np.zeros((2, 300, 400), np.uint8)
    cv2.circle(large, (180, 150), 80, 255, -1)
    cv2.circle(small, (340, 60), 30, 255, -1)
    rgb[large > 0] = (40, 50, 60)
    rgb[small > 0] = (180, 50, 40)
    grain = np.random.default_rng(5).normal(0, 1.5, rgb.shape)
    return Image(np.clip(rgb + grain, 0, 255).astype(np.uint8)), large, small


def says(monkeypatch: pytest.MonkeyPatch, alpha: Alpha, trust: float) -> None:
    plane = cv2.resize(alpha.astype(np.float32) / 255, (160, 160), interpolation=cv2.INTER_AREA)
    whole = Box(0, 0, alpha.shape[1], alpha.shape[0])
    sight = looking.Sight(np.asarray(plane, np.float32), trust, whole)
    monkeypatch.setattr(looking, "whole", lambda rgb, **_: sight)


def overlap(first: Alpha, second: Alpha) -> float:
    a, b = first > 127, second > 127
    return float((a & b).sum() / (a | b).sum())


def test_what_both_see_is_trusted_more_than_what_the_network_does_not_see(
    two_things: tuple[Image, Alpha, Alpha], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, large, _ = two_things
    found = EmbeddedCutout(network=False).cutout(picture)
    says(monkeypatch, found.alpha, 0.95)
    agreed = EmbeddedCutout().cutout(picture)
    says(monkeypatch, np.zeros_like(large), 0.5)
    alone = EmbeddedCutout().cutout(picture)
    assert np.array_equal(agreed.alpha, found.alpha)
    assert np.array_equal(alone.alpha, found.alpha)
    assert agreed.confidence == found.confidence
    assert alone.confidence < 0.6 * agreed.confidence
    assert "the network sees something else" in alone.reasons


def test_where_the_network_is_sure_of_something_else_its_answer_is_taken_and_doubted(
    two_things: tuple[Image, Alpha, Alpha], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, _, small = two_things
    says(monkeypatch, small, 0.9)
    matte = EmbeddedCutout().cutout(picture)
    assert overlap(matte.alpha, small) > 0.9
    assert matte.confidence < 0.5


def test_a_network_that_doubts_itself_overrules_nobody(
    two_things: tuple[Image, Alpha, Alpha], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, _, small = two_things
    before = EmbeddedCutout(network=False).cutout(picture)
    says(monkeypatch, small, 0.3)
    assert np.array_equal(EmbeddedCutout().cutout(picture).alpha, before.alpha)


def test_before_an_even_ground_without_anything_else_only_a_sure_network_overrules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rgb = np.full((300, 400, 3), 210, np.uint8)
    cv2.circle(rgb, (200, 150), 90, (190, 190, 188), -1)  # of little contrast, so the network is asked
    part = np.zeros((300, 400), np.uint8)
    cv2.circle(part, (200, 190), 40, 255, -1)
    picture = Image(np.clip(rgb + np.random.default_rng(5).normal(0, 1, rgb.shape), 0, 255).astype(np.uint8))
    before = EmbeddedCutout(network=False).cutout(picture)
    says(monkeypatch, part, 0.6)
    assert np.array_equal(EmbeddedCutout().cutout(picture).alpha, before.alpha)
    says(monkeypatch, part, 0.95)
    assert overlap(EmbeddedCutout().cutout(picture).alpha, before.alpha) < 0.9


def test_a_product_that_the_frame_cuts_off_stands_alone_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb = np.full((300, 400, 3), 210, np.uint8)
    rgb[140:, 120:300] = (60, 110, 70)
    part = np.zeros((300, 400), np.uint8)
    part[140:200, 120:300] = 255
    picture = Image(np.clip(rgb + np.random.default_rng(5).normal(0, 1, rgb.shape), 0, 255).astype(np.uint8))
    before = EmbeddedCutout(network=False).cutout(picture)
    says(monkeypatch, part, 0.6)
    assert np.array_equal(EmbeddedCutout().cutout(picture).alpha, before.alpha)
    assert overlap(before.alpha, np.where(rgb[..., 0] < 100, np.uint8(255), np.uint8(0))) > 0.97


def test_one_look_is_enough_where_the_network_sees_what_was_found(
    two_things: tuple[Image, Alpha, Alpha], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, _, other = two_things
    found = EmbeddedCutout(network=False).cutout(picture).alpha
    assert looks_of_a_network_that_sees(found, picture, monkeypatch) == 1
    assert looks_of_a_network_that_sees(other, picture, monkeypatch) == 2


def looks_of_a_network_that_sees(alpha: Alpha, picture: Image, monkeypatch: pytest.MonkeyPatch) -> int:
    """And is not sure of it."""
    plane = np.asarray(cv2.resize(alpha.astype(np.float32) / 255, (160, 160)), np.float32)
    looks = []

    def answer(photo: NDArray[np.float32]) -> tuple[Plane, float]:
        looks.append(photo.shape)
        return plane, 0.6

    monkeypatch.setattr(weights, "answer", answer)
    EmbeddedCutout().cutout(picture)
    return len(looks)


def test_nobody_asks_the_network_where_a_person_has_drawn_a_box(
    two_things: tuple[Image, Alpha, Alpha], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, large, small = two_things
    says(monkeypatch, large, 1.0)
    matte = EmbeddedCutout().cutout(picture, Hints(box=Box(300, 20, 380, 100)))
    assert overlap(matte.alpha, small) > 0.9


def test_a_steep_shadow_at_the_foot_goes_where_the_network_sees_no_product(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = np.zeros((600, 800), np.uint8)
    cv2.rectangle(truth, (300, 150), (500, 420), 255, -1)
    shadow = np.zeros((600, 800), np.float32)
    cv2.ellipse(shadow, (400, 424), (130, 18), 0, 0, 360, 0.85, -1)
    light = 1 - cv2.GaussianBlur(shadow, (0, 0), 8)[..., None]
    grain = np.random.default_rng(6).normal(0, 1.2, (600, 800, 3))
    rgb = np.clip(np.where(truth[..., None] > 0, (60, 110, 70), 200 * light**0.45) + grain, 0, 255).astype(np.uint8)
    picture = Image(rgb)
    kept = EmbeddedCutout(network=False).cutout(picture).alpha
    says(monkeypatch, truth, 0.95)
    peeled = EmbeddedCutout().cutout(picture).alpha
    says(monkeypatch, kept, 0.95)
    insisted = EmbeddedCutout().cutout(picture).alpha
    left = (peeled[424:] > 127).sum()
    assert (kept[424:] > 127).sum() > 1000
    assert left < 0.1 * (kept[424:] > 127).sum()
    assert overlap(peeled, truth) > overlap(kept, truth)
    assert np.array_equal(insisted, kept)
