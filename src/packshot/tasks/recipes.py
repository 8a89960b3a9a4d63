"""Which recipe is meant, and the small changes to it that have names of their own."""

from pathlib import Path
from typing import Any

import yaml

from packshot.errors import InputError, PackshotError, RecipeError, UnknownName
from packshot.marketplaces import Profile, profiles, recipe_for
from packshot.ports import Models
from packshot.recipe import EDITS, Recipe, shipped
from packshot.settings import Settings
from packshot.tasks.order import Adjustments

SUFFIXES = {".yaml", ".yml"}
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".tif", ".tiff", ".gif", ".bmp"}


def open_recipe(wanted: str | Path | Recipe, settings: Settings) -> Recipe:
    """A recipe by name, or from a YAML file; a marketplace profile gives the recipe that meets it.

    The shipped ones (and plugins') take the deployment's defaults, but for the marketplaces': their rules decide.
    """
    if isinstance(wanted, Recipe):
        return wanted
    path = Path(wanted)
    if path.suffix.lower() in SUFFIXES:
        return _from_file(path)
    if str(wanted) in profiles():
        return Recipe.named(str(wanted))
    try:
        return with_defaults(Recipe.named(str(wanted)), settings)
    except UnknownName as error:
        if path.suffix.lower() in PICTURES or path.exists():
            error.hint = f"give a recipe first: packshot run marketplace-white {wanted} -o OUT"
        raise


def _from_file(path: Path) -> Recipe:
    try:
        text = path.read_text(encoding="utf-8")
        return recipe_for(Profile.from_yaml(text)) if _is_profile(text) else Recipe.from_yaml(text)
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not text", hint="a recipe is a YAML file in UTF-8") from error
    except OSError as error:
        known = ", ".join(shipped())
        raise InputError(
            f"{path} cannot be read: {error.strerror}", hint=f"check the name; shipped: {known}"
        ) from error
    except PackshotError as error:
        raise error.at(str(path)) from None


def profile_of(wanted: Any) -> Profile | None:
    """The marketplace that a recipe is for, by the name or the file that was asked for; None where it is for none."""
    if not isinstance(wanted, str | Path):
        return None
    path = Path(wanted)
    if path.suffix.lower() in SUFFIXES:
        text = path.read_text(encoding="utf-8")
        return Profile.from_yaml(text) if _is_profile(text) else None
    return Profile.named(str(wanted)) if str(wanted) in profiles() else None


def _is_profile(text: str) -> bool:
    """A profile has rules, a recipe steps."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    return isinstance(content, dict) and "rules" in content and "steps" not in content


def with_defaults(recipe: Recipe, settings: Settings) -> Recipe:
    """The recipe as this deployment wants it."""
    ops = {step.op for step in recipe.steps}
    if not settings.background_removal:
        kept = tuple(step for step in recipe.steps if step.op not in ("cutout", "matte", "shadow"))
        recipe = recipe.model_copy(update={"steps": kept})
    changes: dict[str, Any] = {}
    if settings.background_colour is not None and _lays_a_colour(recipe):
        changes["background.colour"] = settings.background_colour
    if settings.target_min_dimension is not None and ops & {"place", "upscale"}:
        changes |= _at_least(recipe, settings.target_min_dimension)
    return recipe.with_(changes) if changes else recipe


def adjusted(recipe: Recipe, asked: Adjustments) -> Recipe:
    """The recipe with the changes in it. Raises InputError where it has nothing that a change could apply to."""
    changes: dict[str, Any] = {}
    if asked.background is not None:
        _need(recipe, "background", "--background")
        changes |= {"background.colour": asked.background, "background.gradient": None, "background.picture": None}
        if asked.background == "transparent" and asked.format is None and recipe.output.format == "jpeg":
            changes["output.format"] = "png"  # JPEG has no transparency
    if asked.size is not None:
        op = "scene" if any(step.op == "scene" for step in recipe.steps) else "place"
        _need(recipe, op, "--size")
        changes[f"{op}.canvas"] = list(asked.size)
    if asked.aspect is not None:
        _need(recipe, "place", "--aspect")
        changes |= _of_aspect(_canvas(recipe) if asked.size is None else asked.size, asked.aspect)
    if asked.padding is not None:
        _need(recipe, "place", "--padding")
        changes["place.fill"] = round(1 - 2 * asked.padding, 6)
    if asked.min_dimension is not None:
        changes |= _at_least(recipe.with_(changes), asked.min_dimension)
    output = {"max_kilobytes": asked.max_kilobytes, "format": asked.format, "quality": asked.quality}
    changes |= {f"output.{name}": value for name, value in output.items() if value is not None}
    if asked.quality is not None and asked.quality < recipe.output.min_quality:
        changes["output.min_quality"] = asked.quality
    if asked.keep_metadata:
        changes["output.metadata"] = "keep"
    if asked.guard_text is not None:
        for op in {step.op for step in recipe.steps if "guard_text" in type(step).model_fields}:
            changes |= {f"{op}.guard_text": True, f"{op}.reader": asked.guard_text}
    for each in (changes, asked.changes):
        recipe = recipe.with_(each) if each else recipe
    return recipe


def check_edits(recipe: Recipe, most: str | None, models: Models) -> None:
    """Raises RecipeError naming the first step that edits more than `most` allows, and the recipes that would do.

    What a step edits may depend on its model: `models` are asked for their cards.
    """
    if most is None:
        return
    known = {edit: edit for edit in EDITS}
    if most not in known:
        raise UnknownName("no edit class is called '" + most + "'", hint=f"from least to most: {', '.join(EDITS)}")
    found = recipe.beyond(known[most], models)
    if found is None:
        return
    number, step = found
    within = [name for name in shipped() if Recipe.named(name).beyond(known[most], models) is None]
    ways = [f"use one of {', '.join(within)}"] if within else []
    largest = max((each.edit_with(models) for each in recipe.steps), key=EDITS.index)
    raise RecipeError(
        f"step {number} of {len(recipe.steps)} of {recipe.name}, {step.op}, is {step.edit_with(models)}, "
        f"and no more than {most} is allowed",
        hint=" or ".join([*ways, f"allow it with --max-edit {largest}"]),
    )


def _need(recipe: Recipe, op: str, option: str) -> None:
    if op not in {step.op for step in recipe.steps}:
        having = [name for name in shipped() if any(step.op == op for step in Recipe.named(name).steps)]
        raise InputError(
            f"the recipe {recipe.name} has no step '{op}', so {option} has nothing to change",
            hint=f"use one that has: {', '.join(having)}",
        )


def _canvas(recipe: Recipe) -> tuple[int, int] | None:
    """The fixed canvas the recipe places on; None where it follows the product, or places nothing."""
    found = [getattr(step, "canvas", None) for step in recipe.steps if step.op == "place"]
    return found[-1] if found and isinstance(found[-1], tuple) else None


def _lays_a_colour(recipe: Recipe) -> bool:
    laid = [step.model_dump() for step in recipe.steps if step.op == "background"]
    return any(step["gradient"] is None and step["picture"] is None for step in laid)


def _of_aspect(canvas: tuple[int, int] | None, aspect: float) -> dict[str, Any]:
    """A canvas of that shape; a fixed one keeps its longer side."""
    if canvas is None:
        return {"place.aspect": aspect}
    longest = max(canvas)
    size = (longest, longest / aspect) if aspect >= 1 else (longest * aspect, longest)
    return {"place.canvas": [max(1, round(side)) for side in size]}


def _at_least(recipe: Recipe, pixels: int) -> dict[str, Any]:
    """No side of the result under `pixels`: a fixed canvas grows to it, else what is smaller is enlarged."""
    canvas = _canvas(recipe)
    if canvas is not None:
        scale = max(1.0, pixels / min(canvas))
        return {"place.canvas": [round(side * scale) for side in canvas]}
    _need(recipe, "upscale", "--min-dimension")
    return {"upscale.until": pixels, "upscale.factor": None}
