"""Who may use a deployment: tenants, and the keys by which their programs are known."""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from packshot.database.base import Id, Name, Table, new_id, now


class Tenant(Table):
    """One customer of a shared deployment; "" is the only one of a deployment that shares with nobody."""

    __tablename__ = "tenants"

    name: Mapped[str] = mapped_column(Name, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    running_limit: Mapped[int | None]  # jobs at once; None for the deployment's
    stored_bytes: Mapped[int] = mapped_column(BigInteger, default=0)  # of its assets
    stored_limit: Mapped[int | None] = mapped_column(BigInteger)  # bytes; None for the deployment's


class ApiKey(Table):
    """A key is kept as its digest: who reads the table cannot use it."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant: Mapped[str] = mapped_column(Name, default="", index=True)
    name: Mapped[str] = mapped_column(Name)
    prefix: Mapped[str] = mapped_column(String(16))  # its first letters, so that people can tell keys apart
    digest: Mapped[str] = mapped_column(String(80), unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
