"""What people say of pictures, the same on every server."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import func, select, update

from catalogue import NOON, RECIPE, finished, photographs, result
from packshot.catalog.results import begin, doubt_of, keep_failure, keep_result, plan_of, verdict_on
from packshot.catalog.review import NEXT, ROUNDS, VERDICTS, Reviewed, Said, Verdict, log_of, queue, review, review_many
from packshot.database.sessions import Sessions
from packshot.database.tables import (
    EnhancementConfig,
    ImageMetrics,
    Job,
    ProductGroup,
    ProductImage,
    QcReviewLog,
    Rendition,
    Sku,
    WebhookDelivery,
    WebhookEndpoint,
)
from packshot.errors import Conflict, InputError, NotFound, UnknownName
from packshot.jobs.claims import ATTEMPTS, Claims
from packshot.jobs.store import JobStore


def say(
    sessions: Sessions, image: str, verdict: Verdict, version: int | None = None, reviewer: str = "anna", **more: object
) -> Reviewed:
    return sessions.write(
        lambda session: review(session, Said(image, verdict, version), reviewer, NOON, **more)  # type: ignore[arg-type]
    )


def row(sessions: Sessions, image: str) -> ProductImage:
    return sessions.read(lambda session: session.get_one(ProductImage, image))


@given(some.floats(0, 100), some.floats(0, 100))
def test_more_than_the_threshold_needs_nobody_and_exactly_so_much_does(score: float, threshold: float) -> None:
    assert verdict_on(score, threshold) == ("auto_approved" if score > threshold else "needs_review")
    assert verdict_on(threshold, threshold) == "needs_review"
    assert verdict_on(100, 0, is_doubtful=True) == "needs_review"


@given(some.floats(0, 100), some.floats(0, 100), some.floats(0, 1))
def test_doubt_is_a_share_and_the_most_at_the_threshold(score: float, threshold: float, confidence: float) -> None:
    assert 0 <= doubt_of(score, threshold, confidence) <= 1
    assert doubt_of(threshold, threshold) == 1
    assert doubt_of(score, threshold) <= doubt_of(score, threshold, confidence)
    assert doubt_of(score, threshold, is_doubtful=True) >= 0.8


@pytest.mark.parametrize(
    ("score", "status"), [(75.0, "needs_review"), (75.0001, "auto_approved"), (10, "needs_review")]
)
def test_a_result_is_kept_judged_and_measured(sessions: Sessions, score: float, status: str) -> None:
    (image,) = photographs(sessions, "S1")
    assert finished(sessions, image, score, url="https://img.example/1.jpg") == status
    found = row(sessions, image)
    assert (found.status, found.qc_status, found.score) == ("completed", status, score)
    assert found.enhanced_image_url == "https://img.example/1.jpg"
    measured = select(ImageMetrics.stage, ImageMetrics.score).order_by(ImageMetrics.stage)
    assert [tuple(each) for each in sessions.read(lambda session: session.execute(measured).all())] == [
        ("after", score),
        ("before", 40.0),
    ]


def test_the_same_recipe_again_replaces_and_another_is_kept_beside_it(sessions: Sessions) -> None:
    (image,) = photographs(sessions, "S1")
    for digest, asset in (("sha256:1", "sha256:a"), ("sha256:1", "sha256:b"), ("sha256:2", "sha256:c")):
        finished(sessions, image, 60, recipe_digest=digest, asset=asset)
    wanted = select(Rendition.asset).order_by(Rendition.asset)
    assert sessions.read(lambda session: session.scalars(wanted).all()) == ["sha256:b", "sha256:c"]
    count = select(func.count()).select_from(ImageMetrics)
    assert sessions.read(lambda session: session.scalar(count)) == 4


def test_the_threshold_of_the_group_goes_before_the_deployments_and_the_skus_before_that(sessions: Sessions) -> None:
    one, two = photographs(sessions, "S1", "S2", group="G")

    def configure(session):  # type: ignore[no-untyped-def]
        group = session.scalars(select(ProductGroup.id)).one()
        sku = session.scalars(select(Sku.id).where(Sku.shop_key == "S2")).one()
        session.add(EnhancementConfig(product_group_id=group, approve_above=90.0, recipe="full", changes={"a.b": 1}))
        session.add(EnhancementConfig(sku_id=sku, approve_above=50.0, changes={"c.d": 2}))

    sessions.write(configure)
    assert finished(sessions, one, 85) == "needs_review"
    assert finished(sessions, two, 60) == "auto_approved"
    plan = sessions.read(lambda session: plan_of(session, two))
    assert (plan.recipe, plan.changes, plan.approve_above) == ("full", {"a.b": 1, "c.d": 2}, 50.0)


def test_the_queue_begins_with_the_highest_value_times_doubt(sessions: Sessions) -> None:
    (cheap,) = photographs(sessions, "cheap", value=2)
    (dear,) = photographs(sessions, "dear", value=500)
    (dearest,) = photographs(sessions, "clear", value=900)
    (unvalued,) = photographs(sessions, "unvalued")
    (fine,) = photographs(sessions, "fine", value=9999)
    for image, score in ((cheap, 75), (dear, 74), (dearest, 20), (unvalued, 75), (fine, 99)):
        finished(sessions, image, score)
    waiting = sessions.read(lambda session: queue(session))
    assert [each.sku for each in waiting] == ["dear", "clear", "cheap", "unvalued"]
    assert waiting[0].rank == pytest.approx(500 * waiting[0].doubt)
    seen: list[str] = []
    after = None
    while page := sessions.read(lambda session, after=after: queue(session, after=after, limit=1)):  # type: ignore[misc]
        seen.append(page[0].sku)
        after = (page[0].rank, page[0].id)
    assert seen == ["dear", "clear", "cheap", "unvalued"]


def test_the_queue_can_be_of_one_group_or_sku_and_is_the_tenants_own(sessions: Sessions) -> None:
    one, two = *photographs(sessions, "S1", group="G"), *photographs(sessions, "S2", group="H")
    (other,) = photographs(sessions, "S1", tenant="other")
    for image in (one, two):
        finished(sessions, image, 60)
    finished(sessions, other, 60, tenant="other")
    assert [each.sku for each in sessions.read(lambda session: queue(session, group="G"))] == ["S1"]
    assert [each.group for each in sessions.read(lambda session: queue(session, sku="S2"))] == ["H"]
    assert [each.id for each in sessions.read(lambda session: queue(session, "other"))] == [other]


def test_a_verdict_changes_the_picture_and_is_written_down(sessions: Sessions) -> None:
    (image,) = photographs(sessions, "S1")
    finished(sessions, image, 60)
    done = say(sessions, image, "reject", notes="the handle is missing", reasons=["wrong-product"])
    assert done.qc_status == "rejected"
    (line,) = sessions.read(lambda session: log_of(session, image))
    assert (line.reviewer, line.verdict, line.from_status, line.to_status, line.notes, line.reasons, line.at) == (
        "anna",
        "reject",
        "needs_review",
        "rejected",
        "the handle is missing",
        ("wrong-product",),
        NOON,
    )
    assert line.rendition == row(sessions, image).rendition_id


def test_a_rejected_picture_is_sent_to_rework_done_anew_and_judged_again(sessions: Sessions) -> None:
    (image,) = photographs(sessions, "S1")
    finished(sessions, image, 60)
    say(sessions, image, "reject")
    assert say(sessions, image, "rework", reasons=["too-dark", "soft"]).qc_status == "rework"
    assert sessions.read(lambda session: plan_of(session, image)).reasons == ("too-dark", "soft")
    assert sessions.write(lambda session: begin(session, [image], NOON)) == 1
    assert finished(sessions, image, 80, recipe_digest="sha256:2") == "auto_approved"
    assert say(sessions, image, "rework", reasons=["halo"]).qc_status == "rework"
    assert sessions.read(lambda session: plan_of(session, image)).reasons == ("too-dark", "soft", "halo")
    assert [each.to_status for each in sessions.read(lambda session: log_of(session, image))] == [
        "rejected",
        "rework",
        "rework",
    ]


def test_every_pair_of_status_and_verdict_is_either_in_the_table_or_refused(sessions: Sessions) -> None:
    statuses = ("pending", "auto_approved", "needs_review", "approved", "rejected", "rework")
    (image,) = photographs(sessions, "S1")
    finished(sessions, image, 60)
    for status in statuses:
        for verdict in VERDICTS:

            def reset(session, status=status):  # type: ignore[no-untyped-def]
                session.get_one(ProductImage, image).qc_status = status

            sessions.write(reset)
            if (status, verdict) in NEXT:
                assert say(sessions, image, verdict, reasons=["soft"]).qc_status == NEXT[status, verdict]  # type: ignore[index]
            else:
                with pytest.raises(Conflict) as caught:
                    say(sessions, image, verdict, reasons=["soft"])
                assert caught.value.hint
                assert row(sessions, image).qc_status == status


def test_who_looked_at_an_older_one_is_told_who_was_faster(sessions: Sessions) -> None:
    (image,) = photographs(sessions, "S1")
    finished(sessions, image, 60)
    version = row(sessions, image).version
    say(sessions, image, "approve", version, "anna")
    with pytest.raises(Conflict, match="anna has approved it since you looked, and it is approved now"):
        say(sessions, image, "reject", version, "bert")
    with pytest.raises(Conflict, match="anna has approved it"):
        say(sessions, image, "approve", None, "bert")


def test_of_many_reviewers_at_once_one_is_heard(sessions: Sessions) -> None:
    images = photographs(sessions, *(f"S{number}" for number in range(6)))
    for image in images:
        finished(sessions, image, 60)
    together = threading.Barrier(5)
    refused: list[str] = []

    def reviewer(number: int) -> list[str]:
        heard = []
        for image in images:
            version = 2
            together.wait(timeout=30)
            verdict: Verdict = "approve" if number % 2 else "reject"
            try:
                say(sessions, image, verdict, version, f"reviewer {number}")
                heard.append(image)
            except Conflict:
                refused.append(image)
        return heard

    with ThreadPoolExecutor(5) as pool:
        heard = [image for each in pool.map(reviewer, range(5)) for image in each]
    assert sorted(heard) == sorted(images)
    assert len(refused) == 4 * len(images)
    logged = select(QcReviewLog.image_id, func.count()).group_by(QcReviewLog.image_id)
    assert sessions.read(lambda session: {key: n for key, n in session.execute(logged)}) == dict.fromkeys(images, 1)  # noqa: C416


def test_a_result_that_comes_while_somebody_looks_makes_the_verdict_too_late(sessions: Sessions) -> None:
    (image,) = photographs(sessions, "S1")
    finished(sessions, image, 60)
    version = row(sessions, image).version
    finished(sessions, image, 70, recipe_digest="sha256:2")
    with pytest.raises(Conflict, match="it has changed since you looked"):
        say(sessions, image, "approve", version)


def test_of_many_verdicts_at_once_what_cannot_be_said_of_one_stops_no_other(sessions: Sessions) -> None:
    one, pending, three = photographs(sessions, "S1", "S2", "S3")
    for image in (one, three):
        finished(sessions, image, 60)
    said = [Said(one, "approve"), Said(pending, "approve"), Said("nonsense", "approve"), Said(three, "approve", 1)]
    done = review_many(sessions, said, "anna", NOON)
    assert [each.qc_status for each in done] == ["approved", None, None, None]
    assert [type(each.error) for each in done[1:]] == [Conflict, NotFound, Conflict]


def test_another_tenants_picture_is_not_there(sessions: Sessions) -> None:
    (image,) = photographs(sessions, "S1", tenant="one")
    finished(sessions, image, 60, tenant="one")
    with pytest.raises(NotFound):
        say(sessions, image, "approve", tenant="two")
    with pytest.raises(NotFound):
        sessions.read(lambda session: log_of(session, image, "two"))


@pytest.mark.parametrize(
    ("verdict", "reviewer", "reasons", "error"),
    [
        ("approve", " ", [], InputError),
        ("approve", "a" * 192, [], InputError),
        ("reject", "anna", ["ugly"], UnknownName),
        ("rework", "anna", [], InputError),
        ("rework", "anna", ["wrong-product"], InputError),
        ("praise", "anna", [], UnknownName),
    ],
)
def test_what_cannot_be_said_is_refused_before_anything_is_looked_up(
    sessions: Sessions, verdict: Verdict, reviewer: str, reasons: list[str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        say(sessions, "nonsense", verdict, None, reviewer, reasons=reasons)


def test_the_outside_hears_of_results_and_verdicts_in_the_same_transaction(sessions: Sessions) -> None:
    (image,) = photographs(sessions, "S1")

    def listening(session):  # type: ignore[no-untyped-def]
        session.add(WebhookEndpoint(url="https://a.example/hook", secret="x", events=["image.*"]))
        session.add(WebhookEndpoint(url="https://b.example/hook", secret="x", events=["job.done"]))

    sessions.write(listening)
    finished(sessions, image, 60)
    say(sessions, image, "approve")
    sessions.write(lambda session: keep_failure(session, image, {"code": "input"}, NOON + timedelta(hours=1)))

    def broken(session):  # type: ignore[no-untyped-def]
        keep_result(session, image, result(50), 75, NOON)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        sessions.write(broken)
    wanted = select(WebhookDelivery.kind).order_by(WebhookDelivery.id)
    kinds = sessions.read(lambda session: session.scalars(wanted).all())
    assert kinds == ["image.completed", "image.approved", "image.failed"]


def test_rework_submits_the_job_that_makes_it_again_with_the_verdict(sessions: Sessions) -> None:
    (image,) = photographs(sessions, "S1", tenant="one")
    finished(sessions, image, 60, tenant="one")
    done = say(sessions, image, "rework", tenant="one", reasons=["too-dark", "soft"])
    assert done.job is not None
    job = JobStore(sessions).state(done.job)
    assert (job.tenant, job.task, job.status) == ("one", "image.enhance", "waiting")
    assert job.request == {"image": image, "recipe": RECIPE, "reasons": ["too-dark", "soft"], "seed": 0}
    with pytest.raises(Conflict, match="it is being done again"):
        say(sessions, image, "rework", tenant="one", reasons=["soft"])
    assert len(JobStore(sessions).states("one")) == 1


def test_a_verdict_that_is_not_kept_submits_nothing(sessions: Sessions) -> None:
    (image,) = photographs(sessions, "S1")
    finished(sessions, image, 60)

    def broken(session):  # type: ignore[no-untyped-def]
        review(session, Said(image, "rework"), "anna", NOON, reasons=["soft"])
        raise RuntimeError

    with pytest.raises(RuntimeError):
        sessions.write(broken)
    assert JobStore(sessions).states("") == []
    assert row(sessions, image).qc_status == "needs_review"


def test_where_no_recipe_helps_the_person_is_told_and_nothing_is_made(sessions: Sessions) -> None:
    (image,) = photographs(sessions, "S1")
    finished(sessions, image, 60)
    with pytest.raises(InputError, match="cannot be changed so that it helps") as told:
        say(sessions, image, "rework", reasons=["shadow-heavy"])  # there is no shadow in this recipe
    assert "take another photograph" in told.value.hint
    assert row(sessions, image).qc_status == "needs_review"
    assert JobStore(sessions).states("") == []


def test_a_photograph_is_not_made_again_for_ever(sessions: Sessions) -> None:
    (image,) = photographs(sessions, "S1")
    for number in range(ROUNDS):
        finished(sessions, image, 60, recipe_digest=f"sha256:{number}")
        say(sessions, image, "rework", reasons=["soft"])
    finished(sessions, image, 60, recipe_digest="sha256:last")
    with pytest.raises(InputError, match="sent back 5 times"):
        say(sessions, image, "rework", reasons=["soft"])
    assert say(sessions, image, "reject").qc_status == "rejected"


@pytest.mark.parametrize("way", ["cancelled", "failed", "killed"])
def test_what_could_not_be_made_again_is_a_persons_again(sessions: Sessions, way: str) -> None:
    (image,) = photographs(sessions, "S1")
    finished(sessions, image, 60)
    job = say(sessions, image, "rework", reasons=["soft"]).job
    assert job is not None
    claims = Claims(sessions, clock=lambda: NOON)
    if way == "cancelled":
        JobStore(sessions).cancel(job)
    elif (claim := claims.claim("host/1/2/3", job)) is not None and way == "failed":
        claims.fail(claim, {"code": "input", "retryable": False})
    else:
        silent = update(Job).values(attempts=ATTEMPTS, heartbeat_at=NOON - timedelta(days=1))
        sessions.write(lambda session: session.execute(silent))
        claims.rescue()
    found = row(sessions, image)
    assert found.qc_status == "needs_review"
    assert [each.id for each in sessions.read(lambda session: queue(session))] == [image]
