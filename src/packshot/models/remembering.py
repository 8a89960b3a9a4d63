"""A cutout model that remembers: the same view of the same photograph is cut out once, whatever is made of it then.

Finding the product is most of the work of a picture, and a photograph of a batch is often wanted in many sizes and on
many grounds one after the other.
"""

import threading
from collections import OrderedDict
from hashlib import blake2b

from packshot.image import Image
from packshot.ports import NO_HINTS, CutoutModel, Hints, Matte, ModelCard


class RememberingCutout:
    """The last `most` answers of a model; a megabyte each at most, since models are given small views."""

    def __init__(self, model: CutoutModel, most: int) -> None:
        self._model = model
        self._most = most
        self._answers: OrderedDict[bytes, Matte] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def card(self) -> ModelCard:
        return self._model.card

    def cutout(self, image: Image, hints: Hints = NO_HINTS) -> Matte:
        key = _asked(image, hints)
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        matte = self._model.cutout(image, hints)
        matte.alpha.setflags(write=False)
        with self._lock:
            self._answers[key] = matte
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
        return matte


def _asked(image: Image, hints: Hints) -> bytes:
    """Digest of everything that decides the answer."""
    arrays = (image.rgb, image.alpha, hints.mask, hints.rough)
    told = [None if each is None else each.shape for each in arrays]
    found = blake2b(repr((told, hints.box, hints.point, hints.phrase)).encode(), digest_size=32)
    for each in arrays:
        if each is not None:
            found.update(each.tobytes())
    return found.digest()
