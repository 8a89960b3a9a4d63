"""The application: routers, and one way to say what went wrong.

    uvicorn packshot.api.app:open_app --factory

`packshot serve` does the same and says where. Nothing is opened on import.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware

from packshot import __version__
from packshot.api import (
    batches,
    catalogue,
    cutting,
    enhancing,
    health,
    images,
    jobs,
    knowledge,
    links,
    manual,
    metrics,
    photography,
    problems,
    qc,
    renditions,
    reviews,
    videos,
    webhooks,
)
from packshot.api.access import Gate
from packshot.api.arriving import Arriving
from packshot.api.document import document
from packshot.api.hosts import Hosts
from packshot.api.logs import Logged
from packshot.api.metrics import Measured, Metrics
from packshot.api.tracing import Traced
from packshot.api.turns import Turns
from packshot.api.watching import Watcher
from packshot.services import Services
from packshot.settings import Settings, resolve
from packshot.tasks.background import NewBackground, check
from packshot.wiring import Workshop, observe, open_links, open_services, open_workshop

_DESCRIPTION = """Product photographs in, pictures that sell out.

Every error is `application/problem+json` with a stable `code`, a sentence, and a way out.
"""

# In the order in which the manual has them. What is asked most comes first: routes are tried in turn.
_ROUTES = (
    jobs,
    images,
    renditions,
    batches,
    catalogue,
    reviews,
    webhooks,
    knowledge,
    enhancing,
    qc,
    videos,
    cutting,
    links,
)


def create_app(
    services: Services, workshop: AbstractContextManager[Workshop] | None = None, *, is_alone: bool = False
) -> FastAPI:
    """The door to these services; with a workshop, which is opened when the application starts, to jobs too.

    Where it `is_alone` in its process, what is there once it is ready stays for good and is never looked through for
    garbage: a quarter of a million objects, which held up every request for a fifth of a second now and then.
    """
    settings = services.settings

    @asynccontextmanager
    async def ready(app: FastAPI) -> AsyncIterator[None]:
        with workshop or nullcontext() as shop:
            app.state.workshop = shop
            app.state.gate = Gate(settings.service, shop.memory.sessions if shop else None)
            if shop is not None:
                app.state.watcher = Watcher(shop.store)
                app.state.metrics.watch(shop.store)
            # What the first request would load, threads included: it should not wait longer than the others.
            await run_in_threadpool(check, NewBackground(), services)
            if is_alone:
                gc.collect()
                gc.freeze()
            yield

    app = FastAPI(
        title="Packshot",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=ready,
        # Its own would tell paths and queries, in which there are signatures, and the words of errors.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.services = services
    app.state.metrics = Metrics()
    app.state.links = None if settings.storage.public_url is None else open_links(settings)
    app.state.turns = Turns(settings.service.at_once, settings.service.waiting)
    problems.install(app)
    app.include_router(health.router)
    app.include_router(manual.router)
    app.include_router(metrics.router)
    app.include_router(photography.router)
    if workshop is not None:
        for each in _ROUTES:
            app.include_router(each.router)
    document(app)
    app.add_middleware(Arriving, limits=settings.limits, seconds=settings.service.body_seconds)
    _let_in(app, settings)
    app.add_middleware(Hosts, hosts=settings.service.hosts)
    app.add_middleware(Measured, metrics=app.state.metrics)
    app.add_middleware(Logged)
    if settings.telemetry.endpoint is not None:
        app.add_middleware(Traced)
    return app


def _let_in(app: FastAPI, settings: Settings) -> None:
    """Web pages that may ask from a browser."""
    origins = [origin.strip() for origin in settings.service.origins.split(",") if origin.strip()]
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_credentials=True,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Location", "ETag", "Retry-After", "X-Request-Id"],
        )


def open_app() -> FastAPI:
    """With the settings of the folder and the environment one is in."""
    settings = resolve().settings
    observe(settings)
    return create_app(open_services(settings), open_workshop(settings), is_alone=True)
