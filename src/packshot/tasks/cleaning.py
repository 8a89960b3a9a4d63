"""Takes away what nobody needs any more: jobs that are long over, photographs that were handed in and never used,
pictures that nothing speaks of, and parts of files.

A picture stays as long as a photograph, a rendition or a job names it, and some time after; so one that was put a
moment ago, and whose row is still to come, is safe.
"""

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, aliased

from packshot.database.sessions import Sessions
from packshot.database.tables import Job, ProductImage, Rendition, StoredAsset, WebhookDelivery
from packshot.jobs.values import OVER
from packshot.manifest import canonical_json
from packshot.settings import Storage
from packshot.storage.assets import Kept
from packshot.storage.photographs import clear_parts
from packshot.storage.tenants import forget

T = TypeVar("T")

_PAGE: Final = 500
_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ASSET: Final = re.compile(r"sha256:([0-9a-f]{64})")


class Clearable(Protocol):
    """A store that can be looked through and cleared."""

    def kept(self) -> Iterator[Kept]: ...

    def remove(self, asset: str) -> None: ...

    def clear_parts(self, before: datetime) -> None: ...


@dataclass
class Cleaned:
    """What was taken away, or would be."""

    jobs: int = 0
    deliveries: int = 0
    photographs: int = 0  # that were handed in; their bytes count among the assets
    assets: int = 0
    bytes: int = 0


def clean(sessions: Sessions, store: Clearable, policy: Storage, at: datetime, *, only_look: bool = False) -> Cleaned:
    """By the ages that `policy` gives. May be cut off at any time, and given again."""
    done = Cleaned()
    finished = at - timedelta(days=policy.finished_days)
    if not only_look:
        done.jobs = _until_none(sessions, lambda session: _old_jobs(session, finished))
        done.deliveries = _until_none(sessions, lambda session: _old_deliveries(session, finished))
        for cleared in (store.clear_parts, clear_parts):
            cleared(at - timedelta(hours=policy.temporary_hours))
    unused = at - timedelta(days=policy.unused_days)
    idle = sessions.read(lambda session: _idle_photographs(session, unused))
    named, used = _named_by_jobs(sessions, idle.keys())
    never = [image for image, asset in idle.items() if image not in used and (not asset or _digest(asset) not in named)]
    done.photographs = len(never)
    for ids in [] if only_look else _pages(never):
        sessions.write(lambda session, ids=ids: _removed(session, ids))  # type: ignore[misc]
    for some in _pages(store.kept()):
        old = [kept for kept in some if kept.at < at - timedelta(hours=policy.temporary_hours)]
        names = [kept.asset for kept in old if _digest(kept.asset) not in named]
        needed = sessions.read(lambda session, names=names: _needed(session, names, policy, at))  # type: ignore[misc]
        for kept in old:
            in_passing = needed.get(kept.asset)
            if kept.asset not in names or in_passing == "needed" or (in_passing is None and kept.at >= unused):
                continue
            done.assets += 1
            done.bytes += kept.size
            if not only_look:
                sessions.write(lambda session, asset=kept.asset: _forgotten(session, asset))  # type: ignore[misc]
                store.remove(kept.asset)
    return done


def _needed(session: Session, names: list[str], policy: Storage, at: datetime) -> dict[str, str]:
    """Of some assets: "needed" where a row speaks of it, "temporary" where all of its tenants say it was only passing
    through, and long enough ago."""
    passing = at - timedelta(hours=policy.temporary_hours)
    found: dict[str, str] = {}
    for row in session.execute(
        select(StoredAsset.asset, StoredAsset.keeping, StoredAsset.used_at).where(StoredAsset.asset.in_(names))
    ):
        is_over = row.keeping == "temporary" and row.used_at < passing
        found[row.asset] = "temporary" if is_over and found.get(row.asset) in (None, "temporary") else "lasting"
    found = {asset: state for asset, state in found.items() if state == "temporary"}
    for column in (ProductImage.asset, Rendition.asset):
        found |= {str(asset): "needed" for asset in session.scalars(select(column).where(column.in_(names)))}
    return found


def _idle_photographs(session: Session, before: datetime) -> dict[str, str | None]:
    """Those of no sku that were handed in before then, and that nothing was made of; their bytes by their ids."""
    image = ProductImage
    idle = select(image.id, image.asset).where(image.sku_id.is_(None), image.status == "pending")
    idle = idle.where(image.qc_status == "pending", image.updated_at < before)
    idle = idle.where(~select(Rendition.id).where(Rendition.image_id == image.id).exists())
    return {row.id: row.asset for row in session.execute(idle)}


def _removed(session: Session, images: list[str]) -> None:
    gone = delete(ProductImage).where(ProductImage.id.in_(images), ProductImage.status == "pending")
    session.execute(gone, execution_options={"synchronize_session": False})


def _named_by_jobs(sessions: Sessions, images: Set[str]) -> tuple[set[bytes], set[str]]:
    """Every asset that a job's request or result names, and which of these images."""
    named: set[bytes] = set()
    used: set[str] = set()
    after = ""
    while True:
        wanted = select(Job.id, Job.request, Job.result).order_by(Job.id).limit(_PAGE)
        if after:
            wanted = wanted.where(Job.id > after)
        rows = sessions.read(lambda session, wanted=wanted: session.execute(wanted).all())  # type: ignore[misc]
        for row in rows:
            said = canonical_json([row.request, row.result])
            named |= {bytes.fromhex(digits) for digits in _ASSET.findall(said)}
            used |= images & set(_ID.findall(said.lower())) if images else set()
        if len(rows) < _PAGE:
            return named, used
        after = rows[-1].id


def _digest(asset: str) -> bytes:
    return bytes.fromhex(asset.removeprefix("sha256:"))


def _old_jobs(session: Session, before: datetime) -> int:
    """Some that are long over; of a batch first the jobs, then itself."""
    child = aliased(Job)
    wanted = (
        select(Job.id)
        .where(
            Job.status.in_(OVER), Job.finished_at < before, ~select(child.id).where(child.batch_id == Job.id).exists()
        )
        .limit(_PAGE)
    )
    ids = list(session.scalars(wanted))
    session.execute(delete(Job).where(Job.id.in_(ids)), execution_options={"synchronize_session": False})
    return len(ids)


def _old_deliveries(session: Session, before: datetime) -> int:
    wanted = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.status != "waiting", WebhookDelivery.created_at < before)
        .limit(_PAGE)
    )
    ids = list(session.scalars(wanted))
    gone = delete(WebhookDelivery).where(WebhookDelivery.id.in_(ids))
    session.execute(gone, execution_options={"synchronize_session": False})
    return len(ids)


def _forgotten(session: Session, asset: str) -> None:
    for tenant in list(session.scalars(select(StoredAsset.tenant).where(StoredAsset.asset == asset))):
        forget(session, tenant, [asset])


def _until_none(sessions: Sessions, work: Any) -> int:
    total = 0
    while done := sessions.write(work):
        total += done
    return total


def _pages(kept: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(kept)
    while page := list(islice(rest, _PAGE)):
        yield page
