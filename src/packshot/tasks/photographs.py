"""Find the photograph that a receipt speaks of. Its name is only a guess; its digest decides."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from packshot.errors import InputError, PackshotError
from packshot.manifest import Manifest, digest_of
from packshot.settings import Limits
from packshot.storage.folder import pictures_in
from packshot.tasks.worker import read_file


def find_photograph(receipt: Manifest, places: Sequence[Path], limits: Limits) -> bytes:
    """The photograph's bytes. `places` are files, or folders that are searched to the bottom.

    Raises InputError where none of the files there has the digest.
    """
    for path in _candidates(receipt, places):
        try:
            data = read_file(path, limits) if path.stat().st_size == receipt.source.bytes else b""
        except (PackshotError, OSError):
            continue
        if data and digest_of(data) == receipt.source.digest:
            return data
    searched = ", ".join(dict.fromkeys(str(place) for place in places)) or "nowhere"
    raise InputError(
        f"the photograph {receipt.source.name} it was made from is not in {searched}",
        hint="name its folder with --photos",
    )


def _candidates(receipt: Manifest, places: Sequence[Path]) -> Iterator[Path]:
    """Files of the photograph's name first, then every picture."""
    name = Path(receipt.source.name).name  # a receipt is not trusted to name a folder
    yield from (place / name for place in places if place.is_dir() and name)
    for place in places:
        yield from (found.path for found in pictures_in([place])) if place.exists() else ()
