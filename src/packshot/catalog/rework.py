"""What a person finds wrong with a picture, and what is done differently for it the next time.

Each reason changes the recipe by what it says of the picture: the recipe that comes out is another one, with a digest
of its own, so that the picture before stays beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from packshot.errors import InputError, UnknownName
from packshot.recipe import Recipe


@dataclass(frozen=True)
class Change:
    """Of one parameter: set it, or move it by a number within limits. `auto` is what an automatic one begins from."""

    parameter: str  # op.field
    to: Any = None
    by: float = 0.0
    low: float = 0.0
    high: float = 1.0
    auto: float = 0.0

    def applied(self, now: Any) -> Any:
        if self.to is not None:
            return self.to
        start = float(now) if isinstance(now, int | float) and not isinstance(now, bool) else self.auto
        return round(min(self.high, max(self.low, start + self.by)), 4)


@dataclass(frozen=True)
class Reason:
    """In words for a person, and what follows. Without changes the recipe cannot help: a person has to."""

    words: str
    changes: tuple[Change, ...] = ()


REASONS: Final = {
    "too-dark": Reason("the product is too dark", (Change("tone.exposure", by=0.4, low=-2, high=2, auto=0.3),)),
    "too-bright": Reason("the product is too bright", (Change("tone.exposure", by=-0.4, low=-2, high=2, auto=0.3),)),
    "too-warm": Reason("its colours are too yellow", (Change("tone.temperature", by=-0.2, low=-1, high=1),)),
    "too-cold": Reason("its colours are too blue", (Change("tone.temperature", by=0.2, low=-1, high=1),)),
    "flat": Reason("it looks dull", (Change("tone.contrast", by=0.2, low=-1, high=1),)),
    "harsh": Reason("its contrast is too hard", (Change("tone.contrast", by=-0.2, low=-1, high=1),)),
    "noisy": Reason("there is grain", (Change("denoise.strength", by=0.25, auto=0.3),)),
    "smeared": Reason("fine structure is gone", (Change("denoise.strength", by=-0.5, auto=0.3),)),
    "soft": Reason("it is not crisp", (Change("sharpen.amount", by=0.5, high=3, auto=0.6),)),
    "halo": Reason("its edges have halos", (Change("sharpen.amount", by=-0.5, high=3, auto=0.6),)),
    "too-small": Reason("the product is too small in its frame", (Change("place.fill", by=0.07, low=0.1, high=0.98),)),
    "too-large": Reason("it is too large in its frame", (Change("place.fill", by=-0.07, low=0.1, high=0.98),)),
    "label": Reason("its label is harder to read", (Change("sharpen.guard_text", to=True),)),
    "cutout": Reason("something of it is missing, or something else is in it", (Change("cutout.model", to="network"),)),
    "shadow-heavy": Reason("its shadow is too dark", (Change("shadow.opacity", by=-0.2, auto=0.5),)),
    "shadow-light": Reason("its shadow is too weak", (Change("shadow.opacity", by=0.2, auto=0.5),)),
    "wrong-product": Reason("it shows another product; a person has to find the right photograph"),
    "bad-photo": Reason("the photograph itself will not do; a person has to take another"),
}


def check_reasons(reasons: Sequence[str]) -> None:
    """Raises UnknownName for a reason that nothing is known of."""
    for reason in reasons:
        if reason not in REASONS:
            raise UnknownName.of("reason", reason, REASONS, listing="packshot review reasons")


def asked_again(image: str, receipt: Mapping[str, Any], reasons: Sequence[str]) -> dict[str, Any]:
    """The request of `image.enhance` for a picture that is to be made again: as its receipt says, and otherwise by
    what follows from the reasons. Raises InputError where nothing does."""
    recipe = Recipe.of(receipt["recipe"])
    reworked(recipe, reasons)
    box = receipt.get("hints", {}).get("box")
    asked = {"image": image, "recipe": recipe.as_data(), "reasons": list(reasons), "seed": receipt.get("seed", 0)}
    return asked if box is None else {**asked, "box": box}


def reworked(recipe: Recipe, reasons: Sequence[str]) -> Recipe:
    """The recipe with what follows from the reasons, one after the other.

    Raises InputError where nothing follows from any of them: the same picture would come out again.
    """
    check_reasons(reasons)
    there = {step.op: step for step in recipe.steps}
    done = recipe
    for reason in reasons:
        for change in REASONS[reason].changes:
            op, _, field = change.parameter.partition(".")
            if op not in there:
                continue
            now = next(getattr(step, field) for step in done.steps if step.op == op)
            done = done.with_({change.parameter: change.applied(now)})
    if reasons and done.digest == recipe.digest:
        said = "; ".join(REASONS[reason].words for reason in reasons)
        raise InputError(
            f"the recipe {recipe.name} cannot be changed so that it helps where {said}",
            hint="reject the picture and take another photograph, or give the sku a recipe of its own",
        )
    return done
