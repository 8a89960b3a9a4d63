"""Who must look: a person, where the cutout is doubtful or the score is not over what approves."""

import pytest

from packshot.settings import Settings
from packshot.tasks.images import verdict_on


@pytest.mark.parametrize(
    ("confidence", "total", "verdict"),
    [
        (0.9, 75.01, "sure"),
        (0.9, 75.0, "doubtful"),  # exactly so much is for a person to decide
        (0.9, 74.99, "doubtful"),
        (0.74, 99, "doubtful"),
        (0.75, 99, "sure"),
        (None, 99, "not-asked"),
        (None, 75.0, "doubtful"),
    ],
)
def test_the_verdict_asks_for_both(confidence: float | None, total: float, verdict: str) -> None:
    assert verdict_on(confidence, total, Settings()) == verdict


def test_a_deployment_draws_the_lines_elsewhere() -> None:
    strict = Settings(sure_from=0.95, approve_above=90)
    assert verdict_on(0.9, 95, strict) == verdict_on(0.99, 90, strict) == "doubtful"
    assert verdict_on(0.96, 91, strict) == "sure"
