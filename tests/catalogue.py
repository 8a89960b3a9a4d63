"""A small catalogue for tests: photographs that are there, and renditions as a worker would keep them."""

from datetime import UTC, datetime

from sqlalchemy import select

from packshot.catalog.importing import import_rows
from packshot.catalog.results import Result, keep_result
from packshot.catalog.rows import Row
from packshot.database.sessions import Sessions
from packshot.database.tables import ProductImage, Sku
from packshot.recipe import Recipe

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
RECIPE = Recipe.named("auto").as_data()


def photographs(
    sessions: Sessions, *skus: str, group: str = "", value: float | None = None, tenant: str = ""
) -> list[str]:
    """One photograph of each sku; their ids, in this order."""
    import_rows(
        sessions,
        [Row(n, sku, f"https://cdn.example.com/{sku}.jpg", group, value=value) for n, sku in enumerate(skus, 1)],
        tenant=tenant,
    )
    wanted = select(Sku.shop_key, ProductImage.id).join(Sku, Sku.id == ProductImage.sku_id).where(Sku.tenant == tenant)
    found = sessions.read(lambda session: {row.shop_key: row.id for row in session.execute(wanted)})
    return [found[sku] for sku in skus]


def result(
    score: float, *, asset: str = "sha256:" + "a" * 64, recipe_digest: str = "sha256:1", **more: object
) -> Result:
    manifest = {"recipe": RECIPE, "output": {"format": "jpeg"}}
    return Result(asset, "auto", recipe_digest, manifest, score, 40.0, **more)  # type: ignore[arg-type]


def finished(sessions: Sessions, image: str, score: float, *, approve_above: float = 75.0, **more: object) -> str:
    """Its rendition is kept; what the picture's state is then."""
    tenant = str(more.pop("tenant", ""))
    made = result(score, **more)  # type: ignore[arg-type]
    sessions.write(lambda session: keep_result(session, image, made, approve_above, NOON, tenant))
    return sessions.read(lambda session: session.get_one(ProductImage, image).qc_status)
