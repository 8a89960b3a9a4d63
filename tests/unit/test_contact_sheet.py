"""The page is safe whatever files are called, and shows first what a person should look at."""

from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image as Pillow

from packshot.image import Image
from packshot.storage.folder import write_whole
from packshot.tasks.contact_sheet import Entry, entry_of, stands_of, thumbnail, thumbnail_path, write_sheet
from packshot.tasks.order import PictureResult, Planned
from packshot.tasks.story import Chapter

HOSTILE = "<img src=x onerror=alert(1)>&\"quoted\" 'n' 100%#?.jpg"


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.images_without_words = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.links += [value for name in ("href", "src") if (value := found.get(name))]
        self.images_without_words += tag == "img" and not found.get("alt")


def grey(level: int, size: tuple[int, int] = (60, 40)) -> Image:
    return Image(np.full((size[1], size[0], 3), level, np.uint8))


def sheet(out: Path, *entries: Entry) -> tuple[str, Links]:
    for entry in entries:
        for which in ("before", "after"):
            write_whole(thumbnail_path(out, entry.output, which), thumbnail(grey(90), 480))
        if entry.link is not None:
            write_whole(entry.link, b"the finished picture")
    page = write_sheet(out, entries, title="marketplace-white", summary="two pictures").read_text()
    links = Links()
    links.feed(page)
    return page, links


def entry(out: Path, name: str, *, urgent: bool = False, notes: tuple[str, ...] = ()) -> Entry:
    output = out / name
    return Entry(name, output, "Done", urgent, link=output, confidence=0.9, score=80, score_before=60, notes=notes)


def test_a_hostile_name_is_only_ever_text(tmp_path: Path) -> None:
    page, links = sheet(tmp_path, entry(tmp_path, HOSTILE.replace("/", "")))
    assert "<img src=x" not in page
    assert "script" not in links.tags
    assert links.tags.count("img") == 2


def test_every_link_leads_to_a_file_beside_the_page(tmp_path: Path) -> None:
    _, links = sheet(tmp_path, entry(tmp_path, HOSTILE), entry(tmp_path, "a:b.jpg"), entry(tmp_path, "sub/ö 1.jpg"))
    assert len(links.links) == 9
    for link in links.links:
        assert link.startswith("./")
        assert (tmp_path / unquote(link)).is_file()


def test_what_to_look_at_comes_first_with_its_reasons(tmp_path: Path) -> None:
    doubtful = entry(tmp_path, "b.jpg", urgent=True, notes=("the product touches the frame",))
    page, _ = sheet(tmp_path, entry(tmp_path, "a.jpg"), doubtful)
    assert page.index("b.jpg</h3>") < page.index("the product touches the frame") < page.index("a.jpg</h3>")


def test_every_picture_has_words_for_who_cannot_see_it(tmp_path: Path) -> None:
    _, links = sheet(tmp_path, entry(tmp_path, "a.jpg"), entry(tmp_path, "b.jpg"))
    assert links.images_without_words == 0


def test_a_picture_that_was_not_made_is_said_to_be_missing(tmp_path: Path) -> None:
    page = write_sheet(
        tmp_path, [Entry("a.jpg", tmp_path / "a.jpg", "Failed", True)], title="x", summary=""
    ).read_text()
    assert "<img" not in page


def test_somebody_elses_page_is_left_alone_and_ours_is_renewed(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("my shop")
    page = write_sheet(tmp_path, [], title="x", summary="")
    assert page.name == "contact-sheet.html"
    assert (tmp_path / "index.html").read_text() == "my shop"
    (tmp_path / "index.html").unlink()
    write_sheet(tmp_path, [], title="first", summary="")
    assert "second" in write_sheet(tmp_path, [], title="second", summary="").read_text()


def test_the_overview_is_a_picture_of_all(tmp_path: Path) -> None:
    sheet(tmp_path, *(entry(tmp_path, f"{number}.jpg") for number in range(9)))
    with Pillow.open(tmp_path / "contact-sheet.jpg") as overview:
        assert overview.width > 1500
        assert overview.height > 600


@pytest.mark.parametrize("size", [(1, 1), (5000, 3), (3, 5000), (480, 480), (4000, 3000)])
def test_a_thumbnail_keeps_the_shape_and_the_limit(size: tuple[int, int]) -> None:
    with Pillow.open(BytesIO(thumbnail(grey(120, size), 480))) as small:
        assert max(small.size) == min(480, max(size))
        assert (
            small.width / small.height == pytest.approx(size[0] / size[1], rel=0.01)
            or 1 in small.size
            or 3 in small.size
        )


def test_what_is_transparent_shows_a_checkerboard() -> None:
    alpha = np.zeros((240, 240), np.uint8)
    alpha[100:140, 100:140] = 255
    with Pillow.open(BytesIO(thumbnail(grey(0, (240, 240)).with_(alpha=alpha), 480))) as small:
        pixels = np.asarray(small.convert("L"))
    assert pixels[120, 120] < 20
    assert abs(int(pixels[6, 6]) - int(pixels[6, 18])) > 15


def test_a_card_says_whether_the_marketplace_takes_the_picture(tmp_path: Path) -> None:
    passing = replace(entry(tmp_path, "a.jpg"), stands=("Walmart <b>", "warn"))
    failing = replace(entry(tmp_path, "b.jpg"), stands=("Walmart", "fail"))
    page, _ = sheet(tmp_path, passing, failing)
    assert "<dt>Walmart &lt;b&gt;</dt><dd>passes, with warnings</dd>" in page
    assert "<dt>Walmart</dt><dd><strong>fails</strong></dd>" in page


def test_what_a_marketplace_would_refuse_comes_first_with_the_reason(tmp_path: Path) -> None:
    planned = Planned(tmp_path / "mug.jpg", tmp_path / "out" / "mug.jpg")
    said = {"title": "Walmart", "status": "fail"}
    result = PictureResult(planned.source, planned.output, "done", verdict="sure", confidence=0.9, marketplace=said)
    told = entry_of(result, planned)
    assert told.urgent
    assert told.label == "Please look"
    assert told.notes == ("Walmart would refuse it; what it minds is told below",)
    assert not entry_of(replace(result, marketplace={**said, "status": "warn"}), planned).urgent


@pytest.mark.parametrize("said", [None, {}, {"title": 3, "status": "fail"}, {"title": "x", "status": ["fail"]}])
def test_what_a_receipt_says_of_a_marketplace_is_not_believed_to_be_well_formed(said: dict[str, object] | None) -> None:
    assert stands_of(said) is None


def test_an_answer_is_folded_under_its_question_and_is_only_text(tmp_path: Path) -> None:
    why = Chapter("Why this score?", ("90%: <b>sharp</b>",))
    page, links = sheet(tmp_path, replace(entry(tmp_path, "a.jpg"), story=(why,)))
    assert "<summary>Why this score?</summary>" in page
    assert "90%: &lt;b&gt;sharp&lt;/b&gt;" in page
    assert "b" not in links.tags
