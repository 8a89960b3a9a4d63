"""Where the receipt of a finished picture lies, and what it says."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from packshot.manifest import Manifest

_LONGEST = 5_000_000  # bytes; ours have some ten thousand


def receipt_path(output: Path) -> Path:
    """The manifest lies beside its picture: `mug.jpg.json`."""
    return output.with_name(output.name + ".json")


def over_budget_path(output: Path) -> Path:
    """Where the nearest result goes when the byte budget cannot be met: `mug.over-budget.jpg`."""
    return output.with_name(f"{output.stem}.over-budget{output.suffix}")


def read_receipt(picture: Path) -> Manifest | None:
    """The receipt that lies beside a finished picture, or None where there is none that can be read."""
    path = receipt_path(picture)
    try:
        if path.stat().st_size > _LONGEST:
            return None
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def finished_in(folder: Path) -> Iterator[tuple[Path, Manifest]]:
    """Every finished picture in `folder` and below that has its receipt beside it, by name."""
    for path in sorted(folder.rglob("*.json")):
        picture = path.with_suffix("")
        if picture.is_file() and (manifest := read_receipt(picture)) is not None:
            yield picture, manifest
