"""Where things last beyond one run."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from packshot.database.sessions import Sessions
from packshot.ports import AssetStore
from packshot.settings import Settings
from packshot.storage.tenants import MEGABYTE, TenantAssets


@dataclass(frozen=True)
class Remembering:
    """The database, how far graphs are (in the same, or in a file of `state`), and the bytes of pictures."""

    sessions: Sessions
    url: URL
    state: Path
    assets: AssetStore


def tenant_assets(memory: Remembering, settings: Settings, tenant: str) -> TenantAssets:
    """The store of all, as that tenant's: what it puts counts against its limit."""
    return assets_of(memory.assets, memory.sessions, settings, tenant)


def assets_of(store: AssetStore, sessions: Sessions, settings: Settings, tenant: str) -> TenantAssets:
    """The same where only the store and the database are there."""
    most = settings.storage.tenant_megabytes
    return TenantAssets(store, sessions, tenant, limit=None if most is None else int(most * MEGABYTE))
