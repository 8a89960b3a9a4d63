"""Questions to the catalogue. Functions of a session; pages are found by where the last one ended."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import PurePath
from typing import Any

from sqlalchemy import Select, func, select
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
    form: str = ""  # what makes it differ from others of its photograph, where several are given out


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


def approved(
    skus: Iterable[tuple[str, Sequence[ImageFacts]]], left_out: Callable[[ImageFacts], None]
) -> Iterator[tuple[str, list[ImageFacts]]]:
    """Of each sku the images that may go out; `left_out` hears of the others."""
    for sku, images in skus:
        going: list[ImageFacts] = []
        for each in images:
            (going.append if each.qc_status in FINISHED else left_out)(each)
        if going:
            yield sku, going


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
        _facts()
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
    return found[-1].shop_key, [_image(row) for row in session.execute(images)]


def made(session: Session, renditions: Sequence[str], tenant: str = "") -> dict[str, ImageFacts]:
    """These renditions by their ids, whether or not they stand for their photographs. What is of no sku goes by its
    photograph's name."""
    wanted = (
        _facts()
        .add_columns(Rendition)
        .join(Rendition, Rendition.image_id == ProductImage.id)
        .outerjoin(Sku, Sku.id == ProductImage.sku_id)
        .outerjoin(ProductGroup, ProductGroup.id == ProductImage.product_group_id)
        .where(Rendition.tenant == tenant, Rendition.id.in_(renditions))
    )
    return {row[-1].id: _form(_image(row[:-1]), row[0], row[-1]) for row in session.execute(wanted)}


def _form(facts: ImageFacts, image: ProductImage, rendition: Rendition) -> ImageFacts:
    stands = image.rendition_id == rendition.id
    judged: QcStatus = "auto_approved" if rendition.verdict == "sure" else "needs_review"
    return replace(
        facts,
        sku=facts.sku or PurePath(image.name).stem or image.id,
        qc_status=image.qc_status if stands else judged,
        score=rendition.score,
        enhanced_url=f"/api/v1/renditions/{rendition.id}/file",
    )


def _facts() -> Select[Any]:
    return select(
        ProductImage,
        Sku.shop_key,
        Sku.value,
        ProductGroup.shop_key,
        Rendition.asset,
        Rendition.recipe,
        Rendition.manifest["output"]["format"].as_string(),
    )


def _image(row: Any) -> ImageFacts:
    image, sku, value, group, asset, recipe, form = row
    return ImageFacts(
        id=image.id,
        sku=sku or "",
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
