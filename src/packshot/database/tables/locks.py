"""Names that one transaction at a time may hold."""

from sqlalchemy.orm import Mapped, mapped_column

from packshot.database.base import Name, Table


class Lock(Table):
    """A row to hold while something is counted that others could add to (`sessions.hold`)."""

    __tablename__ = "locks"

    name: Mapped[str] = mapped_column(Name, primary_key=True)
