"""What is written down while the service runs: one JSON object a line, on stderr.

Both our own lines (structlog, `job` and `request` bound to them) and those of libraries (logging) go this way. Where
traces are collected, each line says of which it is a part.
"""

import logging
import sys
from typing import Any

from packshot import telemetry

LEVELS = ("debug", "info", "warning", "error")


def install(level: str) -> None:
    """From now on, in this process. Without the library, plain lines."""
    try:
        import structlog
    except ModuleNotFoundError:
        logging.basicConfig(level=level.upper())
        return
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        lambda logger, name, event: {**event, **telemetry.ids()},
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
