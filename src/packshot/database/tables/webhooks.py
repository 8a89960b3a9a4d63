"""Webhooks: where results are told, and how the telling went."""

from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from packshot.database.base import EXACT, Id, Name, Table, Word, new_id, now, one_of

DeliveryStatus: TypeAlias = Literal["waiting", "delivered", "failed"]


class WebhookEndpoint(Table):
    """`secret` signs what is sent, so it is kept as it is; it never leaves by a door."""

    __tablename__ = "webhook_endpoints"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant: Mapped[str] = mapped_column(Name, default="", index=True)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(String(128))
    secret_before: Mapped[str | None] = mapped_column(String(128))  # signs too, until the receiver has the new one
    secret_before_until: Mapped[datetime | None]
    events: Mapped[list[str]]
    enabled: Mapped[bool] = mapped_column(default=True)
    disabled_because: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class WebhookDelivery(Table):
    """One message to one endpoint, whatever number of attempts it takes."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (Index(None, "status", "next_at"), one_of("status", DeliveryStatus), EXACT)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    endpoint_id: Mapped[str] = mapped_column(Id, ForeignKey("webhook_endpoints.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Word)
    payload: Mapped[dict[str, Any]]
    status: Mapped[DeliveryStatus] = mapped_column(Word, default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(default=now)
    answered: Mapped[int | None]  # the HTTP status of the last attempt
    problem: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    delivered_at: Mapped[datetime | None]
