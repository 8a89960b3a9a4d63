"""Every rule of every profile has a picture that meets it and one that misses it, and tells them apart."""

from datetime import date

import cv2
import numpy as np
import pytest
from marketplace_pictures import LATER, PAIRS, Case, checked, jar, pair, receipt, saved, step

from packshot.marketplaces import MEASURES, Profile, Rule, profiles, template

OPENED = {name: Profile.named(name) for name in profiles()} | {"template": Profile.from_yaml(template())}
RULES = [(name, rule.id) for name, profile in OPENED.items() for rule in profile.rules]


def bound(profile: Profile, rule: Rule, case: Case) -> Case:
    """The case on a day on which the rule binds."""
    return case if rule.ends is None else Case(**{**vars(case), "today": rule.ends})


@pytest.mark.parametrize(("name", "id"), RULES, ids=lambda one: str(one))
def test_a_rule_passes_what_meets_it_and_names_what_misses_it(name: str, id: str) -> None:
    profile = OPENED[name]
    rule = profile.rule(id)
    good, bad = (bound(profile, rule, case) for case in pair(rule))

    passing, failing = checked(good, profile).finding(id), checked(bad, profile).finding(id)

    assert passing.status == "pass", passing.sentence
    certain = rule.check not in ("one-product", "blur")
    assert failing.status == ("fail" if rule.may_fail and certain else "warn"), failing.sentence
    assert failing.fix
    assert failing.measured != passing.measured or rule.check == "extension"


def test_every_check_has_a_pair_of_pictures() -> None:
    assert set(PAIRS) == set(MEASURES)


def test_a_rule_that_only_others_report_never_fails() -> None:
    profile = Profile.named("amazon")
    bad = Case(saved(jar(ground=(200, 200, 200), fill=0.4)))

    report = checked(bad, profile)

    assert report.status == "warn"
    assert report.finding("background").because == "only others say so"


def test_a_rule_that_binds_later_warns_before_and_fails_after() -> None:
    profile = Profile.named("google-merchant")
    small = saved(jar((300, 300)))

    before = checked(Case(small, today=date(2027, 1, 30)), profile)
    after = checked(Case(small, today=date(2027, 1, 31)), profile)

    assert before.finding("least-pixels-2027").status == "warn"
    assert before.finding("least-pixels-2027").because == "it binds from 31 January 2027"
    assert before.finding("least-pixels").status == "pass"
    assert after.finding("least-pixels-2027").status == "fail"
    assert after.finding("least-pixels").status == "not-applicable"


def test_a_rule_for_one_format_is_not_asked_of_another() -> None:
    report = checked(Case(saved(jar(), "jpeg"), "jar.jpg"), Profile.named("about-you"))

    assert report.finding("png-size").status == "not-applicable"
    assert report.finding("jpeg-size").status == "pass"


def test_the_worst_pixel_of_a_background_is_named_with_its_place() -> None:
    rgb = jar()
    rgb[15, 580] = (250, 251, 255)

    finding = checked(Case(saved(rgb)), Profile.named("walmart")).finding("background")

    assert finding.status == "fail"
    assert finding.measured["off"] == 1
    assert finding.measured["worst"] == {"at": [580, 15], "colour": [250, 251, 255]}
    assert "99.99%" in finding.sentence
    assert "top right" in finding.sentence


def test_the_two_pixels_next_to_the_product_are_its_edge() -> None:
    rgb = jar()
    edge = 600 - (600 - round(0.62 * 0.86 * 600)) // 2 - 1
    rgb[300, edge + 1 : edge + 3] = 250
    beyond = rgb.copy()
    beyond[300, edge + 3] = 250

    walmart = Profile.named("walmart")

    assert checked(Case(saved(rgb)), walmart).finding("background").status == "pass"
    assert checked(Case(saved(beyond)), walmart).finding("background").status == "fail"


def test_the_ringing_of_an_ordinary_jpeg_is_found_and_only_warns() -> None:
    finding = checked(Case(saved(jar(), "jpeg", quality=80), "jar.jpg"), Profile.named("walmart")).finding("background")

    assert finding.status == "warn"
    assert finding.measured["share"] < 1
    assert "traces of compression" in finding.because


def test_a_faint_watermark_is_suspected() -> None:
    marked = jar((1000, 1000), fill=0.5)
    for at in (120, 880):
        faint = marked.copy()
        cv2.putText(faint, "SAMPLE PHOTO", (60, at), cv2.FONT_HERSHEY_DUPLEX, 2.5, (235, 235, 235), 4)
        marked = faint
    ebay = Profile.named("ebay")

    finding = checked(Case(saved(marked, "jpeg", quality=90), "jar.jpg"), ebay).finding("no-marks")
    clean = checked(Case(saved(jar((1000, 1000), fill=0.5), "jpeg", quality=90), "jar.jpg"), ebay).finding("no-marks")

    assert finding.status == "warn"
    assert "watermark" in finding.sentence
    assert clean.status == "pass"


def test_the_receipt_tells_how_much_is_interpolated() -> None:
    data = saved(jar())
    told = receipt(data, step("upscale", scale=3.0))

    finding = checked(Case(data, receipt=told), Profile.named("google-merchant")).finding("not-enlarged")

    assert finding.status == "fail"
    assert finding.measured["effective_pixels"] == 200
    assert finding.measured["interpolated_share"] == pytest.approx(8 / 9, abs=1e-4)


def test_without_a_receipt_enlarging_is_an_estimate_and_only_warns() -> None:
    small = np.asarray(cv2.GaussianBlur(jar((300, 300)), (0, 0), 0.6), np.uint8)
    large = np.asarray(cv2.resize(small, (1200, 1200), interpolation=cv2.INTER_CUBIC), np.uint8)
    google = Profile.named("google-merchant")

    enlarged, native = checked(Case(saved(large)), google), checked(Case(saved(jar((1200, 1200)))), google)

    assert enlarged.finding("not-enlarged").status == "warn"
    assert enlarged.finding("not-enlarged").because == "it is an estimate"
    assert native.finding("not-enlarged").status == "pass"


def test_a_doubtful_cutout_is_told_whatever_the_rules_say() -> None:
    data = saved(jar())
    sure = receipt(data, step("place"))
    doubtful = sure.model_copy(
        update={"verdict": "doubtful", "confidence": 0.08, "reasons": ["two things stand there"]}
    )
    ebay = Profile.named("ebay")

    report = checked(Case(data, receipt=doubtful), ebay)

    assert report.look == "the cutout is 8% sure; two things stand there"
    assert report.as_data()["look"] == report.look
    assert checked(Case(data, receipt=sure), ebay).look == ""
    assert checked(Case(data), ebay).look == ""


def test_nobody_can_say_of_a_busy_picture_what_stands_beside_the_product() -> None:
    busy = np.random.default_rng(3).integers(0, 255, (300, 300, 3)).astype(np.uint8)

    report = checked(Case(saved(busy), today=LATER), Profile.named("ebay"))

    assert report.finding("no-marks").status == "unknown"
    assert report.box is None
