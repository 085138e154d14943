"""What a merge gives the other ticket besides messages: tags and followers. The merged ticket keeps
its own, so that an undoing has nothing to bring back. Everything here is in the caller's
transaction, which holds both tickets."""

from sqlalchemy import delete, select

from hub.accounts.models import User
from hub.extensions import db
from hub.regrouping.models import Regrouping
from hub.tickets.actions import MOST_TAGS
from hub.tickets.history import record
from hub.tickets.models import Event, EventKind, Follower, Tag, Ticket


def give(done: Regrouping, *, by: User) -> list[str]:
    """Give tags and followers that the other ticket lacks, and note them for the undoing. A ticket
    has at most MOST_TAGS: of more, the first of the alphabet go along. Returns the names of those
    for which there was no room."""
    present = {tag.name for tag in _tags(done.into_ticket)}
    lacking = [tag.name for tag in _tags(done.from_ticket) if tag.name not in present]
    room = max(0, MOST_TAGS - len(present))
    done.after = {
        **done.after,
        "tags": _give_tags(done.into_ticket, lacking[:room], by),
        "followers": _give_followers(done),
    }
    return lacking[room:]


def take_back(done: Regrouping, *, by: User) -> None:
    """Take back what was given, unless somebody chose it since: a tag that was taken off and put on
    again, a colleague who went and follows again."""
    ticket = done.into_ticket
    given: dict[str, int] = done.after.get("tags", {})
    put_on = _put_on(ticket)
    for tag in _tags(ticket):
        if put_on.get(tag.name) == given.get(tag.name, 0):
            db.session.delete(tag)
            record(ticket, EventKind.UNTAGGED, user_id=by.id, tag=tag.name)
    db.session.execute(
        delete(Follower).where(
            Follower.ticket_id == ticket.id,
            Follower.user_id.in_(done.after.get("followers", [])),
            Follower.since == done.at,
        )
    )


def _give_tags(ticket: Ticket, names: list[str], by: User) -> dict[str, int]:
    """Each with the line of history that tells it."""
    lines = {}
    for name in names:
        db.session.add(Tag(ticket_id=ticket.id, name=name))
        lines[name] = record(ticket, EventKind.TAGGED, user_id=by.id, tag=name)
    db.session.flush()
    return {name: line.id for name, line in lines.items()}


def _give_followers(done: Regrouping) -> list[int]:
    """Their ids. They are told of what happens from the merge on. Nobody begins to follow a ticket
    while it is held."""
    present = select(Follower.user_id).where(Follower.ticket_id == done.into_ticket_id)
    lacking = select(Follower.user_id).where(
        Follower.ticket_id == done.from_ticket_id, Follower.user_id.not_in(present)
    )
    found = list(db.session.scalars(lacking.order_by(Follower.user_id)))
    db.session.add_all(
        Follower(ticket_id=done.into_ticket_id, user_id=number, since=done.at) for number in found
    )
    return found


def _tags(ticket: Ticket) -> list[Tag]:
    """As others have left them, which `ticket.tags` may not be."""
    return list(
        db.session.scalars(select(Tag).where(Tag.ticket_id == ticket.id).order_by(Tag.name))
    )


def _put_on(ticket: Ticket) -> dict[str, int]:
    """Tag -> the line of history by which it was last put on."""
    lines = select(Event).where(Event.ticket_id == ticket.id, Event.kind == EventKind.TAGGED)
    return {line.data["tag"]: line.id for line in db.session.scalars(lines.order_by(Event.id))}
