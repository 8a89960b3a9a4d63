"""Photographs and what was made of them, as rows: the bytes are assets, the rows say whose they are.

A photograph that is handed in twice, or fetched twice from one address, is one image.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from packshot.catalog.results import Plan, Result, keep_failure, keep_result, plan_of
from packshot.database.base import is_id, new_id, now
from packshot.database.sessions import Sessions, hold
from packshot.database.tables import ProductImage, Rendition, Sku
from packshot.database.tables.catalog import ImageStatus, QcStatus
from packshot.errors import NotFound
from packshot.manifest import digest_of
from packshot.settings import Settings
from packshot.storage.fetch import NO_EDITION, Edition


@dataclass(frozen=True)
class StoredImage:
    """A photograph as it stood when one asked. `asset` is None until it has been fetched from `url`, and `edition` is
    what its host said of it at `fetched_at`."""

    id: str
    name: str
    url: str
    asset: str | None
    status: ImageStatus
    qc_status: QcStatus
    version: int
    created_at: datetime
    image_type: str = "primary"
    rendition: str | None = None  # the one that stands for it
    fetched_at: datetime | None = None
    edition: Edition = NO_EDITION


@dataclass(frozen=True)
class StoredRendition:
    """A finished picture and its receipt."""

    id: str
    image: str
    asset: str
    recipe: str
    recipe_digest: str
    verdict: str
    score: float
    manifest: Mapping[str, Any]
    created_at: datetime


def keep_image(sessions: Sessions, tenant: str, *, name: str, asset: str | None = None, url: str = "") -> StoredImage:
    """The image with these bytes, or from this address; a new one where there is none yet."""
    digest = digest_of(url.encode()) if url else (asset or "")

    def kept(session: Session) -> StoredImage:
        hold(session, f"image {tenant} {digest}"[:191])
        wanted = select(ProductImage).where(
            ProductImage.tenant == tenant, ProductImage.sku_id.is_(None), ProductImage.url_digest == digest
        )
        row = session.scalars(wanted).first()
        if row is None:
            row = ProductImage(
                id=new_id(), tenant=tenant, name=name[:191], image_url=url, url_digest=digest, asset=asset
            )
            session.add(row)
            session.flush()
        return _image(row)

    return sessions.write(kept)


def note_fetched(sessions: Sessions, image: str, asset: str, edition: Edition) -> None:
    """The bytes of an image have been fetched, or are still those that lie there."""

    def noted(session: Session) -> None:
        row = session.get(ProductImage, image)
        if row is None:
            return
        row.version += row.asset != asset
        row.asset, row.etag, row.last_modified, row.fetched_at = asset, edition.etag, edition.modified, now()

    sessions.write(noted)


def image_of(sessions: Sessions, image: str, tenant: str) -> StoredImage:
    """Raises NotFound, also for another tenant's."""

    def read(session: Session) -> StoredImage:
        row = session.get(ProductImage, image) if is_id(image) else None
        if row is None or row.tenant != tenant:
            raise NotFound("there is no such image", hint="check its id")
        return _image(row)

    return sessions.read(read)


def check_images(sessions: Sessions, images: Sequence[str], tenant: str) -> None:
    """Raises NotFound where one of them is not there, or another tenant's."""
    wanted = list(dict.fromkeys(images))
    for first in range(0, len(wanted), 500):
        some = wanted[first : first + 500]
        there = select(ProductImage.id).where(
            ProductImage.tenant == tenant, ProductImage.id.in_([image for image in some if is_id(image)])
        )
        known = sessions.read(lambda session, there=there: set(session.scalars(there)))  # type: ignore[misc]
        missing = [image for image in some if image.lower() not in known]
        if missing:
            raise NotFound(f"there is no such image: {missing[0][:64]}", hint="check its id")


def asset_of(sessions: Sessions, image: str, tenant: str) -> str:
    """The bytes of an image, by its id or by their digest where it is the tenant's. Raises NotFound."""
    named = ProductImage.id if is_id(image) else ProductImage.asset
    wanted = select(ProductImage.asset).where(ProductImage.tenant == tenant, named == image).limit(1)
    asset = sessions.read(lambda session: session.scalar(wanted))
    if asset is None:
        raise NotFound("there is no such image, or it has not been fetched yet", hint="hand it in, and give its id")
    return asset


def images_of(sessions: Sessions, tenant: str, *, before: str | None = None, limit: int = 50) -> list[StoredImage]:
    """The newest first; those older than the id `before`."""
    wanted = select(ProductImage).where(ProductImage.tenant == tenant).order_by(ProductImage.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(ProductImage.id < before)
    return sessions.read(lambda session: [_image(row) for row in session.scalars(wanted)])


def images_of_sku(sessions: Sessions, tenant: str, sku: str, most: int = 10_000) -> list[str]:
    """The ids of a sku's images, by the shop's key. Raises NotFound where there is no such sku, or it has none."""
    wanted = (
        select(ProductImage.id)
        .join(Sku, Sku.id == ProductImage.sku_id)
        .where(ProductImage.tenant == tenant, Sku.tenant == tenant, Sku.shop_key == sku)
        .order_by(ProductImage.id)
        .limit(most)
    )
    found = sessions.read(lambda session: list(session.scalars(wanted)))
    if not found:
        raise NotFound("there is no such sku, or it has no images", hint="import its images first")
    return found


def is_processing(sessions: Sessions, image: str) -> None:
    sessions.write(lambda session: _changed(session, image, status="processing"))


def has_failed(sessions: Sessions, image: str, error: Mapping[str, Any], tenant: str) -> None:
    sessions.write(lambda session: keep_failure(session, image, error, now(), tenant))


def plan_for(sessions: Sessions, image: str, tenant: str) -> Plan:
    """What its sku and group want, and what people said who sent it back."""
    return sessions.read(lambda session: plan_of(session, image, tenant))


def keep_rendition(
    sessions: Sessions, tenant: str, image: str, *, asset: str, manifest: Mapping[str, Any], settings: Settings
) -> str:
    """The id of the rendition: one for each image and recipe, the newest of them. Its scores are kept along.

    The image is then finished, and waits for a person where its score is not above the threshold or the picture is
    doubtful for another reason.
    """
    before, after, confidence = manifest["score"]["before"], manifest["score"]["after"], manifest["confidence"]
    label_got_worse = (manifest.get("text") or {}).get("verdict") == "worse"
    result = Result(
        asset=asset,
        recipe=str(manifest["recipe"]["name"])[:191],
        recipe_digest=str(manifest["recipe_digest"]),
        manifest=manifest,
        score=float(after["total"]),
        score_before=float(before["total"]),
        measures=after["measures"],
        measures_before=before["measures"],
        is_doubtful=label_got_worse or (confidence is not None and confidence < settings.sure_from),
        verdict=manifest["verdict"],
        confidence=confidence,
    )

    def kept(session: Session) -> str:
        hold(session, f"image {image}"[:191])
        return keep_result(session, image, result, settings.approve_above, now(), tenant)

    return sessions.write(kept)


def rendition_of(sessions: Sessions, rendition: str, tenant: str) -> StoredRendition:
    """Raises NotFound, also for another tenant's."""

    def read(session: Session) -> StoredRendition:
        row = session.get(Rendition, rendition) if is_id(rendition) else None
        if row is None or row.tenant != tenant:
            raise NotFound("there is no such rendition", hint="check its id")
        return _rendition(row)

    return sessions.read(read)


def renditions_of(
    sessions: Sessions, tenant: str, *, image: str | None = None, before: str | None = None, limit: int = 50
) -> list[StoredRendition]:
    """The newest first; those older than the id `before`, and of that image where one is named."""
    wanted = select(Rendition).where(Rendition.tenant == tenant).order_by(Rendition.id.desc()).limit(limit)
    if image is not None:
        if not is_id(image):
            return []
        wanted = wanted.where(Rendition.image_id == image)
    if before is not None:
        wanted = wanted.where(Rendition.id < before)
    return sessions.read(lambda session: [_rendition(row) for row in session.scalars(wanted)])


def _changed(session: Session, image: str, **values: Any) -> None:
    changed = update(ProductImage).where(ProductImage.id == image)
    session.execute(changed.values(version=ProductImage.version + 1, **values))


def _image(row: ProductImage) -> StoredImage:
    return StoredImage(
        id=row.id,
        name=row.name,
        url=row.image_url,
        asset=row.asset,
        status=row.status,
        qc_status=row.qc_status,
        version=row.version,
        created_at=row.created_at,
        image_type=row.image_type,
        rendition=row.rendition_id,
        fetched_at=row.fetched_at,
        edition=Edition(row.etag, row.last_modified),
    )


def _rendition(row: Rendition) -> StoredRendition:
    return StoredRendition(
        id=row.id,
        image=row.image_id,
        asset=row.asset,
        recipe=row.recipe,
        recipe_digest=row.recipe_digest,
        verdict=row.verdict,
        score=row.score,
        manifest=row.manifest,
        created_at=row.created_at,
    )
