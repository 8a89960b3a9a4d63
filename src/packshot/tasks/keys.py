"""Keys by which programs are known: made once, kept as digests, and what each of them may do.

A key is `pk_` and 43 letters of 256 random bits, so its digest needs no salt: nobody guesses one.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias, get_args

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from packshot.database.base import is_id, new_id, now
from packshot.database.sessions import Sessions, insert_new
from packshot.database.tables import ApiKey, Tenant
from packshot.errors import InputError, NotFound, UnknownName
from packshot.manifest import digest_of

Scope: TypeAlias = Literal["read", "write", "review", "webhooks"]

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
_SHOWN: Final = 10  # first letters that are kept as they are
_NOTED: Final = timedelta(minutes=1)  # so exactly is it known when a key was last used


@dataclass(frozen=True)
class Key:
    """What is known of a key. `secret` is there only once, when it is made."""

    id: str
    tenant: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None
    secret: str = ""

    def is_good(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


def create_key(
    sessions: Sessions,
    name: str,
    *,
    tenant: str = "",
    scopes: Sequence[str] = ("read", "write"),
    days: int | None = None,
) -> Key:
    """A new key, and its tenant where that is new too. Raises UnknownName, InputError."""
    for scope in scopes:
        if scope not in SCOPES:
            raise UnknownName.of("scope", scope, SCOPES)
    if not scopes or not name or len(name) > 191 or len(tenant) > 191:
        raise InputError("a key needs a name and a scope", hint=f"scopes are {', '.join(SCOPES)}")
    secret, at = f"pk_{secrets.token_urlsafe(32)}", now()
    key = Key(
        id=new_id(),
        tenant=tenant,
        name=name,
        prefix=secret[:_SHOWN],
        scopes=tuple(dict.fromkeys(scopes)),
        created_at=at,
        expires_at=None if days is None else at + timedelta(days=days),
        used_at=None,
        revoked_at=None,
        secret=secret,
    )
    row = {each: getattr(key, each) for each in ("id", "tenant", "name", "prefix", "created_at", "expires_at")}

    def created(session: Session) -> None:
        insert_new(session, Tenant, {"name": tenant, "created_at": at}, ["name"])
        session.add(ApiKey(**row, digest=digest_of(secret.encode()), scopes=list(key.scopes)))

    sessions.write(created)
    return key


def keys_of(sessions: Sessions, tenant: str | None = None) -> list[Key]:
    """The oldest first; None is those of every tenant."""
    wanted = select(ApiKey).order_by(ApiKey.id)
    if tenant is not None:
        wanted = wanted.where(ApiKey.tenant == tenant)
    return sessions.read(lambda session: [_key(row) for row in session.scalars(wanted)])


def revoke_key(sessions: Sessions, key: str) -> Key:
    """By its id or its first letters. Raises NotFound, and InputError where several begin so."""
    at = now()

    def revoked(session: Session) -> Key:
        wanted = ApiKey.id == key if is_id(key) else ApiKey.prefix == key[:_SHOWN]
        rows = session.scalars(select(ApiKey).where(wanted)).all()
        if not rows:
            raise NotFound(f"there is no key '{key[:_SHOWN]}'", hint="packshot keys list shows them")
        if len(rows) > 1:
            raise InputError(f"{len(rows)} keys begin so", hint="give the id")
        rows[0].revoked_at = rows[0].revoked_at or at
        session.flush()
        return _key(rows[0])

    return sessions.write(revoked)


def known_key(sessions: Sessions, secret: str) -> Key | None:
    """The key, where it is one that is good; when it was used is noted now and then."""
    wanted = select(ApiKey).where(ApiKey.digest == digest_of(secret.encode()))
    at = now()

    def read(session: Session) -> Key | None:
        row = session.scalars(wanted).first()
        return None if row is None else _key(row)

    found = sessions.read(read)
    if found is None or not found.is_good(at):
        return None
    if found.used_at is None or at - found.used_at > _NOTED:
        sessions.write(lambda session: session.execute(update(ApiKey).where(ApiKey.id == found.id).values(used_at=at)))
    return found


def _key(row: ApiKey) -> Key:
    return Key(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        prefix=row.prefix,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
