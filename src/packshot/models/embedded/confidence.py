"""From evidence to a number: how likely the mask is right, and why not, in words."""

from dataclasses import dataclass, replace

from packshot.models.embedded.judge import Outline


@dataclass(frozen=True)
class Evidence:
    """What is known besides the outline. The defaults are those of a picture whose frame says nothing."""

    hinted: bool = False
    general: bool = False
    explained: float = 0.0  # share of the frame that one smooth surface explains
    spread: float = 20.0  # CIE Lab, of the frame around that surface
    noise: float = 10.0  # CIE Lab, of the backdrop around its local colour
    agreement: float | None = None  # overlap of the two paths; None where only one was asked

    @property
    def is_plain(self) -> bool:
        """Plain enough that the specialist need not ask anybody."""
        return self.explained > 0.85 and self.spread < 2.6 and self.noise < 1.1

    def with_agreement(self, overlap: float) -> "Evidence":
        return replace(self, agreement=overlap)

    def as_general(self) -> "Evidence":
        return replace(self, general=True)


def confidence(outline: Outline, evidence: Evidence) -> tuple[float, tuple[str, ...]]:
    """0..1 and the reasons for doubt."""
    reasons = []
    sure = min(1.0, outline.contrast)
    if evidence.agreement is not None:
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
