"""What was found out about markets and customers, kept with what it rests on."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from packshot.database.base import EXACT, Asset, Id, Name, Table, new_id, now


class TrendReport(Table):
    """What a search for trends found. `evidence` are the posts it cites."""

    __tablename__ = "trend_reports"
    __table_args__ = (Index(None, "tenant", "topic", "id"), EXACT)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant: Mapped[str] = mapped_column(Name, default="")
    topic: Mapped[str] = mapped_column(Name)
    report: Mapped[dict[str, Any]]
    evidence: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Forecast(Table):
    """What was predicted of purchases, by which model, from which data."""

    __tablename__ = "forecasts"
    __table_args__ = (Index(None, "tenant", "model", "id"), EXACT)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant: Mapped[str] = mapped_column(Name, default="")
    model: Mapped[str] = mapped_column(Name)
    data_digest: Mapped[str] = mapped_column(Asset)
    forecast: Mapped[dict[str, Any]]
    measures: Mapped[dict[str, Any]]  # how well it did on what it had not seen
    created_at: Mapped[datetime] = mapped_column(default=now)
