"""How much is done at once: so many pictures side by side, so many requests waiting, and no more."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from packshot.errors import Busy


class Turns:
    """Used from one event loop. A place is taken before a body is read, so that bodies do not pile up either."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="picture")
        self._most = at_once + waiting
        self._taken = 0

    def take(self) -> "Place":
        """Raises Busy where all places are taken."""
        if self._taken >= self._most:
            raise Busy(
                f"{self._taken} pictures are under way, and no more are taken at once", hint="ask again in a moment"
            )
        self._taken += 1
        return Place(self)

    def _give_back(self) -> None:
        self._taken -= 1

    def _submit(self, work: Callable[[], Any]) -> "Future[Any]":
        return self._threads.submit(work)


class Place:
    """One of the places. It is free again when the work in it has ended, whoever still listens."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._free = False

    def leave(self) -> None:
        if not self._free:
            self._free = True
            self._turns._give_back()

    def work(self, work: Callable[[], None]) -> "Future[Any]":
        loop = asyncio.get_running_loop()
        future = self._turns._submit(work)

        def ended(_: "Future[Any]") -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self.leave)

        future.add_done_callback(ended)
        return future
