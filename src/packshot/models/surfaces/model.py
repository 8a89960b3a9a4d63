"""The finder as models: of surfaces, and of things to stand on by name."""

from packshot.image import Image
from packshot.models.surfaces.finding import surfaces_in
from packshot.ports import Detection, ModelCard
from packshot.surface import ANYWHERE, SURFACE_NAMES, Surface, Wish

_CARD = ModelCard(
    name="embedded",
    version="1",
    licence="MIT",
    summary="planes to stand on, from colour, texture, level edges and vanishing lines",
)


class EmbeddedSurfaces:
    """Finds planes that a product can stand on; says nothing where none is clear."""

    card = _CARD

    def surfaces(self, image: Image, wish: Wish = ANYWHERE) -> list[Surface]:
        return surfaces_in(image.rgb, wish)


class EmbeddedDetector:
    """The same as boxes, for whoever asks by name. It knows tables, shelves and floors, and nothing else."""

    card = _CARD

    def find(self, phrase: str, image: Image) -> list[Detection]:
        words = {word.strip(".,").lower().removesuffix("s") for word in phrase.split()}
        name = next((name for name in SURFACE_NAMES if name in words), None)
        if name is None:
            return []
        return [Detection(found.box, name, found.confidence) for found in surfaces_in(image.rgb, Wish(name=name))]
