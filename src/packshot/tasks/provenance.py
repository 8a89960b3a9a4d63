"""What a finished file says of itself: which label it gets, and what a signer is asked to attest."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from packshot.errors import PackshotError, UnreadableImage
from packshot.manifest import Manifest, StepRecord, digest_of
from packshot.ports import Claim, Signer
from packshot.provenance import DEMANDED, Ground, action_of, digital_source_type, uri
from packshot.recipe import Recipe
from packshot.settings import Limits, Provenance, Settings
from packshot.storage.certificates import authorities
from packshot.storage.codec import probe
from packshot.storage.credentials import MIME, Credentials, credentials_in, has_credentials
from packshot.storage.label import labelled, rights_in, said_by
from packshot.storage.metadata import Metadata, metadata_of
from packshot.storage.opening import format_of, opened, quiet
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
        "asked": asked(settings, recipe),
    }
    return Label(blocks, receipt, facts)


def laid_beneath(records: Sequence[StepRecord], cut_out: bool) -> tuple[Ground, str]:
    """What lies beneath the product, and the name of the picture if it is one."""
    # A place that nobody painted is a set: where painters could not, the studio did.
    sets = [record.op == "paint" and not record.edit.startswith("generative") for record in records]
    laid = [
        {"set": "studio"} if is_set else record.parameters
        for record, is_set in zip(records, sets, strict=True)
        if is_set or record.op in ("background", "stand", "scene")
    ]
    if not laid or not (cut_out or any(record.op == "cutout" for record in records)):
        return "none", ""  # nothing was cut out, so nothing could be laid beneath
    last = laid[-1]
    if "set" in last:
        return "set", ""
    if last.get("picture"):
        return "picture", str(last["picture"])
    if last.get("gradient"):
        return "gradient", ""
    return ("none" if last.get("colour") == "transparent" else "plain"), ""


def asked(settings: Provenance, recipe: Recipe) -> dict[str, Any]:
    """What decides over the label besides the steps; a file made under anything else is not finished."""
    profile = recipe.name if recipe.name in DEMANDED else None
    return {
        "label": settings.label,
        "rights": settings.rights,
        "source_type": settings.source_type,
        "profile": profile,
    }


def is_as_asked(manifest: Manifest, recipe: Recipe, settings: Provenance, signer: Signer | None) -> bool:
    """Whether a finished file says and is signed as it would be now."""
    if not manifest.provenance:
        return manifest.output.facts.get("holds") == "alpha"
    signed_by = dict(signer.identity) if signer else None
    return (
        manifest.provenance.get("asked") == asked(settings, recipe)
        and manifest.provenance.get("signed_by") == signed_by
    )


def claim(
    recipe: Recipe,
    records: Sequence[StepRecord],
    *,
    title: str,
    source: tuple[str, str],
    source_digest: str,
    chained: bytes = b"",
) -> Claim:
    """What a signature attests; `source` is the photograph's name and format, `chained` its bytes where a claim in them
    is to be carried along.

    The digest of the finished file before it is signed is not known yet; one of the same length stands in its place.
    """
    return Claim(
        title=title,
        source=source[0],
        source_format=source[1],
        actions=tuple(action_of(record.op, record.edit) for record in records),
        chained=chained if source[1] in MIME and has_credentials(chained) else b"",
        facts={"source": source_digest, "recipe": recipe.digest, "unsigned": digest_of(b"")},
    )


@dataclass(frozen=True)
class Told:
    """What a file says of itself. `receipt` is about the manifest beside it: none, of this file, or of another one."""

    file: Path
    code: str = ""
    rights: Mapping[str, list[str]] = field(default_factory=dict)
    credentials: Credentials = Credentials("none")  # noqa: RUF009 - frozen
    receipt: Literal["none", "of-this-file", "of-another-file"] = "none"
    error: Mapping[str, Any] | None = None

    @property
    def is_sound(self) -> bool:
        return self.error is None and self.credentials.state != "broken" and self.receipt != "of-another-file"

    def as_data(self) -> dict[str, Any]:
        return {
            "file": str(self.file),
            "digital_source_type": uri(self.code) if self.code else None,
            "rights": dict(self.rights),
            "credentials": asdict(self.credentials),
            "receipt": self.receipt,
            "error": self.error,
        }


def told_by(path: Path, settings: Settings) -> Told:
    """What a picture's file says of its making, with its signature verified; an unreadable file is a result too."""
    try:
        data = path.read_bytes()
        metadata = metadata_in(data, settings.limits)
        trusted = authorities(settings.provenance.certificate, settings.provenance.trust)
        return Told(
            path,
            said_by(metadata, data),
            rights_in(metadata),
            credentials_in(data, format_of(data), trusted),
            _receipt_beside(path, data),
        )
    except PackshotError as error:
        return Told(path, error=error.as_dict())
    except OSError as error:
        unreadable = UnreadableImage(f"it cannot be read: {error.strerror}", hint="check the name")
        return Told(path, error=unreadable.as_dict())


def _receipt_beside(path: Path, data: bytes) -> Literal["none", "of-this-file", "of-another-file"]:
    try:
        manifest = Manifest.model_validate_json(path.with_name(path.name + ".json").read_bytes())
    except (OSError, ValidationError):
        return "none"
    return "of-this-file" if manifest.output.digest == digest_of(data) else "of-another-file"


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
