"""A provider of paid pictures on this machine, as Gemini speaks, and what became of each call to it.

Needs the tests beside the benchmarks: the provider's wire format is theirs.
"""

import json
import sys
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from report import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "tests"))
sys.path.insert(0, str(REPOSITORY / "tests" / "hosted"))

import cv2
import gemini_wire
from server import Asked, Reply, Server
from sqlalchemy import select

from packshot.database.sessions import Sessions
from packshot.database.tables import LedgerEntry
from scenes_drawn import table_before_wall

SECONDS = 0.4  # that a painting takes, so that something can die meanwhile


@dataclass(frozen=True)
class Paid:
    """Of one job: the calls that the provider answered, and the entries of the ledger."""

    asked: int
    paintings: int  # different ones among them
    settled: int
    unsettled: int

    @property
    def twice(self) -> int:
        """How often a painting was asked for again."""
        return self.asked - self.paintings

    def fault(self, variants: int) -> str:
        """What was not as promised (decision 071), or "": a painting is settled once, and asked for again only where
        the first time was cut off before its answer was kept, which an unsettled entry says."""
        if (self.paintings, self.settled) != (variants, variants):
            return f"{self.paintings} paintings asked for and {self.settled} settled, of {variants}"
        if self.twice > self.unsettled:
            return f"{self.twice} asked for again, and {self.unsettled} entries that say so"
        return ""


class Provider:
    """To be entered and left. `settings` lead the service to it."""

    def __init__(self) -> None:
        self._server = Server(_painted)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.__exit__(kind, error, at)

    @property
    def settings(self) -> dict[str, str]:
        return {
            "PACKSHOT_GEMINI__BASE_URL": self._server.address,
            "PACKSHOT_GEMINI__KEY": gemini_wire.KEY,
            "PACKSHOT_GEMINI__PER_MINUTE": "6000",
        }

    def paid(self, sessions: Sessions, job: str, scene: str) -> Paid:
        """What became of the job that paints `scene`."""
        asked = [(_prompt(each), json.dumps(each["generationConfig"], sort_keys=True)) for each in self._requests()]
        mine = [wish for wish in asked if wish[0].startswith(scene)]
        wanted = select(LedgerEntry.settled).where(LedgerEntry.job == job)
        entries = sessions.read(lambda session: list(session.scalars(wanted)))
        return Paid(len(mine), len(set(mine)), sum(entries), len(entries) - sum(entries))

    def _requests(self) -> list[Any]:
        return [each.json() for each in self._server.asked]


def _prompt(request: Any) -> str:
    return str(request["contents"][0]["parts"][-1].get("text") or request["contents"][0]["parts"][0].get("text"))


def _painted(asked: Asked) -> Reply:
    """A table before a wall, after a while; or what the provider says to a request that it refuses."""
    answer = gemini_wire.answers(asked)
    if answer.status != 200:
        return answer
    size = gemini_wire.RATIOS[asked.json()["generationConfig"]["imageConfig"]["aspectRatio"]]
    time.sleep(SECONDS)
    return gemini_wire.painted(cv2.imencode(".png", table_before_wall(size).rgb[..., ::-1])[1].tobytes())
