"""Waiting for what another process does."""

import time
from collections.abc import Callable


def wait_until(true: Callable[[], bool], seconds: float = 90) -> None:
    """Raises TimeoutError where it does not come true."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.05)
