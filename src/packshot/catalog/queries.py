"""Questions to the catalogue. Functions of a session; pages are found by where the last one ended."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from packshot.catalog.names import suffix_of
from packshot.database.sessions import Sessions
from packshot.database.tables import ProductGroup, ProductImage, Rendition, Sku
from packshot.database.tables.catalog import ImageStatus, QcStatus

FINISHED: tuple[QcStatus, ...] = ("auto_approved", "approved")  # may go out
PAGE = 200  # skus


@dataclass(frozen=True)
class ImageFacts:
    """A photograph and the rendition that stands for it, as plain values. Keys are the shop's."""

    id: str
    sku: str
    group: str
    url: str
    image_type: str
    value: float | None
    status: ImageStatus
    qc_status: QcStatus
    score: float | None
    enhanced_url: str
    asset: str | None  # of the rendition
    recipe: str
    suffix: str  # of the rendition's file
    version: int


@dataclass(frozen=True)
class Wanted:
    """Which images; None is any."""

    tenant: str = ""
    qc: Sequence[QcStatus] | None = None
    group: str | None = None
    sku: str | None = None


def skus_with_images(sessions: Sessions, wanted: Wanted = Wanted()) -> Iterator[tuple[str, list[ImageFacts]]]:
    """Each sku that has such images, in the order of the shop's keys, the primary image first. One page in memory."""
    after = ""
    while True:
        page = sessions.read(lambda session, after=after: _page(session, wanted, after))  # type: ignore[misc]
        if page is None:
            return
        after, images = page
        for sku, of_it in groupby(images, key=lambda each: each.sku):
            yield sku, list(of_it)


def counts(session: Session, tenant: str = "") -> dict[str, int]:
    """How many images stand at each status, and at each status of review."""
    found: dict[str, int] = {}
    for column in (ProductImage.status, ProductImage.qc_status):
        rows = session.execute(select(column, func.count()).where(ProductImage.tenant == tenant).group_by(column))
        found |= {f"{column.key} {name}": number for name, number in rows}
    return found


def _page(session: Session, wanted: Wanted, after: str) -> tuple[str, list[ImageFacts]] | None:
    """The last key of the page and its images; None where there is no further page."""
    skus = select(Sku.id, Sku.shop_key).where(Sku.tenant == wanted.tenant, Sku.shop_key > after)
    if wanted.sku is not None:
        skus = skus.where(Sku.shop_key == wanted.sku)
    found = session.execute(skus.order_by(Sku.shop_key).limit(PAGE)).all()
    if not found:
        return None
    images = (
        select(
            ProductImage,
            Sku.shop_key,
            Sku.value,
            ProductGroup.shop_key,
            Rendition.asset,
            Rendition.recipe,
            Rendition.manifest["output"]["format"].as_string(),
        )
        .join(Sku, Sku.id == ProductImage.sku_id)
        .outerjoin(ProductGroup, ProductGroup.id == ProductImage.product_group_id)
        .outerjoin(Rendition, Rendition.id == ProductImage.rendition_id)
        .where(ProductImage.sku_id.in_([row.id for row in found]))
        .order_by(Sku.shop_key, ProductImage.image_type != "primary", ProductImage.id)
    )
    if wanted.qc is not None:
        images = images.where(ProductImage.qc_status.in_(wanted.qc))
    if wanted.group is not None:
        images = images.where(ProductGroup.shop_key == wanted.group)
    facts = [
        ImageFacts(
            id=image.id,
            sku=sku,
            group=group or "",
            url=image.image_url,
            image_type=image.image_type,
            value=value,
            status=image.status,
            qc_status=image.qc_status,
            score=image.score,
            enhanced_url=image.enhanced_image_url or "",
            asset=asset,
            recipe=recipe or "",
            suffix=suffix_of(form or "jpeg"),
            version=image.version,
        )
        for image, sku, value, group, asset, recipe, form in session.execute(images)
    ]
    return found[-1].shop_key, facts
