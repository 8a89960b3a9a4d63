"""Tasks as jobs: the whole way from a request in a row to a finished picture, here and in spawned workers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from packshot.catalog.review import Said, review
from packshot.database.base import now
from packshot.errors import InputError, NotFound, UnknownName
from packshot.jobs.claims import Claims
from packshot.jobs.names import worker_name
from packshot.jobs.running import run_claim
from packshot.jobs.store import JobStore
from packshot.jobs.values import Counts, JobState
from packshot.manifest import digest_of
from packshot.settings import Limits, Settings
from packshot.storage.codec import decode
from packshot.tasks.pictures import image_of, images_of, keep_image, rendition_of, renditions_of
from packshot.tasks.registry import task_of
from packshot.tasks.remembering import Remembering
from packshot.wiring import open_memory, open_work, open_workshop
from waiting import wait_until


def photograph(colour: tuple[int, int, int] = (40, 60, 110)) -> bytes:
    """A bottle on light paper, as a PNG."""
    rgb = np.full((360, 420, 3), 238, np.uint8)
    cv2.rectangle(rgb, (168, 90), (252, 300), colour, -1)
    cv2.rectangle(rgb, (168, 180), (252, 220), (200, 190, 160), -1)
    done, data = cv2.imencode(".png", cv2.GaussianBlur(rgb, (0, 0), 1)[..., ::-1])
    assert done
    return data.tobytes()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path / "state", limits=Limits(max_megapixels=2))


@pytest.fixture
def memory(settings: Settings) -> Iterator[Remembering]:
    memory = open_memory(settings)
    yield memory
    memory.sessions.close()


def stored(memory: Remembering, data: bytes, tenant: str = "") -> str:
    return keep_image(memory.sessions, tenant, name="bottle.png", asset=memory.assets.put(data)).id


def done_here(settings: Settings, memory: Remembering, task: str, **request: Any) -> JobState:
    """One job, submitted and done in this process."""
    store = JobStore(memory.sessions)
    job = store.submit(task, request)
    run_waiting(settings, job)
    return store.state(job)


SMALL: dict[str, Any] = {"recipe": "marketplace-white", "size": [300, 300]}


def test_an_image_becomes_a_rendition_with_a_receipt(settings: Settings, memory: Remembering) -> None:
    data = photograph()
    image = stored(memory, data)
    state = done_here(settings, memory, "image.enhance", image=image, **SMALL)
    assert state.status == "done", state.error
    assert state.result is not None
    assert state.result["image"] == image
    rendition = rendition_of(memory.sessions, state.result["rendition"], "")
    assert rendition.manifest["source"]["digest"] == digest_of(data)
    assert rendition.manifest["output"]["digest"] == rendition.asset == state.result["asset"]
    picture = decode(memory.assets.get(rendition.asset)).image
    assert picture.size == (300, 300)
    assert tuple(picture.rgb[2, 2]) == (255, 255, 255)
    after = image_of(memory.sessions, image, "")
    assert (after.status, after.qc_status in ("auto_approved", "needs_review")) == ("completed", True)
    steps = [event.data["message"] for event in JobStore(memory.sessions).events(state.id) if event.kind == "progress"]
    assert steps[0] == "cutout"
    assert state.current_step == "done"


def test_the_same_recipe_again_is_the_same_rendition_and_another_recipe_is_another(
    settings: Settings, memory: Remembering
) -> None:
    image = stored(memory, photograph())
    first, again = (done_here(settings, memory, "image.enhance", image=image, **SMALL).result for _ in range(2))
    other = done_here(settings, memory, "image.enhance", image=image, recipe="transparent").result
    assert first is not None
    assert again is not None
    assert other is not None
    assert (first["rendition"], first["asset"]) == (again["rendition"], again["asset"])
    assert other["rendition"] != first["rendition"]
    assert {each.id for each in renditions_of(memory.sessions, "", image=image)} == {
        first["rendition"],
        other["rendition"],
    }


def test_a_picture_that_was_sent_back_is_made_again_otherwise_and_judged_again(
    settings: Settings, memory: Remembering
) -> None:
    image = stored(memory, photograph())
    first = done_here(settings, memory, "image.enhance", image=image, seed=3, **SMALL).result
    assert first is not None
    for expected in (0.92, 0.98):  # five sixths of the canvas, and twice seven hundredths more within what there is
        job = sent_back(memory, image, "too-small")
        run_waiting(settings, job)
        done = JobStore(memory.sessions).state(job)
        assert done.result is not None, done.error
        manifest = rendition_of(memory.sessions, done.result["rendition"], "").manifest
        (fill,) = (step["place"]["fill"] for step in manifest["recipe"]["steps"] if "place" in step)
        assert (fill, manifest["seed"], done.result["size"]) == (expected, 3, [300, 300])
        assert image_of(memory.sessions, image, "").qc_status in ("auto_approved", "needs_review")
    assert len(renditions_of(memory.sessions, "", image=image)) == 3


def sent_back(memory: Remembering, image: str, *reasons: str) -> str:
    """The job that makes it again."""
    said = Said(image, "rework")
    job = memory.sessions.write(lambda session: review(session, said, "anna", now(), reasons=reasons)).job
    assert job is not None
    return job


def run_waiting(settings: Settings, job: str) -> None:
    claims, work = open_work(settings)
    claim = claims.claim(worker_name(), job)
    assert claim is not None
    run_claim(claims, claim, work)


def test_the_same_bytes_are_the_same_image_but_not_for_another_tenant(memory: Remembering) -> None:
    ours, again, theirs = (stored(memory, photograph(), tenant) for tenant in ("a", "a", "b"))
    assert ours == again != theirs
    with pytest.raises(NotFound):
        image_of(memory.sessions, theirs, "a")
    assert [image.id for image in images_of(memory.sessions, "b")] == [theirs]


def test_a_picture_that_cannot_be_read_fails_alone_and_its_image_says_so(
    settings: Settings, memory: Remembering
) -> None:
    broken = stored(memory, photograph()[:2000])
    state = done_here(settings, memory, "image.enhance", image=broken, **SMALL)
    assert (state.status, state.error and state.error["code"]) == ("failed", "unreadable-image")
    assert image_of(memory.sessions, broken, "").status == "failed"


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({}, "give image or url"),
        ({"image": "x", "url": "y"}, "give image or url"),
        ({"image": "x", "padding": 0.7}, "padding"),
        ({"image": "x", "size": [0, 10]}, "size must be"),
        ({"image": "x", "no_such": 1}, "no_such"),
    ],
)
def test_a_request_that_cannot_be_is_refused_by_name(
    request_: dict[str, object], says: str, settings: Settings
) -> None:
    from packshot.tasks.every import every_task

    with pytest.raises(InputError, match=says):
        task_of("image.enhance", every_task()).asked(request_)


def test_a_recipe_is_a_name_or_data_and_never_a_file_of_the_server(
    settings: Settings, memory: Remembering, tmp_path: Path
) -> None:
    path = tmp_path / "secret.yaml"
    path.write_text("name: secret\nsteps: [tone]\n")
    image = stored(memory, photograph())
    state = done_here(settings, memory, "image.enhance", image=image, recipe=str(path))
    assert (state.status, state.error and state.error["code"]) == ("failed", "unknown-name")


def test_a_task_that_does_not_exist_says_which_is_nearest() -> None:
    from packshot.tasks.every import every_task

    with pytest.raises(UnknownName, match=r"image\.enhanse") as caught:
        task_of("image.enhanse", every_task())
    assert "image.enhance" in caught.value.hint


def test_an_address_inside_the_network_is_not_asked(settings: Settings, memory: Remembering) -> None:
    state = done_here(settings, memory, "image.enhance", url="http://127.0.0.1:9/secret.jpg", **SMALL)
    assert (state.status, state.error and state.error["code"]) == ("failed", "forbidden-url")


def test_a_product_gets_another_background_and_a_check_reads_the_receipt(
    settings: Settings, memory: Remembering
) -> None:
    image = stored(memory, photograph())
    made = done_here(settings, memory, "image.background", image=image, set="sweep", size=[320, 320])
    assert made.status == "done", made.error
    assert made.result is not None
    assert made.result["size"] == [320, 320]
    checked = done_here(settings, memory, "image.check", rendition=made.result["rendition"], profile="amazon")
    assert checked.status == "done", checked.error
    assert checked.result is not None
    report = checked.result["report"]
    assert (report["profile"], report["size"]) == ("amazon", [320, 320])


def test_of_a_batch_in_workers_a_poisoned_picture_fails_alone(settings: Settings, memory: Remembering) -> None:
    good = [stored(memory, photograph((shade, 60, 110))) for shade in (40, 90, 140)]
    requests = [{"image": image, **SMALL} for image in (*good, stored(memory, b"\x89PNG\r\n\x1a\n poison"))]
    with open_workshop(settings, workers=1) as workshop:
        job = workshop.store.submit("batch", {"requests": requests}, key="order 7")
        assert workshop.store.submit("batch", {"requests": requests}, key="order 7") == job
        workshop.submit(job)
        wait_until(lambda: workshop.store.counts(job).over == 4)
        assert workshop.store.counts(job) == Counts(done=3, failed=1)
        assert workshop.store.state(job).result == {"jobs": 4}
    assert {image_of(memory.sessions, image, "").status for image in good} == {"completed"}


def test_a_batch_that_was_cut_off_submits_only_what_is_missing(settings: Settings, memory: Remembering) -> None:
    requests = [{"image": f"{number}"} for number in range(3)]
    store = JobStore(memory.sessions)
    state = done_here(settings, memory, "batch", requests=requests)
    claims, work = open_work(settings)
    again = Claims(memory.sessions).claim(worker_name(), store.submit("batch", {"requests": requests}))
    assert again is not None
    store.submit_batch("image.enhance", requests[:2], batch=again.id)  # as far as it came
    run_claim(claims, again, work)
    assert store.counts(state.id).total == store.counts(again.id).total == 3
