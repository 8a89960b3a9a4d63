"""From evidence to a number: how likely the mask is right, and why not, in words."""

from dataclasses import dataclass

from packshot.models.embedded.judge import Outline, Surroundings


@dataclass(frozen=True)
class Evidence:
    """What is known besides the outline. The defaults are those of a picture whose frame says nothing."""

    hinted: bool = False
    general: bool = False
    explained: float = 0.0  # share of the frame that one smooth surface explains
    spread: float = 20.0  # CIE Lab, of the frame around that surface
    noise: float = 10.0  # CIE Lab, of the backdrop around its local colour
    agreement: float = 1.0  # overlap of the two paths; 1 where only one was asked
    stability: float = 1.0  # of the general path, from first look to last

    @property
    def is_plain(self) -> bool:
        """Plain enough that the specialist need not ask anybody."""
        return self.explained > 0.85 and self.spread < 2.6 and self.noise < 1.1


def confidence(outline: Outline, around: Surroundings, evidence: Evidence) -> tuple[float, tuple[str, ...]]:
    """0..1 and the reasons for doubt."""
    reasons = []
    sure = min(1.0, outline.contrast)
    sure *= 0.4 + 0.6 * evidence.agreement
    if evidence.agreement < 0.85:
        reasons.append("two ways of looking at it disagree")
    if outline.weakest < 5:
        reasons.append("part of the outline has hardly any contrast")
        sure *= 0.8
    if outline.framed > 0.12:
        reasons.append("the product is cut off by the picture's edge")
        sure *= 0.8
    return round(sure, 3), tuple(reasons)
