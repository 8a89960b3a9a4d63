"""SAM 2 and EVF-SAM2: cut out what a box, a point or a phrase shows.

encoder    the picture stretched to 1024 x 1024, ImageNet mean and std -> image_embed, high_res_feats_0 and _1
decoder    these, and for SAM 2 point_coords (1, n, 2) in pixels of 1024 with point_labels (1, n): 1 product,
           0 ground, 2 and 3 the corners of a box; for EVF-SAM2 text_embed instead -> masks as logits,
           iou_predictions: how good the network thinks each of them is
language   EVF-SAM2 only: input_ids of the phrase and image_beit, the picture at 224 with mean and std 0.5
           -> text_embed
"""

from functools import cached_property
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.errors import ModelError
from packshot.image import Box, Image, Rgb, box_of
from packshot.models.network.looking import main_parts
from packshot.models.onnx.layout import IMAGENET_MEAN, IMAGENET_STD, Layout, absent, batch, sigmoid, square
from packshot.models.onnx.saliency import expected_overlap, judged, nothing, spread
from packshot.models.onnx.session import Network
from packshot.models.onnx.unigram import Unigram
from packshot.models.weights.card import Kind
from packshot.ports import NO_HINTS, Hints, Matte

_SIDE = 1024
_BEIT = 224
_SEEN = ("image_embed", "high_res_feats_0", "high_res_feats_1")
_SAID = ("masks", "iou_predictions")
_PRODUCT, _UPPER_LEFT, _LOWER_RIGHT = 1, 2, 3


class Sam2(Layout):
    """What a box or a point shows. Without either it takes what lies in the middle, and says so."""

    kind: ClassVar[Kind] = "cutout"
    roles: ClassVar[tuple[str, ...]] = ("encoder", "decoder")
    prompts: ClassVar[tuple[str, ...]] = ("point_coords", "point_labels")

    def misfits(self) -> list[str]:
        encoder, decoder = self.network("encoder"), self.network("decoder")
        wrong = [] if len(encoder.inputs) == 1 else [f"the encoder takes {len(encoder.inputs)} inputs"]
        wrong += absent(encoder.outputs, _SEEN, "output of the encoder")
        wrong += absent(decoder.inputs, [*_SEEN, *self.prompts], "input of the decoder")
        return wrong + absent(decoder.outputs, _SAID, "output of the decoder")

    def cutout(self, image: Image, hints: Hints = NO_HINTS) -> Matte:
        if hints.mask is not None:
            return Matte(hints.mask, 1.0, ("the mask was given",))
        self.network("encoder")
        if min(image.rgb.shape[:2]) < 8:
            return nothing(image.rgb, "the picture is too small to tell anything apart")
        if float(image.rgb.std(axis=(0, 1)).max()) < 1:
            return nothing(image.rgb, "nothing stands out from the background")
        given, reasons = self._prompt(image, hints)
        logits, promise = self._decoded(self._encoded(image.rgb), given)
        chance = sigmoid(logits)
        alpha = main_parts(spread(chance, Box(0, 0, *image.size), image.size))
        matte = judged(alpha, min(promise, expected_overlap(chance)), "the network")
        return Matte(matte.alpha, matte.confidence, (*matte.reasons, *reasons))

    def _prompt(self, image: Image, hints: Hints) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
        """What the decoder is told besides the picture, and what is to be said of that."""
        width, height = image.size
        box = hints.box or (box_of(hints.rough, 127) if hints.rough is not None else None)
        points: list[tuple[float, float, int]] = []
        if hints.point is not None:
            points.append((hints.point[0] + 0.5, hints.point[1] + 0.5, _PRODUCT))
        if box is not None:
            points += [(box.left, box.top, _UPPER_LEFT), (box.right, box.bottom, _LOWER_RIGHT)]
        reasons: tuple[str, ...] = ()
        if not points:
            points, reasons = [(width / 2, height / 2, _PRODUCT)], ("nobody said where; the middle was taken",)
        where = np.asarray([[(x / width * _SIDE, y / height * _SIDE) for x, y, _ in points]], np.float32)
        labels = np.asarray([[label for _, _, label in points]], np.float32)
        return {"point_coords": where, "point_labels": labels}, reasons

    def _encoded(self, rgb: Rgb) -> dict[str, NDArray[Any]]:
        encoder: Network = self.network("encoder")
        picture = batch(square(rgb, _SIDE, cv2.INTER_LINEAR), IMAGENET_MEAN, IMAGENET_STD)
        return dict(zip(_SEEN, encoder.ask({encoder.inputs[0].name: picture}, _SEEN), strict=True))

    def _decoded(self, seen: dict[str, NDArray[Any]], given: dict[str, NDArray[Any]]) -> tuple[NDArray[Any], float]:
        """Logits of the mask that the network thinks best, and how good it thinks that is, 0..1."""
        more: dict[str, NDArray[Any]] = {
            "mask_input": np.zeros((1, 1, _SIDE // 4, _SIDE // 4), np.float32),
            "has_mask_input": np.zeros(1, np.float32),
            "orig_im_size": np.asarray([_SIDE, _SIDE], np.int64),
        }
        masks, promises = self.network("decoder").ask({**seen, **given, **more}, _SAID)
        masks, promises = masks.reshape(-1, *masks.shape[-2:]), promises.reshape(-1)
        if len(masks) != len(promises):
            raise ModelError(f"{self._card.name} gave {len(masks)} masks and {len(promises)} promises")
        best = int(promises.argmax())
        return np.asarray(masks[best], np.float32), float(np.clip(promises[best], 0, 1))


class EvfSam2(Sam2):
    """What a phrase names; without one, "the product"."""

    roles: ClassVar[tuple[str, ...]] = ("encoder", "language", "decoder")
    prompts: ClassVar[tuple[str, ...]] = ("text_embed",)

    @cached_property
    def _vocabulary(self) -> Unigram:
        return Unigram.read(self.file("vocabulary"))

    def misfits(self) -> list[str]:
        language = self.network("language")
        wrong = absent(language.inputs, ["input_ids", "image_beit"], "input of the language network")
        return [*super().misfits(), *wrong, *absent(language.outputs, self.prompts, "output of the language network")]

    def _prompt(self, image: Image, hints: Hints) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
        phrase = hints.phrase.strip() or "the product"
        numbers = np.asarray([self._vocabulary.encode(phrase)], np.int64)
        small = batch(square(image.rgb, _BEIT, cv2.INTER_CUBIC), (0.5,) * 3, (0.5,) * 3)
        [text] = self.network("language").ask({"input_ids": numbers, "image_beit": small}, self.prompts)
        return {"text_embed": text}, (f"it was to find {phrase}",)
