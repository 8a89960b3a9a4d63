"""What `run` and `cutout` share: from the words typed to a batch, and from its results to what is shown."""

import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Literal

from packshot.cli.report import Reporter, exit_code
from packshot.cli.shown import warn
from packshot.errors import InputError, PackshotError
from packshot.image import Alpha, Box
from packshot.ports import NO_HINTS, Hints
from packshot.recipe import Recipe
from packshot.settings import Limits, resolve
from packshot.storage.codec import decode
from packshot.tasks.batch import ProcessPictures, process_pictures, read_file
from packshot.tasks.contact_sheet import write_contact_sheet
from packshot.tasks.images import Holds
from packshot.tasks.plan import plan
from packshot.tasks.recipes import Adjustments, adjusted, open_recipe
from packshot.wiring import FORMATS, open_services

SUFFIX = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "avif": ".avif"}


@dataclass(frozen=True)
class Order:
    """A batch as it was asked for on the command line."""

    recipe: str | Recipe
    inputs: Sequence[str]
    out: Path
    adjustments: Adjustments = field(default_factory=Adjustments)
    pictures: Mapping[str, Path] = field(default_factory=dict)
    box: tuple[int, int, int, int] | None = None
    point: tuple[int, int] | None = None
    mask: Path | None = None
    rough: Path | None = None
    seed: int = 0
    holds: Holds = "picture"
    workers: int | None = None
    again: bool = False
    contact_sheet: bool = True
    report: Literal["table", "json", "lines"] = "table"


def run_batch(order: Order) -> int:
    """Do it, show it, and say with which code to leave."""
    resolved = resolve({"workers": order.workers})
    warn(resolved.warnings)
    settings = resolved.settings
    recipe = adjusted(open_recipe(order.recipe, settings), _with_format(order))
    suffix = SUFFIX[recipe.output.format]
    if order.out.suffix.lower() in FORMATS and FORMATS[order.out.suffix.lower()] == recipe.output.format:
        suffix = order.out.suffix.lower()  # .jpeg, where that is what was typed
    planned = plan(order.inputs, order.out, suffix)
    is_file = len(planned) == 1 and planned[0].output == order.out.absolute()
    _check_one_file(order, len(planned))
    request = ProcessPictures(
        planned=planned,
        out=(order.out.parent if is_file else order.out).absolute(),
        recipe=recipe,
        seed=order.seed,
        hints=_hints(order, len(planned), settings.limits),
        pictures={name: path.absolute() for name, path in order.pictures.items()},
        holds=order.holds,
        again=order.again,
        thumbnails=order.contact_sheet and not is_file,
    )
    reporter = Reporter(order.report, recipe.name, len(planned))
    with _patience() as patience, reporter.progress():
        done = process_pictures(
            request,
            open_services,
            settings,
            tell=reporter.tell,
            stop=patience.stop.is_set,
            abandon=patience.abandon.is_set,
        )
    sheet = None
    if request.thumbnails:
        entries = [reporter.entry(result, one) for result, one in zip(done.results, planned, strict=True)]
        seen = [entry for entry in entries if entry is not None]
        sheet = write_contact_sheet(request.out, seen, title=recipe.name, summary=reporter.in_words(done))
    reporter.summary(done, sheet)
    return exit_code(done)


def _with_format(order: Order) -> Adjustments:
    """`-o mug.webp` says which format, where nothing else does."""
    named = FORMATS.get(order.out.suffix.lower())
    if named is None or order.out.is_dir() or isinstance(order.recipe, Recipe):
        return order.adjustments
    asked = order.adjustments.format
    if asked is not None and asked != named:
        raise InputError(f"{order.out.name} says {named}, --format says {asked}", hint="leave one of them out")
    return replace(order.adjustments, format=named)


def _check_one_file(order: Order, count: int) -> None:
    if order.out.suffix.lower() in FORMATS and not order.out.is_dir() and count > 1:
        raise InputError(
            f"{count} pictures cannot all become {order.out.name}", hint=f"name a folder, as -o {order.out.stem}"
        )


def _hints(order: Order, count: int, limits: Limits) -> Hints:
    if order.box is None and order.point is None and order.mask is None and order.rough is None:
        return NO_HINTS
    if count > 1:
        raise InputError(
            f"--box, --point, --mask and --rough speak of one picture, but there are {count}",
            hint="give them with a single picture",
        )
    return Hints(
        box=Box(*order.box) if order.box else None,
        point=order.point,
        mask=_mask(order.mask, limits),
        rough=_mask(order.rough, limits),
    )


def _mask(path: Path | None, limits: Limits) -> Alpha | None:
    """White (or opaque) is product."""
    if path is None:
        return None
    try:
        picture = decode(read_file(path, limits), limits, longest=None).image
    except PackshotError as error:
        raise error.at(str(path)) from None
    return picture.alpha if picture.alpha is not None else picture.rgb.max(axis=2)


class _Patience:
    """The first Ctrl-C (or SIGTERM) lets what is begun finish, the second does not."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.abandon = threading.Event()

    def hear(self, number: int, frame: FrameType | None) -> None:
        if self.stop.is_set():
            self.abandon.set()
        else:
            print("stopping: finishing what is begun; once more to give that up too", file=sys.stderr)
        self.stop.set()


@contextmanager
def _patience() -> Iterator[_Patience]:
    patience = _Patience()
    before = {number: signal.signal(number, patience.hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield patience
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
