"""GroundingDINO: boxes of whatever a phrase names.

In: the picture with ImageNet mean and std, and the phrase as small letters with a full stop, in BERT's pieces; every
phrase between full stops reads only itself. Out: for 900 candidates a logit for each of 256 places of the phrase, and
a box as centre and size, 0..1. Two exports are known, the authors' names and those of the transformers library; either
is fed what it asks for by name. It finds things that are not there, with scores that do not tell: see the score.
"""

from functools import cached_property
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.errors import ModelError
from packshot.image import Box, Image, Rgb
from packshot.models.onnx.layout import IMAGENET_MEAN, IMAGENET_STD, Layout, absent, batch, sigmoid
from packshot.models.onnx.wordpiece import WordPiece
from packshot.models.onnx.yolox import kept
from packshot.models.weights.card import Kind
from packshot.ports import Detection

_PICTURE = ("img", "pixel_values")
_BOXES = ("boxes", "pred_boxes")
_SCORE = 0.35  # the authors' threshold of a box
_SHORTER, _LONGER = 800, 1333  # pixels of the sides, where the export leaves the size open
_LONGEST = 256  # pieces of a phrase


class GroundingDino(Layout):
    kind: ClassVar[Kind] = "detector"

    @cached_property
    def _vocabulary(self) -> WordPiece:
        return WordPiece.read(self.file("vocabulary"))

    def misfits(self) -> list[str]:
        network = self.network()
        named = {port.name for port in network.inputs}
        wrong = absent(network.inputs, ["input_ids", "attention_mask"], "input")
        wrong += [] if named & set(_PICTURE) else [f"it has no input called {' or '.join(_PICTURE)}"]
        wrong += absent(network.outputs, ["logits"], "output")
        wrong += [] if self._box_name else [f"it has no output called {' or '.join(_BOXES)}"]
        strange = named - set(self._given(np.zeros((1, 1, 3), np.uint8), [101, 102]))
        return wrong + ([f"it takes {', '.join(sorted(strange))}, which nobody knows"] if strange else [])

    def find(self, phrase: str, image: Image) -> list[Detection]:
        numbers = self._vocabulary.encode(caption(phrase), _LONGEST)
        if self._box_name is None:
            raise ModelError(f"{self._card.name} gives no boxes", hint="packshot models verify")
        shown = self._fitted(image.rgb)
        logits, told = self.network().ask(self._given(shown, numbers), ["logits", self._box_name])
        # The first and the last piece are marks, and so is a full stop: only words count.
        spoken = [place for place, number in enumerate(numbers) if number not in self._marks]
        if not spoken:
            return []
        chances = sigmoid(logits[0][:, spoken])
        boxes = corners(np.asarray(told[0], np.float32), image.size)
        scores = chances.max(axis=1)
        found = kept(boxes, scores, float(self.option("score", _SCORE)))
        return [Detection(_whole(boxes[place], image.size), phrase, float(scores[place])) for place in found]

    @cached_property
    def _marks(self) -> set[int]:
        """[CLS], [SEP], full stop and question mark: what parts one phrase from the next."""
        numbers = self._vocabulary.numbers
        return {numbers[mark] for mark in ("[CLS]", "[SEP]", ".", "?") if mark in numbers}

    @property
    def _box_name(self) -> str | None:
        return next((port.name for port in self.network().outputs if port.name in _BOXES), None)

    def _fitted(self, rgb: Rgb) -> Rgb:
        ports = {port.name: port.shape for port in self.network().inputs}
        shape = next((ports[name] for name in _PICTURE if name in ports), (1, 3, None, None))
        height, width = rgb.shape[:2]
        scale = min(_SHORTER / min(height, width), _LONGER / max(height, width))
        size = shape[3] or max(32, round(width * scale)), shape[2] or max(32, round(height * scale))
        return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_LINEAR), np.uint8)

    def _given(self, rgb: Rgb, numbers: list[int]) -> dict[str, NDArray[Any]]:
        """Everything that one export or the other asks for."""
        picture = batch(rgb, IMAGENET_MEAN, IMAGENET_STD)
        seen, places = apart(numbers, self._marks)
        flat = np.asarray([numbers], np.int64)
        return {
            "img": picture,
            "pixel_values": picture,
            "pixel_mask": np.ones((1, *rgb.shape[:2]), np.int64),
            "input_ids": flat,
            "attention_mask": np.ones_like(flat),
            "token_type_ids": np.zeros_like(flat),
            "position_ids": places[None],
            "text_token_mask": seen[None],
        }


def caption(phrase: str) -> str:
    """Small letters, and a full stop at the end."""
    asked = " ".join(phrase.lower().split()).rstrip(". ")
    return f"{asked}."


def apart(numbers: list[int], marks: set[int]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which piece may read which, (n, n), and the place of each within its own phrase, (n,).

    A phrase is what lies between two marks, with the mark that ends it.
    """
    count = len(numbers)
    seen, places = np.eye(count, dtype=np.bool_), np.zeros(count, np.int64)
    before = 0
    for place, number in enumerate(numbers):
        if number not in marks:
            continue
        if 0 < place < count - 1:
            seen[before + 1 : place + 1, before + 1 : place + 1] = True
            places[before + 1 : place + 1] = np.arange(place - before)
        before = place
    return seen, places


def corners(boxes: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Centre and size, 0..1, as left, top, right, bottom in pixels of a picture of `size` (width, height)."""
    centre, half = boxes[:, :2], boxes[:, 2:] / 2
    return np.asarray(np.concatenate([centre - half, centre + half], axis=1) * np.tile(size, 2), np.float32)


def _whole(found: NDArray[np.float32], size: tuple[int, int]) -> Box:
    left, top, right, bottom = (float(value) for value in found)
    width, height = size
    x, y = min(max(0, int(np.floor(left))), width - 1), min(max(0, int(np.floor(top))), height - 1)
    return Box(x, y, max(x + 1, min(width, int(np.ceil(right)))), max(y + 1, min(height, int(np.ceil(bottom)))))
