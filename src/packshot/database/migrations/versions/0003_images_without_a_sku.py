"""Images that are of no sku, and batches that are counted instead of kept."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("product_images", sa.Column("name", sa.String(length=191), nullable=False, server_default=""))
    if op.get_bind().dialect.name == "sqlite":
        _rewritten("sku_id CHAR(32) NOT NULL", "sku_id CHAR(32)")
    else:
        op.alter_column("product_images", "sku_id", existing_type=sa.Uuid(as_uuid=False), nullable=True)
    for name in ("total", "completed", "failed"):
        op.drop_column("processing_jobs", name)


def downgrade() -> None:
    for name, each in (("total", "1"), ("completed", "0"), ("failed", "0")):
        op.add_column("processing_jobs", sa.Column(name, sa.Integer(), nullable=False, server_default=each))
    op.execute("DELETE FROM product_images WHERE sku_id IS NULL")
    if op.get_bind().dialect.name == "sqlite":
        _rewritten("sku_id CHAR(32)", "sku_id CHAR(32) NOT NULL")
    else:
        op.alter_column("product_images", "sku_id", existing_type=sa.Uuid(as_uuid=False), nullable=False)
    op.drop_column("product_images", "name")


def _rewritten(was: str, is_now: str) -> None:
    """The table anew with one column declared otherwise: SQLite has no other way. Foreign keys are off meanwhile."""
    told = op.get_bind()
    rows = told.execute(sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = 'product_images' AND sql <> ''"))
    kinds = rows.all()
    table = next(sql for kind, sql in kinds if kind == "table")
    if was not in table:
        raise ValueError(f"product_images is not declared as expected: no {was}")
    made = f"CREATE TABLE product_images_anew {table[table.index('(') :].replace(was, is_now)}"
    columns = ", ".join(column["name"] for column in sa.inspect(told).get_columns("product_images"))
    op.execute(made)
    op.execute(f"INSERT INTO product_images_anew ({columns}) SELECT {columns} FROM product_images")  # noqa: S608
    op.execute("DROP TABLE product_images")
    op.execute("ALTER TABLE product_images_anew RENAME TO product_images")
    for kind, sql in kinds:
        if kind == "index":
            op.execute(sql)
