"""Names of people whom a platform names only when asked (Messenger). Nothing waits for them."""

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from hub.channels import registry
from hub.channels.base import AccountAccess, Author, ChannelError
from hub.extensions import db
from hub.tickets.history import record
from hub.tickets.models import EventKind, Identity, Ticket


def look_up(identity_id: int) -> None:
    """Ask the platform who this is and keep the name. When it does not say, or cannot be asked,
    the next message of the person asks again."""
    asked = _question(identity_id)
    if asked is None:
        return
    channel, access, external_id = asked
    try:
        author = registry.channel(channel).author(access, external_id)
    except ChannelError:
        return
    if author is not None and author.name:
        _keep(identity_id, author)


def _question(identity_id: int) -> tuple[str, AccountAccess, str] | None:
    identity = db.session.scalar(
        select(Identity).where(Identity.id == identity_id).options(joinedload(Identity.account))
    )
    if identity is None or identity.name or identity.account.broken_because:
        db.session.rollback()
        return None
    access = identity.account.access(current_app.config["HUB"].secret_key)
    question = identity.account.channel, access, identity.external_id
    db.session.rollback()  # no transaction stays open while the platform is asked
    return question


def _keep(identity_id: int, author: Author) -> None:
    identity = db.session.get_one(Identity, identity_id)
    identity.name = author.name
    identity.handle = author.handle or identity.handle
    identity.contact.name = identity.contact.name or author.name
    last = select(Ticket).where(Ticket.contact_id == identity.contact_id).order_by(Ticket.id.desc())
    if ticket := db.session.scalar(last.limit(1)):
        record(ticket, EventKind.NAMED, name=author.name)
    db.session.commit()
