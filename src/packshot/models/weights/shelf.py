"""The folder where pulled weights lie: NAME/card.yaml beside NAME/FILE. Cards there come before the shipped ones."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from packshot.errors import InputError, ModelUnavailable, UnknownName
from packshot.models.weights.card import WeightsCard, WeightsFile, shipped
from packshot.settings import Weights as WeightsSettings

CARD = "card.yaml"
_MEGABYTE = 1_000_000


def data_folder() -> Path:
    """Where this user's programs keep their data."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "packshot"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "packshot"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "packshot"


class Shelf:
    """What there is of weights: the cards, and which files are here."""

    def __init__(self, settings: WeightsSettings) -> None:
        self.settings = settings
        self.folder = settings.folder or data_folder() / "weights"

    def cards(self) -> dict[str, WeightsCard]:
        """Every card by name; one in the folder takes the place of the shipped one of its name."""
        found = dict(shipped())
        for path in sorted(self.folder.glob(f"*/{CARD}")):
            card = self._read(path)
            found[card.name] = card
        return dict(sorted(found.items()))

    def card(self, name: str) -> WeightsCard:
        """Raises UnknownName with the nearest name."""
        known = self.cards()
        if name not in known:
            raise UnknownName.of("weights", name, known, listing="packshot models list")
        return known[name]

    def path(self, card: WeightsCard, file: WeightsFile) -> Path:
        return self.folder / card.name / file.file

    def missing(self, card: WeightsCard) -> list[WeightsFile]:
        return [file for file in card.files if not self.path(card, file).is_file()]

    def paths(self, card: WeightsCard) -> dict[str, Path]:
        """Every file by its role. Raises ModelUnavailable where one is not here."""
        missing = self.missing(card)
        if missing:
            names = ", ".join(file.file for file in missing)
            raise ModelUnavailable(
                f"the weights of {card.name} are not on this machine ({names})",
                hint=f"packshot models pull {card.name}",
            )
        return {file.role: self.path(card, file) for file in card.files}

    def keep(self, card: WeightsCard) -> Path:
        """Write the card down beside its files; gives its path."""
        path = self.folder / card.name / CARD
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(card.model_dump(mode="json"), sort_keys=False), encoding="utf-8")
        return path

    def _read(self, path: Path) -> WeightsCard:
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            card = WeightsCard.of(content)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise InputError(f"the card {path} cannot be read", hint="mend it, or take it away") from error
        except InputError as error:
            raise error.at(str(path)) from None
        if card.name != path.parent.name:
            raise InputError(f"the card in {path.parent} is that of {card.name}", hint="a folder is named as its card")
        return card


def sha256_of(path: Path, progress: Callable[[int, int | None], None] = lambda done, total: None) -> str:
    """64 hex digits, read a megabyte at a time."""
    whole, total, done = hashlib.sha256(), path.stat().st_size, 0
    for block in _blocks(path):
        whole.update(block)
        done += len(block)
        progress(done, total)
    return whole.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_MEGABYTE):
            yield block
