"""What a host says of a photograph, so that it is sent again only when it has changed; and whose turn it is there."""

import sqlalchemy as sa
from alembic import op

from packshot.database.base import EXACT, Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("product_images", sa.Column("fetched_at", Moment(), nullable=True))
    for name in ("etag", "last_modified"):
        op.add_column("product_images", sa.Column(name, sa.String(length=191), nullable=False, server_default=""))
    op.create_table(
        "host_turns",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("host", sa.String(length=191), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("is_pause", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_turns")),
        **EXACT,
    )
    op.create_index(op.f("ix_host_turns_host"), "host_turns", ["host"])


def downgrade() -> None:
    op.drop_table("host_turns")
    for name in ("last_modified", "etag", "fetched_at"):
        op.drop_column("product_images", name)
