"""Weights on this machine: what there is, pulling more, and verifying what is here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from packshot import plugins
from packshot.errors import FetchFailed, InputError, ModelError, OutputError, PackshotError
from packshot.models.onnx.opening import layout_of, opened
from packshot.models.weights.card import WeightsCard, WeightsFile, allows_commerce, check_licence
from packshot.models.weights.shelf import Shelf, sha256_of
from packshot.storage.addresses import Rules
from packshot.storage.fetch import fetch

Progress: TypeAlias = Callable[[str, int, int | None], None]  # what is going on, bytes done, bytes in all

_ARCHIVES = {
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a rar archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\x80\x02": "a pickle, which is a program",
}


@dataclass(frozen=True)
class PullWeights:
    """What to bring to this machine.

    `sources` are addresses or paths by role, where the card has none or another is meant; `sha256` by role too. The
    rest describes weights that no card knows. `pin` takes what comes for what is meant where nobody knows its digest.
    """

    name: str
    sources: Mapping[str, str] = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)
    layout: str = ""
    licence: str = ""
    commercial: bool | None = None
    origin: str = ""
    generative: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    pin: bool = False
    again: bool = False


@dataclass(frozen=True)
class Pulled:
    """Where the files lie now; `skipped` are those that were here already."""

    card: WeightsCard
    paths: tuple[Path, ...]
    skipped: tuple[Path, ...]


State: TypeAlias = Literal["whole", "missing", "altered", "unpinned"]


@dataclass(frozen=True)
class Verified:
    """How weights are: each file by its name, and in what the network differs from its layout."""

    card: WeightsCard
    files: Mapping[str, State]
    misfits: tuple[str, ...]

    @property
    def is_fine(self) -> bool:
        return set(self.files.values()) <= {"whole"} and not self.misfits


def quiet(what: str, done: int, total: int | None) -> None:
    """Nobody watches."""


def pull_weights(request: PullWeights, shelf: Shelf, progress: Progress = quiet) -> Pulled:
    """Bring weights here. Nothing is put in place before its digest is right; raises ModelRefused for the licence."""
    card = _card(request, shelf)
    check_licence(card, shelf.settings)
    paths, skipped, digests = [], [], {}
    for file in card.files:
        path = shelf.path(card, file)
        wanted = request.sha256.get(file.role, file.sha256).lower()
        if path.is_file() and not request.again and wanted and sha256_of(path) == wanted:
            skipped.append(path)
            digests[file.file] = (wanted, path.stat().st_size)
            continue
        digests[file.file] = _brought(card, file, wanted, request, shelf, progress)
        paths.append(path)
    card = card.pinned(digests)
    _kept(shelf, card)
    return Pulled(card, tuple(paths), tuple(skipped))


def verify_weights(name: str, shelf: Shelf, progress: Progress = quiet) -> Verified:
    """Digests, and whether the networks take and give what their layout says."""
    card = shelf.card(name)
    files = {file.file: _state(card, file, shelf, progress) for file in card.files}
    if set(files.values()) & {"missing", "altered"}:
        return Verified(card, files, ())
    model = opened(card, shelf)
    try:
        misfits = tuple(model.misfits())
    except ModelError as error:
        misfits = (error.message,)
    finally:
        model.release()
    return Verified(card, files, misfits)


def _state(card: WeightsCard, file: WeightsFile, shelf: Shelf, progress: Progress) -> State:
    path = shelf.path(card, file)
    if not path.is_file():
        return "missing"
    if not file.sha256:
        return "unpinned"
    same = sha256_of(path, lambda done, total: progress(f"reading {file.file}", done, total)) == file.sha256
    return "whole" if same else "altered"


def _card(request: PullWeights, shelf: Shelf) -> WeightsCard:
    """The card that is known, or one of what the request says."""
    known = shelf.cards().get(request.name)
    if known is not None and not request.layout:
        return known
    if known is None and not request.layout:
        return shelf.card(request.name)  # raises, with the nearest name
    kind = layout_of(request.layout).kind
    if request.name in plugins.offers(f"packshot.{kind}"):
        raise InputError(f"a model is called '{request.name}' already", hint="give the weights another name")
    if not request.licence:
        raise InputError(
            "weights that no card knows need their licence", hint="--licence MIT (an SPDX name, or proprietary)"
        )
    if not request.sources:
        raise InputError("weights that no card knows need their file", hint="--from FILE or --from https://...")
    said = allows_commerce(request.licence)
    return WeightsCard.of(
        {
            "name": request.name,
            "kind": kind,
            "layout": request.layout,
            "summary": f"{request.layout}, brought by this shop.",
            "files": [
                {"role": role, "file": _file_name(role, source), "url": source if _is_address(source) else ""}
                for role, source in request.sources.items()
            ],
            "licence": request.licence,
            "commercial": request.commercial if said is None else said,
            "origin": request.origin,
            "licence_source": "said by whoever pulled it",
            "generative": request.generative,
            "changes_product": request.generative or kind == "upscaler",
            "options": dict(request.options),
        }
    )


def _file_name(role: str, source: str) -> str:
    last = source.rstrip("/").replace("\\", "/").rpartition("/")[2].partition("?")[0]
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "-" for letter in last)
    return plain.lstrip("._-")[:100] or f"{role}.onnx"


def _is_address(source: str) -> bool:
    return "://" in source


def _brought(
    card: WeightsCard, file: WeightsFile, wanted: str, request: PullWeights, shelf: Shelf, progress: Progress
) -> tuple[str, int]:
    """Fetch or copy one file, check it, and put it in place; gives its digest and its length."""
    source = request.sources.get(file.role) or file.url
    if not source:
        raise InputError(
            f"nobody publishes {file.file} of {card.name} in this form",
            hint=f"export it, and give it: --from {file.role}=FILE (docs/how-to/weights.md)",
        )
    if _is_address(source) and not (wanted or request.pin):
        raise InputError(
            f"nobody has pinned what {file.file} of {card.name} is to be",
            hint="--sha256 HEX where you know its digest, or --pin to take what comes",
        )
    path = shelf.path(card, file)
    part = path.with_name(f".{file.file}.part")
    limit = int(shelf.settings.max_megabytes * 1_000_000)
    if _is_address(source):
        rules = Rules(limit, shelf.settings.timeout, shelf.settings.allow_http, shelf.settings.allow_private)
        fetch(source, part, rules, lambda done, total: progress(file.file, done, total))
    else:
        _copied(Path(source), part, limit, lambda done, total: progress(file.file, done, total))
    try:
        _refuse_archives(part, file.file)
        digest = sha256_of(part)
        if wanted and digest != wanted:
            raise FetchFailed(
                f"{file.file} is not what was meant: its digest is {digest}, and {wanted} was to come",
                hint="check the address; where the file has a new version, say its digest with --sha256",
            )
    except PackshotError:
        part.unlink(missing_ok=True)  # to go on from it would never come right
        raise
    part.replace(path)
    return digest, path.stat().st_size


def _refuse_archives(part: Path, name: str) -> None:
    with part.open("rb") as file:
        start = file.read(512)
    kind = next((kind for mark, kind in _ARCHIVES.items() if start.startswith(mark)), None)
    if start[257:262] == b"ustar":
        kind = "a tar archive"
    if kind or not start:
        raise InputError(
            f"{name} is {kind or 'empty'}, and no file of weights", hint="unpack it, and give the .onnx file in it"
        )


def _copied(source: Path, part: Path, limit: int, progress: Callable[[int, int | None], None]) -> None:
    try:
        if not source.is_file():
            raise InputError(f"there is no file {source}", hint="check the path")
        total = source.stat().st_size
        if total > limit:
            raise InputError(
                f"{source.name} has {total / 1e6:,.0f} MB; at most {limit / 1e6:,.0f} MB are taken",
                hint="raise PACKSHOT_WEIGHTS__MAX_MEGABYTES",
            )
        part.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as read, part.open("wb") as write:
            done = 0
            while block := read.read(1_000_000):
                write.write(block)
                done += len(block)
                progress(done, total)
    except OSError as error:
        raise OutputError(
            f"{source} could not be brought to {part.parent}: {error.strerror}",
            hint="make room, or set PACKSHOT_WEIGHTS__FOLDER",
        ) from error


def _kept(shelf: Shelf, card: WeightsCard) -> None:
    try:
        shelf.keep(card)
    except OSError as error:
        raise OutputError(
            f"the card of {card.name} could not be written: {error.strerror}", hint="make room"
        ) from error
