"""A receipt run again on the same photograph: what comes out, and how it compares with what came out then."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from packshot.colour import difference, lab
from packshot.errors import InputError, PackshotError, RecipeError
from packshot.image import Image
from packshot.manifest import Manifest, StepRecord, digest_of
from packshot.ports import Claim
from packshot.recipe import Recipe
from packshot.services import Services
from packshot.settings import Limits, Provenance
from packshot.storage.codec import decode
from packshot.storage.folder import write_whole
from packshot.tasks.batch import printable
from packshot.tasks.environment import environment
from packshot.tasks.evidence import Receipt, Shelf, opened_receipt
from packshot.tasks.given import open_picture, read_file
from packshot.tasks.images import ProcessedImage, Wishes, process_image, receipt_of
from packshot.tasks.order import HintFiles
from packshot.tasks.provenance import source_type_of
from packshot.tasks.worker import hints_of

Outcome: TypeAlias = Literal["byte-identical", "pixel-identical", "within-tolerance", "different", "failed"]
Beside: TypeAlias = Literal["same", "changed", "missing"]

ALIKE = 0.5  # mean CIEDE2000 of a replay that nobody can tell apart, half of what is just seen
_SAMPLE = 40_000  # pixels at which colours are compared
_MOST_MEGAPIXELS = 2.0  # times the limit for a photograph: what a recipe from outside may ask for
_LARGEST_SIGNATURE = 10_000_000  # bytes


@dataclass(frozen=True)
class Extras:
    """What a receipt names by digest only: masks and pictures. The files are those it was made with."""

    mask: Path | None = None
    rough: Path | None = None
    pictures: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Replayed:
    """How a replay compares. `step` is the first that gave other pixels, `beside` the state of the finished file.

    `largest` is in levels of 255 and `delta_e` the mean CIEDE2000, between the two finished pictures; `versions` has
    what differs between then and now.
    """

    receipt: Path
    outcome: Outcome
    sentence: str
    beside: Beside = "missing"
    step: str | None = None
    largest: int | None = None
    delta_e: float | None = None
    versions: dict[str, tuple[str, str]] = field(default_factory=dict)
    error: dict[str, Any] | None = None

    @property
    def is_proven(self) -> bool:
        """Whether the picture is, to the last digit, what its receipt says."""
        return self.outcome in ("byte-identical", "pixel-identical") and self.beside != "changed"

    def as_data(self) -> dict[str, Any]:
        return asdict(self) | {"receipt": str(self.receipt)}


def replay(
    path: Path, services: Services, shelf: Shelf, extras: Extras | None = None, *, out: Path | None = None
) -> Replayed:
    """Run one receipt again and compare; every error is a result. `out` is where to write what came out."""
    try:
        receipt = opened_receipt(path)
        again = made_again(receipt, shelf.photograph(receipt), services, extras or Extras())
        if out is not None:
            write_whole(out, again.data)
        return _compared(receipt, again, services.settings.limits)
    except PackshotError as error:
        return Replayed(path, "failed", str(error), error=error.as_dict())
    except MemoryError:
        failure = InputError("there was not enough memory", hint="replay it on a larger machine")
        return Replayed(path, "failed", failure.message, error=failure.as_dict())


def made_again(receipt: Receipt, data: bytes, services: Services, extras: Extras) -> ProcessedImage:
    """What the receipt says was made of `data`, made again and not signed. Raises what a task raises."""
    manifest = receipt.manifest
    recipe = Recipe.of(manifest.recipe)
    limits = services.settings.limits
    _check_size(recipe, manifest, limits)
    wishes = wishes_of(manifest, extras, limits)
    settings = services.settings.model_copy(update={"provenance": _asked(manifest)})
    signer = _Unsigned(manifest.provenance) if manifest.provenance.get("signed_by") else None
    return process_image(
        data,
        recipe,
        replace(services, settings=settings, signer=signer),
        wishes,
        name=manifest.source.name,
        output=manifest.output.name,
    )


@dataclass(frozen=True)
class _Unsigned:
    """Keeps the room free that a signature took, and leaves it out."""

    provenance: Mapping[str, Any]

    @property
    def identity(self) -> Mapping[str, str]:
        return {}

    def reserve(self, form: str, claim: Claim) -> int:
        reserved = self.provenance.get("reserved_bytes", 0)
        return min(max(0, reserved), _LARGEST_SIGNATURE) if isinstance(reserved, int) else 0

    def sign(self, data: bytes, form: str, claim: Claim) -> bytes:
        return data


def _asked(manifest: Manifest) -> Provenance:
    """The settings of the label, as they were."""
    asked = manifest.provenance.get("asked")
    known = (
        {name: value for name, value in asked.items() if name in ("label", "rights", "source_type")}
        if isinstance(asked, dict)
        else {}
    )
    try:
        return Provenance.model_validate(known)
    except ValueError as error:
        raise InputError("what the receipt says of the file's label cannot be", hint="get the receipt anew") from error


def wishes_of(manifest: Manifest, extras: Extras, limits: Limits) -> Wishes:
    """What was asked for besides the recipe. Raises InputError where that takes a file that `extras` does not name."""
    said = manifest.hints
    pictures = said.get("pictures", {})
    for name in pictures if isinstance(pictures, dict) else ():
        if name not in extras.pictures:
            raise InputError(
                f"it was made with a picture called '{printable(name)}'", hint=f"--picture {printable(name)}=FILE"
            )
    for name, given in (("mask", extras.mask), ("rough", extras.rough)):
        if name in said and given is None:
            raise InputError(f"it was made with a {name} hint", hint=f"--{name} FILE, the one it was made with")
    box, point = _numbers(said.get("box"), 4), _numbers(said.get("point"), 2)
    files = HintFiles(
        box=(box[0], box[1], box[2], box[3]) if box else None,
        point=(point[0], point[1]) if point else None,
        mask=extras.mask if "mask" in said else None,
        rough=extras.rough if "rough" in said else None,
    )
    used = {name: path for name, path in extras.pictures.items() if name in pictures}
    wishes = Wishes(
        manifest.seed,
        hints_of(files, limits),
        {name: open_picture(path, limits) for name, path in used.items()},
        "alpha" if manifest.output.facts.get("holds") == "alpha" else "picture",
        {name: source_type_of(path, limits) for name, path in used.items()},
        _reader(manifest),
    )
    if receipt_of(wishes) != said:
        named = [f"--{name}" for name in ("mask", "rough") if name in said] + ["--picture"] * bool(used)
        raise InputError(
            f"{' or '.join(named) or 'a hint'} is not what it was made with", hint="give the very files of that time"
        )
    return wishes


def _reader(manifest: Manifest) -> str | None:
    """Who read the label: where it was read decides over what a guarded step leaves alone."""
    reader = (manifest.text or {}).get("reader")
    name = reader.get("name") if isinstance(reader, dict) else None
    return name if isinstance(name, str) else None


def _numbers(value: Any, count: int) -> list[int] | None:
    if value is None:
        return None
    if not (isinstance(value, list) and len(value) == count and all(type(each) is int for each in value)):
        raise InputError("a hint in the receipt cannot be", hint="get the receipt anew")
    return value


def _check_size(recipe: Recipe, manifest: Manifest, limits: Limits) -> None:
    """Raises RecipeError before a recipe from outside asks for a picture that no memory holds."""
    most = _MOST_MEGAPIXELS * limits.max_megapixels * 1e6
    width, height = manifest.source.size
    pixels = float(min(max(1, width * height), most))
    for step in recipe.steps:
        asked = step.model_dump()
        if step.op == "upscale":
            aim = asked["until"] or step.needs(None) or recipe.needs() or 1500
            wanted = pixels * asked["factor"] ** 2 if asked["factor"] else max(pixels, 8.0 * aim**2)
            pixels = min(wanted, pixels * max(asked["limit"], asked["factor"] or 1) ** 2)
        elif step.op == "place":
            if asked["canvas"] == "native":
                grown = pixels / asked["fill"] ** 2 * 4
                pixels = min(grown, float(asked["largest"]) ** 2) if asked["largest"] else grown
            else:
                pixels = float(asked["canvas"][0] * asked["canvas"][1])
        elif step.op == "scene":
            pixels = float(asked["canvas"][0] * asked["canvas"][1])
        if pixels > most:
            raise RecipeError(
                f"{step.op} would make a picture of {pixels / 1e6:.0f} megapixels; of a receipt at most "
                f"{most / 1e6:.0f} are made",
                hint="if you trust the receipt, raise PACKSHOT_LIMITS__MAX_MEGAPIXELS",
            )


def _compared(receipt: Receipt, again: ProcessedImage, limits: Limits) -> Replayed:
    manifest = receipt.manifest
    now = environment()
    versions = {
        name: (manifest.environment.get(name, "none"), now.get(name, "none"))
        for name in sorted(manifest.environment.keys() | now.keys())
        if manifest.environment and manifest.environment.get(name) != now.get(name)
    }
    beside, finished = _beside(receipt, limits)
    step = _first_apart(manifest.steps, again.manifest.steps)
    result = Replayed(receipt.path, "byte-identical", "", beside, step, versions=versions)
    if digest_of(again.data) == _wanted(manifest):
        but = ", but for the signature" if manifest.provenance.get("signed_by") else ""
        return _said(result, f"Made again, it is the same to the last byte{but}.")
    if finished is None:
        if step is None and again.manifest.output.facts.get("lossless"):
            return _said(result, "Made again, every pixel is the same; the file around them is not.", "pixel-identical")
        if step is None:
            return _said(result, "Made again, the picture is the same; its compression is not.", "within-tolerance")
        return _said(result, f"Made again, it is another picture from {step} on.", "different")
    first, second = (decode(data, limits).image for data in (finished, again.data))
    since = f" The first step that gave other pixels is {step}." if step else " Only the compression differs."
    if first.size != second.size or first.is_cut_out != second.is_cut_out:
        return _said(result, f"Made again, it has another size or shape.{since}", "different")
    largest, mean = _apart(first, second)
    if largest == 0:
        return _said(result, "Made again, every pixel is the same; the file around them is not.", "pixel-identical")
    measured = replace(result, largest=largest, delta_e=mean)
    how = f"a colour difference of {mean:.2f} on average, {largest} of 255 levels at most"
    if mean <= ALIKE:
        return _said(measured, f"Made again, nobody could tell the two apart: {how}.{since}", "within-tolerance")
    return _said(measured, f"Made again, it is another picture: {how}.{since}", "different")


def _said(result: Replayed, sentence: str, outcome: Outcome = "byte-identical") -> Replayed:
    if result.beside == "changed":
        sentence += " The picture beside the receipt is not the one that was made: it was changed or exchanged."
    if result.versions and outcome != "byte-identical":
        shown = ", ".join(f"{name} {then} then, {now} now" for name, (then, now) in result.versions.items())
        sentence += f" The libraries differ: {printable(shown)[:400]}."
    return replace(result, outcome=outcome, sentence=sentence)


def _wanted(manifest: Manifest) -> str:
    """The digest of the file before it was signed."""
    if manifest.provenance.get("signed_by"):
        return str(manifest.provenance.get("unsigned_digest", ""))
    return manifest.output.digest


def _beside(receipt: Receipt, limits: Limits) -> tuple[Beside, bytes | None]:
    """The finished file as it lies there, if it is the one that the receipt speaks of."""
    try:
        data = read_file(receipt.picture, limits)
    except PackshotError:
        return "missing", None
    return ("same", data) if digest_of(data) == receipt.manifest.output.digest else ("changed", None)


def _first_apart(then: Sequence[StepRecord], now: Sequence[StepRecord]) -> str | None:
    for number, (one, other) in enumerate(zip(then, now, strict=False), 1):
        if one.pixels and one.pixels != other.pixels:
            return f"step {number} of {len(now)}, {other.op}"
    return None


def _apart(first: Image, second: Image) -> tuple[int, float]:
    """The largest difference of a channel or of alpha, in levels, and the mean CIEDE2000 on a grid of pixels."""
    largest = int(np.abs(first.rgb.astype(np.int16) - second.rgb).max())
    if first.alpha is not None and second.alpha is not None:
        largest = max(largest, int(np.abs(first.alpha.astype(np.int16) - second.alpha).max()))
    step = max(1, int((first.rgb.shape[0] * first.rgb.shape[1] / _SAMPLE) ** 0.5))
    mean = difference(lab(first.rgb[::step, ::step]), lab(second.rgb[::step, ::step])).mean()
    return largest, round(float(mean), 4)
