"""An end to patience with who is slow: uvicorn waits for ever for the head of a request, and for who does not read.

Nor does its parser in C mind how long a head is.

    uvicorn packshot.api.app:open_app --factory --http packshot.api.patience:Patient

A body that comes too slowly is ended where bodies are read (`bodies`).
"""

import asyncio
import struct
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Patient(HttpToolsProtocol):
    """A connection that is closed where no request comes, and cut where nobody takes the answer."""

    head_seconds: ClassVar[float] = 20.0  # from the connection, or the last answer, to the end of a request's head
    reading_seconds: ClassVar[float] = 30.0  # in which at least something of what waits to be sent must have gone
    longest_head: ClassVar[int] = 64 * 1024  # bytes that may come and be neither a whole head nor a body

    _useless: int = 0  # bytes since a head ended, or a piece of a body came
    _is_useful: bool = False
    _for_head: asyncio.TimerHandle | None = None
    _for_reader: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop(self._for_head, self._for_reader)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._is_useful = False
        super().data_received(data)
        self._useless = 0 if self._is_useful else self._useless + len(data)
        if self._useless > self.longest_head and not self.transport.is_closing():
            self.send_400_response("The head of this request is too long.")

    def on_headers_complete(self) -> None:
        self._stop(self._for_head)
        self._is_useful = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._is_useful = True
        super().on_body(body)

    def on_response_complete(self) -> None:
        self._await_head()
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._await_reader()

    def resume_writing(self) -> None:
        self._stop(self._for_reader)
        super().resume_writing()

    def _await_head(self) -> None:
        self._stop(self._for_head)
        self._for_head = self.loop.call_later(self.head_seconds, self.transport.close)

    def _await_reader(self) -> None:
        self._for_reader = self.loop.call_later(self.reading_seconds, self._look_at_reader, self._unread())

    def _look_at_reader(self, before: int) -> None:
        if self._unread() < before:
            self._await_reader()
        else:
            self.transport.abort()

    def _unread(self) -> int:
        """Bytes that the other side has not taken yet, those in the system's hands included where it tells."""
        line = self.transport.get_extra_info("socket")
        return self.transport.get_write_buffer_size() + (0 if line is None else queued(line.fileno()))

    def _stop(self, *timers: asyncio.TimerHandle | None) -> None:
        for timer in timers:
            if timer is not None:
                timer.cancel()


def queued(line: int) -> int:
    """Bytes that the system keeps for a connection; megabytes, which go for long while it takes no more from us."""
    try:
        import fcntl
        import termios
    except ModuleNotFoundError:
        return 0  # Windows
    try:
        count: int = struct.unpack("i", fcntl.ioctl(line, termios.TIOCOUTQ, bytes(4)))[0]
    except OSError:
        return 0
    return count
