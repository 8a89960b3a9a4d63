"""`packshot consume`."""

import signal
import sys
import threading
from typing import Annotated

import typer

from packshot.cli.catalog import Tenant, open_catalog
from packshot.cli.shown import one_line


def consume(
    topic: Annotated[str | None, typer.Option(help="Where photographs come from; else what the settings say.")] = None,
    tenant: Tenant = "",
) -> int:
    """Turn the messages of a Kafka topic into jobs, and tell another what became of them, until stopped."""
    from packshot.wiring import open_stream

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with open_catalog() as (sessions, settings):
        stream = open_stream(settings, sessions, tenant)
        print(f"reading {topic or settings.kafka.images}; Ctrl+C stops", flush=True)
        done = stream(topic or settings.kafka.images, stop, _warn)
    print(f"{done} messages")
    return 0


def _warn(words: str) -> None:
    print(f"warning: {one_line(words)}", file=sys.stderr)
