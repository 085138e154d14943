"""Working on jobs, a handful of tickets at a time.

A job is taken with a lease, so that two workers do not get into each other's way. What keeps a
change from being made twice is the item: it is locked, and becomes done in the very transaction
that makes the change. A worker that dies leaves each ticket changed and noted, or neither.
"""

from datetime import datetime, timedelta
from functools import cache

import structlog
from flask import current_app
from flask_babel import force_locale
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update

from hub.accounts.languages import DEFAULT, LANGUAGES
from hub.accounts.models import User
from hub.clock import now, present
from hub.extensions import db
from hub.inbox.bulk import doing
from hub.inbox.bulk.doing import Refused
from hub.inbox.bulk.models import Action, BulkItem, BulkJob, ItemState
from hub.outages import is_outage
from hub.outbox import cancelling
from hub.outbox.cancelling import LeftAlready
from hub.plain_rows import plain_ids
from hub.tickets.models import Message

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
#: How many tickets a worker changes before others have their turn.
HANDFUL = 20
#: How long after one answer of a job the next one leaves: those that an agent writes meanwhile do
#: not wait behind a thousand, and platforms do not take it for a flood.
APART = timedelta(seconds=1)


def due() -> list[int]:
    """Ids of the jobs that nobody works on, oldest first."""
    return plain_ids(_due())


@cache
def _due() -> Select[int]:
    return select(BulkJob.id).where(_is_due()).order_by(BulkJob.id)


def work(job_id: int) -> bool:
    """Do a handful of a job, each ticket in a transaction of its own. True when there is more to
    do; False also when another worker is at it."""
    if not _claim(job_id):
        return False
    job = db.session.get_one(BulkJob, job_id, populate_existing=True)
    language = job.user.language if job.user.language in LANGUAGES else DEFAULT
    with force_locale(language):
        more = _take_back(job) if job.stopped_at else _do_some(job)
    _let_go(job_id, is_done=not more)
    return more


def work_off(job: BulkJob) -> None:
    """Do all of a job now: for a few tickets."""
    while work(job.id):
        pass


@cache
def _is_due() -> ColumnElement[bool]:
    return and_(
        BulkJob.begun_at.is_not(None),
        BulkJob.done_at.is_(None),
        or_(BulkJob.lease_until.is_(None), BulkJob.lease_until < present()),
    )


def _claim(job_id: int) -> bool:
    claimed = db.session.scalar(
        update(BulkJob)
        .where(BulkJob.id == job_id, _is_due())
        .values(lease_until=now() + LEASE)
        .returning(BulkJob.id)
    )
    db.session.commit()
    return claimed is not None


def _let_go(job_id: int, *, is_done: bool) -> None:
    """A job that was stopped in this instant is not done: there may be something to take back."""
    finished = {"done_at": now()} if is_done else {}
    ours = update(BulkJob).where(BulkJob.id == job_id)
    db.session.execute(ours.values(lease_until=None))
    if is_done:
        pending = select(BulkItem.job_id).where(
            BulkItem.job_id == job_id, BulkItem.state == ItemState.PENDING
        )
        db.session.execute(ours.where(~pending.exists()).values(**finished))
    db.session.commit()


# --- Doing --------------------------------------------------------------------------------------


def _do_some(job: BulkJob) -> bool:
    """True when there is more."""
    action, args, leaves_at = Action(job.action), dict(job.args), _first_leaves_at(job)
    user_id, job_id = job.user_id, job.id
    for number in range(HANDFUL):
        item = _next(job_id)
        if item is None:
            db.session.rollback()
            return False
        _do(item, user_id, action, args, leaves_at + APART * number)
    return True


def _next(job_id: int) -> BulkItem | None:
    """The next ticket, which nobody else takes until this transaction ends; None once all are
    done, or the job is stopped."""
    goes_on = select(BulkJob.id).where(BulkJob.id == job_id, BulkJob.stopped_at.is_(None))
    return db.session.scalar(
        select(BulkItem)
        .where(
            BulkItem.job_id == job_id,
            BulkItem.state == ItemState.PENDING,
            goes_on.exists(),
        )
        .order_by(BulkItem.ticket_id)
        .limit(1)
        .with_for_update(of=BulkItem, skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _do(
    item: BulkItem,
    user_id: int,
    action: Action,
    args: doing.Args,
    leaves_at: datetime,
) -> None:
    """The item is done in the transaction that commits the change."""
    key = (item.job_id, item.ticket_id)
    try:
        user = db.session.get_one(User, user_id, populate_existing=True)
        doing.may_still(user, item.ticket)
        item.state = ItemState.DONE
        if action == Action.ANSWER:
            doing.answer(item, user, args, leaves_in=leaves_at - now())
        else:
            doing.do(action, item.ticket, user, args)
        db.session.commit()
    except Refused as refused:
        _refuse(key, refused)
    except Exception as error:  # one ticket in trouble must not stop the others
        if is_outage(error):
            db.session.rollback()
            raise
        log.exception("bulk item broke", job=key[0], ticket=key[1])
        _refuse(key, Refused("unexpected"))


def _refuse(key: tuple[int, int], refused: Refused) -> None:
    db.session.rollback()
    db.session.execute(
        update(BulkItem)
        .where(
            BulkItem.job_id == key[0],
            BulkItem.ticket_id == key[1],
            BulkItem.state == ItemState.PENDING,
        )
        .values(state=ItemState.REFUSED, problem=refused.code, detail=refused.detail)
    )
    db.session.commit()


def _first_leaves_at(job: BulkJob) -> datetime:
    """When the next answer of the job leaves: after the time in which it can be taken back, and
    after those that were written before it."""
    if job.action != Action.ANSWER or job.begun_at is None:
        return now()
    done = select(func.count()).where(BulkItem.job_id == job.id, BulkItem.state == ItemState.DONE)
    undo = timedelta(seconds=current_app.config["HUB"].undo_seconds)
    in_turn = job.begun_at + undo + APART * (db.session.scalar(done) or 0)
    return max(in_turn, now() + undo)


# --- Taking back ----------------------------------------------------------------------------------


def _take_back(job: BulkJob) -> bool:
    """Leave undone what is not done, and cancel a handful of the answers that have not left. True
    when there may be more."""
    db.session.execute(
        update(BulkItem)
        .where(BulkItem.job_id == job.id, BulkItem.state == ItemState.PENDING)
        .values(state=ItemState.STOPPED)
    )
    db.session.commit()
    user = db.session.get_one(User, job.user_id)
    found = _on_their_way(job.id)
    for item in found:
        _cancel(item, user)
    return len(found) == HANDFUL


def _on_their_way(job_id: int) -> list[BulkItem]:
    """Those that leave first come first."""
    query = (
        select(BulkItem)
        .join(BulkItem.message)
        .where(
            BulkItem.job_id == job_id,
            BulkItem.state == ItemState.DONE,
            BulkItem.problem == "",
            Message.delivery.in_(cancelling.KEPT),
        )
        .order_by(Message.next_at, BulkItem.ticket_id)
        .limit(HANDFUL)
    )
    return list(db.session.scalars(query))


def _cancel(item: BulkItem, user: User) -> None:
    assert item.message is not None
    try:
        item.state = ItemState.STOPPED
        cancelling.cancel(item.message, by=user)
    except LeftAlready:
        item.problem = "left"
        db.session.commit()
