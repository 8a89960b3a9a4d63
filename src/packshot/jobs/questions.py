"""What jobs ask of people.

A job that asks has a row for each picture that it asks about. What settles a picture (a verdict, or a new rendition)
takes its rows away in the same transaction, and the last one sends the job on. Whoever asks or settles changes or holds
the image's row first, so that neither misses the other.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from packshot.database.sessions import hold
from packshot.database.tables import Job, JobQuestion, ProductImage
from packshot.jobs.rows import UNSEEN, moved


def open_questions(session: Session, job: str, images: Sequence[str]) -> int:
    """Ask about those that nobody has settled meanwhile; how many that are."""
    unsettled = select(ProductImage.id).where(
        ProductImage.id.in_(images), ProductImage.qc_status.in_(["needs_review", "rework"])
    )
    asked = list(session.scalars(unsettled.order_by(ProductImage.id).with_for_update()))
    session.execute(delete(JobQuestion).where(JobQuestion.job_id == job), execution_options=UNSEEN)
    if asked:
        session.execute(insert(JobQuestion), [{"job_id": job, "image_id": image} for image in asked])
    return len(asked)


def settled(session: Session, image: str, at: datetime) -> list[str]:
    """Nobody need be asked about that picture any more; the jobs that wait to go on now."""
    asking = select(JobQuestion.job_id).where(JobQuestion.image_id == image).order_by(JobQuestion.job_id)
    jobs = list(session.scalars(asking))
    for job in jobs:
        hold(session, f"questions of {job}")  # of two last ones the second sees that it is the last
    if jobs:
        session.execute(delete(JobQuestion).where(JobQuestion.image_id == image), execution_options=UNSEEN)
    return [job for job in jobs if _goes_on(session, job, at)]


def _goes_on(session: Session, job: str, at: datetime) -> bool:
    left = select(JobQuestion.job_id).where(JobQuestion.job_id == job).exists()
    anew = {"not_before": at, "attempts": 0, "result": None}
    return moved(session, job, "waiting", at, Job.status == "asking", ~left, **anew) is not None
