"""What is asked of a batch, and what comes back: plain values that cross between processes.

The parent of a batch touches no pixels. It imports this, the plan and the pool, and so is there at once; recipes,
settings and pictures are opened by the workers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from packshot.errors import PackshotError

Holds: TypeAlias = Literal["picture", "alpha"]  # what a file shows: the rendition, or its alpha in grey
Status: TypeAlias = Literal["done", "doubtful", "skipped", "failed", "not-started"]
Verdict: TypeAlias = Literal["sure", "doubtful", "not-asked"]


@dataclass(frozen=True)
class Planned:
    """One picture to do. Both paths are absolute."""

    source: Path
    output: Path


@dataclass(frozen=True)
class Adjustments:
    """Changes to a recipe asked for by the words a shop uses. None leaves what the recipe says.

    `padding` is the least share of the canvas side to keep free on each side, `aspect` is width / height, `guard_text`
    names the reader that watches over the label, `changes` go by `op.field` and win over the rest.
    """

    background: str | None = None
    min_dimension: int | None = None
    size: tuple[int, int] | None = None
    aspect: float | None = None
    padding: float | None = None
    max_kilobytes: float | None = None
    format: str | None = None
    quality: int | None = None
    keep_metadata: bool = False
    guard_text: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class HintFiles:
    """Hints as they are typed: numbers in pixels of the upright picture, masks as files."""

    box: tuple[int, int, int, int] | None = None
    point: tuple[int, int] | None = None
    mask: Path | None = None
    rough: Path | None = None

    def __bool__(self) -> bool:
        return any(hint is not None for hint in (self.box, self.point, self.mask, self.rough))


@dataclass(frozen=True)
class Order:
    """Apply a recipe to every picture that `inputs` mean.

    `recipe` is a name, a YAML file, or a recipe as plain data; `out` is a folder, or a file for a single picture;
    `pictures` are files that the recipe speaks of by name. `max_edit` is the most that a step may do to the product;
    None allows all. `workers` None leaves their number to the settings.
    """

    recipe: str | Mapping[str, Any]
    inputs: Sequence[str]
    out: Path
    adjustments: Adjustments = field(default_factory=Adjustments)
    pictures: Mapping[str, Path] = field(default_factory=dict)
    hints: HintFiles = field(default_factory=HintFiles)
    seed: int = 0
    holds: Holds = "picture"
    max_edit: str | None = None
    workers: int | None = None
    again: bool = False
    contact_sheet: bool = True


@dataclass(frozen=True)
class Greeting:
    """What a worker knows once it has opened recipe and settings. `suffix` is the outputs', as `.jpg`."""

    recipe: str
    suffix: str
    workers: int
    max_seconds: float
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PictureResult:
    """How it went with one picture. `box` is the product's in pixels of the upright file; `error` has five fields.

    `marketplace` is what the receipt says of the rules of the marketplace it was made for.
    """

    source: Path
    output: Path | None
    status: Status
    verdict: Verdict = "not-asked"
    confidence: float | None = None
    reasons: tuple[str, ...] = ()
    box: tuple[int, int, int, int] | None = None
    score: float | None = None
    score_before: float | None = None
    marketplace: Mapping[str, Any] | None = None
    seconds: float = 0.0
    error: dict[str, Any] | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether a person should look at it; an earlier run may have made it."""
        return self.verdict == "doubtful" and self.status != "failed"


@dataclass(frozen=True)
class BatchResult:
    """Results in the order of the plan. `stopped` says why not all were begun, where that is so."""

    recipe: str
    results: tuple[PictureResult, ...]
    seconds: float
    contact_sheet: Path | None = None
    stopped: PackshotError | None = None

    @property
    def counts(self) -> Counter[Status]:
        return Counter(result.status for result in self.results)

    def in_words(self) -> str:
        """`9 pictures: 7 done, 2 failed`."""
        words: dict[Status, str] = {"skipped": "done before", "not-started": "not begun"}
        order: tuple[Status, ...] = ("done", "doubtful", "skipped", "failed", "not-started")
        counts = self.counts
        parts = [f"{counts[status]} {words.get(status, status)}" for status in order if counts[status]]
        total = len(self.results)
        return f"{total} {'picture' if total == 1 else 'pictures'}: {', '.join(parts)}"


@dataclass(frozen=True)
class DrawSheet:
    """The last piece of work of a batch: its contact sheet, in `out`."""

    out: Path
    planned: Sequence[Planned]
    done: BatchResult


def cutout_recipe(model: str) -> dict[str, Any]:
    """The cutout alone: the picture's own size, lossless, straight alpha."""
    return {
        "name": "cutout",
        "summary": "The product alone on transparency, in the photograph's own size and place.",
        "steps": [{"cutout": {"model": model, "crop": False}}],
        "output": {"format": "png", "quality": 100},
    }
