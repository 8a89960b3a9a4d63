"""What is known of a finished file before any rule is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from packshot.image import Alpha, Box, Rgb
from packshot.manifest import Manifest, StepRecord
from packshot.marketplaces.colours import Distances
from packshot.marketplaces.limits import ColourModel, ColourProfile
from packshot.provenance import OF_AI

FoundBy: TypeAlias = Literal["transparency", "background", "cutout"]

WHOLLY = frozenset({"trainedAlgorithmicMedia", "algorithmicMedia", "virtualRecording"})  # nothing was photographed
SUFFIXES: dict[str, tuple[str, ...]] = {
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "png": (".png",),
    "webp": (".webp",),
    "gif": (".gif",),
    "bmp": (".bmp",),
    "tiff": (".tif", ".tiff"),
    "avif": (".avif",),
    "heic": (".heic", ".heif", ".hif"),
}


@dataclass(frozen=True, eq=False)
class Product:
    """Where the product is in a finished picture, and how that is known.

    `mask` is uint8 (height, width), 255 on everything that is not background; `box` is around the large things in it,
    `parts` are the boxes of each of those, largest first, and `bits` those of the small things. `confidence` is 0..1.
    """

    mask: Alpha
    box: Box
    found_by: FoundBy
    parts: tuple[Box, ...] = ()
    bits: tuple[Box, ...] = ()
    confidence: float = 1.0


class Reading(Protocol):
    """A piece of text that was read in a picture."""

    @property
    def text(self) -> str: ...

    @property
    def box(self) -> Box: ...


@dataclass(frozen=True, eq=False)
class FileFacts:
    """A finished file: what its bytes are, what it says of itself, its decoded pixels, and its receipt if it has one.

    `format` is by the bytes, `suffix` by the name; `bits` are those of a channel; `source_type` is the code of
    the IPTC DigitalSourceType it carries, "" where it carries none. `manifest` is the receipt of exactly these bytes.
    `readings` are the texts in it, None where nobody read it; `distances` are those of `rgb`, where they are known.
    """

    name: str
    suffix: str
    format: str
    bytes: int
    size: tuple[int, int]
    rgb: Rgb
    alpha: Alpha | None = None
    bits: int = 8
    colour_model: ColourModel = "rgb"
    colour_profile: ColourProfile = "none"
    animated: bool = False
    source_type: str = ""
    manifest: Manifest | None = None
    product: Product | None = None
    distances: Distances | None = None
    readings: Sequence[Reading] | None = None

    @cached_property
    def _distances(self) -> Distances:
        return self.distances or Distances(self.rgb)

    @property
    def rim(self) -> tuple[tuple[int, int, int], float]:
        """The commonest colour of the outermost pixels, and the share of them that is about so."""
        return self._distances.rim

    def apart(self, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
        """How far each pixel is from a colour, in levels: (height, width)."""
        return self._distances.apart(colour)

    @cached_property
    def core(self) -> Alpha:
        """255 where a pixel belongs to the product or lies within 2 pixels of it; all 0 without a product."""
        if self.product is None:
            return np.zeros(self.rgb.shape[:2], np.uint8)
        return np.asarray(cv2.dilate(self.product.mask, np.ones((5, 5), np.uint8)), np.uint8)

    @property
    def steps(self) -> Sequence[StepRecord]:
        return self.manifest.steps if self.manifest else ()

    @property
    def enlarged(self) -> float | None:
        """How many pixels along a side stand for one of the photograph's, by the receipt; None without one."""
        if self.manifest is None:
            return None
        source = self.manifest.source
        decoded: Any = source.facts.get("decoded_at", source.size)
        scale = float(decoded[0] / source.size[0])
        for step in self.steps:
            scale *= float(step.facts.get("scale", 1.0))
        return scale

    @property
    def generated(self) -> Literal["product", "background", "nothing", "unknown"]:
        """What of it a generative model made, by the receipt or by what the file says of itself."""
        if self.source_type in WHOLLY:
            return "product"
        if self.source_type in OF_AI:
            return "background"
        if self.manifest is None:
            return "unknown"
        edits = {step.edit for step in self.steps}
        if "generative-product" in edits or any(
            model.get("generative") and model.get("changes_product") for step in self.steps for model in step.models
        ):
            return "product"
        generative = any(model.get("generative") for step in self.steps for model in step.models)
        return "background" if "generative-background" in edits or generative else "nothing"
