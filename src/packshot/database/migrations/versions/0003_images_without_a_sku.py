"""Images that are of no sku, and batches that are counted instead of kept."""

import sqlalchemy as sa
from alembic import op

from packshot.database.migrations.anew import made_anew

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("product_images", sa.Column("name", sa.String(length=191), nullable=False, server_default=""))
    if op.get_bind().dialect.name == "sqlite":
        made_anew("product_images", "sku_id CHAR(32) NOT NULL", "sku_id CHAR(32)")
    else:
        op.alter_column("product_images", "sku_id", existing_type=sa.Uuid(as_uuid=False), nullable=True)
    for name in ("total", "completed", "failed"):
        op.drop_column("processing_jobs", name)


def downgrade() -> None:
    for name, each in (("total", "1"), ("completed", "0"), ("failed", "0")):
        op.add_column("processing_jobs", sa.Column(name, sa.Integer(), nullable=False, server_default=each))
    op.execute("DELETE FROM product_images WHERE sku_id IS NULL")
    if op.get_bind().dialect.name == "sqlite":
        made_anew("product_images", "sku_id CHAR(32)", "sku_id CHAR(32) NOT NULL")
    else:
        op.alter_column("product_images", "sku_id", existing_type=sa.Uuid(as_uuid=False), nullable=False)
    op.drop_column("product_images", "name")
