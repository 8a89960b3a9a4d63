"""Where things last beyond one run."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from packshot.database.sessions import Sessions
from packshot.ports import AssetStore


@dataclass(frozen=True)
class Remembering:
    """The database, how far graphs are (in the same, or in a file of `state`), and the bytes of pictures."""

    sessions: Sessions
    url: URL
    state: Path
    assets: AssetStore
