"""Whether it is there, and where to read on."""

from fastapi import APIRouter
from pydantic import BaseModel

from packshot import __version__

router = APIRouter(tags=["service"])


class Health(BaseModel):
    status: str = "ok"
    version: str = __version__


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


@router.get("/")
async def home() -> Home:
    """What this is."""
    return Home()
