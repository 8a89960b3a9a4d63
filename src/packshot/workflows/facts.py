"""What a placement keeps between its steps: names, numbers and asset ids."""

import operator
from typing import Annotated, Any, TypedDict

from pydantic import BaseModel, Field


class Failure(TypedDict):
    """What could not be done, at which step, for which variant (0: for all)."""

    variant: int
    step: str
    error: dict[str, Any]


class Place(TypedDict):
    """The place of one variant: a set, or the asset of a picture, and the surface that was found in it.

    `tried` are painters that could not, or painted nothing to stand on, and why.
    """

    variant: int
    seed: int
    set: str | None
    look: str | None
    picture: str | None
    painted: bool
    by: str
    tried: list[dict[str, Any]]
    on: dict[str, Any] | None


class Picture(TypedDict):
    """A finished picture and its receipt, as assets."""

    variant: int
    format: str
    asset: str
    manifest: str
    by: str
    tried: list[dict[str, Any]]
    verdict: str
    reasons: list[str]
    certificate: str
    score: float


class State(TypedDict, total=False):
    """How far a placement is."""

    request: dict[str, Any]
    steps: list[dict[str, Any]]  # of the recipe that come between cutout and scene
    cutout: dict[str, Any]
    places: Annotated[list[Place], operator.add]
    seen: dict[str, Any]
    standing: Annotated[list[Place], operator.add]  # the places that there is something to stand on in
    pictures: Annotated[list[Picture], operator.add]
    failures: Annotated[list[Failure], operator.add]


class OneVariant(TypedDict):
    request: dict[str, Any]
    seen: dict[str, Any]
    variant: int


class OnePlace(TypedDict):
    request: dict[str, Any]
    seen: dict[str, Any]
    place: Place


class OnePicture(TypedDict):
    request: dict[str, Any]
    steps: list[dict[str, Any]]
    seen: dict[str, Any]
    place: Place
    format: str


class Seen(BaseModel):
    """What a language model says of a product and of the place it is to stand in."""

    product: str = Field(description="what it is, in a few words")
    characteristics: list[str] = Field(description="colours, material, shape")
    share: float = Field(ge=0.2, le=0.9, description="of the picture's side that the product should take")
    least_mm: float | None = Field(
        default=None, gt=0, le=5000, description="how high such a product is at least, as it stands there; else null"
    )
    most_mm: float | None = Field(default=None, gt=0, le=5000, description="how high it is at most; else null")

    @property
    def between_mm(self) -> list[float] | None:
        """Heights, where both are said."""
        return None if self.least_mm is None or self.most_mm is None else sorted((self.least_mm, self.most_mm))
