"""Which ticket a message belongs to.

A conversation of the platform has one current ticket. A follow-up goes to it while it is open;
within the reopening time after it was closed it opens it again; later it opens a new ticket
linked to the old one.
"""

from datetime import timedelta

from flask import current_app
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import lazyload

from hub.channels.base import Author, Echo, InboundMessage
from hub.channels.base import Publication as ChannelPublication
from hub.channels.models import Account
from hub.clock import now
from hub.deadlines import targets
from hub.deadlines.targets import Priority
from hub.extensions import db
from hub.intake import placing
from hub.people import clues
from hub.regrouping.queries import folded_into
from hub.tickets.actions import lock, set_renamed, set_reopened
from hub.tickets.history import record
from hub.tickets.languages import FRENCH, language_of
from hub.tickets.models import (
    Conversation,
    EventKind,
    Message,
    Part,
    State,
    Ticket,
)
from hub.tickets.people import Contact, Identity, Publication
from hub.tickets.subjects import subject_of


def ticket_for(channel: str, account: Account, message: InboundMessage) -> tuple[Ticket, bool]:
    """The ticket of this message, found, reopened or made, in the caller's transaction, and
    whether it is new: one that waits for an answer to this message. The row of its conversation
    stays locked until then, so two messages of one person queue here."""
    conversation = _locked(account, message.conversation) or _continued(account, message)
    if conversation is None:
        ticket = _open(channel, account, message, previous=None)
        db.session.add(Conversation(account_id=account.id, key=message.conversation, ticket=ticket))
        return ticket, True
    ticket = _current(conversation)
    if ticket.state == State.CLOSED and _too_old(ticket):
        conversation.ticket = _open(channel, account, message, previous=ticket)
        return conversation.ticket, True
    _continue(ticket, message, channel)
    return ticket, False


def of_echo(account: Account, said: Echo) -> Ticket | None:
    """The ticket that a message of our own belongs to: by its conversation, else by the message
    it answers, which may be the visitor's post it stands under. None when no citizen wrote
    there."""
    if said.conversation:
        conversation = _locked(account, said.conversation)
        return lock(conversation.ticket_id) if conversation else None
    ticket_id = _ticket_answered(account, said)
    return lock(ticket_id) if ticket_id else None


def place_of_echo(account: Account, said: Echo) -> int | None:
    """The id of that ticket, which is not held: for whoever has still messages to lock."""
    if not said.conversation:
        return _ticket_answered(account, said)
    return db.session.scalar(
        select(Conversation.ticket_id).where(
            Conversation.account_id == account.id, Conversation.key == said.conversation
        )
    )


def identity(account: Account, author: Author, contact: Contact) -> Identity | None:
    """The identity under which this author is known, made for `contact` at the first message and
    kept up to date. None when the platform hides who it is."""
    if author.external_id is None:
        return None
    is_new = contact.id is None  # then this is the first that is heard of the author
    known = None if is_new else _identity(account, author)
    if known is None:
        known = Identity(account_id=account.id, external_id=author.external_id, contact=contact)
        db.session.add(known)
    before = (known.name, known.handle)
    known.name = author.name or known.name or ""
    known.handle = author.handle or known.handle or ""
    contact.name = contact.name or known.name or known.handle
    if before != (known.name, known.handle):
        db.session.flush()
        clues.note_names(known)
        if not is_new:
            set_renamed(contact.id)
    return known


def hold_author(account: Account, author: Author) -> None:
    """Keep who this is from changing until the transaction ends: a new ticket goes to the person
    whom the identity is linked with now. Whoever links people takes identities before tickets."""
    if author.external_id is not None:
        db.session.scalar(
            select(Identity)
            .where(Identity.account_id == account.id, Identity.external_id == author.external_id)
            .options(lazyload("*"))
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )


def _open(
    channel: str, account: Account, message: InboundMessage, previous: Ticket | None
) -> Ticket:
    decision = placing.place_for(message, channel, previous)
    opened_at = now()
    received_at = min(message.posted_at, opened_at)
    ticket = Ticket(
        subject=(message.subject or subject_of(message.text))[:200],
        language=language_of(message.text),
        channel=channel,
        visibility=message.visibility,
        account=account,
        department=decision.department,
        routed_because=decision.why,
        contact=previous.contact if previous else _contact(account, message.author),
        publication=_publication(account, message.publication),
        previous=previous,
        received_at=received_at,
        waiting_since=received_at,
        due_at=targets.due_at(received_at, Priority.NORMAL),
        opened_at=opened_at,
    )
    db.session.add(ticket)
    record(ticket, EventKind.OPENED, previous=previous.reference if previous else "")
    placing.note(ticket, decision)
    return ticket


def _continue(ticket: Ticket, message: InboundMessage, channel: str) -> None:
    ticket.received_at = min(ticket.received_at, message.posted_at)
    if not ticket.subject and message.text:  # a picture came before its words
        ticket.subject = subject_of(message.text)
        placing.place_by_first_words(ticket, message, channel)
    if ticket.language in {"", FRENCH}:  # which is also said of a greeting that told nothing
        ticket.language = language_of(message.text)
    if ticket.state == State.CLOSED:
        set_reopened(ticket)
        record(ticket, EventKind.REOPENED, by_citizen=True)


def _current(conversation: Conversation) -> Ticket:
    """The ticket of a conversation, which is held. It may have been merged in the instant in which
    the conversation became known: then it is the one that has its messages."""
    ticket = lock(conversation.ticket_id)
    while ticket.state == State.CLOSED and (holder := folded_into(ticket)):
        ticket = conversation.ticket = lock(holder.id)
    return ticket


def _too_old(ticket: Ticket) -> bool:
    days = timedelta(days=current_app.config["HUB"].reopen_days)
    return ticket.closed_at is not None and now() - ticket.closed_at > days


def _locked(account: Account, key: str) -> Conversation | None:
    return db.session.scalar(
        select(Conversation)
        .where(Conversation.account_id == account.id, Conversation.key == key)
        .with_for_update()
    )


def _continued(account: Account, message: InboundMessage) -> Conversation | None:
    """The conversation of a person who answers in a ticket of their own under a key that nobody
    knows yet: some deliveries name the thread, others only the message that is answered. What is
    said in private about a public message is another matter."""
    if not message.reply_to or message.author.external_id is None:
        return None
    alike = Message.visibility == message.visibility
    ticket_id = _ticket_with(account, message.reply_to, alike)
    ticket = db.session.get_one(Ticket, ticket_id) if ticket_id else None
    known = _identity(account, message.author)
    if ticket is None or known is None or known.contact_id != ticket.contact_id:
        return None
    conversation = Conversation(account_id=account.id, key=message.conversation, ticket=ticket)
    db.session.add(conversation)
    db.session.flush()
    return conversation


def _ticket_answered(account: Account, said: Echo) -> int | None:
    answered = said.reply_to or (said.publication.external_id if said.publication else None)
    return _ticket_with(account, answered) if answered else None


def _ticket_with(
    account: Account, external_id: str, *conditions: ColumnElement[bool]
) -> int | None:
    """Id of the ticket that holds the message, or the part of one, with this id."""
    message = select(Message.ticket_id).where(
        Message.account_id == account.id, Message.external_id == external_id, *conditions
    )
    part = (
        select(Message.ticket_id)
        .join(Part, Part.message_id == Message.id)
        .where(Part.account_id == account.id, Part.external_id == external_id, *conditions)
    )
    return db.session.scalar(message) or db.session.scalar(part)


def _contact(account: Account, author: Author) -> Contact:
    known = _identity(account, author) if author.external_id else None
    return known.contact if known else Contact(name=author.name or author.handle)


def _identity(account: Account, author: Author) -> Identity | None:
    return db.session.scalar(
        select(Identity).where(
            Identity.account_id == account.id, Identity.external_id == author.external_id
        )
    )


def _publication(account: Account, seen: ChannelPublication | None) -> Publication | None:
    if seen is None:
        return None
    known = db.session.scalar(
        select(Publication).where(
            Publication.account_id == account.id, Publication.external_id == seen.external_id
        )
    )
    if known is None:
        known = Publication(account_id=account.id, external_id=seen.external_id)
        db.session.add(known)
    known.permalink = seen.permalink or known.permalink or ""
    known.text = seen.text or known.text or ""
    return known
