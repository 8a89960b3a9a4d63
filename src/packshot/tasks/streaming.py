"""Messages of a stream as jobs: one photograph each, of a sku where the message says of which."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select

from packshot.catalog.importing import import_rows
from packshot.catalog.rows import BadRow, checked
from packshot.database.base import now
from packshot.database.outbox import announce
from packshot.database.sessions import Sessions
from packshot.database.tables import ProductImage, Sku, WebhookEndpoint
from packshot.jobs.endpoints import add_endpoint
from packshot.jobs.store import JobStore
from packshot.manifest import digest_of

TASK = "image.enhance"


class ImageMessage(BaseModel):
    """A photograph to be done. What is not said is what the sku or its group wants, or the deployment."""

    model_config = ConfigDict(extra="ignore")

    image_url: str = Field(max_length=2048)
    sku_id: str | None = Field(default=None, max_length=191)
    product_group_id: str | None = Field(default=None, max_length=191)
    image_type: str | None = Field(default=None, max_length=32)
    value: float | None = Field(default=None, ge=0)
    recipe: str | None = Field(default=None, max_length=191)
    changes: dict[str, Any] = Field(default_factory=dict)


def job_of(sessions: Sessions, body: bytes, place: str, tenant: str = "") -> str | None:
    """The job of a message, the same for the same `place`; None where it cannot be one, and the outside hears why."""
    try:
        message = ImageMessage.model_validate(json.loads(body))
        request = _request(sessions, message, tenant)
    except (ValueError, ValidationError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first else str(error)
        told = {"place": place, "why": why[:500], "begins": body[:200].decode("utf-8", "replace")}
        sessions.write(lambda session: announce(session, tenant, "message.refused", told, now()))
        return None
    return JobStore(sessions).submit(TASK, request, tenant=tenant, key=place)


def tell_topic(sessions: Sessions, url: str, tenant: str = "") -> None:
    """Have everything told to that topic too; once, however often it is asked for."""
    wanted = select(WebhookEndpoint.id).where(WebhookEndpoint.tenant == tenant)
    known = sessions.read(lambda session: session.scalar(wanted.where(WebhookEndpoint.url == url)))
    if known is None:
        sessions.write(lambda session: add_endpoint(session, url, ["*"], now(), tenant))


def _request(sessions: Sessions, message: ImageMessage, tenant: str) -> dict[str, Any]:
    """Raises ValueError where the photograph cannot be one of the catalogue."""
    asked: dict[str, Any] = {"changes": message.changes} if message.changes else {}
    if message.recipe is not None:
        asked["recipe"] = message.recipe
    row = checked(1, {**message.model_dump(), "sku_id": message.sku_id or "none"})
    if isinstance(row, BadRow):
        raise ValueError(row.message)
    if row.asset is not None:
        raise ValueError("image_url names bytes, and a message an address on the web")
    if message.sku_id is None:
        return {**asked, "url": row.url}
    import_rows(sessions, [row], tenant=tenant)
    wanted = (
        select(ProductImage.id)
        .join(Sku, Sku.id == ProductImage.sku_id)
        .where(Sku.tenant == tenant, Sku.shop_key == row.sku, ProductImage.url_digest == digest_of(row.url.encode()))
    )
    return {**asked, "image": sessions.read(lambda session: session.scalars(wanted).one())}
