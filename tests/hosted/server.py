"""A local HTTP server that answers as it is told, faults included, and remembers what it was asked.

    with Server(dialect) as server:
        server.replies(Reply(status=429), Reply(hangs=True))  # then as the dialect answers

A dialect is a module beside this one: it reads a request as the provider does, refuses one that the provider would
refuse, and writes the answer in the provider's wire format.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

CHUNK = 64 * 1024


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """One answer, or the lack of one."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False  # says nothing until the server closes
    cut: bool = False  # promises twice as much as it sends, and hangs up
    drips: bool = False  # a byte now and then, for ever
    endless: bool = False  # as fast as it can, for ever

    @classmethod
    def of(cls, content: Any, status: int = 200, **headers: str) -> "Reply":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(json.dumps(content).encode(), status, {"content-type": "application/json", **named})


Dialect = Callable[[Asked], Reply]


class Server:
    """Listens on a free port of this machine until it is closed."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        self._replies: list[Reply | Dialect] = []
        self._always: Reply | None = None
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def replies(self, *replies: Reply) -> None:
        """Answer the next requests with these, one each, and those after as the dialect does."""
        self._replies = list(replies)

    def always(self, reply: Reply) -> None:
        self._always = reply

    def answer(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            if self._always is not None:
                return self._always
            planned = self._replies.pop(0) if self._replies else self.dialect
        return planned if isinstance(planned, Reply) else planned(asked)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.answer(Asked("POST", self.path, headers, body))
            try:
                self._send(reply)
            except OSError:
                self.close_connection = True  # whoever asked has had enough

        do_GET = do_POST  # noqa: N815 - the name is http.server's

        def _send(self, reply: Reply) -> None:
            if reply.hangs:
                server.closing.wait(10)
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.drips or reply.endless:
                self.close_connection = True
                self.send_header("connection", "close")
                self.end_headers()
                while not server.closing.wait(0.02 if reply.drips else 0):
                    self.wfile.write(b" " if reply.drips else bytes(CHUNK))
                return
            length = len(reply.body) * 2 + 64 if reply.cut else len(reply.body)
            self.send_header("content-length", str(length))
            self.end_headers()
            self.wfile.write(reply.body)
            if reply.cut:
                self.wfile.flush()
                self.close_connection = True

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return Handler
