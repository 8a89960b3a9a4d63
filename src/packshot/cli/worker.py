"""`packshot worker`."""

import signal
import threading
from typing import Annotated

import typer

from packshot.cli.shown import warn


def worker(
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=256, help="Processes; one per core where not given.")
    ] = None,
) -> int:
    """Do jobs from the database until stopped. Several at once, here or on other machines, share the work."""
    from packshot.settings import resolve
    from packshot.wiring import observe, open_database, open_workers

    resolved = resolve()
    warn(resolved.warnings)
    settings = resolved.settings
    observe(settings)
    open_database(settings).close()  # says at once what is wrong with it
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with open_workers(settings, workers):
        print("working; Ctrl+C stops after the jobs that are under way", flush=True)
        stop.wait()
    return 0
