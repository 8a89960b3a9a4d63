"""What a mistake would cost, the rendition that is judged, secrets that change, and whose the assets are."""

import sqlalchemy as sa
from alembic import op

from packshot.database.base import EXACT, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stored_assets",
        sa.Column("tenant", sa.String(length=191), nullable=False),
        sa.Column("asset", sa.String(length=80), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("keeping", sa.String(length=32), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=False),
        sa.CheckConstraint("keeping IN ('temporary', 'lasting')", name=op.f("ck_stored_assets_keeping")),
        sa.PrimaryKeyConstraint("tenant", "asset", name=op.f("pk_stored_assets")),
        **EXACT,
    )
    op.create_index(op.f("ix_stored_assets_asset"), "stored_assets", ["asset"])
    op.create_index(op.f("ix_stored_assets_keeping_used_at"), "stored_assets", ["keeping", "used_at"])
    op.add_column("tenants", sa.Column("stored_bytes", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("tenants", sa.Column("stored_limit", sa.BigInteger(), nullable=True))
    op.add_column("skus", sa.Column("value", sa.Double(), nullable=True))
    op.add_column("product_images", sa.Column("rendition_id", sa.Uuid(as_uuid=False), nullable=True))
    op.add_column("product_images", sa.Column("score", sa.Double(), nullable=True))
    op.add_column("product_images", sa.Column("doubt", sa.Double(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_product_images_asset"), "product_images", ["asset"])
    op.create_index(op.f("ix_renditions_asset"), "renditions", ["asset"])
    op.add_column("webhook_endpoints", sa.Column("secret_before", sa.String(length=128), nullable=True))
    op.add_column("webhook_endpoints", sa.Column("secret_before_until", Moment(), nullable=True))


def downgrade() -> None:
    op.drop_column("webhook_endpoints", "secret_before_until")
    op.drop_column("webhook_endpoints", "secret_before")
    op.drop_index(op.f("ix_renditions_asset"), "renditions")
    op.drop_index(op.f("ix_product_images_asset"), "product_images")
    for name in ("doubt", "score", "rendition_id"):
        op.drop_column("product_images", name)
    op.drop_column("skus", "value")
    for name in ("stored_limit", "stored_bytes"):
        op.drop_column("tenants", name)
    op.drop_table("stored_assets")
