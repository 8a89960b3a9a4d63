"""What becomes of a photograph in the catalogue: how it is to be done, that it is under way, and what came out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, false, or_, select, update
from sqlalchemy.orm import Session

from packshot.database.base import is_id, new_id
from packshot.database.outbox import announce
from packshot.database.sessions import insert_new
from packshot.database.tables import EnhancementConfig, ImageMetrics, ProductImage, QcReviewLog, Rendition
from packshot.database.tables.catalog import QcStatus
from packshot.errors import NotFound
from packshot.jobs.questions import settled

_POINTS: Final = 10.0  # of score: so far from the threshold the doubt has fallen to a third
_UNSURE: Final = 0.8  # the least doubt of a picture that itself says a person should look


@dataclass(frozen=True)
class Plan:
    """How a photograph is to be done. `changes` go by `op.field` and come before what follows from `reasons`, which
    people gave who sent it back, the oldest first. None leaves it to the deployment."""

    recipe: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    reasons: Sequence[str] = ()
    approve_above: float | None = None


NO_PLAN: Final = Plan()


@dataclass(frozen=True)
class Result:
    """A finished rendition. Scores are 0..100, measures 0..1; `is_doubtful` says that a person should look whatever the
    score, `verdict` is its receipt's, `confidence` the least of its steps', 0..1."""

    asset: str
    recipe: str
    recipe_digest: str
    manifest: Mapping[str, Any]
    score: float
    score_before: float
    measures: Mapping[str, float] = field(default_factory=dict)
    measures_before: Mapping[str, float] = field(default_factory=dict)
    is_doubtful: bool = False
    verdict: str = "sure"
    confidence: float | None = None
    url: str | None = None  # where the outside finds it


def image_of(session: Session, image: str, tenant: str) -> ProductImage:
    """Raises NotFound, also for another tenant's."""
    row = session.get(ProductImage, image) if is_id(image) else None
    if row is None or row.tenant != tenant:
        raise NotFound("there is no such image in the catalogue", hint="packshot catalog list shows those there are")
    return row


def plan_of(session: Session, image: str, tenant: str = "") -> Plan:
    """What the sku and its group want, the sku's before the group's, and what people said of this photograph."""
    row = image_of(session, image, tenant)
    of_it = [EnhancementConfig.sku_id == row.sku_id] if row.sku_id else []
    of_it += [EnhancementConfig.product_group_id == row.product_group_id] if row.product_group_id else []
    wanted = select(EnhancementConfig).where(EnhancementConfig.tenant == tenant, or_(false(), *of_it))
    configs = sorted(session.scalars(wanted) if of_it else (), key=lambda config: config.sku_id is not None)
    said = select(QcReviewLog.reasons).where(QcReviewLog.image_id == image, QcReviewLog.verdict == "rework")
    reasons = [reason for each in session.scalars(said.order_by(QcReviewLog.id)) for reason in each]
    plan = Plan(reasons=tuple(reasons))
    for config in configs:
        plan = Plan(
            config.recipe or plan.recipe,
            {**plan.changes, **config.changes},
            plan.reasons,
            plan.approve_above if config.approve_above is None else config.approve_above,
        )
    return plan


def begin(session: Session, images: Sequence[str], at: datetime, tenant: str = "") -> int:
    """They are under way; how many that are the tenant's."""
    started = update(ProductImage).where(ProductImage.id.in_(images), ProductImage.tenant == tenant)
    values: dict[str, Any] = {"status": "processing", "version": ProductImage.version + 1, "updated_at": at}
    done: Any = session.execute(started.values(values), execution_options={"synchronize_session": False})
    return int(done.rowcount)


def verdict_on(score: float, approve_above: float, *, is_doubtful: bool = False) -> QcStatus:
    """More than the threshold needs nobody; exactly so much goes to a person, and so does what is doubtful itself."""
    return "auto_approved" if score > approve_above and not is_doubtful else "needs_review"


def doubt_of(
    score: float, approve_above: float, confidence: float | None = None, *, is_doubtful: bool = False
) -> float:
    """How open it is what a person would say, 0..1: the most at the threshold, and where the cutout is unsure."""
    near = math.exp(-abs(score - approve_above) / _POINTS)
    return round(max(near, 0.0 if confidence is None else 1 - confidence, _UNSURE if is_doubtful else 0.0), 6)


def keep_result(
    session: Session, image: str, result: Result, approve_above: float, at: datetime, tenant: str = ""
) -> str:
    """Keep a rendition, judge it by the threshold (of sku or group where they have one), tell the outside; its id.

    The same photograph by the same recipe again replaces what was kept. Raises NotFound.
    """
    row = image_of(session, image, tenant)
    plan = plan_of(session, image, tenant)
    threshold = approve_above if plan.approve_above is None else plan.approve_above
    verdict = verdict_on(result.score, threshold, is_doubtful=result.is_doubtful)
    rendition = _kept(session, image, result, at, tenant)
    session.execute(delete(ImageMetrics).where(ImageMetrics.image_id == image, ImageMetrics.rendition_id == rendition))
    for stage, score, measures in (
        ("before", result.score_before, result.measures_before),
        ("after", result.score, result.measures),
    ):
        session.add(
            ImageMetrics(
                image_id=image, rendition_id=rendition, stage=stage, score=score, measures=dict(measures), created_at=at
            )
        )
    row.status, row.qc_status, row.error = "completed", verdict, None
    row.rendition_id, row.score = rendition, result.score
    row.doubt = doubt_of(result.score, threshold, result.confidence, is_doubtful=result.is_doubtful)
    row.enhanced_image_url = result.url or f"/api/v1/renditions/{rendition}/file"
    row.version, row.updated_at = row.version + 1, at
    told = {"id": image, "rendition": rendition, "asset": result.asset, "score": result.score, "qc_status": verdict}
    announce(session, tenant, "image.completed", {**told, "url": row.enhanced_image_url}, at)
    settled(session, image, at)  # who asked about the one before looks at this one
    return rendition


def keep_failure(session: Session, image: str, error: Mapping[str, Any], at: datetime, tenant: str = "") -> None:
    """It could not be done. Raises NotFound."""
    row = image_of(session, image, tenant)
    row.status, row.error, row.version, row.updated_at = "failed", dict(error), row.version + 1, at
    announce(session, tenant, "image.failed", {"id": image, "error": dict(error)}, at)


def _kept(session: Session, image: str, result: Result, at: datetime, tenant: str) -> str:
    """The id of the rendition, new or replaced."""
    same = select(Rendition.id).where(Rendition.image_id == image, Rendition.recipe_digest == result.recipe_digest)
    values = {
        "asset": result.asset,
        "recipe": result.recipe,
        "manifest": dict(result.manifest),
        "verdict": result.verdict,
        "score": result.score,
        "created_at": at,
    }
    fixed = {"id": new_id(), "tenant": tenant, "image_id": image, "recipe_digest": result.recipe_digest}
    if insert_new(session, Rendition, {**values, **fixed}, ["image_id", "recipe_digest"]):
        return str(fixed["id"])
    found = session.scalars(same).one()
    session.execute(update(Rendition).where(Rendition.id == found).values(**values))
    return found
