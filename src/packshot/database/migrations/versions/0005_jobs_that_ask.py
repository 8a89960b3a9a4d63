"""Jobs that wait for a person, and the pictures that they ask about."""

import sqlalchemy as sa
from alembic import op

from packshot.database.base import EXACT
from packshot.database.migrations.anew import made_anew

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BEFORE = "status IN ('waiting', 'running', 'done', 'failed', 'cancelled')"
_SINCE = "status IN ('waiting', 'running', 'asking', 'done', 'failed', 'cancelled')"


def upgrade() -> None:
    _may_be(_BEFORE, _SINCE)
    op.create_table(
        "job_questions",
        sa.Column("job_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("image_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["processing_jobs.id"],
            name=op.f("fk_job_questions_job_id_processing_jobs"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["image_id"],
            ["product_images.id"],
            name=op.f("fk_job_questions_image_id_product_images"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("job_id", "image_id", name=op.f("pk_job_questions")),
        **EXACT,
    )
    op.create_index(op.f("ix_job_questions_image_id"), "job_questions", ["image_id"])


def downgrade() -> None:
    op.drop_table("job_questions")
    op.execute("UPDATE processing_jobs SET status = 'waiting' WHERE status = 'asking'")
    _may_be(_SINCE, _BEFORE)


def _may_be(was: str, is_now: str) -> None:
    """Which words a job's status may be."""
    if op.get_bind().dialect.name == "sqlite":
        made_anew("processing_jobs", was, is_now)
        return
    op.drop_constraint(op.f("ck_processing_jobs_status"), "processing_jobs", type_="check")
    op.create_check_constraint(op.f("ck_processing_jobs_status"), "processing_jobs", is_now)
