"""How good a product picture is: measures with a sentence each, and a total of 0..100."""

from packshot.quality.measure import Measure
from packshot.quality.scoring import APPROVED_ABOVE, WEIGHTS, Score, approved, score

__all__ = ["APPROVED_ABOVE", "WEIGHTS", "Measure", "Score", "approved", "score"]
