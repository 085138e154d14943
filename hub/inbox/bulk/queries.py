"""Reading jobs. Each function issues one statement, or a few that do not grow with the job."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload, lazyload

from hub.accounts.models import Membership, Role, User
from hub.database import LARGEST_ID
from hub.extensions import db
from hub.inbox.bulk.models import BulkItem, BulkJob, ItemState
from hub.outbox.cancelling import KEPT
from hub.tickets import queries as tickets
from hub.tickets.models import Message, Ticket

ROWS = 100


@dataclass(frozen=True, slots=True)
class Tally:
    """How many tickets of a job stand where, and how far its answers have come."""

    states: dict[str, int]
    deliveries: dict[str, int]

    @property
    def all(self) -> int:
        return sum(self.states.values())

    @property
    def done(self) -> int:
        return self.states.get(ItemState.DONE, 0)

    @property
    def finished(self) -> int:
        """Those about which nothing more is to be done."""
        return self.all - self.states.get(ItemState.PENDING, 0)

    @property
    def can_be_taken_back(self) -> int:
        """Answers that have not left."""
        return sum(self.deliveries.get(state, 0) for state in KEPT)


def job(user: User, job_id: int) -> BulkJob | None:
    """This job, when it is the person's own; supervisors see all."""
    found = db.session.get(BulkJob, min(job_id, LARGEST_ID), options=[joinedload(BulkJob.user)])
    if found is None or not (found.user_id == user.id or user.may(Role.SUPERVISOR)):
        return None
    return found


def tally(job: BulkJob) -> Tally:
    """Two statements."""
    states = db.session.execute(
        select(BulkItem.state, func.count())
        .where(BulkItem.job_id == job.id)
        .group_by(BulkItem.state)
    )
    deliveries = db.session.execute(
        select(Message.delivery, func.count())
        .join(BulkItem, BulkItem.message_id == Message.id)
        .where(BulkItem.job_id == job.id)
        .group_by(Message.delivery)
    )
    return Tally(
        {state: number for state, number in states},  # noqa: C416  (rows are no pairs to mypy)
        {state: number for state, number in deliveries if state is not None},
    )


def items(job: BulkJob, state: ItemState, *, after: int = 0) -> tuple[list[BulkItem], int | None]:
    """A page of a job's tickets in that state, and the ticket to read on after (None: that is
    all). Those of a reader who may not see them any more are still named: they chose them."""
    query = (
        select(BulkItem)
        .where(BulkItem.job_id == job.id, BulkItem.state == state, BulkItem.ticket_id > after)
        .options(
            joinedload(BulkItem.ticket).joinedload(Ticket.contact),
            joinedload(BulkItem.message),
        )
        .order_by(BulkItem.ticket_id)
        .limit(ROWS + 1)
    )
    found = list(db.session.scalars(query))
    rows = found[:ROWS]
    return rows, rows[-1].ticket_id if len(found) > ROWS else None


def chosen(job: BulkJob, user: User) -> list[Ticket]:
    """All tickets of an answer that is being written, as far as the person may still work on
    them, with what the ways to answer need."""
    query = (
        select(Ticket)
        .join(BulkItem, BulkItem.ticket_id == Ticket.id)
        .where(BulkItem.job_id == job.id, tickets.listed_for(user))
        .options(
            joinedload(Ticket.account),
            joinedload(Ticket.contact),
            joinedload(Ticket.department),
        )
        .order_by(Ticket.id)
    )
    return list(db.session.scalars(query))


def recent(user: User, most: int = 20) -> list[BulkJob]:
    """What this person did last."""
    query = select(BulkJob).where(BulkJob.user_id == user.id, BulkJob.begun_at.is_not(None))
    return list(db.session.scalars(query.order_by(BulkJob.id.desc()).limit(most)))


def colleagues(user: User) -> Sequence[User]:
    """To whom this person may give tickets: the people of their departments; for supervisors,
    everybody. Whether one of them may have a certain ticket is seen when it is given."""
    query = select(User).where(User.active).options(lazyload(User.memberships))
    if not user.may(Role.SUPERVISOR):
        shared = select(Membership.user_id).where(Membership.department_id.in_(user.department_ids))
        query = query.where(or_(User.id == user.id, User.id.in_(shared)))
    return db.session.scalars(query.order_by(User.name)).all()
