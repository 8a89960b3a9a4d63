"""What a worker process of a batch does: opens what the order speaks of, then one picture after the other."""

import contextlib
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2

from packshot import __version__
from packshot.errors import InputError, PackshotError
from packshot.image import Alpha, Box
from packshot.manifest import Manifest, digest_of
from packshot.ports import NO_HINTS, Hints
from packshot.recipe import Recipe
from packshot.services import Services
from packshot.settings import Limits
from packshot.storage.codec import decode
from packshot.storage.folder import write_whole
from packshot.tasks.batch import WRITTEN, Answer, Job, Opener, failed, printable
from packshot.tasks.contact_sheet import thumbnail, thumbnail_path, write_contact_sheet
from packshot.tasks.given import open_picture, read_file
from packshot.tasks.images import ProcessedImage, Wishes, process_image, receipt_of
from packshot.tasks.memory import keep_freed_memory
from packshot.tasks.order import DrawSheet, Greeting, HintFiles, Order, PictureResult, Planned, Status
from packshot.tasks.plan import absolute
from packshot.tasks.provenance import is_as_asked, source_type_of
from packshot.tasks.receipts import over_budget_path, read_receipt, receipt_path
from packshot.tasks.recipes import adjusted, check_edits, open_recipe, profile_of

SUFFIX = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "avif": ".avif"}
THUMBNAIL = 480  # pixels of the longer side


def prepare(order: Order, open_services: Opener) -> tuple[Greeting, Callable[[Job], Answer]]:
    """Open what every picture needs. Raises InputError where the order cannot be."""
    cv2.setNumThreads(1)  # the cores are busy with other pictures
    keep_freed_memory()
    services, warnings = open_services()
    settings = services.settings
    recipe = _recipe(order, services)
    check_edits(recipe, order.max_edit, services.models)
    pictures = {name: open_picture(path, settings.limits) for name, path in order.pictures.items()}
    codes = {name: source_type_of(path, settings.limits) for name, path in order.pictures.items()}
    guard = order.adjustments.guard_text
    if guard is not None:
        services.models.reader(guard)  # a name that nothing goes by fails here, once
    hints = hints_of(order.hints, settings.limits)
    wishes = Wishes(order.seed, hints, pictures, order.holds, codes, guard, profile_of(order.recipe))
    greeting = Greeting(recipe.name, _suffix(order, recipe), settings.workers, settings.limits.max_seconds, warnings)
    return greeting, partial(_do, order=order, recipe=recipe, services=services, wishes=wishes)


def _recipe(order: Order, services: Services) -> Recipe:
    asked = order.adjustments
    named = None if order.out.is_dir() else WRITTEN.get(order.out.suffix.lower())
    if named is not None and asked.format not in (None, named):
        raise InputError(f"{order.out.name} says {named}, --format says {asked.format}", hint="leave one of them out")
    if not isinstance(order.recipe, str):
        recipe = adjusted(Recipe.of(order.recipe), asked)
        if named not in (None, recipe.output.format):
            kind = recipe.output.format
            raise InputError(
                f"{order.out.name} says {named}, but this writes {kind}", hint=f"end the name in {SUFFIX[kind]}"
            )
        return recipe
    if named is not None:
        asked = replace(asked, format=named)
    return adjusted(open_recipe(order.recipe, services.settings), asked)


def _suffix(order: Order, recipe: Recipe) -> str:
    given = order.out.suffix.lower()
    return given if WRITTEN.get(given) == recipe.output.format else SUFFIX[recipe.output.format]


def hints_of(files: HintFiles, limits: Limits) -> Hints:
    if not files:
        return NO_HINTS
    box = Box(*files.box) if files.box else None
    return Hints(box, files.point, _mask(files.mask, limits), _mask(files.rough, limits))


def _mask(path: Path | None, limits: Limits) -> Alpha | None:
    """What is white is product; in a picture with transparency, what is opaque."""
    if path is None:
        return None
    picture = open_picture(path, limits)
    return picture.alpha if picture.alpha is not None else picture.rgb.max(axis=2)


def _do(job: Job, *, order: Order, recipe: Recipe, services: Services, wishes: Wishes) -> Answer:
    if isinstance(job, DrawSheet):
        return _drawn(job)
    return process_picture(job, order=order, recipe=recipe, services=services, wishes=wishes)


def _drawn(job: DrawSheet) -> Path | str:
    """The contact sheet's path, or why there is none: no finished picture is worth less without it."""
    try:
        return write_contact_sheet(job.out, job.planned, job.done)
    except (PackshotError, OSError) as error:
        return str(error)


def process_picture(
    planned: Planned, *, order: Order, recipe: Recipe, services: Services, wishes: Wishes
) -> PictureResult:
    """One picture of a batch, whatever becomes of it: every error is a result."""
    started = time.perf_counter()
    limits = services.settings.limits
    data = b""
    try:
        data = read_file(planned.source, limits)
        finished = None if order.again else _finished(planned.output, data, recipe, services, wishes)
        if finished is not None:
            result = _result_of(planned, finished, "skipped")
        else:
            result = _made(planned, data, order, recipe, services, wishes)
    except PackshotError as error:
        result = PictureResult(planned.source, None, "failed", error=error.at(printable(planned.source.name)).as_dict())
    except MemoryError:
        way_out = "use fewer --workers, or a smaller photograph"
        result = failed(planned, "memory", "there was not enough memory", way_out, retryable=True)
    except Exception as error:  # noqa: BLE001 - a bug on one picture must not cost the others
        if os.environ.get("PACKSHOT_DEBUG"):
            traceback.print_exc(file=sys.stderr)
        what = f"this is a bug in Packshot: {type(error).__name__}: {error}"
        result = failed(planned, "bug", what, "set PACKSHOT_DEBUG=1 to see where, and report it")
    if _is_drawn(order, planned) and data and result.status in ("failed", "skipped"):
        _draw_missing(result, planned, data, absolute(order.out), limits)
    return replace(result, seconds=round(time.perf_counter() - started, 4))


def _made(
    planned: Planned, data: bytes, order: Order, recipe: Recipe, services: Services, wishes: Wishes
) -> PictureResult:
    name, output = printable(planned.source.name), printable(planned.output.name)
    made = process_image(data, recipe, services, wishes, name=name, output=output, kept=2 * THUMBNAIL)
    target = over_budget_path(planned.output) if made.over_budget else planned.output
    write_whole(target, made.data)
    write_whole(receipt_path(target), made.manifest.as_json().encode())
    if _is_drawn(order, planned):
        _draw(planned, made, absolute(order.out))
    if made.over_budget:
        error = made.over_budget.at(name)
        error.hint = f"the nearest lies in {printable(target.name)}; {error.hint}"
        return replace(_result_of(planned, made.manifest, "failed"), output=target, error=error.as_dict())
    for stale in (over_budget_path(planned.output), receipt_path(over_budget_path(planned.output))):
        stale.unlink(missing_ok=True)
    return _result_of(planned, made.manifest, "doubtful" if made.rendition.verdict == "doubtful" else "done")


def _finished(output: Path, data: bytes, recipe: Recipe, services: Services, wishes: Wishes) -> Manifest | None:
    """The receipt of an output that need not be made again, else None."""
    manifest = read_receipt(output)
    if manifest is None:
        return None
    try:
        same = (
            manifest.packshot == __version__
            and manifest.recipe_digest == recipe.digest
            and manifest.seed == wishes.seed
            and manifest.hints == receipt_of(wishes)
            and (manifest.text or {}).get("reader", {}).get("name") == wishes.guard_text
            and (manifest.marketplace or {}).get("profile") == (wishes.profile.name if wishes.profile else None)
            and manifest.output.facts.get("holds", "picture") == wishes.holds
            and is_as_asked(manifest, recipe, services.settings.provenance, services.signer)
            and manifest.source.digest == digest_of(data)
            and manifest.output.digest == digest_of(output.read_bytes())
        )
    except OSError:
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
        marketplace=manifest.marketplace,
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


def _is_drawn(order: Order, planned: Planned) -> bool:
    """A single result that `out` names itself needs no contact sheet."""
    return order.contact_sheet and planned.output != absolute(order.out)


def _draw(planned: Planned, made: ProcessedImage, out: Path) -> None:
    write_whole(thumbnail_path(out, planned.output, "before"), thumbnail(made.photo, THUMBNAIL))
    write_whole(thumbnail_path(out, planned.output, "after"), thumbnail(made.rendition.image, THUMBNAIL))


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
