"""A product into places: side by side, with failures as facts, and nothing paid for twice."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from sqlalchemy import URL

from packshot.database.migrate import open_sessions
from packshot.errors import InputError, ModelUnavailable
from packshot.image import Image
from packshot.models.embedded import EmbeddedCutout
from packshot.plugins import offers
from packshot.ports import ModelCard
from packshot.services import Services
from packshot.settings import Settings
from packshot.storage.assets import FolderAssets
from packshot.storage.codec import decode
from packshot.storage.ledger import SqlLedger
from packshot.tasks.placements import Placement, Remembering, place
from packshot.testing import GivenModels
from packshot.workflows.placement import PlaceProduct, build, canvas_of

studio = pytest.mark.skipif("scene" not in offers("packshot.step"), reason="the virtual studio is not here")


class Wall:
    """Paints a wall in one colour."""

    card = ModelCard("wall", "1", "MIT", "A wall.", generative=True)

    def __init__(self, colour: tuple[int, int, int] = (90, 120, 150), broken: bool = False) -> None:
        self.colour = colour
        self.broken = broken
        self.prompts: list[str] = []

    def paint(
        self,
        prompt: str,
        size: tuple[int, int],
        *,
        like: Sequence[Image] = (),
        keep: Image | None = None,
        seed: int = 0,
    ) -> Image:
        self.prompts.append(prompt)
        if self.broken:
            raise ModelUnavailable("wall does not answer", hint="try later")
        return Image(np.full((size[1], size[0], 3), self.colour, np.uint8))


@pytest.fixture
def memory(tmp_path: Path) -> Any:
    url = URL.create("sqlite+pysqlite", database=str(tmp_path / "packshot.db"))
    sessions = open_sessions(url)
    yield Remembering(sessions, url, tmp_path, FolderAssets(tmp_path / "assets"))
    sessions.close()


def photo(memory: Remembering) -> str:
    """A dark box with a pale band on a light ground."""
    picture = np.full((350, 450, 3), 235, np.uint8)
    cv2.rectangle(picture, (140, 70), (310, 300), (110, 60, 40), -1)
    cv2.rectangle(picture, (140, 140), (310, 200), (160, 190, 200), -1)
    done, data = cv2.imencode(".png", cv2.GaussianBlur(picture, (0, 0), 1))
    assert done
    return memory.assets.put(data.tobytes())


def placed(memory: Remembering, painter: Any = None, **asked: Any) -> Placement:
    models = GivenModels(cutout=EmbeddedCutout(), painter=painter or {})
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


def test_every_picture_has_a_whole_receipt_and_a_certificate_that_holds(memory: Remembering) -> None:
    (one,) = placed(memory, Wall(), scene="a kitchen", painters=["wall"]).pictures
    manifest = json.loads(memory.assets.get(one["manifest"]))
    assert [step["op"] for step in manifest["steps"]] == ["cutout", "place", "shadow", "background"]
    assert manifest["source"]["digest"] == photo(memory)
    assert manifest["certificate"]["verdict"] not in ("altered", "unknown")
    assert one["by"] == "wall"


def test_a_painter_is_asked_for_a_place_without_a_product(memory: Remembering) -> None:
    wall = Wall()
    placed(memory, wall, scene="a kitchen", painters=["wall"], surface="table")
    assert wall.prompts[0].startswith("a kitchen. An empty table in the foreground")
    assert "no product" in wall.prompts[0]


def test_the_next_painter_takes_over_and_the_result_says_so(memory: Remembering) -> None:
    painters = {"first": Wall(broken=True), "second": Wall()}
    (one,) = placed(memory, painters, scene="a kitchen", painters=["first", "second"]).pictures
    assert one["by"] == "second"
    assert [(t["painter"], t["error"]["code"]) for t in one["tried"]] == [("first", "model-unavailable")]


@studio
def test_a_set_needs_no_painter(memory: Remembering) -> None:
    first, second = placed(memory, set="sweep", variants=2).pictures
    assert first["by"] == second["by"] == "set sweep"
    assert first["certificate"] not in ("altered", "unknown")


@studio
def test_where_no_painter_can_it_is_the_set_that_was_named(memory: Remembering) -> None:
    (one,) = placed(memory, Wall(broken=True), scene="a kitchen", painters=["wall"], otherwise="desk").pictures
    assert one["by"] == "set desk"
    assert one["tried"][0]["painter"] == "wall"


def test_where_no_set_was_named_it_is_a_failure_that_keeps_its_kind(memory: Remembering) -> None:
    with pytest.raises(ModelUnavailable, match="wall does not answer"):
        placed(memory, Wall(broken=True), scene="a kitchen", painters=["wall"], otherwise=None)


def test_one_place_that_cannot_be_costs_the_others_nothing(memory: Remembering) -> None:
    class Every(Wall):
        def paint(self, prompt: str, size: tuple[int, int], **rest: Any) -> Image:
            if rest["seed"] == 1:
                raise ModelUnavailable("not this one")
            return Image(np.full((size[1], size[0], 3), 90, np.uint8))

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


def test_a_given_picture_lies_behind_the_product(memory: Remembering) -> None:
    done, data = cv2.imencode(".png", np.full((200, 200, 3), (10, 200, 10), np.uint8))
    assert done
    (one,) = placed(memory, background=memory.assets.put(data.tobytes())).pictures
    corner = decode(memory.assets.get(one["asset"])).image.rgb[5, 5]
    assert abs(corner.astype(int) - (10, 200, 10)).max() < 12


@pytest.mark.parametrize("asked", [{}, {"scene": "a", "set": "desk"}, {"set": "desk", "formats": ["wide"]}])
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
                answer = bytes([90 + rest["seed"]] * 3)
                ledger.settle(entry, call, answer)
            return Image(np.full((size[1], size[0], 3), tuple(answer), np.uint8))

    done = placed(memory, Paid(), scene="a kitchen", painters=["wall"], variants=4)
    sessions.close()
    return done


def test_a_placement_that_is_killed_in_the_middle_goes_on_and_pays_for_nothing_twice(tmp_path: Path) -> None:
    here = Path(__file__).resolve().parent
    words = [sys.executable, "-c", KILLED, str(tmp_path), "2", str(here)]
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
