"""Real-ESRGAN: a picture in, the same so many times larger out. RGB 0..1, (1, 3, height, width) on both sides.

Large pictures go through in tiles that overlap. What lies nearest the edge of a tile was made without its neighbours
and is thrown away; over the rest of the overlap one tile goes over into the next, so that a network that looks further
than that leaves no seam.
"""

from functools import cached_property
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.errors import ModelError
from packshot.image import Image, Plane, Rgb
from packshot.models.onnx.layout import Layout, unlike
from packshot.models.weights.card import Kind
from packshot.ops.blend import bled, resized, u8

TILE = 256  # pixels of the source; its memory goes with the square
OVERLAP = 48


class RealEsrgan(Layout):
    kind: ClassVar[Kind] = "upscaler"

    @property
    def factor(self) -> int:
        return int(self.option("factor", 4))

    def misfits(self) -> list[str]:
        network = self.network()
        if len(network.inputs) != 1:
            return [f"it takes {len(network.inputs)} inputs instead of a picture"]
        wrong = [unlike(network.inputs[0], (1, 3, None, None)), unlike(network.outputs[0], (1, 3, None, None))]
        if any(wrong):
            return [said for said in wrong if said]
        side = self._tile
        try:
            large = network.run(np.full((1, 3, side, side), 0.5, np.float32))[0]
        except ModelError as error:
            return [error.message]
        wanted = (1, 3, side * self.factor, side * self.factor)
        return [] if large.shape == wanted else [f"of {side} pixels it makes {large.shape[2]}, and not {wanted[2]}"]

    def upscale(self, image: Image) -> Image:
        size = image.size[0] * self.factor, image.size[1] * self.factor
        shadow = None if image.shadow is None else resized(image.shadow, size)
        if image.alpha is None:
            return Image(self._large(image.rgb), None, shadow, image.origin)
        # The network reads across the edge: it is shown the product's colours there, not those of an old background.
        alpha = u8(cv2.resize(image.alpha, size, interpolation=cv2.INTER_CUBIC))
        return Image(self._large(bled(image.rgb, image.alpha)), alpha, shadow, image.origin)

    @cached_property
    def _tile(self) -> int:
        """What the network takes at once: its own size where that is fixed."""
        height, width = self.network().inputs[0].shape[2:]
        fixed = [side for side in (height, width) if side is not None]
        return min(fixed) if fixed else max(2 * OVERLAP + 1, int(self.option("tile", TILE)))

    def _large(self, rgb: Rgb) -> Rgb:
        height, width = rgb.shape[:2]
        tile, factor = self._tile, self.factor
        # Networks that fold pixels want even sizes, those of a fixed size want theirs: reflected, and cut off again.
        fixed = self.network().inputs[0].shape[2] is not None
        below, right = (max(0, tile - side) if fixed else side % 2 for side in (height, width))
        padded = u8(cv2.copyMakeBorder(rgb, 0, below, 0, right, cv2.BORDER_REFLECT))
        large = np.empty((padded.shape[0] * factor, padded.shape[1] * factor, 3), np.uint8)
        down, across = steps(padded.shape[0], tile), steps(padded.shape[1], tile)
        pending: Plane = np.zeros((0, large.shape[1], 3), np.float32)
        for place, (top, weight) in enumerate(down):
            strip = self._strip(padded[top : top + len(weight)], across)
            strip *= np.repeat(weight, factor)[:, None, None]
            strip[: len(pending)] += pending
            ready = (down[place + 1][0] - top) * factor if place + 1 < len(down) else len(strip)
            large[top * factor : top * factor + ready] = np.clip(strip[:ready] * 255 + 0.5, 0, 255)
            pending = strip[ready:]
        return np.ascontiguousarray(large[: height * factor, : width * factor])

    def _strip(self, rgb: Rgb, across: list[tuple[int, NDArray[np.float32]]]) -> Plane:
        factor = self.factor
        strip = np.zeros((len(rgb) * factor, rgb.shape[1] * factor, 3), np.float32)
        for left, weight in across:
            part = rgb[:, left : left + len(weight)].astype(np.float32) / 255
            made = self.network().run(np.ascontiguousarray(part.transpose(2, 0, 1)[None]))[0]
            wanted = (1, 3, part.shape[0] * factor, part.shape[1] * factor)
            if made.shape != wanted:
                raise ModelError(
                    f"{self._card.name} gave {made.shape} where {wanted} was to come", hint="packshot models verify"
                )
            whole = np.repeat(weight, factor)[None, :, None]
            strip[:, left * factor : (left + len(weight)) * factor] += made[0].transpose(1, 2, 0) * whole
        return strip


def steps(length: int, tile: int, overlap: int = OVERLAP) -> list[tuple[int, NDArray[np.float32]]]:
    """Where tiles begin along a side, and how much each counts at each of its pixels; together that is 1 everywhere."""
    if length <= tile:
        return [(0, np.ones(length, np.float32))]
    overlap = min(overlap, tile // 2)  # with more, three tiles would count at one place
    count = -(-(length - overlap) // (tile - overlap))
    starts = [round(place * (length - tile) / (count - 1)) for place in range(count)]
    shares = []
    for place, start in enumerate(starts):
        share = np.ones(tile, np.float32)
        if place:
            shared = starts[place - 1] + tile - start
            share[:shared] = _over(shared)
        if place + 1 < count:
            shared = start + tile - starts[place + 1]
            share[tile - shared :] *= 1 - _over(shared)
        shares.append((start, share))
    return shares


def _over(shared: int) -> NDArray[np.float32]:
    """From 0 to 1 over so many pixels: a third of them nothing, a third in between, a third all."""
    return np.asarray(np.clip(3 * (np.arange(shared) + 0.5) / shared - 1, 0, 1), np.float32)
