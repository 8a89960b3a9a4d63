"""Second choices, as a recipe writes them: models asked in turn until one answers, and a record of why the others did
not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from packshot.errors import ModelError, NoClearProduct

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Declined:
    """A model that did not answer: the code of its error and what it said."""

    model: str
    code: str
    because: str

    def as_data(self) -> dict[str, str]:
        return {"model": self.model, "code": self.code, "because": self.because}


@dataclass(frozen=True)
class Answered(Generic[Answer]):
    """The answer, who gave it, and who was asked before."""

    answer: Answer
    model: str
    declined: tuple[Declined, ...] = ()


def first_answer(models: Sequence[str], ask: Callable[[str], Answer]) -> Answered[Answer]:
    """What `ask(name)` gives for the first of `models` that answers.

    To raise ModelError, or NoClearProduct, is not to answer; every other error is somebody's mistake and ends it. Where
    none answers the last error is raised, with what each of them said.
    """
    declined: list[Declined] = []
    for number, name in enumerate(models, 1):
        try:
            return Answered(ask(name), name, tuple(declined))
        except (ModelError, NoClearProduct) as error:
            declined.append(Declined(name, error.code, error.message))
            if number < len(models):
                continue
            if len(models) > 1:
                said = "; ".join(f"{each.model}: {each.because}" for each in declined)
                error.message = f"none of {', '.join(models)} answered: {said}"
            raise
    raise ValueError("there is no model to ask")
