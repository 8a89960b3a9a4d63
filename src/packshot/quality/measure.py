"""What a measure is, and the two curves that grade it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """`value` in the unit that `sentence` names, `score` 0..1, 1 where nothing is better."""

    value: float
    score: float
    sentence: str


def falling(value: float, half: float, power: float = 2.0) -> float:
    """1 at 0, 0.5 at `half`, towards 0 beyond: 1 / (1 + (value / half)^power).

    It is never flat, so that of two pictures the one with more of the damage has the lower score, however gross both.
    """
    return float(1 / (1 + (max(value, 0.0) / half) ** power))


def rising(value: float, half: float, power: float = 2.0) -> float:
    """0 at 0, 0.5 at `half`, towards 1 beyond."""
    return 1 - falling(value, half, power)
