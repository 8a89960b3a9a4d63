"""One product's photographs into one listing: what is sure passes, people decide the rest, nothing is done twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import update

from packshot.catalog.importing import import_rows
from packshot.catalog.results import Result, keep_result
from packshot.catalog.review import Reviewed, Said, Verdict, review
from packshot.catalog.rows import Row
from packshot.consistency import Consistency, Outlier
from packshot.database.base import now
from packshot.database.sessions import Sessions
from packshot.database.tables import Job, ProductImage
from packshot.errors import Conflict, InputError, ModelUnavailable, NotFound, UnreadableImage
from packshot.jobs.claims import Claims
from packshot.jobs.names import worker_name
from packshot.jobs.running import run_claim
from packshot.jobs.store import JobStore
from packshot.jobs.values import Asking, JobState
from packshot.recipe import Recipe
from packshot.services import Services
from packshot.settings import Limits, Settings
from packshot.storage.assets import FolderAssets
from packshot.tasks import listing_maker
from packshot.tasks.enhance import EnhanceImage, enhance
from packshot.tasks.every import every_task
from packshot.tasks.listed import ListPhotographs
from packshot.tasks.listings import listing_now
from packshot.tasks.pictures import has_failed, image_of, keep_image
from packshot.tasks.registry import Errand, work_of
from packshot.tasks.remembering import Remembering
from packshot.testing import GivenModels
from packshot.wiring import open_memory, open_services
from packshot.workflows.listing import (
    Bench,
    Failure,
    Photograph,
    Picture,
    State,
    build,
    in_order,
    list_photographs,
)


def photograph(number: int, kind: str = "primary") -> Photograph:
    return Photograph(number=number, image=f"image {number}", name=f"{number}.jpg", image_type=kind)


def picture(number: int, qc_status: str = "auto_approved", *, kind: str = "primary", score: float = 80) -> Picture:
    return Picture(
        **photograph(number, kind),
        version=1,
        rendition=f"rendition {number}",
        asset=f"asset {number}",
        format="jpeg",
        recipe="auto",
        recipe_digest="sha256:1",
        score=score,
        qc_status=qc_status,
        doubts=[],
        reviewer="",
        reasons=[],
        notes="",
    )


class Shop:
    """A bench without pixels: how each picture stands is said, and what was made is counted."""

    def __init__(self, *statuses: str) -> None:
        self.statuses = list(statuses)
        self.made: list[int] = []

    def bench(self, odd: str | None = None) -> Bench:
        outliers = () if odd is None else (Outlier(odd, "fill", (0.5,), (0.8,), 3.0, "it is small"),)
        return Bench(
            photographs=lambda: ([photograph(n) for n in range(1, len(self.statuses) + 1)], []),
            make=self.make,
            seen=lambda made: [picture(each["number"], self.statuses[each["number"] - 1]) for each in made],
            compare=lambda assets: Consistency(90.0, {}, {}, outliers),
            tell=lambda fraction, message: None,
        )

    def make(self, one: Photograph, count: int) -> Failure | None:
        self.made.append(one["number"])
        if self.statuses[one["number"] - 1] != "poison":
            return None
        return Failure(number=one["number"], image=one["image"], name=one["name"], error={"code": "unreadable-image"})


def test_what_is_sure_passes_without_anybody_and_what_cannot_be_made_fails_alone() -> None:
    shop = Shop("auto_approved", "poison", "approved", "rejected", "auto_approved")
    done = list_photographs("job", shop.bench(odd="image 1"), InMemorySaver())
    assert [each["number"] for each in done["failures"]] == [2]
    assert (done["consistency"], done["stand_out"]) == (90.0, {"image 1": ["it is small"]})
    going, because = in_order(done)
    assert [each["number"] for each in going] == [3, 1, 5]  # the first stands out, so it is not the main one
    assert because == "it has the best score of 2 that could be"


def test_a_person_is_asked_about_what_is_not_sure_until_they_have_spoken_of_all_of_it() -> None:
    shop, saver = Shop("needs_review", "auto_approved", "rework"), InMemorySaver()
    with pytest.raises(Asking) as asked:
        list_photographs("job", shop.bench(), saver)
    assert asked.value.images == ["image 1", "image 3"]
    shop.statuses = ["approved", "auto_approved", "needs_review"]  # the third was made again, and is doubted again
    with pytest.raises(Asking) as asked:
        list_photographs("job", shop.bench(), saver)
    assert asked.value.images == ["image 3"]
    shop.statuses[2] = "rejected"
    going, _ = in_order(list_photographs("job", shop.bench(), saver))
    assert [each["number"] for each in going] == [1, 2]
    assert shop.made == [1, 2, 3]


def test_what_is_done_is_told_again_and_not_done_again() -> None:
    shop, saver = Shop("auto_approved"), InMemorySaver()
    first, again = (list_photographs("job", shop.bench(), saver) for _ in range(2))
    assert first == again
    assert shop.made == [1]


class Killed(BaseException):
    """As SIGKILL: nothing is done after it."""


class Mortal(InMemorySaver):
    """Keeps one state, and is dead when it should keep the next: what came between the two is kept."""

    left = 1

    def put(self, *state: Any) -> Any:
        if self.left == 0:
            raise Killed
        self.left -= 1
        return super().put(*state)


def test_who_is_killed_between_two_states_goes_on_also_around_a_question() -> None:
    shop, saver, deaths, questions = Shop("auto_approved", "needs_review"), Mortal(), 0, 0
    while True:
        saver.left = 1
        try:
            done = list_photographs("job", shop.bench(), saver)
            break
        except Killed:
            deaths += 1
        except Asking:
            questions += 1
            shop.statuses[1] = "approved"
    assert deaths >= 5
    assert questions == 1
    assert [each["number"] for each in in_order(done)[0]] == [1, 2]
    assert sorted(shop.made) == [1, 2]


@pytest.mark.parametrize(
    ("pictures", "main", "because"),
    [
        ([picture(1, kind="side"), picture(2, score=60)], 2, "it is the primary photograph"),
        ([picture(1, score=70), picture(2, score=90)], 2, "it has the best score of 2 that could be"),
        ([picture(1, "rejected"), picture(2, kind="back")], 2, "no other could be"),
        ([picture(1, "needs_review"), picture(2)], 2, "it is the primary photograph"),
    ],
)
def test_the_main_picture_is_the_primary_one_and_then_the_best(
    pictures: list[Picture], main: int, because: str
) -> None:
    going, said = in_order(State(pictures=pictures))
    assert (going[0]["number"], said) == (main, because)


def test_of_no_picture_none_is_the_main_one() -> None:
    assert in_order(State(pictures=[picture(1, "rejected")])) == ([], "")


def test_the_drawing_in_the_docs_is_current() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "listing.md"
    assert build().get_graph().draw_mermaid().strip() in page.read_text(encoding="utf-8")


# From here on with the catalogue and its jobs. What `enhance` would make is said by the name of the file.


def kept(request: EnhanceImage, services: Services, memory: Remembering, errand: Errand) -> None:
    """In the place of `enhance`: a rendition with the score that the photograph is called by."""
    image = image_of(memory.sessions, str(request.image), errand.tenant)
    stem = (image.name or image.url.rpartition("/")[2]).partition(".")[0]
    if stem == "torn":
        error = UnreadableImage("it is torn")
        has_failed(memory.sessions, image.id, error.as_dict(), errand.tenant)
        raise error
    if stem == "slow" and errand.attempt == 1:
        raise ModelUnavailable("not now")
    remade(memory.sessions, image.id, float(stem.strip("slow") or 90), "sha256:1", errand.tenant)


def remade(sessions: Sessions, image: str, score: float, recipe_digest: str, tenant: str = "") -> None:
    manifest = {"recipe": Recipe.named("auto").as_data(), "output": {"format": "jpeg"}, "reasons": []}
    made = Result("sha256:" + "a" * 64, "auto", recipe_digest, manifest, score, 40.0)
    sessions.write(lambda session: keep_result(session, image, made, 75, now(), tenant))


@pytest.fixture
def memory(sessions: Sessions, tmp_path: Path) -> Remembering:
    """Of each kind of database in turn; checkpoints lie where they do in a deployment."""
    return Remembering(sessions, sessions.engine.url, tmp_path, FolderAssets(tmp_path / "assets"))


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_maker, "enhance", kept)
    monkeypatch.setattr(listing_maker.Maker, "_look", lambda self, image, asset: {"fill": (0.8,)})


def of_sku(memory: Remembering, *names: str, tenant: str = "") -> dict[str, str]:
    """Photographs of one sku, by name: their ids."""
    urls = {name: f"https://a.example/{name}.jpg" for name in names}
    import_rows(memory.sessions, [Row(n, "MUG", url) for n, url in enumerate(urls.values(), 1)], tenant=tenant)
    found = memory.sessions.read(lambda session: {i.image_url: i.id for i in session.query(ProductImage)})
    return {name: found[url] for name, url in urls.items()}


def submitted(memory: Remembering, tenant: str = "", **request: Any) -> str:
    job = JobStore(memory.sessions).submit("listing", request, tenant=tenant)
    ran(memory, job)
    return job


def ran(memory: Remembering, job: str) -> JobState:
    services = Services(Settings(), GivenModels())
    claims = Claims(memory.sessions)
    claim = claims.claim(worker_name(), job)
    assert claim is not None
    run_claim(claims, claim, work_of(every_task(), lambda tenant: services, memory))
    return JobStore(memory.sessions).state(job)


def say(memory: Remembering, image: str, verdict: Verdict, reviewer: str = "anna", **more: Any) -> Reviewed:
    return memory.sessions.write(lambda session: review(session, Said(image, verdict), reviewer, now(), **more))


def names(state: JobState, part: str) -> list[str]:
    return [each["name"].partition(".")[0] for each in (state.result or {})[part]]


@pytest.mark.usefixtures("named")
def test_a_sku_becomes_a_listing_with_what_people_say_of_its_pictures(memory: Remembering) -> None:
    store = JobStore(memory.sessions)
    images = of_sku(memory, "80", "60", "torn", "61", "62", "90", tenant="one")
    job = submitted(memory, "one", sku="MUG")
    asked = store.state(job)
    assert asked.status == "asking"
    assert (names(asked, "asks"), names(asked, "failures")) == (["60", "61", "62"], ["torn"])
    assert names(asked, "pictures") == ["90", "80"]

    assert say(memory, images["60"], "approve", tenant="one").go_on == ()
    with pytest.raises(Conflict, match="anna has approved it"):
        say(memory, images["60"], "approve", "bert", tenant="one")
    say(memory, images["61"], "reject", tenant="one", reasons=["bad-photo"], notes="blurred")
    again = say(memory, images["62"], "rework", tenant="one", reasons=["soft"])
    assert store.state(job).status == "asking"  # until the new one is there
    assert again.job is not None
    assert store.state(again.job).tenant == "one"
    remade(memory.sessions, images["62"], 70, "sha256:2", "one")
    assert store.state(job).status == "waiting"

    asked = ran(memory, job)
    assert (asked.status, names(asked, "asks")) == ("asking", ["62"])
    say(memory, images["62"], "rework", tenant="one", reasons=["soft"])
    remade(memory.sessions, images["62"], 95, "sha256:3", "one")  # this time nobody need look
    done = ran(memory, job)
    assert done.status == "done"
    assert done.result is not None
    assert names(done, "pictures") == ["62", "80", "60", "90"]
    assert [each["qc_status"] for each in done.result["pictures"]][:3] == ["auto_approved", "auto_approved", "approved"]
    (rejected,) = done.result["rejected"]
    assert (rejected["reviewer"], rejected["reasons"], rejected["notes"]) == ("anna", ["bad-photo"], "blurred")
    assert (done.result["asks"], names(done, "failures")) == ([], ["torn"])
    assert done.result["consistency"] is not None
    kinds = [event.kind for event in store.events(job) if event.kind != "progress"]
    assert kinds == ["waiting", "running", "asking", "waiting", "running", "asking", "waiting", "running", "done"]


@pytest.mark.usefixtures("named")
def test_a_person_who_is_faster_than_the_machine_is_heard(memory: Remembering, monkeypatch: pytest.MonkeyPatch) -> None:
    images = of_sku(memory, "60")
    ask = Claims.ask

    def ask_late(self: Claims, *arguments: Any) -> None:
        say(memory, images["60"], "approve")
        ask(self, *arguments)

    monkeypatch.setattr(Claims, "ask", ask_late)
    job = submitted(memory, sku="MUG")
    assert JobStore(memory.sessions).state(job).status == "waiting"
    assert names(ran(memory, job), "pictures") == ["60"]


@pytest.mark.usefixtures("named")
def test_what_may_come_right_the_next_time_is_tried_again_and_the_rest_is_not(memory: Remembering) -> None:
    of_sku(memory, "80", "slow")
    job = submitted(memory, sku="MUG")
    assert JobStore(memory.sessions).state(job).status == "waiting"
    due = update(Job).values(not_before=now())
    memory.sessions.write(lambda session: session.execute(due))
    assert names(ran(memory, job), "pictures") == ["slow", "80"]


@pytest.fixture
def small(tmp_path: Path) -> Any:
    """A deployment of its own on SQLite, and real pictures."""
    settings = Settings(state=tmp_path / "state", limits=Limits(max_megapixels=2), approve_above=1)
    memory = open_memory(settings)
    yield settings, memory
    memory.sessions.close()


def bottle(shade: int) -> bytes:
    """On light paper, as a PNG."""
    rgb = np.full((240, 280, 3), 238, np.uint8)
    cv2.rectangle(rgb, (112, 60), (168, 200), (40, 60, shade), -1)
    done, data = cv2.imencode(".png", cv2.GaussianBlur(rgb, (0, 0), 1))
    assert done
    return data.tobytes()


ASKED: dict[str, Any] = {"recipe": "marketplace-white", "size": (200, 200)}


def handed_in(memory: Remembering, *photographs: bytes) -> tuple[str, ...]:
    images = [
        keep_image(memory.sessions, "", name=f"{n}.png", asset=memory.assets.put(data))
        for n, data in enumerate(photographs, 1)
    ]
    return tuple(image.id for image in images)


def work_here(settings: Settings, memory: Remembering) -> Any:
    services = open_services(settings)
    return work_of(every_task(), lambda tenant: services, memory)


KILLED = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_listing import made_until_it_dies
made_until_it_dies(Path(sys.argv[1]))
"""


def made_until_it_dies(folder: Path) -> JobState:
    """Three photographs and a torn one; the process kills itself in the third, the first time."""
    settings = Settings(state=folder, limits=Limits(max_megapixels=2), approve_above=1)
    memory, book = open_memory(settings), folder / "book"
    images = handed_in(memory, bottle(110), bottle(150), bottle(200), bottle(90)[:900])

    def counted(request: EnhanceImage, *others: Any) -> Any:
        number = images.index(str(request.image)) + 1
        if number == 3 and not (folder / "died").exists():
            (folder / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        with book.open("a") as file:
            file.write(f"{number}\n")
        return enhance(request, *others)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing_maker, "enhance", counted)
        done = listing_now(ListPhotographs(photographs=images, **ASKED), work_here(settings, memory), memory)
    memory.sessions.close()
    return done


def test_a_listing_that_is_killed_in_the_middle_goes_on_and_makes_nothing_twice(tmp_path: Path) -> None:
    here = Path(__file__).resolve().parent
    words = [sys.executable, "-c", KILLED, str(tmp_path), str(here), str(here.parent)]
    killed = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = made_until_it_dies(tmp_path)
    assert done.status == "done"
    assert done.result is not None
    assert sorted(names(done, "pictures")) == ["1", "2", "3"]
    assert [each["error"]["code"] for each in done.result["failures"]] == ["unreadable-image"]
    assert (tmp_path / "book").read_text().split() == ["1", "2", "3", "4"]
    assert done.result["consistency"] > 90


def test_what_was_sent_back_is_made_again_where_one_asks_and_kept_where_the_same_is_asked_anew(
    small: tuple[Settings, Remembering], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, memory = small
    settings = settings.model_copy(update={"approve_above": 100})  # nothing is good enough
    images = handed_in(memory, bottle(110), bottle(150))
    request, work = ListPhotographs(photographs=images, **ASKED), work_here(settings, memory)
    asked = listing_now(request, work, memory)
    assert names(asked, "asks") == ["1", "2"]
    say(memory, images[0], "approve")
    say(memory, images[1], "rework", reasons=["too-small"])
    asked = listing_now(request, work, memory)
    assert asked.result is not None
    (one,) = asked.result["asks"]
    assert one["image"] == images[1]
    assert one["rendition"] != asked.result["pictures"][0]["rendition"]
    say(memory, images[1], "approve")
    done = listing_now(request, work, memory)
    assert (done.status, names(done, "pictures")[0] in ("1", "2")) == ("done", True)

    def never(*arguments: Any) -> None:
        raise AssertionError("it is there already")

    monkeypatch.setattr(listing_maker, "enhance", never)
    anew = listing_now(request, work, memory, again=True)
    assert anew.id != done.id
    assert anew.result == done.result


def test_a_photograph_that_kills_workers_fails_alone_at_the_third_attempt(small: tuple[Settings, Remembering]) -> None:
    settings, memory = small
    deadly, fine = handed_in(memory, bottle(110), bottle(150))
    store = JobStore(memory.sessions)
    job = store.submit("listing", {"photographs": [deadly, fine], **ASKED})
    begun = update(ProductImage).where(ProductImage.id == deadly).values(status="processing")
    memory.sessions.write(lambda session: session.execute(begun))
    memory.sessions.write(lambda session: session.execute(update(Job).values(attempts=2)))
    claims = Claims(memory.sessions)
    claim = claims.claim(worker_name(), job)
    assert claim is not None
    run_claim(claims, claim, work_here(settings, memory))
    done = store.state(job)
    assert done.result is not None, done.error
    assert (names(done, "pictures"), names(done, "failures")) == (["2"], ["1"])
    assert done.result["failures"][0]["error"]["code"] == "worker-died"


def test_photographs_that_are_not_there_are_failures_and_none_at_all_is_an_error(
    small: tuple[Settings, Remembering],
) -> None:
    settings, memory = small
    (fine,) = handed_in(memory, bottle(110))
    nothing = "01234567-89ab-7def-8123-456789abcdef"
    work = work_here(settings, memory)
    done = listing_now(ListPhotographs(photographs=(nothing, fine, fine), **ASKED), work, memory)
    assert (names(done, "pictures"), len((done.result or {})["failures"])) == (["1"], 1)
    with pytest.raises(NotFound, match="no such image"):
        listing_now(ListPhotographs(photographs=(nothing,)), work, memory)
    with pytest.raises(NotFound, match="no such sku"):
        listing_now(ListPhotographs(sku="NOPE"), work, memory)
    with pytest.raises(InputError, match="give sku or photographs"):
        every_task()["listing"].asked({"sku": "MUG", "photographs": [fine]})
