"""What every table shares: one MetaData, ids that sort by age, and types that mean the same on every server."""

import secrets
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Dialect, MetaData, String, Uuid
from sqlalchemy.dialects.mysql import DATETIME
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import JSON, TypeDecorator, TypeEngine

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# MySQL and MariaDB otherwise take `a1` for `A1`, and Müller for Muller: two skus would be one.
EXACT: dict[str, Any] = {
    f"{server}_{option}": value
    for server in ("mysql", "mariadb")
    for option, value in {"engine": "InnoDB", "charset": "utf8mb4", "collate": "utf8mb4_bin"}.items()
}

Id = Uuid(as_uuid=False)  # a `uuid` where the server has them, 32 hex digits elsewhere; in Python text with dashes
Asset = String(80)  # "sha256:<64 hex>"
Name = String(191)
Word = String(32)


def new_id() -> str:
    """A UUIDv7 (RFC 9562): sorts by age to a quarter of a microsecond, so that rows are inserted at the end."""
    ticks = time.time_ns() * 4096 // 1_000_000  # 48 bits of milliseconds and 12 of their fraction
    value = (ticks >> 12) << 80 | 0x7 << 76 | (ticks & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(UUID(int=value))


def is_id(text: str) -> bool:
    """Whether `text` could be an id. What comes from outside is asked before it gets near a database."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def now() -> datetime:
    return datetime.now(UTC)


class Moment(TypeDecorator[datetime]):
    """A point in time, to the microsecond; kept in UTC, and in Python never without its zone."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DATETIME(fsp=6) if dialect.name in ("mysql", "mariadb") else DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Money(TypeDecorator[Decimal]):
    """An amount, kept in millionths: a whole number is exact and adds up on every server."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int((value * 1_000_000).to_integral_value())

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / 1_000_000


class Table(DeclarativeBase):
    """The root of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Moment, Decimal: Money, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012
    __table_args__: Any = EXACT


def one_of(column: str, words: Any) -> CheckConstraint:
    """Only these words in `column`; `words` is their Literal."""
    listed = ", ".join(f"'{word}'" for word in get_args(words))
    return CheckConstraint(f"{column} IN ({listed})", name=column)
