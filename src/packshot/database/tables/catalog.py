"""The catalogue: what is for sale, its photographs, what was made of them, and what people said."""

from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from packshot.database.base import EXACT, Asset, Id, Name, Table, Word, new_id, now, one_of

ImageStatus: TypeAlias = Literal["pending", "processing", "completed", "failed"]
QcStatus: TypeAlias = Literal["pending", "auto_approved", "needs_review", "approved", "rejected", "rework"]


class ProductGroup(Table):
    """The family a sku belongs to; `shop_key` is what the shop calls it."""

    __tablename__ = "product_groups"
    __table_args__ = (UniqueConstraint("tenant", "shop_key"), EXACT)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant: Mapped[str] = mapped_column(Name, default="")
    shop_key: Mapped[str] = mapped_column(Name)
    name: Mapped[str] = mapped_column(Name, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Sku(Table):
    """A thing for sale; `shop_key` is what the shop calls it."""

    __tablename__ = "skus"
    __table_args__ = (UniqueConstraint("tenant", "shop_key"), EXACT)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant: Mapped[str] = mapped_column(Name, default="")
    shop_key: Mapped[str] = mapped_column(Name)
    product_group_id: Mapped[str | None] = mapped_column(Id, ForeignKey("product_groups.id"), index=True)
    image_count: Mapped[int] = mapped_column(default=0)
    value: Mapped[float | None]  # what a mistake would cost, in the shop's own measure: a price, a month's sales
    created_at: Mapped[datetime] = mapped_column(default=now)


class ProductImage(Table):
    """A photograph as it came to us, of a sku where somebody said of which.

    `version` grows with every change: of two reviewers the second hears.
    """

    __tablename__ = "product_images"
    __table_args__ = (
        UniqueConstraint("tenant", "sku_id", "url_digest"),
        Index(None, "tenant", "status", "id"),
        Index(None, "tenant", "qc_status", "id"),
        Index(None, "asset"),
        one_of("status", ImageStatus),
        one_of("qc_status", QcStatus),
        EXACT,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant: Mapped[str] = mapped_column(Name, default="")
    product_group_id: Mapped[str | None] = mapped_column(Id, ForeignKey("product_groups.id"), index=True)
    sku_id: Mapped[str | None] = mapped_column(Id, ForeignKey("skus.id"), index=True)
    name: Mapped[str] = mapped_column(Name, default="")  # what the file was called
    image_url: Mapped[str] = mapped_column(Text)  # "" where the bytes were handed in
    url_digest: Mapped[str] = mapped_column(Asset)  # of the URL, or of the bytes where there is none
    image_type: Mapped[str] = mapped_column(Word, default="primary")
    asset: Mapped[str | None] = mapped_column(Asset)  # the bytes, once fetched
    fetched_at: Mapped[datetime | None]  # when its host last said that these are they; never, where they were handed in
    etag: Mapped[str] = mapped_column(Name, default="")  # how the host tells them from others
    last_modified: Mapped[str] = mapped_column(Name, default="")
    enhanced_image_url: Mapped[str | None] = mapped_column(Text)
    status: Mapped[ImageStatus] = mapped_column(Word, default="pending")
    qc_status: Mapped[QcStatus] = mapped_column(Word, default="pending")
    error: Mapped[dict[str, Any] | None]
    rendition_id: Mapped[str | None] = mapped_column(Id)  # the one that is judged; no foreign key, they would circle
    score: Mapped[float | None]  # of that rendition, 0..100
    doubt: Mapped[float] = mapped_column(default=0.0)  # 0..1, how much a look at it may change
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Rendition(Table):
    """A picture made from a product image by a recipe; one for each recipe."""

    __tablename__ = "renditions"
    __table_args__ = (UniqueConstraint("image_id", "recipe_digest"), Index(None, "asset"), EXACT)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant: Mapped[str] = mapped_column(Name, default="", index=True)
    image_id: Mapped[str] = mapped_column(Id, ForeignKey("product_images.id"))
    asset: Mapped[str] = mapped_column(Asset)
    recipe: Mapped[str] = mapped_column(Name)
    recipe_digest: Mapped[str] = mapped_column(Asset)
    manifest: Mapped[dict[str, Any]]
    verdict: Mapped[str] = mapped_column(Word)
    score: Mapped[float]  # 0..100
    created_at: Mapped[datetime] = mapped_column(default=now)


class ImageMetrics(Table):
    """The quality of a picture, before (the photograph) and after (a rendition)."""

    __tablename__ = "image_metrics"
    __table_args__ = (one_of("stage", Literal["before", "after"]), EXACT)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    image_id: Mapped[str] = mapped_column(Id, ForeignKey("product_images.id"), index=True)
    rendition_id: Mapped[str | None] = mapped_column(Id, ForeignKey("renditions.id"), index=True)
    stage: Mapped[str] = mapped_column(String(8))
    score: Mapped[float]  # 0..100
    measures: Mapped[dict[str, Any]]  # each 0..1
    created_at: Mapped[datetime] = mapped_column(default=now)


class EnhancementConfig(Table):
    """What is different for a product group or a sku; the sku's goes before the group's."""

    __tablename__ = "enhancement_configs"
    __table_args__ = (UniqueConstraint("tenant", "product_group_id"), UniqueConstraint("tenant", "sku_id"), EXACT)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant: Mapped[str] = mapped_column(Name, default="")
    product_group_id: Mapped[str | None] = mapped_column(Id, ForeignKey("product_groups.id"))
    sku_id: Mapped[str | None] = mapped_column(Id, ForeignKey("skus.id"))
    recipe: Mapped[str | None] = mapped_column(Name)
    changes: Mapped[dict[str, Any]]  # by `op.field`
    approve_above: Mapped[float | None]
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class QcReviewLog(Table):
    """What a person said of a picture. Rows are added, never changed."""

    __tablename__ = "qc_review_logs"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    tenant: Mapped[str] = mapped_column(Name, default="")
    image_id: Mapped[str] = mapped_column(Id, ForeignKey("product_images.id"), index=True)
    rendition_id: Mapped[str | None] = mapped_column(Id, ForeignKey("renditions.id"))
    reviewer_id: Mapped[str] = mapped_column(Name)
    verdict: Mapped[str] = mapped_column(Word)
    from_status: Mapped[str] = mapped_column(Word)  # the qc_status it found
    to_status: Mapped[str] = mapped_column(Word)  # and left
    reasons: Mapped[list[str]]
    notes: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
