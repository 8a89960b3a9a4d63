"""What verdicts teach: from which score on nobody need look, for each group.

Only pictures that somebody looked at teach anything. Those above the present threshold are seen by whoever spot-checks
them: without spot checks a threshold can be learnt to be lower, and never to be higher.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from packshot.database.sessions import insert_new
from packshot.database.tables import EnhancementConfig, ProductGroup, ProductImage, QcReviewLog, Rendition
from packshot.errors import NotFound

ENOUGH: Final = 30  # verdicts above a threshold
LEAST: Final = 50.0  # no threshold is learnt below
_Z: Final = 1.645  # one side, 95 in 100


@dataclass(frozen=True)
class Learnt:
    """Of a group: how many verdicts there are, how many approved, and the threshold they stand for, None where none."""

    group: str
    verdicts: int
    approved: int
    threshold: float | None


def learnt(session: Session, tenant: str = "", *, share: float = 0.95) -> list[Learnt]:
    """For each group with verdicts, by its shop key; "" are the photographs of no group."""
    wanted = (
        select(ProductGroup.shop_key, QcReviewLog.rendition_id, QcReviewLog.verdict, Rendition.score)
        .join(Rendition, Rendition.id == QcReviewLog.rendition_id)
        .join(ProductImage, ProductImage.id == QcReviewLog.image_id)
        .outerjoin(ProductGroup, ProductGroup.id == ProductImage.product_group_id)
        .where(QcReviewLog.tenant == tenant)
        .order_by(QcReviewLog.id)
    )
    last: dict[str, dict[str, tuple[float, bool]]] = defaultdict(dict)  # of each rendition the last word counts
    for row in session.execute(wanted):
        last[row.shop_key or ""][row.rendition_id] = (row.score, row.verdict == "approve")
    return [
        Learnt(group, len(said), sum(good for _, good in said.values()), threshold_of(list(said.values()), share))
        for group, said in sorted(last.items())
    ]


def threshold_of(said: Sequence[tuple[float, bool]], share: float = 0.95) -> float | None:
    """The lowest score above which people approve at least that `share`; None where there is too little to tell.

    The lower end of Wilson's interval has to reach it (Wilson 1927), so that few verdicts do not prove much.
    """
    found: float | None = None
    ordered = sorted(said, reverse=True)
    approved = 0
    for count, (score, good) in enumerate(ordered, 1):
        approved += good
        following = ordered[count][0] if count < len(ordered) else LEAST
        if following == score or count < ENOUGH:
            continue
        if wilson_low(approved, count) >= share and score > LEAST:
            found = max(LEAST, following)
    return found


def wilson_low(good: int, count: int) -> float:
    """The lower end of the interval of a share, one-sided 95 in 100."""
    share, z2 = good / count, _Z * _Z
    middle = share + z2 / (2 * count)
    spread = _Z * math.sqrt(share * (1 - share) / count + z2 / (4 * count * count))
    return (middle - spread) / (1 + z2 / count)


def thresholds(session: Session, tenant: str = "") -> dict[str, float]:
    """Those that are used, by the group's shop key."""
    wanted = (
        select(ProductGroup.shop_key, EnhancementConfig.approve_above)
        .join(EnhancementConfig, EnhancementConfig.product_group_id == ProductGroup.id)
        .where(EnhancementConfig.tenant == tenant, EnhancementConfig.approve_above.is_not(None))
    )
    return {str(row.shop_key): float(row.approve_above) for row in session.execute(wanted)}


def set_threshold(session: Session, group: str, threshold: float | None, tenant: str = "") -> None:
    """From now on more than `threshold` is approved in that group, by its shop key; None for what holds for all.

    Raises NotFound.
    """
    wanted = select(ProductGroup.id).where(ProductGroup.tenant == tenant, ProductGroup.shop_key == group)
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("there is no such product group", hint="import photographs of it first")
    values: dict[str, Any] = {"tenant": tenant, "product_group_id": found, "changes": {}, "approve_above": threshold}
    if not insert_new(session, EnhancementConfig, values, ["tenant", "product_group_id"]):
        config = session.scalars(
            select(EnhancementConfig).where(
                EnhancementConfig.tenant == tenant, EnhancementConfig.product_group_id == found
            )
        ).one()
        config.approve_above = threshold
