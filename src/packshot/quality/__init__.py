"""How good a product picture is: measures with a sentence each, and a total of 0..100."""

from packshot.quality.measure import Measure
from packshot.quality.scoring import WEIGHTS, Score, score

__all__ = ["WEIGHTS", "Measure", "Score", "score"]
