"""The schema, by noun. Whoever needs it whole (a migration, a test) imports this."""

from packshot.database.base import Table
from packshot.database.tables.access import ApiKey, Tenant
from packshot.database.tables.assets import StoredAsset
from packshot.database.tables.catalog import (
    EnhancementConfig,
    ImageMetrics,
    ProductGroup,
    ProductImage,
    QcReviewLog,
    Rendition,
    Sku,
)
from packshot.database.tables.hosts import HostTurn
from packshot.database.tables.jobs import Job, JobEvent, JobQuestion
from packshot.database.tables.locks import Lock
from packshot.database.tables.money import LedgerEntry, PaidAnswer
from packshot.database.tables.reports import Forecast, TrendReport
from packshot.database.tables.webhooks import WebhookDelivery, WebhookEndpoint

__all__ = [
    "ApiKey",
    "EnhancementConfig",
    "Forecast",
    "HostTurn",
    "ImageMetrics",
    "Job",
    "JobEvent",
    "JobQuestion",
    "LedgerEntry",
    "Lock",
    "PaidAnswer",
    "ProductGroup",
    "ProductImage",
    "QcReviewLog",
    "Rendition",
    "Sku",
    "StoredAsset",
    "Table",
    "Tenant",
    "TrendReport",
    "WebhookDelivery",
    "WebhookEndpoint",
]
