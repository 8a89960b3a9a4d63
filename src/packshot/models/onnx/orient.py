"""Orient Anything: how the thing in a picture stands to the camera.

In: the product alone on black, filling 0.85 of a square, as DINOv2 takes it: 256 pixels, the middle 224 of them,
ImageNet mean and std. Out, one row: logits over 360 degrees of azimuth, 180 of polar angle, 180 of rotation (360 in
later weights), and two of whether there is a front at all. Polar angle and rotation count from the middle of theirs.

In its authors' drawings the front at azimuth 90 points to our left and a positive rotation turns against the clock;
ours are the other way round in both.
"""

from typing import ClassVar

import cv2
import numpy as np

from packshot.errors import ModelError
from packshot.image import Image, Rgb, box_of
from packshot.models.onnx.layout import IMAGENET_MEAN, IMAGENET_STD, Layout, batch, softmax, unlike
from packshot.models.weights.card import Kind
from packshot.ops.blend import premultiplied
from packshot.ports import Orientation

_FILLS = 0.85
_RESIZED, _SIDE = 256, 224
_AZIMUTHS, _POLARS = 360, 180


class OrientAnything(Layout):
    kind: ClassVar[Kind] = "orientation"

    def misfits(self) -> list[str]:
        network = self.network()
        if len(network.inputs) != 1:
            return [f"it takes {len(network.inputs)} inputs instead of a picture"]
        taken = unlike(network.inputs[0], (1, 3, _SIDE, _SIDE))
        shape = network.outputs[0].shape
        rows = [_AZIMUTHS + _POLARS + turns + 2 for turns in (180, 360)]
        given = "" if len(shape) == 2 and shape[1] in rows else f"{network.outputs[0]} should give {rows} numbers"
        return [said for said in (taken, given) if said]

    def orient(self, cutout: Image) -> Orientation:
        told = self.network().run(batch(shown(cutout), IMAGENET_MEAN, IMAGENET_STD))[0].reshape(-1)
        turns = told.size - _AZIMUTHS - _POLARS - 2
        if turns not in (180, 360):
            raise ModelError(f"{self._card.name} gave {told.size} numbers", hint="packshot models verify")
        azimuth = int(told[:_AZIMUTHS].argmax())
        polar = int(told[_AZIMUTHS : _AZIMUTHS + _POLARS].argmax()) - _POLARS // 2
        rotation = int(told[_AZIMUTHS + _POLARS : -2].argmax()) - turns // 2
        sure = float(softmax(told[-2:])[0])
        return Orientation(
            azimuth=float((-azimuth + 180) % 360 - 180), elevation=float(polar), roll=float(-rotation), confidence=sure
        )


def shown(cutout: Image) -> Rgb:
    """The picture as the network is to see it, (224, 224, 3)."""
    rgb = cutout.rgb if cutout.alpha is None else premultiplied(cutout.rgb, cutout.alpha)
    if cutout.alpha is not None:
        box = box_of(cutout.alpha)
        if box is None:
            raise ModelError("there is no product to look at", hint="cut it out first")
        rgb = rgb[box.top : box.bottom, box.left : box.right]
        side = int(max(box.width, box.height) / _FILLS)
    else:
        side = max(rgb.shape[:2])
    height, width = rgb.shape[:2]
    black = np.zeros((side, side, 3), np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    black[top : top + height, left : left + width] = rgb
    way = cv2.INTER_AREA if side > _RESIZED else cv2.INTER_CUBIC
    square = cv2.resize(black, (_RESIZED, _RESIZED), interpolation=way)
    cut = (_RESIZED - _SIDE) // 2
    return np.ascontiguousarray(square[cut : cut + _SIDE, cut : cut + _SIDE], np.uint8)
