"""What the nodes of a workflow work with, handed to them by LangGraph's runtime, never kept in the state."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from packshot.ports import AssetStore, Hints, Models
from packshot.recipe import Recipe
from packshot.settings import Settings


@dataclass(frozen=True)
class Finished:
    """A finished file and its receipt, as plain data."""

    data: bytes
    manifest: dict[str, Any]


class Make(Protocol):
    """Runs a recipe over a photograph's bytes. `scene` is the asset of the picture that it may speak of by that name,
    and `painted` says that a model made it."""

    def __call__(
        self, photo: bytes, recipe: Recipe, *, name: str, seed: int, scene: str | None, painted: bool, hints: Hints
    ) -> Finished: ...


@dataclass(frozen=True)
class Desk:
    """`passing` is where what one step hands to the next lies for a while. `job` is who pays: what its calls cost is
    charged to it, and `budget` is the most they may cost together."""

    settings: Settings
    models: Models
    assets: AssetStore
    passing: AssetStore
    make: Make
    tell: Callable[[float, str], None]
    job: str = ""

    def paying(self, picture: str, budget: str | None) -> Models:
        """The models, whose calls are for `picture` and within `budget`."""
        return self.models.charged_to(job=self.job, picture=picture, budget=None if budget is None else Decimal(budget))
