"""Waiting for jobs: one look into the database for all who wait, five times a second.

watcher = Watcher(store)
number = await watcher.changed(job, number, timeout=15)
"""

import asyncio
import contextlib
from typing import Final

from starlette.concurrency import run_in_threadpool

from packshot.errors import DatabaseUnavailable
from packshot.jobs.store import JobStore
from packshot.jobs.values import JobState

TICK: Final = 0.2  # seconds between two looks


class Watcher:
    """Used from one event loop. It looks only while somebody waits."""

    def __init__(self, store: JobStore, tick: float = TICK) -> None:
        self._store = store
        self._tick = tick
        self._waiting: dict[asyncio.Future[int], tuple[str, int]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def changed(self, job: str, seen: int, timeout: float) -> int:
        """The number of the job's last event once it is over `seen`; `seen` where nothing happened in time."""
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[future] = (job, seen)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            return seen
        finally:
            self._waiting.pop(future, None)

    async def ended(self, job: str, seconds: float) -> JobState:
        """The job once it is over or asks a person, or as it stands when the time is up."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while True:
            state = await run_in_threadpool(self._store.state, job)
            left = until - loop.time()
            if state.is_at_rest or left <= 0:
                return state
            await self.changed(job, state.events, left)

    async def _look(self) -> None:
        while self._waiting:
            jobs = list({job for job, _ in self._waiting.values()})
            marks: dict[str, int] = {}
            with contextlib.suppress(DatabaseUnavailable):  # who waits will hear of it when they ask themselves
                marks = await run_in_threadpool(self._store.marks, jobs)
            for future, (job, seen) in list(self._waiting.items()):
                if marks.get(job, 0) > seen and not future.done():
                    future.set_result(marks[job])
            await asyncio.sleep(self._tick)
