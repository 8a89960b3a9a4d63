"""The whole service behind a real server: a database of its own, and a worker process that does the jobs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from packshot.api.app import create_app
from packshot.settings import Fetch, Jobs, Limits, Service, Settings
from packshot.wiring import open_services, open_workshop
from served import served


def settings_at(folder: Path, *, workers: int = 1, **service: object) -> Settings:
    """Of a service in a folder of its own, which may ask servers of this machine."""
    return Settings(
        state=folder / "state",
        limits=Limits(max_megapixels=2, max_megabytes=1),
        jobs=Jobs(workers=workers),
        fetch=Fetch(allow_private=bool(service.pop("allow_private", False)), timeout=5),
        service=Service.model_validate({"at_once": 2, **service}),
    )


@contextmanager
def serving(settings: Settings) -> Iterator[httpx.Client]:
    with served(create_app(open_services(settings), open_workshop(settings))) as client:
        yield client
