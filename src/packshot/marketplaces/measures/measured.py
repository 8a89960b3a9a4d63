"""What a measure gives back, and what is told of a measure before it is taken."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from packshot.marketplaces.facts import FileFacts

Outcome: TypeAlias = Literal["met", "missed", "unknown", "not-applicable"]
ESTIMATE = "it is an estimate"
UNSURE = "where the product ends is not certain"

Cure: TypeAlias = Literal["encode", "recipe", "none"]  # writing the file anew, the whole recipe, or nothing that we do


@dataclass(frozen=True)
class Measured:
    """`value` is plain JSON; `fix` says what would cure a miss, `doubt` why it may be none."""

    outcome: Outcome
    value: Any
    sentence: str
    fix: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class Measure:
    """One thing that a rule can ask for: `what` in words, the type of its limit, and how the limit reads."""

    what: str
    limit: Any
    in_words: Callable[[Any], str]
    take: Callable[[FileFacts, Any], Measured]
    cure: Cure = "none"


def met(value: Any, sentence: str) -> Measured:
    return Measured("met", value, sentence)


def missed(value: Any, sentence: str, fix: str, *, doubt: str = "") -> Measured:
    return Measured("missed", value, sentence, fix, doubt)


def unknown(sentence: str) -> Measured:
    return Measured("unknown", None, sentence)


def not_applicable(sentence: str) -> Measured:
    return Measured("not-applicable", None, sentence)
