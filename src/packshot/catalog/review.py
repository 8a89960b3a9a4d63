"""What people say of pictures: the queue, one verdict for each, and a log that only grows.

    needs_review, auto_approved, approved, rejected --approve--> approved
                                                    --reject---> rejected
                                                    --rework---> rework --(done anew)--> auto_approved or needs_review

A rejected picture that is to be done again is sent to rework with reasons, which change its recipe: the job that makes
it is submitted with the verdict, and where it fails the picture is a person's again. `version` decides between two
reviewers: it grows with every change, and who speaks of an older one is told what happened meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, get_args

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from packshot.catalog.names import suffix_of
from packshot.catalog.results import image_of
from packshot.catalog.rework import REASONS, asked_again, check_reasons
from packshot.database.base import new_id
from packshot.database.outbox import announce
from packshot.database.sessions import Sessions
from packshot.database.tables import ProductGroup, ProductImage, QcReviewLog, Rendition, Sku
from packshot.database.tables.catalog import QcStatus
from packshot.errors import Conflict, InputError, PackshotError, UnknownName
from packshot.jobs.questions import settled
from packshot.jobs.rows import REWORK, new_row, submitted

Verdict: TypeAlias = Literal["approve", "reject", "rework"]

VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)

NEXT: Final[dict[tuple[QcStatus, Verdict], QcStatus]] = {
    ("needs_review", "approve"): "approved",
    ("needs_review", "reject"): "rejected",
    ("needs_review", "rework"): "rework",
    ("auto_approved", "approve"): "approved",
    ("auto_approved", "reject"): "rejected",
    ("auto_approved", "rework"): "rework",
    ("approved", "reject"): "rejected",
    ("approved", "rework"): "rework",
    ("rejected", "approve"): "approved",
    ("rejected", "rework"): "rework",
}

ROUNDS: Final = 5  # as often is one photograph made again because somebody says so

_value = func.coalesce(Sku.value, 1.0)
_rank = _value * ProductImage.doubt

_STATUS: Final[dict[Verdict, str]] = {"approve": "approved", "reject": "rejected", "rework": "sent to rework"}


@dataclass(frozen=True)
class Waiting:
    """A picture that a person should look at; `rank` is value times doubt, the highest first."""

    id: str
    version: int
    qc_status: QcStatus
    sku: str
    group: str
    image_type: str
    url: str
    rendition: str | None
    asset: str | None
    score: float | None
    doubt: float
    value: float
    rank: float
    suffix: str  # of the rendition's file


@dataclass(frozen=True)
class Said:
    """What is said of one picture. `version` is the one that was looked at; None is whatever is there now."""

    image: str
    verdict: Verdict
    version: int | None = None


@dataclass(frozen=True)
class Reviewed:
    """What became of it: the new status and version, or why nothing did.

    `job` makes it again, and `go_on` are the jobs that had asked about it.
    """

    image: str
    qc_status: QcStatus | None
    version: int | None
    error: PackshotError | None = None
    job: str | None = None
    go_on: tuple[str, ...] = ()

    @property
    def due(self) -> tuple[str, ...]:
        """The jobs that whoever does them should hear of."""
        return self.go_on if self.job is None else (*self.go_on, self.job)


@dataclass(frozen=True)
class Logged:
    """One line of the log."""

    id: str
    image: str
    rendition: str | None
    reviewer: str
    verdict: str
    from_status: str
    to_status: str
    reasons: tuple[str, ...]
    notes: str
    at: datetime


def queue(
    session: Session,
    tenant: str = "",
    *,
    group: str | None = None,
    sku: str | None = None,
    after: tuple[float, str] | None = None,
    limit: int = 50,
) -> list[Waiting]:
    """Those that wait, the highest value times doubt first. A sku without a value counts as 1.

    `after` is the (rank, id) of the last one seen; `group` and `sku` go by the shop's own key.
    """
    wanted = (
        _looked_at(tenant).where(ProductImage.qc_status == "needs_review").order_by(_rank.desc(), ProductImage.id)
    ).limit(limit)
    if group is not None:
        wanted = wanted.where(ProductGroup.shop_key == group)
    if sku is not None:
        wanted = wanted.where(Sku.shop_key == sku)
    if after is not None:
        wanted = wanted.where(or_(_rank < after[0], and_(_rank == after[0], ProductImage.id > after[1])))
    return [_waiting(row) for row in session.execute(wanted)]


def looked_at(session: Session, image: str, tenant: str = "") -> Waiting:
    """One picture as the queue shows it, whatever was said of it. Raises NotFound."""
    image_of(session, image, tenant)
    return _waiting(session.execute(_looked_at(tenant).where(ProductImage.id == image)).one())


def _looked_at(tenant: str) -> Select[Any]:
    return (
        select(
            ProductImage,
            Sku.shop_key,
            ProductGroup.shop_key,
            Rendition.asset,
            Rendition.manifest["output"]["format"].as_string(),
            _value,
            _rank,
        )
        .outerjoin(Sku, Sku.id == ProductImage.sku_id)
        .outerjoin(ProductGroup, ProductGroup.id == ProductImage.product_group_id)
        .outerjoin(Rendition, Rendition.id == ProductImage.rendition_id)
        .where(ProductImage.tenant == tenant)
    )


def _waiting(row: Any) -> Waiting:
    image, sku, group, asset, form, value, rank = row
    return Waiting(
        id=image.id,
        version=image.version,
        qc_status=image.qc_status,
        sku=sku or "",
        group=group or "",
        image_type=image.image_type,
        url=image.image_url,
        rendition=image.rendition_id,
        asset=asset,
        score=image.score,
        doubt=image.doubt,
        value=float(value),
        rank=float(rank),
        suffix=suffix_of(form or "jpeg"),
    )


def review(
    session: Session,
    said: Said,
    reviewer: str,
    at: datetime,
    *,
    tenant: str = "",
    reasons: Sequence[str] = (),
    notes: str = "",
) -> Reviewed:
    """Keep one verdict, with its line in the log; for rework also the job that makes the picture again. Jobs that asked
    about it go on; where it is made again, once that is there.

    Raises NotFound; Conflict where somebody was faster, or where this cannot be said of such a picture; InputError
    where rework has no reason, or none that changes anything, or was said often enough.
    """
    _check(said.verdict, reviewer, reasons)
    row = image_of(session, said.image, tenant)
    found, status = row.version, row.qc_status
    to = NEXT.get((status, said.verdict))
    if said.version not in (None, found):
        raise _too_late(session, row)
    if to is None:
        raise _cannot(session, row, said.verdict)
    again = _again(session, row, reasons) if to == "rework" else None
    changed: Any = session.execute(
        update(ProductImage)
        .where(ProductImage.id == row.id, ProductImage.version == found, ProductImage.qc_status == status)
        .values(qc_status=to, version=found + 1, updated_at=at),
        execution_options={"synchronize_session": False},
    )
    if changed.rowcount != 1:
        session.refresh(row)
        raise _too_late(session, row)
    session.add(
        QcReviewLog(
            id=new_id(),
            tenant=tenant,
            image_id=row.id,
            rendition_id=row.rendition_id,
            reviewer_id=reviewer,
            verdict=said.verdict,
            from_status=status,
            to_status=to,
            reasons=list(reasons),
            notes=notes,
            created_at=at,
        )
    )
    job, go_on = None, []
    if again is None:
        go_on = settled(session, row.id, at)
    else:
        key = f"{REWORK} {row.id} {found}"
        job = submitted(session, new_row("image.enhance", again, at, tenant=tenant, key=key))
    told = {"id": row.id, "rendition": row.rendition_id, "reviewer": reviewer, "reasons": list(reasons), "notes": notes}
    announce(session, tenant, f"image.{to}", told if job is None else {**told, "job": job}, at)
    return Reviewed(row.id, to, found + 1, job=job, go_on=tuple(go_on))


def review_many(
    sessions: Sessions,
    said: Sequence[Said],
    reviewer: str,
    at: datetime,
    *,
    tenant: str = "",
    reasons: Sequence[str] = (),
    notes: str = "",
) -> list[Reviewed]:
    """One verdict after the other, each in a transaction of its own: what cannot be said of one stops no other."""
    done: list[Reviewed] = []
    for each in said:
        try:
            done.append(
                sessions.write(
                    lambda session, each=each: review(  # type: ignore[misc]
                        session, each, reviewer, at, tenant=tenant, reasons=reasons, notes=notes
                    )
                )
            )
        except PackshotError as error:
            if error.retryable:  # the database's trouble, not the picture's
                raise
            done.append(Reviewed(each.image, None, None, error))
    return done


def log_of(
    session: Session, image: str, tenant: str = "", *, after: str | None = None, limit: int | None = None
) -> list[Logged]:
    """What was said of one picture, the oldest first; what follows the line `after`. Raises NotFound."""
    image_of(session, image, tenant)
    wanted = select(QcReviewLog).where(QcReviewLog.image_id == image).order_by(QcReviewLog.id).limit(limit)
    if after is not None:
        wanted = wanted.where(QcReviewLog.id > after)
    return [
        Logged(
            row.id,
            row.image_id,
            row.rendition_id,
            row.reviewer_id,
            row.verdict,
            row.from_status,
            row.to_status,
            tuple(row.reasons),
            row.notes,
            row.created_at,
        )
        for row in session.scalars(wanted)
    ]


def _check(verdict: str, reviewer: str, reasons: Sequence[str]) -> None:
    if verdict not in VERDICTS:
        raise UnknownName.of("verdict", verdict, VERDICTS)
    if not reviewer.strip() or len(reviewer) > 191 or not reviewer.isprintable():
        raise InputError("a verdict needs a reviewer", hint="give a name of at most 191 characters, as --as anna")
    check_reasons(reasons)
    if verdict == "rework" and not any(REASONS[reason].changes for reason in reasons):
        hint = f"give a reason that changes the recipe, as {', '.join(list(REASONS)[:4])}; or reject it"
        raise InputError("rework without a reason would make the same picture again", hint=hint)


def _again(session: Session, row: ProductImage, reasons: Sequence[str]) -> dict[str, Any]:
    """The request that has the picture made again."""
    said = select(func.count()).where(QcReviewLog.image_id == row.id, QcReviewLog.verdict == "rework")
    if (session.scalar(said) or 0) >= ROUNDS:
        hint = "reject it and take another photograph, or give the sku a recipe of its own"
        raise InputError(f"it was sent back {ROUNDS} times already, and the recipe did not help", hint=hint)
    return asked_again(row.id, session.get_one(Rendition, row.rendition_id).manifest, reasons)


def _too_late(session: Session, row: ProductImage) -> Conflict:
    last = session.scalars(
        select(QcReviewLog).where(QcReviewLog.image_id == row.id).order_by(QcReviewLog.id.desc()).limit(1)
    ).first()
    who = f"{last.reviewer_id} has {_STATUS[last.verdict]} it" if last else "it has changed"  # type: ignore[index]
    return Conflict(f"{who} since you looked, and it is {row.qc_status} now", hint="look at it again, and say it anew")


def _cannot(session: Session, row: ProductImage, verdict: Verdict) -> Conflict:
    if (row.qc_status, verdict) in (("approved", "approve"), ("rejected", "reject")):
        return _too_late(session, row)
    if row.qc_status == "rework":
        return Conflict("it is being done again", hint="say it of the new picture, once that is there")
    return Conflict(f"there is no picture to {verdict} yet: it is {row.qc_status}", hint="wait until it is done")
