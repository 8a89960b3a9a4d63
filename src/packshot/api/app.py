"""The application: routers, and one way to say what went wrong.

    uvicorn packshot.api.app:open_app --factory

`packshot serve` does the same and says where. Nothing is opened on import.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from packshot import __version__
from packshot.api import health, photography, problems
from packshot.api.turns import Turns
from packshot.services import Services
from packshot.tasks.background import NewBackground, check
from packshot.wiring import open_services

_DESCRIPTION = """Product photographs in, pictures that sell out.

Every error is `application/problem+json` with a stable `code`, a sentence, and a way out.
"""


def create_app(services: Services) -> FastAPI:
    """The door to these services."""

    @asynccontextmanager
    async def ready(app: FastAPI) -> AsyncIterator[None]:
        # What the first request would load, threads included: it should not wait longer than the others.
        await run_in_threadpool(check, NewBackground(), services)
        yield

    app = FastAPI(title="Packshot", version=__version__, description=_DESCRIPTION, redoc_url=None, lifespan=ready)
    app.state.services = services
    app.state.turns = Turns(services.settings.service.at_once, services.settings.service.waiting)
    problems.install(app)
    app.include_router(health.router)
    app.include_router(photography.router)
    return app


def open_app() -> FastAPI:
    """With the settings of the folder and the environment one is in."""
    return create_app(open_services())
