"""From evidence to a number: how likely the mask is right, and why not, in words."""

from dataclasses import dataclass

from packshot.models.embedded.judge import Outline, Surroundings

# Of the network's doubts: harmless, grave, cost. Fitted to composites held out from its training (docs/decisions/060).
_SECONDED = (0.75, 0.4, 0.6)
_DISPUTED = (0.005, 0.04, 0.35)
_TRUST = (0.8, 0.5, 0.5)
_TOLD = 3  # reasons; a person wants the gravest, not the list


@dataclass(frozen=True)
class Evidence:
    """What is known besides the outline. The defaults are those of a picture whose frame says nothing."""

    hinted: bool = False
    explained: float = 0.0  # share of the frame that one smooth surface explains
    agreement: float = 1.0  # overlap of the two paths; 1 where only one was asked
    stability: float = 1.0  # of the general path, from first look to last
    seconded: float = 1.0  # overlap of the answer with what the network sees; 1 where it was not asked
    disputed: float = 0.0  # pieces that the network sees and the answer lacks, or the other way round, as a share of it
    trust: float = 1.0  # the IoU that the network expects of what it sees


@dataclass(frozen=True)
class _Doubt:
    """A reason for doubt: as `value` goes from `harmless` to `grave`, up to `cost` of the confidence is lost."""

    reason: str
    value: float
    harmless: float
    grave: float
    cost: float

    @property
    def depth(self) -> float:
        """0 harmless, 1 grave."""
        return min(1.0, max(0.0, (self.value - self.harmless) / (self.grave - self.harmless)))


def confidence(outline: Outline, around: Surroundings, evidence: Evidence) -> tuple[float, tuple[str, ...]]:
    """0..1 and the reasons for doubt, the gravest first.

    Doubts multiply. Their scales were set by hand on photographs with truth, and measured in docs/benchmarks.md; a
    regression on computer graphics was tried and was worse (docs/decisions/041).
    """
    doubts = [
        _Doubt("the outline has little contrast", outline.contrast, 0.7, 0.0, 1.0),
        _Doubt("part of the outline has hardly any contrast", outline.weakest, 8, 2, 0.3),
        _Doubt("the product is cut off by the picture's edge", outline.framed, 0.0, 0.08, 0.35),
        _Doubt("what was found is very large", outline.area, 0.3, 0.5, 0.25),
        _Doubt("pieces beside the product may belong to it", around.leftover, 0.03, 0.15, 0.3),
        _Doubt("more than one thing stands there", around.parts, 1, 2, 0.3),
        _Doubt("faint lines beside the product may belong to it", around.lines, 0.5, 4, 0.12),
    ]
    if not evidence.hinted:
        doubts += [
            _Doubt("two ways of looking at it disagree", evidence.agreement, 1.0, 0.0, 0.65),
            _Doubt("the network sees something else", evidence.seconded, *_SECONDED),
            _Doubt("the network sees other holes or pieces", evidence.disputed, *_DISPUTED),
            _Doubt("the network is not sure what it sees", evidence.trust, *_TRUST),
            _Doubt("a closer look changed the answer", evidence.stability, 1.0, 0.0, 0.65),
            _Doubt("the background is not one even surface", evidence.explained, 0.985, 0.895, 0.55),
            _Doubt("other things stand around it", around.odd, 0.012, 0.052, 0.45),
        ]
    sure = 1.0
    for doubt in doubts:
        sure *= 1 - doubt.cost * doubt.depth
    named = sorted((doubt for doubt in doubts if doubt.cost * doubt.depth > 0.07), key=lambda d: -d.cost * d.depth)
    return round(sure, 3), tuple(doubt.reason for doubt in named[:_TOLD])
