"""What verdicts teach about thresholds."""

import random

import pytest

from catalogue import NOON, finished, photographs
from packshot.catalog.learning import ENOUGH, LEAST, learnt, set_threshold, threshold_of, wilson_low
from packshot.catalog.review import Said, Verdict, review
from packshot.database.sessions import Sessions
from packshot.errors import NotFound


def test_the_interval_is_wilsons() -> None:
    # Wilson (1927) for 9 of 10 at z = 1.645, worked by hand: (0.9 + 0.1353 - 0.2181) / 1.2706
    assert wilson_low(9, 10) == pytest.approx(0.6527, abs=0.002)
    assert wilson_low(0, 10) == 0
    assert wilson_low(100, 100) == pytest.approx(1 / (1 + 1.645**2 / 100))


def test_pictures_that_are_good_above_60_and_bad_below_give_about_60() -> None:
    said = [(score / 2, score / 2 > 60) for score in range(100, 200)] * 2
    found = threshold_of(said)
    assert found is not None
    # A few bad ones are within the five in a hundred.
    assert 56 < found <= 60


def test_few_verdicts_prove_nothing_however_good() -> None:
    assert threshold_of([(90.0, True)] * (ENOUGH - 1)) is None
    assert threshold_of([(90.0, True)] * 40) is None  # 40 of 40 may still be 94 in a hundred
    assert threshold_of([(90.0, True)] * 60) == LEAST


def test_a_coin_teaches_no_threshold() -> None:
    chance = random.Random(7)
    assert threshold_of([(chance.uniform(0, 100), chance.random() < 0.5) for _ in range(2000)]) is None


def test_the_last_word_about_a_rendition_counts_and_is_used_from_then_on(sessions: Sessions) -> None:
    images = photographs(sessions, *(f"S{number:02d}" for number in range(60)), group="G")
    (other,) = photographs(sessions, "other", group="H")
    verdicts: list[Verdict] = ["reject", "approve"]

    def say(image: str, verdict: Verdict) -> None:
        sessions.write(lambda session: review(session, Said(image, verdict), "anna", NOON))

    for image in [*images, other]:
        finished(sessions, image, 66)
        for verdict in verdicts:
            say(image, verdict)
    said = sessions.read(lambda session: learnt(session))
    assert [(each.group, each.verdicts, each.approved, each.threshold) for each in said] == [
        ("G", 60, 60, LEAST),
        ("H", 1, 1, None),
    ]
    for threshold in (80.0, 60.0):  # given twice, the second is used
        sessions.write(lambda session, threshold=threshold: set_threshold(session, "G", threshold))  # type: ignore[misc]
    assert finished(sessions, images[0], 66) == "auto_approved"
    assert finished(sessions, other, 66) == "needs_review"
    with pytest.raises(NotFound):
        sessions.write(lambda session: set_threshold(session, "G", 10.0, "another tenant"))
