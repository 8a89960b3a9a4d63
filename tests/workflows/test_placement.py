"""A product into places: side by side, with failures as facts, and nothing paid for twice."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from langgraph.checkpoint.sqlite import SqliteSaver
from sqlalchemy import URL

from databases import empty_database
from packshot.database.engine import open_engine
from packshot.database.migrate import open_sessions, upgrade
from packshot.errors import (
    Cancelled,
    InputError,
    ModelUnavailable,
    NoSurface,
    PackshotError,
    ProductChanged,
    UnknownName,
)
from packshot.image import Image, Rgb
from packshot.models.embedded import EmbeddedCutout
from packshot.models.surfaces import EmbeddedDetector, EmbeddedSurfaces
from packshot.models.understanding import EmbeddedOrientation
from packshot.ports import Answer, ModelCard, SurfaceFinder
from packshot.recipe import Encoding
from packshot.services import Services
from packshot.settings import Settings, Storage
from packshot.storage.assets import FolderAssets
from packshot.storage.codec import decode
from packshot.storage.encode import encode
from packshot.storage.ledger import SqlLedger
from packshot.surface import ANYWHERE, Surface, Wish
from packshot.tasks.cleaning import clean
from packshot.tasks.placements import Placement, place
from packshot.tasks.remembering import Remembering, of_tenant
from packshot.testing import GivenModels
from packshot.workflows.asked import PlaceProduct, canvas_of
from packshot.workflows.placement import build
from painters_drawn import DrawnPainter
from scenes_drawn import heap, table_before_wall


class Wall(DrawnPainter):
    """Paints a table before a wall."""

    card = ModelCard("wall", "1", "MIT", "A wall.", generative=True)

    def draw(self, size: tuple[int, int]) -> Image:
        return table_before_wall(size)


def silent() -> ModelUnavailable:
    return ModelUnavailable("wall does not answer", hint="try later")


@pytest.fixture
def memory(tmp_path: Path) -> Any:
    url = URL.create("sqlite+pysqlite", database=str(tmp_path / "packshot.db"))
    sessions = open_sessions(url)
    yield Remembering(sessions, url, tmp_path, FolderAssets(tmp_path / "assets"))
    sessions.close()


def test_on_postgresql_too_it_is_done_once_and_remembered(tmp_path: Path) -> None:
    with empty_database("postgresql", tmp_path) as url:
        engine = open_engine(url)
        upgrade(engine)
        engine.dispose()
        sessions = open_sessions(url)
        memory = Remembering(sessions, url, tmp_path, FolderAssets(tmp_path / "assets"))
        try:
            painter = Wall()
            first, again = (placed(memory, painter, scene="a kitchen", painters=["wall"], variants=2) for _ in range(2))
        finally:
            sessions.close()
        assert [one["variant"] for one in first.pictures] == [1, 2]
        assert again.job == first.job
        assert again.pictures == first.pictures
        assert len(painter.prompts) == 2
        assert not (tmp_path / "checkpoints.db").exists()


def photo(memory: Remembering) -> str:
    """A dark box with a pale band on a light ground."""
    picture = np.full((350, 450, 3), 235, np.uint8)
    cv2.rectangle(picture, (140, 70), (310, 300), (110, 60, 40), -1)
    cv2.rectangle(picture, (140, 140), (310, 200), (160, 190, 200), -1)
    done, data = cv2.imencode(".png", cv2.GaussianBlur(picture, (0, 0), 1))
    assert done
    return memory.assets.put(data.tobytes())


class Asked:
    """Finds nothing in a heap, and asks another where else."""

    card = ModelCard("asked", "1", "MIT", "Finds nothing in a heap.")

    def __init__(self, other: SurfaceFinder) -> None:
        self._other = other

    def surfaces(self, image: Image, wish: Wish = ANYWHERE) -> list[Surface]:
        return [] if np.array_equal(image.rgb, heap(image.size).rgb) else self._other.surfaces(image, wish)


class Nowhere:
    """Finds nothing to stand on."""

    card = ModelCard("nowhere", "1", "MIT", "Finds nothing.")

    def surfaces(self, image: Image, wish: Wish = ANYWHERE) -> list[Surface]:
        return []


class Knowing:
    """A language model that takes whatever it is shown for a carton of a certain height."""

    card = ModelCard("knowing", "1", "proprietary", "Knows cartons.")

    def ask(self, prompt: str, answer: type[Answer], images: Sequence[Image] = ()) -> Answer:
        return answer.model_validate(
            {"product": "a carton", "characteristics": ["brown"], "share": 0.5, "least_mm": 220, "most_mm": 180}
        )


def placed(memory: Remembering, painter: Any = None, finder: SurfaceFinder | None = None, **asked: Any) -> Placement:
    models = GivenModels(
        cutout=EmbeddedCutout(),
        surface=finder or EmbeddedSurfaces(),
        detector=EmbeddedDetector(),
        painter=painter or {},
        orientation=EmbeddedOrientation(),
        language={"knowing": Knowing()},
    )
    request = PlaceProduct.model_validate({"product": photo(memory), "longest": 300, **asked})
    return place(request, Services(Settings(), models), memory)


def test_every_variant_comes_in_every_format(memory: Remembering) -> None:
    done = placed(memory, Wall(), scene="a kitchen", painters=["wall"], variants=2, formats=["1:1", "4:5"])
    assert [(one["variant"], one["format"]) for one in done.pictures] == [
        (1, "1:1"),
        (1, "4:5"),
        (2, "1:1"),
        (2, "4:5"),
    ]
    sizes = [decode(memory.assets.get(one["asset"])).size for one in done.pictures]
    assert sizes == [(300, 300), (240, 300)] * 2
    assert done.failures == []


class Killed(BaseException):
    """As SIGKILL: nothing is done after it."""


def test_who_is_killed_between_the_answers_of_a_step_and_what_follows_from_them_goes_on(
    memory: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {"scene": "a kitchen", "painters": ["wall"], "variants": 2}
    calm = placed(memory, Wall(), seed=1, **asked)
    keep, left, deaths = SqliteSaver.put, 0, 0

    def put(saver: SqliteSaver, *state: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        return keep(saver, *state)

    monkeypatch.setattr(SqliteSaver, "put", put)
    while True:
        left = 1  # each comes one state further than the one before
        try:
            done = placed(memory, Wall(), seed=2, **asked)
            break
        except Killed:
            deaths += 1
    assert deaths >= 6  # in each of the seven steps but perhaps the last
    assert [one["variant"] for one in done.pictures] == [one["variant"] for one in calm.pictures] == [1, 2]
    assert done.failures == []
    assert done.seen == calm.seen


def test_every_picture_has_a_whole_receipt_and_a_certificate_that_holds(memory: Remembering) -> None:
    (one,) = placed(memory, Wall(), scene="a kitchen", painters=["wall"]).pictures
    manifest = json.loads(memory.assets.get(one["manifest"]))
    assert [step["op"] for step in manifest["steps"]] == ["cutout", "stand", "harmonise"]
    assert manifest["source"]["digest"] == photo(memory)
    assert manifest["certificate"]["verdict"] not in ("altered", "unknown")
    assert one["by"] == "wall"


def test_a_painter_is_asked_for_a_place_without_a_product(memory: Remembering) -> None:
    wall = Wall()
    placed(memory, wall, scene="a kitchen", painters=["wall"], surface="table")
    assert wall.prompts[0].startswith("a kitchen. An empty table in the foreground")
    assert "no product" in wall.prompts[0]


def test_the_next_painter_takes_over_and_the_result_says_so(memory: Remembering) -> None:
    painters = {"first": Wall(silent()), "second": Wall()}
    (one,) = placed(memory, painters, scene="a kitchen", painters=["first", "second"]).pictures
    assert one["by"] == "second"
    assert [(t["painter"], t["error"]["code"]) for t in one["tried"]] == [("first", "model-unavailable")]


def test_a_set_needs_no_painter(memory: Remembering) -> None:
    first, second = placed(memory, set="sweep", variants=2).pictures
    assert first["by"].startswith("set sweep, ")
    assert second["by"].startswith("set sweep, ")
    assert first["certificate"] not in ("altered", "unknown")


def test_where_no_painter_can_it_is_the_set_that_was_named(memory: Remembering) -> None:
    (one,) = placed(memory, Wall(silent()), scene="a kitchen", painters=["wall"], otherwise="desk").pictures
    assert one["by"].startswith("set desk, ")
    assert one["tried"][0]["painter"] == "wall"


def test_where_no_painter_can_the_words_choose_a_set_and_nothing_is_called_generated(memory: Remembering) -> None:
    (one,) = placed(memory, Wall(silent()), scene="a dark marble table", painters=["wall"]).pictures
    assert one["by"] == "set marble, nero, for the word marble"
    label = json.loads(memory.assets.get(one["manifest"]))["provenance"]["digital_source_type"]
    assert label.endswith("/composite")


def test_words_alone_are_enough_for_a_picture(memory: Remembering) -> None:
    (one,) = placed(memory, scene="a kitchen").pictures
    assert one["by"].startswith("set kitchen, metro")
    assert one["tried"] == []


class Second(Wall):
    """Paints nothing to stand on at first, and a table when it is asked again."""

    def draw(self, size: tuple[int, int]) -> Image:
        return heap(size) if len(self.prompts) == 1 else table_before_wall(size)


def test_a_painting_with_nothing_to_stand_on_is_painted_once_more(memory: Remembering) -> None:
    finder = Asked(EmbeddedSurfaces())
    painter = Second()
    (one,) = placed(memory, painter, finder, scene="a kitchen", painters=["wall"]).pictures
    assert one["by"] == "wall"
    assert [each["error"]["code"] for each in one["tried"]] == ["no-surface"]
    assert len(painter.prompts) == 2


def test_a_set_is_painted_in_the_colour_that_suits_the_product(memory: Remembering) -> None:
    (one,) = placed(memory, set="sweep", look="paper", colour="product").pictures
    steps = json.loads(memory.assets.get(one["manifest"]))["steps"]
    colour = steps[-1]["facts"]["colour"]
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    assert red < green < blue  # of the hue of a blue box
    assert min(red, green, blue) > 150  # and lighter


def test_where_no_set_was_named_it_is_a_failure_that_keeps_its_kind(memory: Remembering) -> None:
    with pytest.raises(ModelUnavailable, match="wall does not answer"):
        placed(memory, Wall(silent()), scene="a kitchen", painters=["wall"], otherwise=None)


def test_one_place_that_cannot_be_costs_the_others_nothing(memory: Remembering) -> None:
    class Every(Wall):
        def paint(self, prompt: str, size: tuple[int, int], **rest: Any) -> Image:
            if rest["seed"] == 1:
                raise ModelUnavailable("not this one")
            return table_before_wall(size)

    done = placed(memory, Every(), scene="a kitchen", painters=["wall"], variants=3, otherwise=None)
    assert [one["variant"] for one in done.pictures] == [1, 3]
    assert [(one["variant"], one["step"]) for one in done.failures] == [(2, "scene")]


def test_asking_for_the_same_again_makes_nothing_anew(memory: Remembering) -> None:
    wall = Wall()
    first = placed(memory, wall, scene="a kitchen", painters=["wall"])
    second = placed(memory, wall, scene="a kitchen", painters=["wall"])
    assert (first.went_on, second.went_on) == (False, True)
    assert second.pictures == first.pictures
    assert len(wall.prompts) == 1


def test_what_steps_hand_on_goes_after_a_day_and_the_pictures_stay(memory: Remembering) -> None:
    mine = of_tenant(memory, Settings(), "")
    done = placed(mine, Wall(), scene="a kitchen", painters=["wall"])
    store, later = FolderAssets(memory.state / "assets"), datetime.now(UTC) + timedelta(hours=25)
    made = {one[part] for one in done.pictures for part in ("asset", "manifest")}
    assert {kept.asset for kept in store.kept()} > {photo(mine), *made}
    assert clean(memory.sessions, store, Storage(), later).assets == 2  # the cutout, and the painted place
    assert {kept.asset for kept in store.kept()} == {photo(mine), *made}
    assert placed(mine, Wall(), scene="a kitchen", painters=["wall"]).pictures == done.pictures


def test_a_placement_whose_parts_were_cleaned_away_is_begun_anew(memory: Remembering) -> None:
    class Gone(Wall):
        """Is stopped in the middle of the second painting, and a month passes."""

        def draw(self, size: tuple[int, int]) -> Image:
            if len(self.prompts) == 2:
                raise Cancelled("stopped")
            return super().draw(size)

    mine = of_tenant(memory, Settings(), "")
    asked: dict[str, Any] = {"scene": "a kitchen", "painters": ["wall"], "variants": 2}
    with pytest.raises(PackshotError):
        placed(mine, Gone(), **asked)
    later = datetime.now(UTC) + timedelta(days=31)
    assert clean(memory.sessions, FolderAssets(memory.state / "assets"), Storage(), later).assets >= 1
    done = placed(mine, Wall(), **asked)
    assert [one["variant"] for one in done.pictures] == [1, 2]
    assert done.went_on


def given(memory: Remembering, picture: Image) -> str:
    return memory.assets.put(encode(picture, Encoding(format="png")).data)


def test_in_a_given_picture_the_product_stands_on_the_table_and_not_in_the_air(memory: Remembering) -> None:
    (one,) = placed(memory, background=given(memory, table_before_wall()), surface="table").pictures
    (stand,) = (
        step["facts"] for step in json.loads(memory.assets.get(one["manifest"]))["steps"] if step["op"] == "stand"
    )
    across, foot = stand["contact"]
    polygon = np.array(stand["surface"]["polygon"], np.float32)
    assert cv2.pointPolygonTest(polygon, (across, foot), True) > -3
    done = decode(memory.assets.get(one["asset"])).image.rgb.astype(int)
    dark = (done[..., 2] > 80) & (done[..., 0] < 70)  # the box, and nothing else there, is blue
    lowest = int(np.flatnonzero(dark.any(axis=1))[-1]) + 1
    assert lowest == pytest.approx(foot, abs=0.01 * 300 + 1)


def test_where_a_given_picture_has_no_surface_that_is_what_is_said(memory: Remembering) -> None:
    with pytest.raises(NoSurface, match="surface to stand on") as told:
        placed(memory, finder=Nowhere(), background=given(memory, table_before_wall()))
    assert told.value.hint


def test_how_high_a_model_thinks_that_it_is_counts_for_more_than_its_shape(memory: Remembering) -> None:
    table = memory.assets.put(encode(table_before_wall(), Encoding(format="png")).data)
    (by_shape,) = placed(memory, background=table).pictures
    (asked,) = placed(memory, background=table, language="knowing").pictures
    (given,) = placed(memory, background=table, language="knowing", category="can").pictures
    sizes = [standing(memory, each["manifest"])["size"]["mm"] for each in (by_shape, asked, given)]
    assert sizes[1] == [180, 199, 220]
    assert sizes[2] == [88, 115, 170]
    assert sizes[0][0] < 180 < 220 < sizes[0][2]


def standing(memory: Remembering, manifest: str) -> dict[str, Any]:
    """The facts of the step `stand` in a receipt."""
    steps = json.loads(memory.assets.get(manifest))["steps"]
    return next(dict(step["facts"]) for step in steps if step["op"] == "stand")


def test_one_can_point_at_the_surface(memory: Remembering) -> None:
    picture = given(memory, table_before_wall())
    (one,) = placed(memory, background=picture, surface="200,380").pictures
    (step,) = (step for step in json.loads(memory.assets.get(one["manifest"]))["recipe"]["steps"] if "stand" in step)
    assert step["stand"]["point"] == [200, 380]


def test_a_painted_picture_with_nothing_to_stand_on_gives_way_to_the_set(memory: Remembering) -> None:
    (one,) = placed(memory, Wall(), Nowhere(), scene="a kitchen", painters=["wall"], otherwise="desk").pictures
    assert one["by"].startswith("set desk, ")
    assert [(each["painter"], each["error"]["code"]) for each in one["tried"]] == [("wall", "no-surface")] * 2


def test_what_was_painted_is_labelled_so_and_what_was_given_is_not(memory: Remembering) -> None:
    (painted,) = placed(memory, Wall(), scene="a kitchen", painters=["wall"]).pictures
    (own,) = placed(memory, background=given(memory, table_before_wall())).pictures
    said = [
        json.loads(memory.assets.get(one["manifest"]))["provenance"]["digital_source_type"].rpartition("/")[2]
        for one in (painted, own)
    ]
    assert said == ["compositeSynthetic", "composite"]


def test_a_product_that_did_not_stay_itself_is_a_failure_where_it_was_to(
    memory: Remembering, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(rgb: Rgb, alpha: Any) -> Rgb:
        return np.asarray(255 - rgb, np.uint8)

    monkeypatch.setattr("packshot.ops.harmonise.clean_edge", spoilt)
    with pytest.raises(ProductChanged, match="in 1:1 the product is not the photograph's") as told:
        placed(memory, background=given(memory, table_before_wall()))
    assert "--enhance" in told.value.hint


def test_the_variants_of_a_set_go_through_its_looks_and_then_through_seeds(memory: Remembering) -> None:
    from packshot.studio.sets import named

    looks = list(named("sweep").looks)
    done = placed(memory, set="sweep", variants=len(looks) + 1, longest=200)
    receipts = [json.loads(memory.assets.get(one["manifest"])) for one in done.pictures]
    assert [next(s["facts"]["look"] for s in each["steps"] if s["op"] == "scene") for each in receipts] == [
        *looks,
        looks[0],
    ]
    assert [each["seed"] for each in receipts] == [0] * len(looks) + [1]


def test_a_product_is_scaled_once_whatever_the_format(memory: Remembering) -> None:
    (one,) = placed(memory, set="sweep", formats=["9:16"]).pictures
    scales = [step["facts"]["scale"] for step in json.loads(memory.assets.get(one["manifest"]))["steps"]]
    assert [scale for scale in scales if scale != 1] == scales[-1:]


def test_a_set_that_nobody_knows_is_asked_about(memory: Remembering) -> None:
    with pytest.raises(UnknownName, match="dask") as told:
        placed(memory, set="dask")
    assert "desk" in told.value.hint


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"scene": "a", "set": "desk"},
        {"set": "desk", "formats": ["wide"]},
        {"set": "desk", "surface": "table"},
        {"scene": "a", "look": "oak"},
        {"scene": "a", "surface": "10,20"},
        {"scene": "a", "surface": "10,20,30"},
    ],
)
def test_a_request_that_cannot_be_is_refused(memory: Remembering, asked: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        placed(memory, **asked)


def test_a_format_is_width_to_height_and_the_longer_side_is_kept() -> None:
    assert [canvas_of(shape, 2000) for shape in ("1:1", "4:5", "9:16", "16:9")] == [
        (2000, 2000),
        (1600, 2000),
        (1125, 2000),
        (2000, 1125),
    ]


def test_the_drawing_in_the_docs_is_current() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "place-a-product.md"
    assert build().get_graph().draw_mermaid().strip() in page.read_text(encoding="utf-8")


KILLED = """
import os, signal, sys
from decimal import Decimal
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from test_placement import paying
paying(Path(sys.argv[1]), die_after=int(sys.argv[2]))
"""


def paying(folder: Path, die_after: int | None = None) -> Placement:
    """Four paid scenes; the process kills itself in the call after `die_after` of them were paid for."""
    from datetime import UTC, datetime

    from packshot.manifest import digest_of
    from packshot.ports import PaidCall

    url = URL.create("sqlite+pysqlite", database=str(folder / "packshot.db"))
    sessions = open_sessions(url)
    memory = Remembering(sessions, url, folder, FolderAssets(folder / "assets"))
    ledger = SqlLedger(sessions)

    class Paid(Wall):
        """A hosted painter: looks in the ledger, reserves, asks, settles. The provider's book is a file."""

        def paint(self, prompt: str, size: tuple[int, int], **rest: Any) -> Image:
            request = digest_of(f"{prompt} {size} {rest['seed']}".encode())
            answer = ledger.answer(request)
            if answer is None:
                call = PaidCall("fake", "wall", request, datetime.now(UTC), Decimal("0.04"))
                entry = ledger.reserve(call, Decimal("1"))
                book = folder / "provider"
                if die_after is not None and book.exists() and len(book.read_text().splitlines()) >= die_after:
                    os.kill(os.getpid(), signal.SIGKILL)
                with book.open("a") as file:
                    file.write(f"{rest['seed']}\n")
                answer = b"a table"
                ledger.settle(entry, call, answer)
            return table_before_wall(size)

    done = placed(memory, Paid(), scene="a kitchen", painters=["wall"], variants=4)
    sessions.close()
    return done


def test_a_placement_that_is_killed_in_the_middle_goes_on_and_pays_for_nothing_twice(tmp_path: Path) -> None:
    here = Path(__file__).resolve().parent
    words = [sys.executable, "-c", KILLED, str(tmp_path), "2", str(here), str(here.parent)]
    killed = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    paid_before = (tmp_path / "provider").read_text().splitlines()
    assert len(paid_before) >= 2
    done = paying(tmp_path)
    assert done.went_on
    assert [one["variant"] for one in done.pictures] == [1, 2, 3, 4]
    paid = (tmp_path / "provider").read_text().splitlines()
    assert sorted(paid) == ["0", "1", "2", "3"]
    assert all(each["by"] == "wall" for each in done.pictures)
