"""Not too many calls at once, not too many a minute, and none to a provider that is down."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from packshot.errors import ModelUnavailable, RateLimited


class Clock(Protocol):
    """Time and chance; a test gives ones that it can foresee."""

    def now(self) -> float: ...  # seconds, from anywhere

    def sleep(self, seconds: float) -> None: ...

    def chance(self) -> float: ...  # 0..1


class RealClock:
    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def chance(self) -> float:
        return random.random()


class Pace:
    """At most `at_once` calls in flight, begun at least 60 / `per_minute` seconds apart after a first handful.

    A handful is `at_once` calls: so many may begin together, then the pace holds.
    """

    def __init__(self, provider: str, at_once: int, per_minute: float, clock: Clock) -> None:
        self._provider = provider
        self._clock = clock
        self._places = threading.Semaphore(at_once)
        self._apart = 60 / per_minute
        self._ahead = (at_once - 1) * self._apart
        self._next = float("-inf")  # when the next call may begin if there were no handful
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, until: float) -> Iterator[None]:
        """Wait for one's turn, and have it. Raises RateLimited where it would not come `until` then."""
        if not self._places.acquire(timeout=max(0.0, until - self._clock.now())):
            raise self._too_late(None)
        try:
            self._wait(until)
            yield
        finally:
            self._places.release()

    def _wait(self, until: float) -> None:
        with self._lock:
            now = self._clock.now()
            due = max(self._next, now)
            wait = due - self._ahead - now
            if now + wait > until:
                raise self._too_late(wait)
            self._next = due + self._apart
        if wait > 0:
            self._clock.sleep(wait)

    def _too_late(self, wait: float | None) -> RateLimited:
        name = self._provider.upper()
        return RateLimited(
            f"our own limit for {self._provider} leaves no room in time",
            hint=f"raise PACKSHOT_{name}__PER_MINUTE or PACKSHOT_{name}__AT_ONCE as far as {self._provider} allows",
            retry_after=wait,
        )


class Breaker:
    """After `failures` in a row a provider is left alone for `rest` seconds; then one call may try."""

    def __init__(self, provider: str, failures: int, rest: float, clock: Clock) -> None:
        self._provider = provider
        self._most = failures
        self._rest = rest
        self._clock = clock
        self._failures = 0
        self._closed_until = float("-inf")
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises ModelUnavailable while the provider is left alone."""
        with self._lock:
            left = self._closed_until - self._clock.now()
            if self._failures >= self._most:
                if left > 0:
                    raise ModelUnavailable(
                        f"{self._provider} has failed {self._failures} times in a row and is left alone"
                        f" for another {left:.0f} s",
                        hint="try again then, or name another model",
                    )
                self._closed_until = self._clock.now() + self._rest  # this call tries; the others wait for it

    def works(self) -> None:
        with self._lock:
            self._failures = 0

    def fails(self) -> None:
        with self._lock:
            self._failures += 1
            self._closed_until = self._clock.now() + self._rest
