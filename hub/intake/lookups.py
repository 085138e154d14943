"""What a platform tells only when asked: names of people, texts of our publications.
Nothing waits for them. When the platform does not say, the next message asks again."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from hub.channels import accounts, registry
from hub.channels.base import AccountAccess, Channel, ChannelError
from hub.channels.credentials import CredentialsUnreadable
from hub.channels.models import Account
from hub.extensions import db
from hub.people import clues
from hub.tickets.actions import set_renamed
from hub.tickets.history import record
from hub.tickets.models import EventKind, Ticket
from hub.tickets.people import Identity, Publication

Told = TypeVar("Told")


def look_up_author(identity_id: int) -> None:
    """Ask the platform who this is and keep the name."""
    identity = db.session.get(Identity, identity_id, options=[joinedload(Identity.account)])
    if identity is None or identity.name:
        return
    external_id = identity.external_id
    author = _ask(identity.account, lambda channel, access: channel.author(access, external_id))
    if author is None or not author.name:
        return
    identity = db.session.get_one(Identity, identity_id)
    identity.name = author.name
    identity.handle = author.handle or identity.handle
    identity.contact.name = identity.contact.name or author.name
    clues.note_names(identity)
    set_renamed(identity.contact_id)
    last = select(Ticket).where(Ticket.contact_id == identity.contact_id).order_by(Ticket.id.desc())
    if ticket := db.session.scalar(last.limit(1)):
        record(ticket, EventKind.NAMED, name=author.name)
    db.session.commit()


def look_up_publication(publication_id: int) -> None:
    """Ask the platform what our publication says, and keep it for those who read its comments."""
    publication = db.session.get(
        Publication, publication_id, options=[joinedload(Publication.account)]
    )
    if publication is None or publication.text:
        return
    external_id = publication.external_id
    told = _ask(
        publication.account, lambda channel, access: channel.publication(access, external_id)
    )
    if told is None:
        return
    publication = db.session.get_one(Publication, publication_id)
    publication.text = told.text
    publication.permalink = publication.permalink or told.permalink
    db.session.commit()


def _ask(account: Account, question: Callable[[Channel, AccountAccess], Told]) -> Told | None:
    """The platform's answer; None when it cannot be asked or does not say. No transaction stays
    open while it is asked."""
    slug = account.channel
    if account.broken_because or slug not in registry.all_channels():
        return None
    try:
        access = accounts.access(account)
    except CredentialsUnreadable:
        return None  # sending says so, to those who can mend it
    db.session.rollback()
    try:
        return question(registry.channel(slug), access)
    except ChannelError:
        return None
