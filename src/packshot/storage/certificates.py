"""Certificates to sign with: opened and checked, or made here.

C2PA wants of a signing certificate that an authority issued it (its own signature will not do), key usage
digitalSignature, an extended key usage from its list, and that it is valid today. What `made` makes is an authority
that signs one certificate and is then forgotten: its key is never written down.
"""

import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from packshot.errors import CertificateError, OutputError, SettingsError
from packshot.storage.folder import write_whole

CERTIFICATE, KEY, AUTHORITIES = "certificate.pem", "key.pem", "authorities.pem"
YEARS = 5  # without a timestamp a signature is judged by today's date, so it ends with its certificate
_EXTRA = "pip install 'packshot[provenance]', or set PACKSHOT_PROVENANCE__SIGN=false"
_MAKE = "packshot certificate makes one; or name yours in provenance.certificate and provenance.key"
_USAGES = (  # email protection, document signing (RFC 9336), C2PA claim signing
    "1.3.6.1.5.5.7.3.4",
    "1.3.6.1.5.5.7.3.36",
    "1.3.6.1.4.1.62558.2.1",
)


@dataclass(frozen=True)
class Identity:
    """A certificate chain and its key, checked. The key shows in no repr and no error."""

    chain: str
    key: str = field(repr=False)
    algorithm: str
    subject: str
    fingerprint: str
    until: datetime


@dataclass(frozen=True)
class Made:
    """Where `made` put things. The authority is what others must trust to see the signatures as trusted."""

    certificate: Path
    key: Path
    authorities: Path
    subject: str
    until: datetime


def our_folder() -> Path:
    """Where this user's programs keep their settings."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "packshot"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "packshot"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "packshot"


def opened(certificate: Path | None, key: Path | None) -> Identity:
    """The identity to sign with: the files named, or what `packshot certificate` made.

    Raises CertificateError with what is wrong with them, SettingsError where the extra is missing or one is not named.
    """
    x509, serialization = _cryptography()
    if (certificate is None) != (key is None):
        missing = "provenance.key" if key is None else "provenance.certificate"
        raise SettingsError(f"{missing} is not set", hint="set both provenance.certificate and provenance.key")
    certificate, key = certificate or our_folder() / CERTIFICATE, key or our_folder() / KEY
    chain, secret = _read(certificate, "certificate"), _read(key, "key")
    try:
        certificates = x509.load_pem_x509_certificates(chain)
    except ValueError:
        raise CertificateError(f"{certificate} holds no PEM certificate", hint=_MAKE) from None
    try:
        private = serialization.load_pem_private_key(secret, None)
    except TypeError:
        raise CertificateError(
            f"the key in {key} is locked with a passphrase",
            hint=f"openssl pkey -in {key.name} -out open.pem unlocks it; keep the file to yourself (chmod 600)",
        ) from None
    except Exception:  # noqa: BLE001 - whatever it is, its words may quote the file, which holds a key
        raise CertificateError(f"{key} holds no private key in PEM", hint=_MAKE) from None
    first = certificates[0]
    _check(first, certificate, datetime.now(UTC), x509)
    if _public_bytes(private.public_key(), serialization) != _public_bytes(first.public_key(), serialization):
        raise CertificateError(
            f"the key in {key} does not belong to the certificate in {certificate}",
            hint="the first certificate of the file must be that of the key",
        )
    return Identity(
        chain=chain.decode("ascii", "replace"),
        key=_pkcs8(private, serialization),
        algorithm=_algorithm(private, key),
        subject=first.subject.rfc4514_string(),
        fingerprint="sha256:" + first.fingerprint(_sha256()).hex(),
        until=first.not_valid_after_utc,
    )


def authorities(certificate: Path | None = None, trust: Path | None = None) -> str:
    """Every authority to trust, as PEM: those we made, the one behind `certificate`, those in `trust`."""
    texts = []
    for path in (our_folder() / AUTHORITIES, certificate, trust):
        try:
            text = path.read_text(encoding="ascii") if path else ""
        except (OSError, UnicodeDecodeError) as error:
            if path == trust:
                raise CertificateError(f"{path} cannot be read", hint="check provenance.trust") from error
            continue
        blocks = text.split("-----BEGIN CERTIFICATE-----")[1:]
        # Of a chain to sign with, the first is the signer: to trust what it issues would mean nothing.
        blocks = blocks[1:] if path == certificate else blocks
        texts += ["-----BEGIN CERTIFICATE-----" + block.partition("-----END")[0] for block in blocks]
    return "".join(f"{text}-----END CERTIFICATE-----\n" for text in dict.fromkeys(texts))


def made(name: str, folder: Path | None = None, *, again: bool = False, start: datetime | None = None) -> Made:
    """Make an authority and a signing certificate in `folder`, valid from `start` or now on for `YEARS`.

    `name` is who verifiers will say has signed.

    Raises CertificateError where there is one already and `again` is not asked for.
    """
    x509, serialization = _cryptography()
    from cryptography.hazmat.primitives.asymmetric import ec

    folder = folder or our_folder()
    if (folder / KEY).exists() and not again:
        raise CertificateError(
            f"there is a certificate in {folder} already",
            hint="--again makes a new one; pictures signed with the old one stay valid and trusted here",
        )
    start = (start or datetime.now(UTC)).replace(microsecond=0) - timedelta(minutes=5)  # clocks differ
    until = start + timedelta(days=365 * YEARS)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = _name(f"{name} (own authority)", x509)
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    authority = (
        _begun(authority_name, authority_name, authority_key.public_key(), start, until, x509)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(x509, issues=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(authority_key, _sha256())
    )
    certificate = (
        _begun(_name(name, x509), authority_name, key.public_key(), start, until, x509)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(x509, issues=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(_USAGES[0])]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(authority_key, _sha256())
    )
    known = (folder / AUTHORITIES).read_bytes() if (folder / AUTHORITIES).exists() else b""
    pem = serialization.Encoding.PEM
    _write_secret(folder / KEY, _pkcs8(key, serialization).encode())
    write_whole(folder / CERTIFICATE, certificate.public_bytes(pem) + authority.public_bytes(pem))
    write_whole(folder / AUTHORITIES, known + authority.public_bytes(pem))
    subject = certificate.subject.rfc4514_string()
    return Made(folder / CERTIFICATE, folder / KEY, folder / AUTHORITIES, subject, until)


def _cryptography() -> tuple[Any, Any]:
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
    except ImportError as error:
        raise SettingsError("signing needs the extra 'provenance', which is not installed", hint=_EXTRA) from error
    return x509, serialization


def _sha256() -> Any:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA256()


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(f"the {what} {path} cannot be read: {error.strerror}", hint=_MAKE) from error


def _check(certificate: Any, path: Path, now: datetime, x509: Any) -> None:
    """Raises CertificateError for what would make a signature that no verifier accepts."""
    if now > certificate.not_valid_after_utc:
        raise CertificateError(
            f"the certificate in {path} expired on {certificate.not_valid_after_utc:%d %B %Y}",
            hint="renew it; packshot certificate --again makes a new one of our own",
        )
    if now < certificate.not_valid_before_utc:
        raise CertificateError(
            f"the certificate in {path} is valid only from {certificate.not_valid_before_utc:%d %B %Y}",
            hint="check this machine's clock",
        )
    if certificate.issuer == certificate.subject:
        raise CertificateError(
            f"the certificate in {path} signs itself, which C2PA does not accept",
            hint="put the one an authority issued first; packshot certificate makes both",
        )
    try:
        signs = certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        signs, usages = False, []
    if not signs or not {usage.dotted_string for usage in usages} & set(_USAGES):
        raise CertificateError(
            f"the certificate in {path} was not issued for signing",
            hint="C2PA asks for key usage digitalSignature and extended key usage emailProtection or documentSigning",
        )


def _algorithm(key: Any, path: Path) -> str:
    """C2PA's name for how this key signs."""
    curve = getattr(getattr(key, "curve", None), "name", "")
    known = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}.get(curve)
    kind = type(key).__name__
    if known is None and "Ed25519" in kind:
        known = "ed25519"
    if known is None and "RSA" in kind and key.key_size >= 2048:
        known = "ps256"
    if known is None:
        raise CertificateError(
            f"C2PA cannot sign with the kind of key in {path}",
            hint="use ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of at least 2048 bits",
        )
    return known


def _public_bytes(key: Any, serialization: Any) -> bytes:
    data: bytes = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return data


def _pkcs8(key: Any, serialization: Any) -> str:
    data: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return data.decode("ascii")


def _name(name: str, x509: Any) -> Any:
    try:
        return x509.Name(
            [
                x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, name),
                x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
            ]
        )
    except ValueError as error:
        raise CertificateError(f"'{name}' cannot be a name in a certificate", hint="use 1 to 40 characters") from error


def _begun(subject: Any, issuer: Any, key: Any, start: datetime, until: datetime, x509: Any) -> Any:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(until)
    )


def _key_usage(x509: Any, *, issues: bool) -> Any:
    return x509.KeyUsage(
        digital_signature=not issues,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issues,
        crl_sign=issues,
        encipher_only=False,
        decipher_only=False,
    )


def _write_secret(path: Path, data: bytes) -> None:
    """A file that only its owner may read, from its first byte on."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        part.replace(path)
    except OSError as error:
        raise OutputError(
            f"{path} could not be written: {error.strerror}", hint="name another folder with --folder"
        ) from error
