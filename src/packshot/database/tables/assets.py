"""Which tenant keeps which bytes. The bytes themselves lie in the asset store, once for all tenants."""

from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from packshot.database.base import EXACT, Asset, Name, Table, Word, now, one_of

Keeping: TypeAlias = Literal["temporary", "lasting"]


class StoredAsset(Table):
    """An asset as one tenant's. `used_at` is when it was last put: what is temporary goes some time after that."""

    __tablename__ = "stored_assets"
    __table_args__ = (
        Index(None, "asset"),
        Index(None, "keeping", "used_at"),
        one_of("keeping", Keeping),
        EXACT,
    )

    tenant: Mapped[str] = mapped_column(Name, primary_key=True)
    asset: Mapped[str] = mapped_column(Asset, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)  # bytes
    keeping: Mapped[Keeping] = mapped_column(Word, default="lasting")
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime] = mapped_column(default=now)
