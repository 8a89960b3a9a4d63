"""`/api/v1/webhooks`: where results are told, and how the telling went."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from packshot.api.access import Shop, Teller
from packshot.api.problems import RESPONSES
from packshot.api.views import V1, Cursor, Limit, Page, page_of
from packshot.database.base import now
from packshot.database.outbox import KINDS, message_id
from packshot.database.tables.webhooks import DeliveryStatus
from packshot.jobs.endpoints import (
    OVERLAP,
    Delivery,
    Endpoint,
    add_endpoint,
    change_endpoint,
    deliveries,
    delivery_of,
    enable_endpoint,
    endpoint_seen,
    endpoints,
    remove_endpoint,
    replay,
    rotate_secret,
    send_on_trial,
)
from packshot.storage.addresses import checked_url
from packshot.wiring import Workshop, webhook_rules

router = APIRouter(prefix=f"{V1}/webhooks", tags=["webhooks"], responses=RESPONSES)
T = TypeVar("T")

Events = Annotated[
    list[str],
    Field(
        max_length=len(KINDS) * 2,
        description=f"{', '.join(KINDS)}; all of a family as image.*, or * for everything",
        examples=[["image.completed", "job.*"]],
    ),
]


class NewWebhook(BaseModel):
    """An address, and what it is to hear."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(
        max_length=2048,
        description="https, and reached from the outside",
        examples=["https://shop.example/hooks/packshot"],
    )
    events: Events = ["*"]


class ChangedWebhook(BaseModel):
    """What an address is to hear from now on."""

    model_config = ConfigDict(extra="forbid")

    events: Events


class WebhookView(BaseModel):
    """An address that is told results."""

    id: str
    url: str = Field(examples=["https://shop.example/hooks/packshot"])
    events: Events
    enabled: bool
    disabled_because: str = Field(description="why it hears nothing any more", examples=[""])
    created_at: datetime
    links: dict[str, str]


class MadeWebhook(WebhookView):
    """The same, and what its messages are signed with."""

    secret: str = Field(
        description="told this once; check `webhook-signature` with it",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )


class NewSecret(BaseModel):
    """Messages are signed with it from now on."""

    secret: str = Field(description="told this once", examples=["whsec_C2FVsBQIhrscChlQIMV0b5sSYspob7oD"])
    before_until: datetime = Field(description="until then the one before signs too")


class DeliveryView(BaseModel):
    """A message to an endpoint, and how it went."""

    id: str
    message: str = Field(
        description="`webhook-id` of the message, the same at every attempt",
        examples=["msg_01a221e05b987df8994d3c9ab9ca59ce"],
    )
    kind: str = Field(examples=["image.completed"])
    status: DeliveryStatus
    attempts: int = Field(examples=[1])
    next_at: datetime = Field(description="of one that waits: when it is tried")
    answered: int | None = Field(description="HTTP status of the last attempt", examples=[204])
    problem: str = Field(description="why the last attempt had no answer", examples=[""])
    created_at: datetime
    delivered_at: datetime | None
    payload: dict[str, Any] = Field(
        description="the message itself",
        examples=[{"type": "image.completed", "timestamp": "2026-11-28T12:00:00Z", "data": {"score": 91.3}}],
    )
    links: dict[str, str]


class SentAgain(BaseModel):
    """How many wait to be sent once more."""

    deliveries: int = Field(examples=[12])


@router.post("", status_code=201)
def add(asked: NewWebhook, response: Response, shop: Shop, caller: Teller) -> MadeWebhook:
    """Have messages sent to an address. The answer holds the secret that signs them, this once."""
    checked_url(asked.url, webhook_rules(shop.services.settings))

    def added(session: Session) -> tuple[Endpoint, str]:
        made, secret = add_endpoint(session, asked.url, asked.events, now(), caller.tenant)
        return endpoint_seen(session, made, caller.tenant), secret

    endpoint, secret = _write(shop, added)
    shown = _shown(endpoint)
    response.headers["Location"] = shown.links["self"]
    return MadeWebhook(**shown.model_dump(), secret=secret)


@router.get("")
def webhooks(shop: Shop, caller: Teller) -> list[WebhookView]:
    """Every address that is told, and why one hears nothing any more."""
    found: list[Endpoint] = shop.memory.sessions.read(lambda session: endpoints(session, caller.tenant))
    return [_shown(each) for each in found]


@router.get("/{webhook}")
def webhook(webhook: str, shop: Shop, caller: Teller) -> WebhookView:
    """One of them."""
    return _shown(shop.memory.sessions.read(lambda session: endpoint_seen(session, webhook, caller.tenant)))


@router.patch("/{webhook}")
def change(webhook: str, asked: ChangedWebhook, shop: Shop, caller: Teller) -> WebhookView:
    """Have it hear something else from now on. What waits to be sent there is sent; its secret stays."""

    def changed(session: Session) -> Endpoint:
        change_endpoint(session, webhook, asked.events, caller.tenant)
        return endpoint_seen(session, webhook, caller.tenant)

    return _shown(_write(shop, changed))


@router.delete("/{webhook}", status_code=204)
def remove(webhook: str, shop: Shop, caller: Teller) -> None:
    """Send nothing there any more, and forget what was sent."""
    _write(shop, lambda session: remove_endpoint(session, webhook, caller.tenant))


@router.post("/{webhook}/enable")
def enable(webhook: str, shop: Shop, caller: Teller) -> WebhookView:
    """Send there again, what waited meanwhile included."""

    def enabled(session: Session) -> Endpoint:
        enable_endpoint(session, webhook, now(), caller.tenant)
        return endpoint_seen(session, webhook, caller.tenant)

    return _shown(_write(shop, enabled))


@router.post("/{webhook}/secret")
def rotate(webhook: str, shop: Shop, caller: Teller) -> NewSecret:
    """Make another secret. The one before signs too for a day, so that a receiver changes in its own time."""
    at = now()
    secret = _write(shop, lambda session: rotate_secret(session, webhook, at, caller.tenant))
    return NewSecret(secret=secret, before_until=at + OVERLAP)


@router.post("/{webhook}/test", status_code=202)
def test(webhook: str, response: Response, shop: Shop, caller: Teller) -> DeliveryView:
    """Send a message on trial, whatever it wants to hear. The delivery says how it went."""
    return _sent(shop, response, webhook, caller, lambda session: send_on_trial(session, webhook, now(), caller.tenant))


@router.get("/{webhook}/deliveries")
def log(webhook: str, shop: Shop, caller: Teller, limit: Limit = 50, cursor: Cursor = None) -> Page[DeliveryView]:
    """What was told there, and how it went. The newest first."""

    def found(**wanted: Any) -> list[Delivery]:
        told: list[Delivery] = shop.memory.sessions.read(
            lambda session: deliveries(session, caller.tenant, endpoint=webhook, **wanted)
        )
        return told

    return page_of(found, _told, limit, cursor)


@router.get("/{webhook}/deliveries/{delivery}")
def delivery(webhook: str, delivery: str, shop: Shop, caller: Teller) -> DeliveryView:
    """One message, and how it went."""
    return _told(shop.memory.sessions.read(lambda session: delivery_of(session, delivery, webhook, caller.tenant)))


@router.post("/{webhook}/deliveries/{delivery}/replay", status_code=202)
def replay_one(webhook: str, delivery: str, response: Response, shop: Shop, caller: Teller) -> DeliveryView:
    """Send a message once more, whatever became of it. It keeps its id."""

    def again(session: Session) -> str:
        known = delivery_of(session, delivery, webhook, caller.tenant)
        replay(session, now(), caller.tenant, delivery=known.id)
        session.expire_all()
        return known.id

    return _sent(shop, response, webhook, caller, again)


@router.post("/{webhook}/replay", status_code=202)
def replay_failed(
    webhook: str,
    shop: Shop,
    caller: Teller,
    since: Annotated[AwareDatetime | None, Query(description="only what failed since then")] = None,
) -> SentAgain:
    """Send once more what could not be told."""
    count = _write(shop, lambda session: replay(session, now(), caller.tenant, endpoint=webhook, since=since))
    return SentAgain(deliveries=count)


def _write(shop: Workshop, work: Callable[[Session], T]) -> T:
    done: T = shop.memory.sessions.write(work)
    return done


def _sent(
    shop: Workshop, response: Response, webhook: str, caller: Teller, work: Callable[[Session], str]
) -> DeliveryView:
    """A delivery that waits to be sent; `work` gives its id."""
    shown = _told(_write(shop, lambda session: delivery_of(session, work(session), webhook, caller.tenant)))
    response.headers["Location"] = shown.links["self"]
    return shown


def _shown(endpoint: Endpoint) -> WebhookView:
    here = f"{V1}/webhooks/{endpoint.id}"
    return WebhookView(
        id=endpoint.id,
        url=endpoint.url,
        events=list(endpoint.events),
        enabled=endpoint.enabled,
        disabled_because=endpoint.disabled_because,
        created_at=endpoint.created_at,
        links={"self": here, "deliveries": f"{here}/deliveries", "test": f"{here}/test"},
    )


def _told(delivery: Delivery) -> DeliveryView:
    webhook = f"{V1}/webhooks/{delivery.endpoint}"
    here = f"{webhook}/deliveries/{delivery.id}"
    facts = {name: value for name, value in vars(delivery).items() if name != "endpoint"}
    return DeliveryView(
        **facts, message=message_id(delivery.id), links={"self": here, "webhook": webhook, "replay": f"{here}/replay"}
    )
