"""A cutout is made once for each view and hint, and is the same as without."""

import cv2
import numpy as np

from packshot.image import Box, Image
from packshot.models.library import ModelLibrary
from packshot.models.remembering import RememberingCutout
from packshot.ports import NO_HINTS, Hints, Matte, ModelCard


class Counting:
    """Takes everything for product, and counts how often it is asked."""

    card = ModelCard("counting", "1", "MIT", "counts")

    def __init__(self) -> None:
        self.asked = 0

    def cutout(self, image: Image, hints: Hints = NO_HINTS) -> Matte:
        self.asked += 1
        return Matte(np.full(image.rgb.shape[:2], self.asked, np.uint8), 1.0)


def grey(shade: int, size: tuple[int, int] = (6, 4)) -> Image:
    return Image(np.full((size[1], size[0], 3), shade, np.uint8))


def test_the_same_view_is_cut_out_once_and_another_is_not_taken_for_it() -> None:
    model = Counting()
    kept = RememberingCutout(model, 8)
    assert [int(kept.cutout(grey(shade)).alpha[0, 0]) for shade in (1, 2, 1, 1, 2)] == [1, 2, 1, 1, 2]
    assert int(kept.cutout(grey(1, (4, 6))).alpha[0, 0]) == 3  # the same bytes in another shape
    hints = [
        Hints(box=Box(0, 0, 2, 2)),
        Hints(point=(1, 1)),
        Hints(phrase="mug"),
        Hints(mask=np.ones((4, 6), np.uint8)),
    ]
    assert [int(kept.cutout(grey(1), each).alpha[0, 0]) for each in hints] == [4, 5, 6, 7]
    assert model.asked == 7


def test_the_oldest_is_forgotten() -> None:
    model = Counting()
    kept = RememberingCutout(model, 2)
    for shade in (1, 2, 1, 3, 1, 2):
        kept.cutout(grey(shade))
    assert model.asked == 4  # 2 was forgotten for 3


def test_an_answer_that_was_remembered_is_the_models_own() -> None:
    rgb = np.full((120, 160, 3), 238, np.uint8)
    cv2.rectangle(rgb, (60, 30), (100, 100), (40, 60, 110), -1)
    plain, remembering = ModelLibrary().cutout("embedded"), ModelLibrary(remembered=4).cutout("embedded")
    wanted = plain.cutout(Image(rgb))
    for _ in range(2):
        found = remembering.cutout(Image(rgb))
        assert np.array_equal(found.alpha, wanted.alpha)
        assert found.confidence == wanted.confidence
