"""What was paid for, and what was given for it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.dialects.mysql import LONGBLOB
from sqlalchemy.orm import Mapped, mapped_column

from packshot.database.base import EXACT, Asset, Id, Name, Table, new_id, now


class LedgerEntry(Table):
    """One call of a paid model. It is written before the call at the most it may cost, and settled after it."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index(None, "tenant", "job"),
        Index(None, "tenant", "picture"),
        Index(None, "tenant", "at"),
        Index(None, "tenant", "request"),
        EXACT,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant: Mapped[str] = mapped_column(Name, default="")
    job: Mapped[str] = mapped_column(Name, default="")
    picture: Mapped[str] = mapped_column(Name, default="")
    provider: Mapped[str] = mapped_column(Name)
    model: Mapped[str] = mapped_column(Name)
    request: Mapped[str] = mapped_column(Asset)  # digest of everything that decides the answer
    units: Mapped[dict[str, Any]]  # what is billed by
    price: Mapped[Decimal | None]  # in `currency`; None where no price is known
    currency: Mapped[str] = mapped_column(String(3))
    seconds: Mapped[float]
    settled: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(default=now)


class PaidAnswer(Table):
    """What a paid call answered, in a table of its own so that the sums stay quick."""

    __tablename__ = "paid_answers"

    entry_id: Mapped[str] = mapped_column(Id, ForeignKey("ledger.id", ondelete="CASCADE"), primary_key=True)
    answer: Mapped[bytes] = mapped_column(LargeBinary().with_variant(LONGBLOB, "mysql", "mariadb"))
