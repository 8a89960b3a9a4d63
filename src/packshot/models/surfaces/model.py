"""The finder as models: of surfaces, and of things to stand on by name."""

import threading
from collections import OrderedDict
from hashlib import blake2b

from packshot.image import Image
from packshot.models.surfaces.finding import SMALLEST, Sight, look, surfaces_in
from packshot.ports import Detection, ModelCard
from packshot.surface import ANYWHERE, SURFACE_NAMES, Surface, Wish

_CARD = ModelCard(
    name="embedded",
    version="1",
    licence="MIT",
    summary="planes to stand on, from colour, texture, level edges and vanishing lines",
)
_KEPT = 4  # pictures, some megabytes each


class EmbeddedSurfaces:
    """Finds planes that a product can stand on; says nothing where none is clear.

    One picture of a place is asked about for every format and variant: what was seen of the last few is kept.
    """

    card = _CARD

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Sight] = OrderedDict()
        self._keeping = threading.Lock()

    def surfaces(self, image: Image, wish: Wish = ANYWHERE) -> list[Surface]:
        return surfaces_in(self._seen(image), wish) if min(image.size) >= SMALLEST else []

    def _seen(self, image: Image) -> Sight:
        key = blake2b(image.rgb.tobytes(), digest_size=16, key=repr(image.size).encode()).digest()
        with self._keeping:
            known = self._kept.get(key)
        if known is not None:
            return known
        seen = look(image.rgb)
        with self._keeping:
            self._kept[key] = seen
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return seen


class EmbeddedDetector:
    """The same as boxes, for whoever asks by name. It knows tables, shelves and floors, and nothing else."""

    card = _CARD

    def find(self, phrase: str, image: Image) -> list[Detection]:
        words = {word.strip(".,").lower().removesuffix("s") for word in phrase.split()}
        name = next((name for name in SURFACE_NAMES if name in words), None)
        if name is None or min(image.size) < SMALLEST:
            return []
        return [Detection(found.box, name, found.confidence) for found in surfaces_in(look(image.rgb), Wish(name=name))]
