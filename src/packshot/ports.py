"""What Packshot needs from outside, as Protocols, and the small values that cross them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import cv2
import numpy as np

from packshot.image import Alpha, Box, Image


@dataclass(frozen=True)
class ModelCard:
    """Who made a model, under which licence, and what it may do to a picture."""

    name: str
    version: str
    licence: str  # SPDX expression, or "proprietary"
    summary: str
    weights: str = ""  # "sha256:<64 hex>", or "" where there are none
    generative: bool = False
    changes_product: bool = False


@dataclass(frozen=True, eq=False)
class Hints:
    """What a person says about where the product is, in pixels of the upright picture.

    `mask` is trusted but for its edge; `rough` is only a sketch. Either is uint8 (height, width), 255 = product.
    """

    box: Box | None = None
    point: tuple[int, int] | None = None  # (x, y)
    mask: Alpha | None = None
    rough: Alpha | None = None

    def scaled(self, size: tuple[int, int], to: tuple[int, int]) -> "Hints":
        """The same hints for the picture of `size` (width, height) resized `to` another."""
        if size == to:
            return self
        factor_x, factor_y = to[0] / size[0], to[1] / size[1]
        box, point = self.box, self.point
        if box is not None:
            box = Box(
                int(np.floor(box.left * factor_x)),
                int(np.floor(box.top * factor_y)),
                int(np.ceil(box.right * factor_x)),
                int(np.ceil(box.bottom * factor_y)),
            )
        if point is not None:
            point = (min(to[0] - 1, int(point[0] * factor_x)), min(to[1] - 1, int(point[1] * factor_y)))
        return Hints(box, point, _resized(self.mask, to), _resized(self.rough, to))

    def __bool__(self) -> bool:
        return any(hint is not None for hint in (self.box, self.point, self.mask, self.rough))


def _resized(mask: Alpha | None, to: tuple[int, int]) -> Alpha | None:
    if mask is None:
        return None
    return np.asarray(cv2.resize(mask, to, interpolation=cv2.INTER_AREA), dtype=np.uint8)


NO_HINTS = Hints()


@dataclass(frozen=True, eq=False)
class Matte:
    """A cutout model's answer: alpha of the picture it was given, and how far to trust it.

    `confidence` is 0..1; `reasons` say in short phrases what lowered or raised it. All-zero alpha means that the model
    abstains: it found no clear product.
    """

    alpha: Alpha
    confidence: float
    reasons: tuple[str, ...] = ()


class CutoutModel(Protocol):
    """Tells product from the rest. Deterministic; does not alter its input; takes any size from 1x1."""

    @property
    def card(self) -> ModelCard: ...

    def cutout(self, image: Image, hints: Hints = NO_HINTS) -> Matte:
        """Alpha of the size of `image`. The caller refines the edge, so a few pixels of error there are fine."""
        ...


# Four corners (x, y) of a line of text in continuous pixel coordinates, where the first pixel spans 0..1: its upper
# left, upper right, lower right and lower left as one reads it, however it lies in the picture.
Quad: TypeAlias = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class TextLine:
    """One line of text as a reader sees it. `confidence` is 0..1."""

    text: str
    quad: Quad
    confidence: float

    @property
    def box(self) -> Box:
        """The pixels around it; it may reach beyond the picture where the quad does."""
        across, down = zip(*self.quad, strict=True)
        return Box(
            *(int(np.floor(min(side))) for side in (across, down)),
            *(int(np.ceil(max(side))) for side in (across, down)),
        )


class TextReader(Protocol):
    """Finds and reads printed text. Deterministic; does not alter its input; takes any size from 1x1."""

    @property
    def card(self) -> ModelCard: ...

    def read(self, image: Image, at: Sequence[Quad] | None = None) -> tuple[TextLine, ...]:
        """Every line of text that it finds, from top to bottom; none of them empty.

        With `at`, what stands in each of these places, in their order: one line for each, its text empty and its
        confidence 0 where nothing can be read. Raises ModelError where the library behind it is not there.
        """
        ...


class Models(Protocol):
    """Finds models by name."""

    def cutout(self, name: str) -> CutoutModel:
        """Raises UnknownName where no cutout model goes by `name`."""
        ...

    def reader(self, name: str) -> TextReader:
        """Raises UnknownName where no text reader goes by `name`."""
        ...


@dataclass(frozen=True)
class Claim:
    """What a signature is to attest of a finished file.

    `title` is what the file is called, `source` and `source_format` what it was made from; `actions` are C2PA's, in the
    order in which they were done; `facts` are digests that no later edit can change unnoticed. `chained` is the source
    file where its own claim is to be carried along, else b"".
    """

    title: str
    source: str
    source_format: str
    actions: tuple[Mapping[str, Any], ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    chained: bytes = field(default=b"", repr=False)


class Signer(Protocol):
    """Signs finished files. What it adds has the same length for claims of the same length."""

    @property
    def identity(self) -> Mapping[str, str]:
        """Who signs: `subject` and `fingerprint` of the certificate. Nothing of the key."""
        ...

    def reserve(self, form: str, claim: Claim) -> int:
        """Bytes that the signature will add to a file of that format."""
        ...

    def sign(self, data: bytes, form: str, claim: Claim) -> bytes:
        """The same picture with the signed claim in it. Raises OutputError where it cannot be signed."""
        ...
