"""Hosts that photographs are fetched from: who is there, and which of them want to be left alone."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from packshot.database.base import Id, Name, Table, new_id


class HostTurn(Table):
    """A connection to a host, or that it is left alone; both end at `until` by themselves."""

    __tablename__ = "host_turns"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    host: Mapped[str] = mapped_column(Name, index=True)
    until: Mapped[datetime]
    is_pause: Mapped[bool] = mapped_column(default=False)
