"""Beginning a job, and stopping it."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, literal, select, update

from hub.accounts.models import User
from hub.clock import now
from hub.extensions import db
from hub.inbox.bulk.choosing import MOST, MOST_ANSWERED, Ids
from hub.inbox.bulk.models import Action, BulkItem, BulkJob
from hub.queue import ring

KEPT_FOR: Final = timedelta(days=90)


def begin(action: Action, chosen: Ids, *, by: User, **args: Any) -> BulkJob:
    """Note in one commit what is to be done to which tickets: those that are chosen now, at most
    MOST. The caller has a worker, or itself, work on it."""
    return _create(BulkJob(user_id=by.id, action=action, args=args, begun_at=now()), chosen, MOST)


def draft_answer(chosen: Ids, *, by: User) -> BulkJob:
    """Note to which tickets an answer is being written, at most MOST_ANSWERED. Nothing is sent."""
    return _create(BulkJob(user_id=by.id, action=Action.ANSWER, args={}), chosen, MOST_ANSWERED)


def send_answer(job: BulkJob, **args: Any) -> bool:
    """Let a drafted answer go out; `args` as doing.py has them. False when it does already: of two
    clicks the first counts."""
    begun = db.session.scalar(
        update(BulkJob)
        .where(BulkJob.id == job.id, BulkJob.begun_at.is_(None))
        .values(begun_at=now(), args=args)
        .returning(BulkJob.id)
    )
    db.session.commit()
    if begun is not None:
        ring("work_on_bulk_job", job.id)
    return begun is not None


def stop(job: BulkJob) -> None:
    """Do no more of it, and take back what has not left: a worker sees to that. Stopping twice is
    no matter, and an answer that was only drafted is given up."""
    instant = now()
    db.session.execute(
        update(BulkJob)
        .where(BulkJob.id == job.id, BulkJob.stopped_at.is_(None))
        .values(stopped_at=instant, begun_at=job.begun_at or instant, done_at=None)
    )
    db.session.commit()
    ring("work_on_bulk_job", job.id)


def forget_old() -> None:
    """Remove what was done long ago, and answers that nobody sent. What became of the tickets
    stands in their history."""
    old = select(BulkJob.id).where(BulkJob.created_at < now() - KEPT_FOR)
    db.session.execute(delete(BulkItem).where(BulkItem.job_id.in_(old)))
    db.session.execute(delete(BulkJob).where(BulkJob.created_at < now() - KEPT_FOR))
    db.session.commit()


def _create(job: BulkJob, chosen: Ids, most: int) -> BulkJob:
    db.session.add(job)
    db.session.flush()
    some = chosen.limit(most).subquery()
    rows = select(literal(job.id), some.c.id)
    db.session.execute(insert(BulkItem).from_select(["job_id", "ticket_id"], rows))
    db.session.commit()
    return job
