"""Whether it is there, whether it can work, and where to read on."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from packshot import __version__
from packshot.api.problems import RESPONSES
from packshot.wiring import Workshop

router = APIRouter(tags=["service"])


class Health(BaseModel):
    status: str = "ok"
    version: str = __version__


class Readiness(BaseModel):
    status: str = "ready"
    waiting: int
    running: int


class Home(BaseModel):
    name: str = "packshot"
    version: str = __version__
    docs: str = "/docs"
    openapi: str = "/openapi.json"
    health: str = "/health"


@router.get("/health")
async def health() -> Health:
    """It answers, so it is there. Nothing else is asked: no model, no database."""
    return Health()


@router.get("/ready", responses=RESPONSES)
def ready(request: Request) -> Any:
    """The database answers too; 503 where it does not. Says how many jobs wait and run."""
    shop: Workshop | None = getattr(request.app.state, "workshop", None)
    if shop is None:
        return Readiness(waiting=0, running=0)
    stand = {"waiting": 0, "running": 0}
    for _, status, count in shop.store.census(("waiting", "running")):
        stand[status] += count
    return Readiness(waiting=stand["waiting"], running=stand["running"])


@router.get("/")
async def home() -> Home:
    """What this is."""
    return Home()
