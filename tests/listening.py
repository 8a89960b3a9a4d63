"""A small HTTP server of a test's own: a handler, a free port, a thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """Its port, until it is left. It logs nothing."""

    class Quiet(handler):  # type: ignore[misc, valid-type]
        def log_message(self, *said: object) -> None:
            """Nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    running.handle_error = lambda *said: None  # type: ignore[method-assign]  # who hangs up on us is no news
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield running.server_port
    finally:
        running.shutdown()
        running.server_close()
        thread.join()
