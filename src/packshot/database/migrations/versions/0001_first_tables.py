"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from packshot.database.base import EXACT, Moment, Money

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant", sa.String(length=191), nullable=False),
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
        **EXACT,
    )
    op.create_index(op.f("ix_api_keys_tenant"), "api_keys", ["tenant"])
    op.create_table(
        "forecasts",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant", sa.String(length=191), nullable=False),
        sa.Column("model", sa.String(length=191), nullable=False),
        sa.Column("data_digest", sa.String(length=80), nullable=False),
        sa.Column("forecast", sa.JSON(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecasts")),
        **EXACT,
    )
    op.create_index(op.f("ix_forecasts_tenant_model_id"), "forecasts", ["tenant", "model", "id"])
    op.create_table(
        "ledger",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant", sa.String(length=191), nullable=False),
        sa.Column("job", sa.String(length=191), nullable=False),
        sa.Column("picture", sa.String(length=191), nullable=False),
        sa.Column("provider", sa.String(length=191), nullable=False),
        sa.Column("model", sa.String(length=191), nullable=False),
        sa.Column("request", sa.String(length=80), nullable=False),
        sa.Column("units", sa.JSON(), nullable=False),
        sa.Column("price", Money(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        **EXACT,
    )
    op.create_index(op.f("ix_ledger_tenant_at"), "ledger", ["tenant", "at"])
    op.create_index(op.f("ix_ledger_tenant_job"), "ledger", ["tenant", "job"])
    op.create_index(op.f("ix_ledger_tenant_picture"), "ledger", ["tenant", "picture"])
    op.create_index(op.f("ix_ledger_tenant_request"), "ledger", ["tenant", "request"])
    op.create_table(
        "locks",
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_locks")),
        **EXACT,
    )
    op.create_table(
        "processing_jobs",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant", sa.String(length=191), nullable=False),
        sa.Column("batch_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("task", sa.String(length=191), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("request_digest", sa.String(length=80), nullable=False),
        sa.Column("idempotency_key", sa.String(length=191), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("not_before", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=191), nullable=True),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("current_step", sa.Text(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("heartbeat_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_processing_jobs_status")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["processing_jobs.id"], name=op.f("fk_processing_jobs_batch_id_processing_jobs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processing_jobs")),
        sa.UniqueConstraint("tenant", "idempotency_key", name=op.f("uq_processing_jobs_tenant_idempotency_key")),
        **EXACT,
    )
    op.create_index(op.f("ix_processing_jobs_batch_id"), "processing_jobs", ["batch_id"])
    op.create_index("ix_processing_jobs_claim", "processing_jobs", ["status", "priority", "id", "tenant", "not_before"])
    op.create_index("ix_processing_jobs_running", "processing_jobs", ["status", "tenant", "heartbeat_at"])
    op.create_index(op.f("ix_processing_jobs_tenant_id"), "processing_jobs", ["tenant", "id"])
    op.create_table(
        "product_groups",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant", sa.String(length=191), nullable=False),
        sa.Column("shop_key", sa.String(length=191), nullable=False),
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_groups")),
        sa.UniqueConstraint("tenant", "shop_key", name=op.f("uq_product_groups_tenant_shop_key")),
        **EXACT,
    )
    op.create_table(
        "tenants",
        sa.Column("name", sa.String(length=191), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("running_limit", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tenants")),
        **EXACT,
    )
    op.create_table(
        "trend_reports",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant", sa.String(length=191), nullable=False),
        sa.Column("topic", sa.String(length=191), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trend_reports")),
        **EXACT,
    )
    op.create_index(op.f("ix_trend_reports_tenant_topic_id"), "trend_reports", ["tenant", "topic", "id"])
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant", sa.String(length=191), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.String(length=128), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_because", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
        **EXACT,
    )
    op.create_index(op.f("ix_webhook_endpoints_tenant"), "webhook_endpoints", ["tenant"])
    op.create_table(
        "job_events",
        sa.Column("job_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["processing_jobs.id"], name=op.f("fk_job_events_job_id_processing_jobs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_job_events")),
        **EXACT,
    )
    op.create_table(
        "paid_answers",
        sa.Column("entry_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column(
            "answer",
            sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mariadb").with_variant(mysql.LONGBLOB(), "mysql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger.id"], name=op.f("fk_paid_answers_entry_id_ledger"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_paid_answers")),
        **EXACT,
    )
    op.create_table(
        "skus",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant", sa.String(length=191), nullable=False),
        sa.Column("shop_key", sa.String(length=191), nullable=False),
        sa.Column("product_group_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("image_count", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_group_id"], ["product_groups.id"], name=op.f("fk_skus_product_group_id_product_groups")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skus")),
        sa.UniqueConstraint("tenant", "shop_key", name=op.f("uq_skus_tenant_shop_key")),
        **EXACT,
    )
    op.create_index(op.f("ix_skus_product_group_id"), "skus", ["product_group_id"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("delivered_at", Moment(), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'delivered', 'failed')", name=op.f("ck_webhook_deliveries_status")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name=op.f("fk_webhook_deliveries_endpoint_id_webhook_endpoints"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        **EXACT,
    )
    op.create_index(op.f("ix_webhook_deliveries_endpoint_id"), "webhook_deliveries", ["endpoint_id"])
    op.create_index(op.f("ix_webhook_deliveries_status_next_at"), "webhook_deliveries", ["status", "next_at"])
    op.create_table(
        "enhancement_configs",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant", sa.String(length=191), nullable=False),
        sa.Column("product_group_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("sku_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("recipe", sa.String(length=191), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("approve_above", sa.Double(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_group_id"],
            ["product_groups.id"],
            name=op.f("fk_enhancement_configs_product_group_id_product_groups"),
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name=op.f("fk_enhancement_configs_sku_id_skus")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enhancement_configs")),
        sa.UniqueConstraint("tenant", "product_group_id", name=op.f("uq_enhancement_configs_tenant_product_group_id")),
        sa.UniqueConstraint("tenant", "sku_id", name=op.f("uq_enhancement_configs_tenant_sku_id")),
        **EXACT,
    )
    op.create_table(
        "product_images",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant", sa.String(length=191), nullable=False),
        sa.Column("product_group_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("sku_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("image_url", sa.Text(), nullable=False),
        sa.Column("url_digest", sa.String(length=80), nullable=False),
        sa.Column("image_type", sa.String(length=32), nullable=False),
        sa.Column("asset", sa.String(length=80), nullable=True),
        sa.Column("enhanced_image_url", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("qc_status", sa.String(length=32), nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "qc_status IN ('pending', 'auto_approved', 'needs_review', 'approved', 'rejected', 'rework')",
            name=op.f("ck_product_images_qc_status"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'processing', 'completed', 'failed')", name=op.f("ck_product_images_status")
        ),
        sa.ForeignKeyConstraint(
            ["product_group_id"], ["product_groups.id"], name=op.f("fk_product_images_product_group_id_product_groups")
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name=op.f("fk_product_images_sku_id_skus")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_images")),
        sa.UniqueConstraint("tenant", "sku_id", "url_digest", name=op.f("uq_product_images_tenant_sku_id_url_digest")),
        **EXACT,
    )
    op.create_index(op.f("ix_product_images_product_group_id"), "product_images", ["product_group_id"])
    op.create_index(op.f("ix_product_images_sku_id"), "product_images", ["sku_id"])
    op.create_index(op.f("ix_product_images_tenant_qc_status_id"), "product_images", ["tenant", "qc_status", "id"])
    op.create_index(op.f("ix_product_images_tenant_status_id"), "product_images", ["tenant", "status", "id"])
    op.create_table(
        "renditions",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant", sa.String(length=191), nullable=False),
        sa.Column("image_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("asset", sa.String(length=80), nullable=False),
        sa.Column("recipe", sa.String(length=191), nullable=False),
        sa.Column("recipe_digest", sa.String(length=80), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["product_images.id"], name=op.f("fk_renditions_image_id_product_images")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renditions")),
        sa.UniqueConstraint("image_id", "recipe_digest", name=op.f("uq_renditions_image_id_recipe_digest")),
        **EXACT,
    )
    op.create_index(op.f("ix_renditions_tenant"), "renditions", ["tenant"])
    op.create_table(
        "image_metrics",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("image_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rendition_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.CheckConstraint("stage IN ('before', 'after')", name=op.f("ck_image_metrics_stage")),
        sa.ForeignKeyConstraint(
            ["image_id"], ["product_images.id"], name=op.f("fk_image_metrics_image_id_product_images")
        ),
        sa.ForeignKeyConstraint(
            ["rendition_id"], ["renditions.id"], name=op.f("fk_image_metrics_rendition_id_renditions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_metrics")),
        **EXACT,
    )
    op.create_index(op.f("ix_image_metrics_image_id"), "image_metrics", ["image_id"])
    op.create_index(op.f("ix_image_metrics_rendition_id"), "image_metrics", ["rendition_id"])
    op.create_table(
        "qc_review_logs",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tenant", sa.String(length=191), nullable=False),
        sa.Column("image_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("rendition_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("reviewer_id", sa.String(length=191), nullable=False),
        sa.Column("verdict", sa.String(length=32), nullable=False),
        sa.Column("from_status", sa.String(length=32), nullable=False),
        sa.Column("to_status", sa.String(length=32), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["product_images.id"], name=op.f("fk_qc_review_logs_image_id_product_images")
        ),
        sa.ForeignKeyConstraint(
            ["rendition_id"], ["renditions.id"], name=op.f("fk_qc_review_logs_rendition_id_renditions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_review_logs")),
        **EXACT,
    )
    op.create_index(op.f("ix_qc_review_logs_image_id"), "qc_review_logs", ["image_id"])


def downgrade() -> None:
    for name in (
        "qc_review_logs",
        "image_metrics",
        "renditions",
        "product_images",
        "enhancement_configs",
        "webhook_deliveries",
        "skus",
        "paid_answers",
        "job_events",
        "webhook_endpoints",
        "trend_reports",
        "tenants",
        "product_groups",
        "processing_jobs",
        "locks",
        "ledger",
        "forecasts",
        "api_keys",
    ):
        op.drop_table(name)
