"""Fetching from an address: a server of our own with every fault that we know of."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from listening import listening
from packshot.errors import FetchFailed, FetchRefused, ForbiddenUrl
from packshot.settings import Fetch, Settings
from packshot.storage.addresses import Rules, checked_url, is_public
from packshot.storage.fetch import Edition, fetch
from packshot.storage.photographs import fetched

BODY = bytes(range(256)) * 1000
DATE = "Sat, 28 Nov 2026 12:00:00 GMT"
HERE = Rules(max_bytes=1_000_000, timeout=1.0, allow_http=True, allow_private=True)


@dataclass
class Server:
    """Answers each path with the fault that it names, and remembers what it was asked."""

    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    etag: str = '"one"'
    body: bytes = BODY

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.strip("/").partition("?")[0]
            state.asked.append((path, self.headers.get("Range", "")))
            getattr(self, f"_{path}")()

        def _start(self, status: int = 200, kind: str = "application/octet-stream", **headers: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()

        def _file(self) -> None:
            wanted, begin = self.headers.get("Range", ""), 0
            if wanted and self.headers.get("If-Range") == state.etag:
                begin = int(wanted.removeprefix("bytes=").removesuffix("-"))
            more = {"Content_Range": f"bytes {begin}-{len(BODY) - 1}/{len(BODY)}"} if begin else {}
            self._start(206 if begin else 200, Content_Length=str(len(BODY) - begin), ETag=state.etag, **more)
            self.wfile.write(state.body[begin:])

        def _cut(self) -> None:
            self._start(Content_Length=str(len(BODY)), ETag=state.etag)
            self.wfile.write(BODY[:100_000])
            self.wfile.flush()
            self.connection.close()

        def _then(self) -> None:
            """Cut off at first, whole when asked again."""
            self._file() if self.headers.get("Range") else self._cut()

        def _silent(self) -> None:
            self._start(Content_Length="100")
            self.wfile.flush()
            time.sleep(3)

        def _drip(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for number in range(16):
                self.wfile.write(f"X-{number}: a\r\n".encode())
                self.wfile.flush()
                time.sleep(0.2)

        def _nothing(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-1: a\r\n")
            self.wfile.flush()
            self.connection.close()

        def _slow(self) -> None:
            self._start(Content_Length=str(len(BODY)))
            for _ in range(40):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.1)

        def _huge(self) -> None:
            self._start(Content_Length="9999999999")

        def _endless(self) -> None:
            self._start()
            for _ in range(40):
                self.wfile.write(b"x" * 65536)

        def _page(self) -> None:
            self._start(kind="text/html; charset=utf-8")
            self.wfile.write(b"<html>sign in</html>")

        def _disguised(self) -> None:
            self._start(Content_Length="40")
            self.wfile.write(b"  <!DOCTYPE html><html>sign in</html>   ")

        def _says(self) -> None:
            status, _, wait = self.path.partition("?")[2].partition("&")
            self._start(int(status), **({"Retry_After": wait} if wait else {}))

        def _edition(self) -> None:
            known = (self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since"))
            if state.etag in known:
                self._start(304, ETag=state.etag)
                return
            self._start(Content_Length=str(len(state.body)), ETag=state.etag)
            self.wfile.write(state.body)

        def _dated(self) -> None:
            if self.headers.get("If-Modified-Since") == DATE:
                self._start(304)
                return
            self._start(Content_Length=str(len(BODY)), Last_Modified=DATE, ETag="x" * 4000)
            self.wfile.write(BODY)

        def _unasked(self) -> None:
            self._start(304)

        def _away(self) -> None:
            self._start(302, Location="/file")

        def _round(self) -> None:
            self._start(302, Location="/round")

        def _sent(self) -> None:
            self._start(302, Location=self.path.partition("?")[2])

        def _nowhere(self) -> None:
            self._start(302)

        def _local(self) -> None:
            self._start(302, Location="file:///etc/passwd")

    with listening(Handler) as state.port:
        yield state


def test_a_file_comes_whole_and_tells_how_far_it_is(server: Server, tmp_path: Path) -> None:
    part, told = tmp_path / ".file.part", []
    fetch(server.url("file?key=secret"), part, HERE, lambda done, total: told.append((done, total)))

    assert part.read_bytes() == BODY
    assert told[-1] == (len(BODY), len(BODY))
    assert [path.name for path in tmp_path.iterdir()] == [".file.part"]


def test_what_was_cut_off_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    part = tmp_path / ".file.part"
    with pytest.raises(FetchFailed, match="cut off") as caught:
        fetch(server.url("then"), part, HERE)
    assert "goes on where it stopped" in caught.value.hint
    kept = part.stat().st_size
    assert 0 < kept <= 100_000

    fetch(server.url("then"), part, HERE)
    assert part.read_bytes() == BODY
    assert server.asked[-1] == ("then", f"bytes={kept}-")


def test_a_file_that_has_changed_meanwhile_is_begun_anew(server: Server, tmp_path: Path) -> None:
    part = tmp_path / ".file.part"
    with pytest.raises(FetchFailed):
        fetch(server.url("then"), part, HERE)
    server.etag, server.body = '"two"', BODY[::-1]

    fetch(server.url("then"), part, HERE)
    assert part.read_bytes() == BODY[::-1]


def test_the_rest_of_another_address_is_not_appended(server: Server, tmp_path: Path) -> None:
    part = tmp_path / ".file.part"
    with pytest.raises(FetchFailed):
        fetch(server.url("cut"), part, HERE)
    fetch(server.url("file"), part, HERE)

    assert part.read_bytes() == BODY
    assert server.asked[-1] == ("file", "")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("silent", "did not answer in 1 s"),
        ("drip", "did not answer in 1 s"),
        ("nothing", "was cut off after 0 bytes"),
        ("slow", "comes too slowly"),
        ("page", "lies a page, and no file"),
        ("disguised", "lies a page, and no file"),
        ("round", "sends us on more than 5 times"),
        ("nowhere", "sends us on to nowhere"),
    ],
)
def test_what_does_not_come_is_a_typed_error_in_time(server: Server, tmp_path: Path, path: str, said: str) -> None:
    with pytest.raises(FetchFailed, match=said):
        fetch(server.url(path), tmp_path / ".part", HERE)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "answers with 400"),
        (401, "wants to know who asks"),
        (403, "does not give it to us"),
        (404, "has no such file"),
        (410, "has no such file any more"),
        (451, "answers with 451"),
        (204, "answers with 204"),
    ],
)
def test_what_will_not_come_is_not_worth_trying_again(server: Server, tmp_path: Path, status: int, said: str) -> None:
    with pytest.raises(FetchRefused, match=said) as caught:
        fetch(server.url(f"says?{status}"), tmp_path / ".part", HERE)
    assert (caught.value.retryable, caught.value.retry_after) == (False, None)


@pytest.mark.parametrize("path", ["page", "disguised", "round", "nowhere", "unasked"])
def test_nor_is_what_is_no_file(server: Server, tmp_path: Path, path: str) -> None:
    with pytest.raises(FetchRefused):
        fetch(server.url(path), tmp_path / ".part", HERE)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("500", None),
        ("502", None),
        ("504&7", None),
        ("408", None),
        ("429&7", 7),
        ("503&7", 7),
        ("429", 30),
        ("503&soon", 30),
        ("429&999999999", 86400),
    ],
)
def test_what_may_come_later_says_when(server: Server, tmp_path: Path, said: str, wait: float | None) -> None:
    with pytest.raises(FetchFailed) as caught:
        fetch(server.url(f"says?{said}"), tmp_path / ".part", HERE)
    assert (caught.value.retryable, caught.value.retry_after) == (True, wait)
    assert not list(tmp_path.iterdir())


def test_an_edition_that_is_known_is_not_sent_again(server: Server, tmp_path: Path) -> None:
    part = tmp_path / ".part"
    edition = fetch(server.url("edition"), part, HERE)
    assert edition == Edition(etag='"one"')
    part.unlink()
    assert fetch(server.url("edition"), part, HERE, known=edition) is None
    assert not part.exists()

    server.etag, server.body = '"two"', BODY[:1000]
    assert fetch(server.url("edition"), part, HERE, known=edition) == Edition(etag='"two"')
    assert part.read_bytes() == BODY[:1000]


def test_a_date_tells_editions_too_and_an_endless_mark_is_not_kept(server: Server, tmp_path: Path) -> None:
    edition = fetch(server.url("dated"), tmp_path / ".part", HERE)
    assert edition == Edition(modified=DATE)
    assert fetch(server.url("dated"), tmp_path / ".part", HERE, known=edition) is None


def test_a_photograph_that_comes_steadily_and_never_ends_is_given_up_in_time(server: Server) -> None:
    settings = Settings(fetch=Fetch(allow_private=True, timeout=5, max_seconds=0.3))
    with pytest.raises(FetchFailed, match="did not come whole"):
        fetched(server.url("slow"), settings)


@pytest.mark.parametrize("path", ["huge", "endless"])
def test_too_much_is_refused_before_it_is_here(server: Server, tmp_path: Path, path: str) -> None:
    with pytest.raises(ForbiddenUrl, match="at most 1 MB are fetched") as caught:
        fetch(server.url(path), tmp_path / ".part", HERE)
    assert "MAX_MEGABYTES" in caught.value.hint
    part = tmp_path / ".part"
    assert not part.exists() or part.stat().st_size <= HERE.max_bytes


def test_being_sent_on_is_followed_and_judged_anew(server: Server, tmp_path: Path) -> None:
    fetch(server.url("away"), tmp_path / ".part", HERE)
    assert (tmp_path / ".part").read_bytes() == BODY
    with pytest.raises(ForbiddenUrl, match="no address on the web"):
        fetch(server.url("local"), tmp_path / ".other", HERE)


@pytest.mark.parametrize(
    "inside",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/latest/meta-data/",
        "//169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://10.0.0.1/",
    ],
)
def test_being_sent_to_a_private_address_is_refused(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    # Our server lies at a private address itself; here it is taken for a public one, and only it.
    import packshot.storage.addresses as addresses

    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1" or is_public(address))
    rules = Rules(max_bytes=1_000_000, timeout=1.0, allow_http=True)
    with pytest.raises(ForbiddenUrl, match="is an address of this machine"):
        fetch(server.url(f"sent?{inside}"), tmp_path / ".part", rules)
    assert [path for path, _ in server.asked] == ["sent"]


def test_private_addresses_and_plain_http_need_to_be_allowed(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ForbiddenUrl, match="not encrypted"):
        fetch(server.url("file"), tmp_path / ".part", Rules(max_bytes=1000))
    with pytest.raises(ForbiddenUrl, match="this machine or of its own network"):
        fetch(server.url("file"), tmp_path / ".part", Rules(max_bytes=1000, allow_http=True))
    assert server.asked == []


def test_a_name_is_looked_up_once_and_the_connection_goes_there(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = []

    def look_up(host: str, *more: object, **named: object) -> list[tuple[object, ...]]:
        looked_up.append(host)
        if host == "127.0.0.1":  # what the pinned connection asks for is a number already
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
        assert looked_up.count(host) == 1, "the second answer could be another one"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    fetch(f"http://weights.example:{server.port}/file", tmp_path / ".part", HERE)
    assert (tmp_path / ".part").read_bytes() == BODY


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a",
        "file:///etc/passwd",
        "https://",
        "https:///a",
        "nonsense",
        "https://user:secret@example.com/a",
        "https://example.com:99999/a",
        "https://example.com/a\nHost: b",
        "https://[::1",
    ],
)
def test_what_is_no_address_is_not_asked_and_no_secret_is_told(url: str) -> None:
    with pytest.raises(ForbiddenUrl) as caught:
        checked_url(url, HERE)
    assert "secret" not in str(caught.value)


# Each spells an address that is not everybody's: of this machine, its network, a cloud's own services, or of nobody.
INSIDE = [
    "http://127.0.0.1/",
    "http://127.0.0.1:80/",
    "http://127.255.255.254/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://127.000.000.001/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://0/",
    "http://0.0.0.0/",
    "http://0.1.2.3/",
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://167772161/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://0xc0a80001/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://0xa9.0xfe.0xa9.0xfe/",
    "http://169.254.170.2/v2/credentials",
    "http://168.63.129.16/metadata",
    "http://100.64.0.1/",
    "http://100.100.100.200/latest/meta-data/",
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[100::1]/",
    "http://[2001:db8::1]/",
]


@pytest.mark.parametrize("url", [*INSIDE, "http://shop.localhost/", "http://localhost./"])
def test_what_is_plainly_inside_is_refused_without_a_look_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = socket.getaddrinfo

    def numbers_only(*asked: Any, **named: Any) -> Any:
        assert named["flags"] & socket.AI_NUMERICHOST
        return ask(*asked, **named)

    monkeypatch.setattr(socket, "getaddrinfo", numbers_only)
    with pytest.raises(ForbiddenUrl, match="of its own network"):
        checked_url(url, Rules(max_bytes=1000, allow_http=True))
    checked_url("https://shop.example/", Rules(max_bytes=1000))


@pytest.mark.parametrize("url", INSIDE)
def test_no_spelling_of_an_address_inside_is_asked(tmp_path: Path, url: str) -> None:
    with pytest.raises(ForbiddenUrl) as caught:
        fetch(url, tmp_path / ".part", Rules(max_bytes=1000, timeout=1.0, allow_http=True))
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address",
    [
        "fe80::1%eth0",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "168.63.129.16",
        "::ffff:168.63.129.16",
        "3fff::1",
    ],
)
def test_addresses_of_our_own_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "140.82.121.4", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_of_everybody_are_public(address: str) -> None:
    assert is_public(address)
