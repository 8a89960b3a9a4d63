"""Links between pages lead somewhere, to the heading too."""

import re
from pathlib import Path

import pytest
from pages import ROOT, name_of, pages

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    lost = [link for link in _LINK.findall(text) if not leads_somewhere(link, page)]
    assert not lost


def leads_somewhere(link: str, page: Path) -> bool:
    if link.startswith(("https://", "mailto:")):
        return True
    name, _, heading = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not heading or heading in anchors(target)


def anchors(page: Path) -> set[str]:
    """What headings are called in links: lower case, dashes for spaces, other signs left out."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_can_be_reached_from_the_index() -> None:
    index, reached = ROOT / "docs" / "index.md", set()
    waiting = [index]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        links = _LINK.findall(page.read_text(encoding="utf-8"))
        waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links if not link.startswith("http")]
    assert {page for page in pages() if "docs" in name_of(page)} <= reached
