"""Many pictures: side by side in worker processes, each for itself, and none twice.

A picture that cannot be done becomes a `failed` result and stops nobody. What lies finished beside its receipt, made
from the same bytes with the same recipe, seed, hints and version, is skipped: the receipts are the only memory, so a
batch that was stopped goes on when the same command is given again.
"""

import contextlib
import os
import shutil
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import ValidationError

from packshot import __version__
from packshot.errors import Cancelled, ImageTooLarge, OutputError, PackshotError, UnreadableImage
from packshot.image import Image
from packshot.manifest import Manifest, Verdict, digest_of
from packshot.ports import NO_HINTS, Hints
from packshot.recipe import Recipe
from packshot.services import Services
from packshot.settings import Limits, Settings
from packshot.storage.codec import decode
from packshot.storage.folder import write_whole
from packshot.tasks.contact_sheet import thumbnail, thumbnail_path
from packshot.tasks.images import Holds, ProcessedImage, Wishes, process_image, receipt_of
from packshot.tasks.plan import Planned
from packshot.tasks.pool import Lost, Pool

Status: TypeAlias = Literal["done", "doubtful", "skipped", "failed", "not-started"]

THUMBNAIL = 480  # pixels of the longer side


@dataclass(frozen=True, eq=False)
class ProcessPictures:
    """Apply a recipe to every planned picture. `pictures` are files that the recipe speaks of by name."""

    planned: Sequence[Planned]
    out: Path
    recipe: Recipe
    seed: int = 0
    hints: Hints = NO_HINTS
    pictures: Mapping[str, Path] = field(default_factory=dict)
    holds: Holds = "picture"
    again: bool = False
    thumbnails: bool = True


@dataclass(frozen=True)
class PictureResult:
    """How it went with one picture. `box` is the product's in pixels of the upright file; `error` has five fields."""

    source: Path
    output: Path | None
    status: Status
    verdict: Verdict = "not-asked"
    confidence: float | None = None
    reasons: tuple[str, ...] = ()
    box: tuple[int, int, int, int] | None = None
    score: float | None = None
    score_before: float | None = None
    seconds: float = 0.0
    error: dict[str, Any] | None = None

    @property
    def is_doubtful(self) -> bool:
        return self.verdict == "doubtful" and self.status != "failed"


@dataclass(frozen=True)
class BatchResult:
    """Results in the order of the plan. `stopped` says why not all were begun, where that is so."""

    results: tuple[PictureResult, ...]
    seconds: float
    stopped: PackshotError | None = None

    @property
    def counts(self) -> Counter[Status]:
        return Counter(result.status for result in self.results)


Tell: TypeAlias = Callable[[int, int, PictureResult], None]  # done, of how many, the one just finished


def _tell_nobody(done: int, total: int, result: PictureResult) -> None:
    pass


def process_pictures(
    request: ProcessPictures,
    open_services: Callable[[Settings], Services],
    settings: Settings,
    *,
    tell: Tell = _tell_nobody,
    stop: Callable[[], bool] = lambda: False,
    abandon: Callable[[], bool] = lambda: False,
) -> BatchResult:
    """`open_services` runs in every worker. `stop` and `abandon` are those of the pool.

    Raises OutputError before anything is begun if nothing can be written to where it belongs.
    """
    started = time.perf_counter()
    planned = request.planned
    check_writable(request.out)
    results: dict[int, PictureResult] = {}
    halted: list[PackshotError] = []
    some_lost = False
    pool: Pool[Planned, PictureResult] = Pool(
        partial(_prepare, open_services, settings, request),
        workers=min(settings.workers or cores(), len(planned)),
        seconds=settings.limits.max_seconds,
        stop=lambda: bool(halted) or stop(),
        abandon=abandon,
    )
    with contextlib.closing(pool.run(planned)) as answers:
        for number, answer in answers:
            some_lost = some_lost or isinstance(answer, Lost)
            result = _lost(planned[number], answer) if isinstance(answer, Lost) else answer
            results[number] = result
            if result.error and result.error["code"] == OutputError.code and not halted:
                halted.extend(_still_unwritable(request.out))
            tell(len(results), len(planned), result)
    if abandon() or some_lost:
        _sweep({one.output.parent for one in planned} | {request.out / "contact-sheet"})
    if len(results) < len(planned) and not halted:
        halted.append(Cancelled("stopped before all was done", hint="give the same command again to go on from here"))
    complete = (results.get(number) or _not_started(one) for number, one in enumerate(planned))
    return BatchResult(tuple(complete), time.perf_counter() - started, halted[0] if halted else None)


def cores() -> int:
    """How many this process may use."""
    with contextlib.suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_writable(out: Path) -> None:
    """Raises OutputError where nothing can be written to `out` (a folder, made if need be, or a file in one)."""
    folder = out.parent if out.suffix and not out.is_dir() and out.parent.is_dir() else out
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be used as a folder: {error.strerror}", hint="choose another place with -o"
        ) from error
    if free < 1_000_000:
        raise OutputError(f"the disk of {folder} is full", hint="make room, or choose another place with -o")
    trial = folder / f".packshot-{os.getpid()}.tmp"
    try:
        trial.write_bytes(bytes(100_000))
    except OSError as error:
        raise OutputError(
            f"nothing can be written to {folder}: {error.strerror}",
            hint="make room or give yourself the right to write there, or choose another place with -o",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            trial.unlink(missing_ok=True)


def _still_unwritable(out: Path) -> list[PackshotError]:
    """Whether an output error was one picture's or everybody's."""
    try:
        check_writable(out)
    except OutputError as error:
        return [error]
    return []


# In a worker.


def _prepare(
    open_services: Callable[[Settings], Services], settings: Settings, request: ProcessPictures
) -> Callable[[Planned], PictureResult]:
    import cv2

    cv2.setNumThreads(1)  # the cores are busy with other pictures
    services = open_services(settings)
    pictures = {name: _decoded(path, settings.limits) for name, path in request.pictures.items()}
    wishes = Wishes(request.seed, request.hints, pictures, request.holds)
    return partial(process_picture, request=request, services=services, wishes=wishes)


def _decoded(path: Path, limits: Limits) -> Image:
    try:
        return decode(read_file(path, limits), limits, longest=None).image
    except PackshotError as error:
        raise error.at(str(path)) from None


def process_picture(planned: Planned, *, request: ProcessPictures, services: Services, wishes: Wishes) -> PictureResult:
    """One picture of a batch, whatever becomes of it: every error is a result."""
    started = time.perf_counter()
    data = b""
    try:
        data = read_file(planned.source, services.settings.limits)
        finished = None if request.again else _finished(planned.output, data, request, wishes)
        if finished is not None:
            result = _result_of(planned, finished, "skipped")
        else:
            result = _made(planned, data, request, services, wishes)
    except PackshotError as error:
        result = PictureResult(planned.source, None, "failed", error=error.at(printable(planned.source.name)).as_dict())
    except MemoryError:
        result = _failed(
            planned, "memory", "there was not enough memory", "use fewer --workers, or a smaller photograph"
        )
    except Exception as error:  # noqa: BLE001 - a bug on one picture must not cost the others
        if os.environ.get("PACKSHOT_DEBUG"):
            traceback.print_exc(file=sys.stderr)
        result = _failed(
            planned,
            "bug",
            f"this is a bug in Packshot: {type(error).__name__}: {error}",
            "set PACKSHOT_DEBUG=1 to see where, and report it",
        )
    if request.thumbnails and data and result.status in ("failed", "skipped"):
        _draw_missing(result, planned, data, request.out, services.settings.limits)
    return replace(result, seconds=round(time.perf_counter() - started, 4))


def _made(planned: Planned, data: bytes, request: ProcessPictures, services: Services, wishes: Wishes) -> PictureResult:
    made = process_image(
        data,
        request.recipe,
        services,
        wishes,
        name=printable(planned.source.name),
        output=printable(planned.output.name),
    )
    target = over_budget_path(planned.output) if made.over_budget else planned.output
    write_whole(target, made.data)
    write_whole(receipt_path(target), made.manifest.as_json().encode())
    if request.thumbnails:
        _draw(planned, made, request)
    if made.over_budget:
        error = made.over_budget.at(printable(planned.source.name))
        error.hint = f"the nearest lies in {printable(target.name)}; {error.hint}"
        return replace(_result_of(planned, made.manifest, "failed"), output=target, error=error.as_dict())
    for stale in (over_budget_path(planned.output), receipt_path(over_budget_path(planned.output))):
        stale.unlink(missing_ok=True)
    return _result_of(planned, made.manifest, "doubtful" if made.rendition.verdict == "doubtful" else "done")


def read_file(path: Path, limits: Limits) -> bytes:
    """Raises UnreadableImage or ImageTooLarge, before a byte is read where the size alone forbids it."""
    try:
        if not path.is_file():
            what = "is not there" if not path.exists() else "is not a file"
            raise UnreadableImage(f"{printable(path)} {what}", hint="check the name")
        size = path.stat().st_size
        if size > limits.max_megabytes * 1_000_000:
            raise ImageTooLarge(
                f"the file has {size / 1e6:.1f} MB; at most {limits.max_megabytes:g} MB are read",
                hint="compress it, or raise PACKSHOT_LIMITS__MAX_MEGABYTES",
            )
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImage(
            f"{printable(path)} cannot be read: {error.strerror}", hint="check that you may read it"
        ) from error


def receipt_path(output: Path) -> Path:
    """The manifest lies beside its picture: `mug.jpg.json`."""
    return output.with_name(output.name + ".json")


def over_budget_path(output: Path) -> Path:
    """Where the nearest result goes when the byte budget cannot be met: `mug.over-budget.jpg`."""
    return output.with_name(f"{output.stem}.over-budget{output.suffix}")


def printable(path: Path | str) -> str:
    """A file's name as text, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "replace")


def _finished(output: Path, data: bytes, request: ProcessPictures, wishes: Wishes) -> Manifest | None:
    """The receipt of an output that need not be made again, else None."""
    try:
        manifest = Manifest.model_validate_json(receipt_path(output).read_bytes())
        same = (
            manifest.packshot == __version__
            and manifest.recipe_digest == request.recipe.digest
            and manifest.seed == request.seed
            and manifest.hints == receipt_of(wishes)
            and manifest.output.facts.get("holds", "picture") == request.holds
            and manifest.source.digest == digest_of(data)
            and manifest.output.digest == digest_of(output.read_bytes())
        )
    except (OSError, ValidationError):
        return None
    return manifest if same else None


def _result_of(planned: Planned, manifest: Manifest, status: Status) -> PictureResult:
    after, before = manifest.score.get("after", {}), manifest.score.get("before", {})
    return PictureResult(
        planned.source,
        planned.output,
        status,
        verdict=manifest.verdict,
        confidence=manifest.confidence,
        reasons=tuple(manifest.reasons),
        box=_box_in_file(manifest),
        score=after.get("total"),
        score_before=before.get("total"),
    )


def _box_in_file(manifest: Manifest) -> tuple[int, int, int, int] | None:
    found = [step.facts["box"] for step in manifest.steps if step.op == "cutout" and "box" in step.facts]
    if not found:
        return None
    width, height = manifest.source.size
    decoded = manifest.source.facts.get("decoded_at", manifest.source.size)
    across, down = width / decoded[0], height / decoded[1]
    left, top, right, bottom = found[-1]
    return round(left * across), round(top * down), round(right * across), round(bottom * down)


def _failed(planned: Planned, code: str, message: str, hint: str) -> PictureResult:
    error = {
        "code": code,
        "message": message,
        "hint": hint,
        "where": [printable(planned.source.name)],
        "retryable": code == "memory",
    }
    return PictureResult(planned.source, None, "failed", error=error)


def _lost(planned: Planned, lost: Lost) -> PictureResult:
    if lost.how == "too-long":
        return _failed(
            planned,
            ImageTooLarge.code,
            f"it took longer than {lost.detail} and was given up",
            "scale the photograph down, or raise PACKSHOT_LIMITS__MAX_SECONDS",
        )
    return _failed(
        planned,
        "worker-died",
        f"the worker died on it twice ({lost.detail}), the second time alone",
        "if memory ran out use a smaller photograph; else please report it with the file",
    )


def _not_started(planned: Planned) -> PictureResult:
    return PictureResult(planned.source, None, "not-started")


def _draw(planned: Planned, made: ProcessedImage, request: ProcessPictures) -> None:
    finished = made.rendition.image
    write_whole(thumbnail_path(request.out, planned.output, "before"), thumbnail(made.photo, THUMBNAIL))
    write_whole(thumbnail_path(request.out, planned.output, "after"), thumbnail(finished, THUMBNAIL))


def _draw_missing(result: PictureResult, planned: Planned, data: bytes, out: Path, limits: Limits) -> None:
    """Thumbnails of what was not made in this run, as far as they can be had."""
    before, after = (thumbnail_path(out, planned.output, which) for which in ("before", "after"))
    if not before.exists() or result.status == "failed":
        with contextlib.suppress(PackshotError, OSError, MemoryError):
            write_whole(before, thumbnail(decode(data, limits, longest=THUMBNAIL).image, THUMBNAIL))
    if not after.exists() and result.status == "skipped":
        with contextlib.suppress(PackshotError, OSError, MemoryError):
            picture = decode(read_file(planned.output, limits), limits, longest=THUMBNAIL).image
            write_whole(after, thumbnail(picture, THUMBNAIL))


def _sweep(folders: set[Path]) -> None:
    """Take away what atomic writes that were cut short have left."""
    for folder in folders:
        with contextlib.suppress(OSError):
            for part in folder.glob(".packshot-*.part"):
                part.unlink(missing_ok=True)
