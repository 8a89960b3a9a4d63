"""What finished files say of themselves, from the command line."""

import json
from pathlib import Path

import pytest
from PIL import Image as Pillow
from shell import mug, packshot, photograph

from packshot.provenance import uri
from packshot.storage.label import rights_in, said_by
from packshot.storage.metadata import Metadata, metadata_of
from packshot.storage.opening import format_of, opened


def metadata(path: Path) -> Metadata:
    data = path.read_bytes()
    return metadata_of(opened(data, format_of(data)))


def test_a_packshot_says_what_it_is_and_whose_it_is(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x010F], exif[0x013B] = "A camera", "Ada Lindqvist"
    Pillow.fromarray(mug()).save(tmp_path / "mug.jpg", exif=exif)
    assert packshot("run", "marketplace-white", "mug.jpg", "-o", "out", folder=tmp_path).code == 0
    made = metadata(tmp_path / "out/mug.jpg")
    assert said_by(made) == "algorithmicallyEnhanced"
    assert rights_in(made) == {"creator": ["Ada Lindqvist"]}
    assert b"A camera" not in made.exif
    receipt = json.loads((tmp_path / "out/mug.jpg.json").read_text())
    assert receipt["provenance"]["digital_source_type"] == uri("algorithmicallyEnhanced")
    assert receipt["provenance"]["rights"] == ["creator"]
    assert receipt["provenance"]["unsigned_digest"] == receipt["output"]["digest"]


def test_the_label_counts_towards_the_budget(tmp_path: Path) -> None:
    photograph(tmp_path / "mug.png")
    words = ("run", "marketplace-white", "mug.png", "-o", "out", "--max-kb", "20", "--size", "600x600")
    assert packshot(*words, folder=tmp_path).code == 0
    made = (tmp_path / "out/mug.jpg").read_bytes()
    assert len(made) <= 20_000
    assert b"DigitalSourceType" in made


def test_the_label_can_be_switched_off_and_a_finished_file_is_made_anew_for_it(tmp_path: Path) -> None:
    photograph(tmp_path / "mug.png")
    assert packshot("run", "full", "mug.png", "-o", "out", folder=tmp_path).code == 0
    assert said_by(metadata(tmp_path / "out/mug.jpg")) == "algorithmicallyEnhanced"
    (tmp_path / "packshot.toml").write_text("[provenance]\nlabel = false\n")
    assert packshot("run", "full", "mug.png", "-o", "out", folder=tmp_path).code == 0
    assert b"xmpmeta" not in (tmp_path / "out/mug.jpg").read_bytes()


@pytest.mark.parametrize("form", ["jpg", "png", "webp", "avif"])
def test_a_picture_of_ai_beneath_the_product_is_said_in_every_format(tmp_path: Path, form: str) -> None:
    photograph(tmp_path / "mug.png")
    xmp = (
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        b"<rdf:Description rdf:about='' xmlns:i='http://iptc.org/std/Iptc4xmpExt/2008-02-29/' i:DigitalSourceType="
        b"'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia'/></rdf:RDF></x:xmpmeta>"
    )
    Pillow.new("RGB", (300, 300), (90, 120, 90)).save(tmp_path / "desk.jpg", xmp=xmp)
    words = ("--set", "background.picture=desk", "--picture", "desk=desk.jpg")
    assert packshot("run", "full", "mug.png", "-o", f"made.{form}", *words, folder=tmp_path).code == 0
    assert said_by(metadata(tmp_path / f"made.{form}")) == "compositeSynthetic"


def test_a_batch_is_signed_and_a_touched_file_is_found_out(tmp_path: Path) -> None:
    pytest.importorskip("c2pa", reason="the extra 'provenance' is not installed")
    photograph(tmp_path / "in/mug.png")
    photograph(tmp_path / "in/cup.png")
    (tmp_path / "in/broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    own = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "PACKSHOT_PROVENANCE__SIGN": "true"}
    missing = packshot("run", "optimize", "in", "-o", "out", folder=tmp_path, **own)
    assert missing.code == 2
    assert "packshot certificate makes one" in missing.err
    assert packshot("certificate", "--name", "Mug & Co", folder=tmp_path, **own).code == 0
    said = packshot("run", "optimize", "in", "-o", "out", "--max-kb", "60", folder=tmp_path, **own)
    assert said.code == 3
    assert sorted(path.name for path in (tmp_path / "out").glob("*.jpg") if "sheet" not in path.name) == [
        "cup.jpg",
        "mug.jpg",
    ]
    assert (tmp_path / "out/mug.jpg").stat().st_size <= 60_000
    told = packshot("provenance", "out", "--json", folder=tmp_path, **own)
    assert told.code == 0
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [line["credentials"]["state"] for line in lines] == ["trusted", "trusted"]
    assert [line["receipt"] for line in lines] == ["of-this-file", "of-this-file"]
    receipt = json.loads((tmp_path / "out/mug.jpg.json").read_text())["provenance"]
    assert receipt["signed_by"]["subject"] == "CN=Mug & Co,O=Mug & Co"
    assert lines[1]["credentials"]["receipt"]["unsigned"] == receipt["unsigned_digest"]
    key = (tmp_path / "config/packshot/key.pem").read_text().splitlines()[1]
    everything = said.out + said.err + told.out + (tmp_path / "out/mug.jpg.json").read_text()
    assert key not in everything
    touched = bytearray((tmp_path / "out/mug.jpg").read_bytes())
    touched[-100] ^= 1
    (tmp_path / "out/mug.jpg").write_bytes(touched)
    after = packshot("provenance", "out/mug.jpg", "in/broken.png", folder=tmp_path, **own)
    assert after.code == 3
    assert "broken: the file was changed after it was signed" in after.out
    assert "no longer the one it is about" in after.out


def test_a_signed_file_is_not_made_again_but_for_another_certificate(tmp_path: Path) -> None:
    pytest.importorskip("c2pa", reason="the extra 'provenance' is not installed")
    photograph(tmp_path / "mug.png")
    own = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "PACKSHOT_PROVENANCE__SIGN": "true"}
    words = ("run", "optimize", "mug.png", "-o", "out", "--json")
    status = []
    for again in ([], None, ["--again"]):
        if again is not None:
            assert packshot("certificate", *again, folder=tmp_path, **own).code == 0
        status.append(packshot(*words, folder=tmp_path, **own).json["results"][0]["status"])
    assert status == ["done", "skipped", "done"]


def test_the_python_door_labels_and_signs_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("c2pa", reason="the extra 'provenance' is not installed")
    from packshot import read, run, write
    from packshot.storage.certificates import made
    from packshot.storage.credentials import credentials_in

    own = made("Mug & Co", tmp_path)
    mugs = run("optimize", read(photograph(tmp_path / "mug.png")), changes={"output.format": "webp"})
    assert said_by(metadata(write(mugs, tmp_path / "plain.webp"))) == ""  # nothing known, nothing said
    monkeypatch.setenv("PACKSHOT_PROVENANCE__SIGN", "true")
    monkeypatch.setenv("PACKSHOT_PROVENANCE__CERTIFICATE", str(own.certificate))
    monkeypatch.setenv("PACKSHOT_PROVENANCE__KEY", str(own.key))
    signed = write(mugs, tmp_path / "signed.webp").read_bytes()
    assert credentials_in(signed, "webp", own.authorities.read_text()).state == "trusted"


def test_a_photograph_that_an_ai_made_stays_marked_and_google_gets_its_word(tmp_path: Path) -> None:
    from packshot.recipe import Recipe

    synthetic = (
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        b"<rdf:Description rdf:about='' xmlns:i='http://iptc.org/std/Iptc4xmpExt/2008-02-29/' i:DigitalSourceType="
        b"'http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic'/></rdf:RDF></x:xmpmeta>"
    )
    Pillow.fromarray(mug()).save(tmp_path / "mug.jpg", xmp=synthetic)
    google = Recipe.named("full").model_copy(update={"name": "google-merchant"})
    (tmp_path / "google.yaml").write_text(google.to_yaml())
    assert packshot("run", "full", "mug.jpg", "-o", "full.jpg", folder=tmp_path).code == 0
    assert packshot("run", "google.yaml", "mug.jpg", "-o", "google.jpg", folder=tmp_path).code == 0
    assert said_by(metadata(tmp_path / "full.jpg")) == "compositeSynthetic"
    assert said_by(metadata(tmp_path / "google.jpg")) == "trainedAlgorithmicMedia"
