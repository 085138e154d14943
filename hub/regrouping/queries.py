"""Reading how tickets were regrouped, and which of them belong together."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, case, exists, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from hub.database import BigInt
from hub.extensions import db
from hub.regrouping.models import IS_STANDING_MERGE, Kind, Regrouping, TicketLink
from hub.tickets.models import Ticket

#: What was split off and brought back is in the ticket that it came from.
IS_UNDONE_SPLIT = and_(Regrouping.kind == Kind.SPLIT, Regrouping.undone_at.is_not(None))


def is_folded(ticket_id: InstrumentedAttribute[int] | int = Ticket.id) -> ColumnElement[bool]:
    """A condition: the messages of this ticket are in another one, because it was merged or
    because its splitting off was undone. It counts as no matter of its own."""
    return exists().where(_folds(ticket_id))


def folded_into(ticket: Ticket) -> Ticket | None:
    """The ticket that has the messages of this one; None when they are here. One
    statement then."""
    found = db.session.scalar(
        select(Regrouping).where(_folds(ticket.id)).order_by(Regrouping.id.desc()).limit(1)
    )
    if found is None:
        return None
    return found.into_ticket if found.kind == Kind.MERGE else found.from_ticket


def place_of(ticket: Ticket) -> Ticket:
    """The ticket that has the messages of this one now, however often they went on; itself when
    they are here. One statement, and another each time that they did."""
    while (holder := folded_into(ticket)) is not None:
        ticket = holder
    return ticket


def gathered(ticket_id: ColumnElement[int]) -> Select[*tuple[int]]:
    """Ids of the ticket and of all whose messages are in it now."""
    ids = select(ticket_id.label("id")).cte(recursive=True, nesting=True)
    folded = case(
        (Regrouping.kind == Kind.MERGE, Regrouping.from_ticket_id),
        else_=Regrouping.into_ticket_id,
    )
    into = or_(
        and_(IS_STANDING_MERGE, Regrouping.into_ticket_id == ids.c.id),
        and_(IS_UNDONE_SPLIT, Regrouping.from_ticket_id == ids.c.id),
    )
    ids = ids.union(select(folded).select_from(ids).join(Regrouping, into))
    return select(ids.c.id)


def standing(ticket: Ticket) -> Sequence[Regrouping]:
    """The merges and splits of this ticket that were not undone, newest first."""
    return db.session.scalars(
        select(Regrouping)
        .where(
            or_(
                Regrouping.from_ticket_id == ticket.id,
                Regrouping.into_ticket_id == ticket.id,
            ),
            Regrouping.undone_at.is_(None),
        )
        .options(
            joinedload(Regrouping.from_ticket),
            joinedload(Regrouping.into_ticket),
        )
        .order_by(Regrouping.id.desc())
    ).all()


def is_newest(regrouping: Regrouping) -> bool:
    """Does nothing later stand on it? Then it can be undone."""
    tickets = [regrouping.from_ticket_id, regrouping.into_ticket_id]
    later = select(Regrouping.id).where(
        Regrouping.id > regrouping.id,
        Regrouping.undone_at.is_(None),
        or_(Regrouping.from_ticket_id.in_(tickets), Regrouping.into_ticket_id.in_(tickets)),
    )
    return db.session.scalar(later.limit(1)) is None


def links(ticket: Ticket) -> Sequence[tuple[TicketLink, Ticket]]:
    """The tickets that this one is linked with, whoever may see them."""
    rows = db.session.execute(
        select(TicketLink, Ticket)
        .join(
            Ticket,
            or_(
                and_(TicketLink.ticket_id == ticket.id, Ticket.id == TicketLink.other_id),
                and_(TicketLink.other_id == ticket.id, Ticket.id == TicketLink.ticket_id),
            ),
        )
        .options(joinedload(Ticket.department))
        .order_by(TicketLink.at, Ticket.id)
    )
    return [(link, other) for link, other in rows]


def relatives(ticket: Ticket) -> Select[*tuple[int]]:
    """Ids of the ticket and of all with which it ever exchanged messages: the history of a message
    stands in the ticket that it was in at the time."""
    ids = select(literal(ticket.id, BigInt).label("id")).cte(recursive=True)
    other = case(
        (Regrouping.from_ticket_id == ids.c.id, Regrouping.into_ticket_id),
        else_=Regrouping.from_ticket_id,
    )
    touching = or_(Regrouping.from_ticket_id == ids.c.id, Regrouping.into_ticket_id == ids.c.id)
    ids = ids.union(select(other).select_from(ids).join(Regrouping, touching))
    return select(ids.c.id)


def _folds(ticket_id: InstrumentedAttribute[int] | int) -> ColumnElement[bool]:
    return or_(
        and_(IS_STANDING_MERGE, Regrouping.from_ticket_id == ticket_id),
        and_(IS_UNDONE_SPLIT, Regrouping.into_ticket_id == ticket_id),
    )
