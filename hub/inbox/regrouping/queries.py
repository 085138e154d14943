"""Reading what a ticket's page shows of its regrouping, and what can be chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from hub.accounts.models import User
from hub.extensions import db
from hub.inbox.regrouping import wording
from hub.regrouping import queries
from hub.regrouping.models import Regrouping
from hub.tickets import queries as tickets
from hub.tickets.models import Message, State, Ticket

#: How many tickets of a person are offered, and how many messages.
MOST_TICKETS = 20
MOST_MESSAGES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Another ticket, and what it is to the one at hand. `undoes`: the regrouping that can be
    undone here, if it is one."""

    words: str
    ticket: Ticket
    undoes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """`hidden`: how many linked tickets this person may not see. `folded_into`: where the messages
    are, when they are not here."""

    regrouped: Sequence[Relation] = ()
    linked: Sequence[Relation] = ()
    hidden: int = 0
    folded_into: Ticket | None = None


def relations(ticket: Ticket, user: User) -> Relations:
    """What the ticket has to do with others. Three statements at most."""
    links = queries.links(ticket)
    seen = [(link, other) for link, other in links if tickets.works_on(user, other)]
    return Relations(
        regrouped=[_regrouped(done, ticket) for done in queries.standing(ticket)],
        linked=[Relation(words=wording.of_link(link), ticket=other) for link, other in seen],
        hidden=len(links) - len(seen),
        folded_into=queries.folded_into(ticket) if ticket.state == State.CLOSED else None,
    )


def mergeable(ticket: Ticket, user: User) -> Sequence[Ticket]:
    """Tickets of the same person and place, open ones first."""
    return _of_person(
        ticket,
        user,
        Ticket.account_id == ticket.account_id,
        Ticket.visibility == ticket.visibility,
        ~queries.is_folded(Ticket.id),
    )


def linkable(ticket: Ticket, user: User) -> Sequence[Ticket]:
    """Tickets of the same person, open ones first."""
    return _of_person(ticket, user)


def messages(ticket: Ticket) -> Sequence[Message]:
    """The messages to choose from, oldest first: the last MOST_MESSAGES."""
    rows = db.session.scalars(
        select(Message)
        .where(Message.ticket_id == ticket.id)
        .options(selectinload(Message.identity), selectinload(Message.user))
        .order_by(Message.posted_at.desc(), Message.id.desc())
        .limit(MOST_MESSAGES)
    ).all()
    return list(reversed(rows))


def regrouping_of(ticket: Ticket, number: int) -> Regrouping | None:
    """This regrouping, when the ticket is one of its two."""
    done = db.session.get(Regrouping, number)
    return done if done and ticket.id in {done.from_ticket_id, done.into_ticket_id} else None


def _regrouped(done: Regrouping, ticket: Ticket) -> Relation:
    is_source = done.from_ticket_id == ticket.id
    return Relation(
        words=wording.of_regrouping(done, ticket),
        ticket=done.into_ticket if is_source else done.from_ticket,
        undoes=done.id,
    )


def _of_person(ticket: Ticket, user: User, *conditions: object) -> Sequence[Ticket]:
    return db.session.scalars(
        select(Ticket)
        .where(
            Ticket.contact_id == ticket.contact_id,
            Ticket.id != ticket.id,
            tickets.listed_for(user),
            *conditions,  # type: ignore[arg-type]
        )
        .order_by(Ticket.state == State.CLOSED, Ticket.id.desc())
        .limit(MOST_TICKETS)
    ).all()
