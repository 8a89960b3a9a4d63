"""A finished file against the rules of a marketplace: its bytes are read, its product is found, its rules are asked."""

import contextlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pydantic import ValidationError

from packshot.errors import InputError, PackshotError
from packshot.image import Image
from packshot.manifest import Manifest, digest_of
from packshot.marketplaces import FileFacts, Product, Profile, Report, check, subject, subject_of_alpha
from packshot.marketplaces.colours import Distances
from packshot.ports import TextLine, TextReader
from packshot.services import Services
from packshot.storage.codec import decode
from packshot.storage.declared import declared
from packshot.storage.label import said_by
from packshot.tasks.batch import printable
from packshot.tasks.given import read_file
from packshot.tasks.receipts import receipt_path
from packshot.tasks.recipes import SUFFIXES

LEGIBLE = 0.6  # confidence from which a line of text counts as read
_PROXY = 1024  # longer side of the copy that the cutout model sees, pixels


@dataclass(frozen=True)
class Checked:
    """How it went with one file: a report, or an error's five fields."""

    path: Path
    report: Report | None = None
    error: dict[str, Any] | None = None

    @property
    def passes(self) -> bool:
        """Warnings are no failure."""
        return self.report is not None and self.report.status != "fail"


def open_profile(wanted: str) -> Profile:
    """A profile by name, or from a YAML file. Errors say where, and which name is nearest."""
    path = Path(wanted)
    if path.suffix.lower() not in SUFFIXES:
        return Profile.named(wanted)
    try:
        return Profile.from_yaml(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not text", hint="a profile is a YAML file in UTF-8") from error
    except OSError as error:
        hint = "check the name; packshot marketplaces lists the shipped ones"
        raise InputError(f"{path} cannot be read: {error.strerror}", hint=hint) from error
    except PackshotError as error:
        raise error.at(str(path)) from None


def check_file(
    path: Path, profile: Profile, services: Services, *, reader: TextReader | None = None, today: date | None = None
) -> Report:
    """The finished file at `path` against `profile`, as it stands `today`. Raises what reading it raises."""
    data = read_file(path, services.settings.limits)
    return check_bytes(data, path, profile, services, receipt=receipt_of(path, data), reader=reader, today=today)


def check_bytes(
    data: bytes,
    path: Path,
    profile: Profile,
    services: Services,
    *,
    receipt: Manifest | None,
    reader: TextReader | None = None,
    today: date | None = None,
) -> Report:
    """A finished file that need not lie at `path` yet; `receipt` is its manifest, if it has one."""
    facts = facts_of(data, path, services, receipt=receipt, reader=reader)
    return check(profile, facts, today or datetime.now(UTC).date())


def check_path(path: Path, profile: Profile, services: Services, *, reader: TextReader | None = None) -> Checked:
    """The same, whatever becomes of it: an unreadable file is a result and stops nobody."""
    try:
        return Checked(path, check_file(path, profile, services, reader=reader))
    except PackshotError as error:
        return Checked(path, error=error.at(printable(path.name)).as_dict())
    except MemoryError:
        full = InputError("there was not enough memory", hint="check fewer files at once, or a smaller one")
        return Checked(path, error=full.at(printable(path.name)).as_dict())


def facts_of(
    data: bytes, path: Path, services: Services, *, receipt: Manifest | None = None, reader: TextReader | None = None
) -> FileFacts:
    """What can be known of a file before any rule is asked."""
    decoded = decode(data, services.settings.limits)
    said = declared(data)
    image = decoded.image
    distances = Distances(image.rgb)
    facts = FileFacts(
        name=printable(path.name),
        suffix=path.suffix,
        format=decoded.format,
        bytes=len(data),
        size=decoded.size,
        rgb=image.rgb,
        alpha=image.alpha,
        bits=said.bits,
        colour_model=said.colour_model,
        colour_profile=said.colour_profile,
        animated=said.animated,
        source_type=said_by(decoded.metadata, data),
        manifest=receipt,
        product=find_product(image, services, receipt, distances),
        distances=distances,
    )
    return facts if reader is None else replace(facts, readings=tuple(_legible(image, reader)))


def _legible(image: Image, reader: TextReader) -> list[TextLine]:
    """The lines that are read with some confidence and have two letters or digits at least."""
    lines = reader.read(image)
    return [line for line in lines if line.confidence >= LEGIBLE and sum(map(str.isalnum, line.text)) >= 2]


def receipt_of(path: Path, data: bytes) -> Manifest | None:
    """The manifest beside a file, if it is that of exactly these bytes."""
    with contextlib.suppress(OSError, ValidationError):
        manifest = Manifest.model_validate_json(receipt_path(path).read_bytes())
        if manifest.output.digest == digest_of(data):
            return manifest
    return None


def find_product(
    image: Image, services: Services, receipt: Manifest | None, distances: Distances | None = None
) -> Product | None:
    """By the background where that is plain or transparent, else by the embedded cutout; None where it abstains."""
    found = subject(distances or Distances(image.rgb), image.alpha, soft=_was_laid_flat(receipt))
    if found is not None:
        return found
    longest = max(image.size)
    small = image.rgb
    if longest > _PROXY:
        scale = _PROXY / longest
        size = max(1, round(image.size[0] * scale)), max(1, round(image.size[1] * scale))
        small = np.asarray(cv2.resize(image.rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    matte = services.models.cutout("embedded").cutout(Image(small))
    if not matte.alpha.any():
        return None
    alpha = np.asarray(cv2.resize(matte.alpha, image.size, interpolation=cv2.INTER_LINEAR), np.uint8)
    return subject_of_alpha(alpha, matte.confidence)


def _was_laid_flat(receipt: Manifest | None) -> bool:
    """Whether the receipt says that one colour was laid around a cut-out product, without a shadow."""
    if receipt is None or any(step.op == "shadow" for step in receipt.steps):
        return False
    laid = [step.parameters for step in receipt.steps if step.op == "background"]
    cut = any(step.op == "cutout" and "kept_whole" not in step.facts for step in receipt.steps)
    return cut and bool(laid) and not laid[-1].get("gradient") and not laid[-1].get("picture")
