"""Content Credentials (C2PA): a claim about a picture, signed into its file; and what such claims say.

The claim is signed last, over the finished bytes: whatever changes the file afterwards breaks it, and a program that
writes it anew loses it. Nothing is asked of the network: no timestamp authority, no revocation lists, no manifests from
elsewhere.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any, Literal, TypeAlias

from PIL import Image as Pillow

from packshot import __version__
from packshot.errors import CertificateError, OutputError, SettingsError
from packshot.ports import Claim
from packshot.storage.certificates import Identity

State: TypeAlias = Literal["trusted", "valid", "broken", "none", "unread"]
MIME = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "tiff": "image/tiff",
    "heic": "image/heic",
    "gif": "image/gif",
}
_RECEIPT = "org.packshot.receipt"
_OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
_SLACK = 64  # bytes by which the length of a signed file may differ from what was foreseen


@dataclass(frozen=True)
class Credentials:
    """What the claim in a file says, and whether it holds.

    `state`: trusted, valid (the signature holds, but nobody we trust issued the certificate), broken, none, or unread
    where the library is not installed. `failures` are C2PA's status codes.
    """

    state: State
    signer: str = ""
    program: str = ""
    actions: tuple[str, ...] = ()
    source: str = ""
    receipt: Mapping[str, str] | None = None
    failures: tuple[str, ...] = ()


class C2paSigner:
    """Signs with one identity. Kept for as long as a worker lives: the library keeps the key ready."""

    def __init__(self, identity: Identity, *, thumbnail: bool = False) -> None:
        c2pa = _c2pa()
        self._c2pa = c2pa
        self._identity = {"subject": identity.subject, "fingerprint": identity.fingerprint}
        builder = {"thumbnail": {"enabled": thumbnail}}
        try:
            signer = c2pa.Signer.from_info(
                c2pa.C2paSignerInfo(identity.algorithm, identity.chain.encode(), identity.key.encode(), None)
            )
            verify = {**_OFFLINE["verify"], "verify_after_sign": False}
            self._context = c2pa.Context.from_dict({"builder": builder, "verify": verify}, signer=signer)
        except c2pa.C2paError as error:
            raise CertificateError(
                f"this certificate cannot sign: {_words(error)}", hint="packshot certificate --again makes another"
            ) from None

    @property
    def identity(self) -> Mapping[str, str]:
        return self._identity

    def reserve(self, form: str, claim: Claim) -> int:
        """What it adds to a small picture; what it adds to a large one is the same, but for the thumbnail."""
        blank = _blank(form)
        return len(self.sign(blank, form, claim)) - len(blank) + _SLACK

    def sign(self, data: bytes, form: str, claim: Claim) -> bytes:
        out = BytesIO()
        try:
            with self._c2pa.Builder(_definition(claim), self._context) as builder:
                if claim.chained:
                    builder.add_ingredient(_source(claim), MIME[claim.source_format], BytesIO(claim.chained))
                builder.sign(MIME[form], BytesIO(data), out)
        except self._c2pa.C2paError as error:
            raise OutputError(
                f"the {form} could not be signed: {_words(error)}",
                hint="check the certificate, or set PACKSHOT_PROVENANCE__SIGN=false",
            ) from None
        return out.getvalue()


def credentials_in(data: bytes, form: str, authorities: str = "") -> Credentials:
    """What the claim in a file says. `authorities` are certificates to trust, as PEM."""
    if not has_credentials(data):
        return Credentials("none")
    try:
        c2pa = _c2pa()
    except SettingsError:
        return Credentials("unread")
    settings: dict[str, Any] = {"verify": {**_OFFLINE["verify"], "verify_trust": True}}
    if authorities:
        settings["trust"] = {"user_anchors": authorities}
    try:
        with (
            c2pa.Context.from_dict(settings) as context,
            c2pa.Reader(MIME.get(form), BytesIO(data), context=context) as reader,
        ):
            told = json.loads(reader.json())
            state = reader.get_validation_state()
    except c2pa.C2paError as error:
        if type(error).__name__.endswith("ManifestNotFound"):
            return Credentials("none")
        return Credentials("broken", failures=(_words(error),))
    return _told(told, state)


def has_credentials(data: bytes) -> bool:
    """Whether there is a JUMBF box of C2PA's type in the bytes; cheap, and may be wrong about hostile files."""
    return b"jumdc2pa" in data


def _told(store: Mapping[str, Any], state: str) -> Credentials:
    manifest: Mapping[str, Any] = store.get("manifests", {}).get(store.get("active_manifest"), {})
    assertions = {each["label"]: each["data"] for each in manifest.get("assertions", [])}
    done: Mapping[str, Any] = next((data for label, data in assertions.items() if label.startswith("c2pa.actions")), {})
    results = store.get("validation_results", {}).get("activeManifest", {})
    parents = [each for each in manifest.get("ingredients", []) if each.get("relationship") == "parentOf"]
    signature = manifest.get("signature_info", {})
    receipt = assertions.get(_RECEIPT)
    return Credentials(
        state={"Trusted": "trusted", "Valid": "valid"}.get(state, "broken"),  # type: ignore[arg-type]
        signer=signature.get("common_name") or signature.get("issuer") or "",
        program=" ".join(
            f"{each.get('name', '')} {each.get('version', '')}".strip()
            for each in manifest.get("claim_generator_info", [])[:1]
        ),
        actions=tuple(_action_words(each) for each in done.get("actions", [])),
        source=parents[0].get("title", "") if parents else "",
        receipt={str(name): str(value) for name, value in receipt.items()} if isinstance(receipt, dict) else None,
        failures=tuple(dict.fromkeys(each["code"] for each in results.get("failure", []))),
    )


def _action_words(action: Mapping[str, Any]) -> str:
    name = str(action.get("action", "")).removeprefix("c2pa.")
    return f"{name} ({action['description']})" if action.get("description") else name


def _definition(claim: Claim) -> dict[str, Any]:
    """The manifest as the library takes it. The source is an ingredient by name; its bytes stay where they are."""
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["source"]}}
    actions: Sequence[Mapping[str, Any]] = (opened, *claim.actions)
    return {
        "claim_generator_info": [{"name": "Packshot", "version": __version__}],
        "title": claim.title,
        "ingredients": [] if claim.chained else [_source(claim)],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": list(actions), "allActionsIncluded": True}},
            {"label": _RECEIPT, "data": dict(claim.facts)},
        ],
    }


def _source(claim: Claim) -> dict[str, Any]:
    source: dict[str, Any] = {
        "label": "source",
        "title": claim.source,
        "relationship": "parentOf",
        "instance_id": claim.facts.get("source", ""),
    }
    if claim.source_format in MIME:
        source["format"] = MIME[claim.source_format]
    return source


@cache
def _blank(form: str) -> bytes:
    out = BytesIO()
    Pillow.new("RGB", (16, 16)).save(out, form.upper())
    return out.getvalue()


def _c2pa() -> Any:
    try:
        import c2pa
    except ImportError as error:
        raise SettingsError(
            "signing needs the extra 'provenance', which is not installed",
            hint="pip install 'packshot[provenance]', or set PACKSHOT_PROVENANCE__SIGN=false",
        ) from error
    return c2pa


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
