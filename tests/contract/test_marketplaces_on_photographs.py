"""What a marketplace's recipe makes of real photographs on plain grounds passes that marketplace's check."""

from pathlib import Path

import pytest

from packshot.marketplaces import Profile, recipe_for
from packshot.tasks.check import check_bytes
from packshot.tasks.images import process_image
from packshot.wiring import open_services

PHOTOGRAPHS = ["mg_mb02-blue-0.jpg", "mg_luma-yoga-strap.jpg", "ob_watch.jpg", "un_shoe_black_laces.jpg"]


@pytest.mark.parametrize("name", ["walmart", "google-merchant", "zalando"])
@pytest.mark.parametrize("photograph", PHOTOGRAPHS)
def test_what_a_profile_makes_passes_its_own_check(real_data: Path, photograph: str, name: str) -> None:
    path = real_data / "products" / photograph
    if not path.is_file():
        pytest.skip(f"there is no {photograph} among the real pictures")
    services, profile = open_services(), Profile.named(name)

    made = process_image(path.read_bytes(), recipe_for(profile), services, name=photograph, output="made.jpg")
    report = check_bytes(made.data, Path("made.jpg"), profile, services, receipt=made.manifest)

    assert report.status != "fail", [finding.sentence for finding in report.misses]
    if name != "google-merchant":
        background = report.finding("background")
        assert background.status == "pass", background.sentence


def test_a_studio_photograph_on_white_is_measured_without_a_receipt(real_data: Path) -> None:
    path = real_data / "products" / "mg_mb02-blue-0.jpg"
    if not path.is_file():
        pytest.skip("the photograph is not among the real pictures")

    services, profile = open_services(), Profile.named("amazon")
    report = check_bytes(path.read_bytes(), path, profile, services, receipt=None)

    assert report.found_by == "background"
    assert report.finding("no-border").status == "pass"
    assert report.finding("photograph").status == "unknown"
