"""A page of another site that lets a name of its own point at this machine gets nothing (DNS rebinding)."""

import asyncio
from typing import Any

import pytest

from packshot.api.app import create_app
from packshot.api.hosts import Hosts
from packshot.settings import Service, Settings
from packshot.wiring import open_services
from served import served


def status(host: str, server: str, hosts: str = "") -> int:
    """Of a request under a name to a service that listens at an address."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    said: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            said.append(message["status"])

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "server": (server, 8000),
        "headers": [(b"host", host.encode())],
    }
    asyncio.run(Hosts(app, hosts)(scope, receive, send))
    return said[0]


@pytest.mark.parametrize(
    ("host", "server", "hosts", "wanted"),
    [
        ("localhost:8000", "127.0.0.1", "", 200),
        ("127.0.0.1:8000", "127.0.0.1", "", 200),
        ("127.1.2.3", "127.0.0.1", "", 200),
        ("[::1]:8000", "::1", "", 200),
        ("evil.example:8000", "127.0.0.1", "", 403),
        ("", "127.0.0.1", "", 403),
        ("localhost.evil.example", "::1", "", 403),
        ("shop.example", "127.0.0.1", "shop.example, other.example", 200),
        ("evil.example", "127.0.0.1", "shop.example", 403),
        ("anything.example", "127.0.0.1", "*", 200),
        ("shop.example", "10.0.0.7", "", 200),
        ("evil.example", "10.0.0.7", "shop.example", 403),
        ("Shop.Example:443", "10.0.0.7", "shop.example", 200),
    ],
)
def test_who_calls_it_by_another_name_is_sent_away(host: str, server: str, hosts: str, wanted: int) -> None:
    assert status(host, server, hosts) == wanted


def test_a_real_service_says_how_to_let_a_name_in() -> None:
    services = open_services(Settings(service=Service(hosts="shop.example")))
    with served(create_app(services)) as client:
        assert client.get("/health").status_code == 200
        assert client.get("/health", headers={"host": "shop.example"}).status_code == 200
        sent_away = client.get("/health", headers={"host": "evil.example"})
    assert sent_away.status_code == 403
    assert "PACKSHOT_SERVICE__HOSTS" in sent_away.json()["hint"]
