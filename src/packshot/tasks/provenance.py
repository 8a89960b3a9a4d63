"""What a finished file says of itself: which label it gets, and what a signer is asked to attest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packshot.errors import PackshotError
from packshot.manifest import Manifest, StepRecord
from packshot.ports import Claim, Signer
from packshot.provenance import Ground, action_of, digital_source_type, uri
from packshot.recipe import Recipe
from packshot.settings import Limits, Provenance
from packshot.storage.codec import probe
from packshot.storage.label import labelled, rights_in, said_by
from packshot.storage.metadata import Metadata, metadata_of
from packshot.storage.opening import opened, quiet
from packshot.storage.writers import LONGEST_BLOCK


@dataclass(frozen=True)
class Label:
    """What goes into a file besides its pixels; `receipt` says it in the manifest, `facts` what was left out."""

    metadata: Metadata = field(default_factory=Metadata)
    receipt: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


def label(
    recipe: Recipe,
    records: Sequence[StepRecord],
    settings: Provenance,
    *,
    cut_out: bool = False,
    metadata: Metadata | None = None,
    data: bytes = b"",
    beneath: Mapping[str, str] | None = None,
) -> Label:
    """The label of a rendition.

    `metadata` and `data` are those of the photograph's file, `cut_out` whether it came with an alpha; `beneath` has the
    codes of the pictures that were handed in, by name. A recipe called as a marketplace profile is labelled as that
    marketplace wants it.
    """
    metadata = metadata or Metadata()
    ground, picture = laid_beneath(records, cut_out)
    code = ""
    if settings.label:
        code = digital_source_type(
            {record.edit for record in records},
            ground,
            said_by(metadata, data) or settings.source_type or "",
            beneath=(beneath or {}).get(picture, ""),
            profile=recipe.name,
        )
    blocks, facts = labelled(
        metadata,
        code,
        keep=recipe.output.metadata == "keep",
        rights=settings.rights,
        most=LONGEST_BLOCK if recipe.output.format == "jpeg" else 2**31,
    )
    receipt = {
        "digital_source_type": uri(code) if code else None,
        "rights": sorted(rights_in(blocks)),
        "asked": asked(settings),
    }
    return Label(blocks, receipt, facts)


def laid_beneath(records: Sequence[StepRecord], cut_out: bool) -> tuple[Ground, str]:
    """What lies beneath the product, and the name of the picture if it is one."""
    laid = [record.parameters for record in records if record.op == "background"]
    if not laid or not (cut_out or any(record.op == "cutout" for record in records)):
        return "none", ""  # nothing was cut out, so nothing could be laid beneath
    last = laid[-1]
    if last.get("picture"):
        return "picture", str(last["picture"])
    if last.get("gradient"):
        return "gradient", ""
    return ("none" if last.get("colour") == "transparent" else "plain"), ""


def asked(settings: Provenance) -> dict[str, Any]:
    """The settings that decide what is written; a file made under others is not finished."""
    return {"label": settings.label, "rights": settings.rights, "source_type": settings.source_type}


def is_as_asked(manifest: Manifest, settings: Provenance, signer: Signer | None) -> bool:
    """Whether a finished file says and is signed as it would be now."""
    if not manifest.provenance:
        return manifest.output.facts.get("holds") == "alpha"
    signed_by = dict(signer.identity) if signer else None
    return manifest.provenance.get("asked") == asked(settings) and manifest.provenance.get("signed_by") == signed_by


def claim(
    recipe: Recipe, records: Sequence[StepRecord], *, title: str, source: tuple[str, str], source_digest: str
) -> Claim:
    """What a signature attests, but for the digest of the file before it is signed; `source` is its name and format."""
    return Claim(
        title=title,
        source=source[0],
        source_format=source[1],
        actions=tuple(action_of(record.op, record.edit) for record in records),
        facts={"source": source_digest, "recipe": recipe.digest},
    )


def source_type_of(path: Path, limits: Limits) -> str:
    """The code that a picture's file gives of itself, "" for none; its errors are those of whoever opens it."""
    try:
        data = path.read_bytes()
        return said_by(metadata_in(data, limits), data)
    except (PackshotError, OSError):
        return ""


def metadata_in(data: bytes, limits: Limits) -> Metadata:
    """EXIF, XMP and IPTC of a file. Raises UnreadableImage and ImageTooLarge."""
    form = probe(data, limits).format
    file = opened(data, form)
    with quiet():
        try:
            if form == "png" and "xmp" not in file.info:
                file.load()  # some programs write it behind the pixels
            return metadata_of(file)
        except Exception:  # noqa: BLE001 - odd metadata raise nearly anything, and then say nothing
            return Metadata()
