"""The way to one provider, and the one place where calls are tried again."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

from packshot.errors import PackshotError
from packshot.models.hosted.failure import Failure, failure_in, nonsense
from packshot.models.hosted.pace import Breaker, Clock, Pace, RealClock
from packshot.providers import Hosted, Provider

T = TypeVar("T")

FIRST_WAIT = 1.0  # seconds; doubled from try to try
LONGEST_WAIT = 30.0  # seconds, where the provider does not say


class Line:
    """Shared by all models of a provider, for they share its limits. Safe to use from several threads."""

    def __init__(self, provider: str, settings: Provider, hosted: Hosted, clock: Clock | None = None) -> None:
        self.provider = provider
        self.clock = clock or RealClock()
        self._seconds = settings.seconds
        self._hosted = hosted
        self._key = settings.key
        self._pace = Pace(provider, settings.at_once, settings.per_minute, self.clock)
        self._breaker = Breaker(provider, hosted.failures, hosted.rest_seconds, self.clock)

    @cached_property
    def guard(self) -> Any:
        """A guard.Guard. Imported only now: models are listed also where no HTTP library is installed."""
        from packshot.models.hosted.guard import Guard

        key = self._key.get_secret_value() if self._key else ""
        return Guard(self.provider, self._hosted.max_megabytes, self.clock, key)

    def call(self, attempt: Callable[[], T]) -> T:
        """What `attempt` gives, tried as often and as long as the settings say. Raises ModelError.

        `attempt` asks through `once`. Before another try it waits as long as the provider says, else twice as long as
        before and by chance up to half less, so that many do not come back at the same moment.
        """
        until = self.clock.now() + self._hosted.seconds
        for number in range(1, self._hosted.attempts + 1):
            self._breaker.check()
            try:
                with self._pace.turn(until):
                    answer = attempt()
            except Failure as failure:
                if failure.broken:
                    self._breaker.fails()
                wait = self._wait(number, failure.wait)
                if not failure.again or number == self._hosted.attempts or self.clock.now() + wait >= until:
                    raise failure.error from failure.__cause__
            else:
                self._breaker.works()
                return answer
            self.clock.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def once(self, send: Callable[[], T]) -> T:
        """One try, over in time. Raises Failure whatever went wrong, also inside a client library."""
        try:
            with self.guard.within(self._seconds):
                return send()
        except PackshotError:
            raise
        except Exception as error:  # noqa: BLE001 - clients meet what they cannot read each in its own way
            failure = failure_in(error)
            raise failure or nonsense(self.provider, f"its client gave up ({type(error).__name__})") from None

    def _wait(self, number: int, told: float | None) -> float:
        if told is not None:
            return told + 0.25 * self.clock.chance()
        return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (number - 1)) * (1 - 0.5 * self.clock.chance())
