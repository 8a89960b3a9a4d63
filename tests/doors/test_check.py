"""`packshot check` and `packshot marketplaces`, as a person or a build server meets them."""

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from shell import mug, packshot, photograph


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    photograph(tmp_path / "photos" / "mug.jpg", mug((1600, 1400)))
    return tmp_path


def test_what_run_makes_for_a_marketplace_passes_its_check(photos: Path) -> None:
    for name in ("walmart", "zalando", "about-you"):
        made = packshot("run", name, "photos", "-o", name, "--no-contact-sheet", folder=photos)
        said = packshot("check", name, name, folder=photos)

        assert made.code == 0, made.err
        assert said.code == 0, said.out
        assert "FAILS" not in said.out


def test_run_says_itself_whether_the_marketplace_takes_what_it_made(photos: Path) -> None:
    made = packshot("run", "walmart", "photos", "-o", "out", folder=photos)
    receipt = json.loads((photos / "out" / "mug.jpg.json").read_text())["marketplace"]
    report = packshot("check", "walmart", "out", "--json", folder=photos).json["files"][0]["report"]

    assert "the rules of Walmart Marketplace: 1 pass" in made.out
    assert receipt["status"] == report["status"]
    assert receipt["counts"] == report["counts"]
    assert "Whether Walmart Marketplace takes it" in (photos / "out" / "index.html").read_text()
    again = packshot("run", "walmart", "photos", "-o", "out", "--json", folder=photos).json["results"][0]
    assert (again["status"], again["marketplace"]) == ("skipped", receipt)
    white = packshot("run", "marketplace-white", "photos", "-o", "white", "--json", folder=photos).json
    assert white["results"][0]["marketplace"] is None


def test_a_photograph_fails_with_what_is_missed_and_the_command_ends_with_3(photos: Path) -> None:
    said = packshot("check", "walmart", "photos", folder=photos)

    assert said.code == 3
    assert "FAILS  photos/mug.jpg" in said.out
    assert "background" in said.out
    assert "walmart, 1 file: 1 fails" in said.out


def test_a_file_that_cannot_be_read_stops_nobody(photos: Path) -> None:
    (photos / "photos" / "broken.jpg").write_bytes(b"\xff\xd8\xff but no picture")

    said = packshot("check", "etsy", "photos", "--json", folder=photos)

    assert said.code == 3
    assert {one["file"]: one["status"] for one in said.json["files"]} == {
        "photos/broken.jpg": "unreadable",
        "photos/mug.jpg": "warn",
    }
    assert said.json["files"][0]["error"]["code"] == "unreadable-image"


def test_only_others_say_so_is_a_warning_unless_strictness_is_asked_for(photos: Path) -> None:
    assert packshot("check", "amazon", "photos", folder=photos).code == 0
    assert packshot("check", "amazon", "photos", "--strict", folder=photos).code == 3


def test_json_tells_value_limit_source_and_fix_of_every_rule(photos: Path) -> None:
    report = packshot("check", "walmart", "photos", "--json", folder=photos).json["files"][0]["report"]
    shape = next(finding for finding in report["findings"] if finding["rule"] == "shape")

    assert shape["measured"] == pytest.approx(1600 / 1400, abs=1e-3)
    assert shape["limit"] == "1:1 or 3:4"
    assert shape["source"]["address"].startswith("https://marketplacelearn.walmart.com/")
    assert shape["fix"] == "place the product on a canvas of 1:1 or 3:4"


def test_junit_has_a_case_for_every_rule(photos: Path) -> None:
    said = packshot("check", "walmart", "photos", "--junit", "out/report.xml", folder=photos)
    suite = ElementTree.parse(photos / "out" / "report.xml").getroot().find("testsuite")

    assert said.code == 3
    assert suite is not None
    assert suite.get("tests") == str(len(suite.findall("testcase")))
    assert int(suite.get("failures", "0")) == len(suite.findall("testcase/failure")) >= 2


def test_fix_makes_what_passes_and_says_what_it_cured(photos: Path) -> None:
    said = packshot("check", "walmart", "photos", "--fix", "-o", "fixed", "--json", folder=photos)
    fix = said.json["files"][0]["fix"]

    assert said.code == 0
    assert fix["output"] == "fixed/mug.jpg"
    assert {"background", "shape"} <= set(fix["cured"])
    assert fix["status"] in ("pass", "warn")
    assert packshot("check", "walmart", "fixed", folder=photos).code == 0


def test_fix_never_enlarges_where_the_marketplace_forbids_it_and_says_so(tmp_path: Path) -> None:
    photograph(tmp_path / "small.jpg", mug((420, 360)))

    said = packshot("check", "google-merchant", "small.jpg", "--fix", "-o", "fixed", folder=tmp_path)

    assert "wants nothing enlarged" in said.out
    report = packshot("check", "google-merchant", "fixed", "--json", folder=tmp_path).json["files"][0]["report"]
    finding = {one["rule"]: one for one in report["findings"]}
    assert finding["not-enlarged"]["measured"]["times"] == 1
    assert report["size"] == [500, 500]  # by more air around the product
    assert finding["fill"]["status"] == "warn"


def test_fix_takes_the_photograph_that_the_receipt_names(photos: Path) -> None:
    packshot("run", "shopify", "photos", "-o", "small", "--size", "600x600", "--no-contact-sheet", folder=photos)

    words = ("check", "about-you", "small", "--fix", "-o", "fixed", "--originals", "photos", "--json")
    said = packshot(*words, folder=photos)

    fix = said.json["files"][0]["fix"]
    assert fix["plan"] == "the recipe about-you, from the photograph mug.jpg"
    assert json.loads((photos / "fixed" / "mug.jpg.json").read_text())["source"]["name"] == "mug.jpg"
    assert "least-height" in fix["cured"]


def test_fix_copies_what_has_nothing_to_cure(photos: Path) -> None:
    packshot("run", "about-you", "photos", "-o", "made", "--no-contact-sheet", folder=photos)
    packshot("check", "about-you", "made", "--fix", "-o", "fixed", folder=photos)

    assert (photos / "fixed" / "mug.jpg").read_bytes() == (photos / "made" / "mug.jpg").read_bytes()
    assert (photos / "fixed" / "mug.jpg.json").is_file()


def test_fix_only_writes_anew_what_is_right_but_for_its_format(tmp_path: Path) -> None:
    rgb = np.full((1600, 1600, 3), 255, np.uint8)
    rgb[150:1450, 300:1300] = (40, 60, 110)
    photograph(tmp_path / "box.webp", rgb)

    fix = packshot("check", "walmart", "box.webp", "--fix", "-o", "fixed", "--json", folder=tmp_path).json["files"][0]
    assert fix["fix"]["plan"] == "the file written anew, its pixels as they are"
    assert fix["fix"]["cured"] == ["format"]


def test_a_profile_of_ones_own_is_a_path(photos: Path) -> None:
    template = packshot("marketplaces", "--template", folder=photos)
    (photos / "mine.yaml").write_text(template.out)

    made = packshot("run", "mine.yaml", "photos", "-o", "out", "--no-contact-sheet", folder=photos)
    said = packshot("check", "mine.yaml", "out", folder=photos)

    assert made.code == 0, made.err
    assert said.code == 0, said.out
    assert "my-shop, 1 file: 1 passes" in said.out


@pytest.mark.parametrize(
    ("words", "way_out"),
    [
        (("check", "amazn", "photos"), "did you mean 'amazon'?"),
        (("check", "amazon", "nowhere"), "check the name"),
        (("check", "amazon", "photos", "--fix"), "add -o OUT"),
        (("check", "amazon", "photos", "-o", "x"), "add --fix"),
        (("check", "none.yaml", "photos"), "packshot marketplaces"),
        (("marketplaces", "zalanda"), "did you mean 'zalando'?"),
    ],
)
def test_bad_use_ends_with_2_and_a_way_out(photos: Path, words: tuple[str, ...], way_out: str) -> None:
    said = packshot(*words, folder=photos)

    assert said.code == 2
    assert way_out in said.err


def test_marketplaces_lists_and_explains_with_sources_and_dates(tmp_path: Path) -> None:
    listed, explained = packshot("marketplaces", folder=tmp_path), packshot("marketplaces", "zalando", folder=tmp_path)

    assert "google-merchant" in listed.out
    assert "18 rules" in listed.out
    assert "https://partner.zalando.com/" in explained.out
    assert "production guide, looked up 2026-" in explained.out
    assert "JPG only [format: JPEG]" in explained.out
    assert "A miss of what is S or U only ever warns." in explained.out


def test_every_check_is_listed_with_its_limit(tmp_path: Path) -> None:
    said = packshot("marketplaces", "--checks", folder=tmp_path).out

    assert "background" in said
    assert "{at_least, at_most}" in said
