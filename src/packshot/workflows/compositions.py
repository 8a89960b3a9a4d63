"""The recipe of one picture of a placement. The product is laid on last, from the photograph, in all of them."""

from collections.abc import Mapping
from typing import Any

from packshot.recipe import Recipe
from packshot.workflows.asked import PlaceProduct, canvas_of, standing_on
from packshot.workflows.facts import Place


def recipe_for(
    request: PlaceProduct, place: Place, steps: list[dict[str, Any]], shape: str, seen: Mapping[str, Any]
) -> Recipe:
    """In a set by `scene`; in a picture by `stand`, and the scene brought into the product's light.

    `seen` is what was said of the product: the share of a set's picture that it takes, and how high it may be.
    """
    if place["set"] is not None:
        standing = [scene_step(request, place, shape, float(seen["share"]))]
    else:
        together: dict[str, Any] = {"harmonise": {}} if request.strict else {"blend-in": {}}
        standing = [{"stand": stand_step(request, place, shape, seen["between_mm"])}, together]
    return Recipe.of(
        {
            "name": "placement",
            "summary": "A product in a place.",
            "steps": ["cutout", *steps, *standing],
            "output": {"format": "jpeg", "quality": 92},
        }
    )


def scene_step(request: PlaceProduct, place: Place, shape: str, share: float) -> dict[str, Any]:
    return {
        "scene": {
            "set": place["set"],
            "look": place["look"],
            "canvas": list(canvas_of(shape, request.longest)),
            "fill": share,
            "colour": request.colour,
            "strict": request.strict,
        }
    }


def stand_step(request: PlaceProduct, place: Place, shape: str, between_mm: list[float] | None) -> dict[str, Any]:
    """The parameters of `stand`. What somebody gave of the product's size counts for more than what a model thinks."""
    # What a painter was asked to put in the foreground is the surest surface there, whatever it is called.
    wish = {} if place["painted"] else standing_on(request.surface)
    return wish | {
        "picture": "scene",
        "format": shape,
        "longest": request.longest,
        "height_mm": request.height_mm,
        "between_mm": None if request.category is not None else between_mm,
        "category": request.category,
        "layers": True,
    }
