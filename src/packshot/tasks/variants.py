"""Every photograph by every recipe, in every shape and on every ground: a few lists that stand for many requests.

The forms of one photograph come one after the other, so that a worker cuts it out once.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from packshot.manifest import canonical_json
from packshot.tasks.batches import MOST

_RATIO: Final = r"[1-9]\d{0,3}:[1-9]\d{0,3}"


def _ratio(text: str) -> str:
    if not re.fullmatch(_RATIO, text, re.ASCII):
        raise ValueError("must be written as 4:5")
    return text


Ratio = Annotated[str, AfterValidator(_ratio), Field(json_schema_extra={"pattern": f"^{_RATIO}$"})]


class Variants(BaseModel):
    """Photographs, and all the forms that each is wanted in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: list[str] = Field(
        default=[],
        max_length=MOST,
        description="ids of photographs",
        examples=[["019f3a52-7c1e-7b64-9d1f-0a6f5a3c2e10"]],
    )
    skus: list[str] = Field(
        default=[], max_length=1000, description="all photographs of these, as the shop calls them", examples=[[]]
    )
    recipes: list[str | dict[str, Any]] = Field(
        default=["marketplace-white"],
        min_length=1,
        max_length=50,
        description="by name, or as data",
        examples=[["marketplace-white", "soft-shadow"]],
    )
    ratios: list[Ratio] = Field(
        default=[],
        max_length=50,
        description="width to height; left out, as the recipe has it",
        examples=[["1:1", "4:5", "16:9"]],
    )
    longest: int = Field(default=2000, ge=16, le=8000, description="pixels of the longer side, where there are ratios")
    backgrounds: list[str] = Field(
        default=[],
        max_length=50,
        description="colours as #f4f1ec, or transparent; left out, as the recipe has it",
        examples=[["#ffffff", "#f4f1ec"]],
    )
    wishes: dict[str, Any] = Field(
        default={},
        description="the same for all: other fields of image.enhance, as padding or format",
        examples=[{"format": "webp"}],
    )

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if bool(self.images) == bool(self.skus):
            raise ValueError("give images or skus")
        return self

    @property
    def forms(self) -> int:
        """How many of each photograph there are at most."""
        return prod(max(1, len(each)) for each in (self.recipes, self.ratios, self.backgrounds))

    def requests(self, images: list[str]) -> Iterator[dict[str, Any]]:
        """A request of `image.enhance` for each form of each of these; one that is asked for twice comes once."""
        forms = list({canonical_json(form): form for form in self._forms()}.values())
        for image in dict.fromkeys(images):
            yield from ({"image": image, **form} for form in forms)

    def _forms(self) -> Iterator[dict[str, Any]]:
        shapes = [{"size": _size(ratio, self.longest)} for ratio in self.ratios] or [{}]
        grounds = [{"background": background} for background in self.backgrounds] or [{}]
        for recipe, shape, ground in product(self.recipes, shapes, grounds):
            yield {**self.wishes, "recipe": recipe, **shape, **ground}


def _size(ratio: str, longest: int) -> list[int]:
    """Width and height; 4:5 of 2000 is 1600 by 2000."""
    width, height = (int(side) for side in ratio.split(":"))
    scale = longest / max(width, height)
    return [max(1, round(width * scale)), max(1, round(height * scale))]


def form_of(request: Mapping[str, Any]) -> str:
    """What makes a form differ from the others of its photograph, as `soft-shadow-1600x2000-f4f1ec`."""
    recipe = request.get("recipe", "marketplace-white")
    said = [recipe if isinstance(recipe, str) else str(recipe.get("name", "recipe"))]
    if request.get("size"):
        said.append("x".join(map(str, request["size"])))
    if request.get("background"):
        said.append(str(request["background"]).lstrip("#"))
    return "-".join(said)
