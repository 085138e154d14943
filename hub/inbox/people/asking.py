"""Proposing a link to the citizen: a code goes to one identity, to be told by the other."""

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from hub.accounts.languages import DEFAULT
from hub.accounts.models import User
from hub.channels.base import Way
from hub.channels.registry import channel_name
from hub.extensions import db
from hub.outbox import actions as outbox
from hub.outbox.refusals import ChannelUnusable
from hub.people import codes as awaited
from hub.people.refusals import NoPrivateWay
from hub.queue import ring
from hub.tickets import codes
from hub.tickets import queries as tickets
from hub.tickets.actions import lock
from hub.tickets.history import record
from hub.tickets.models import Direction, EventKind, Message, Ticket
from hub.tickets.people import Contact

#: How many of the other person's tickets are looked at for a private way.
MOST_TICKETS = 5


def ask(ticket: Ticket, contact: Contact, *, by: User) -> None:
    """Send a code to the other person, in private, by the way of one of their tickets that this
    agent works on; it is to be told in `ticket`. One commit. Raises NoPrivateWay, TooManyCodes."""
    name = contact.name
    for number in _tickets(contact, by):
        lock_both(ticket.id, number)
        place = db.session.get_one(Ticket, number)
        last = _last_message(place)
        way = _private_way(place, last) if last else None
        if last is None or last.identity is None or way is None:
            db.session.rollback()
            continue
        try:
            awaited.check_rate(ticket, last.identity)
            message = _say(ticket, place, way)
            awaited.note_sent(ticket, last.identity, message, by_id=by.id)
            who = name or last.identity.name or last.identity.handle
            record(ticket, EventKind.CODE_SENT, user_id=by.id, who=who)
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        ring("send_message", message.id)
        return
    raise NoPrivateWay


def question() -> str:
    """What the agent's answer says, to ask for the code; in French, as all that citizens get. It
    names neither the address nor the account that the code went to."""
    with force_locale(DEFAULT):
        return _(
            "You may have written to us by another way as well. To answer you there and here "
            "together, we have just sent you a code of six digits by that other way. Please tell "
            "us this code here. If you did not write to us by another way, you need not do "
            "anything."
        )


def lock_both(one: int, other: int) -> None:
    """Hold two tickets in the order of their ids, as all who hold several do."""
    for number in sorted([one, other]):
        lock(number)


def _tickets(contact: Contact, by: User) -> list[int]:
    """The newest first, those that are private before those that are public."""
    query = (
        select(Ticket.id)
        .where(Ticket.contact_id == contact.id, tickets.listed_for(by))
        .order_by(Ticket.visibility != "private", Ticket.id.desc())
        .limit(MOST_TICKETS)
    )
    return list(db.session.scalars(query))


def _last_message(place: Ticket) -> Message | None:
    query = select(Message).where(Message.ticket_id == place.id, Message.direction == Direction.IN)
    return db.session.scalar(query.order_by(Message.id.desc()).limit(1))


def _private_way(place: Ticket, last: Message) -> Way | None:
    """A way that surely goes to whoever wrote last."""
    thread = [one for one in tickets.thread_for_channel(place) if one.direction == "in"]
    if not thread or last.identity is None or thread[-1].author_id != last.identity.external_id:
        return None
    try:
        found = outbox.ways(place)
    except ChannelUnusable:
        return None
    return next((way for way in found if way.visibility == "private" and way.allowed), None)


def _say(ticket: Ticket, place: Ticket, way: Way) -> Message:
    with force_locale(DEFAULT):
        text = _(
            "Somebody who writes to us on %(channel)s may be you. If it is you, tell us this code "
            "there: %(code)s. It is good for 24 hours. If it is not you, you need not do anything, "
            "and give the code to nobody.",
            channel=channel_name(ticket.channel),
            code=codes.MASK,
        )
    message = outbox.say_automatically(place, text, way=way.code, target=way.target)
    message.details = {codes.KEY: codes.new_seed()}
    message.send_until = way.closes_at
    return message
