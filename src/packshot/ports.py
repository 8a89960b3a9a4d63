"""What Packshot needs from outside, as Protocols, and the small values that cross them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol, Self, TypeAlias, TypeVar

import cv2
import numpy as np
from pydantic import BaseModel

from packshot.image import Alpha, Box, Image
from packshot.settings import Settings
from packshot.surface import ANYWHERE, Surface, Wish


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
    `phrase` names the product, for models that read; the others do without it.
    """

    box: Box | None = None
    point: tuple[int, int] | None = None  # (x, y)
    mask: Alpha | None = None
    rough: Alpha | None = None
    phrase: str = ""

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
        return Hints(box, point, _resized(self.mask, to), _resized(self.rough, to), self.phrase)

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


class Upscaler(Protocol):
    """Makes a picture `factor` times as large. Deterministic where its card says it is not generative."""

    @property
    def card(self) -> ModelCard: ...

    @property
    def factor(self) -> int: ...

    def upscale(self, image: Image) -> Image:
        """The same picture, `factor` times as wide and as high; alpha is enlarged along. Raises ModelError."""
        ...


class Painter(Protocol):
    """Paints a picture from words, and where it can from reference pictures, or around what must be kept."""

    @property
    def card(self) -> ModelCard: ...

    def paint(
        self,
        prompt: str,
        size: tuple[int, int],
        *,
        like: Sequence[Image] = (),
        keep: Image | None = None,
        seed: int = 0,
    ) -> Image:
        """A picture of `size` (width, height), whatever size the model works at.

        `like` are pictures to take after. `keep` is a picture of `size` with alpha: what is opaque there is to stay and
        the rest is to be painted; models change what they were to keep all the same, so the caller pastes it back.
        The same seed gives the same picture where the model can do that. Raises ModelError.
        """
        ...


Answer = TypeVar("Answer", bound=BaseModel)


class LanguageModel(Protocol):
    """Answers a question in words, with pictures to look at where it can see."""

    @property
    def card(self) -> ModelCard: ...

    def ask(self, prompt: str, answer: type[Answer], images: Sequence[Image] = ()) -> Answer:
        """An answer of the shape asked for, validated. Raises ModelError, ModelRefused where it will not answer."""
        ...


@dataclass(frozen=True)
class Detection:
    """Something found in a picture: where, what it was asked as, and how sure, 0..1."""

    box: Box
    phrase: str
    score: float


class Detector(Protocol):
    """Finds things by name."""

    @property
    def card(self) -> ModelCard: ...

    def find(self, phrase: str, image: Image) -> list[Detection]:
        """What `phrase` names ("table"), the surest first; empty where there is none. Raises ModelError."""
        ...


class SurfaceFinder(Protocol):
    """Finds what a product can stand on in a photograph. Deterministic; does not alter its input."""

    @property
    def card(self) -> ModelCard: ...

    def surfaces(self, image: Image, wish: Wish = ANYWHERE) -> list[Surface]:
        """Those that it found and checked, the surest first; empty where there is none it would stand up for.

        A `wish` says where to look. What a person or another model names is checked like everything else.
        """
        ...


@dataclass(frozen=True)
class Orientation:
    """How a product lies to the camera, degrees: `azimuth` around the vertical (0 = its front faces us, positive = its
    front turns to our right), `elevation` of the camera over it, `roll` in the picture (positive = clockwise)."""

    azimuth: float
    elevation: float
    roll: float
    confidence: float  # 0..1


class OrientationModel(Protocol):
    """Tells how a product stands to the camera."""

    @property
    def card(self) -> ModelCard: ...

    def orient(self, cutout: Image) -> Orientation: ...


class Models(Protocol):
    """Finds models by name. Each raises UnknownName where none of its kind goes by `name`."""

    def charged_to(
        self, *, job: str | None = None, picture: str | None = None, budget: Decimal | None = None
    ) -> "Models":
        """The same models, whose paid calls go to the account of that job and picture; None leaves what was said.

        `budget` is the most that all calls of the job may cost together.
        """
        ...

    def cutout(self, name: str) -> CutoutModel:
        """Raises UnknownName where no cutout model goes by `name`."""
        ...

    def reader(self, name: str) -> TextReader:
        """Raises UnknownName where no text reader goes by `name`."""
        ...

    def upscaler(self, name: str) -> Upscaler: ...

    def painter(self, name: str) -> Painter: ...

    def language(self, name: str) -> LanguageModel: ...

    def detector(self, name: str) -> Detector: ...

    def orientation(self, name: str) -> OrientationModel: ...

    def surface(self, name: str) -> SurfaceFinder: ...


Shared = TypeVar("Shared")


@dataclass(frozen=True)
class PaidCall:
    """A call that costs money: who is asked, for whom, and what it costs.

    While `settled` is False it is in flight, or it was cut off and nobody knows whether it was billed: `price` is then
    the most that it may cost, and it counts as spent. `units` are what is billed by, as {"input tokens": 812}.
    """

    provider: str  # "gemini"
    model: str  # as the provider names it
    request: str  # "sha256:<64 hex>" of everything that decides the answer
    at: datetime  # when it was begun, UTC
    price: Decimal | None  # in `currency`; None where no price is known
    currency: str = "USD"  # ISO 4217
    units: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0  # from the first try to the answer
    job: str = ""
    picture: str = ""  # digest of the photograph it was for, "" where it was for none
    settled: bool = False


class Ledger(Protocol):
    """The book of paid calls and their answers. Safe to use from several threads, and processes where it is shared."""

    def reserve(self, call: PaidCall, budget: Decimal | None) -> str:
        """Write `call` down before it is made, unsettled; gives the name of the entry.

        Raises BudgetExceeded, and writes nothing, where what its job has spent in its currency (unsettled calls
        included) and its price come to more than `budget`. To look and to write is one transaction, so that calls side
        by side cannot overdraw. None is no budget.
        """
        ...

    def settle(self, entry: str, call: PaidCall, answer: bytes | None) -> None:
        """Put what a call did cost in place of what was reserved, and keep its `answer`; None where there is none.

        Both in one transaction, before anybody uses the answer.
        """
        ...

    def release(self, entry: str) -> None:
        """Strike out a reserved call that was certainly not billed."""
        ...

    def answer(self, request: str) -> bytes | None:
        """The latest answer to a settled call with this request digest, or None."""
        ...

    def spent(
        self, currency: str, *, job: str | None = None, picture: str | None = None, since: datetime | None = None
    ) -> Decimal:
        """The sum of the prices in `currency` of all calls that match, unsettled ones included."""
        ...

    def calls(self, *, job: str | None = None, since: datetime | None = None) -> Iterator[PaidCall]:
        """Every call that matches, the oldest first, without the answers."""
        ...


@dataclass(frozen=True)
class Toolbox:
    """What a model may use to come into being: an entry point with a parameter `toolbox` is called with it."""

    settings: Settings
    open_ledger: Callable[[], Ledger]
    _shared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def ledger(self) -> Ledger:
        """Opened by the first paid call: who pays for nothing needs no database."""
        return self.open_ledger()

    def shared(self, name: str, make: Callable[["Toolbox"], Shared]) -> Shared:
        """What `make` makes, once: all models of a provider share its client, its pace and its limits."""
        if name not in self._shared:
            self._shared[name] = make(self)
        made: Shared = self._shared[name]
        return made


@dataclass(frozen=True)
class Account:
    """Who pays for a call: the job and the picture it is for, and the most that the job may spend."""

    job: str = ""
    picture: str = ""
    budget: Decimal | None = None


NOBODY = Account()


class Charging(Protocol):
    """A model whose calls cost money. The library asks it for a copy that charges the account at hand."""

    def charged_to(self, account: Account) -> Self: ...


class AssetStore(Protocol):
    """Bytes under the digest of their content."""

    def put(self, data: bytes) -> str:
        """`sha256:<64 hex>`, under which the bytes are kept; nothing happens where they are kept already."""
        ...

    def get(self, asset: str) -> bytes:
        """Raises NotFound."""
        ...


class JobEngine(Protocol):
    """Sees to it that jobs are run. It only moves ids: the row is the truth."""

    def submit(self, job_id: str) -> None:
        """At least once, here or elsewhere."""
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
