"""Signing finished pictures, and finding out whether what is signed still holds."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from packshot.errors import CertificateError, OutputError, SettingsError
from packshot.image import Image
from packshot.ports import Claim
from packshot.provenance import action_of, uri
from packshot.recipe import Encoding, Format
from packshot.storage.encode import encode
from packshot.storage.label import labelled, said_by
from packshot.storage.metadata import Metadata, metadata_of
from packshot.storage.opening import opened as picture_in
from packshot.tasks.images import signed

pytest.importorskip("c2pa", reason="the extra 'provenance' is not installed")
pytest.importorskip("cryptography", reason="the extra 'provenance' is not installed")

from packshot.storage.certificates import Identity, Made, authorities, made, opened
from packshot.storage.credentials import C2paSigner, credentials_in

ALL: tuple[Format, ...] = ("jpeg", "png", "webp", "avif")
BUDGET: dict[Format, int] = {"jpeg": 60, "png": 70, "webp": 30, "avif": 40}  # kB, less than each would like to take
CLAIMS_EVERYWHERE = 12.70  # the version of exiftool that looks for claims in WebP and AVIF too
CLAIM = Claim(
    "mug.jpg",
    "IMG_0042.HEIC",
    "heic",
    (action_of("cutout", "edge-only"), action_of("crop", "geometric")),
    {"source": "sha256:" + 64 * "a", "recipe": "sha256:" + 64 * "b", "unsigned": "sha256:" + 64 * "c"},
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made("Mug & Co", tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def signer(own: Made) -> C2paSigner:
    return C2paSigner(opened(own.certificate, own.key))


def drawing(side: int = 320) -> Image:
    y, x = np.mgrid[:side, :side]
    grain = np.random.default_rng(5).integers(0, 25, (side, side, 3))
    return Image(np.clip(np.dstack([x % 200, y % 180, (x + y) % 160]) + grain, 0, 255).astype(np.uint8))


def written(form: Format) -> bytes:
    label, _ = labelled(Metadata(), "algorithmicallyEnhanced", keep=False)
    return encode(drawing(), Encoding(format=form), label).data


@pytest.mark.parametrize("form", ALL)
def test_a_signed_picture_says_who_signed_it_and_what_was_done(form: Format, signer: C2paSigner, own: Made) -> None:
    told = credentials_in(signer.sign(written(form), form, CLAIM), form, own.authorities.read_text())
    assert told.state == "trusted"
    assert (told.signer, told.source, told.failures) == ("Mug & Co", "IMG_0042.HEIC", ())
    assert told.actions == ("opened", "edited (cutout)", "cropped (crop)")
    assert told.receipt == CLAIM.facts
    assert told.program.startswith("Packshot ")


@pytest.mark.parametrize("form", ALL)
def test_to_those_who_do_not_know_the_authority_it_is_valid_and_no_more(form: Format, signer: C2paSigner) -> None:
    told = credentials_in(signer.sign(written(form), form, CLAIM), form)
    assert told.state == "valid"
    assert told.failures == ("signingCredential.untrusted",)


@pytest.mark.parametrize("form", ALL)
def test_a_picture_that_was_touched_is_broken(form: Format, signer: C2paSigner, own: Made) -> None:
    data = bytearray(signer.sign(written(form), form, CLAIM))
    data[len(data) // 2] ^= 1  # among the pixels in every format
    told = credentials_in(bytes(data), form, own.authorities.read_text())
    assert told.state == "broken"
    assert [failure for failure in told.failures if failure.endswith("Hash.mismatch")]


@pytest.mark.parametrize("form", ALL)
def test_pixels_label_and_profile_are_the_same_after_signing(form: Format, signer: C2paSigner) -> None:
    plain = written(form)
    before, after = picture_in(plain, form), picture_in(signer.sign(plain, form, CLAIM), form)
    assert np.array_equal(np.asarray(before), np.asarray(after))
    assert metadata_of(before) == metadata_of(after)
    assert before.info["icc_profile"] == after.info["icc_profile"]
    assert said_by(metadata_of(after)) == "algorithmicallyEnhanced"


@pytest.mark.parametrize("form", ALL)
def test_exiftool_reads_code_and_claim_of_a_signed_picture(form: Format, signer: C2paSigner, tmp_path: Path) -> None:
    tool = shutil.which("exiftool")
    if tool is None:
        pytest.skip("no exiftool here: apt install libimage-exiftool-perl")
    path = tmp_path / f"picture.{form}"
    path.write_bytes(signer.sign(written(form), form, CLAIM))
    done = subprocess.run([tool, "-json", "-G1", "-n", str(path)], capture_output=True, check=True)
    tags = json.loads(done.stdout)[0]
    assert tags["XMP-iptcExt:DigitalSourceType"] == uri("algorithmicallyEnhanced")
    assert "ExifTool:Warning" not in tags
    version = subprocess.run([tool, "-ver"], capture_output=True, check=True, text=True).stdout
    if form in ("jpeg", "png") or float(version) >= CLAIMS_EVERYWHERE:
        assert any("JUMBF" in name for name in tags)


@pytest.mark.parametrize("form", ALL)
def test_the_signature_is_within_the_budget(form: Format, signer: C2paSigner) -> None:
    budget = Encoding(format=form, quality=95, min_quality=1, max_kilobytes=BUDGET[form])
    data, _, over, receipt = signed(drawing(), budget, Metadata(), signer, CLAIM)
    assert over is None
    assert 0.7 * BUDGET[form] < len(data) / 1000 <= BUDGET[form]
    assert receipt["signature_bytes"] <= receipt["reserved_bytes"]


@pytest.mark.parametrize("form", ALL)
def test_what_is_foreseen_for_the_signature_is_what_it_takes(form: Format, signer: C2paSigner) -> None:
    plain = written(form)
    added = len(signer.sign(plain, form, CLAIM)) - len(plain)
    assert 0 <= signer.reserve(form, CLAIM) - added < 200


def test_a_signature_longer_than_foreseen_costs_another_encode_and_stays_within(signer: C2paSigner) -> None:
    class Optimist(C2paSigner):
        def reserve(self, form: str, claim: Claim) -> int:
            return 10

    hopeful = Optimist.__new__(Optimist)
    hopeful.__dict__ |= signer.__dict__
    budget = Encoding(quality=95, min_quality=1, max_kilobytes=BUDGET["jpeg"])
    data, _, over, receipt = signed(drawing(), budget, Metadata(), hopeful, CLAIM)
    assert over is None
    assert len(data) <= BUDGET["jpeg"] * 1000
    assert receipt["reserved_bytes"] > 1000


def test_two_signings_differ_and_the_digest_of_what_was_signed_does_not(signer: C2paSigner) -> None:
    once, again = (signed(drawing(), Encoding(), Metadata(), signer, CLAIM) for _ in range(2))
    assert once[0] != again[0]
    assert once[3]["unsigned_digest"] == again[3]["unsigned_digest"]
    bare = signed(drawing(), Encoding(), Metadata(), None, CLAIM)
    assert bare[3] == {"signed_by": None, "unsigned_digest": once[3]["unsigned_digest"]}


def test_the_claim_of_the_source_is_carried_along_where_asked_for(signer: C2paSigner, own: Made) -> None:
    camera = Claim("IMG_0042.jpg", "sensor", "jpeg", (), CLAIM.facts)
    source = signer.sign(written("jpeg"), "jpeg", camera)
    alone = signer.sign(written("webp"), "webp", replace(CLAIM, source_format="jpeg"))
    chained = signer.sign(written("webp"), "webp", replace(CLAIM, source_format="jpeg", chained=source))
    assert b"sensor" in chained
    assert b"sensor" not in alone
    told = credentials_in(chained, "webp", own.authorities.read_text())
    assert (told.state, told.source) == ("trusted", "IMG_0042.HEIC")
    assert len(chained) - len(alone) < 8000  # the claim, not the picture


def test_no_thumbnail_unless_asked_for(own: Made) -> None:
    plain = encode(drawing(800), Encoding()).data
    lean = C2paSigner(opened(own.certificate, own.key)).sign(plain, "jpeg", CLAIM)
    rich = C2paSigner(opened(own.certificate, own.key), thumbnail=True).sign(plain, "jpeg", CLAIM)
    assert len(lean) - len(plain) < 8000 < len(rich) - len(lean)


def test_what_is_no_picture_cannot_be_signed(signer: C2paSigner) -> None:
    with pytest.raises(OutputError, match="could not be signed"):
        signer.sign(b"not a picture", "jpeg", CLAIM)


def test_an_unsigned_picture_has_no_credentials_and_junk_is_no_bug() -> None:
    assert credentials_in(written("jpeg"), "jpeg").state == "none"
    assert credentials_in(b"\xff\xd8\xff jumdc2pa and then nothing", "jpeg").state in ("none", "broken")


def test_the_key_is_for_its_owner_alone(own: Made) -> None:
    assert own.key.stat().st_mode & 0o777 == 0o600 or os.name == "nt"
    identity = opened(own.certificate, own.key)
    secret = own.key.read_text().splitlines()[1]
    assert secret not in repr(identity)
    assert secret not in own.certificate.read_text()


def test_a_certificate_is_not_replaced_unawares_and_old_signatures_stay_trusted(tmp_path: Path) -> None:
    first = made("Mug & Co", tmp_path)
    old = C2paSigner(opened(first.certificate, first.key)).sign(written("png"), "png", CLAIM)
    with pytest.raises(CertificateError, match="already"):
        made("Mug & Co", tmp_path)
    second = made("Mug & Co", tmp_path, again=True)
    new = C2paSigner(opened(second.certificate, second.key)).sign(written("png"), "png", CLAIM)
    known = second.authorities.read_text()
    assert credentials_in(old, "png", known).state == credentials_in(new, "png", known).state == "trusted"


def test_an_expired_certificate_does_not_sign_and_is_seen(tmp_path: Path) -> None:
    past = made("Mug & Co", tmp_path, start=datetime.now(UTC) - timedelta(days=4000))
    with pytest.raises(CertificateError, match="expired on"):
        opened(past.certificate, past.key)


def test_a_certificate_of_tomorrow_does_not_sign_today(tmp_path: Path) -> None:
    ahead = made("Mug & Co", tmp_path, start=datetime.now(UTC) + timedelta(days=10))
    with pytest.raises(CertificateError, match="valid only from"):
        opened(ahead.certificate, ahead.key)


def test_the_key_of_another_certificate_is_found_out(own: Made, tmp_path: Path) -> None:
    other = made("Jug & Co", tmp_path)
    with pytest.raises(CertificateError, match="does not belong to"):
        opened(own.certificate, other.key)


def test_a_certificate_that_signs_itself_is_refused(own: Made, tmp_path: Path) -> None:
    alone = tmp_path / "authority.pem"
    alone.write_bytes(own.authorities.read_bytes())
    with pytest.raises(CertificateError, match="signs itself"):
        opened(alone, own.key)


@pytest.mark.parametrize("broken", ["certificate", "key"])
def test_a_broken_file_is_named_and_never_quoted(own: Made, tmp_path: Path, broken: str) -> None:
    text = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0IHNlY3JldA==\n-----END PRIVATE KEY-----\n"
    (tmp_path / "broken.pem").write_text(text if broken == "key" else "no certificate")
    files = {"certificate": own.certificate, "key": own.key} | {broken: tmp_path / "broken.pem"}
    with pytest.raises(CertificateError, match=r"broken\.pem holds no") as caught:
        opened(files["certificate"], files["key"])
    assert "c2VjcmV0" not in json.dumps(caught.value.as_dict())
    assert caught.value.__cause__ is None
    assert caught.value.hint


def test_a_locked_key_says_how_to_unlock_it(own: Made, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(own.key.read_bytes(), None)
    lock = serialization.BestAvailableEncryption(b"passphrase")
    form = serialization.PrivateFormat.PKCS8
    (tmp_path / "locked.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, lock))
    with pytest.raises(CertificateError, match="passphrase") as caught:
        opened(own.certificate, tmp_path / "locked.pem")
    assert "openssl pkey" in caught.value.hint


def test_files_that_are_not_there_say_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="cannot be read") as caught:
        opened(tmp_path / "a.pem", tmp_path / "b.pem")
    assert "packshot certificate" in caught.value.hint
    with pytest.raises(SettingsError, match=r"provenance\.key is not set"):
        opened(tmp_path / "a.pem", None)


def test_a_key_that_does_not_fit_is_an_error_of_signing_not_a_crash(own: Made, tmp_path: Path) -> None:
    other = opened(*(lambda there: (there.certificate, there.key))(made("Jug & Co", tmp_path)))
    mixed: Identity = replace(opened(own.certificate, own.key), key=other.key)
    try:
        data = C2paSigner(mixed).sign(written("jpeg"), "jpeg", CLAIM)
    except (CertificateError, OutputError):
        return
    assert credentials_in(data, "jpeg").state == "broken"


def test_the_chain_to_sign_with_does_not_make_its_first_certificate_an_authority(own: Made, tmp_path: Path) -> None:
    told = authorities(own.certificate, None)
    assert own.authorities.read_text().split()[1] not in ("", None)
    assert own.certificate.read_text().split("-----")[2].strip() not in told
    with pytest.raises(CertificateError, match="cannot be read"):
        authorities(None, tmp_path / "nothing.pem")


def test_without_the_extra_signing_says_how_to_get_it_and_reading_says_so(
    own: Made, signer: C2paSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = opened(own.certificate, own.key)
    data = signer.sign(written("jpeg"), "jpeg", CLAIM)
    monkeypatch.setitem(sys.modules, "c2pa", None)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    for attempt in (lambda: C2paSigner(identity), lambda: opened(own.certificate, own.key)):
        with pytest.raises(SettingsError, match="extra 'provenance'") as caught:
            attempt()
        assert "pip install" in caught.value.hint
    assert credentials_in(data, "jpeg").state == "unread"
