"""What a finished file says of itself, read back by a program that is not ours."""

import json
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from packshot.image import Image
from packshot.provenance import uri
from packshot.recipe import Encoding, Format
from packshot.storage.codec import decode
from packshot.storage.encode import encode
from packshot.storage.label import labelled, rights_in, said_by
from packshot.storage.metadata import Metadata, iptc_segment
from packshot.storage.opening import format_of, opened

ALL: tuple[Format, ...] = ("jpeg", "png", "webp", "avif")
SUFFIX = {"jpeg": "jpg", "png": "png", "webp": "webp", "avif": "avif"}

XMP = """<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
<rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:xmp='http://ns.adobe.com/xap/1.0/'
 xmlns:xmpRights='http://ns.adobe.com/xap/1.0/rights/' xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/'
 xmlns:plus='http://ns.useplus.org/ldf/xmp/1.0/' xmlns:exif='http://ns.adobe.com/exif/1.0/'
 xmlns:Iptc4xmpExt='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'
 photoshop:Credit='Foto Lindqvist' xmpRights:Marked='True' exif:GPSLatitude='47,30.1N' xmp:CreatorTool='Camera 1'
 xmpRights:WebStatement='https://example.org/terms'
 Iptc4xmpExt:DigitalSourceType='http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture'>
<dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>© 2026 Åsa Lindqvist</rdf:li></rdf:Alt></dc:rights>
<dc:creator><rdf:Seq><rdf:li>Åsa Lindqvist</rdf:li></rdf:Seq></dc:creator>
<plus:Licensor><rdf:Seq><rdf:li rdf:parseType='Resource'><plus:LicensorName>Bildbyrå AB</plus:LicensorName>
<plus:LicensorURL>https://example.org/licence</plus:LicensorURL></rdf:li></rdf:Seq></plus:Licensor>
</rdf:Description></rdf:RDF></x:xmpmeta>""".encode()


def iim(*sets: tuple[int, int, bytes]) -> bytes:
    return b"".join(
        bytes((0x1C, record, number)) + len(value).to_bytes(2, "big") + value for record, number, value in sets
    )


IPTC = iim(
    (1, 90, b"\x1b%G"),
    (2, 0, b"\0\4"),
    (2, 80, "Åsa Lindqvist".encode()),
    (2, 90, "Malmö".encode()),
    (2, 110, b"Foto Lindqvist"),
    (2, 116, "© 2026 Åsa Lindqvist".encode()),
)


def exif() -> bytes:
    block = Pillow.Exif()
    block[0x010F] = "Camera maker"
    block[0x013B] = "Åsa Lindqvist".encode()
    block[0x8298] = "© 2026 Åsa Lindqvist".encode()
    block.get_ifd(0x8825)[1] = "N"
    return block.tobytes()


SOURCE = Metadata(exif(), XMP, IPTC)


def made(form: Format, metadata: Metadata) -> bytes:
    y, x = np.mgrid[:48, :64]
    rgb = np.dstack([x * 3, y * 4, (x + y) * 2]).astype(np.uint8)
    return encode(Image(rgb), Encoding(format=form), metadata).data


def told(data: bytes, form: Format, folder: Path) -> dict[str, Any]:
    """Every tag by its group and name, as exiftool reads the file."""
    tool = shutil.which("exiftool")
    if tool is None:
        pytest.skip("no exiftool here: apt install libimage-exiftool-perl")
    path = folder / f"picture.{SUFFIX[form]}"
    path.write_bytes(data)
    done = subprocess.run(
        [tool, "-json", "-G1", "-struct", "-charset", "exif=utf8", "-n", str(path)],
        capture_output=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)[0]
    return found


@pytest.mark.parametrize("form", ALL)
def test_exiftool_reads_the_code_in_every_format(form: Format, tmp_path: Path) -> None:
    blocks, facts = labelled(Metadata(), "trainedAlgorithmicMedia", keep=False)
    assert facts == {}
    assert len(blocks.xmp) < 500
    tags = told(made(form, blocks), form, tmp_path)
    assert tags["XMP-iptcExt:DigitalSourceType"] == uri("trainedAlgorithmicMedia")
    assert "ExifTool:Warning" not in tags


@pytest.mark.parametrize("form", ALL)
def test_rights_outlive_the_dropping_of_metadata_and_the_rest_does_not(form: Format, tmp_path: Path) -> None:
    blocks, _ = labelled(SOURCE, "algorithmicallyEnhanced", keep=False)
    data = made(form, blocks)
    tags = told(data, form, tmp_path)
    assert tags["XMP-dc:Creator"] == ["Åsa Lindqvist"]
    assert tags["XMP-dc:Rights"] == "© 2026 Åsa Lindqvist"
    assert tags["XMP-photoshop:Credit"] == "Foto Lindqvist"
    assert tags["XMP-xmpRights:Marked"] is True
    assert tags["XMP-xmpRights:WebStatement"] == "https://example.org/terms"
    assert tags["XMP-plus:Licensor"][0]["LicensorName"] == "Bildbyrå AB"
    assert tags["IFD0:Artist"] == "Åsa Lindqvist"
    assert tags["IFD0:Copyright"] == "© 2026 Åsa Lindqvist"
    if form == "jpeg":
        assert tags["IPTC:By-line"] == "Åsa Lindqvist"
        assert tags["IPTC:CopyrightNotice"] == "© 2026 Åsa Lindqvist"
        assert tags["IPTC:Credit"] == "Foto Lindqvist"
    assert not [name for name in tags if "GPS" in name or "Make" in name or "City" in name or "CreatorTool" in name]
    for gone in (b"Camera", b"47,30", "Malmö".encode()):
        assert gone not in data


@pytest.mark.parametrize("form", ALL)
def test_kept_metadata_get_the_new_code_in_place_of_the_old(form: Format, tmp_path: Path) -> None:
    blocks, _ = labelled(SOURCE, "composite", keep=True)
    tags = told(made(form, blocks), form, tmp_path)
    assert tags["XMP-iptcExt:DigitalSourceType"] == uri("composite")
    assert tags["XMP-xmp:CreatorTool"] == "Camera 1"
    assert tags["IFD0:Make"] == "Camera maker"
    assert tags["XMP-dc:Creator"] == ["Åsa Lindqvist"]


@pytest.mark.parametrize("form", ["png", "webp", "avif"])
def test_rights_that_stood_only_in_exif_or_iptc_are_told_in_xmp(form: Format, tmp_path: Path) -> None:
    only_iptc, _ = labelled(Metadata(iptc=IPTC), "", keep=False)
    tags = told(made(form, only_iptc), form, tmp_path)
    assert tags["XMP-dc:Creator"] == ["Åsa Lindqvist"]
    assert tags["XMP-dc:Rights"] == "© 2026 Åsa Lindqvist"
    assert tags["XMP-photoshop:Credit"] == "Foto Lindqvist"
    only_exif, _ = labelled(Metadata(exif=exif()), "", keep=False)
    assert rights_in(only_exif) == {"creator": ["Åsa Lindqvist"], "rights": ["© 2026 Åsa Lindqvist"]}


def test_an_author_who_is_called_nothing_is_no_author() -> None:
    empty = XMP.replace("<rdf:li>Åsa Lindqvist</rdf:li>".encode(), b"<rdf:li/>")
    blocks, _ = labelled(Metadata(xmp=empty), "", keep=False)
    assert "creator" not in rights_in(blocks)
    assert b"dc:creator" not in blocks.xmp
    assert rights_in(Metadata(exif(), empty))["creator"] == ["Åsa Lindqvist"]


def test_iptc_in_latin_1_is_read_as_such() -> None:
    assert rights_in(Metadata(iptc=iim((2, 80, "Åsa".encode("latin-1"))))) == {"creator": ["Åsa"]}


def test_switched_off_nothing_is_written() -> None:
    assert labelled(SOURCE, "", keep=False, rights=False) == (Metadata(), {})
    assert labelled(SOURCE, "", keep=True, rights=False) == (SOURCE, {})


def test_the_same_label_is_the_same_bytes() -> None:
    assert labelled(SOURCE, "composite", keep=False) == labelled(SOURCE, "composite", keep=False)


def test_a_broken_packet_is_left_out_and_noted_and_the_label_written() -> None:
    hostile = Metadata(xmp=b"<!DOCTYPE x [<!ENTITY a 'ha'>]><x>&a;</x>")
    blocks, facts = labelled(hostile, "composite", keep=True)
    assert "document type" in facts["xmp_ignored"]
    assert said_by(blocks) == "composite"
    assert b"ENTITY" not in blocks.xmp


def test_a_packet_too_long_for_a_jpeg_gives_way_to_its_rights() -> None:
    long = Metadata(xmp=XMP.replace(b"Camera 1", b"x" * 70_000))
    blocks, facts = labelled(long, "composite", keep=True, most=65_000)
    assert facts == {"metadata_too_long": ["xmp"]}
    assert said_by(blocks) == "composite"
    assert rights_in(blocks)["creator"] == ["Åsa Lindqvist"]


def test_rights_of_the_length_of_a_book_are_left_out_and_noted() -> None:
    blocks, facts = labelled(Metadata(xmp=XMP.replace(b"Bildbyr", b"x" * 20_000)), "", keep=False)
    assert facts == {"rights_too_long": ["Licensor"]}
    assert rights_in(blocks)["creator"] == ["Åsa Lindqvist"]


@pytest.mark.parametrize(
    "junk", [b"", b"\0" * 50, b"Exif\0\0MM\0*\xff\xff\xff\xff", b"\x1c\x02", b"\x1c\x02\x50\x80\x04\0"]
)
def test_damaged_blocks_hold_no_rights_and_do_no_harm(junk: bytes) -> None:
    assert labelled(Metadata(junk, b"", junk), "", keep=False) == (Metadata(), {})


def test_the_code_of_a_photograph_is_read_from_its_xmp_whatever_its_form() -> None:
    assert said_by(SOURCE) == "digitalCapture"
    element = XMP.replace(
        b"<dc:rights>",
        b"<Iptc4xmpExt:DigitalSourceType rdf:resource='http://cv.iptc.org/newscodes/"
        b"digitalsourcetype/compositeSynthetic'/><dc:rights>",
    )
    element = element.replace(b"Iptc4xmpExt:DigitalSourceType='http", b"Iptc4xmpExt:Other='http")
    assert said_by(Metadata(xmp=element)) == "compositeSynthetic"


def test_what_an_ai_made_is_known_by_the_text_of_a_c2pa_manifest() -> None:
    base = b"http://cv.iptc.org/newscodes/digitalsourcetype/"
    cbor = b"\x71digitalSourceType\x78\x46" + base + b"trainedAlgorithmicMediafaction" + base + b"composite\x00"
    assert said_by(Metadata(), b"\xff\xd8" + cbor) == "trainedAlgorithmicMedia"
    assert said_by(Metadata(), b"nothing of the kind") == ""


def test_pillow_finds_the_packet_where_it_looks_for_one() -> None:
    for form in ALL:
        data = made(form, labelled(Metadata(), "composite", keep=False)[0])
        assert b"DigitalSourceType" in opened(data, format_of(data)).info["xmp"]


def test_a_photograph_with_iptc_alone_is_read_by_the_decoder_as_it_was_written() -> None:
    out = BytesIO()
    Pillow.new("RGB", (8, 8)).save(out, "JPEG", extra=iptc_segment(IPTC))
    assert rights_in(decode(out.getvalue()).metadata)["creator"] == ["Åsa Lindqvist"]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_name_with_an_accent_comes_through_reading_and_writing(form: str, tmp_path: Path) -> None:
    out = BytesIO()
    Pillow.new("RGB", (8, 8)).save(out, form, exif=exif())
    source = decode(out.getvalue()).metadata
    for keep in (True, False):
        tags = told(made("jpeg", labelled(source, "composite", keep=keep)[0]), "jpeg", tmp_path)
        assert tags["IFD0:Artist"] == "Åsa Lindqvist"
        assert tags["XMP-dc:Creator"] in ("Åsa Lindqvist", ["Åsa Lindqvist"])


def test_iptc_of_a_tiff_is_read(tmp_path: Path) -> None:
    out = BytesIO()
    Pillow.new("RGB", (8, 8)).save(out, "TIFF", tiffinfo={33723: IPTC})
    assert rights_in(decode(out.getvalue()).metadata)["rights"] == ["© 2026 Åsa Lindqvist"]
