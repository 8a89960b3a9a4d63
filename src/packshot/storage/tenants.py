"""Assets as one tenant's: how much it keeps, and how much it may.

The bytes lie once for all tenants. A row says that they are this one's too, and how many they are counts against its
limit, whoever else keeps them. Who may see them is decided by the rows of images and renditions that name them.
"""

from typing import Any

from sqlalchemy import Select, Table, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from packshot.database.base import now
from packshot.database.sessions import Sessions, insert_new
from packshot.database.tables import StoredAsset, Tenant
from packshot.database.tables.assets import Keeping
from packshot.errors import QuotaExceeded
from packshot.manifest import digest_of
from packshot.ports import AssetStore

MEGABYTE = 1_000_000

_TENANTS: Table = Tenant.metadata.tables[Tenant.__tablename__]
_LIMIT: Select[Any] = select(_TENANTS.c.stored_limit, _TENANTS.c.stored_bytes).where(
    _TENANTS.c.name == bindparam("tenant")
)


class TenantAssets:
    """An `AssetStore` of one tenant over the store of all. `limit` is in bytes, None for none; a tenant may have a
    limit of its own."""

    def __init__(
        self,
        store: AssetStore,
        sessions: Sessions,
        tenant: str,
        *,
        limit: int | None = None,
        keeping: Keeping = "lasting",
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._tenant = tenant
        self._limit = limit
        self._keeping: Keeping = keeping

    def put(self, data: bytes) -> str:
        """Raises QuotaExceeded before anything is written, OutputError where it cannot be."""
        asset = digest_of(data)
        is_new = self._sessions.write(lambda session: self._counted(session, asset, len(data)))
        try:
            return self._store.put(data)
        except BaseException:
            if is_new:
                self._sessions.write(lambda session: forget(session, self._tenant, [asset]))
            raise

    def get(self, asset: str) -> bytes:
        """Raises NotFound."""
        return self._store.get(asset)

    def _counted(self, session: Session, asset: str, size: int) -> bool:
        """Whether it was not this tenant's before."""
        at = now()
        values = {
            "tenant": self._tenant,
            "asset": asset,
            "size": size,
            "keeping": self._keeping,
            "created_at": at,
            "used_at": at,
        }
        if not insert_new(session, StoredAsset, values, ["tenant", "asset"]):
            used = update(StoredAsset).where(StoredAsset.tenant == self._tenant, StoredAsset.asset == asset)
            lasting = {"keeping": "lasting"} if self._keeping == "lasting" else {}
            session.execute(used.values(used_at=at, **lasting), execution_options={"synchronize_session": False})
            return False
        counted = update(_TENANTS).where(_TENANTS.c.name == self._tenant)
        counted = counted.values(stored_bytes=_TENANTS.c.stored_bytes + size)
        connection = session.connection()
        while connection.execute(counted).rowcount == 0:  # and from here on the row is ours until the end
            insert_new(session, Tenant, {"name": self._tenant, "created_at": at, "stored_bytes": 0}, ["name"])
        limit, total = connection.execute(_LIMIT, {"tenant": self._tenant}).one()
        limit = self._limit if limit is None else limit
        if limit is not None and total > limit:
            session.rollback()
            raise QuotaExceeded(
                f"{size / MEGABYTE:.1f} MB more would be {total / MEGABYTE:,.1f} MB of the {limit / MEGABYTE:,.1f} MB"
                " that may be kept",
                hint="remove what is not needed any more, or have the limit raised",
            )
        return True


def forget(session: Session, tenant: str, assets: list[str]) -> int:
    """They are not that tenant's any more, and count no longer; how many were."""
    mine = (StoredAsset.tenant == tenant, StoredAsset.asset.in_(assets))
    size = session.scalar(select(func.sum(StoredAsset.size)).where(*mine)) or 0
    gone: Any = session.execute(delete(StoredAsset).where(*mine), execution_options={"synchronize_session": False})
    less = update(Tenant).where(Tenant.name == tenant).values(stored_bytes=Tenant.stored_bytes - int(size))
    session.execute(less, execution_options={"synchronize_session": False})
    return int(gone.rowcount)


def stored_bytes(session: Session, tenant: str) -> int:
    """How much a tenant keeps."""
    return session.scalar(select(Tenant.stored_bytes).where(Tenant.name == tenant)) or 0
