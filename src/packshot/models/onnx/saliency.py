"""Networks that give one map of what stands out: U2-Net, IS-Net, BiRefNet.

    layout     side   the picture as it goes in                                what comes out first
    u2net       320   divided by its largest value, ImageNet mean and std      probability
    isnet      1024   divided by its largest value, minus 0.5                  probability
    birefnet   1024   divided by 255, ImageNet mean and std                    logits

Widely used code stretches each answer so that its least value becomes 0 and its largest 1; so something is always
found. Here a probability stays one, and a network that is sure of nothing abstains. See docs/decisions/070.
"""

from typing import ClassVar

import cv2
import numpy as np

from packshot.image import Alpha, Box, Image, Plane, Rgb, box_of
from packshot.models.network.looking import main_parts
from packshot.models.network.model import region_at
from packshot.models.onnx.layout import IMAGENET_MEAN, IMAGENET_STD, Layout, batch, sigmoid, square, unlike
from packshot.models.weights.card import Kind
from packshot.ports import NO_HINTS, Hints, Matte

_AROUND = 0.15  # of a box's longer side, kept around it
_LEAST_AREA = 0.001  # of the picture
_LEAST_TRUST = 0.5
_SMALLEST = 8  # pixels of the shorter side
_FLAT = 1.0  # standard deviation, in codes, of a picture that shows nothing


class SaliencyCutout(Layout):
    """A map of what stands out, as a cutout model."""

    kind: ClassVar[Kind] = "cutout"
    side: ClassVar[int]
    mean: ClassVar[tuple[float, ...]]
    std: ClassVar[tuple[float, ...]]
    logits: ClassVar[bool] = False
    by_largest: ClassVar[bool] = True  # the picture is divided by its largest value, not by 255

    def misfits(self) -> list[str]:
        network = self.network()
        side = self._side
        if len(network.inputs) != 1:
            return [f"it takes {len(network.inputs)} inputs instead of a picture"]
        # A file of any size would let in every network that gives a map, such as one that looks for text.
        wrong = [
            unlike(network.inputs[0], (1, 3, side, side), exact=(2, 3)),
            unlike(network.outputs[0], (1, 1, side, side)),
        ]
        return [said for said in wrong if said]

    def cutout(self, image: Image, hints: Hints = NO_HINTS) -> Matte:
        if hints.mask is not None:
            return Matte(hints.mask, 1.0, ("the mask was given",))
        rgb = image.rgb
        self.network()  # a network that is not here is not one that finds nothing
        if min(rgb.shape[:2]) < _SMALLEST:
            return nothing(rgb, "the picture is too small to tell anything apart")
        if float(rgb.std(axis=(0, 1)).max()) < _FLAT:
            return nothing(rgb, "nothing stands out from the background")
        box = hints.box or (box_of(hints.rough, 127) if hints.rough is not None else None)
        view = Box(0, 0, *image.size)
        if box is not None:
            view = box.grown(int(_AROUND * max(box.width, box.height)) + 2, image.size)
        chance = self._seen(np.ascontiguousarray(rgb[view.top : view.bottom, view.left : view.right]))
        trust = expected_overlap(chance)
        alpha = spread(chance, view, image.size)
        if hints.point is not None:
            alpha = region_at(alpha, hints.point)
        return judged(main_parts(alpha), trust, "the network")

    @property
    def _side(self) -> int:
        return int(self.option("side", self.side))

    def _seen(self, rgb: Rgb) -> Plane:
        """What is product, 0..1, of the network's own size."""
        largest = max(float(rgb.max()), 1.0) if self.by_largest else 255.0
        seen = self.network().run(batch(square(rgb, self._side), self.mean, self.std, largest))[0]
        plane = np.asarray(seen, np.float32).reshape(seen.shape[-2:])
        return sigmoid(plane) if self.logits else np.asarray(np.clip(plane, 0, 1), np.float32)


class U2Net(SaliencyCutout):
    side, mean, std = 320, IMAGENET_MEAN, IMAGENET_STD


class IsNet(SaliencyCutout):
    side, mean, std = 1024, (0.5, 0.5, 0.5), (1.0, 1.0, 1.0)


class BiRefNet(SaliencyCutout):
    side, mean, std = 1024, IMAGENET_MEAN, IMAGENET_STD
    logits = True
    by_largest = False


def expected_overlap(chance: Plane) -> float:
    """How far to trust a map, 0..1: the overlap with the truth that is to be expected, were its values chances.

    Of a pixel taken for product, its chance is truly product; the chance of one left out is added to the union.
    """
    taken = chance > 0.5
    hit = float(chance[taken].sum())
    union = float(np.count_nonzero(taken)) + float(chance[~taken].sum())
    return hit / union if union else 0.0


def spread(chance: Plane, view: Box, size: tuple[int, int]) -> Alpha:
    """The map of a view as alpha of the whole picture of `size` (width, height)."""
    part = cv2.resize(chance, (view.width, view.height), interpolation=cv2.INTER_LINEAR)
    alpha = np.zeros((size[1], size[0]), np.uint8)
    alpha[view.top : view.bottom, view.left : view.right] = np.clip(part * 255 + 0.5, 0, 255)
    return alpha


def judged(alpha: Alpha, trust: float, who: str) -> Matte:
    """A matte, or none where too little was found or it is not to be trusted."""
    if float((alpha > 127).mean()) < _LEAST_AREA:
        return nothing(alpha, f"{who} finds no product")
    if trust < _LEAST_TRUST:
        return nothing(alpha, f"{who} is sure of nothing")
    return Matte(alpha, round(min(trust, 1.0), 3), (f"{who} doubts its own answer",) if trust < 0.8 else ())


def nothing(like: Rgb | Alpha, reason: str) -> Matte:
    return Matte(np.zeros(like.shape[:2], np.uint8), 0.0, (reason,))
