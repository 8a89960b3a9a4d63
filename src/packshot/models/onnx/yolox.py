"""YOLOX: boxes of the kinds of things that it learnt, and no others.

In: blue, green, red, 0..255, fitted into the upper left of a square that is grey 114 beyond. Out: (1, n, 5 + kinds):
centre and size on grids of 8, 16 and 32 pixels, the chance that there is a thing, and of each kind. The sums are those
of the authors' demo.
"""

from functools import cached_property
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.errors import ModelRefused
from packshot.image import Box, Image, Rgb
from packshot.models.onnx.layout import Layout, unlike
from packshot.models.onnx.names import COCO
from packshot.models.weights.card import Kind
from packshot.ports import Detection

_STRIDES = (8, 16, 32)
_GREY = 114
_SCORE = 0.3  # below it the authors' demo shows nothing
_OVERLAP = 0.45  # of two boxes, over which the surer one stands for both


class Yolox(Layout):
    kind: ClassVar[Kind] = "detector"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What it knows, in the network's order."""
        said = self.option("classes", "coco")
        return COCO if said == "coco" else tuple(str(name).lower() for name in said)

    def misfits(self) -> list[str]:
        network = self.network()
        if len(network.inputs) != 1:
            return [f"it takes {len(network.inputs)} inputs instead of a picture"]
        taken = unlike(network.inputs[0], (1, 3, None, None), exact=(1,))
        if taken or None in network.inputs[0].shape[2:]:
            return [taken or f"{network.inputs[0]} should have a size of its own"]
        side = network.inputs[0].shape[2:]
        cells = sum((int(side[0] or 0) // stride) * (int(side[1] or 0) // stride) for stride in _STRIDES)
        given = unlike(network.outputs[0], (1, cells, 5 + len(self.names)), exact=(1, 2))
        return [given] if given else []

    def find(self, phrase: str, image: Image) -> list[Detection]:
        wanted = self._kinds(phrase)
        boxes, kinds, scores = self._seen(image.rgb)
        threshold = float(self.option("score", _SCORE))
        found = [
            Detection(_box(boxes[place], image.size), phrase, float(min(1.0, scores[place])))
            for place in kept(boxes, scores, threshold)
            if kinds[place] in wanted
        ]
        return [each for each in found if each.box.width > 0 and each.box.height > 0]

    def _kinds(self, phrase: str) -> set[int]:
        """Which kinds a phrase means: those called so, or whose last word it is, as table of dining table."""
        asked = " ".join(phrase.lower().split())
        for words in (asked, asked.removesuffix("s"), asked.removesuffix("es")):
            found = {number for number, name in enumerate(self.names) if words in (name, name.split()[-1])}
            if words and found:
                return found
        raise ModelRefused(
            f"{self._card.name} has not learnt what '{phrase}' is; it knows {len(self.names)} kinds of things",
            hint=f"ask for one of them ({', '.join(self.names[:8])}, ...), or name a detector that reads phrases",
        )

    def _seen(self, rgb: Rgb) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
        """Boxes (n, 4) left, top, right, bottom in pixels of the picture, the kind of each and its score."""
        network = self.network()
        height, width = (int(side or 0) for side in network.inputs[0].shape[2:])
        scale = min(height / rgb.shape[0], width / rgb.shape[1])
        size = max(1, int(rgb.shape[1] * scale)), max(1, int(rgb.shape[0] * scale))
        shown = np.full((height, width, 3), _GREY, np.uint8)
        shown[: size[1], : size[0]] = cv2.resize(rgb, size, interpolation=cv2.INTER_LINEAR)
        told = network.run(shown[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32))[0][0]
        boxes = on_the_grid(told, (height, width)) / np.float32(scale)
        chances = told[:, 4:5] * told[:, 5:]
        return boxes, chances.argmax(axis=1), chances.max(axis=1)


def on_the_grid(told: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """(n, 4) left, top, right, bottom in pixels of the square, of `size` (height, width)."""
    grids, strides = [], []
    for stride in _STRIDES:
        rows, columns = size[0] // stride, size[1] // stride
        x, y = np.meshgrid(np.arange(columns), np.arange(rows))
        grids.append(np.stack([x, y], axis=-1).reshape(-1, 2))
        strides.append(np.full((rows * columns, 1), stride))
    cell = np.concatenate(strides).astype(np.float32)
    centre = (told[:, :2] + np.concatenate(grids)) * cell
    half = np.exp(np.minimum(told[:, 2:4], 20)) * cell / 2
    return np.asarray(np.concatenate([centre - half, centre + half], axis=1), np.float32)


def kept(boxes: NDArray[np.float32], scores: NDArray[np.float32], threshold: float) -> list[int]:
    """Places of the boxes over `threshold`, surest first, without those that a surer one covers."""
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] > threshold]
    area = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0) + 1, axis=1)
    found: list[int] = []
    while order.size:
        first, rest = order[0], order[1:]
        found.append(int(first))
        corner = np.minimum(boxes[first, 2:], boxes[rest, 2:]) - np.maximum(boxes[first, :2], boxes[rest, :2])
        shared = np.prod(np.maximum(corner + 1, 0), axis=1)
        order = rest[shared / (area[first] + area[rest] - shared) <= _OVERLAP]
    return found


def _box(corners: NDArray[np.float32], size: tuple[int, int]) -> Box:
    width, height = size
    left, top, right, bottom = (float(value) for value in corners)
    return Box(
        max(0, int(np.floor(left))),
        max(0, int(np.floor(top))),
        min(width, int(np.ceil(right))),
        min(height, int(np.ceil(bottom))),
    )
