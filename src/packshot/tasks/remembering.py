"""Where things last beyond one run."""

from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import URL

from packshot.database.sessions import Sessions
from packshot.database.tables.assets import Keeping
from packshot.ports import AssetStore
from packshot.settings import Settings
from packshot.storage.tenants import MEGABYTE, TenantAssets


@dataclass(frozen=True)
class Remembering:
    """The database, how far graphs are (in the same, or in a file of `state`), and the bytes of pictures.

    `passing` is for those that are of use only while a job goes on; None where they lie with the others.
    """

    sessions: Sessions
    url: URL
    state: Path
    assets: AssetStore
    passing: AssetStore | None = None


def of_tenant(memory: Remembering, settings: Settings, tenant: str) -> Remembering:
    """The memory of all, as that tenant's."""
    passing = assets_of(memory.assets, memory.sessions, settings, tenant, "temporary")
    return replace(memory, assets=tenant_assets(memory, settings, tenant), passing=passing)


def tenant_assets(memory: Remembering, settings: Settings, tenant: str) -> TenantAssets:
    """The store of all, as that tenant's: what it puts counts against its limit."""
    return assets_of(memory.assets, memory.sessions, settings, tenant)


def assets_of(
    store: AssetStore, sessions: Sessions, settings: Settings, tenant: str, keeping: Keeping = "lasting"
) -> TenantAssets:
    """The same where only the store and the database are there."""
    most = settings.storage.tenant_megabytes
    limit = None if most is None else int(most * MEGABYTE)
    return TenantAssets(store, sessions, tenant, limit=limit, keeping=keeping)
