"""Links that end, and that nobody else can make."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from packshot.errors import NotFound
from packshot.storage.links import Links, secret_in

ASSET = "sha256:" + "ab" * 32
LINKS = Links(b"a secret", "https://img.example/")


def parts(url: str) -> tuple[str, int, str]:
    """The digits of the asset, until when, and the signature."""
    found = urlsplit(url)
    asked = parse_qs(found.query)
    return found.path.split("/")[2], int(asked["until"][0]), asked["signature"][0]


def test_a_link_is_good_until_its_end() -> None:
    url = LINKS.to(ASSET, "mug front.jpg", 1000)
    assert url.startswith(f"https://img.example/files/{'ab' * 32}/mug%20front.jpg?until=1000&signature=")
    digits, until, signature = parts(url)
    LINKS.check(digits, "mug front.jpg", until, signature, 999.9)
    with pytest.raises(NotFound, match="ended"):
        LINKS.check(digits, "mug front.jpg", until, signature, 1000)


def test_a_public_link_has_no_end() -> None:
    _, until, signature = parts(LINKS.to(ASSET, "mug.jpg"))
    LINKS.check(ASSET, "mug.jpg", until, signature, 1e12)


@pytest.mark.parametrize(
    ("asset", "name", "until", "signature"),
    [
        ("sha256:" + "ac" * 32, "mug.jpg", 1000, None),
        (ASSET, "mug.html", 1000, None),
        (ASSET, "mug.jpg", 2000, None),
        (ASSET, "mug.jpg", 0, None),
        (ASSET, "mug.jpg", 1000, ""),
        (ASSET, "mug.jpg", 1000, "ä"),
    ],
)
def test_nothing_in_a_link_can_be_changed(asset: str, name: str, until: int, signature: str | None) -> None:
    good = parts(LINKS.to(ASSET, "mug.jpg", 1000))[2]
    with pytest.raises(NotFound, match="no link of ours"):
        LINKS.check(asset, name, until, good if signature is None else signature, 0)


def test_another_secret_ends_all_links() -> None:
    _, until, signature = parts(LINKS.to(ASSET, "mug.jpg"))
    with pytest.raises(NotFound):
        Links(b"another", "https://img.example").check(ASSET, "mug.jpg", until, signature, 0)


def test_the_secret_is_made_once_and_is_only_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "state" / "links.key"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: secret_in(path), range(16)))
    assert len(found) == 1
    assert len(found.pop()) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["links.key"]
