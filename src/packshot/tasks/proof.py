"""A finished file against the photograph it was made from: the certificate, worked out anew from the bytes.

Where the product is, where its pixels came from and what the steps were to do with them is taken from the recipe run
again, not from what the file or its receipt claim: who alters a picture could otherwise hide the place by making it
transparent, or declare it.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from packshot.errors import InputError, PackshotError
from packshot.fidelity import Certificate, certify
from packshot.geometry import Affine, composed
from packshot.manifest import Manifest, digest_of
from packshot.services import Services
from packshot.storage.codec import decode
from packshot.tasks.evidence import Shelf, opened_receipt
from packshot.tasks.given import read_file
from packshot.tasks.replay import Extras, made_again

_NEAR = 1e-6  # of a pixel, by which two geometries may differ


@dataclass(frozen=True)
class Proof:
    """`unchanged` says whether the file is still the one of its receipt, to the last byte."""

    picture: Path
    sentence: str
    certificate: Certificate | None = None
    unchanged: bool = False
    error: dict[str, Any] | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing happened to the product that was not declared.

        Compression hides small changes, so a lossy file must also be the very one that was made.
        """
        found = self.certificate
        return found is not None and found.holds and (self.unchanged or found.verdict == "identical")

    def as_data(self) -> dict[str, Any]:
        certificate = None if self.certificate is None else self.certificate.as_data()
        return asdict(self) | {"picture": str(self.picture), "certificate": certificate, "holds": self.holds}


def prove(path: Path, services: Services, shelf: Shelf, extras: Extras | None = None) -> Proof:
    """Certify the picture beside the receipt at `path`; every error is a result."""
    picture = path.with_name(path.name.removesuffix(".json"))
    try:
        return _proven(path, picture, services, shelf, extras or Extras())
    except PackshotError as error:
        return Proof(picture, str(error), error=error.as_dict())
    except MemoryError:
        failure = InputError("there was not enough memory", hint="certify it on a larger machine")
        return Proof(picture, failure.message, error=failure.as_dict())


def _proven(path: Path, picture: Path, services: Services, shelf: Shelf, extras: Extras) -> Proof:
    limits = services.settings.limits
    receipt = opened_receipt(path)
    if receipt.manifest.output.facts.get("holds") == "alpha":
        raise InputError("this is a mask, and a mask holds no product", hint="certify the picture instead")
    data = read_file(picture, limits)
    again = made_again(receipt, shelf.photograph(receipt), services, extras)
    finished = decode(data, limits)
    unchanged = digest_of(data) == receipt.manifest.output.digest
    geometry = composed(record.facts for record in again.rendition.records)
    if finished.image.size != again.rendition.image.size:
        wanted, found = ("x".join(map(str, size)) for size in (again.rendition.image.size, finished.image.size))
        why = f"The picture has {found} pixels; its recipe makes {wanted}."
        certificate = Certificate("altered", why, "file")
    elif not _same(_recorded(receipt.manifest), geometry):
        why = "The receipt says that the product lies elsewhere than its recipe puts it."
        certificate = Certificate("altered", why, "file")
    else:
        certificate = certify(
            again.photo,
            finished.image,
            again.rendition.product,
            geometry,
            edits={record.edit for record in again.rendition.records},
            compared="file",
            lossy=not again.manifest.output.facts.get("lossless", False),
        )
    sentence = certificate.sentence
    if not unchanged:
        sentence += " The file is not, to the last byte, the one that its receipt speaks of."
    return Proof(picture, sentence, certificate, unchanged)


def _recorded(manifest: Manifest) -> Affine | None:
    try:
        return composed(record.facts for record in manifest.steps)
    except ValueError as error:
        raise InputError("a geometry in the receipt cannot be", hint="get the receipt anew") from error


def _same(first: Affine | None, second: Affine | None) -> bool:
    if first is None or second is None:
        return first is second
    return all(abs(one - other) < _NEAR * max(1.0, abs(other)) for one, other in zip(first, second, strict=True))
