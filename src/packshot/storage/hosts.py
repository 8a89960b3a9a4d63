"""Good manners towards hosts: so many connections at once, and none while a host wants to be left alone.

Rows say so, so it holds for all workers of one database, on however many machines. Each row ends by itself: a worker
that dies takes no place away for long.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from packshot.database.base import new_id, now
from packshot.database.sessions import Sessions, hold
from packshot.database.tables import HostTurn
from packshot.errors import FetchFailed, HostBusy

PATIENCE: Final = 5.0  # seconds that one waits for a place before it is tried later
_LOOK: Final = 0.1  # seconds between two looks


class HostTurns:
    """Turns at hosts: `at_once` of them, each over after `longest` seconds; `clock` is only for tests."""

    def __init__(
        self,
        sessions: Sessions,
        at_once: int,
        longest: float,
        *,
        patience: float = PATIENCE,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._sessions = sessions
        self._at_once = at_once
        self._longest = timedelta(seconds=longest)
        self._patience = patience
        self._clock = clock

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait for a place, and have it. A failure that asks for a pause is one for everybody.

        Raises HostBusy where there is no place, or the host wants to be left alone.
        """
        host = host[:191]
        mine = self._waited_for(host)
        try:
            yield
        except FetchFailed as error:
            if error.retry_after is not None:
                self._leave_alone(host, error.retry_after)
            raise
        finally:
            self._sessions.write(lambda session: session.execute(delete(HostTurn).where(HostTurn.id == mine)))

    def _waited_for(self, host: str) -> str:
        give_up = time.monotonic() + self._patience
        while True:
            mine = self._sessions.write(lambda session: self._taken(session, host))
            if mine is not None:
                return mine
            if time.monotonic() > give_up:
                raise HostBusy(
                    f"{self._at_once} connections to {host} are open, and more are not made",
                    hint="raise PACKSHOT_FETCH__AT_ONCE where the host allows it",
                    retry_after=self._patience * random.uniform(1.0, 2.0),
                )
            time.sleep(_LOOK * random.uniform(0.5, 1.5))

    def _taken(self, session: Session, host: str) -> str | None:
        """A place, or None where all are taken."""
        hold(session, f"host {host}"[:191])
        at = self._clock()
        session.execute(delete(HostTurn).where(HostTurn.host == host, HostTurn.until <= at))
        turns = session.execute(select(HostTurn.is_pause, HostTurn.until).where(HostTurn.host == host)).all()
        left = max((turn.until - at for turn in turns if turn.is_pause), default=timedelta()).total_seconds()
        if left:
            raise HostBusy(
                f"{host} wants to be left alone for another {left:.0f} s",
                hint="try again then, or give the file instead",
                retry_after=left * random.uniform(1.0, 1.2),  # not all of them at once
            )
        if len(turns) >= self._at_once:
            return None
        mine = new_id()
        session.add(HostTurn(id=mine, host=host, until=at + self._longest))
        return mine

    def _leave_alone(self, host: str, seconds: float) -> None:
        until = self._clock() + timedelta(seconds=seconds)
        self._sessions.write(lambda session: session.add(HostTurn(host=host, until=until, is_pause=True)))
