"""The words of the catalogue service that came before: a mode, whether to cut out, a size in kilobytes.

Each mode is the shipped recipe of its name. Cutting out is on where nothing else is said, as it was there.
"""

from typing import Any, Literal, TypeAlias, get_args

from packshot.recipe import Recipe
from packshot.services import Services
from packshot.tasks.enhance import named_recipe

Mode: TypeAlias = Literal["auto", "full", "sharpen", "denoise", "upscale", "optimize"]

MODES: tuple[Mode, ...] = get_args(Mode)
_NEEDS_A_CUTOUT = {"cutout", "matte", "shadow", "place", "straighten"}


def asked_for(
    mode: Mode, services: Services, *, remove_background: bool = True, target_size_kb: float | None = None
) -> dict[str, Any]:
    """What `image.enhance` is to be asked for: recipe and budget."""
    recipe = named_recipe(mode, services)
    chosen = _cut_out(recipe, services) if remove_background else _left_whole(recipe)
    asked: dict[str, Any] = {"recipe": chosen.as_data()}
    if target_size_kb is not None:
        asked["max_kilobytes"] = target_size_kb
    return asked


def _left_whole(recipe: Recipe) -> Recipe:
    """Without the steps that need a product, and without a new background."""
    kept = tuple(step for step in recipe.steps if step.op not in _NEEDS_A_CUTOUT | {"background"})
    return recipe.model_copy(update={"steps": kept})


def _cut_out(recipe: Recipe, services: Services) -> Recipe:
    """With the product before white, also where the mode alone would leave the picture whole."""
    if any(step.op == "cutout" for step in recipe.steps) or not services.settings.background_removal:
        return recipe
    colour = services.settings.background_colour or "#ffffff"
    steps = recipe.as_data()["steps"]
    data = {
        **recipe.as_data(),
        "steps": [{"cutout": {"otherwise": "keep", "crop": False}}, *steps, {"background": {"colour": colour}}],
    }
    return Recipe.of(data)
