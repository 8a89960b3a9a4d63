"""Make pictures that stand out of their group again, so that they fit in.

A picture made by another recipe than the rest is made by theirs. What still differs after that is turned at its own
parameter, measured again, and turned once more where that was not enough.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packshot.consistency import TRAITS, Consistency, Value
from packshot.errors import InputError, PackshotError
from packshot.manifest import Manifest
from packshot.recipe import Recipe
from packshot.services import Services
from packshot.storage.codec import decode
from packshot.storage.folder import write_whole
from packshot.tasks.consistency import Group, look_of_image
from packshot.tasks.evidence import Shelf, opened_receipt
from packshot.tasks.images import ProcessedImage, process_image
from packshot.tasks.receipts import read_receipt, receipt_path
from packshot.tasks.replay import Extras, wishes_of

_ROUNDS = 3
_WARMTH = 10.0  # CIE b* that a temperature of 1 adds to a grey


@dataclass(frozen=True)
class Fitted:
    """What became of one picture that stood out. `cured` and `left` are traits; `error` says why nothing was made."""

    picture: str
    output: Path | None
    cured: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    error: dict[str, Any] | None = None

    def as_data(self) -> dict[str, Any]:
        return vars(self) | {"output": self.output.name if self.output else None}


def fit_in(
    group: Group,
    out: Path,
    services: Services,
    shelf: Shelf,
    progress: Callable[[int, int, str], None] = lambda *_: None,
) -> list[Fitted]:
    """Make every picture of `group` that stands out again, into `out`, with its receipt beside it.

    Its photograph is taken from `shelf`. One that cannot be made again is told of, and stops no other.
    """
    found = group.consistency
    usual = usual_recipe(receipt for name in found.looks if (receipt := read_receipt(group.folder / name)))
    done = []
    names = list(dict.fromkeys(outlier.picture for outlier in found.outliers))
    for number, name in enumerate(names, 1):
        progress(number, len(names), name)
        traits = {outlier.trait for outlier in found.outliers if outlier.picture == name}
        try:
            made, left = _remade(group.folder / name, usual, found, services, shelf)
            target = out / name
            write_whole(target, made.data)
            write_whole(receipt_path(target), made.manifest.as_json().encode())
            done.append(Fitted(name, target, tuple(sorted(traits - left)), tuple(sorted(left))))
        except PackshotError as error:
            done.append(Fitted(name, None, left=tuple(sorted(traits)), error=error.at(name).as_dict()))
    return done


def usual_recipe(receipts: Iterable[Manifest]) -> Recipe | None:
    """The recipe that most of the group was made by; of two as common, the first."""
    made = list(receipts)
    if not made:
        return None
    digest, _ = Counter(receipt.recipe_digest for receipt in made).most_common(1)[0]
    return Recipe.of(next(receipt.recipe for receipt in made if receipt.recipe_digest == digest))


def _remade(
    picture: Path, usual: Recipe | None, group: Consistency, services: Services, shelf: Shelf
) -> tuple[ProcessedImage, set[str]]:
    """What fits in best, and the traits in which it still does not."""
    receipt = opened_receipt(receipt_path(picture))
    said, limits = receipt.manifest, services.settings.limits
    if {"mask", "rough", "pictures"} & set(said.hints):
        raise InputError("it was made with a picture that its receipt only names", hint="make it with packshot run")
    wishes = wishes_of(said, Extras(), limits)
    photo = shelf.photograph(receipt)
    recipe = usual or Recipe.of(said.recipe)
    rounds = 0
    while True:
        made = process_image(photo, recipe, services, wishes, name=said.source.name, output=picture.name)
        look = look_of_image(decode(made.data, limits).image, made.manifest, services)
        off = differences(look, group.typical)
        turned = turned_towards(recipe, look, {trait: group.typical[trait] for trait in off})
        rounds += 1
        if turned == recipe or rounds == _ROUNDS:
            return made, set(off)
        recipe = turned


def differences(look: Mapping[str, Value], typical: Mapping[str, Value]) -> dict[str, float]:
    """By how many tolerances it is off, in the traits in which that is more than one."""
    off = {}
    for trait in TRAITS:
        if trait.name in look and trait.name in typical:
            pairs = zip(look[trait.name], typical[trait.name], strict=True)
            distance = sum((value - wanted) ** 2 for value, wanted in pairs) ** 0.5 / trait.tolerance
            if distance > 1:
                off[trait.name] = distance
    return off


def turned_towards(recipe: Recipe, look: Mapping[str, Value], wanted: Mapping[str, Value]) -> Recipe:
    """The recipe with the parameters changed that a trait in `wanted` hangs on; itself where there are none."""
    steps = {step.op: step.model_dump() for step in recipe.steps}
    changes: dict[str, Any] = {}
    if "fill" in wanted and "place" in steps:
        changes["place.fill"] = min(1.0, max(0.06, steps["place"]["fill"] * wanted["fill"][0] / look["fill"][0]))
    if "light" in wanted and "tone" in steps:
        now = steps["tone"]["temperature"]
        change = (wanted["light"][1] - look["light"][1]) / _WARMTH
        changes["tone.temperature"] = min(1.0, max(-1.0, (0.0 if now == "auto" else now) + change))
    if "shadow_side" in wanted and "shadow" in steps:
        changes["shadow.direction"] = 180 - steps["shadow"]["direction"] % 180
    recipe = recipe.with_(changes) if changes else recipe
    if "tilt" in wanted:
        recipe = _straightened(recipe, look["tilt"][0] - wanted["tilt"][0])
    return recipe


def _straightened(recipe: Recipe, degrees: float) -> Recipe:
    """Turned by so much more, after the cutout."""
    data = recipe.as_data()
    for step in data["steps"]:
        if "straighten" in step:
            before = step["straighten"]["angle"]
            step["straighten"]["angle"] = round(degrees + (0.0 if before == "auto" else before), 2)
            return Recipe.of(data)
    places = [number for number, step in enumerate(data["steps"], 1) if "cutout" in step]
    data["steps"].insert(places[0] if places else 0, {"straighten": {"angle": round(degrees, 2)}})
    return Recipe.of(data)
