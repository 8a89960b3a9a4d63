"""What is asked of a placement."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from packshot.errors import InputError, UnknownName
from packshot.image import Box
from packshot.ops.scene import Scene
from packshot.ops.sizes import HEIGHTS_MM
from packshot.ops.stand import aspect_of
from packshot.ports import NO_HINTS, Hints
from packshot.studio.sets import named

FITTING = "fitting"


class PlaceProduct(BaseModel):
    """Stand a product in scenes: painted from words, a set of the studio, or a picture of one's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product: str = Field(description="asset of the photograph")
    name: str = Field(default="product", description="what the photograph is called")
    scene: str | None = Field(default=None, description="the place in words, for painters to paint")
    set: str | None = Field(default=None, description="a set of the virtual studio")
    look: str | None = Field(default=None, description="one of the set's looks; null for the usual one")
    background: str | None = Field(default=None, description="asset of a picture of the place")
    surface: str | None = Field(
        default=None,
        min_length=1,
        max_length=4000,
        description="what to stand on: a word, as 'table', or in pixels of the background x,y, or "
        "left,top,right,bottom, or x,y x,y x,y ...; null: the surest",
    )
    height_mm: float | None = Field(default=None, gt=0, le=3000, description="how high the product is; null: estimated")
    category: str | None = Field(
        default=None, description="a word for what it is, as 'mug', where its height is not known"
    )
    painters: tuple[str, ...] = Field(default=(), description="who may paint, in the order they are asked")
    otherwise: str | None = Field(
        default=FITTING,
        description="the set where no painter could; fitting for one that the words ask for, null for none",
    )
    paintings: int = Field(
        default=2, ge=1, le=5, description="of a variant at most, where there is nothing to stand on"
    )
    colour: str | None = Field(
        default=None, description="to paint the set in: '#rrggbb', a name, or product for one that suits it"
    )
    language: str | None = Field(default=None, description="a language model to look at product and scene")
    variants: int = Field(default=1, ge=1, le=16)
    formats: tuple[str, ...] = Field(
        default=("1:1",), min_length=1, max_length=8, description="as 4:5, width to height"
    )
    longest: int = Field(default=2000, ge=200, le=8000, description="pixels of a picture's longer side")
    strict: bool = Field(default=True, description="no pixel of the product changes but by scaling")
    box: tuple[int, int, int, int] | None = Field(default=None, description="where the product is, in pixels")
    seed: int = 0
    budget: Decimal | None = Field(default=None, ge=0, description="the most that all paid calls may cost, US dollars")

    @classmethod
    def asked(cls, fields: Mapping[str, Any]) -> Self:
        """From what somebody gave. Raises InputError that names the field."""
        try:
            return cls.model_validate(dict(fields))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise InputError(f"{name}: {first['msg']}", hint="packshot place --help lists what it takes") from error

    @model_validator(mode="after")
    def _can_be(self) -> "PlaceProduct":
        if sum(each is not None for each in (self.scene, self.set, self.background)) != 1:
            raise InputError(
                "one place is wanted: words, a set or a picture", hint="give --scene, --set or --background"
            )
        if self.set is not None and self.surface is not None:
            raise InputError(
                "a set knows what its product stands on", hint="leave --surface out, or choose another set"
            )
        if self.look is not None and self.set is None:
            raise InputError("a look is one of a set's", hint="give --set with --look")
        if {"point", "box", "polygon"} & set(standing_on(self.surface)) and self.background is None:
            raise InputError("nobody can point into a picture that is not painted yet", hint="say a word, as table")
        if self.category is not None and self.category not in HEIGHTS_MM:
            raise UnknownName.of("category", self.category, HEIGHTS_MM)
        for name in (self.set, self.otherwise if self.scene is not None else None):
            if name is not None and name != FITTING:
                named(name).look(self.look)
        if self.colour is not None and self.set is None:
            raise InputError("a colour is one of a set's", hint="give --set with --colour")
        if self.set is not None:
            Scene(set=self.set, look=self.look, colour=self.colour)
        for shape in self.formats:
            canvas_of(shape, self.longest)
        return self

    @property
    def hints(self) -> Hints:
        return NO_HINTS if self.box is None else Hints(box=Box(*self.box))


def standing_on(surface: str | None) -> dict[str, Any]:
    """What the step `stand` is told of the surface. Raises InputError."""
    if surface is None:
        return {}
    try:
        numbers = [float(part) for part in surface.replace(";", " ").replace(",", " ").split()]
    except ValueError:
        return {"surface": surface}
    if not all(map(math.isfinite, numbers)):
        return {"surface": surface}
    if len(numbers) == 2:
        return {"point": numbers}
    if len(numbers) == 4:
        return {"box": numbers}
    if len(numbers) >= 6 and len(numbers) % 2 == 0:
        return {"polygon": [numbers[i : i + 2] for i in range(0, len(numbers), 2)]}
    raise InputError(
        f"'{surface}' is no surface", hint="write a word, x,y, left,top,right,bottom, or the corners x,y x,y x,y"
    )


def canvas_of(shape: str, longest: int) -> tuple[int, int]:
    """`4:5` at 2000 pixels of the longer side is (1600, 2000). Raises InputError."""
    ratio = aspect_of(shape)
    return (longest, round(longest / ratio)) if ratio >= 1 else (round(longest * ratio), longest)
